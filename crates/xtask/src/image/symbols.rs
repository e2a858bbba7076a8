//! The names of functions, from the program database beside an image.

use super::Image;
use pdb_addr2line::pdb::PDB;
use pdb_addr2line::{ContextPdbData, TypeFormatterFlags};
use std::collections::BTreeMap;
use std::fs::File;

/// The names by address.
pub(super) struct Names(BTreeMap<u32, String>);

impl Names {
    /// None if there is no program database, or it cannot be read.
    pub fn of(image: &Image) -> Self {
        Self(read(image).unwrap_or_default())
    }

    /// The name of the function that begins at an address, or the address.
    pub fn of_function(&self, address: u32) -> String {
        self.0.get(&address).cloned().unwrap_or_else(|| format!("{address:#x}"))
    }
}

fn read(image: &Image) -> Option<BTreeMap<u32, String>> {
    let pdb = PDB::open(File::open(image.path().with_extension("pdb")).ok()?).ok()?;
    let data = ContextPdbData::try_from_pdb(pdb).ok()?;
    let flags = TypeFormatterFlags::default() | TypeFormatterFlags::NO_ARGUMENTS;
    let context = data.make_context_with_formatter_flags(flags).ok()?;
    Some(context.functions().filter_map(|function| Some((function.start_rva, function.name?))).collect())
}
