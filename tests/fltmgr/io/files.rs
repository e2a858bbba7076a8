//! Opening, closing, naming and listing.
#![expect(unsafe_code, reason = "a thread is made to look as if a file system were at work in it")]

use super::{Here, TAG, failing, issue, issuing, text};
use crate::common::failure;
use crate::rig::saw;
use fltmgr::Error;
use fltmgr::file::information::{All, Basic, Disposition as Delete, EndOfFile, Internal, Standard, Stat};
use fltmgr::file::{Details, NewName, OpenOptions, Opened, RenameFlags, query_by_name};
use fltmgr::parameters::{Access, CreateOptions, Disposition, FileAttributes, ShareAccess};
use fltmgr_sys as sys;

#[test]
fn a_file_is_opened_or_made_as_the_disposition_says() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        for disposition in [Disposition::Create, Disposition::OpenIf, Disposition::OverwriteIf, Disposition::Supersede]
        {
            let options = OpenOptions::new(Access::READ | Access::WRITE).disposition(disposition);
            saw(format!("{:?}", here.open("/a", options)?.opened()));
        }
        let refused = here.open("/a", OpenOptions::new(Access::READ).disposition(Disposition::Create));
        saw(refused.err() == Some(Error::OBJECT_NAME_COLLISION));
        saw(here.open("/a", OpenOptions::new(Access::READ))?.opened() == Opened::Existing);
        Ok(())
    });
    assert_eq!(found.unwrap(), ["Created", "Existing", "Overwritten", "Superseded", "true", "true"]);
    assert_eq!(
        failing(&guarded, |here| here.open("/b", OpenOptions::new(Access::READ)).map(drop)),
        Error::OBJECT_NAME_NOT_FOUND
    );
    assert_eq!(
        failing(&guarded, |here| here.open("/b/c", OpenOptions::new(Access::READ)).map(drop)),
        Error::OBJECT_PATH_NOT_FOUND
    );
    assert_eq!(failing(&guarded, |here| here.directory("/a").map(drop)), Error::NOT_A_DIRECTORY);
}

#[test]
fn a_file_is_made_with_the_attributes_and_the_room_that_are_asked_for() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let options = OpenOptions::new(Access::WRITE | Access::READ)
            .disposition(Disposition::Create)
            .attributes(FileAttributes::HIDDEN)
            .allocation_size(10_000)
            .share(ShareAccess::READ);
        let file = here.open("/a", options)?;
        saw(file.query::<Basic>(here.at)?.attributes & sys::FILE_ATTRIBUTE_HIDDEN != 0);
        saw(file.query::<Standard>(here.at)?.allocation_size >= 10_000);
        // It shares its file for reading.
        saw(here.open("/a", OpenOptions::new(Access::WRITE)).err() == Some(Error::SHARING_VIOLATION));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["true", "true", "true"]);
    // Everything was given back, so that others can have it.
    assert!(guarded.anybody().open_for_writing("/a").is_ok());
}

#[test]
fn a_volume_has_a_directory_for_what_is_about_it() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        here.instance.make_system_directory(here.at)?;
        saw(here.directory("/System Volume Information")?.is_directory(here.at)?);
        // It is there already, and that is as well.
        here.instance.make_system_directory(here.at)
    });
    assert_eq!(found.unwrap(), ["true"]);
}

#[test]
fn case_counts_in_a_name_if_it_is_to() {
    let guarded = issuing();
    guarded.anybody().write("/Name", b"").unwrap();
    issue(&guarded, |here| here.open("/nAME", OpenOptions::new(Access::READ)).map(drop)).unwrap();
    let sensitive =
        failing(&guarded, |here| here.open("/nAME", OpenOptions::new(Access::READ).case_sensitive()).map(drop));
    assert_eq!(sensitive, Error::OBJECT_NAME_NOT_FOUND);
}

