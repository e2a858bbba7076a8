//! A driver's file, read for what its tests check and `cargo xtask image` prints: sections, imports, stack.

mod arm64;
pub mod pool;
mod report;
pub mod stack;
mod symbols;
mod x64;

pub use report::describe;

use crate::driver::Architecture;
use anyhow::{Context, Result, bail};
use object::LittleEndian as LE;
use object::pe;
use object::read::pe::{Import, PeFile64};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The bytes of a 64-bit PE image.
#[derive(Debug)]
pub struct Image {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Image {
    /// Reads an image.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no 64-bit PE.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        PeFile64::parse(&*bytes).with_context(|| format!("{} is no 64-bit PE image", path.display()))?;
        Ok(Self { path, bytes })
    }

    /// Where it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The headers, and what they lead to.
    ///
    /// # Panics
    ///
    /// Never: [`Self::read`] has parsed them.
    pub fn file(&self) -> PeFile64<'_> {
        PeFile64::parse(&*self.bytes).expect("an image that was parsed")
    }

    /// The processor that it is for.
    ///
    /// # Errors
    ///
    /// It is for none that drivers are built for here.
    pub fn architecture(&self) -> Result<Architecture> {
        match self.file().nt_headers().file_header.machine.get(LE) {
            pe::IMAGE_FILE_MACHINE_AMD64 => Ok(Architecture::X64),
            pe::IMAGE_FILE_MACHINE_ARM64 => Ok(Architecture::Arm64),
            other => bail!("{} is for an unknown processor (machine {:#x})", self.path.display(), other.0),
        }
    }

    /// What it imports: the names by image.
    ///
    /// # Errors
    ///
    /// The import table is damaged, or has an import by ordinal.
    pub fn imports(&self) -> Result<BTreeMap<String, Vec<String>>> {
        let mut imports = BTreeMap::<String, Vec<String>>::new();
        for (library, name, _) in self.read_imports()? {
            imports.entry(library).or_default().push(name);
        }
        Ok(imports)
    }

    /// The names of the imports by the places that the loader puts their addresses at.
    fn import_slots(&self) -> Result<BTreeMap<u32, String>> {
        Ok(self.read_imports()?.into_iter().map(|(_, name, slot)| (slot, name)).collect())
    }

    /// Each import: the library, the name, and the place of its address.
    fn read_imports(&self) -> Result<Vec<(String, String, u32)>> {
        let file = self.file();
        let mut imports = Vec::new();
        let Some(table) = file.import_table()? else { return Ok(imports) };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut descriptors = table.descriptors()?;
        while let Some(descriptor) = descriptors.next()? {
            let library = text(table.name(descriptor.name.get(LE))?);
            let mut slot = descriptor.first_thunk.get(LE);
            let mut thunks = table.thunks(descriptor.original_first_thunk.get(LE))?;
            while let Some(thunk) = thunks.next::<pe::ImageNtHeaders64>()? {
                match table.import::<pe::ImageNtHeaders64>(thunk)? {
                    Import::Name(_, name) => imports.push((library.clone(), text(name), slot)),
                    Import::Ordinal(ordinal) => bail!("{library} is imported from by ordinal {ordinal}"),
                }
                slot += 8;
            }
        }
        Ok(imports)
    }

    /// The sections, by name.
    pub fn sections(&self) -> Vec<Section> {
        let sections = self.file().section_table();
        sections
            .iter()
            .map(|section| {
                let begin = section.virtual_address.get(LE);
                Section {
                    name: String::from_utf8_lossy(section.raw_name()).trim_end_matches('\0').to_owned(),
                    addresses: begin..begin + section.virtual_size.get(LE),
                    characteristics: section.characteristics.get(LE).0,
                }
            })
            .collect()
    }

    /// The bytes of the section that an address lies in, from there on.
    ///
    /// # Errors
    ///
    /// It lies in none.
    pub fn at(&self, address: u32) -> Result<&[u8]> {
        self.file()
            .section_table()
            .pe_data_at(&*self.bytes, address)
            .with_context(|| format!("{} has no section at {address:#x}", self.path.display()))
    }

    /// The bytes that a data directory points to; none if the image has no such directory.
    fn directory(&self, index: usize) -> Result<&[u8]> {
        let file = self.file();
        let Some(directory) = file.data_directory(index) else { return Ok(&[]) };
        let (address, length) = directory.address_range();
        Ok(if length == 0 {
            &[]
        } else {
            self.at(address)?.get(..length as usize).context("a data directory is cut off")?
        })
    }

    /// The addresses at which the loader puts those of the imports.
    fn import_addresses(&self) -> Range<u32> {
        self.file().data_directory(pe::IMAGE_DIRECTORY_ENTRY_IAT).map_or(0..0, |directory| {
            let (address, length) = directory.address_range();
            address..address + length
        })
    }

    /// Whether code lies at an address.
    fn is_code(&self, address: u32) -> bool {
        self.sections().iter().any(|section| section.is_code() && section.addresses.contains(&address))
    }

    /// The places in code that data points to, and where the image begins to run.
    ///
    /// # Errors
    ///
    /// The relocations are damaged.
    pub fn pointers_to_code(&self) -> Result<Vec<u32>> {
        let file = self.file();
        let header = &file.nt_headers().optional_header;
        let base = header.image_base.get(LE);
        let mut found = vec![header.address_of_entry_point.get(LE)];
        let mut blocks = file.data_directories().relocation_blocks(&*self.bytes, &file.section_table())?;
        while let Some(block) = blocks.as_mut().map_or(Ok(None), object::read::pe::RelocationBlockIterator::next)? {
            for relocation in block.filter(|relocation| relocation.typ == pe::IMAGE_REL_BASED_DIR64) {
                let bytes = self.at(relocation.virtual_address)?.first_chunk().context("a relocation is cut off")?;
                if let Ok(target) = u32::try_from(u64::from_le_bytes(*bytes).wrapping_sub(base))
                    && self.is_code(target)
                {
                    found.push(target);
                }
            }
        }
        Ok(found)
    }
}

/// A section of an image.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Where it is, relative to the image's base.
    pub addresses: Range<u32>,
    /// The IMAGE_SCN flags.
    pub characteristics: u32,
}

impl Section {
    /// Whether all of these flags are set.
    pub fn is(&self, flags: pe::SectionFlags) -> bool {
        self.characteristics & flags.0 == flags.0
    }

    /// Whether it is gone once the driver has started.
    pub fn is_discardable(&self) -> bool {
        self.is(pe::IMAGE_SCN_MEM_DISCARDABLE)
    }

    /// Whether the kernel may page it out: it does that to sections whose names begin with PAGE.
    pub fn is_paged(&self) -> bool {
        self.name.starts_with("PAGE")
    }

    /// Whether it can be executed.
    pub fn is_code(&self) -> bool {
        self.is(pe::IMAGE_SCN_MEM_EXECUTE)
    }
}
