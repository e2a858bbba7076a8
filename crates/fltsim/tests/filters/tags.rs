//! Reparse points: what filters set, and what they are told when a create meets one (rules B-15 to B-17, N-35).

use std::sync::{Arc, Mutex};

use fltmgr_sys::*;
use fltsim::io::OpenRequest;

use crate::probe::*;

/// A tag that is nobody's.
const OWN: u32 = 0x0000_1234;
const GUID_A: GUID = GUID { Data1: 1, Data2: 2, Data3: 3, Data4: [4; 8] };
const GUID_B: GUID = GUID { Data1: 9, Data2: 2, Data3: 3, Data4: [4; 8] };

fn tag(related: &FLT_RELATED_OBJECTS, tag: u32, guid: Option<GUID>, data: &[u8]) -> NTSTATUS {
    let mut guid = guid;
    let guid = guid.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
    let data_pointer = data.as_ptr().cast_mut().cast();
    unsafe { FltTagFile(related.Instance, related.FileObject, tag, guid, data_pointer, data.len() as u16) }
}

fn untag(related: &FLT_RELATED_OBJECTS, tag: u32, guid: Option<GUID>) -> NTSTATUS {
    let mut guid = guid;
    let guid = guid.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
    unsafe { FltUntagFile(related.Instance, related.FileObject, tag, guid) }
}

/// Runs work on each successful open, in post-create.
fn in_post_create(work: impl Fn(&FLT_RELATED_OBJECTS) + Send + Sync + 'static) -> Behaviour {
    Behaviour::new().both(
        IRP_MJ_CREATE,
        |_, _, _| WITH_CALLBACK,
        move |data, related, _, _| {
            if status_of(data) == STATUS_SUCCESS {
                work(related);
            }
            FINISHED
        },
    )
}

