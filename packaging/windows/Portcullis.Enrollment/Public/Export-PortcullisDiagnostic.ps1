function Export-PortcullisDiagnostic {
    <#
    .SYNOPSIS
        Collects event logs, registry and Windows' own report of enrollment into one archive.
    .PARAMETER Path
        The archive to write.
    #>
    [CmdletBinding()]
    [OutputType([IO.FileInfo])]
    param(
        [Parameter(Mandatory)]
        [ValidatePattern('\.zip$')]
        [string] $Path
    )
    Assert-Administrator
    $folder = Join-Path ([IO.Path]::GetTempPath()) ('portcullis-' + [guid]::NewGuid())
    $null = New-Item -ItemType Directory -Path $folder
    try {
        $provider = 'Microsoft-Windows-DeviceManagement-Enterprise-Diagnostics-Provider'
        $logs = "$provider/Admin", "$provider/Operational", 'Microsoft-Windows-Provisioning-Diagnostics-Provider/Admin', 'Microsoft-Windows-AAD/Operational'
        foreach ($log in $logs) {
            $file = Join-Path $folder (($log -replace '[^A-Za-z0-9]', '-') + '.evtx')
            & "$env:SystemRoot\System32\wevtutil.exe" epl $log $file 2>$null
        }
        foreach ($key in 'Enrollments', 'EnterpriseResourceManager\Tracked', 'PolicyManager\Providers') {
            $file = Join-Path $folder (($key -replace '\\', '-') + '.reg')
            & "$env:SystemRoot\System32\reg.exe" export "HKLM\SOFTWARE\Microsoft\$key" $file /y 2>$null | Out-Null
        }
        & "$env:SystemRoot\System32\dsregcmd.exe" /status | Set-Content -Path (Join-Path $folder 'dsregcmd.txt')
        Get-ChildItem -Path @('Cert:\LocalMachine\My', 'Cert:\CurrentUser\My') |
            Select-Object -Property @('PSParentPath', 'Subject', 'Issuer', 'Thumbprint', 'NotBefore', 'NotAfter', 'HasPrivateKey') |
            ConvertTo-Json | Set-Content -Path (Join-Path $folder 'certificates.json')
        $report = Join-Path $folder 'mdmdiagnostics.zip'
        $tool = Join-Path $env:SystemRoot 'System32\mdmdiagnosticstool.exe'
        if (Test-Path -Path $tool) { & $tool -area 'DeviceEnrollment;DeviceProvisioning;Autopilot' -zip $report | Out-Null }
        Compress-Archive -Path (Join-Path $folder '*') -DestinationPath $Path -Force
    } finally {
        Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue
    }
    Get-Item -Path $Path
}
