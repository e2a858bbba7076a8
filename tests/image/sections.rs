//! The sections: what may be written or executed, what goes once the driver has started, what may be paged out.

use crate::each;
use object::LittleEndian as LE;
use object::pe;
use xtask::image::{Image, Section, stack};

fn section(image: &Image, name: &str) -> Section {
    let found = image.sections().into_iter().find(|section| section.name == name);
    found.unwrap_or_else(|| panic!("{} has a section {name}", image.path().display()))
}

#[test]
fn no_section_is_both_writable_and_executable() {
    each(|image| {
        for section in image.sections() {
            assert!(!(section.is(pe::IMAGE_SCN_MEM_WRITE) && section.is_code()), "section {}", section.name);
        }
    });
}

#[test]
fn driver_entry_is_in_a_section_that_is_discarded() {
    each(|image| {
        let init = section(image, "INIT");
        assert!(init.is_discardable() && init.is_code() && !init.is(pe::IMAGE_SCN_MEM_WRITE));
        let entry = image.file().nt_headers().optional_header.address_of_entry_point.get(LE);
        assert!(init.addresses.contains(&entry), "the entry point is at {entry:#x}");
    });
}

#[test]
fn what_runs_at_passive_level_alone_is_pageable() {
    each(|image| {
        let page = section(image, "PAGE");
        assert!(page.is_code() && !page.is_discardable() && !page.is(pe::IMAGE_SCN_MEM_WRITE));
        assert!(!page.is(pe::IMAGE_SCN_MEM_NOT_PAGED), "{:#x}", page.characteristics);
    });
}

/// Code that is discarded or paged out may not be there for code that stays: callbacks at DISPATCH_LEVEL among it. Only the
/// Filter Manager calls into it, at PASSIVE_LEVEL.
#[test]
fn what_stays_in_memory_calls_nothing_that_may_be_gone() {
    each(|image| {
        let crossings = stack::measure(image).expect("code that can be followed").crossings;
        assert!(crossings.is_empty(), "{crossings:?}");
    });
}

#[test]
fn resources_and_relocations_are_read_only_and_discarded() {
    each(|image| {
        for name in [".rsrc", ".reloc"] {
            let section = section(image, name);
            assert!(section.is_discardable(), "{name}");
            assert!(!section.is(pe::IMAGE_SCN_MEM_WRITE) && !section.is_code(), "{name}");
        }
    });
}
