function Sync-PortcullisDevice {
    <#
    .SYNOPSIS
        Starts a management session now.
    .DESCRIPTION
        By deviceenroller.exe, as Windows' own scheduled tasks do; that form of its command line is observed and not
        documented.
    .PARAMETER ProviderId
        PROVIDER-ID of the server.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [ValidateNotNullOrEmpty()]
        [string] $ProviderId = 'Portcullis'
    )
    Assert-Administrator
    $enrollments = @(Get-PortcullisEnrollment -ProviderId $ProviderId)
    if ($enrollments.Count -eq 0) { throw "This device is not enrolled at $ProviderId." }
    $program = Join-Path $env:SystemRoot 'System32\deviceenroller.exe'
    foreach ($enrollment in $enrollments) {
        if ($PSCmdlet.ShouldProcess($enrollment.Id, 'Synchronize')) {
            Start-Process -FilePath $program -ArgumentList '/o', $enrollment.Id, '/c' -Wait
        }
    }
}
