//! What the headers promise the loader.

use crate::each;
use object::LittleEndian as LE;
use object::pe;
use object::read::Object as _;

#[test]
fn it_is_a_native_image_for_any_base_without_executable_data() {
    each(|image| {
        let file = image.file();
        let header = &file.nt_headers().optional_header;
        assert_eq!(header.subsystem.get(LE), pe::IMAGE_SUBSYSTEM_NATIVE);
        let characteristics = header.dll_characteristics.get(LE);
        for wanted in [pe::IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE, pe::IMAGE_DLLCHARACTERISTICS_NX_COMPAT] {
            assert_eq!(characteristics & wanted, wanted, "{characteristics:#x}");
        }
    });
}

/// The checksum of an image is the sum of its 16-bit words with the carries added back, the checksum itself taken as
/// zero, plus the length: what ImageHlp's CheckSumMappedFile computes.
#[test]
fn its_checksum_is_that_of_its_bytes() {
    each(|image| {
        let mut bytes = image.bytes().to_vec();
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
    });
}

#[test]
fn it_names_its_program_database_without_a_folder() {
    each(|image| {
        let file = image.file();
        let information = file.pdb_info().expect("a readable debug directory").expect("a program database");
        let name = String::from_utf8_lossy(information.path()).into_owned();
        assert!(!name.contains(['/', '\\', ':']), "{name}");
        assert!(std::path::Path::new(&name).extension().is_some_and(|extension| extension == "pdb"), "{name}");
    });
}
