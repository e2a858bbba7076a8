<#
.SYNOPSIS
Has Driver Verifier look after fileguard, the Filter Verifier among it.
.DESCRIPTION
/standard is what Microsoft recommends to start the Filter Verifier with: special pool, forced IRQL checking, pool tracking, I/O
verification, deadlock detection, security checks and DDI compliance come along. It begins when a filter registers.
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
if ($PSCmdlet.ShouldProcess($VMName, 'verify fileguard.sys')) {
    Set-Verifier @guest -Options '/standard'
}
