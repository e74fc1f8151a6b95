function Clear-PortcullisLeftover {
    <#
    .SYNOPSIS
        Removes what an enrollment at a server left behind: the usual cause of 0x8018000A on test machines.
    .DESCRIPTION
        Only what belongs to enrollments of this PROVIDER-ID. The list comes from experience, not from documentation: on
        machines that matter end the enrollment properly, and start test machines from a snapshot.
    .PARAMETER ProviderId
        PROVIDER-ID of the server.
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([string])]
    param(
        [ValidateNotNullOrEmpty()]
        [string] $ProviderId = 'Portcullis'
    )
    Assert-Administrator
    $software = 'HKLM:\SOFTWARE\Microsoft'
    $below = @(
        'Enrollments', 'Enrollments\Status', 'EnterpriseResourceManager\Tracked', 'PolicyManager\AdmxInstalled'
        'PolicyManager\Providers', 'Provisioning\OMADM\Accounts', 'Provisioning\OMADM\Logger', 'Provisioning\OMADM\Sessions'
    )
    foreach ($enrollment in @(Get-PortcullisEnrollment -ProviderId $ProviderId)) {
        $id = $enrollment.Id
        if ($id -notmatch '^\{?[0-9A-Fa-f-]{36}\}?$') { continue }
        foreach ($task in Get-ScheduledTask -TaskPath "\Microsoft\Windows\EnterpriseMgmt\$id\" -ErrorAction SilentlyContinue) {
            if ($PSCmdlet.ShouldProcess($task.TaskName, 'Remove the scheduled task')) { $task | Unregister-ScheduledTask -Confirm:$false }
        }
        if ($enrollment.Thumbprint -match '^[0-9A-Fa-f]{40}$') {
            foreach ($store in 'LocalMachine', 'CurrentUser') {
                $path = "Cert:\$store\My\$($enrollment.Thumbprint)"
                if ((Test-Path -Path $path) -and $PSCmdlet.ShouldProcess($path, 'Remove the certificate')) { Remove-Item -Path $path }
            }
        }
        foreach ($key in $below) {
            $path = "$software\$key\$id"
            if ((Test-Path -Path $path) -and $PSCmdlet.ShouldProcess($path, 'Remove the key')) {
                Remove-Item -Path $path -Recurse -Force
                $path
            }
        }
    }
}
