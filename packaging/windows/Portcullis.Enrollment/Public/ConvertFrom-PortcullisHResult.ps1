function ConvertFrom-PortcullisHResult {
    <#
    .SYNOPSIS
        Says what the HRESULT of an enrollment means.
    .PARAMETER HResult
        The number, as RegisterDeviceWithManagement returns it.
    .EXAMPLE
        ConvertFrom-PortcullisHResult -HResult 0x8018000A
    #>
    [CmdletBinding()]
    [OutputType([pscustomobject])]
    param(
        [Parameter(Mandatory, ValueFromPipeline)]
        [long] $HResult
    )
    begin {
        $known = @{
            '0x00000000' = 'Enrolled.', 'Nothing.'
            '0x80070005' = 'Access denied.', 'Start PowerShell as an administrator.'
            '0x80070525' = 'Nobody is signed in.', 'Sign in to Windows as a local administrator.'
            '0x80072f0c' = 'The server wants a client certificate.', 'Send devices to the device listener.'
            '0x80180001' = 'The server could not read the message.', 'See the attempt on the server.'
            '0x80180002' = 'The user or the token is not right.', 'Make a new token, or check the user name.'
            '0x80180003' = 'The server refused the user or the device.', 'See the attempt on the server: a rule or a restriction.'
            '0x80180004' = 'The certificate was not issued.', 'See the attempt on the server.'
            '0x80180005' = 'The answer is none of a management server.', 'Check the discovery address, and proxies between.'
            '0x80180006' = 'The server failed.', 'See the log of the server for the trace id.'
            '0x80180007' = 'The sign-in is damaged.', 'Sign in again.'
            '0x80180008' = 'The server failed in a way that has no name.', 'See the attempt on the server.'
            '0x8018000a' = 'The device is enrolled already.', 'Clear-PortcullisLeftover, or start from a snapshot.'
            '0x80180013' = 'The limit of devices is reached.', 'Retire a device or raise the limit.'
            '0x80180014' = 'The device is excluded.', 'See the restrictions on the server.'
            '0x80180016' = 'The certificate may not be renewed.', 'Enroll again.'
            '0x80180017' = 'The server is in maintenance.', 'Try again later.'
            '0x80180019' = 'What the device says of itself is not usable.', 'See the attempt on the server.'
            '0x80180026' = 'Enrollment is switched off on this device.', 'See DisableRegistration below HKLM:\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\MDM.'
            '0x80190190' = 'The server answered with HTTP status 400.', 'Check proxies between.'
            '0x801900c8' = 'The server answered 200 with something that is no SOAP.', 'Check the discovery address.'
        }
    }
    process {
        $code = '0x{0:x8}' -f ($HResult -band 4294967295)
        $meaning, $remedy = if ($known.ContainsKey($code)) { $known[$code] } else {
            'Not in this list.', 'See the event log DeviceManagement-Enterprise-Diagnostics-Provider/Admin.'
        }
        [pscustomobject]@{ Code = $code; Meaning = $meaning; Remedy = $remedy }
    }
}
