<#
.SYNOPSIS
Brings dumps, events, logs and results from the guest into a folder of this computer.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $VMName,
    [Parameter(Mandatory)] [pscredential] $Credential,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $ResultPath
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath '..\machine.psm1') -Force
$guest = @{ VMName = $VMName; Credential = $Credential }

Wait-Guest @guest
$target = Join-Path -Path $ResultPath -ChildPath "$VMName-$(Get-Date -Format 'yyyyMMdd-HHmmss')"
if (-not $PSCmdlet.ShouldProcess($target, 'collect what the machine says')) { return }

$said = @{
    'filters.txt'           = @('fltmc.exe', 'filters')
    'instances.txt'         = @('fltmc.exe', 'instances')
    'verifier.txt'          = @('verifier.exe', '/query')
    'verifier-settings.txt' = @('verifier.exe', '/querysettings')
    'boot.txt'              = @('bcdedit.exe', '/enum')
}
New-Item -ItemType Directory -Path $target -Force | Out-Null
foreach ($name in $said.Keys) {
    $program, $options = $said[$name]
    $result = Invoke-GuestProgram @guest -Program $program -ArgumentList $options -PassThru
    Set-Content -LiteralPath (Join-Path -Path $target -ChildPath $name) -Value $result.Output -Encoding UTF8
}

# Copies in the guest, since an event log cannot be copied while it is written.
$logs = Join-Path -Path (Get-GuestFolder) -ChildPath 'logs'
Invoke-Guest @guest -ArgumentList $logs -ScriptBlock {
    param([string] $Logs)
    New-Item -ItemType Directory -Path $Logs -Force | Out-Null
}
foreach ($log in 'System', 'Application', 'Microsoft-Windows-FilterManager/Operational', 'Microsoft-Windows-CodeIntegrity/Operational') {
    $path = Join-Path -Path $logs -ChildPath "$($log -replace '[/ ]', '-').evtx"
    $result = Invoke-GuestProgram @guest -Program 'wevtutil.exe' -ArgumentList 'epl', $log, $path, '/ow:true' -PassThru
    if ($result.Code -ne 0) {
        Write-Warning -Message "The event log $log was not exported: $($result.Output -join ' ')"
    }
}

$session = New-PSSession -VMName $VMName -Credential $Credential
try {
    $found = @(Invoke-Command -Session $session -ArgumentList $logs, (Join-Path -Path (Get-GuestFolder) -ChildPath 'results') -ScriptBlock {
        param([string] $Logs, [string] $Results)
        $places = "$env:SystemRoot\MEMORY.DMP", "$env:SystemRoot\Minidump", "$env:SystemRoot\INF\setupapi.dev.log", $Logs, $Results
        $places | Where-Object { Test-Path -LiteralPath $_ }
    })
    foreach ($place in $found) {
        Copy-Item -LiteralPath $place -Destination $target -FromSession $session -Recurse -Force
        $copy = Join-Path -Path $target -ChildPath (Split-Path -Path $place -Leaf)
        if (-not (Test-Path -LiteralPath $copy)) {
            throw "$place of '$VMName' did not arrive in ${target}: is there room for it?"
        }
    }
} finally {
    Remove-PSSession -Session $session
}
$dumps = @($found | Where-Object { $_ -match 'MEMORY\.DMP$|Minidump$' })
if ($dumps) {
    Write-Warning -Message "There was a bug check in '$VMName': $($dumps -join ', ') are in $target."
}
Write-Information -MessageData "Collected in $target" -InformationAction Continue
