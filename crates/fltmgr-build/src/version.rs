//! The version resource of a driver, as a compiled resource file (`.res`), which the linker takes like an object.
//!
//! Windows shows it in a file's properties, `fltmc` and driver tools read it, and crash dumps have the version in it. It
//! is written here because the resource compilers are not there on every host. The layouts are those of the Windows
//! documentation: "Resource File Formats" for the file, VS_VERSIONINFO and what it contains for its content.

/// RT_VERSION, the type of a version resource, and VS_VERSION_INFO, its name.
const RT_VERSION: u16 = 16;
const VS_VERSION_INFO: u16 = 1;
/// MOVEABLE and PURE: what resource compilers say of a version resource.
const MEMORY_FLAGS: u16 = 0x30;
/// English (United States), and Unicode.
const LANGUAGE: u16 = 0x0409;
const CODE_PAGE: u16 = 1200;

const VS_FFI_SIGNATURE: u32 = 0xFEEF_04BD;
const VS_FFI_STRUCTURE_VERSION: u32 = 0x0001_0000;
const VS_FFI_FILE_FLAGS_MASK: u32 = 0x3F;
const VOS_NT_WINDOWS32: u32 = 0x0004_0004;
const VFT_DRV: u32 = 3;
const VFT2_DRV_SYSTEM: u32 = 7;

/// What the resource says.
pub struct Version<'a> {
    /// Major, minor, patch.
    pub number: [u16; 3],
    /// The strings by their names, in order: `FileDescription`, `OriginalFilename` and so on.
    pub strings: &'a [(&'a str, &'a str)],
}

impl Version<'_> {
    /// The whole file.
    pub fn resource_file(&self) -> Vec<u8> {
        // The empty resource at the beginning tells a file of 32-bit Windows from one of 16-bit Windows.
        let mut file = resource(0, 0, 0, 0, &[]);
        file.extend(resource(RT_VERSION, VS_VERSION_INFO, MEMORY_FLAGS, LANGUAGE, &self.information()));
        file
    }

    fn information(&self) -> Vec<u8> {
        let strings: Vec<Vec<u8>> = self.strings.iter().map(|(name, value)| string(name, value)).collect();
        let table = block(&format!("{LANGUAGE:04X}{CODE_PAGE:04X}"), Value::None, &strings);
        let translation: Vec<u8> = [LANGUAGE, CODE_PAGE].iter().flat_map(|half| half.to_le_bytes()).collect();
        let children = [
            block("StringFileInfo", Value::None, &[table]),
            block("VarFileInfo", Value::None, &[block("Translation", Value::Binary(&translation), &[])]),
        ];
        block("VS_VERSION_INFO", Value::Binary(&self.fixed()), &children)
    }

    /// VS_FIXEDFILEINFO.
    fn fixed(&self) -> Vec<u8> {
        let [major, minor, patch] = self.number.map(u32::from);
        let version = [major << 16 | minor, patch << 16];
        [
            VS_FFI_SIGNATURE,
            VS_FFI_STRUCTURE_VERSION,
            version[0],
            version[1],
            version[0],
            version[1],
            VS_FFI_FILE_FLAGS_MASK,
            0,
            VOS_NT_WINDOWS32,
            VFT_DRV,
            VFT2_DRV_SYSTEM,
            // No date: a file is the same whenever it is built.
            0,
            0,
        ]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect()
    }
}

/// RESOURCEHEADER and the resource.
fn resource(kind: u16, name: u16, memory_flags: u16, language: u16, data: &[u8]) -> Vec<u8> {
    const HEADER_LENGTH: u32 = 32;
    /// What stands before a number in the place of a name.
    const NUMBER: u16 = 0xFFFF;
    let mut bytes = Vec::new();
    bytes.extend(length(data.len()).to_le_bytes());
    bytes.extend(HEADER_LENGTH.to_le_bytes());
    for half in [NUMBER, kind, NUMBER, name, 0, 0, memory_flags, language, 0, 0, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    bytes.extend(data);
    align(&mut bytes);
    bytes
}

#[derive(Clone, Copy)]
enum Value<'a> {
    None,
    Binary(&'a [u8]),
    Text(&'a [u16]),
}

/// A block of a version resource: length, length of the value, type, key, value, children, each on four bytes.
fn block(key: &str, value: Value<'_>, children: &[Vec<u8>]) -> Vec<u8> {
    let (value_length, kind, value) = match value {
        Value::None => (0, 1, Vec::new()),
        Value::Binary(bytes) => (bytes.len(), 0, bytes.to_vec()),
        // The length of a text is in units.
        Value::Text(units) => (units.len(), 1, units.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
    };
    let mut bytes = vec![0; 2];
    bytes.extend(half_length(value_length).to_le_bytes());
    bytes.extend(u16::to_le_bytes(kind));
    bytes.extend(terminated(key).iter().flat_map(|unit| unit.to_le_bytes()));
    for part in std::iter::once(&value).chain(children) {
        align(&mut bytes);
        bytes.extend(part);
    }
    let whole = half_length(bytes.len()).to_le_bytes();
    bytes[..2].copy_from_slice(&whole);
    bytes
}

fn string(name: &str, value: &str) -> Vec<u8> {
    block(name, Value::Text(&terminated(value)), &[])
}

fn terminated(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn align(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a version resource is short")
}

fn half_length(bytes: usize) -> u16 {
    u16::try_from(bytes).expect("the texts of a version resource have less than 64 KiB together")
}
