//! The `[Version]` section: who made the package, of which class it is, how it is dated and signed.

use super::super::{Inf, Section};
use super::groups::{Class, class_named};
use super::install::Install;
use super::{Report, groups, service};

/// What the section must say, with an example.
const REQUIRED: [(&str, &str); 6] = [
    ("Class", "Class = \"ActivityMonitor\""),
    ("ClassGuid", "ClassGuid = {b86dff51-a31e-4bac-b3cf-e8cfe75c9fc2}"),
    ("Provider", "Provider = %ProviderString%"),
    ("DriverVer", "DriverVer = mm/dd/yyyy,w.x.y.z, or have the INF stamped"),
    ("CatalogFile", "CatalogFile = name.cat"),
    ("PnpLockdown", "PnpLockdown = 1"),
];

/// Checks the section, and its class against the load order groups that the services are in.
pub(super) fn check(inf: &Inf, installs: &[Install<'_>], report: &mut Report) {
    let Some(version) = inf.section("Version") else { return };
    for (key, example) in REQUIRED {
        check_present(version, key, example, report);
    }
    if let Some(entry) =
        version.entry("Provider").filter(|entry| entry.text(0).to_ascii_lowercase().contains("microsoft"))
    {
        report.add(
            "P-04",
            version,
            entry.line,
            format!("the provider is \"{}\", which only Microsoft may say: write your own name", entry.text(0)),
        );
    }
    if let Some(entry) = version.entry("DriverVer").filter(|entry| !entry.text(0).is_empty())
        && !is_driver_version(entry.text(0), entry.text(1))
    {
        report.add(
            "P-04",
            version,
            entry.line,
            "DriverVer is not a date and a version, so Windows ranks the package as the oldest of all: write \
             mm/dd/yyyy,w.x.y.z with two digits for month and day, and numbers below 65535 that are not all 0",
        );
    }
    if let Some(entry) = version.entry("PnpLockdown").filter(|entry| !["", "1"].contains(&entry.text(0))) {
        report.add(
            "P-04",
            version,
            entry.line,
            "PnpLockdown is not 1, so that any administrator's program may change the installed files: write \
             PnpLockdown = 1",
        );
    }
    check_class(inf, version, installs, report);
}

/// An entry is there and says something. Any `CatalogFile` will do, whatever its decoration.
fn check_present(version: &Section, key: &str, example: &str, report: &mut Report) {
    let catalog = || {
        version.entries.iter().find(|entry| {
            entry.key.as_ref().is_some_and(|key| key.text.to_ascii_lowercase().starts_with("catalogfile."))
        })
    };
    let entry = version.entry(key).or_else(|| if key == "CatalogFile" { catalog() } else { None });
    let why = match key {
        "CatalogFile" => "the package counts as unsigned",
        "DriverVer" => "Windows ranks the package as the oldest of all",
        "PnpLockdown" => "any administrator's program may change the installed files",
        _ => "Windows 10 1903 and later do not take this for a primitive driver, and installing it fails",
    };
    match entry {
        None => report.add(
            "P-04",
            version,
            version.line,
            format!(
                "[Version] has no {key}, so {why}: write \
        {example}"
            ),
        ),
        Some(entry) if entry.text(0).is_empty() => {
            report.add("P-04", version, entry.line, format!("{key} is empty, so {why}: write {example}"));
        }
        Some(_) => {}
    }
}

/// Whether the two texts are `mm/dd/yyyy` and `w.x.y.z`, by the page "INF DriverVer directive".
fn is_driver_version(date: &str, version: &str) -> bool {
    let date: Vec<&str> = date.split(['/', '-']).collect();
    let number = |text: &str, digits: usize| {
        let all_digits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        all_digits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let valid_date = matches!(date.as_slice(), [month, day, year]
        if number(month, 2).is_some_and(|month| (1..=12).contains(&month))
            && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
            && number(year, 4).is_some());
    let parts: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    let valid_version = parts.is_some_and(|parts| {
        parts.len() <= 4 && parts.iter().all(|&part| part < 65535) && parts.iter().any(|&part| part > 0)
    });
    valid_date && valid_version
}

/// `Class` and `ClassGuid` belong together, and to the load order group.
fn check_class(inf: &Inf, version: &Section, installs: &[Install<'_>], report: &mut Report) {
    let filled = |key| version.entry(key).filter(|entry| !entry.text(0).is_empty());
    let (Some(class), Some(guid)) = (filled("Class"), filled("ClassGuid")) else { return };
    let said = class_named(class.text(0));
    for group in installs.iter().flat_map(|install| service::load_order_groups(inf, install)) {
        let Some(group) = groups::available(group) else { continue };
        if let Some(expected) =
            group.class.as_ref().filter(|expected| !class.text(0).eq_ignore_ascii_case(expected.name))
        {
            let Class { name, guid } = expected;
            report.add(
                "P-05",
                version,
                class.line,
                format!(
                    "the class \"{}\" is not that of the load order group \"{}\": write Class = \"{name}\" and \
                     ClassGuid = {{{guid}}}, or another LoadOrderGroup",
                    class.text(0),
                    group.name
                ),
            );
        }
    }
    match said {
        Some(class) if !class.has_guid(guid.text(0)) => report.add(
            "P-05",
            version,
            guid.line,
            format!(
                "{} is not the GUID of the class {}, so Windows finds no class to install into: write ClassGuid = \
                 {{{}}}",
                guid.text(0),
                class.name,
                class.guid
            ),
        ),
        _ => {}
    }
}
