function Import-PortcullisRoot {
    <#
    .SYNOPSIS
        Trusts the root certificate of a server, if it is the one that is expected.
    .PARAMETER Path
        The certificate, PEM or DER.
    .PARAMETER Sha256
        The SHA-256 of the certificate, as "portcullis ca show" prints it.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([System.Security.Cryptography.X509Certificates.X509Certificate2])]
    param(
        [Parameter(Mandatory)]
        [ValidateScript({ Test-Path -Path $_ -PathType Leaf })]
        [string] $Path,

        [Parameter(Mandatory)]
        [ValidatePattern('^([0-9A-Fa-f]{2}[: ]?){32}$')]
        [string] $Sha256
    )
    Assert-Administrator
    $certificate = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (Resolve-Path -Path $Path).ProviderPath
    $hash = [Security.Cryptography.SHA256]::Create()
    try { $found = [BitConverter]::ToString($hash.ComputeHash($certificate.RawData)) -replace '-', '' } finally { $hash.Dispose() }
    $expected = $Sha256 -replace '[: ]', ''
    if ($found -ne $expected) { throw "The certificate's SHA-256 is $found, not the expected one." }
    if ($PSCmdlet.ShouldProcess($certificate.Subject, 'Trust as a root')) {
        $store = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Store -ArgumentList 'Root', 'LocalMachine'
        $store.Open('ReadWrite')
        try { $store.Add($certificate) } finally { $store.Close() }
    }
    $certificate
}
