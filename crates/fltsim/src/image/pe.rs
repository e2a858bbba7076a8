//! Reads a PE file and maps it: sections, relocations, imports, protections.

use object::LittleEndian as LE;
use object::pe;
use object::read::pe::{ImageNtHeaders, ImageOptionalHeader, Import as PeImport, PeFile64};

use super::imports::Import;

const PAGE: usize = 4096;
/// No driver is larger; a file that says so is damaged.
const LARGEST_IMAGE: usize = 1 << 30;

/// A file whose headers are those of a driver.
pub(super) struct Parsed<'a> {
    file: PeFile64<'a>,
    bytes: &'a [u8],
    size: usize,
}

impl<'a> Parsed<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        let damaged = |what: object::Error| format!("the file is damaged: {what}");
        if !bytes.starts_with(b"MZ") {
            return Err("the file is no PE image: it doesn't begin with MZ".into());
        }
        match object::FileKind::parse(bytes) {
            Ok(object::FileKind::Pe64) => {}
            Ok(object::FileKind::Pe32) => {
                return Err("the image is for 32-bit Windows (PE32); an x64 driver (PE32+) is needed".into());
            }
            Ok(_) => return Err("the file is no PE image".into()),
            Err(error) => return Err(damaged(error)),
        }
        let file = PeFile64::parse(bytes).map_err(damaged)?;
        let headers = file.nt_headers();
        match headers.file_header().machine.get(LE) {
            pe::IMAGE_FILE_MACHINE_AMD64 => {}
            pe::IMAGE_FILE_MACHINE_ARM64 => {
                return Err(
                    "the image is for ARM64 Windows, and fltsim runs x64 drivers only; build it for x86_64-pc-windows-msvc"
                        .into(),
                );
            }
            other => {
                return Err(format!("the image is for another processor (machine {other:?}); fltsim runs x64 drivers"));
            }
        }
        let optional = headers.optional_header();
        if optional.subsystem() != pe::IMAGE_SUBSYSTEM_NATIVE {
            return Err(format!(
                "the image is no kernel driver: its subsystem is {:?}, not native; link it with /SUBSYSTEM:NATIVE",
                optional.subsystem()
            ));
        }
        if optional.address_of_entry_point() == 0 {
            return Err("the image has no entry point; link it with /ENTRY:DriverEntry".into());
        }
        let size = (optional.size_of_image() as usize).next_multiple_of(PAGE);
        if size == 0 || size > LARGEST_IMAGE {
            return Err(format!("the file is damaged: it says that its image takes {size} bytes"));
        }
        if (optional.section_alignment() as usize) < PAGE {
            return Err(format!(
                "its sections are aligned to {} bytes, and fltsim needs pages of {PAGE} so that it can protect them",
                optional.section_alignment()
            ));
        }
        let parsed = Self { file, bytes, size };
        parsed.check_sections()?;
        let entry = optional.address_of_entry_point() as usize;
        let in_code = parsed
            .sections()
            .any(|section| section.executable && (section.start..section.start + section.size).contains(&entry));
        if !in_code {
            return Err(format!("the file is damaged: its entry point {entry:#x} lies in no executable section"));
        }
        Ok(parsed)
    }

    fn sections(&self) -> impl Iterator<Item = Section<'a>> {
        let bytes = self.bytes;
        self.file.section_table().iter().map(move |header| {
            let characteristics = header.characteristics.get(LE);
            let raw = header.pe_data(bytes).ok();
            let virtual_size = header.virtual_size.get(LE) as usize;
            let raw_size = header.size_of_raw_data.get(LE) as usize;
            Section {
                name: String::from_utf8_lossy(header.raw_name()).into_owned(),
                start: header.virtual_address.get(LE) as usize,
                size: if virtual_size == 0 { raw_size } else { virtual_size },
                data: raw,
                readable: characteristics.0 & pe::IMAGE_SCN_MEM_READ.0 != 0,
                writable: characteristics.0 & pe::IMAGE_SCN_MEM_WRITE.0 != 0,
                executable: characteristics.0 & pe::IMAGE_SCN_MEM_EXECUTE.0 != 0,
                discardable: characteristics.0 & pe::IMAGE_SCN_MEM_DISCARDABLE.0 != 0,
            }
        })
    }

    fn check_sections(&self) -> Result<(), String> {
        for section in self.sections() {
            let end = section.start.checked_add(section.size);
            if section.start % PAGE != 0 || end.is_none_or(|end| end > self.size) {
                return Err(format!("the file is damaged: the section {} lies outside the image", section.name));
            }
            if section.data.is_none() {
                return Err(format!("the file is truncated: the section {} is not all there", section.name));
            }
        }
        Ok(())
    }

    /// All imports, in the file's order.
    pub(super) fn imports(&self) -> Result<Vec<Import>, String> {
        let damaged = |what: object::Error| format!("the file is damaged: {what}");
        let mut imports = Vec::new();
        let Some(table) = self.file.import_table().map_err(damaged)? else { return Ok(imports) };
        let mut descriptors = table.descriptors().map_err(damaged)?;
        while let Some(descriptor) = descriptors.next().map_err(damaged)? {
            let dll = String::from_utf8_lossy(table.name(descriptor.name.get(LE)).map_err(damaged)?).into_owned();
            let first = descriptor.first_thunk.get(LE);
            let names = match descriptor.original_first_thunk.get(LE) {
                0 => first,
                names => names,
            };
            let mut thunks = table.thunks(names).map_err(damaged)?;
            let mut slot = first;
            while let Some(thunk) = thunks.next::<pe::ImageNtHeaders64>().map_err(damaged)? {
                let name = match table.import::<pe::ImageNtHeaders64>(thunk).map_err(damaged)? {
                    PeImport::Ordinal(ordinal) => format!("ordinal {ordinal}"),
                    PeImport::Name(_, name) => String::from_utf8_lossy(name).into_owned(),
                };
                if slot as usize + 8 > self.size {
                    return Err(format!("the file is damaged: the address of {dll}!{name} belongs outside the image"));
                }
                imports.push(Import { dll: dll.clone(), name, slot });
                slot += 8;
            }
        }
        Ok(imports)
    }

    /// Maps the image, whose `imports` are all served.
    pub(super) fn map(&self, imports: &[Import]) -> Result<Mapping, String> {
        let mut mapping = Mapping::new(self.size)?;
        let optional = self.file.nt_headers().optional_header();
        let headers = (optional.size_of_headers() as usize).min(self.bytes.len()).min(self.size);
        mapping.write(0, &self.bytes[..headers])?;
        for section in self.sections() {
            let data = section.data.unwrap_or_default();
            mapping.write(section.start, &data[..data.len().min(section.size.next_multiple_of(PAGE))])?;
        }
        self.relocate(&mut mapping)?;
        for import in imports {
            let address = import.address().ok_or_else(|| format!("{}!{} is not served", import.dll, import.name))?;
            mapping.write(import.slot as usize, &address.to_le_bytes())?;
        }
        mapping.entry = mapping.base + optional.address_of_entry_point() as usize;
        if let Some(directory) = self.file.data_directory(pe::IMAGE_DIRECTORY_ENTRY_EXCEPTION) {
            let (start, size) = directory.address_range();
            if start as usize + size as usize <= self.size {
                mapping.functions = (mapping.base + start as usize, size as usize / 12);
            }
        }
        mapping.pdb = object::Object::pdb_info(&self.file)
            .ok()
            .flatten()
            .map(|information| String::from_utf8_lossy(information.path()).into_owned());
        mapping.protect(0, PAGE.max(headers), libc::PROT_READ)?;
        for section in self.sections() {
            if section.discardable {
                mapping.discardable.push((section.start, section.size));
            }
            let mut protection = libc::PROT_NONE;
            if section.readable {
                protection |= libc::PROT_READ;
            }
            if section.writable {
                protection |= libc::PROT_WRITE;
            }
            if section.executable {
                protection |= libc::PROT_EXEC;
            }
            if section.writable && section.executable {
                tracing::warn!("the section {} is both writable and executable", section.name);
            }
            mapping.protect(section.start, section.size, protection)?;
        }
        Ok(mapping)
    }

    fn relocate(&self, mapping: &mut Mapping) -> Result<(), String> {
        let damaged = |what: object::Error| format!("the file is damaged: {what}");
        let preferred = self.file.nt_headers().optional_header().image_base();
        let difference = (mapping.base as u64).wrapping_sub(preferred);
        let stripped =
            self.file.nt_headers().file_header().characteristics.get(LE).0 & pe::IMAGE_FILE_RELOCS_STRIPPED.0 != 0;
        if stripped {
            return Err("the image has no relocations; link it with /DYNAMICBASE".into());
        }
        let blocks = self.file.data_directories().relocation_blocks(self.bytes, &self.file.section_table());
        let Some(mut blocks) = blocks.map_err(damaged)? else { return Ok(()) };
        while let Some(block) = blocks.next().map_err(damaged)? {
            for relocation in block {
                match relocation.typ {
                    pe::IMAGE_REL_BASED_ABSOLUTE => {}
                    pe::IMAGE_REL_BASED_DIR64 => {
                        let at = relocation.virtual_address as usize;
                        let value = u64::from_le_bytes(mapping.read(at)?);
                        mapping.write(at, &value.wrapping_add(difference).to_le_bytes())?;
                    }
                    other => return Err(format!("the file is damaged: it has a relocation of type {other:?}")),
                }
            }
        }
        Ok(())
    }
}

