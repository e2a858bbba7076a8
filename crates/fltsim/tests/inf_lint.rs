//! Every rule for INFs that `lint` reports is tripped here by fileguard's own INF with one thing spoiled.

use std::path::{Path, PathBuf};
use std::process::Command;

use fltsim::inf::{Finding, Inf, RULES, lint};

/// The name of the INF in what is parsed.
const NAME: &str = "spoiled.inf";

fn own_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fileguard.inx")
}

/// fileguard's own INF, for one processor.
fn own(processor: &str) -> String {
    std::fs::read_to_string(own_path()).unwrap().replace("$ARCH$", processor)
}

fn findings(text: &str) -> Vec<Finding> {
    lint(&Inf::parse(Path::new(NAME), text.as_bytes()).unwrap())
}

/// Where the finding is expected.
#[derive(Clone, Copy)]
enum At {
    /// At the first line that contains this.
    Line(&'static str),
    /// At the second line that contains this.
    Second(&'static str),
}

/// One thing that can be wrong: the rule; what is replaced, everywhere or in the section named; by what; and where the
/// one finding is to be.
struct Case {
    rule: &'static str,
    section: &'static str,
    from: &'static str,
    to: &'static str,
    at: At,
}

const fn case(rule: &'static str, section: &'static str, from: &'static str, to: &'static str, at: At) -> Case {
    Case { rule, section, from, to, at }
}

/// The text with the case's replacement.
fn spoil(case: &Case, good: &str) -> String {
    if case.section.is_empty() {
        assert!(good.contains(case.from), "the INF has no {:?}", case.from);
        return good.replace(case.from, case.to);
    }
    let start = good.find(case.section).unwrap_or_else(|| panic!("the INF has no {}", case.section));
    let length = good[start + 1..].find("\n[").map_or(good.len() - start, |end| end + 1);
    let section = &good[start..start + length];
    assert!(section.contains(case.from), "{} has no {:?}", case.section, case.from);
    [&good[..start], &section.replacen(case.from, case.to, 1), &good[start + length..]].concat()
}

/// The number of the line that is meant, counted from 1.
fn line_of(at: At, text: &str) -> usize {
    let (needle, occurrence) = match at {
        At::Line(needle) => (needle, 0),
        At::Second(needle) => (needle, 1),
    };
    let mut lines = text.lines().enumerate().filter(|(_, line)| line.contains(needle));
    lines.nth(occurrence).unwrap_or_else(|| panic!("no line contains {needle:?}")).0 + 1
}

/// The section for Windows 11 24H2 and later, and what it leads to.
const INSTALL: &str = "[DefaultInstall.NTamd64.10.0...25952]";
const SERVICES: &str = "[DefaultInstall.NTamd64.10.0...25952.Services]";
const SERVICE: &str = "[fileguard.Service]";
const INSTANCES: &str = "[fileguard.Instances]";
/// The section for earlier releases, and what it leads to.
const EARLIER: &str = "[DefaultInstall.NTamd64]";
const EARLIER_SERVICE: &str = "[fileguard.EarlierService]";
const EARLIER_INSTANCES: &str = "[fileguard.EarlierInstances]";

/// Sections that are missing or that nothing leads to.
const SECTIONS: &[Case] = &[
    case("P-01", "", "[DestinationDirs]\nfileguard.DriverFiles = 13 ", "", At::Line("[Version]")),
    case("P-01", "", "[DefaultInstall.", "[Setup.", At::Line("[Version]")),
    case("P-01", SERVICES, "AddService", ";", At::Line(SERVICES)),
    case("P-01", SERVICES, "fileguard.Service", "fileguard.Missing", At::Line("fileguard.Missing")),
    case("P-01", SERVICE, "fileguard.Instances", "fileguard.Missing", At::Line("fileguard.Missing")),
    case(
        "P-01",
        INSTALL,
        "fileguard.DriverFiles",
        "fileguard.DriverFiles,fileguard.Missing",
        At::Line(",fileguard.Missing"),
    ),
    case("P-01", "[Strings]", "DiskName  ", "DriveName ", At::Line("%DiskName%")),
    case("P-01", "[SourceDisksNames]", "%DiskName%", "100%", At::Line("1 = 100%")),
    case(
        "P-02",
        INSTALL,
        "[DefaultInstall.NTamd64.10.0...25952]",
        "[Manufacturer]\n[DefaultInstall.NTamd64.10.0...25952]",
        At::Line("[Manufacturer]"),
    ),
    case("P-02", "[Strings]", "[Strings]", "[DefaultInstall.NTx64]\n[Strings]", At::Line("[DefaultInstall.NTx64]")),
    case("P-02", EARLIER, "OptionDesc", "RegisterDlls = Dlls\nOptionDesc", At::Line("RegisterDlls")),
    case("P-02", EARLIER, "OptionDesc", "DelReg = Keys\nOptionDesc", At::Line("DelReg")),
    case(
        "P-03",
        "[Strings]",
        "[Strings]",
        "[DefaultUninstall]\nLegacyUninstall = 1\n[Strings]",
        At::Line("[DefaultUninstall]"),
    ),
    case(
        "P-03",
        "[Strings]",
        "[Strings]",
        "[DefaultUninstall.NTamd64]\n[Strings]",
        At::Line("[DefaultUninstall.NTamd64]"),
    ),
    case(
        "P-03",
        "[Strings]",
        "[Strings]",
        "[DefaultUninstall.NTamd64]\nLegacyUninstall = 0\n[Strings]",
        At::Line("LegacyUninstall"),
    ),
    case(
        "P-03",
        "[Strings]",
        "[Strings]",
        "[DefaultUninstall.NTamd64.Services]\nDelService = x\n[Strings]",
        At::Line("[DefaultUninstall."),
    ),
    case("P-19", INSTALL, "OptionDesc", "DriverVer = 01/01/2026,1.0.0.0\nOptionDesc", At::Line("01/01/2026,1.0.0.0")),
    case("P-19", INSTALL, "OptionDesc", "LogConfig = Resources\nOptionDesc", At::Line("LogConfig")),
    case(
        "P-19",
        "[DefaultInstall.NTamd64.Services]",
        "[DefaultInstall.NTamd64.Services]",
        "[Other]",
        At::Line("[DefaultInstall.NTamd64]"),
    ),
    case(
        "P-19",
        "[Strings]",
        "[Strings]",
        "[DefaultInstall.NTarm64.Services]\nAddService = %ServiceName%,,fileguard.Service\n[Strings]",
        At::Line("NTarm64"),
    ),
];

/// The `[Version]` section.
const VERSION: &[Case] = &[
    case("P-04", "[Version]", "Class  ", "; ", At::Line("[Version]")),
    case("P-04", "[Version]", "ClassGuid", "; ", At::Line("[Version]")),
    case("P-04", "[Version]", "Provider ", "; ", At::Line("[Version]")),
    case("P-04", "[Version]", "%ProviderString%", "", At::Line("Provider")),
    case("P-04", "[Strings]", "The fileguard project", "Microsoft Corporation", At::Line("%ProviderString%")),
    case("P-04", "[Version]", "DriverVer", "; ", At::Line("[Version]")),
    case("P-04", "[Version]", "01/01/2026", "2026-01-01", At::Second("DriverVer")),
    case("P-04", "[Version]", "01/01/2026", "13/01/2026", At::Second("DriverVer")),
    case("P-04", "[Version]", ",0.1.0.0", ",0.0.0.0", At::Second("DriverVer")),
    case("P-04", "[Version]", ",0.1.0.0", ",0.1.0.65535", At::Second("DriverVer")),
    case("P-04", "[Version]", "CatalogFile", "; ", At::Line("[Version]")),
    case("P-04", "[Version]", "fileguard.cat", "", At::Line("CatalogFile")),
    case("P-04", "[Version]", "PnpLockdown", "; ", At::Line("[Version]")),
    case("P-04", "[Version]", "PnpLockdown = 1", "PnpLockdown = 0", At::Line("PnpLockdown")),
    case("P-05", "[Version]", "b86dff51", "b1d1a169", At::Line("ClassGuid")),
    case(
        "P-05",
        "[Version]",
        "{b86dff51-a31e-4bac-b3cf-e8cfe75c9fc2}",
        "b86dff51-a31e-4bac-b3cf-e8cfe75c9fc2",
        At::Line("ClassGuid"),
    ),
    case(
        "P-05",
        "[Version]",
        "\"ActivityMonitor\"\nClassGuid   = {b86dff51-a31e-4bac-b3cf-e8cfe75c9fc2}",
        "AntiVirus\nClassGuid   = {b1d1a169-c54f-4379-81db-bee7d88d7454}",
        At::Line("AntiVirus"),
    ),
    case("P-05", "[Version]", "ActivityMonitor", "System", At::Line("\"System\"")),
];

/// The service.
const SERVICE_CASES: &[Case] = &[
    case("P-07", SERVICE, "ServiceType    = 2", "ServiceType    = 1", At::Line("ServiceType    = 1")),
    case("P-07", SERVICE, "ErrorControl   = 1", "ErrorControl   = 3", At::Line("ErrorControl   = 3")),
    case("P-07", SERVICE, "\"FltMgr\"", "\"Tcpip\"", At::Line("Tcpip")),
    case("P-07", SERVICE, "Dependencies", ";", At::Line(SERVICE)),
    case("P-08", SERVICE, "ServiceType ", ";", At::Line(SERVICE)),
    case("P-08", SERVICE, "StartType ", ";", At::Line(SERVICE)),
    case("P-08", SERVICE, "ErrorControl ", ";", At::Line(SERVICE)),
    case("P-08", SERVICE, "ServiceBinary", ";", At::Line(SERVICE)),
    case("P-08", SERVICE, "LoadOrderGroup", ";", At::Line(SERVICE)),
    case("P-08", SERVICE, "\"FSFilter Activity Monitor\"", "", At::Line("LoadOrderGroup")),
    case("P-08", SERVICE, "Activity Monitor", "Activity Monitors", At::Line("Activity Monitors")),
    case("P-08", SERVICE, "%13%\\fileguard.sys", "", At::Line("ServiceBinary  = ")),
    case("P-08", SERVICE, "FSFilter Activity Monitor", "FSFilter Infrastructure", At::Line("FSFilter Infrastructure")),
    case("P-09", SERVICE, "StartType      = 3", "StartType      = 5", At::Line("StartType      = 5")),
    case("P-09", SERVICE, "StartType      = 3", "StartType      = demand", At::Line("StartType      = demand")),
    case("P-09", SERVICE, "StartType      = 3", "StartType      = 4", At::Line("StartType      = 4")),
];

/// Instances, altitudes and features.
const REGISTRY: &[Case] = &[
    case("P-11", SERVICE, "fileguard.Instances,", "", At::Line(SERVICE)),
    case("P-11", EARLIER_SERVICE, "fileguard.EarlierInstances,", "", At::Line(EARLIER_SERVICE)),
    case("P-11", INSTANCES, "HKR,\"Parameters\\Instances\",", ";", At::Line(SERVICE)),
    case("P-11", INSTANCES, "\"DefaultInstance\",0x00000000", "\"DefaultInstance\",0x00010000", At::Line("0x00010000")),
    case("P-11", INSTANCES, "%DefaultInstance%", "\"Another\"", At::Line("Another")),
    case("P-11", INSTANCES, "HKR,\"Parameters\\Instances\\\"%Instance1.Name%,\"Altitude\"", ";", At::Line("\"Flags\"")),
    case("P-11", INSTANCES, "HKR,\"Parameters\\Instances\\\"%Instance1.Name%,\"Flags\"", ";", At::Line("\"Altitude\"")),
    case("P-11", INSTANCES, "\"Altitude\",0x00000000", "\"Altitude\",0x00010001", At::Line("\"Altitude\"")),
    case("P-11", INSTANCES, "\"Flags\",0x00010001", "\"Flags\",0x00000000", At::Line("\"Flags\"")),
    case("P-11", EARLIER_INSTANCES, "%DefaultInstance%", "\"Another\"", At::Line("Another")),
    case("P-12", INSTANCES, "HKR", "HKR,Other,Value,0x00010001,1\nHKR", At::Line("HKR,Other")),
    case(
        "P-12",
        "[fileguard.Parameters]",
        "HKR,\"Parameters\"",
        "HKLM,\"System\\CurrentControlSet\\Services\\fileguard\\Parameters\"",
        At::Line("HKLM"),
    ),
    case("P-13", INSTANCES, "%Instance1.Flags%", "0x4", At::Line(",0x4")),
    case("P-13", INSTANCES, "%Instance1.Flags%", "3", At::Line("\"Flags\"")),
    case("P-14", INSTANCES, "HKR,\"Parameters\",", ";", At::Line(SERVICE)),
    case("P-14", EARLIER_INSTANCES, "HKR,,", ";", At::Line(EARLIER_SERVICE)),
    case("P-14", INSTANCES, "0x00010001,0x0", "0x00000000,0x0", At::Line("0x00000000,0x0")),
    case("P-14", INSTANCES, "0x00010001,0x0", "0x00010001,0x13", At::Line("0x13")),
    case("P-15", INSTANCES, "%Instance1.Altitude%", "\"325000\"", At::Line("325000")),
    case("P-15", INSTANCES, "%Instance1.Altitude%", "\"390000\"", At::Line("390000")),
    case("P-15", INSTANCES, "%Instance1.Altitude%", "\"359999.9\"", At::Line("359999.9")),
    case("P-15", INSTANCES, "%Instance1.Altitude%", "\"370000,5\"", At::Line("370000,5")),
];

/// The files of the package.
const FILES: &[Case] = &[
    case("P-06", "[DestinationDirs]", "= 13", "= 10", At::Line("= 10")),
    case("P-06", "[DestinationDirs]", "fileguard.DriverFiles", "Other", At::Line("[DestinationDirs]")),
    case("P-06", SERVICE, "%13%", "%10%", At::Line("%10%")),
    case("P-06", EARLIER_SERVICE, "%13%\\", "C:\\Windows\\", At::Line("C:\\Windows")),
    case("P-06", EARLIER_SERVICE, "%13%", "%12%", At::Line("%12%")),
    case("P-06", SERVICE, "fileguard.sys", "filegard.sys", At::Line("filegard.sys")),
    case("P-06", "[fileguard.DriverFiles]", "fileguard.sys", "fileguard.sys\nFileGuard.sys", At::Line("FileGuard.sys")),
    case(
        "P-06",
        "[SourceDisksFiles]",
        "fileguard.sys = 1",
        "fileguard.sys = 1\nFILEGUARD.SYS = 1",
        At::Line("FILEGUARD.SYS"),
    ),
    case(
        "P-06",
        EARLIER,
        "fileguard.DriverFiles",
        "fileguard.DriverFiles,fileguard.driverfiles",
        At::Line(",fileguard.driverfiles"),
    ),
    case(
        "P-06",
        "[fileguard.DriverFiles]",
        "fileguard.sys",
        "fileguard.sys\nrenamed.sys,fileguard.sys",
        At::Line("renamed.sys,"),
    ),
    case(
        "P-06",
        "[Strings]",
        "[Strings]",
        "[DefaultUninstall.NTamd64]\nLegacyUninstall = 1\nDelFiles = fileguard.DriverFiles\n[Strings]",
        At::Line("DelFiles"),
    ),
    case(
        "P-20",
        "[fileguard.DriverFiles]",
        "fileguard.sys",
        "fileguard.sys\nfileguard.cat",
        At::Second("fileguard.cat"),
    ),
    case(
        "P-20",
        EARLIER,
        "fileguard.DriverFiles",
        "fileguard.DriverFiles,@fileguard.inf\n[DestinationDirs]\nDefaultDestDir = 13",
        At::Line("@fileguard.inf"),
    ),
    case(
        "P-20",
        "[SourceDisksFiles]",
        "fileguard.sys = 1",
        "fileguard.sys = 1\nfileguard.inf = 1",
        At::Line("fileguard.inf"),
    ),
    case("P-20", "[SourceDisksFiles]", "fileguard.sys = 1", "other.sys = 1", At::Line("fileguard.sys")),
];

fn cases() -> impl Iterator<Item = &'static Case> {
    [SECTIONS, VERSION, SERVICE_CASES, REGISTRY, FILES].into_iter().flatten()
}

#[test]
fn nothing_is_found_in_our_own_for_either_processor() {
    for processor in ["amd64", "arm64"] {
        assert_eq!(findings(&own(processor)), [], "{processor}");
    }
    assert_eq!(lint(&Inf::read(&own_path()).unwrap()), [], "not stamped");
}

#[test]
fn one_thing_spoiled_is_one_finding_with_its_rule_and_line() {
    let good = own("amd64");
    let mut wrong = Vec::new();
    for case in cases() {
        let text = spoil(case, &good);
        if rules_and_lines(&text) != [(case.rule, line_of(case.at, &text))] {
            wrong.push(format!(
                "{} instead of {:?} in {}: {} at line {} was expected, found: {:#?}",
                case.to,
                case.from,
                case.section,
                case.rule,
                line_of(case.at, &text),
                findings(&text)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The rules and lines of what is found.
fn rules_and_lines(text: &str) -> Vec<(&'static str, usize)> {
    findings(text).iter().map(|finding| (finding.rule, finding.line)).collect()
}

/// The INF without what is from one header to before another.
fn without(text: &str, from: &str, to: &str) -> String {
    let (start, end) = (text.find(from).unwrap(), text.find(to).unwrap());
    [&text[..start], &text[end..]].concat()
}

#[test]
fn an_undecorated_default_install_is_found() {
    let text = own("amd64")
        .replace("[DefaultInstall.NTamd64]", "[DefaultInstall]")
        .replace("[DefaultInstall.NTamd64.Services]", "[DefaultInstall.Services]");
    assert_eq!(rules_and_lines(&text), [("P-02", line_of(At::Line("[DefaultInstall]"), &text))]);
    let text = text.replace("[DefaultInstall", "[DefaultInstall.NT");
    assert!(findings(&text).iter().any(|finding| finding.rule == "P-02" && finding.section == "DefaultInstall.NT"));
}

#[test]
fn an_install_for_all_releases_needs_what_each_of_them_looks_for() {
    let only_earlier = without(&own("amd64"), INSTALL, "[DefaultInstall.NTamd64]");
    let expected = [
        ("P-14", line_of(At::Line(EARLIER_SERVICE), &only_earlier)),
        ("P-12", line_of(At::Line("HKR,\"Instances\""), &only_earlier)),
    ];
    assert_eq!(rules_and_lines(&only_earlier), expected);

    let only_current = without(&own("amd64"), EARLIER, "[fileguard.Parameters]").replace(".10.0...25952", "");
    let expected = [
        ("P-14", line_of(At::Line(SERVICE), &only_current)),
        ("P-12", line_of(At::Line("HKR,\"Parameters\\Instances\""), &only_current)),
    ];
    assert_eq!(rules_and_lines(&only_current), expected);

    let both = own("amd64").replace("fileguard.EarlierInstances,", "fileguard.Instances,fileguard.EarlierInstances,");
    let both = without(&both, INSTALL, "[fileguard.Instances]");
    assert_eq!(rules_and_lines(&both), []);
}

#[test]
fn an_install_for_the_current_release_alone_is_complete() {
    assert_eq!(findings(&without(&own("amd64"), EARLIER, "[fileguard.Parameters]")), []);
}

#[test]
fn a_driver_for_earlier_releases_may_go_to_the_drivers_folder_be_renamed_and_deleted_there() {
    let text = own("amd64")
        .replacen("[DefaultInstall.NTamd64]", "[Earlier.Files]\nfileguard.sys,earlier.sys\n[DefaultInstall.NTamd64]", 1)
        .replace("[DestinationDirs]", "[DestinationDirs]\nEarlier.Files = 12")
        .replace("[SourceDisksFiles]", "[SourceDisksFiles]\nearlier.sys = 1")
        .replace("[Strings]", "[DefaultUninstall.NTamd64]\nLegacyUninstall = 1\nDelFiles = Earlier.Files\n[Strings]");
    let earlier = Case { section: EARLIER, from: "fileguard.DriverFiles", to: "Earlier.Files", ..FILES[0] };
    let text = spoil(&earlier, &text);
    assert_eq!(
        rules_and_lines(&text),
        [("P-06", line_of(At::Second("%13%"), &text))],
        "copied to 12, looked for in 13"
    );
    let binary = Case { section: EARLIER_SERVICE, from: "%13%", to: "%12%", ..FILES[0] };
    assert_eq!(findings(&spoil(&binary, &text)), []);
}

#[test]
fn without_strings_the_section_and_every_token_are_found() {
    let good = own("amd64");
    let text = &good[..good.find("[Strings]").unwrap()];
    let found = rules_and_lines(text);
    assert_eq!(found[0], ("P-01", line_of(At::Line("[Version]"), text)));
    assert!(found.contains(&("P-01", line_of(At::Line("%ProviderString%"), text))), "{found:?}");
    assert!(found.contains(&("P-01", line_of(At::Line("%Instance1.Altitude%"), text))), "{found:?}");
}

#[test]
fn a_program_installed_beside_the_filter_is_not_taken_for_one() {
    let program = "AddService = guide,,guide.Service\n[guide.Service]\nServiceType = 0x10\nStartType = 2\n\
                   ErrorControl = 0\nServiceBinary = %13%\\guide.exe\n";
    let text = own("amd64").replacen(&format!("{SERVICES}\n"), &format!("{SERVICES}\n{program}{SERVICES}\n"), 1);
    assert_eq!(findings(&text), []);
}

#[test]
fn every_encoding_that_is_read_is_looked_over() {
    let text = own("amd64").replace("PnpLockdown = 1", "PnpLockdown = 0").replace("The fileguard", "Prüfer");
    let utf_16: Vec<u8> = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let expected = [("P-04", line_of(At::Line("PnpLockdown"), &text))];
    for content in [text.as_bytes().to_vec(), utf_16] {
        let found = lint(&Inf::parse(Path::new(NAME), &content).unwrap());
        assert_eq!(found.iter().map(|finding| (finding.rule, finding.line)).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn fltsim_warns_of_what_is_found_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let text = own("amd64").replace("PnpLockdown = 1", "PnpLockdown = 0");
    std::fs::write(path(NAME), &text).unwrap();
    for name in ["root", "mount"] {
        std::fs::create_dir(path(name)).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_fltsim"))
        .args(["mount", "missing.sys", "root", "mount", "--machine", "machine", "--inf", NAME])
        .current_dir(folder.path())
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let line = line_of(At::Line("PnpLockdown"), &text);
    assert!(said.contains(&format!("WARN fltsim::inf::driver: {NAME}:{line}: P-04: PnpLockdown is not 1")), "{said}");
    assert!(said.contains("the driver fileguard is not loaded"), "it went on to the driver: {said}");
}

#[test]
fn every_group_takes_its_own_class_and_the_ends_of_its_range() {
    let group = |group: &str, altitude: &str, class: &str, guid: &str| {
        own("amd64")
            .replace("\"FSFilter Activity Monitor\"", &format!("\"{group}\""))
            .replace("385123.5", altitude)
            .replace("\"ActivityMonitor\"", class)
            .replace("b86dff51-a31e-4bac-b3cf-e8cfe75c9fc2", guid)
    };
    let anti_virus = ("AntiVirus", "B1D1A169-C54F-4379-81DB-BEE7D88D7454");
    let compression = ("Compression", "f3586baf-b5aa-49b5-8d6c-0569284c639f");
    let activity_monitor = ("ActivityMonitor", "b86dff51-a31e-4bac-b3cf-e8cfe75c9fc2");
    let good = [
        ("FSFilter Anti-Virus", "320000", anti_virus),
        ("fsfilter anti-virus", "329999.999", anti_virus),
        ("FSFilter Activity Monitor", "360000", activity_monitor),
        ("FSFilter Activity Monitor", "389999", activity_monitor),
        ("FSFilter Imaging", "175000", compression),
        // No class belongs to these.
        ("FSFilter Top", "401000", activity_monitor),
        ("Filter", "429999", anti_virus),
    ];
    for (name, altitude, (class, guid)) in good {
        assert_eq!(findings(&group(name, altitude, class, guid)), [], "{name} {altitude}");
    }
    let (class, guid) = compression;
    let imaging = group("FSFilter Imaging", "175001", class, guid);
    assert!(findings(&imaging).iter().all(|finding| finding.rule == "P-15"));
    assert_eq!(findings(&imaging).len(), 2, "one for each of the two places");
    let (class, _) = anti_virus;
    let top = group("FSFilter Top", "401000", class, guid);
    assert_eq!(
        rules_and_lines(&top),
        [("P-05", line_of(At::Line("ClassGuid"), &top))],
        "class and GUID still belong together"
    );
}

#[test]
fn every_rule_that_can_be_reported_is_tripped() {
    for rule in RULES {
        assert!(cases().any(|case| case.rule == rule), "{rule} is tripped by no case");
    }
}
