<#
.SYNOPSIS
Lets a kernel debugger on this computer reach the guest, through a serial port that is a named pipe here.
.DESCRIPTION
Attach with: windbg -k com:pipe,port=\\.\pipe\<machine>-debug,resets=0,reconnect
The Filter Verifier tells of violations in the debugger only, and stops Windows there; without one, a violation ends in a bug
check, of which the step 98-collect brings the dump.
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

function Test-KernelDebugging {
    <#
    .SYNOPSIS
    Whether the running Windows was started with kernel debugging on.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param()
    Invoke-Guest @guest -ScriptBlock {
        $options = (Get-ItemProperty -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Control').SystemStartOptions
        " $options " -match '\sDEBUG(=\S*)?\s'
    }
}

$pipe = "\\.\pipe\$VMName-debug"
$null = Assert-Machine -VMName $VMName
if ((Get-VMComPort -VMName $VMName -Number 1).Path -ne $pipe) {
    if (-not $PSCmdlet.ShouldProcess($VMName, "make its first serial port $pipe")) { return }
    if ("$((Assert-Machine -VMName $VMName).State)" -ne 'Off') { Stop-VM -Name $VMName -Force }
    Set-VMComPort -VMName $VMName -Number 1 -Path $pipe
}
Wait-Guest @guest
if (-not (Test-KernelDebugging)) {
    if (-not $PSCmdlet.ShouldProcess($VMName, 'switch kernel debugging on and restart')) { return }
    Invoke-GuestProgram @guest -Program 'bcdedit.exe' -ArgumentList '/dbgsettings', 'serial', 'debugport:1', 'baudrate:115200' | Out-Null
    Invoke-GuestProgram @guest -Program 'bcdedit.exe' -ArgumentList '/debug', 'on' | Out-Null
    Restart-Guest @guest
    if (-not (Test-KernelDebugging)) {
        throw "Windows in '$VMName' started without kernel debugging although bcdedit.exe has set it: look at bcdedit.exe /enum in the guest."
    }
}

# A bug check leaves a dump of the kernel's memory, and the machine comes back by itself.
if ($PSCmdlet.ShouldProcess($VMName, 'have bug checks dump the kernel''s memory')) {
    Invoke-Guest @guest -ScriptBlock {
        $key = 'HKLM:\SYSTEM\CurrentControlSet\Control\CrashControl'
        Set-ItemProperty -LiteralPath $key -Name 'CrashDumpEnabled' -Value 2 -Type DWord
        Set-ItemProperty -LiteralPath $key -Name 'AutoReboot' -Value 1 -Type DWord
        Set-ItemProperty -LiteralPath $key -Name 'AlwaysKeepMemoryDump' -Value 1 -Type DWord
    }
}
Write-Information -MessageData "Debugger: windbg -k com:pipe,port=$pipe,resets=0,reconnect" -InformationAction Continue
