//! The sections themselves: `DefaultInstall`, its services, `DefaultUninstall`, and what is required beside them.

use super::super::{Inf, Section};
use super::Report;

/// The processors that a decoration may name, without the NT before them.
const PROCESSORS: [&str; 5] = ["x86", "ia64", "amd64", "arm", "arm64"];

/// The build from which Windows reads a minifilter's instances below `Parameters`, as Microsoft's samples write it in
/// their decorations.
const CURRENT: Release = (10, 0, 25952);

/// Windows 11 24H2, the first release after that build.
const WINDOWS_11_24H2: Release = (10, 0, 26100);

/// Directives that page "INF DefaultInstall section" does not allow in a universal INF.
const NOT_UNIVERSAL: [&str; 10] = [
    "DelFiles",
    "RenFiles",
    "DelReg",
    "BitReg",
    "ProfileItems",
    "UpdateInis",
    "UpdateIniFields",
    "Ini2Reg",
    "RegisterDlls",
    "UnregisterDlls",
];

/// Major and minor version, and build.
type Release = (u32, u32, u32);

/// A `DefaultInstall` section, and which Windows takes it.
pub(super) struct Install<'a> {
    pub section: &'a Section,
    /// The processor, as [`PROCESSORS`] writes it; none where the decoration names none.
    pub processor: Option<&'static str>,
    /// Whether Windows 11 24H2 or a later release takes it.
    pub current: bool,
    /// Whether a release before Windows 11 24H2 takes it.
    pub older: bool,
}

impl Install<'_> {
    /// The name of the section that lists its services.
    pub(super) fn services_name(&self) -> String {
        format!("{}.Services", self.section.name)
    }
}

/// What stands behind the dot in `DefaultInstall.NTamd64.10.0...25952` or `DefaultInstall.NTamd64.Services`.
struct Decoration {
    processor: Option<&'static str>,
    known: bool,
    minimum: Release,
    services: bool,
}

/// The decoration of a section's name, if that begins with `base`; none for other sections.
fn decoration(name: &str, base: &str) -> Option<Decoration> {
    let name = name.to_ascii_lowercase();
    let rest = name.strip_prefix(base)?;
    let (rest, services) = match rest.strip_suffix(".services") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    if rest.is_empty() {
        return Some(Decoration { processor: None, known: true, minimum: (0, 0, 0), services });
    }
    let mut fields = rest.strip_prefix('.')?.split('.');
    let system = fields.next().unwrap_or_default();
    let processor =
        system.strip_prefix("nt").and_then(|text| PROCESSORS.into_iter().find(|processor| *processor == text));
    // Major version, minor version, product type, suite, build.
    let numbers: Vec<u32> = fields.map(|field| field.parse().unwrap_or(0)).collect();
    let number = |index: usize| numbers.get(index).copied().unwrap_or(0);
    let known = processor.is_some() || system == "nt";
    Some(Decoration { processor, known, minimum: (number(0), number(1), number(4)), services })
}

/// The `DefaultInstall` sections, each with the releases of Windows that take it.
pub(super) fn installs(inf: &Inf) -> Vec<Install<'_>> {
    let found: Vec<(&Section, Decoration)> = inf
        .sections
        .iter()
        .filter_map(|section| Some((section, decoration(&section.name, "defaultinstall")?)))
        .filter(|(_, decoration)| decoration.known && !decoration.services)
        .collect();
    found
        .iter()
        .map(|(section, own)| {
            // Windows takes the section for the highest version that is not above its own, and one for its processor
            // before one for any.
            let superseded = found.iter().any(|(_, other)| {
                (own.processor.is_none() || other.processor == own.processor)
                    && other.minimum > own.minimum
                    && other.minimum <= WINDOWS_11_24H2
            });
            let older = own.minimum < CURRENT;
            // Windows 11 is for these two only; a section without a processor is for them as well.
            let is_for_current = own.processor.is_none_or(|processor| ["amd64", "arm64"].contains(&processor));
            Install { section, processor: own.processor, current: is_for_current && !superseded, older }
        })
        .collect()
}

/// Checks which sections there are, and how they are decorated.
pub(super) fn check_sections(inf: &Inf, report: &mut Report) {
    let top = inf.section("Version").map_or(1, |section| section.line);
    let mut require = |name: &str, example: &str| {
        if inf.section(name).is_none() {
            report.add_at(
                "P-01",
                name,
                top,
                format!("there is no [{name}] section, and a minifilter's INF needs one: write {example}"),
            );
        }
    };
    require("DestinationDirs", "[DestinationDirs] with DefaultDestDir = 13");
    require("Strings", "[Strings] with the %tokens% that the INF uses, the provider at least");
    if let Some(section) = inf.section("Manufacturer") {
        report.add(
            "P-02",
            section,
            section.line,
            "a [Manufacturer] section makes this the INF of a device, and Windows 10 1903 and later do not install a \
             minifilter from one: leave it out, and install by [DefaultInstall.NTamd64] and [DefaultInstall.NTarm64]",
        );
    }
    if installs(inf).is_empty() {
        report.add_at(
            "P-01",
            "DefaultInstall",
            top,
            "there is no [DefaultInstall] section, so nothing is installed: write [DefaultInstall.NTamd64] or \
             [DefaultInstall.NTarm64] with CopyFiles, and the same with .Services behind it for AddService",
        );
    }
    unknown_processors(inf, report);
    orphaned_services(inf, report);
    for section in &inf.sections {
        if let Some(decoration) = decoration(&section.name, "defaultuninstall") {
            check_uninstall(inf, section, &decoration, report);
        }
    }
}

