<#
.SYNOPSIS
What all steps need: commands in the guest, restarts, and the record of the steps that are done.
#>
#Requires -Version 5.1
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# Where everything lies in the guest.
$GuestFolder = 'C:\fileguard'

function Get-GuestFolder {
    <#
    .SYNOPSIS
    The folder in the guest that holds the package and what came of it.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param()
    $GuestFolder
}

function Assert-Machine {
    <#
    .SYNOPSIS
    Throws unless Hyper-V has the machine; gives it.
    #>
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $VMName)
    if (-not (Get-Command -Name 'Get-VM' -ErrorAction SilentlyContinue)) {
        throw 'Hyper-V''s PowerShell module is missing on this computer: Enable-WindowsOptionalFeature -Online -FeatureName Microsoft-Hyper-V -All'
    }
    $machine = Get-VM -Name $VMName -ErrorAction SilentlyContinue
    if ($null -eq $machine) {
        throw "Hyper-V has no machine named '$VMName': run the step 10-create-machine, or give the name of another with -VMName."
    }
    $machine
}

function Invoke-Guest {
    <#
    .SYNOPSIS
    Runs a script block in the guest by PowerShell Direct, which needs no network.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $VMName,
        [Parameter(Mandatory)] [pscredential] $Credential,
        [Parameter(Mandatory)] [scriptblock] $ScriptBlock,
        [object[]] $ArgumentList = @()
    )
    Invoke-Command -VMName $VMName -Credential $Credential -ScriptBlock $ScriptBlock -ArgumentList $ArgumentList -ErrorAction Stop
}

function Invoke-GuestProgram {
    <#
    .SYNOPSIS
    Runs a program in the guest, and throws unless it ends with one of the given codes.
    .OUTPUTS
    What it printed, one string a line; with -PassThru an object with Output and Code.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $VMName,
        [Parameter(Mandatory)] [pscredential] $Credential,
        [Parameter(Mandatory)] [string] $Program,
        [string[]] $ArgumentList = @(),
        [int[]] $SuccessCode = @(0),
        [switch] $PassThru
    )
    $result = Invoke-Guest -VMName $VMName -Credential $Credential -ArgumentList $Program, $ArgumentList -ScriptBlock {
        param([string] $Program, [string[]] $ArgumentList)
        # With Stop, Windows PowerShell takes a line on standard error for an error of its own.
        $ErrorActionPreference = 'Continue'
        $output = @(& $Program @ArgumentList 2>&1 | ForEach-Object { "$_" })
        [pscustomobject] @{ Output = $output; Code = $LASTEXITCODE }
    }
    if ($result.Code -notin $SuccessCode -and -not $PassThru) {
        throw "In ${VMName}: '$Program $ArgumentList' ended with $($result.Code): $($result.Output -join ' ')"
    }
    if ($PassThru) { $result } else { $result.Output }
}

function Wait-Guest {
    <#
    .SYNOPSIS
    Starts the machine if it is off, and waits until its Windows takes commands from an administrator.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $VMName,
        [Parameter(Mandatory)] [pscredential] $Credential,
        [ValidateRange(1, 7200)] [int] $TimeoutSeconds = 900
    )
    $machine = Assert-Machine -VMName $VMName
    if ("$($machine.State)" -ne 'Running') {
        Start-VM -Name $VMName
    }
    $deadline = (Get-Date).AddSeconds($TimeoutSeconds)
    while ($true) {
        try {
            $isAdministrator = Invoke-Guest -VMName $VMName -Credential $Credential -ScriptBlock {
                $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
                ([Security.Principal.WindowsPrincipal] $identity).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
            }
            break
        } catch {
            if ((Get-Date) -gt $deadline) {
                throw "'$VMName' has taken no command for $TimeoutSeconds seconds. Look at its screen (vmconnect.exe localhost '$VMName'), and whether the credential is one of its administrators. The last error: $_"
            }
            Start-Sleep -Seconds 5
        }
    }
    if (-not $isAdministrator) {
        throw "'$($Credential.UserName)' is no administrator in '$VMName': give the credential of one with -Credential."
    }
}

function Get-GuestStart {
    <#
    .SYNOPSIS
    When the guest's Windows was started.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $VMName,
        [Parameter(Mandatory)] [pscredential] $Credential
    )
    Invoke-Guest -VMName $VMName -Credential $Credential -ScriptBlock {
        (Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToFileTimeUtc()
    }
}

function Restart-Guest {
    <#
    .SYNOPSIS
    Restarts the guest's Windows in order, and waits until it takes commands again.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [string] $VMName,
        [Parameter(Mandatory)] [pscredential] $Credential,
        [ValidateRange(1, 7200)] [int] $TimeoutSeconds = 900
    )
    if (-not $PSCmdlet.ShouldProcess($VMName, 'restart Windows')) { return }
    $before = Get-GuestStart -VMName $VMName -Credential $Credential
    Invoke-GuestProgram -VMName $VMName -Credential $Credential -Program 'shutdown.exe' -ArgumentList '/r', '/t', '0' | Out-Null
    $deadline = (Get-Date).AddSeconds($TimeoutSeconds)
    do {
        if ((Get-Date) -gt $deadline) {
            throw "'$VMName' has not restarted within $TimeoutSeconds seconds: look at its screen (vmconnect.exe localhost '$VMName')."
        }
        Start-Sleep -Seconds 5
        try {
            $now = Get-GuestStart -VMName $VMName -Credential $Credential
        } catch {
            # It goes down or comes up.
            $now = $before
        }
    } while ($now -eq $before)
    Wait-Guest -VMName $VMName -Credential $Credential -TimeoutSeconds $TimeoutSeconds
}

