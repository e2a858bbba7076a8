<#
.SYNOPSIS
Makes the checkpoint that the last step restores: Windows as it is, without fileguard.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $VMName,
    [ValidateNotNullOrEmpty()] [string] $CheckpointName = 'before fileguard'
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath '..\machine.psm1') -Force

$null = Assert-Machine -VMName $VMName
if (Get-VMSnapshot -VMName $VMName -Name $CheckpointName -ErrorAction SilentlyContinue) { return }
if (-not $PSCmdlet.ShouldProcess($VMName, "make the checkpoint '$CheckpointName'")) { return }
Checkpoint-VM -Name $VMName -SnapshotName $CheckpointName
if (-not (Get-VMSnapshot -VMName $VMName -Name $CheckpointName -ErrorAction SilentlyContinue)) {
    throw "Hyper-V made no checkpoint of '$VMName': look whether its disk's volume has room."
}