/// A section whose decoration names no processor that there is, is never chosen.
fn unknown_processors(inf: &Inf, report: &mut Report) {
    for section in &inf.sections {
        if decoration(&section.name, "defaultinstall").is_some_and(|found| !found.known && !found.services) {
            report.add(
                "P-02",
                section,
                section.line,
                format!(
                    "[{}] names a processor that Windows does not know, so it is never chosen: write \
                     [DefaultInstall.NTamd64] for x64, [DefaultInstall.NTarm64] for ARM64",
                    section.name
                ),
            );
        }
    }
}

/// A section of services is found by the name of its install section only.
fn orphaned_services(inf: &Inf, report: &mut Report) {
    for section in &inf.sections {
        if decoration(&section.name, "defaultinstall").is_none_or(|found| !found.services) {
            continue;
        }
        let install = &section.name[..section.name.len() - ".Services".len()];
        if inf.section(install).is_none() {
            report.add(
                "P-19",
                section,
                section.line,
                format!(
                    "[{}] belongs to [{install}], which does not exist, so its services are never installed: give \
                     both sections the same decoration",
                    section.name
                ),
            );
        }
    }
}

/// Uninstalling is Windows' own affair from 1903 on.
fn check_uninstall(inf: &Inf, section: &Section, decoration: &Decoration, report: &mut Report) {
    let remedy = "leave it out, or, for releases before it, name it [DefaultUninstall.NTamd64] and write \
                  LegacyUninstall = 1 in it";
    if decoration.services {
        let uninstall = &section.name[..section.name.len() - ".Services".len()];
        if inf.section(uninstall).is_none() {
            report.add(
                "P-03",
                section,
                section.line,
                format!(
                    "[{}] has no [{uninstall}], which Windows 10 1903 and later prohibit without: {remedy}",
                    section.name
                ),
            );
        }
    } else if decoration.processor.is_none() {
        report.add(
            "P-03",
            section,
            section.line,
            format!("[{}] names no processor, and Windows 10 1903 and later prohibit it so: {remedy}", section.name),
        );
    } else if section.entry("LegacyUninstall").is_none_or(|entry| entry.text(0) != "1") {
        report.add(
            "P-03",
            section,
            section.entry("LegacyUninstall").map_or(section.line, |entry| entry.line),
            format!(
                "[{}] does not say LegacyUninstall = 1, and Windows 10 1903 and later prohibit it so: {remedy}",
                section.name
            ),
        );
    }
}

/// Checks one `DefaultInstall` section.
pub(super) fn check(inf: &Inf, install: &Install<'_>, report: &mut Report) {
    let section = install.section;
    if install.processor.is_none() {
        report.add(
            "P-02",
            section,
            section.line,
            format!(
                "[{}] names no processor, so Windows 10 1903 and later do not take this for a primitive driver, and \
                 installing it fails: write [DefaultInstall.NTamd64] for x64, [DefaultInstall.NTarm64] for ARM64, and \
                 the same for its .Services",
                section.name
            ),
        );
    }
    for entry in &section.entries {
        let Some(key) = &entry.key else { continue };
        let is = |name: &&str| key.text.eq_ignore_ascii_case(name);
        if let Some(directive) = ["DriverVer", "LogConfig"].iter().find(|name| is(name)) {
            let remedy = if *directive == "DriverVer" { "write it in [Version]" } else { "leave it out" };
            report.add(
                "P-19",
                section,
                entry.line,
                format!("a DefaultInstall section cannot contain {directive}: {remedy}"),
            );
        } else if let Some(directive) = NOT_UNIVERSAL.iter().find(|name| is(name)) {
            report.add(
                "P-02",
                section,
                entry.line,
                format!(
                    "{directive} is not allowed in a universal INF, which a primitive driver's must be: leave it out; \
                     files are listed by CopyFiles and registry values by the service's AddReg, and Windows undoes \
                     both"
                ),
            );
        }
    }
    if inf.section(&install.services_name()).is_none() {
        report.add(
            "P-19",
            section,
            section.line,
            format!(
                "[{0}] has no [{0}.Services], so the files are copied and no driver is installed: write one of that \
                 very name with AddService = name,,section",
                section.name
            ),
        );
    }
}
