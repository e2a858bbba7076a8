<#
.SYNOPSIS
Creates the Hyper-V machine, and waits until its Windows takes commands.
.DESCRIPTION
From an ISO file, a Windows is laid onto a new disk and set up without questions, with the given account. From a VHDX file,
a differencing disk is made, so that the file stays as it is; its Windows has to have the account already.
A machine of this name that is there already is taken as it is.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $VMName,
    [Parameter(Mandatory)] [pscredential] $Credential,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $MachinePath,
    [string] $Iso,
    [string] $Vhdx,
    [ValidateRange(1, 100)] [int] $ImageIndex = 1,
    [ValidateRange(2, 64)] [int] $MemoryGigabytes = 4,
    [ValidateRange(1, 64)] [int] $Processors = 2
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath '..\machine.psm1') -Force

function ConvertTo-UnattendPassword {
    <#
    .SYNOPSIS
    A password as answer files have it: with the name of its element behind it, in base 64 of UTF-16.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory)] [pscredential] $Credential)
    $text = $Credential.GetNetworkCredential().Password + 'Password'
    [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))
}

function Install-Windows {
    <#
    .SYNOPSIS
    Makes a disk that starts the Windows of an ISO file.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Disk,
        [Parameter(Mandatory)] [string] $Iso,
        [Parameter(Mandatory)] [int] $ImageIndex,
        [Parameter(Mandatory)] [pscredential] $Credential
    )
    $source = Mount-DiskImage -ImagePath (Resolve-Path -LiteralPath $Iso).ProviderPath -PassThru
    try {
        $letter = ($source | Get-Volume).DriveLetter
        $image = @("${letter}:\sources\install.wim", "${letter}:\sources\install.esd") | Where-Object { Test-Path -LiteralPath $_ } | Select-Object -First 1
        if (-not $image) {
            throw "$Iso has no sources\install.wim and no install.esd: it is no ISO to install Windows from."
        }
        New-VHD -Path $Disk -SizeBytes 64GB -Dynamic | Out-Null
        $target = Mount-VHD -Path $Disk -Passthru | Initialize-Disk -PartitionStyle GPT -PassThru
        try {
            # It becomes the EFI system partition when it is written, since Windows does not format one.
            $system = New-Partition -DiskNumber $target.Number -Size 260MB -AssignDriveLetter
            Format-Volume -Partition $system -FileSystem FAT32 -NewFileSystemLabel 'System' | Out-Null
            $windows = New-Partition -DiskNumber $target.Number -UseMaximumSize -AssignDriveLetter
            Format-Volume -Partition $windows -FileSystem NTFS -NewFileSystemLabel 'Windows' | Out-Null
            $root = "$($windows.DriveLetter):\"
            Expand-WindowsImage -ImagePath $image -Index $ImageIndex -ApplyPath $root | Out-Null
            $architecture = if (Test-Path -LiteralPath "${root}Windows\SysArm32") { 'arm64' } else { 'amd64' }
            $answers = Get-Content -LiteralPath (Join-Path -Path $PSScriptRoot -ChildPath '..\unattend.xml') -Raw
            $answers = $answers.Replace('@ARCHITECTURE@', $architecture)
            $answers = $answers.Replace('@USER@', [Security.SecurityElement]::Escape($Credential.UserName))
            $answers = $answers.Replace('@PASSWORD@', (ConvertTo-UnattendPassword -Credential $Credential))
            New-Item -ItemType Directory -Path "${root}Windows\Panther" -Force | Out-Null
            [IO.File]::WriteAllText("${root}Windows\Panther\unattend.xml", $answers)
            bcdboot.exe "${root}Windows" /s "$($system.DriveLetter):" /f UEFI | Out-Null
            if ($LASTEXITCODE -ne 0) {
                throw "bcdboot.exe could not make $Disk start: it ended with $LASTEXITCODE."
            }
            Set-Partition -DiskNumber $target.Number -PartitionNumber $system.PartitionNumber -GptType '{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}'
        } finally {
            Dismount-VHD -Path $Disk
        }
    } finally {
        Dismount-DiskImage -ImagePath $source.ImagePath | Out-Null
    }
}

if (-not (Get-Command -Name 'New-VM' -ErrorAction SilentlyContinue)) {
    throw 'Hyper-V''s PowerShell module is missing on this computer: Enable-WindowsOptionalFeature -Online -FeatureName Microsoft-Hyper-V -All'
}
if ($null -eq (Get-VM -Name $VMName -ErrorAction SilentlyContinue)) {
    if ([bool] $Iso -eq [bool] $Vhdx) {
        throw "There is no machine named '$VMName' yet: give the Windows for it, either with -Iso or with -Vhdx."
    }
    if (-not $PSCmdlet.ShouldProcess($VMName, 'create the machine')) { return }
    New-Item -ItemType Directory -Path $MachinePath -Force | Out-Null
    $disk = Join-Path -Path $MachinePath -ChildPath "$VMName.vhdx"
    # A disk without a machine is what an earlier attempt left, maybe half of one.
    if (Test-Path -LiteralPath $disk) { Remove-Item -LiteralPath $disk }
    if ($Iso) {
        Install-Windows -Disk $disk -Iso $Iso -ImageIndex $ImageIndex -Credential $Credential
    } else {
        New-VHD -Path $disk -ParentPath (Resolve-Path -LiteralPath $Vhdx).ProviderPath -Differencing | Out-Null
    }
    $memory = $MemoryGigabytes * 1gb
    New-VM -Name $VMName -Generation 2 -MemoryStartupBytes $memory -VHDPath $disk -Path $MachinePath | Out-Null
    # Dynamic memory would give back what low resources are to be tested with.
    Set-VM -Name $VMName -StaticMemory -ProcessorCount $Processors -AutomaticCheckpointsEnabled $false -CheckpointType Standard
}

# Windows does not take a test signature while Secure Boot is on.
$machine = Assert-Machine -VMName $VMName
if ($machine.Generation -eq 2 -and "$((Get-VMFirmware -VMName $VMName).SecureBoot)" -eq 'On') {
    if (-not $PSCmdlet.ShouldProcess($VMName, 'switch Secure Boot off')) { return }
    if ("$($machine.State)" -ne 'Off') { Stop-VM -Name $VMName -Force }
    Set-VMFirmware -VMName $VMName -EnableSecureBoot Off
}
if ($PSCmdlet.ShouldProcess($VMName, 'start the machine')) {
    # A Windows that is set up first restarts a few times.
    Wait-Guest -VMName $VMName -Credential $Credential -TimeoutSeconds 3600
}
