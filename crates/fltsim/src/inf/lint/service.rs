//! The service that the INF installs: what the service control manager is told of the driver.

use super::super::service::integer;
use super::super::{Entry, Inf, Section};
use super::install::Install;
use super::{Report, groups};

/// `SERVICE_FILE_SYSTEM_DRIVER`.
const FILE_SYSTEM_DRIVER: u64 = 2;
/// `SERVICE_WIN32_OWN_PROCESS` and `SERVICE_WIN32_SHARE_PROCESS`: a program, no driver.
const PROGRAM: u64 = 0x30;

/// A minifilter's service.
pub(super) struct Service<'a> {
    /// Its name.
    pub name: &'a str,
    /// The section that `AddService` names.
    pub section: &'a Section,
}

impl<'a> Service<'a> {
    /// What its `ServiceType` says.
    fn kind(&self) -> Option<u64> {
        self.section.entry("ServiceType").and_then(|entry| integer(entry.text(0)))
    }

    /// An entry that says something.
    fn filled(&self, key: &str) -> Option<&'a Entry> {
        self.section.entry(key).filter(|entry| !entry.text(0).is_empty())
    }

    /// Its load order group, as written.
    pub(super) fn load_order_group(&self) -> Option<&'a Entry> {
        self.filled("LoadOrderGroup")
    }

    /// Where the driver is, as written.
    pub(super) fn binary(&self) -> Option<&'a Entry> {
        self.filled("ServiceBinary")
    }
}

/// The minifilters' services of an install section: those that are file system drivers; where none is, those that are
/// no programs, because one of these is meant and its type is wrong.
pub(super) fn minifilters<'a>(inf: &'a Inf, install: &Install<'_>) -> Vec<Service<'a>> {
    let services: Vec<Service<'a>> = additions(inf, install)
        .filter_map(|entry| Some(Service { name: entry.text(0), section: inf.section(entry.text(2))? }))
        .collect();
    let is_filter = |service: &Service<'_>| service.kind() == Some(FILE_SYSTEM_DRIVER);
    let any = services.iter().any(is_filter);
    services
        .into_iter()
        .filter(|service| if any { is_filter(service) } else { service.kind().is_none_or(|kind| kind & PROGRAM == 0) })
        .collect()
}

/// The names of the load order groups of an install section's minifilters.
pub(super) fn load_order_groups<'a>(inf: &'a Inf, install: &Install<'_>) -> impl Iterator<Item = &'a str> {
    minifilters(inf, install).into_iter().filter_map(|service| service.load_order_group().map(|entry| entry.text(0)))
}

/// The `AddService` entries of an install section that name a service and a section.
fn additions<'a>(inf: &'a Inf, install: &Install<'_>) -> impl Iterator<Item = &'a Entry> {
    let section = inf.section(&install.services_name());
    section.into_iter().flat_map(|section| section.entries.iter().filter(|entry| entry.is("AddService")))
}

/// The minifilters' services, after checking that `AddService` leads to them.
pub(super) fn services<'a>(inf: &'a Inf, install: &Install<'_>, report: &mut Report) -> Vec<Service<'a>> {
    let Some(section) = inf.section(&install.services_name()) else { return Vec::new() };
    for entry in additions(inf, install) {
        // A service without a section is the null driver; it needs none.
        if !entry.text(2).is_empty() && inf.section(entry.text(2)).is_none() {
            report.add(
                "P-01",
                section,
                entry.line,
                format!(
                    "AddService names the section [{0}], which does not exist, so installing fails: write [{0}] with \
                     ServiceType, StartType, ErrorControl and ServiceBinary",
                    entry.text(2)
                ),
            );
        }
    }
    if additions(inf, install).next().is_none() {
        report.add(
            "P-01",
            section,
            section.line,
            format!(
                "[{}] has no AddService, so no driver is installed: write AddService = name,,section",
                section.name
            ),
        );
    }
    minifilters(inf, install)
}

/// Checks what the section of a service says.
pub(super) fn check(install: &Install<'_>, service: &Service<'_>, report: &mut Report) {
    let section = service.section;
    let required = [
        ("ServiceType", "ServiceType = 2"),
        ("StartType", "StartType = 3"),
        ("ErrorControl", "ErrorControl = 1"),
        ("ServiceBinary", "ServiceBinary = %13%\\name.sys"),
    ];
    for (key, example) in required {
        if service.filled(key).is_none() {
            report.add(
                "P-08",
                section,
                section.entry(key).map_or(section.line, |entry| entry.line),
                format!(
                    "[{}] gives no {key}, so the service is not made and installing fails: write {example}",
                    section.name
                ),
            );
        }
    }
    check_numbers(service, report);
    check_dependencies(service, report);
    check_load_order_group(service, report);
    if let Some(entry) = service.binary() {
        check_binary(install, service, entry, report);
    }
}

