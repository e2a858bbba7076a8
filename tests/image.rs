//! What the release `.sys` is: read from the file that Windows would load.

use object::LittleEndian as LE;
use object::pe;
use object::read::pe::{Import, PeFile64};
use std::collections::BTreeMap;

fn bytes() -> Vec<u8> {
    let driver = xtask::driver::build().expect("fileguard.sys builds");
    std::fs::read(driver.image).expect("fileguard.sys is there")
}

fn imports(bytes: &[u8]) -> BTreeMap<String, Vec<String>> {
    let file = PeFile64::parse(bytes).expect("a 64-bit PE");
    let table = file.import_table().expect("readable imports").expect("some imports");
    let mut descriptors = table.descriptors().expect("readable descriptors");
    let mut imports = BTreeMap::new();
    while let Some(descriptor) = descriptors.next().expect("a readable descriptor") {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("an ASCII name");
        let library = text(table.name(descriptor.name.get(LE)).expect("a library name"));
        let mut names = Vec::new();
        let mut thunks = table.thunks(descriptor.original_first_thunk.get(LE)).expect("readable thunks");
        while let Some(thunk) = thunks.next::<pe::ImageNtHeaders64>().expect("a readable thunk") {
            match table.import::<pe::ImageNtHeaders64>(thunk).expect("a readable import") {
                Import::Name(_, name) => names.push(text(name)),
                Import::Ordinal(ordinal) => panic!("{library} is imported from by ordinal {ordinal}"),
            }
        }
        imports.insert(library, names);
    }
    imports
}

#[test]
fn it_imports_from_the_filter_manager_and_the_kernel_alone() {
    let libraries: Vec<String> = imports(&bytes()).into_keys().map(|name| name.to_ascii_lowercase()).collect();
    assert_eq!(libraries, ["fltmgr.sys", "ntoskrnl.exe"]);
}

#[test]
fn no_panic_is_left_in_it() {
    let imports = imports(&bytes());
    let bug_checks: Vec<&String> = imports.values().flatten().filter(|name| name.starts_with("KeBugCheck")).collect();
    assert!(bug_checks.is_empty(), "a panic would end in {bug_checks:?}");
}

#[test]
fn no_section_is_both_writable_and_executable() {
    let bytes = bytes();
    let file = PeFile64::parse(&*bytes).expect("a 64-bit PE");
    let both = pe::IMAGE_SCN_MEM_WRITE | pe::IMAGE_SCN_MEM_EXECUTE;
    for section in file.section_table().iter() {
        let name = String::from_utf8_lossy(section.raw_name()).into_owned();
        assert_ne!(section.characteristics.get(LE) & both, both, "section {name}");
    }
}

#[test]
fn it_is_a_native_image_for_any_base_without_executable_data() {
    let bytes = bytes();
    let file = PeFile64::parse(&*bytes).expect("a 64-bit PE");
    let header = &file.nt_headers().optional_header;
    assert_eq!(header.subsystem.get(LE), pe::IMAGE_SUBSYSTEM_NATIVE);
    let characteristics = header.dll_characteristics.get(LE);
    for wanted in [pe::IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE, pe::IMAGE_DLLCHARACTERISTICS_NX_COMPAT] {
        assert_eq!(characteristics & wanted, wanted, "{characteristics:#x}");
    }
}

/// The checksum of an image is the sum of its 16-bit words with the carries added back, the checksum itself taken as
/// zero, plus the length: what ImageHlp's CheckSumMappedFile computes.
#[test]
fn its_checksum_is_that_of_its_bytes() {
    let mut bytes = bytes();
    let header = u32::from_le_bytes(bytes[0x3C..0x40].try_into().expect("four bytes")) as usize;
    let place = header + 4 + 20 + 64;
    let stored = u32::from_le_bytes(bytes[place..place + 4].try_into().expect("four bytes"));
    bytes[place..place + 4].fill(0);
    let mut sum = 0_u32;
    for word in bytes.chunks(2) {
        sum += u32::from(word[0]) | u32::from(word.get(1).copied().unwrap_or(0)) << 8;
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    assert_eq!(u64::from(stored), u64::from(sum) + bytes.len() as u64);
}

#[test]
fn fltsim_serves_every_import() {
    let imports = imports(&bytes());
    let missing: Vec<String> = imports
        .iter()
        .flat_map(|(library, names)| names.iter().map(move |name| (library, name)))
        .filter(|(library, name)| fltsim::exports::lookup(library, name).is_none())
        .map(|(library, name)| format!("{library}!{name}"))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
