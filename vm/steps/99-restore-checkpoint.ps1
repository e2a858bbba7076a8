<#
.SYNOPSIS
Takes the machine back to the checkpoint: Windows without fileguard. What was not collected is lost.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $VMName,
    [ValidateNotNullOrEmpty()] [string] $CheckpointName = 'before fileguard'
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath '..\machine.psm1') -Force

$null = Assert-Machine -VMName $VMName
if (-not (Get-VMSnapshot -VMName $VMName -Name $CheckpointName -ErrorAction SilentlyContinue)) {
    throw "'$VMName' has no checkpoint '$CheckpointName': the step 20-checkpoint makes it, before fileguard is installed."
}
if (-not $PSCmdlet.ShouldProcess($VMName, "restore the checkpoint '$CheckpointName'")) { return }
Restore-VMSnapshot -VMName $VMName -Name $CheckpointName -Confirm:$false
$now = (Assert-Machine -VMName $VMName).ParentSnapshotName
if ($now -ne $CheckpointName) {
    throw "'$VMName' is based on '$now' after it was taken back to '${CheckpointName}': look at its checkpoints in Hyper-V Manager."
}
