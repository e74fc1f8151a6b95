function Unregister-PortcullisDevice {
    <#
    .SYNOPSIS
        Ends the enrollment of this device.
    .PARAMETER ProviderId
        PROVIDER-ID of the server: nothing is done while the device is enrolled elsewhere.
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([pscustomobject])]
    param(
        [ValidateNotNullOrEmpty()]
        [string] $ProviderId = 'Portcullis'
    )
    Assert-Administrator
    if (-not (Get-PortcullisEnrollment -ProviderId $ProviderId)) { throw "This device is not enrolled at $ProviderId." }
    if (-not $PSCmdlet.ShouldProcess($env:COMPUTERNAME, "End the enrollment at $ProviderId")) { return }
    Initialize-Registration
    # The argument is reserved: anything but null is undefined.
    $result = [Portcullis.MdmRegistration]::UnregisterDeviceWithManagement([NullString]::Value)
    ConvertFrom-PortcullisHResult -HResult $result
}
