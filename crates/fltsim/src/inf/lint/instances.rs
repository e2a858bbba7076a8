//! What the service's registry says of the minifilter: its instances, their altitudes, and the features it supports.

use super::super::service::{TYPE_DWORD, TYPE_MASK, TYPE_STRING, below, integer, is_altitude};
use super::super::{Entry, Inf, Section};
use super::install::Install;
use super::service::Service;
use super::{Report, groups};

/// Where Windows 11 24H2 and later look for instances.
const CURRENT_ROOT: &str = "Parameters\\Instances";
/// Where earlier releases do.
const OLDER_ROOT: &str = "Instances";

/// `SUPPORTED_FS_FEATURES_VALID_MASK` of ntifs.h: offloaded reads and writes, opens by query, BypassIO.
const FEATURES: u64 = 0xF;

/// `FLTFL` of an instance: no automatic attachment, no manual attachment.
const ATTACHMENT_FLAGS: u64 = 0x3;

/// A value that the INF writes below the service's key.
struct Written<'a> {
    /// The path below the service's key.
    key: &'a str,
    entry: &'a Entry,
    section: &'a Section,
}

impl<'a> Written<'a> {
    fn is(&self, name: &str) -> bool {
        self.entry.text(2).eq_ignore_ascii_case(name)
    }

    /// Whether it is of a type, `TYPE_...`.
    fn has_type(&self, kind: u32) -> bool {
        let flags = match self.entry.text(3) {
            "" => Some(0),
            text => integer(text).and_then(|flags| u32::try_from(flags).ok()),
        };
        flags.is_some_and(|flags| flags & TYPE_MASK == kind)
    }

    fn text(&self) -> &'a str {
        self.entry.text(4)
    }
}

/// Checks what the `AddReg` sections of a service write.
pub(super) fn check(inf: &Inf, install: &Install<'_>, service: &Service<'_>, report: &mut Report) {
    let Some(values) = written(inf, service, report) else { return };
    let has = |root: &str| values.iter().any(|value| below(value.key, root).is_some());
    let (current, older) = (has(CURRENT_ROOT), has(OLDER_ROOT));
    if !current && !older {
        let root = if install.current { CURRENT_ROOT } else { OLDER_ROOT };
        report.add(
            "P-11",
            service.section,
            service.section.line,
            format!(
                "the service has no instances, so FltRegisterFilter fails and the driver does not load: name a \
                 section with AddReg that writes HKR,\"{root}\",\"DefaultInstance\",0x00000000,\"My Instance\", and \
                 Altitude and Flags for it under \"{root}\\My Instance\""
            ),
        );
        return;
    }
    check_places(install, &values, current, older, report);
    for root in [CURRENT_ROOT, OLDER_ROOT] {
        if has(root) {
            check_instances(service, root, &values, report);
        }
    }
    check_features(install, service, &values, report);
}

/// The values below the service's key; none if a section is missing, so that what it would have said is unknown.
fn written<'a>(inf: &'a Inf, service: &Service<'a>, report: &mut Report) -> Option<Vec<Written<'a>>> {
    let mut values = Vec::new();
    let mut complete = true;
    for directive in service.section.entries.iter().filter(|entry| entry.is("AddReg")) {
        for name in directive.values.iter().map(|value| value.text.as_str()).filter(|name| !name.is_empty()) {
            let Some(section) = inf.section(name) else {
                complete = false;
                report.add(
                    "P-01",
                    service.section,
                    directive.line,
                    format!(
                        "AddReg names the section [{name}], which does not exist, so installing fails: write it, or \
                         correct the name"
                    ),
                );
                continue;
            };
            values.extend(section.entries.iter().filter_map(|entry| read(section, entry, service, report)));
        }
    }
    complete.then_some(values)
}

/// One entry of an `AddReg` section, if it is about the service's key.
fn read<'a>(section: &'a Section, entry: &'a Entry, service: &Service<'_>, report: &mut Report) -> Option<Written<'a>> {
    let subkey = entry.text(1).trim_matches('\\');
    let key = if entry.text(0).eq_ignore_ascii_case("HKR") {
        subkey
    } else if entry.text(0).eq_ignore_ascii_case("HKLM") {
        let key = below(subkey, "System\\CurrentControlSet\\Services").and_then(|path| below(path, service.name))?;
        report.add(
            "P-12",
            section,
            entry.line,
            format!(
                "the service's own key is written by its full path, which driver package isolation does not allow: \
                 write HKR,\"{key}\" instead of HKLM,\"{subkey}\""
            ),
        );
        key
    } else {
        return None;
    };
    Some(Written { key, entry, section })
}

