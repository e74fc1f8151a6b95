#Requires -RunAsAdministrator
<#
.SYNOPSIS
    Enrolls this PC with its management server.
.DESCRIPTION
    Trusts the server's root certificate, calls RegisterDeviceWithManagement (mdmregistration.dll) and says what came of
    it. Somebody has to be signed in to Windows, and not as the built-in Administrator.
.PARAMETER Upn
    The user name that the PC enrolls with.
#>
[CmdletBinding()]
param(
    [string] $Upn = '@UPN@'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$discovery = '@DISCOVERY@'
$token = '@TOKEN@'
$bytes = [Convert]::FromBase64String('@ROOT@')

$root = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, $bytes)
$store = New-Object System.Security.Cryptography.X509Certificates.X509Store -ArgumentList 'Root', 'LocalMachine'
$store.Open('ReadWrite')
try { $store.Add($root) } finally { $store.Close() }
Write-Output "Trusted: $($root.Subject), $($root.Thumbprint)"

Add-Type -Namespace Portcullis -Name Registration -MemberDefinition @'
[DllImport("mdmregistration.dll", CharSet = CharSet.Unicode)]
[DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
public static extern int RegisterDeviceWithManagement(string upn, string uri, string token);
[DllImport("mdmregistration.dll", CharSet = CharSet.Unicode)]
[DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
public static extern int IsDeviceRegisteredWithManagement([MarshalAs(UnmanagedType.Bool)] out bool registered, int size, System.Text.StringBuilder upn);
'@

$meaning = @{
    '0x00000000' = 'The PC is enrolled.'
    '0x80070005' = 'Access denied: start PowerShell as an administrator.'
    '0x80070525' = 'Nobody is signed in to Windows: sign in, then start again.'
    '0x80180001' = 'The server could not read the request.'
    '0x80180002' = 'The user name or the token is not right, or the token has ended.'
    '0x80180003' = 'The server refused this user or this PC.'
    '0x80180004' = 'The server could not make the certificate.'
    '0x80180005' = 'The server does not answer as a management server does.'
    '0x80180006' = 'The server failed: try again later.'
    '0x80180007' = 'The sign-in is damaged.'
    '0x8018000a' = 'The PC is managed already: remove the other work account first.'
    '0x80180013' = 'The limit of devices is reached.'
    '0x80180014' = 'This PC, its edition or its version is excluded.'
    '0x80180017' = 'The server is in maintenance: try again later.'
    '0x80180026' = 'Enrollment is switched off on this PC (DisableRegistration, or managed otherwise).'
}

$result = [Portcullis.Registration]::RegisterDeviceWithManagement($Upn, $discovery, $token)
$code = '0x{0:x8}' -f $result
$said = $meaning[$code]
if (-not $said) { $said = 'The event log DeviceManagement-Enterprise-Diagnostics-Provider/Admin says more.' }
Write-Output "${code}: $said"
if ($result -ne 0) { exit 1 }

for ($second = 0; $second -lt 60; $second++) {
    $registered = $false
    $name = New-Object System.Text.StringBuilder -ArgumentList 256
    [void] [Portcullis.Registration]::IsDeviceRegisteredWithManagement([ref] $registered, $name.Capacity, $name)
    if ($registered) {
        Write-Output "Managed as $name."
        exit 0
    }
    Start-Sleep -Seconds 1
}
Write-Output 'Windows does not show the PC as managed yet.'
exit 1
