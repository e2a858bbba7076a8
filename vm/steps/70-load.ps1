<#
.SYNOPSIS
Loads fileguard and looks whether it is attached to the volume of Windows.
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

Wait-Guest @guest
$filters = Invoke-GuestProgram @guest -Program 'fltmc.exe' -ArgumentList 'filters'
if (-not ($filters -match '^fileguard\s')) {
    if (-not $PSCmdlet.ShouldProcess($VMName, 'load fileguard')) { return }
    Invoke-GuestProgram @guest -Program 'fltmc.exe' -ArgumentList 'load', 'fileguard' | Out-Null
}
$instances = Invoke-GuestProgram @guest -Program 'fltmc.exe' -ArgumentList 'instances', '-f', 'fileguard'
if (-not ($instances -match '(^|\s)C:\s')) {
    throw "fileguard is loaded in '$VMName', and is not attached to C:. fltmc.exe instances says: $($instances -join ' ')"
}
$control = Join-Path -Path (Get-GuestFolder) -ChildPath 'package\fileguardctl.exe'
Invoke-GuestProgram @guest -Program $control -ArgumentList 'status', '--json' | Out-Null