/// The instances are where the releases of Windows that take the install section look for them.
fn check_places(install: &Install<'_>, values: &[Written<'_>], current: bool, older: bool, report: &mut Report) {
    let first = |root: &str| values.iter().find(|value| below(value.key, root).is_some());
    if install.current
        && !current
        && let Some(value) = first(OLDER_ROOT)
    {
        report.add(
            "P-12",
            value.section,
            value.entry.line,
            format!(
                "these instances are for Windows 11 24H2 and later as well, and from there on instances belong below \
                 Parameters: write HKR,\"{CURRENT_ROOT}\",... , in a section of its own for \
                 [DefaultInstall.NTamd64.10.0...25952]"
            ),
        );
    }
    if install.older
        && !older
        && let Some(value) = first(CURRENT_ROOT)
    {
        report.add(
            "P-12",
            value.section,
            value.entry.line,
            format!(
                "these instances are for releases before Windows 11 24H2 as well, and those look only below \
                 Instances, so that FltRegisterFilter fails there: write HKR,\"{OLDER_ROOT}\",... for them, or \
                 install this section by [DefaultInstall.NTamd64.10.0...25952] only"
            ),
        );
    }
    if !install.older {
        for value in values.iter().filter(|value| below(value.key, "Parameters").is_none()) {
            report.add(
                "P-12",
                value.section,
                value.entry.line,
                format!(
                    "\"{}\" is not below Parameters, where driver package isolation wants all of a service's values \
                     from Windows 11 24H2 on: write HKR,\"{}\",...",
                    if value.key.is_empty() { value.entry.text(2) } else { value.key },
                    if value.key.is_empty() { "Parameters".to_owned() } else { format!("Parameters\\{}", value.key) },
                ),
            );
        }
    }
}

