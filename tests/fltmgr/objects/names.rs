//! Names (rules K).

use super::probe::{Script, TAG, before_create, start, text, units};
use crate::common::failure;
use crate::rig::{saw, seen};
use fltmgr::Error;
use fltmgr::name::{CarriedName, DestinationFormat, Format, Query, parse};
use fltmgr::parameters::Change;
use fltmgr_sys as sys;
use std::sync::Arc;

const DEVICE: &str = r"\Device\HarddiskVolume2";

#[test]
fn a_name_has_its_parts_once_it_was_parsed() {
    let guarded = before_create(|_, create, at| {
        let name = create.name(Format::Opened, Query::Default, at).unwrap();
        assert_eq!(text(name.volume()), DEVICE);
        let parsed = name.clone().parse().unwrap();
        drop(name);
        for part in [
            parsed.units(),
            parsed.volume(),
            parsed.share(),
            parsed.parent_dir(),
            parsed.final_component(),
            parsed.extension(),
            parsed.stream(),
        ] {
            saw(text(part));
        }
        let again = parsed.clone().into_name();
        assert_eq!((again.units(), again.format()), (parsed.units(), Format::Opened));
    });
    let program = guarded.anybody();
    program.make_directory("/folder").unwrap();
    seen();
    // The file system has no named streams; the name is one all the same (rule K-10).
    assert_eq!(failure(program.write("/folder/a.tar.gz:more", b"")), sys::STATUS_OBJECT_NAME_INVALID);
    let whole = format!(r"{DEVICE}\folder\a.tar.gz:more");
    assert_eq!(seen(), [&whole, DEVICE, "", r"\folder\", "a.tar.gz:more", "gz", ":more"]);
}

#[test]
fn a_bare_string_has_parts_too() {
    let guarded = before_create(|_, _, at| {
        let name = units(r"some\where\name.one.two:stream");
        let parts = parse(&name, at).unwrap();
        for part in [parts.final_component, parts.extension, parts.stream] {
            saw(text(part));
        }
    });
    guarded.anybody().write("/a", b"").unwrap();
    assert_eq!(seen(), ["name.one.two:stream", "two", ":stream"]);
}

#[test]
fn each_form_and_method_asks_for_what_it_says() {
    let guarded = before_create(|_, create, at| {
        for format in [Format::Opened, Format::Normalized, Format::Short] {
            for query in [Query::CacheOnly, Query::Default, Query::FileSystemOnly, Query::AlwaysAllowCacheLookup] {
                saw(match create.name(format, query, at) {
                    Ok(name) => {
                        assert_eq!(name.format(), format);
                        text(name.units().strip_prefix(name.volume()).unwrap())
                    }
                    Err(error) => format!("{:#010x}", error.raw()),
                });
            }
        }
    });
    let program = guarded.anybody();
    program.write("/File", b"").unwrap();
    seen();
    program.open("/FILE").unwrap();
    let miss = format!("{:#010x}", sys::STATUS_FLT_NAME_CACHE_MISS);
    // Rule K-09.
    let none = format!("{:#010x}", sys::STATUS_FLT_INVALID_NAME_REQUEST);
    assert_eq!(
        seen(),
        [[&miss, r"\FILE", r"\FILE", r"\FILE"], [&miss, r"\File", r"\File", r"\File"], [&none, &none, &none, &none],]
            .concat()
    );
}

#[test]
fn a_file_is_asked_for_its_name_outside_of_an_operation_and_the_cache_can_be_emptied() {
    let guarded = start(Script {
        post_create: Some(Arc::new(|_, create, _, at| {
            let file = create.opened().expect("an open file").reference().unwrap();
            let cached = || match file.name(Format::Opened, Query::CacheOnly, at) {
                Ok(name) => saw(text(name.units().strip_prefix(name.volume()).unwrap())),
                Err(error) => saw(format!("{:#010x}", error.raw())),
            };
            for _ in 0..2 {
                file.name(Format::Opened, Query::Default, at).unwrap();
                cached();
                file.purge_names(at).unwrap();
                cached();
            }
            file.name(Format::Opened, Query::Default, at).unwrap();
            create.instance().purge_names(at).unwrap();
            cached();
        })),
        ..Script::default()
    });
    guarded.anybody().write("/a", b"").unwrap();
    let miss = format!("{:#010x}", sys::STATUS_FLT_NAME_CACHE_MISS);
    assert_eq!(seen(), [r"\a", &miss, r"\a", &miss, &miss]);
}

#[test]
fn a_rename_says_where_it_leads_in_both_forms() {
    let guarded = start(Script {
        pre_set: Some(Arc::new(|_, set, at| {
            let Change::Rename(target) = set.parameters().change() else { return };
            saw(text(set.destination_name(&target, at).unwrap().units()));
            for query in [Query::Default, Query::FileSystemOnly] {
                let name = set.destination_name_as(&target, DestinationFormat::Opened, query, at).unwrap();
                saw(text(name.units()));
            }
        })),
        post_set: Some(Arc::new(|_, set, name, at| {
            assert_eq!(*name.value(), 77);
            // The file systems keep no 8.3 names, so that there is no tunneled name (rule K-25).
            assert!(set.tunneled_name(name, at).unwrap().is_none());
            saw(format!("was {}", text(name.name(at).units())));
        })),
        ..Script::default()
    });
    let program = guarded.anybody();
    program.make_directory("/Folder").unwrap();
    program.write("/a", b"").unwrap();
    seen();
    program.rename("/a", "/FOLDER/b").unwrap();
    assert_eq!(
        seen(),
        [
            format!(r"{DEVICE}\Folder\b"),
            format!(r"{DEVICE}\FOLDER\b"),
            format!(r"{DEVICE}\FOLDER\b"),
            format!(r"was {DEVICE}\a"),
        ]
    );
}

#[test]
fn a_name_travels_to_the_post_operation_of_a_create() {
    let guarded = start(Script {
        post_create: Some(Arc::new(|_, create, name, at| {
            assert!(create.tunneled_name(name, at).unwrap().is_none());
            saw(text(name.name(at).units()));
        })),
        ..Script::default()
    });
    let program = guarded.anybody();
    program.write("/new", b"").unwrap();
    assert_eq!(failure(program.open("/missing")), sys::STATUS_OBJECT_NAME_NOT_FOUND);
    assert_eq!(seen(), [format!(r"{DEVICE}\new"), format!(r"{DEVICE}\missing")]);
}

#[test]
fn a_carried_name_can_be_unpacked_again() {
    let guarded = before_create(|_, create, at| {
        let name = create.name(Format::Opened, Query::Default, at).unwrap();
        let mut carried = CarriedName::try_new(name, 1_u8, TAG).unwrap();
        *carried.value_mut() += 1;
        let (name, value) = carried.into_parts(at);
        saw(format!("{} {value}", text(name.units())));
    });
    guarded.anybody().write("/a", b"").unwrap();
    assert_eq!(seen(), [format!(r"{DEVICE}\a 2")]);
}

#[test]
fn a_create_that_was_not_reparsed_has_no_name_of_a_reparse() {
    let guarded = start(Script {
        post_create: Some(Arc::new(|_, create, _, at| {
            let provider = super::providers::Provider;
            let name = create.name_on_reparse(
                &provider,
                Format::Opened,
                Query::Default,
                fltmgr::name::ProviderFlags::empty(),
                at,
            );
            assert_eq!(name.err(), Some(Error::INVALID_DEVICE_REQUEST));
            saw("asked");
        })),
        ..Script::default()
    });
    guarded.anybody().write("/a", b"").unwrap();
    assert_eq!(seen(), ["asked"]);
}

#[test]
fn a_create_that_came_upon_a_reparse_point_has_a_name_for_a_provider() {
    let guarded = start(Script {
        post_create: Some(Arc::new(|_, create, _, at| {
            if create.status() == fltmgr::Status::REPARSE {
                let (provider, flags) = (super::providers::Provider, fltmgr::name::ProviderFlags::DO_NOT_CACHE);
                let name = create.name_on_reparse(&provider, Format::Opened, Query::Default, flags, at).unwrap();
                saw(text(name.units()));
            }
        })),
        ..Script::default()
    });
    let program = guarded.anybody();
    // A reparse point of somebody other than Microsoft: its tag, the length of its data, and whose it is.
    let point = [&0x42_u32.to_le_bytes()[..], &4_u16.to_le_bytes(), &[0; 2], &[7; 16], b"data"].concat();
    program
        .open_for_writing("/point")
        .and_then(|file| file.fs_control(sys::FSCTL_SET_REPARSE_POINT, &point, &mut []).map(drop))
        .unwrap();
    assert_eq!(failure(program.open("/point")), sys::STATUS_IO_REPARSE_TAG_NOT_HANDLED);
    assert_eq!(seen(), [format!(r"{DEVICE}\point")]);
}

#[test]
fn a_name_that_was_tunneled_is_told_to_who_carried_the_other_one() {
    let guarded = start(Script {
        post_create: Some(Arc::new(|_, create, name, at| {
            let last = |name: &fltmgr::name::FileName<'_>| text(name.clone().parse().unwrap().final_component());
            let now = create.tunneled_name(name, at).unwrap();
            saw(format!("{} {:?}", last(name.name(at)), now.as_ref().map(last)));
            if create.opened().is_some() {
                let short = create.name(Format::Short, Query::Default, at).unwrap().parse().unwrap();
                // A short name has no path.
                assert_eq!((short.format(), short.volume().len(), short.parent_dir().len()), (Format::Short, 0, 0));
                saw(format!("{} {}", text(short.final_component()), text(short.extension())));
            }
        })),
        ..Script::default()
    });
    guarded.volume.file_system().keep_short_names();
    let program = guarded.anybody();
    program.write("/LongFileName.txt", b"").unwrap();
    program.delete("/LongFileName.txt").unwrap();
    seen();
    program.write("/LONGFI~1.TXT", b"").unwrap();
    assert_eq!(seen(), [r#"LONGFI~1.TXT Some("LongFileName.txt")"#, "LONGFI~1.TXT TXT"]);
    program.open("/LongFileName.txt").unwrap();
    assert_eq!(seen(), ["LongFileName.txt None", "LONGFI~1.TXT TXT"]);
}
