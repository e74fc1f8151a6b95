function Get-PortcullisEnrollment {
    <#
    .SYNOPSIS
        Shows the enrollments of this device at a server.
    .PARAMETER ProviderId
        PROVIDER-ID of the server: its setting provisioning.provider_id.
    #>
    [CmdletBinding()]
    [OutputType([pscustomobject])]
    param(
        [ValidateNotNullOrEmpty()]
        [string] $ProviderId = 'Portcullis'
    )
    $root = 'HKLM:\SOFTWARE\Microsoft\Enrollments'
    foreach ($key in Get-ChildItem -Path $root -ErrorAction SilentlyContinue) {
        $values = Get-ItemProperty -Path $key.PSPath
        $read = { param($name) if ($values.PSObject.Properties[$name]) { $values.$name } }
        if ((& $read 'ProviderID') -ne $ProviderId) { continue }
        [pscustomobject]@{
            Id           = $key.PSChildName
            ProviderId   = $ProviderId
            # 1: enrolled; 3 is seen on managed devices whose renewal failed once. Any but 0 counts as enrolled.
            State        = & $read 'EnrollmentState'
            Type         = & $read 'EnrollmentType'
            Upn          = & $read 'UPN'
            DiscoveryUrl = & $read 'DiscoveryServiceFullURL'
            Thumbprint   = & $read 'DMPCertThumbPrint'
            RenewStatus  = & $read 'RenewStatus'
            RenewError   = & $read 'RenewErrorCode'
            Enrolled     = [bool] (& $read 'EnrollmentState')
        }
    }
}
