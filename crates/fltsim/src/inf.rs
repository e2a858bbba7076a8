//! Reads a driver's INF (or the `.inx` it is stamped from).
//!
//! Two floors: [`Inf`] is the file as it stands, sections and entries with their line numbers and with `%strings%`
//! put in; [`Inf::service`] follows `DefaultInstall.NTamd64` from there to the [`ServiceConfig`] that installing the
//! driver would leave in the registry. [`lint`] says what would make that fail on Windows.
//!
//! The syntax is that of the page "General syntax rules for INF files" of the Windows driver documentation, the
//! directives those of `AddService` and `AddReg`. A variable of stampinf, `$ARCH$`, is taken as `amd64`.

mod driver;
mod lint;
mod parse;
mod service;

use std::fmt;
use std::path::{Path, PathBuf};

pub use self::driver::{DriverServiceError, driver_service, parameter};
pub use self::lint::{Finding, RULES, lint};
use crate::config::ServiceConfig;

/// What is wrong with an INF, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfError {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1; 0 where the whole file is meant.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for InfError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.path.display())?;
        if self.line > 0 {
            write!(formatter, ":{}", self.line)?;
        }
        write!(formatter, ": {}", self.message)
    }
}

impl std::error::Error for InfError {}

/// One field of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The field with quotes taken off and `%strings%` put in.
    pub text: String,
    /// The field with quotes taken off, `%strings%` as they stand.
    pub raw: String,
}

/// One entry of a section: `key = value, value` or, without a key, `value, value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line the entry begins on, counted from 1.
    pub line: usize,
    /// What stands before the equals sign.
    pub key: Option<Value>,
    /// The fields between commas. A field left empty is an empty text.
    pub values: Vec<Value>,
}

impl Entry {
    /// The text of the field at `index`, empty when there is none.
    pub fn text(&self, index: usize) -> &str {
        self.values.get(index).map_or("", |value| value.text.as_str())
    }

    /// Whether the entry is `key = ...`, case ignored.
    pub fn is(&self, key: &str) -> bool {
        self.key.as_ref().is_some_and(|present| present.text.eq_ignore_ascii_case(key))
    }
}

/// A section. Sections of the same name are one section, as Windows reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The name as written where it first occurs, with `$ARCH$` replaced.
    pub name: String,
    /// The line of the first header, counted from 1.
    pub line: usize,
    /// The entries in the order of the file.
    pub entries: Vec<Entry>,
}

impl Section {
    /// The first entry of this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.is(key))
    }
}

/// A `%string%` that is not defined; it stays as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unresolved {
    section: String,
    line: usize,
    message: String,
}

/// An INF file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inf {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its sections in the order of the file.
    pub sections: Vec<Section>,
    /// What could not be put in for a `%string%`.
    unresolved: Vec<Unresolved>,
}

impl Inf {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// The file cannot be read, or is not an INF.
    pub fn read(path: &Path) -> Result<Self, InfError> {
        let bytes = std::fs::read(path).map_err(|error| InfError {
            path: path.to_owned(),
            line: 0,
            message: format!("the INF cannot be read: {error}"),
        })?;
        Self::parse(path, &bytes)
    }

    /// Parses the content of an INF; `path` is for messages only.
    ///
    /// # Errors
    /// The content is not an INF.
    pub fn parse(path: &Path, content: &[u8]) -> Result<Self, InfError> {
        parse::parse(path, content)
    }

    /// The section of this name, case ignored.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name.eq_ignore_ascii_case(name))
    }

    /// What installing this driver would leave in the registry.
    ///
    /// # Errors
    /// A section or a value that Windows needs to load a minifilter is missing or wrong.
    pub fn service(&self) -> Result<ServiceConfig, InfError> {
        service::service(self)
    }

    /// Whether every `%string%` of a section is defined.
    fn resolved(&self, section: &Section) -> Result<(), InfError> {
        match self.unresolved.iter().find(|unresolved| unresolved.section.eq_ignore_ascii_case(&section.name)) {
            None => Ok(()),
            Some(unresolved) => Err(self.error(unresolved.line, unresolved.message.clone())),
        }
    }

    /// An error at a line of this file.
    fn error(&self, line: usize, message: impl Into<String>) -> InfError {
        InfError { path: self.path.clone(), line, message: message.into() }
    }
}