#[test]
fn a_name_can_be_relative_to_a_directory() {
    let guarded = issuing();
    let program = guarded.anybody();
    program.make_directory("/folder").unwrap();
    program.write("/folder/file", b"found").unwrap();
    let found = issue(&guarded, |here| {
        let folder = here.directory("/folder")?;
        let file =
            OpenOptions::new(Access::READ).open_in(&folder, &"file".encode_utf16().collect::<Vec<_>>(), here.at)?;
        // The directory may be closed before what was opened in it.
        drop(folder);
        let mut content = [0; 8];
        let length = file.read(0, &mut content, here.at)?;
        saw(String::from_utf8_lossy(&content[..length]));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["found"]);
}

#[test]
fn what_is_opened_is_closed_again() {
    let guarded = issuing();
    guarded.anybody().write("/a", b"").unwrap();
    let found = issue(&guarded, |here| {
        let options = OpenOptions::new(Access::DELETE).options(CreateOptions::DELETE_ON_CLOSE);
        let file = here.open("/a", options)?;
        saw(file.is_directory(here.at)?);
        drop(file);
        saw(here.open("/a", OpenOptions::new(Access::READ)).err() == Some(Error::OBJECT_NAME_NOT_FOUND));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["false", "true"]);
}

#[test]
fn nothing_is_opened_from_within_a_file_system() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let within = |open: &dyn Fn() -> fltmgr::Result<()>| {
            // SAFETY: any value that is not NULL says that the thread is in a file system, and nothing follows it.
            unsafe { sys::IoSetTopLevelIrp(std::ptr::without_provenance_mut(1)) };
            saw(open() == Err(Error::POSSIBLE_DEADLOCK));
            // SAFETY: as above.
            unsafe { sys::IoSetTopLevelIrp(std::ptr::null_mut()) };
        };
        within(&|| here.file("/a").map(drop));
        within(&|| here.instance.open_volume(here.at).map(drop));
        within(&|| query_by_name::<Stat>(here.instance, &here.name("/a"), here.at).map(drop));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["true"; 3]);
}

#[test]
fn a_file_of_which_the_handle_is_closed_takes_no_more_io() {
    let guarded = issuing();
    let closed = failing(&guarded, |here| {
        let file = here.file("/a")?;
        let reference = file.reference()?;
        saw(reference.read(0, &mut [0], here.at)?);
        drop(file);
        reference.read(0, &mut [0], here.at).map(drop)
    });
    assert_eq!(closed, Error::FILE_CLOSED);
}

#[test]
fn information_is_told_and_changed() {
    let guarded = issuing();
    guarded.anybody().write("/a", b"0123456789").unwrap();
    let found = issue(&guarded, |here| {
        let file = here.file("/a")?;
        saw(file.size(here.at)?);
        file.set(&EndOfFile(4), here.at)?;
        let all = file.query::<All>(here.at)?;
        saw(all.standard.end_of_file);
        saw(all.standard == file.query(here.at)?);
        saw(all.basic == file.query(here.at)?);
        saw(all.internal == file.query::<Internal>(here.at)?);
        let basic = Basic { attributes: sys::FILE_ATTRIBUTE_HIDDEN, creation_time: 1 << 50, ..all.basic };
        file.set(&basic, here.at)?;
        let now = file.query::<Basic>(here.at)?;
        saw(now.creation_time == 1 << 50 && now.attributes & sys::FILE_ATTRIBUTE_HIDDEN != 0);
        saw(file.query::<Standard>(here.at)?.is_delete_pending);
        file.set(&Delete(true), here.at)?;
        saw(file.query::<Standard>(here.at)?.is_delete_pending);
        Ok(())
    });
    assert_eq!(found.unwrap(), ["10", "4", "true", "true", "true", "true", "false", "true"]);
    assert!(!guarded.anybody().exists("/a"));
}

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