function Set-Verifier {
    <#
    .SYNOPSIS
    Has Driver Verifier look after fileguard from the next start on, restarts, and loads fileguard under it.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [string] $VMName,
        [Parameter(Mandatory)] [pscredential] $Credential,
        [Parameter(Mandatory)] [string[]] $Options
    )
    if (-not $PSCmdlet.ShouldProcess($VMName, "verify fileguard.sys with $Options, and restart")) { return }
    $guest = @{ VMName = $VMName; Credential = $Credential }
    # 2 says that it takes a restart.
    Invoke-GuestProgram @guest -Program 'verifier.exe' -ArgumentList ($Options + @('/driver', 'fileguard.sys')) -SuccessCode 0, 2 | Out-Null
    Restart-Guest @guest
    $filters = Invoke-GuestProgram @guest -Program 'fltmc.exe' -ArgumentList 'filters'
    if (-not ($filters -match '^fileguard\s')) {
        Invoke-GuestProgram @guest -Program 'fltmc.exe' -ArgumentList 'load', 'fileguard' | Out-Null
    }
    $verified = Invoke-GuestProgram @guest -Program 'verifier.exe' -ArgumentList '/query' -SuccessCode 0, 2
    if (-not ($verified -match 'fileguard\.sys')) {
        throw "Driver Verifier does not look after fileguard.sys in '$VMName'. verifier.exe /query says: $($verified -join ' ')"
    }
}

function Invoke-Scenarios {
    <#
    .SYNOPSIS
    Runs the scenarios in the guest, keeps what they say there, and gives one object for each.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $VMName,
        [Parameter(Mandatory)] [pscredential] $Credential,
        [Parameter(Mandatory)] [string] $ResultName
    )
    $guest = @{ VMName = $VMName; Credential = $Credential }
    $folder = Get-GuestFolder
    $place = Join-Path -Path $folder -ChildPath 'scenarios'
    Invoke-Guest @guest -ArgumentList $place, (Join-Path -Path $folder -ChildPath 'results') -ScriptBlock {
        param([string] $Place, [string] $Results)
        Set-StrictMode -Version Latest
        $ErrorActionPreference = 'Stop'
        New-Item -ItemType Directory -Path $Place, $Results -Force | Out-Null
        # One scenario is about the EICAR test file, which Defender would take away.
        if (Get-Command -Name 'Add-MpPreference' -ErrorAction SilentlyContinue) {
            Add-MpPreference -ExclusionPath $Place
        }
    }
    $program = Join-Path -Path $folder -ChildPath 'package\fileguard-scenarios.exe'
    $result = Invoke-GuestProgram @guest -Program $program -ArgumentList '--json', $place -PassThru
    Invoke-Guest @guest -ArgumentList (Join-Path -Path $folder -ChildPath "results\$ResultName"), $result.Output -ScriptBlock {
        param([string] $Path, [string[]] $Lines)
        Set-Content -LiteralPath $Path -Value $Lines -Encoding UTF8
    }
    $outcomes = @($result.Output | Where-Object { $_ -match '^\{' } | ForEach-Object { ConvertFrom-Json -InputObject $_ })
    if (-not $outcomes -or ($result.Code -ne 0 -and -not ($outcomes | Where-Object { -not $_.passed }))) {
        throw "fileguard-scenarios.exe ended with $($result.Code) in '$VMName': $($result.Output -join ' ')"
    }
    $outcomes
}

function Get-RecordPath {
    <#
    .SYNOPSIS
    The file that says which steps are done for a machine.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory)] [string] $VMName)
    $folder = Join-Path -Path $env:ProgramData -ChildPath 'fileguard-vm'
    $name = $VMName -replace '[^A-Za-z0-9_.-]', '_'
    Join-Path -Path $folder -ChildPath "$name.json"
}

function Read-Record {
    <#
    .SYNOPSIS
    The names of the steps that are done for a machine.
    #>
    [CmdletBinding()]
    [OutputType([string[]])]
    param([Parameter(Mandatory)] [string] $VMName)
    $path = Get-RecordPath -VMName $VMName
    if (-not (Test-Path -LiteralPath $path)) { return }
    try {
        $record = Get-Content -LiteralPath $path -Raw | ConvertFrom-Json
        $record.done
    } catch {
        throw "$path cannot be read: $_. Remove it to begin anew."
    }
}

function Write-Record {
    <#
    .SYNOPSIS
    Writes down the steps that are done, in one go: the file is never half of one.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [string] $VMName,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Done
    )
    $path = Get-RecordPath -VMName $VMName
    if (-not $PSCmdlet.ShouldProcess($path, 'write down which steps are done')) { return }
    New-Item -ItemType Directory -Path (Split-Path -Path $path -Parent) -Force | Out-Null
    $new = "$path.new"
    ConvertTo-Json -InputObject @{ machine = $VMName; done = @($Done) } | Set-Content -LiteralPath $new -Encoding UTF8
    Move-Item -LiteralPath $new -Destination $path -Force
}

Export-ModuleMember -Function Get-GuestFolder, Assert-Machine, Invoke-Guest, Invoke-GuestProgram, Wait-Guest, Get-GuestStart,
    Restart-Guest, Invoke-Scenarios, Set-Verifier, Get-RecordPath, Read-Record, Write-Record
