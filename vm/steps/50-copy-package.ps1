<#
.SYNOPSIS
Copies the package into the guest, and looks whether each file arrived as it is.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $VMName,
    [Parameter(Mandatory)] [pscredential] $Credential,
    [Parameter(Mandatory)] [ValidateScript({ Test-Path -LiteralPath $_ -PathType Container })] [string] $PackagePath
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath '..\machine.psm1') -Force
$guest = @{ VMName = $VMName; Credential = $Credential }

foreach ($name in 'fileguard.sys', 'fileguard.inf', 'fileguard.cer', 'fileguardctl.exe', 'fileguard-scenarios.exe') {
    if (-not (Test-Path -LiteralPath (Join-Path -Path $PackagePath -ChildPath $name))) {
        throw "The package in $PackagePath has no ${name}: build it with 'cargo xtask package --architecture x64', and copy target/package/x64 here whole."
    }
}
Wait-Guest @guest
$package = Join-Path -Path (Get-GuestFolder) -ChildPath 'package'
if (-not $PSCmdlet.ShouldProcess("$VMName $package", "copy $PackagePath")) { return }

$session = New-PSSession -VMName $VMName -Credential $Credential
try {
    Invoke-Command -Session $session -ArgumentList $package -ScriptBlock {
        param([string] $Package)
        Set-StrictMode -Version Latest
        $ErrorActionPreference = 'Stop'
        # What an earlier package had and this one has not must not be there.
        if (Test-Path -LiteralPath $Package) { Remove-Item -LiteralPath $Package -Recurse -Force }
        New-Item -ItemType Directory -Path $Package -Force | Out-Null
    }
    foreach ($file in Get-ChildItem -LiteralPath $PackagePath -File) {
        Copy-Item -LiteralPath $file.FullName -Destination $package -ToSession $session
        $arrived = Invoke-Command -Session $session -ArgumentList (Join-Path -Path $package -ChildPath $file.Name) -ScriptBlock {
            param([string] $Path)
            (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash
        }
        if ($arrived -ne (Get-FileHash -LiteralPath $file.FullName -Algorithm SHA256).Hash) {
            throw "$($file.Name) did not arrive in '$VMName' as it is in ${PackagePath}: run this step again."
        }
    }
} finally {
    Remove-PSSession -Session $session
}
