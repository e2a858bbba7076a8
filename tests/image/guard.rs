//! Control Flow Guard: where the kernel enforces it, calls through pointers go to functions of the table only.

use crate::each;
use object::LittleEndian as LE;
use object::pe;
use xtask::image::Image;

/// The fields of IMAGE_LOAD_CONFIG_DIRECTORY64 that are about it, by their offsets.
struct LoadConfig<'a>(&'a [u8]);

impl<'a> LoadConfig<'a> {
    fn of(image: &'a Image) -> Self {
        let file = image.file();
        let directory = file.data_directory(pe::IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG).expect("a load configuration");
        let bytes = image.at(directory.virtual_address.get(LE)).expect("a load configuration");
        let size = u32::from_le_bytes(bytes[..4].try_into().expect("four bytes"));
        assert_eq!(size, directory.size.get(LE), "the size of the load configuration");
        Self(&bytes[..size as usize])
    }

    fn number(&self, offset: usize) -> u64 {
        u64::from_le_bytes(self.0[offset..offset + 8].try_into().expect("eight bytes"))
    }

    fn check_function_pointer(&self) -> u64 {
        self.number(0x70)
    }

    fn dispatch_function_pointer(&self) -> u64 {
        self.number(0x78)
    }

    fn function_table(&self) -> u64 {
        self.number(0x80)
    }

    fn function_count(&self) -> u64 {
        self.number(0x88)
    }

    fn flags(&self) -> u32 {
        u32::from_le_bytes(self.0[0x90..0x94].try_into().expect("four bytes"))
    }
}

/// An address as the image has it before it is loaded, relative to its base.
fn relative(image: &Image, address: u64) -> u32 {
    let base = image.file().nt_headers().optional_header.image_base.get(LE);
    u32::try_from(address - base).expect("an address in the image")
}

#[test]
fn it_says_that_it_is_guarded() {
    each(|image| {
        let characteristics = image.file().nt_headers().optional_header.dll_characteristics.get(LE);
        let guarded = pe::IMAGE_DLLCHARACTERISTICS_GUARD_CF;
        assert_eq!(characteristics & guarded, guarded, "{characteristics:#x}");
        let wanted = pe::IMAGE_GUARD_CF_INSTRUMENTED.0 | pe::IMAGE_GUARD_CF_FUNCTION_TABLE_PRESENT.0;
        let flags = LoadConfig::of(image).flags();
        assert_eq!(flags & wanted, wanted, "{flags:#x}");
    });
}

#[test]
fn its_table_has_the_functions_whose_addresses_are_taken() {
    each(|image| {
        let load_config = LoadConfig::of(image);
        let stride = 4 + (load_config.flags() >> pe::IMAGE_GUARD_CF_FUNCTION_TABLE_SIZE_SHIFT) as usize;
        let table = image.at(relative(image, load_config.function_table())).expect("a table");
        let count = usize::try_from(load_config.function_count()).expect("a number of functions");
        let entries = table.chunks(stride).take(count);
        let table: Vec<u32> =
            entries.map(|entry| u32::from_le_bytes(entry[..4].try_into().expect("four bytes"))).collect();
        assert!(table.is_sorted(), "the kernel searches it: {table:x?}");
        let taken = image.pointers_to_code().expect("readable relocations");
        let checks = [load_config.check_function_pointer(), load_config.dispatch_function_pointer()];
        for address in taken {
            // What the pointers of the guard itself have in them until the kernel replaces it is not called through others.
            let is_check = checks.iter().any(|pointer| {
                let bytes = image.at(relative(image, *pointer)).expect("a pointer").first_chunk().expect("eight bytes");
                relative(image, u64::from_le_bytes(*bytes)) == address
            });
            assert!(is_check || table.contains(&address), "{address:#x} is not in the table {table:x?}");
        }
    });
}
