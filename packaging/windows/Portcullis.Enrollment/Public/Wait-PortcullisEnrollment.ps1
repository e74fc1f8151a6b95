function Wait-PortcullisEnrollment {
    <#
    .SYNOPSIS
        Waits until Windows shows this device as enrolled, and fails when it does not.
    .PARAMETER ProviderId
        PROVIDER-ID of the server.
    .PARAMETER TimeoutSeconds
        How long to wait.
    #>
    [CmdletBinding()]
    [OutputType([pscustomobject])]
    param(
        [ValidateNotNullOrEmpty()]
        [string] $ProviderId = 'Portcullis',

        [ValidateRange(1, 3600)]
        [int] $TimeoutSeconds = 120
    )
    $end = (Get-Date).AddSeconds($TimeoutSeconds)
    do {
        $found = Get-PortcullisEnrollment -ProviderId $ProviderId | Where-Object -Property Enrolled
        if ($found) { return $found }
        Start-Sleep -Seconds 2
    } while ((Get-Date) -lt $end)
    throw "Windows shows no enrollment at $ProviderId after $TimeoutSeconds seconds."
}
