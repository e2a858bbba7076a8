//! The files of the package: what is copied, where to, and what must not be.
//!
//! Beside the page on minifilters' INFs these checks are from "INF CopyFiles directive", "INF SourceDisksFiles
//! section", "Using dirids" and "Run from Driver Store".

use super::super::{Entry, Inf, Section};
use super::install::Install;
use super::{Report, service};

/// A list of files that a directive names, with the directory it goes to.
struct List<'a> {
    section: &'a Section,
    destination: Option<&'a Entry>,
}

/// A file that `CopyFiles` copies.
struct Copied<'a> {
    /// Its name where it goes to.
    name: &'a str,
    /// Its name in the package.
    source: &'a str,
    /// The section and the line that name it.
    section: &'a Section,
    line: usize,
    /// The directory identifier it goes to; none where the INF says none.
    directory: Option<&'a str>,
}

impl Copied<'_> {
    /// Whether it goes to the other of the two directories that a driver may be in.
    fn is_elsewhere(&self, directory: &str) -> bool {
        self.directory.is_some_and(|own| own != directory && is_for_drivers(own))
    }
}

/// Checks the lists of files, and that the service's driver is in one.
pub(super) fn check(inf: &Inf, installs: &[Install<'_>], report: &mut Report) {
    check_sources(inf, report);
    for section in &inf.sections {
        check_deletions(inf, section, report);
    }
    for install in installs {
        let files = copied(inf, install, report);
        check_listed_once(&files, report);
        for file in &files {
            check_file(inf, install, file, report);
        }
        check_driver(inf, install, &files, report);
    }
}

/// The entry of `[DestinationDirs]` for a list, or for all lists without one.
fn destination<'a>(inf: &'a Inf, list: &str) -> Option<&'a Entry> {
    let directories = inf.section("DestinationDirs")?;
    directories.entry(list).or_else(|| directories.entry("DefaultDestDir"))
}

/// The sections of `[SourceDisksFiles]`, with a processor or without: each names a file once.
fn check_sources(inf: &Inf, report: &mut Report) {
    for section in inf.sections.iter().filter(|section| is_sources(section, None)) {
        let mut seen: Vec<(&str, usize)> = Vec::new();
        for entry in &section.entries {
            let Some(key) = &entry.key else { continue };
            report_package_file(section, entry.line, &key.text, report);
            match seen.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key.text)) {
                Some((name, first)) => report.add(
                    "P-06",
                    section,
                    entry.line,
                    format!(
                        "{name} is listed twice in [{}], first on line {first}, and in the driver store a file's \
                         name is there once: leave this line out, or give the other file another name",
                        section.name
                    ),
                ),
                None => seen.push((&key.text, entry.line)),
            }
        }
    }
}

/// Whether a section says where files are on the disk: for all processors, or for the one given, or, for none given,
/// for any.
fn is_sources(section: &Section, processor: Option<&str>) -> bool {
    let name = section.name.to_ascii_lowercase();
    match name.strip_prefix("sourcedisksfiles") {
        Some("") => true,
        Some(rest) => rest.strip_prefix('.').is_some_and(|rest| processor.is_none_or(|processor| rest == processor)),
        None => false,
    }
}

/// The INF and the catalog are copied by Windows itself.
fn report_package_file(section: &Section, line: usize, name: &str, report: &mut Report) {
    let extension = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let what = match extension.as_str() {
        "inf" => "an INF",
        "cat" => "a catalog",
        _ => return,
    };
    report.add(
        "P-20",
        section,
        line,
        format!("{name} is {what}, which Windows copies by itself and no list may name: leave this line out"),
    );
}

/// What is in the driver store is not deleted by an INF.
fn check_deletions(inf: &Inf, section: &Section, report: &mut Report) {
    for entry in section.entries.iter().filter(|entry| entry.is("DelFiles")) {
        for list in entry.values.iter().map(|value| value.text.as_str()).filter(|list| !list.is_empty()) {
            if destination(inf, list.trim_start_matches('@')).is_some_and(|entry| entry.text(0) == "13") {
                report.add(
                    "P-06",
                    section,
                    entry.line,
                    format!(
                        "DelFiles deletes {list}, which is in the driver store (directory 13), and only Windows \
                         deletes there: leave it out; uninstalling the package removes the files"
                    ),
                );
            }
        }
    }
}

/// The files that an install section copies.
fn copied<'a>(inf: &'a Inf, install: &Install<'a>, report: &mut Report) -> Vec<Copied<'a>> {
    let mut files = Vec::new();
    let mut lists: Vec<&str> = Vec::new();
    for directive in install.section.entries.iter().filter(|entry| entry.is("CopyFiles")) {
        for value in directive.values.iter().filter(|value| !value.text.is_empty()) {
            let name = value.text.as_str();
            if lists.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                report.add(
                    "P-06",
                    install.section,
                    directive.line,
                    format!("CopyFiles names {name} twice, so its files are listed twice: leave one out"),
                );
                continue;
            }
            lists.push(name);
            let target = destination(inf, name);
            let directory = target.map(|entry| entry.text(0));
            if let Some(file) = name.strip_prefix('@') {
                check_has_destination(inf, "DefaultDestDir", target, report);
                files.push(Copied {
                    name: file,
                    source: file,
                    section: install.section,
                    line: directive.line,
                    directory,
                });
            } else if let Some(section) = inf.section(name) {
                let list = List { section, destination: target };
                check_has_destination(inf, &section.name, target, report);
                let listed = listed(&list, report);
                check_destination(inf, install, &list, &listed, report);
                files.extend(listed);
            } else {
                report.add(
                    "P-01",
                    install.section,
                    directive.line,
                    format!(
                        "CopyFiles names the section [{name}], which does not exist, so installing fails: write \
                         [{name}] with a file on each line, or @{name} if that is a file"
                    ),
                );
            }
        }
    }
    files
}

