<#
.SYNOPSIS
Runs the scenarios while Driver Verifier fails one in sixteen of fileguard's allocations.
.DESCRIPTION
An operation may fail for want of memory then, and with it a scenario; what may not happen is that something goes through
that a rule refuses, a bug check, or something left behind when fileguard unloads.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $VMName,
    [Parameter(Mandatory)] [pscredential] $Credential,
    [ValidateRange(1, 100)] [int] $Rounds = 10
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath '..\machine.psm1') -Force
$guest = @{ VMName = $VMName; Credential = $Credential }

Wait-Guest @guest
if (-not $PSCmdlet.ShouldProcess($VMName, 'run the scenarios with low resources')) { return }
# 0x209BB is what /standard means; 600 of 10000 allocations fail, from eight minutes after the start on.
Set-Verifier @guest -Options '/flags', '0x209BB', '/faults', '600'
$started = Get-GuestStart @guest
$faultsBegin = [DateTime]::FromFileTimeUtc($started).AddMinutes(9)
while ((Get-Date).ToUniversalTime() -lt $faultsBegin) {
    Start-Sleep -Seconds 10
}
for ($round = 1; $round -le $Rounds; $round++) {
    $outcomes = Invoke-Scenarios @guest -ResultName "low-resources-$round.jsonl"
    $wrong = @($outcomes | Where-Object { $_.failures -match 'went through, and should be refused' })
    if ($wrong) {
        throw "For want of memory, something went through in '$VMName' that a rule refuses: $($wrong.failures -join '; ')"
    }
}
$counters = Invoke-GuestProgram @guest -Program 'verifier.exe' -ArgumentList '/query' -SuccessCode 0, 2
if ($counters -match 'faults injected\D*\b0\b') {
    throw "Driver Verifier has failed no allocation in '$VMName', so nothing was tested: run this step again with more -Rounds."
}
Invoke-GuestProgram @guest -Program 'fltmc.exe' -ArgumentList 'unload', 'fileguard' | Out-Null
if ((Get-GuestStart @guest) -ne $started) {
    throw "Windows in '$VMName' has restarted meanwhile, by a bug check it seems: the step 98-collect brings the dump."
}
# Back to what the steps before had.
Set-Verifier @guest -Options '/standard'
