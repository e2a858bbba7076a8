<#
.SYNOPSIS
Trusts the package's certificate and installs fileguard by its INF.
.DESCRIPTION
A minifilter is a primitive driver, and DiInstallDriver is the documented way to install one, on Windows 10 1903 and later.
A package that was built on Linux has no catalog, since the tool that makes it is a part of the Windows Driver Kit. Windows
itself makes one here then, and signs it with a certificate that exists in this guest only.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $VMName,
    [Parameter(Mandatory)] [pscredential] $Credential
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath '..\machine.psm1') -Force
$guest = @{ VMName = $VMName; Credential = $Credential }
$package = Join-Path -Path (Get-GuestFolder) -ChildPath 'package'

Wait-Guest @guest
if (-not $PSCmdlet.ShouldProcess($VMName, 'trust the certificate and install the driver')) { return }

# An earlier build that is loaded would stay the one that runs.
if ((Invoke-GuestProgram @guest -Program 'fltmc.exe' -ArgumentList 'filters') -match '^fileguard\s') {
    Invoke-GuestProgram @guest -Program 'fltmc.exe' -ArgumentList 'unload', 'fileguard' | Out-Null
}
Invoke-Guest @guest -ArgumentList $package -ScriptBlock {
    param([string] $Package)
    Set-StrictMode -Version Latest
    $ErrorActionPreference = 'Stop'
    $certificate = Join-Path -Path $Package -ChildPath 'fileguard.cer'
    if (-not (Test-Path -LiteralPath $certificate)) {
        throw "$certificate is not there: run the step 50-copy-package."
    }
    $stores = 'Cert:\LocalMachine\Root', 'Cert:\LocalMachine\TrustedPublisher'
    foreach ($store in $stores) {
        Import-Certificate -FilePath $certificate -CertStoreLocation $store | Out-Null
    }
    $signature = Get-AuthenticodeSignature -FilePath (Join-Path -Path $Package -ChildPath 'fileguard.sys')
    if ("$($signature.Status)" -ne 'Valid') {
        throw "The signature of fileguard.sys is not valid here: $($signature.StatusMessage) Are fileguard.sys and fileguard.cer of one package?"
    }

    $catalog = Join-Path -Path $Package -ChildPath 'fileguard.cat'
    if (-not (Test-Path -LiteralPath $catalog)) {
        # The catalog is about the files that the INF installs, and about the INF.
        $listed = Join-Path -Path $Package -ChildPath 'listed'
        New-Item -ItemType Directory -Path $listed -Force | Out-Null
        foreach ($name in 'fileguard.inf', 'fileguard.sys') {
            Copy-Item -LiteralPath (Join-Path -Path $Package -ChildPath $name) -Destination $listed
        }
        New-FileCatalog -Path $listed -CatalogFilePath $catalog -CatalogVersion 2.0 | Out-Null
        $signer = New-SelfSignedCertificate -Type CodeSigningCert -Subject 'CN=fileguard test catalog' -CertStoreLocation 'Cert:\LocalMachine\My'
        $exported = Join-Path -Path $Package -ChildPath 'catalog.cer'
        Export-Certificate -Cert $signer -FilePath $exported | Out-Null
        foreach ($store in $stores) {
            Import-Certificate -FilePath $exported -CertStoreLocation $store | Out-Null
        }
        $signed = Set-AuthenticodeSignature -FilePath $catalog -Certificate $signer -HashAlgorithm SHA256
        if ("$($signed.Status)" -ne 'Valid') {
            Remove-Item -LiteralPath $catalog
            throw "The catalog that was made for the package could not be signed: $($signed.StatusMessage)"
        }
    }

    Add-Type -Namespace 'Fileguard' -Name 'Setup' -MemberDefinition @'
[DllImport("newdev.dll", CharSet = CharSet.Unicode, SetLastError = true)]
[return: MarshalAs(UnmanagedType.Bool)]
public static extern bool DiInstallDriverW(IntPtr parent, string inf, uint flags, [MarshalAs(UnmanagedType.Bool)] out bool needsRestart);
'@
    $needsRestart = $false
    $inf = Join-Path -Path $Package -ChildPath 'fileguard.inf'
    # DIIRFLAG_FORCE_INF: this very package, also where an equal or a later one is installed.
    if (-not [Fileguard.Setup]::DiInstallDriverW([IntPtr]::Zero, $inf, 2, [ref] $needsRestart)) {
        $problem = [ComponentModel.Win32Exception] [Runtime.InteropServices.Marshal]::GetLastWin32Error()
        throw "Windows did not install ${inf}: $($problem.Message) ($($problem.NativeErrorCode)). Why is at the end of $env:SystemRoot\INF\setupapi.dev.log. install.cmd in the package installs without the INF."
    }

    $service = Get-CimInstance -ClassName Win32_SystemDriver -Filter "Name='fileguard'"
    if ($null -eq $service) {
        throw "DiInstallDriver succeeded, and there is no service named fileguard: look into $env:SystemRoot\INF\setupapi.dev.log."
    }
    $key = 'HKLM:\SYSTEM\CurrentControlSet\Services\fileguard'
    foreach ($place in "$key\Parameters\Instances", "$key\Instances") {
        $instance = (Get-ItemProperty -LiteralPath $place).DefaultInstance
        if (-not (Get-ItemProperty -LiteralPath "$place\$instance").Altitude) {
            throw "$place\$instance has no altitude: the INF that was installed is not the package's."
        }
    }
}
