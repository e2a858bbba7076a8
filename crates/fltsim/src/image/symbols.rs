//! Functions and lines of an image, from the program database that the linker wrote.

use std::fs::File;
use std::path::{Path, PathBuf};

use pdb_addr2line::TypeFormatterFlags;
use pdb_addr2line::pdb::PDB;

/// A place in a driver's source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The function.
    pub function: Option<String>,
    /// The source file.
    pub file: Option<String>,
    /// The line in it.
    pub line: Option<u32>,
    /// The function of the language's own library that was inlined there.
    pub inlined: Option<String>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.function.as_deref().unwrap_or("an unknown function"))?;
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(formatter, " ({file}:{line})")?,
            (Some(file), None) => write!(formatter, " ({file})")?,
            _ => {}
        }
        if let Some(inlined) = &self.inlined {
            write!(formatter, ", in {inlined}")?;
        }
        Ok(())
    }
}

/// The symbols of an image: where its program database may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Symbols {
    /// The file of the image.
    pub(super) image: Option<PathBuf>,
    /// The program database that its headers name.
    pub(super) named: Option<String>,
}

impl Symbols {
    /// The places at these offsets in the image; empty ones where nothing is known.
    pub(crate) fn places(&self, offsets: &[usize]) -> Vec<Place> {
        let image = self.image.as_deref();
        let found =
            image.and_then(|image| candidates(image, self.named.as_deref()).find_map(|path| look_up(&path, offsets)));
        found.unwrap_or_else(|| vec![Place::default(); offsets.len()])
    }
}

/// Where the program database may be: beside the image under either name, or where the linker put it.
fn candidates<'a>(image: &'a Path, named: Option<&'a str>) -> impl Iterator<Item = PathBuf> + 'a {
    let beside = named.and_then(|named| named.rsplit(['\\', '/']).next()).map(|name| image.with_file_name(name));
    [Some(image.with_extension("pdb")), beside, named.map(PathBuf::from)].into_iter().flatten()
}

fn look_up(path: &Path, offsets: &[usize]) -> Option<Vec<Place>> {
    let pdb = PDB::open(File::open(path).ok()?).ok()?;
    let data = pdb_addr2line::ContextPdbData::try_from_pdb(pdb).ok()?;
    let flags = TypeFormatterFlags::default() | TypeFormatterFlags::NO_ARGUMENTS;
    let context = data.make_context_with_formatter_flags(flags).ok()?;
    let place = |&offset: &usize| {
        let frames = context.find_frames(u32::try_from(offset).ok()?).ok()??.frames;
        // The first frame is the innermost of the functions that were inlined there. Of more use is the first one that
        // somebody on this side has written.
        let is_library = |file: &str| file.starts_with("/rustc/");
        let own = frames.iter().position(|frame| !frame.file.as_deref().is_some_and(is_library)).unwrap_or(0);
        let inlined = (own > 0).then(|| frames[0].function.clone()).flatten();
        let frame = frames.into_iter().nth(own)?;
        let file = frame.file.map(std::borrow::Cow::into_owned);
        Some(Place { function: frame.function, file, line: frame.line, inlined })
    };
    Some(offsets.iter().map(|offset| place(offset).unwrap_or_default()).collect())
}
