function Initialize-Registration {
    # mdmregistration.dll is taken from System32 and from nowhere else.
    if ('Portcullis.MdmRegistration' -as [type]) { return }
    Add-Type -Namespace Portcullis -Name MdmRegistration -MemberDefinition @'
[DllImport("mdmregistration.dll", CharSet = CharSet.Unicode)]
[DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
public static extern int RegisterDeviceWithManagement(string upn, string uri, string token);
[DllImport("mdmregistration.dll", CharSet = CharSet.Unicode)]
[DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
public static extern int UnregisterDeviceWithManagement(string enrollmentId);
'@
}
