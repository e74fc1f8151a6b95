function Register-PortcullisDevice {
    <#
    .SYNOPSIS
        Enrolls this device with RegisterDeviceWithManagement (mdmregistration.dll).
    .DESCRIPTION
        Windows wants somebody to be signed in. From a session that is not the desktop's, such as PowerShell remoting, the
        call runs in a scheduled task of the person who is signed in. The token reaches that task in a file that only
        administrators and that person can read, and that is deleted before the task ends.
    .PARAMETER DiscoveryUrl
        The discovery service: https://mdm.example.com/EnrollmentServer/Discovery.svc
    .PARAMETER Token
        The value of an enrollment token.
    .PARAMETER Upn
        The user name; for a personal token its e-mail address.
    .PARAMETER TimeoutSeconds
        How long a task may take.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([pscustomobject])]
    param(
        [Parameter(Mandatory)]
        [ValidatePattern('^https://')]
        [string] $DiscoveryUrl,

        [Parameter(Mandatory)]
        [securestring] $Token,

        [string] $Upn = '',

        [ValidateRange(10, 3600)]
        [int] $TimeoutSeconds = 300
    )
    Assert-Administrator
    $user = Get-InteractiveUser
    if (-not $PSCmdlet.ShouldProcess($DiscoveryUrl, 'Enroll this device')) { return }
    $value = [Net.NetworkCredential]::new('', $Token).Password
    $session = [Diagnostics.Process]::GetCurrentProcess().SessionId
    if ($session -ne 0 -and [Environment]::UserInteractive) {
        Initialize-Registration
        $result = [Portcullis.MdmRegistration]::RegisterDeviceWithManagement($Upn, $DiscoveryUrl, $value)
    } else {
        $result = Invoke-RegistrationTask -User $user -Upn $Upn -DiscoveryUrl $DiscoveryUrl -Value $value -TimeoutSeconds $TimeoutSeconds
    }
    ConvertFrom-PortcullisHResult -HResult $result
}
