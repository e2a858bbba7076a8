<#
.SYNOPSIS
Tests fileguard on a Hyper-V machine, from the Windows image to the dumps.
.DESCRIPTION
Runs the scripts in steps\ in the order of their names. What is done is written down for each machine, so that running this
again goes on where it stopped. When a step fails, what the machine says about it is collected before this ends.
.EXAMPLE
.\run.ps1 -Iso D:\Windows11.iso -PackagePath ..\target\package\x64
.EXAMPLE
.\run.ps1 -Vhdx D:\Windows11.vhdx -PackagePath ..\target\package\x64 -From 80-verifier
.EXAMPLE
.\run.ps1 -PackagePath ..\target\package\x64 -Only 98-collect
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding(SupportsShouldProcess)]
param(
    # The machine's name in Hyper-V.
    [ValidateNotNullOrEmpty()] [string] $VMName = 'fileguard-test',

    # An administrator of the guest; asked for if it is left out. A new machine gets this account.
    [pscredential] $Credential,

    # The folder that the package was built in.
    [ValidateScript({ Test-Path -LiteralPath $_ -PathType Container })] [string] $PackagePath,

    # The Windows to install, for a new machine: an ISO file, or a VHDX file with a Windows that has been set up.
    [ValidateScript({ Test-Path -LiteralPath $_ -PathType Leaf })] [string] $Iso,
    [ValidateScript({ Test-Path -LiteralPath $_ -PathType Leaf })] [string] $Vhdx,

    # Which Windows of the ISO.
    [ValidateRange(1, 100)] [int] $ImageIndex = 1,

    # Where the machine's disk goes, and what is collected.
    [ValidateNotNullOrEmpty()] [string] $MachinePath = (Join-Path -Path $env:ProgramData -ChildPath 'fileguard-vm'),
    [ValidateNotNullOrEmpty()] [string] $ResultPath = (Join-Path -Path $env:ProgramData -ChildPath 'fileguard-vm\results'),

    # Begin with this step, whatever is written down; or run it alone.
    [string] $From,
    [string] $Only,

    # Run all steps, whatever is written down.
    [switch] $Force
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath 'machine.psm1') -Force

$steps = @(Get-ChildItem -LiteralPath (Join-Path -Path $PSScriptRoot -ChildPath 'steps') -Filter '*.ps1' | Sort-Object -Property Name)
foreach ($name in @($From, $Only) | Where-Object { $_ }) {
    if ($name -notin $steps.BaseName) {
        throw "There is no step '$name'. The steps are: $($steps.BaseName -join ', ')"
    }
}
if ($null -eq $Credential) {
    $Credential = Get-Credential -UserName 'tester' -Message "An administrator in $VMName"
}

# What a step may ask for; each gets what its param block names.
$given = @{
    VMName      = $VMName
    Credential  = $Credential
    PackagePath = $PackagePath
    Iso         = $Iso
    Vhdx        = $Vhdx
    ImageIndex  = $ImageIndex
    MachinePath = $MachinePath
    ResultPath  = $ResultPath
}

function Invoke-Step {
    <#
    .SYNOPSIS
    Runs one step with the parameters that it has and that were given.
    #>
    [CmdletBinding()]
    param([Parameter(Mandatory)] [IO.FileInfo] $Step)
    $declared = (Get-Command -Name $Step.FullName).Parameters
    $arguments = @{}
    foreach ($name in $given.Keys) {
        if ($declared.ContainsKey($name) -and $given[$name]) { $arguments[$name] = $given[$name] }
    }
    $mandatory = $declared.Values | Where-Object {
        $_.Attributes | Where-Object { $_ -is [Management.Automation.ParameterAttribute] -and $_.Mandatory }
    }
    $missing = @($mandatory | Where-Object { -not $arguments.ContainsKey($_.Name) } | ForEach-Object { "-$($_.Name)" })
    if ($missing) {
        throw "The step $($Step.BaseName) needs $($missing -join ', ')."
    }
    Write-Information -MessageData "== $($Step.BaseName)" -InformationAction Continue
    & $Step.FullName @arguments -WhatIf:$WhatIfPreference
}

$skipped = @(Read-Record -VMName $VMName)
if ($Force -or $From) { $skipped = @() }
$hasBegun = -not $From
foreach ($step in $steps) {
    $name = $step.BaseName
    if ($name -eq $From) { $hasBegun = $true }
    if ($Only) {
        if ($name -ne $Only) { continue }
    } elseif (-not $hasBegun -or $name -in $skipped) {
        continue
    }
    try {
        Invoke-Step -Step $step
    } catch {
        $failure = $_
        if ($name -gt '30' -and $name -ne '98-collect') {
            try {
                Invoke-Step -Step ($steps | Where-Object { $_.BaseName -eq '98-collect' })
            } catch {
                Write-Warning -Message "Nothing could be collected: $_"
            }
        }
        throw "The step $name failed: $failure`nRun the same command again to go on with it; what was collected is in $ResultPath."
    }
    # A step may take others back: restoring the checkpoint does.
    $done = @(@(Read-Record -VMName $VMName) + $name | Sort-Object -Unique)
    if ($name -eq '99-restore-checkpoint') {
        $done = @($done | Where-Object { $_ -lt '30' })
    }
    Write-Record -VMName $VMName -Done $done -WhatIf:$WhatIfPreference
}
Write-Information -MessageData "Done; what was collected is in $ResultPath." -InformationAction Continue