/// `[DestinationDirs]` says where a list goes; that the section is missing at all is said elsewhere.
fn check_has_destination(inf: &Inf, list: &str, destination: Option<&Entry>, report: &mut Report) {
    if let (Some(directories), None) = (inf.section("DestinationDirs"), destination) {
        report.add(
            "P-06",
            directories,
            directories.line,
            format!("[DestinationDirs] does not say where {list} goes, so installing fails: write {list} = 13"),
        );
    }
}

/// Windows 11 24H2 and later want everything in the driver store; a driver for earlier releases may be in the drivers'
/// folder.
fn check_destination(inf: &Inf, install: &Install<'_>, list: &List<'_>, files: &[Copied<'_>], report: &mut Report) {
    let (Some(directories), Some(entry)) = (inf.section("DestinationDirs"), list.destination) else { return };
    let directory = entry.text(0);
    let has_driver = files.iter().any(|file| file.name.to_ascii_lowercase().ends_with(".sys"));
    let is_wrong = if install.current { directory != "13" } else { has_driver && !is_for_drivers(directory) };
    if is_wrong {
        report.add(
            "P-06",
            directories,
            entry.line,
            format!(
                "the files of [{}] go to directory {directory}, and a package's files stay in the driver store: \
                 write {} = 13",
                list.section.name,
                entry.key.as_ref().map_or(list.section.name.as_str(), |key| key.text.as_str())
            ),
        );
    }
}

/// The files of a list.
fn listed<'a>(list: &List<'a>, report: &mut Report) -> Vec<Copied<'a>> {
    let directory = list.destination.map(|entry| entry.text(0));
    let mut files = Vec::new();
    for entry in list.section.entries.iter().filter(|entry| entry.key.is_none() && !entry.text(0).is_empty()) {
        let (name, source) = (entry.text(0), entry.text(1));
        if directory == Some("13") && !source.is_empty() && !source.eq_ignore_ascii_case(name) {
            report.add(
                "P-06",
                list.section,
                entry.line,
                format!(
                    "{source} is renamed to {name}, which the driver store does not allow: name the file {name} itself"
                ),
            );
        }
        let source = if source.is_empty() { name } else { source };
        files.push(Copied { name, source, section: list.section, line: entry.line, directory });
    }
    files
}

/// No file is copied twice by one install.
fn check_listed_once(files: &[Copied<'_>], report: &mut Report) {
    for (index, file) in files.iter().enumerate() {
        if let Some(first) = files[..index].iter().find(|other| other.name.eq_ignore_ascii_case(file.name)) {
            report.add(
                "P-06",
                file.section,
                file.line,
                format!(
                    "{} is listed twice, first on line {}, and a package's files have one place each: leave this \
                     line out",
                    file.name, first.line
                ),
            );
        }
    }
}

/// A file that is copied is on the disk, and is none that Windows copies by itself.
fn check_file(inf: &Inf, install: &Install<'_>, file: &Copied<'_>, report: &mut Report) {
    report_package_file(file.section, file.line, file.source, report);
    let is_package_file =
        [".inf", ".cat"].iter().any(|extension| file.source.to_ascii_lowercase().ends_with(extension));
    let elsewhere = inf.section("Version").is_some_and(|version| version.entry("LayoutFile").is_some());
    let known = inf
        .sections
        .iter()
        .filter(|section| is_sources(section, install.processor))
        .any(|section| section.entry(file.source).is_some());
    if !is_package_file && !elsewhere && !known {
        report.add(
            "P-20",
            file.section,
            file.line,
            format!(
                "{0} is copied and not in [SourceDisksFiles], so it is no part of the package and installing fails: \
                 write {0} = 1 there, and 1 = \"...\" in [SourceDisksNames]",
                file.source
            ),
        );
    }
}

/// The drivers' folder and the driver store.
fn is_for_drivers(directory: &str) -> bool {
    matches!(directory, "12" | "13")
}

/// The driver that the service names is one of the files, and goes where the service looks for it.
fn check_driver(inf: &Inf, install: &Install<'_>, files: &[Copied<'_>], report: &mut Report) {
    // Another INF may bring it.
    if install.section.entry("Needs").is_some() {
        return;
    }
    for service in service::minifilters(inf, install) {
        let Some(entry) = service.binary() else { continue };
        let (directory, name) = service::located(entry.text(0));
        // A directory that no driver may be in is said elsewhere, both of the service and of the list.
        let Some(directory) = directory.filter(|directory| is_for_drivers(directory)) else { continue };
        let found = files.iter().find(|file| file.name.eq_ignore_ascii_case(name));
        match found {
            None => report.add(
                "P-06",
                service.section,
                entry.line,
                format!(
                    "ServiceBinary is {}, which [{}] does not copy, so the driver is not found: write {name} in a \
                     section that CopyFiles names",
                    entry.text(0),
                    install.section.name
                ),
            ),
            // For current releases both must be 13, which each is held to by itself.
            Some(file) if !install.current && file.is_elsewhere(directory) => report.add(
                "P-06",
                service.section,
                entry.line,
                format!(
                    "ServiceBinary is in directory {directory} and {name} is copied to directory {}, so the driver \
                     is not found: write the same in both, 13 for the driver store",
                    file.directory.unwrap_or_default()
                ),
            ),
            Some(_) => {}
        }
    }
}
