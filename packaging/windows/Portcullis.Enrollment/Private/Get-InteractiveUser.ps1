function Get-InteractiveUser {
    # RegisterDeviceWithManagement fails with 0x80070525 while nobody is signed in.
    $user = (Get-CimInstance -ClassName Win32_ComputerSystem).UserName
    if (-not $user) { throw 'Nobody is signed in to Windows. Set up automatic sign-in for the test account first.' }
    $user
}
