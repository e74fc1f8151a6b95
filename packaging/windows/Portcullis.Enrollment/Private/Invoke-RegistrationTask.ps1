function Invoke-RegistrationTask {
    param(
        [string] $User,
        [string] $Upn,
        [string] $DiscoveryUrl,
        [string] $Value,
        [int] $TimeoutSeconds
    )
    $folder = Join-Path $env:ProgramData ('Portcullis-' + [guid]::NewGuid())
    $null = New-Item -ItemType Directory -Path $folder
    $acl = New-Object -TypeName Security.AccessControl.DirectorySecurity
    $acl.SetAccessRuleProtection($true, $false)
    $administrators = New-Object -TypeName Security.Principal.SecurityIdentifier -ArgumentList 'S-1-5-32-544'
    foreach ($who in $administrators, (New-Object -TypeName Security.Principal.NTAccount -ArgumentList $User)) {
        $rule = New-Object -TypeName Security.AccessControl.FileSystemAccessRule -ArgumentList $who, 'FullControl', 'ContainerInherit,ObjectInherit', 'None', 'Allow'
        $acl.AddAccessRule($rule)
    }
    Set-Acl -Path $folder -AclObject $acl
    $name = Split-Path -Path $folder -Leaf
    try {
        @{ Upn = $Upn; Url = $DiscoveryUrl; Token = $Value } | ConvertTo-Json | Set-Content -Path (Join-Path $folder 'in.json') -Encoding UTF8
        $script = @'
param([string] $Folder, [string] $Module)
$path = Join-Path $Folder 'in.json'
$given = Get-Content -Path $path -Raw -Encoding UTF8 | ConvertFrom-Json
Remove-Item -Path $path
. (Join-Path $Module 'Private\Initialize-Registration.ps1')
Initialize-Registration
$result = [Portcullis.MdmRegistration]::RegisterDeviceWithManagement($given.Upn, $given.Url, $given.Token)
Set-Content -Path (Join-Path $Folder 'out.txt') -Value $result
'@
        $file = Join-Path $folder 'enroll.ps1'
        Set-Content -Path $file -Value $script -Encoding UTF8
        $module = Split-Path -Path $PSScriptRoot -Parent
        $arguments = '-NoProfile -NonInteractive -ExecutionPolicy Bypass -File "{0}" -Folder "{1}" -Module "{2}"' -f $file, $folder, $module
        $shell = Join-Path $env:SystemRoot 'System32\WindowsPowerShell\v1.0\powershell.exe'
        $action = New-ScheduledTaskAction -Execute $shell -Argument $arguments
        $principal = New-ScheduledTaskPrincipal -UserId $User -LogonType Interactive -RunLevel Highest
        $null = Register-ScheduledTask -TaskName $name -Action $action -Principal $principal
        Start-ScheduledTask -TaskName $name
        $out = Join-Path $folder 'out.txt'
        $end = (Get-Date).AddSeconds($TimeoutSeconds)
        while (-not (Test-Path -Path $out)) {
            if ((Get-Date) -gt $end) { throw "The enrollment did not end within $TimeoutSeconds seconds." }
            Start-Sleep -Seconds 1
        }
        Start-Sleep -Seconds 1
        [long] (Get-Content -Path $out -TotalCount 1)
    } finally {
        Unregister-ScheduledTask -TaskName $name -Confirm:$false -ErrorAction SilentlyContinue
        Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue
    }
}
