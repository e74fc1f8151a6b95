function Assert-Administrator {
    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object -TypeName Security.Principal.WindowsPrincipal -ArgumentList $identity
    if (-not $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
        throw 'Start PowerShell as an administrator.'
    }
    # RID 500: Windows does not enroll the built-in account.
    if ($identity.User.Value -match '-500$') {
        Write-Warning 'This is the built-in Administrator. Windows refuses to enroll with it.'
    }
}