#[test]
fn a_tag_is_set_and_taken_away_by_who_knows_it() {
    let world = World::new();
    let filter = world.load(
        "300",
        in_post_create(|related| {
            assert_eq!(tag(related, OWN, None, b"data"), STATUS_INVALID_PARAMETER, "rule N-35");
            assert_eq!(untag(related, OWN, Some(GUID_A)), STATUS_NOT_A_REPARSE_POINT);
            assert_eq!(tag(related, OWN, Some(GUID_A), b"data"), STATUS_SUCCESS);
            assert_eq!(tag(related, OWN, Some(GUID_A), b"other"), STATUS_SUCCESS, "the same tag may be set again");
            assert_eq!(tag(related, OWN, Some(GUID_B), b"data"), STATUS_REPARSE_ATTRIBUTE_CONFLICT);
            assert_eq!(tag(related, IO_REPARSE_TAG_HSM, None, b"data"), STATUS_IO_REPARSE_TAG_MISMATCH);
            assert_eq!(untag(related, IO_REPARSE_TAG_HSM, None), STATUS_IO_REPARSE_TAG_MISMATCH);
            assert_eq!(untag(related, OWN, Some(GUID_B)), STATUS_REPARSE_ATTRIBUTE_CONFLICT);
            assert_eq!(untag(related, OWN, Some(GUID_A)), STATUS_SUCCESS);
        }),
    );
    drop(world.open("\\a").unwrap());
    filter.unload().unwrap();
    let _reader = world.load(
        "300",
        in_post_create(|related| {
            assert_eq!(tag(related, OWN, Some(GUID_A), b""), STATUS_ACCESS_DENIED, "the handle may not write");
        }),
    );
    let request = OpenRequest { name: units("\\a"), ..OpenRequest::default() };
    drop(world.volume.open(&world.who, &request).unwrap());
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_tag_takes_the_place_of_the_one_that_is_named() {
    let world = World::new();
    let _filter = world.load(
        "300",
        in_post_create(|related| unsafe {
            let ex = |new: u32, old: u32, old_guid: Option<GUID>, flags| {
                let (mut guid, mut old_guid) = (GUID_A, old_guid);
                let old_guid = old_guid.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
                FltTagFileEx(related.Instance, related.FileObject, new, &raw mut guid, NONE, 0, old, old_guid, flags)
            };
            assert_eq!(ex(IO_REPARSE_TAG_HSM, 0, None, 0), STATUS_SUCCESS);
            assert_eq!(ex(OWN, 0, None, 0), STATUS_IO_REPARSE_TAG_MISMATCH, "there is one already");
            assert_eq!(ex(OWN, IO_REPARSE_TAG_HSM, None, 0), STATUS_SUCCESS);
            let refused = ex(IO_REPARSE_TAG_LX_CHR, OWN, Some(GUID_A), 0);
            assert_eq!(refused, STATUS_NOT_SUPPORTED, "the old one stays, as what follows shows");
            assert_eq!(ex(IO_REPARSE_TAG_HSM, OWN, None, 0), STATUS_INVALID_PARAMETER, "its GUID is needed");
            assert_eq!(ex(IO_REPARSE_TAG_HSM, OWN, Some(GUID_B), 0), STATUS_REPARSE_ATTRIBUTE_CONFLICT);
            assert_eq!(ex(IO_REPARSE_TAG_HSM, OWN, Some(GUID_A), 0), STATUS_SUCCESS);
            assert_eq!(untag(related, IO_REPARSE_TAG_HSM, None), STATUS_SUCCESS);
            assert_eq!(ex(OWN, IO_REPARSE_TAG_HSM, None, 0), STATUS_IO_REPARSE_TAG_MISMATCH, "there is none");
            let or_none = REPARSE_DATA_EX_FLAG_GIVEN_TAG_OR_NONE;
            assert_eq!(ex(OWN, IO_REPARSE_TAG_HSM, None, or_none), STATUS_SUCCESS);
            assert_eq!(untag(related, OWN, Some(GUID_A)), STATUS_SUCCESS);
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(world.rules(), [""; 0]);
}

/// What a post-create callback has seen of tag data.
type Seen = Arc<Mutex<Vec<(u32, usize, Vec<u8>)>>>;

/// A filter that writes down what tag data it is given and goes on.
fn spy(seen: &Seen) -> Behaviour {
    let seen = Arc::clone(seen);
    Behaviour::new().both(
        IRP_MJ_CREATE,
        |data, _, _| {
            assert!(data.TagData.is_null(), "rule B-15: it is post-create's");
            WITH_CALLBACK
        },
        move |data, _, _, _| {
            if status_of(data) == STATUS_REPARSE {
                let bytes = unsafe {
                    let header = data.TagData.read();
                    assert_eq!(u64::from(header.FileTag), data.IoStatus.Information);
                    let guid = if header.FileTag & 0x8000_0000 == 0 { 16 } else { 0 };
                    let length = usize::from(header.TagDataLength) + guid;
                    let content = data.TagData.cast::<u8>().add(8);
                    (
                        header.FileTag,
                        usize::from(header.UnparsedNameLength),
                        std::slice::from_raw_parts(content, length).to_vec(),
                    )
                };
                seen.lock().unwrap().push(bytes);
            }
            FINISHED
        },
    )
}

fn tagged(world: &World, name: &str) {
    let filter = world.load(
        "300",
        in_post_create(|related| {
            assert_eq!(tag(related, OWN, Some(GUID_A), b"data"), STATUS_SUCCESS);
        }),
    );
    drop(world.open(name).unwrap());
    filter.unload().unwrap();
}

#[test]
fn a_create_that_meets_a_tag_says_so_to_post_create_and_fails_if_nobody_knows_it() {
    let world = World::new();
    tagged(&world, "\\a");
    let seen = Seen::default();
    let _filter = world.load("300", spy(&seen));
    assert_eq!(world.open("\\a").unwrap_err().0, STATUS_IO_REPARSE_TAG_NOT_HANDLED);
    let mut guid = vec![1, 0, 0, 0, 2, 0, 3, 0];
    guid.extend([4; 8]);
    guid.extend(b"data");
    assert_eq!(*seen.lock().unwrap(), [(OWN, 0, guid)]);
    let mut request = World::request("\\a");
    request.options |= FILE_OPEN_REPARSE_POINT;
    drop(world.volume.open(&world.who, &request).unwrap());
    assert_eq!(seen.lock().unwrap().len(), 1, "who opens the reparse point itself meets none");
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_filter_that_knows_the_tag_opens_the_reparse_point_instead() {
    let world = World::new();
    drop(world.file("\\a", b"content"));
    tagged(&world, "\\a");
    let _filter = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            |data, related, _, _| {
                if status_of(data) == STATUS_REPARSE {
                    unsafe {
                        assert_eq!((*data.TagData).FileTag, OWN);
                        parameters(data).Parameters.Create.Options |= FILE_OPEN_REPARSE_POINT;
                        FltSetCallbackDataDirty(data);
                        FltReissueSynchronousIo(related.Instance, data);
                        assert!(data.TagData.is_null(), "rule B-16");
                    }
                    assert_eq!(status_of(data), STATUS_SUCCESS);
                }
                FINISHED
            },
        ),
    );
    let file = world.open("\\a").unwrap();
    let mut buffer = [0_u8; 16];
    assert_eq!(file.read(0, &mut buffer).unwrap(), 7);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn replaced_tag_data_must_be_freed_before() {
    let world = World::new();
    tagged(&world, "\\a");
    for frees in [true, false] {
        let filter = world.load(
            "300",
            Behaviour::new().both(
                IRP_MJ_CREATE,
                |_, _, _| WITH_CALLBACK,
                move |data, _, _, _| {
                    unsafe {
                        if frees {
                            ExFreePool(data.TagData.cast());
                        }
                        data.TagData = ExAllocatePool2(POOL_FLAG_NON_PAGED, 32, 7).cast();
                    }
                    FINISHED
                },
            ),
        );
        assert!(world.open("\\a").is_err());
        filter.unload().unwrap();
        assert_eq!(world.rules().contains(&"B-15"), !frees);
    }
}

#[test]
fn a_name_through_a_reparse_point_says_how_much_of_it_is_left() {
    let world = World::new();
    let seen = Seen::default();
    let _filter = world.load("300", spy(&seen));
    // A link of Unix, as WSL sets it.
    let link = world.open("\\link").unwrap();
    let mut buffer = IO_REPARSE_TAG_LX_SYMLINK.to_le_bytes().to_vec();
    buffer.extend([6, 0, 0, 0, 2, 0, 0, 0]);
    buffer.extend(b"to");
    link.fs_control(FSCTL_SET_REPARSE_POINT, &buffer, &mut []).unwrap();
    drop(link);
    assert_eq!(world.open("\\link\\below").unwrap_err().0, STATUS_IO_REPARSE_TAG_NOT_HANDLED);
    let seen = seen.lock().unwrap();
    assert_eq!((seen[0].0, seen[0].1), (IO_REPARSE_TAG_LX_SYMLINK, 12), "\\below, in bytes");
}
