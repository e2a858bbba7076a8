<#
.SYNOPSIS
Runs the scenarios that the tests run in fltsim, and unloads and loads fileguard while files are used.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $VMName,
    [Parameter(Mandatory)] [pscredential] $Credential,
    [ValidateRange(1, 1000)] [int] $Unloads = 10
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath '..\machine.psm1') -Force
$guest = @{ VMName = $VMName; Credential = $Credential }

Wait-Guest @guest
if (-not $PSCmdlet.ShouldProcess($VMName, 'run the scenarios, and unload and load fileguard')) { return }
$started = Get-GuestStart @guest
$outcomes = Invoke-Scenarios @guest -ResultName 'scenarios.jsonl'
$failed = @($outcomes | Where-Object { -not $_.passed })
foreach ($outcome in $failed) {
    Write-Warning -Message "$($outcome.scenario): $($outcome.failures -join '; ')"
}
if ($failed) {
    throw "$($failed.Count) of $($outcomes.Count) scenarios did not go as expected in '$VMName': the warnings above say how."
}

# Leaked references show when a filter unloads, so this is where the Filter Verifier speaks.
Invoke-Guest @guest -ArgumentList (Get-GuestFolder), $Unloads -ScriptBlock {
    param([string] $Folder, [int] $Unloads)
    Set-StrictMode -Version Latest
    $ErrorActionPreference = 'Stop'
    $program = Join-Path -Path $Folder -ChildPath 'package\fileguard-scenarios.exe'
    $said = Join-Path -Path $Folder -ChildPath 'results\keep-busy.txt'
    $place = Join-Path -Path $Folder -ChildPath 'scenarios'
    $busy = Start-Process -FilePath $program -ArgumentList '--keep-busy', ($Unloads * 4 + 10), $place -PassThru -NoNewWindow -RedirectStandardOutput $said -RedirectStandardError "$said.errors"
    # Without this the exit code is not kept.
    $null = $busy.Handle
    foreach ($verb in @('unload', 'load') * $Unloads) {
        Start-Sleep -Seconds 2
        $output = cmd.exe /c "fltmc.exe $verb fileguard 2>&1"
        if ($LASTEXITCODE -ne 0) {
            throw "fltmc.exe $verb fileguard ended with $LASTEXITCODE while files were used: $output"
        }
    }
    if (-not $busy.WaitForExit(600000)) {
        throw "fileguard-scenarios.exe --keep-busy does not end: an operation hangs. It is process $($busy.Id)."
    }
    if ($busy.ExitCode -ne 0) {
        throw "Files were not as they were written while fileguard was unloaded and loaded: $(Get-Content -LiteralPath "$said.errors" -Raw)"
    }
}
if ((Get-GuestStart @guest) -ne $started) {
    throw "Windows in '$VMName' has restarted meanwhile, by a bug check it seems: the step 98-collect brings the dump."
}