#[test]
fn a_file_gets_other_names() {
    let guarded = issuing();
    let program = guarded.anybody();
    program.make_directory("/folder").unwrap();
    program.write("/a", b"a").unwrap();
    program.write("/taken", b"").unwrap();
    let found = issue(&guarded, |here| {
        let (at, none) = (here.at, RenameFlags::empty());
        let folder = here.directory("/folder")?;
        let file = here.file("/a")?;
        saw(file.rename(NewName::Beside(&utf16("taken")), none, TAG, at) == Err(Error::OBJECT_NAME_COLLISION));
        file.rename(NewName::Beside(&utf16("taken")), RenameFlags::REPLACE_IF_EXISTS, TAG, at)?;
        saw(text(&file.name_on_volume(TAG, at)?));
        file.rename(NewName::In(&folder, &utf16("b")), none, TAG, at)?;
        saw(text(&file.name_on_volume(TAG, at)?));
        file.rename(NewName::Full(&here.name("/c")), RenameFlags::POSIX_SEMANTICS, TAG, at)?;
        saw(text(&file.name_on_volume(TAG, at)?));
        file.link(NewName::Full(&here.name("/folder/d")), none, TAG, at)?;
        saw(file.query::<Standard>(at)?.number_of_links);
        saw(file.rename(NewName::Beside(&utf16(r"x\y")), none, TAG, at) == Err(Error::INVALID_PARAMETER));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["true", r"\taken", r"\folder\b", r"\c", "2", "true"]);
    assert_eq!(program.read("/c").unwrap(), b"a");
    assert_eq!(program.read("/folder/d").unwrap(), b"a");
    assert_eq!(failure(program.open("/taken")), sys::STATUS_OBJECT_NAME_NOT_FOUND);
}

#[test]
fn a_file_tells_its_streams() {
    let guarded = issuing();
    guarded.anybody().write("/a", b"12345").unwrap();
    let found = issue(&guarded, |here| {
        for stream in here.file("/a")?.streams(TAG, here.at)?.iter() {
            saw(format!("{} {}", text(stream.name), stream.size));
        }
        Ok(())
    });
    assert_eq!(found.unwrap(), ["::$DATA 5"]);
}

/// Lists the root with everything that can be told, and tells the file `three`.
fn list_all(here: Here<'_>) -> fltmgr::Result<()> {
    let root = here.directory("/")?;
    for details in
        [Details::Name, Details::Times, Details::ExtendedAttributes, Details::Id, Details::ShortName, Details::All]
    {
        let mut files = root.list(None, details, TAG)?;
        let mut names = Vec::new();
        while let Some(entry) = files.next(here.at)? {
            let times = entry.times;
            if text(entry.name) == "three" && details != Details::Name {
                assert_eq!(times.expect("times").end_of_file, 3, "{details:?}");
            }
            assert_eq!(times.is_some(), details != Details::Name, "{details:?}");
            assert_eq!(entry.id.is_some(), matches!(details, Details::Id | Details::All), "{details:?}");
            names.push(text(entry.name));
        }
        names.sort();
        saw(names.concat());
    }
    Ok(())
}

#[test]
fn a_directory_is_listed_in_each_form() {
    let guarded = issuing();
    let program = guarded.anybody();
    program.write("/one", b"1").unwrap();
    program.write("/three", b"333").unwrap();
    assert_eq!(issue(&guarded, list_all).unwrap(), ["onethree"; 6]);
}

#[test]
fn a_directory_is_listed_to_its_end_and_by_a_pattern() {
    let guarded = issuing();
    let program = guarded.anybody();
    program.make_directory("/folder").unwrap();
    for index in 0..300 {
        program.write(&format!("/folder/a file with a long name, number {index}"), b"").unwrap();
    }
    program.write("/folder/other", b"").unwrap();
    let found = issue(&guarded, |here| {
        let folder = here.directory("/folder")?;
        let mut files = folder.list(None, Details::All, TAG)?;
        let mut count = 0;
        while files.next(here.at)?.is_some() {
            count += 1;
        }
        saw(count);
        saw(files.next(here.at)?.is_none());
        drop(files);
        let mut files = folder.list(None, Details::Name, TAG)?.on_disk_only();
        while files.next(here.at)?.is_some() {
            count += 1;
        }
        saw(count);
        for pattern in ["O*", "X*"] {
            // The pattern of the first listing stays with the handle.
            let folder = here.directory("/folder")?;
            let pattern = utf16(pattern);
            let mut files = folder.list(Some(&pattern), Details::Name, TAG)?;
            saw(files.next(here.at)?.map(|entry| text(entry.name)).unwrap_or_default());
        }
        Ok(())
    });
    // `.` and `..` are entries.
    assert_eq!(found.unwrap(), ["303", "true", "606", "other", ""]);
}
