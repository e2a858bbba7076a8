<#
.SYNOPSIS
Lets the guest's Windows load drivers with a test signature.
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

function Test-TestSigning {
    <#
    .SYNOPSIS
    Whether the running Windows was started with test signing on.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param()
    Invoke-Guest @guest -ScriptBlock {
        $options = (Get-ItemProperty -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Control').SystemStartOptions
        " $options " -match '\sTESTSIGNING\s'
    }
}

Wait-Guest @guest
if (Test-TestSigning) { return }
if (-not $PSCmdlet.ShouldProcess($VMName, 'switch test signing on and restart')) { return }
Invoke-GuestProgram @guest -Program 'bcdedit.exe' -ArgumentList '/set', 'testsigning', 'on' | Out-Null
Restart-Guest @guest
if (-not (Test-TestSigning)) {
    throw "Windows in '$VMName' started without test signing although bcdedit.exe has set it: is Secure Boot on (Get-VMFirmware -VMName '$VMName')?"
}
