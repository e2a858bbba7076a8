//! Driver images: a `.sys` file mapped into the process, or a driver that is linked into it.

mod imports;
mod pe;
mod symbols;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fltmgr_sys::{NTSTATUS, PDRIVER_OBJECT, PUNICODE_STRING};

pub use imports::Import;
pub use symbols::Place;
pub(crate) use symbols::Symbols;
pub(crate) use table::{Mapped, find as find_mapped};

/// A driver's entry point.
pub type DriverEntry = unsafe extern "efiapi" fn(PDRIVER_OBJECT, PUNICODE_STRING) -> NTSTATUS;

/// Why a file is not a driver that can be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The file cannot be read.
    #[error("{path}: the driver's file cannot be read: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is no driver for this machine.
    #[error("{path}: not a driver that can be loaded: {reason}")]
    NotADriver {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file imports what fltsim doesn't have.
    #[error("{path}: nothing was loaded, because fltsim doesn't serve {} of the driver's imports: {}", missing.len(), list(missing))]
    MissingImports {
        /// The file.
        path: PathBuf,
        /// Every import that is missing.
        missing: Vec<Import>,
    },
}

fn list(imports: &[Import]) -> String {
    imports.iter().map(|import| format!("{}!{}", import.dll, import.name)).collect::<Vec<_>>().join(", ")
}

/// A driver's code.
#[derive(Debug)]
pub struct Image {
    name: String,
    path: Option<PathBuf>,
    entry: DriverEntry,
    imports: Vec<Import>,
    mapping: Option<pe::Mapping>,
}

impl Image {
    /// Maps a driver file, binds its imports and makes it ready to run. Nothing of it has run yet.
    ///
    /// # Errors
    ///
    /// If the file is no x64 kernel driver or imports what fltsim doesn't serve.
    pub fn load(path: impl AsRef<Path>) -> Result<Arc<Self>, ImageError> {
        let path = path.as_ref();
        let bytes = read(path)?;
        let not_a_driver = |reason| ImageError::NotADriver { path: path.to_owned(), reason };
        let parsed = pe::Parsed::parse(&bytes).map_err(not_a_driver)?;
        let imports = parsed.imports().map_err(not_a_driver)?;
        let missing: Vec<Import> = imports.iter().filter(|import| !import.is_served()).cloned().collect();
        if !missing.is_empty() {
            return Err(ImageError::MissingImports { path: path.to_owned(), missing });
        }
        let mapping = parsed.map(&imports).map_err(not_a_driver)?;
        // SAFETY: the entry lies in an executable section of the image, and a native image's entry has this type.
        let entry: DriverEntry = unsafe { std::mem::transmute(mapping.entry()) };
        let name = path.file_name().map_or_else(|| "driver".into(), |name| name.to_string_lossy().into_owned());
        let image = Arc::new(Self { name, path: Some(path.to_owned()), entry, imports, mapping: Some(mapping) });
        table::insert(&image).map_err(not_a_driver)?;
        crate::kernel::fault::install();
        Ok(image)
    }

    /// A driver that is part of this program.
    pub fn linked(name: &str, entry: DriverEntry) -> Arc<Self> {
        Arc::new(Self { name: name.to_owned(), path: None, entry, imports: Vec::new(), mapping: None })
    }

    /// The imports of a driver file, whether served or not.
    ///
    /// # Errors
    ///
    /// If the file is no x64 kernel driver.
    pub fn imports_of(path: impl AsRef<Path>) -> Result<Vec<Import>, ImageError> {
        let path = path.as_ref();
        let bytes = read(path)?;
        pe::Parsed::parse(&bytes)
            .and_then(|parsed| parsed.imports())
            .map_err(|reason| ImageError::NotADriver { path: path.to_owned(), reason })
    }

    /// The file's name, or the name a linked driver was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The entry point, `DriverEntry` or what the compiler puts before it.
    pub fn entry(&self) -> DriverEntry {
        self.entry
    }

    /// What the driver imports. Empty for a linked driver, whose imports the linker has resolved.
    pub fn imports(&self) -> &[Import] {
        &self.imports
    }

    /// Whether the driver is part of this program.
    pub fn is_linked(&self) -> bool {
        self.mapping.is_none()
    }

    /// Where the image begins; 0 for a linked driver.
    pub fn base(&self) -> usize {
        self.mapping.as_ref().map_or(0, pe::Mapping::base)
    }

    /// How many bytes the image takes; 0 for a linked driver.
    pub fn size(&self) -> usize {
        self.mapping.as_ref().map_or(0, pe::Mapping::size)
    }

    /// Frees what only `DriverEntry` needed, as Windows does when that has succeeded: the discardable sections are
    /// accessible no more.
    pub fn discard_initialization(&self) {
        if let Some(mapping) = &self.mapping {
            mapping.discard();
        }
    }

    /// The offset of `address` in the image, if it lies there.
    pub fn offset_of(&self, address: usize) -> Option<usize> {
        address.checked_sub(self.base()).filter(|&offset| offset < self.size())
    }

    /// What the program database beside the file says about these offsets. Offsets it says nothing about have an empty
    /// place.
    pub fn places(&self, offsets: &[usize]) -> Vec<Place> {
        self.symbols().places(offsets)
    }

    /// Where the program database is, for when the image is there no more.
    pub(crate) fn symbols(&self) -> Symbols {
        let named = self.mapping.as_ref().and_then(|mapping| mapping.pdb()).map(str::to_owned);
        Symbols { image: self.path.clone(), named }
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        table::remove(self);
        crate::kernel::pool::disown(std::ptr::from_ref(self) as usize);
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ImageError> {
    std::fs::read(path).map_err(|error| ImageError::Unreadable { path: path.to_owned(), error })
}