/// The default instance and all instances below one of the two keys.
fn check_instances(service: &Service<'_>, root: &str, values: &[Written<'_>], report: &mut Report) {
    let found: Vec<(&str, &Written<'_>)> =
        values.iter().filter_map(|value| Some((below(value.key, root)?, value))).collect();
    let mut names: Vec<&str> = Vec::new();
    for (path, _) in &found {
        if !path.is_empty() && !names.iter().any(|name| name.eq_ignore_ascii_case(path)) {
            names.push(path);
        }
    }
    check_default(service, root, &found, &names, report);
    for name in names {
        let of_instance: Vec<&Written<'_>> =
            found.iter().filter(|(path, _)| path.eq_ignore_ascii_case(name)).map(|(_, value)| *value).collect();
        check_instance(service, root, name, &of_instance, report);
    }
}

/// `DefaultInstance` is a string that names an instance.
fn check_default(
    service: &Service<'_>,
    root: &str,
    found: &[(&str, &Written<'_>)],
    names: &[&str],
    report: &mut Report,
) {
    let example = names.first().copied().unwrap_or("My Instance");
    let line = format!("HKR,\"{root}\",\"DefaultInstance\",0x00000000,\"{example}\"");
    let default = found.iter().find(|(path, value)| path.is_empty() && value.is("DefaultInstance"));
    let Some((_, default)) = default else {
        report.add(
            "P-11",
            service.section,
            service.section.line,
            format!("no default instance is named below {root}, so FltRegisterFilter fails: write {line}"),
        );
        return;
    };
    if !default.has_type(TYPE_STRING) {
        report.add(
            "P-11",
            default.section,
            default.entry.line,
            format!("DefaultInstance is not a string, so FltRegisterFilter fails: write {line}"),
        );
    } else if !names.iter().any(|name| name.eq_ignore_ascii_case(default.text())) {
        report.add(
            "P-11",
            default.section,
            default.entry.line,
            format!(
                "the default instance \"{0}\" is not defined, so FltRegisterFilter fails: write its Altitude and \
                 Flags under \"{root}\\{0}\"",
                default.text()
            ),
        );
    }
}

/// An instance has an altitude in the driver's group, and flags.
fn check_instance(service: &Service<'_>, root: &str, name: &str, values: &[&Written<'_>], report: &mut Report) {
    let key = format!("{root}\\{name}");
    let (first, altitude, flags) = (
        values.first(),
        values.iter().find(|value| value.is("Altitude")),
        values.iter().find(|value| value.is("Flags")),
    );
    let missing = |what: &str, example: &str| {
        format!("the instance \"{name}\" has no {what}, so that it cannot be attached: write HKR,\"{key}\",{example}")
    };
    match (altitude, first) {
        (Some(altitude), _) => check_altitude(service, &key, altitude, report),
        (None, Some(first)) => report.add(
            "P-11",
            first.section,
            first.entry.line,
            missing("altitude", "\"Altitude\",0x00000000,\"<altitude>\""),
        ),
        (None, None) => {}
    }
    match (flags, first) {
        (Some(flags), _) => check_flags(&key, flags, report),
        (None, Some(first)) => {
            report.add("P-11", first.section, first.entry.line, missing("flags", "\"Flags\",0x00010001,0x0"));
        }
        (None, None) => {}
    }
}

/// An altitude is a decimal number in a string, within the range of the load order group.
fn check_altitude(service: &Service<'_>, key: &str, value: &Written<'_>, report: &mut Report) {
    let text = value.text();
    if !value.has_type(TYPE_STRING) {
        report.add(
            "P-11",
            value.section,
            value.entry.line,
            format!(
                "the altitude is not a string, so the Filter Manager cannot read it: write \
                 HKR,\"{key}\",\"Altitude\",0x00000000,\"{text}\""
            ),
        );
        return;
    }
    if !is_altitude(text) {
        report.add(
            "P-15",
            value.section,
            value.entry.line,
            format!(
                "\"{text}\" is no altitude, so the instance is not attached: write a decimal number such as 385123 or \
                 385123.5"
            ),
        );
        return;
    }
    let group = service.load_order_group().and_then(|entry| groups::available(entry.text(0)));
    if let Some(group) = group.filter(|group| !group.contains(text)) {
        let (low, high) = (group.altitudes.start(), group.altitudes.end());
        let instead = match groups::of_altitude(text) {
            Some(other) => format!("or LoadOrderGroup = \"{}\", which it is in", other.name),
            None => "it is in no group".to_owned(),
        };
        report.add(
            "P-15",
            value.section,
            value.entry.line,
            format!(
                "the altitude {text} is not in the load order group {}, so that the filter is in the wrong place \
                 among the others: write the one Microsoft assigned, {low} to {high}; {instead}",
                group.name
            ),
        );
    }
}

/// An instance's flags are a DWORD of two bits.
fn check_flags(key: &str, value: &Written<'_>, report: &mut Report) {
    let remedy = format!("write HKR,\"{key}\",\"Flags\",0x00010001,0x0, or 0x1 to attach by hand only");
    let flags = integer(value.text());
    if !value.has_type(TYPE_DWORD) {
        report.add(
            "P-11",
            value.section,
            value.entry.line,
            format!("an instance's flags are not a DWORD, so the Filter Manager cannot read them: {remedy}"),
        );
    } else if flags.is_none_or(|flags| flags & !ATTACHMENT_FLAGS != 0) {
        report.add(
            "P-13",
            value.section,
            value.entry.line,
            format!("the flags {} are unknown: {remedy}", value.text()),
        );
    } else if flags == Some(ATTACHMENT_FLAGS) {
        report.add(
            "P-13",
            value.section,
            value.entry.line,
            format!(
                "the flags 0x3 refuse automatic and manual attachment, so nothing can attach the instance: {remedy}"
            ),
        );
    }
}

/// `SupportedFeatures` is where the releases of Windows that take the install section look for it.
fn check_features(install: &Install<'_>, service: &Service<'_>, values: &[Written<'_>], report: &mut Report) {
    let place = |key: &str| if key.is_empty() { String::new() } else { format!("\"{key}\"") };
    for (taken, key, whom) in [
        (install.current, "Parameters", "Windows 11 24H2 and later take"),
        (install.older, "", "releases before Windows 11 24H2 take"),
    ] {
        let found = values.iter().any(|value| value.is("SupportedFeatures") && value.key.eq_ignore_ascii_case(key));
        if taken && !found {
            report.add(
                "P-14",
                service.section,
                service.section.line,
                format!(
                    "SupportedFeatures is missing where {whom} it from, so that offloaded copies and BypassIO are \
                     off on every volume with this filter: write HKR,{},\"SupportedFeatures\",0x00010001,0x3, or \
                     the features that the driver lets pass",
                    place(key)
                ),
            );
        }
    }
    for value in values.iter().filter(|value| value.is("SupportedFeatures")) {
        let remedy = format!("write HKR,{},\"SupportedFeatures\",0x00010001,0x3", place(value.key));
        if !value.has_type(TYPE_DWORD) {
            report.add(
                "P-14",
                value.section,
                value.entry.line,
                format!("SupportedFeatures is not a DWORD, so the Filter Manager cannot read it: {remedy}"),
            );
        } else if integer(value.text()).is_none_or(|features| features & !FEATURES != 0) {
            report.add(
                "P-14",
                value.section,
                value.entry.line,
                format!("SupportedFeatures is {}, which has bits that stand for nothing: {remedy}", value.text()),
            );
        }
    }
}
