@{
    RootModule           = 'Portcullis.Enrollment.psm1'
    ModuleVersion        = '0.1.0'
    GUID                 = 'b1a3c1f2-6d0e-4c2e-9a57-6f0c8a1f7d35'
    Author               = 'Portcullis'
    CompanyName          = 'Portcullis'
    Copyright            = 'Apache-2.0'
    Description          = 'Enrolls unattended test machines: trust, enroll, synchronize, collect, unenroll, clean up.'
    PowerShellVersion    = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FunctionsToExport    = @(
        'Clear-PortcullisLeftover'
        'ConvertFrom-PortcullisHResult'
        'Export-PortcullisDiagnostic'
        'Get-PortcullisEnrollment'
        'Import-PortcullisRoot'
        'Register-PortcullisDevice'
        'Sync-PortcullisDevice'
        'Unregister-PortcullisDevice'
        'Wait-PortcullisEnrollment'
    )
    CmdletsToExport      = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
}