/// The type, the start type and the error control.
fn check_numbers(service: &Service<'_>, report: &mut Report) {
    let section = service.section;
    let wrong = |key: &str, valid: &[u64]| {
        service.filled(key).filter(|entry| integer(entry.text(0)).is_none_or(|value| !valid.contains(&value)))
    };
    if let Some(entry) = wrong("ServiceType", &[FILE_SYSTEM_DRIVER]) {
        report.add(
            "P-07",
            section,
            entry.line,
            format!(
                "ServiceType is {}, and a minifilter is a file system driver: write ServiceType = 2",
                entry.text(0)
            ),
        );
    }
    if let Some(entry) = wrong("ErrorControl", &[1]) {
        report.add(
            "P-07",
            section,
            entry.line,
            format!(
                "ErrorControl is {}, and a minifilter that fails to start must neither go unnoticed nor stop the \
                 boot: write ErrorControl = 1",
                entry.text(0)
            ),
        );
    }
    if let Some(entry) = wrong("StartType", &[0, 1, 2, 3, 4]) {
        report.add(
            "P-09",
            section,
            entry.line,
            format!(
                "StartType is {}, which is none, so the service is not made and installing fails: write 0 (boot), 1 \
                 (system), 2 (automatic) or 3 (demand)",
                entry.text(0)
            ),
        );
    } else if let Some(entry) = wrong("StartType", &[0, 1, 2, 3]) {
        report.add(
            "P-09",
            section,
            entry.line,
            "StartType is 4 (disabled), so the driver is installed and never loads, not even by fltmc load: write 3 \
             (demand), or 0 (boot) to be there from the start",
        );
    }
}

/// Without the Filter Manager a minifilter does not load.
fn check_dependencies(service: &Service<'_>, report: &mut Report) {
    let entries: Vec<&Entry> = service.section.entries.iter().filter(|entry| entry.is("Dependencies")).collect();
    let names_filter_manager =
        entries.iter().flat_map(|entry| &entry.values).any(|value| value.text.eq_ignore_ascii_case("FltMgr"));
    if !names_filter_manager {
        report.add(
            "P-07",
            service.section,
            entries.first().map_or(service.section.line, |entry| entry.line),
            format!(
                "[{}] does not depend on the Filter Manager, which has to be loaded first: write Dependencies = \
                 FltMgr",
                service.section.name
            ),
        );
    }
}

/// The group is one of Microsoft's list, even for a driver that is started on demand.
fn check_load_order_group(service: &Service<'_>, report: &mut Report) {
    let section = service.section;
    let Some(entry) = service.load_order_group() else {
        report.add(
            "P-08",
            section,
            section.entry("LoadOrderGroup").map_or(section.line, |entry| entry.line),
            format!(
                "[{}] gives no LoadOrderGroup, which a minifilter needs even when it starts on demand: write \
                 LoadOrderGroup = \"FSFilter Activity Monitor\", or the group that its altitude was assigned in",
                section.name
            ),
        );
        return;
    };
    match groups::named(entry.text(0)) {
        None => {
            let known: Vec<&str> =
                groups::GROUPS.iter().filter(|group| !group.reserved).map(|group| group.name).collect();
            report.add(
                "P-08",
                section,
                entry.line,
                format!(
                    "\"{}\" is no load order group of minifilters, so the driver loads after all that have one: write \
                     one of {}",
                    entry.text(0),
                    known.join(", ")
                ),
            );
        }
        Some(group) if group.reserved => report.add(
            "P-08",
            section,
            entry.line,
            format!("the load order group {} is reserved for Windows: write the one your altitude is in", group.name),
        ),
        Some(_) => {}
    }
}

/// The driver is in the driver store; only what earlier releases take may be in the drivers' folder.
fn check_binary(install: &Install<'_>, service: &Service<'_>, entry: &Entry, report: &mut Report) {
    let (directory, file) = located(entry.text(0));
    let file = if file.is_empty() { "name.sys" } else { file };
    if install.current && directory != Some("13") {
        report.add(
            "P-06",
            service.section,
            entry.line,
            format!(
                "ServiceBinary is {}, and Windows runs the driver from the driver store, where the package is: write \
                 ServiceBinary = %13%\\{file}",
                entry.text(0)
            ),
        );
    } else if !install.current && !matches!(directory, Some("12" | "13")) {
        report.add(
            "P-06",
            service.section,
            entry.line,
            format!(
                "ServiceBinary is {}, where Windows does not look for drivers: write ServiceBinary = %13%\\{file}, or \
                 %12%\\{file} for releases before Windows 10 1903",
                entry.text(0)
            ),
        );
    }
}

/// The directory identifier and the file name of a path such as `%13%\name.sys`.
pub(super) fn located(path: &str) -> (Option<&str>, &str) {
    let file = path.rsplit('\\').next().unwrap_or_default();
    let directory = path.strip_prefix('%').and_then(|rest| rest.split_once('%')).map(|(directory, _)| directory);
    (directory.filter(|directory| directory.bytes().all(|byte| byte.is_ascii_digit())), file)
}