#[expect(clippy::struct_excessive_bools, reason = "they are flags of a section, each of which stands for itself")]
struct Section<'a> {
    name: String,
    start: usize,
    size: usize,
    data: Option<&'a [u8]>,
    readable: bool,
    writable: bool,
    executable: bool,
    discardable: bool,
}

/// An image in memory.
#[derive(Debug)]
pub(super) struct Mapping {
    base: usize,
    size: usize,
    entry: usize,
    functions: (usize, usize),
    /// The sections that are gone once the driver has started: where each begins, and its size.
    discardable: Vec<(usize, usize)>,
    pdb: Option<String>,
}

impl Mapping {
    fn new(size: usize) -> Result<Self, String> {
        // SAFETY: a new private mapping touches nothing that exists.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(format!("no memory for its {size} bytes: {}", std::io::Error::last_os_error()));
        }
        Ok(Self { base: base as usize, size, entry: 0, functions: (0, 0), discardable: Vec::new(), pdb: None })
    }

    pub(super) fn base(&self) -> usize {
        self.base
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn entry(&self) -> usize {
        self.entry
    }

    /// Where the function table is, and how many entries it has.
    pub(super) fn functions(&self) -> (usize, usize) {
        self.functions
    }

    /// The path of the program database, as the linker wrote it.
    pub(super) fn pdb(&self) -> Option<&str> {
        self.pdb.as_deref()
    }

    fn write(&mut self, at: usize, bytes: &[u8]) -> Result<(), String> {
        if at.checked_add(bytes.len()).is_none_or(|end| end > self.size) {
            return Err(format!("the file is damaged: something belongs at {at:#x}, outside the image"));
        }
        // SAFETY: the range lies in the mapping, which is writable until it is protected and is this object's alone.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), (self.base + at) as *mut u8, bytes.len()) };
        Ok(())
    }

    fn read<const N: usize>(&self, at: usize) -> Result<[u8; N], String> {
        if at.checked_add(N).is_none_or(|end| end > self.size) {
            return Err(format!("the file is damaged: it refers to {at:#x}, outside the image"));
        }
        // SAFETY: the range lies in the mapping.
        Ok(unsafe { std::ptr::read_unaligned((self.base + at) as *const [u8; N]) })
    }

    /// Makes the discardable sections inaccessible.
    pub(super) fn discard(&self) {
        for &(at, size) in &self.discardable {
            if let Err(error) = self.protect(at, size, libc::PROT_NONE) {
                tracing::warn!("a discardable section stays: {error}");
            }
        }
    }

    fn protect(&self, at: usize, size: usize, protection: libc::c_int) -> Result<(), String> {
        if size == 0 {
            return Ok(());
        }
        // SAFETY: the range lies in the mapping, of which the host itself uses nothing but the function table.
        let failed = unsafe { libc::mprotect((self.base + at) as *mut _, size.next_multiple_of(PAGE), protection) };
        if failed != 0 {
            return Err(format!("its memory cannot be protected: {}", std::io::Error::last_os_error()));
        }
        Ok(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this object's, and whoever runs the image's code holds the image.
        unsafe { libc::munmap(self.base as *mut _, self.size) };
    }
}
