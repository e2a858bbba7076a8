//! What filters ask and set beside a file's content: security, extended attributes, quotas, the volume, the directory.

use std::sync::atomic::{AtomicUsize, Ordering};

use fltmgr_sys::*;

use crate::probe::*;

/// Opens the subject with a filter at 300 that works on it in post-create, and one below at 200.
fn with_subject(
    below: Behaviour,
    work: impl Fn(PFLT_INSTANCE, PFILE_OBJECT) + Send + Sync + 'static,
) -> (World, fltsim::io::File) {
    let world = World::new();
    drop(world.file("\\subject", b"content"));
    let _below = world.load("200", below);
    let _above = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            move |_, related, _, _| {
                work(related.Instance, related.FileObject);
                FINISHED
            },
        ),
    );
    let file = world.open("\\subject").unwrap();
    assert_eq!(world.rules(), [""; 0]);
    (world, file)
}

const EVERYONE: [u8; 12] = [1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];

#[test]
fn a_security_descriptor_is_queried_in_self_relative_form_and_set_in_either() {
    let seen = Log::new();
    let log = seen.clone();
    let spy = Behaviour::new()
        .pre(IRP_MJ_SET_SECURITY, {
            let log = seen.clone();
            move |data, _, _| {
                let set = unsafe { parameters(data).Parameters.SetSecurity };
                log.add(format!("set {:x}", set.SecurityInformation));
                NO_CALLBACK
            }
        })
        .pre(IRP_MJ_QUERY_SECURITY, move |data, _, _| {
            let query = unsafe { parameters(data).Parameters.QuerySecurity };
            log.add(format!("query {:x} {}", query.SecurityInformation, query.Length));
            NO_CALLBACK
        });
    let (_world, file) = with_subject(spy, |instance, file| unsafe {
        let mut needed = 0;
        let status = FltQuerySecurityObject(instance, file, OWNER_SECURITY_INFORMATION, NONE, 0, &raw mut needed);
        assert_eq!(status, STATUS_BUFFER_TOO_SMALL);
        // A header of 20 bytes, and the SID of the administrators.
        assert_eq!(needed, 20 + 16);
        let mut bytes = [0_u8; 64];
        let status = FltQuerySecurityObject(
            instance,
            file,
            OWNER_SECURITY_INFORMATION,
            bytes.as_mut_ptr().cast(),
            64,
            &raw mut needed,
        );
        assert_eq!(status, STATUS_SUCCESS);
        assert_eq!((bytes[0], u16::from_le_bytes([bytes[2], bytes[3]])), (1, 0x8000), "it is self-relative");
        assert_eq!(bytes[4], 20, "the owner begins behind the header");
        // An absolute one has pointers.
        let mut owner = EVERYONE;
        let mut absolute = [0_usize; 5];
        absolute[0] = 1;
        absolute[1] = owner.as_mut_ptr() as usize;
        let status = FltSetSecurityObject(instance, file, OWNER_SECURITY_INFORMATION, absolute.as_mut_ptr().cast());
        assert_eq!(status, STATUS_SUCCESS);
        assert_eq!(FltSetSecurityObject(instance, file, OWNER_SECURITY_INFORMATION, NONE), STATUS_ACCESS_VIOLATION);
        absolute[0] = 7;
        assert_eq!(
            FltSetSecurityObject(instance, file, OWNER_SECURITY_INFORMATION, absolute.as_mut_ptr().cast()),
            STATUS_UNKNOWN_REVISION
        );
    });
    assert_eq!(seen.take(), ["query 1 0", "query 1 64", "set 1"]);
    let mut bytes = [0_u8; 64];
    let length = file.query_security(OWNER_SECURITY_INFORMATION, &mut bytes).unwrap();
    assert_eq!(&bytes[20..length], EVERYONE);
}

#[test]
fn a_descriptor_keeps_the_parts_that_are_not_set() {
    let world = World::new();
    let mut request = World::request("\\a");
    request.desired_access |= WRITE_DAC | READ_CONTROL;
    let (file, _) = world.volume.open(&world.who, &request).unwrap();
    let all = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    let mut before = [0_u8; 128];
    let length = file.query_security(all, &mut before).unwrap();
    // A present, empty list: nobody may do anything.
    let mut descriptor = vec![1, 0, 0x04, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0];
    descriptor.extend([2, 0, 8, 0, 0, 0, 0, 0]);
    file.set_security(DACL_SECURITY_INFORMATION, &descriptor).unwrap();
    let mut after = [0_u8; 128];
    let changed = file.query_security(all, &mut after).unwrap();
    assert_eq!(before[4..8], after[4..8]);
    assert_eq!(before[20..36], after[20..36], "the owner stays");
    assert_eq!(changed, 20 + 16 + 8);
    assert!(changed < length);
    assert!(file.set_security(OWNER_SECURITY_INFORMATION, &descriptor).is_err(), "WRITE_OWNER was not granted");
}

#[test]
fn extended_attributes_are_set_and_found_by_name() {
    let (_world, _file) = with_subject(Behaviour::new(), |instance, file| unsafe {
        // FILE_FULL_EA_INFORMATION: next, flags, name length, value length, name, value.
        let mut list = vec![0, 0, 0, 0, 0, 3, 5, 0];
        list.extend(b"KEY\0value");
        let status = FltSetEaFile(instance, file, list.as_mut_ptr().cast(), list.len() as u32);
        assert_eq!(status, STATUS_SUCCESS);
        let mut names = vec![0, 0, 0, 0, 3];
        names.extend(b"KEY\0");
        let (mut found, mut length) = ([0_u8; 64], 0);
        let status = FltQueryEaFile(
            instance,
            file,
            found.as_mut_ptr().cast(),
            64,
            0,
            names.as_mut_ptr().cast(),
            names.len() as u32,
            std::ptr::null_mut(),
            1,
            &raw mut length,
        );
        assert_eq!(status, STATUS_SUCCESS);
        assert!(found[..length as usize].windows(5).any(|window| window == b"value"));
        let mut index = 3;
        let status = FltQueryEaFile(
            instance,
            file,
            found.as_mut_ptr().cast(),
            64,
            1,
            NONE,
            0,
            &raw mut index,
            0,
            &raw mut length,
        );
        assert_eq!(status, STATUS_NONEXISTENT_EA_ENTRY, "there is one only");
    });
}

#[test]
fn quotas_are_a_filters_to_answer_because_the_file_system_keeps_none() {
    let below = Behaviour::new().pre(IRP_MJ_QUERY_QUOTA, |data, _, _| {
        let query = unsafe { parameters(data).Parameters.QueryQuota };
        assert_eq!((query.Length, query.SidListLength), (8, 4));
        assert_eq!(u32::from(parameters(data).OperationFlags), SL_RESTART_SCAN);
        unsafe { query.QuotaBuffer.cast::<u64>().write_unaligned(9) };
        set_status(data, STATUS_SUCCESS, 8);
        COMPLETE
    });
    let (_world, _file) = with_subject(below, |instance, file| unsafe {
        let (mut buffer, mut sids, mut length) = (0_u64, 0_u32, 0);
        let mut status_block: IO_STATUS_BLOCK = std::mem::zeroed();
        let status = FltQueryQuotaInformationFile(
            instance,
            file,
            &raw mut status_block,
            (&raw mut buffer).cast(),
            8,
            0,
            (&raw mut sids).cast(),
            4,
            std::ptr::null_mut(),
            1,
            &raw mut length,
        );
        assert_eq!((status, length, buffer, status_block.Information), (STATUS_SUCCESS, 8, 9, 8));
        let status = FltSetQuotaInformationFile(instance, file, (&raw mut buffer).cast(), 8);
        assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
    });
}

#[test]
fn a_device_control_goes_below_the_instance_with_the_buffers_of_its_method() {
    /// METHOD_BUFFERED and METHOD_OUT_DIRECT of one function.
    const BUFFERED: u32 = 0x0022_2000;
    const DIRECT: u32 = 0x0022_2002;
    let below = Behaviour::new().pre(IRP_MJ_DEVICE_CONTROL, |data, _, _| unsafe {
        let control = parameters(data).Parameters.DeviceIoControl;
        let buffer = if control.Common.IoControlCode == BUFFERED {
            assert_ne!(data.Flags & FLTFL_CALLBACK_DATA_SYSTEM_BUFFER, 0, "rule I-17");
            control.Buffered.SystemBuffer.cast::<u8>()
        } else {
            assert!(!control.Direct.OutputMdlAddress.is_null());
            control.Direct.OutputBuffer.cast::<u8>()
        };
        buffer.write(b'!');
        set_status(data, STATUS_SUCCESS, 1);
        COMPLETE
    });
    let (world, file) = with_subject(below, |instance, file| unsafe {
        for code in [BUFFERED, DIRECT] {
            let (mut input, mut output, mut length) = ([b'?'; 4], [0_u8; 4], 0);
            let status = FltDeviceIoControlFile(
                instance,
                file,
                code,
                input.as_mut_ptr().cast(),
                4,
                output.as_mut_ptr().cast(),
                4,
                &raw mut length,
            );
            assert_eq!((status, length, output[0]), (STATUS_SUCCESS, 1, b'!'));
        }
    });
    drop(file);
    drop(world);
    let world = World::new();
    let file = world.open("\\a").unwrap();
    assert_eq!(file.device_control(BUFFERED, &[], &mut []).unwrap_err().0, STATUS_INVALID_PARAMETER);
}

#[test]
fn a_volume_is_labelled_and_opened() {
    let opened = Log::new();
    let log = opened.clone();
    let below = Behaviour::new().pre(IRP_MJ_CREATE, move |_, related, _| {
        let name = unsafe { (*related.FileObject).FileName };
        log.add(format!("{}", name.Length));
        NO_CALLBACK
    });
    let (world, _file) = with_subject(below, |instance, file| unsafe {
        static ONCE: AtomicUsize = AtomicUsize::new(0);
        if ONCE.fetch_add(1, Ordering::Relaxed) != 0 {
            return;
        }
        let mut label = 6_u32.to_le_bytes().to_vec();
        label.extend("NEW".encode_utf16().flat_map(u16::to_le_bytes));
        let mut status_block: IO_STATUS_BLOCK = std::mem::zeroed();
        let status = FltSetVolumeInformation(
            instance,
            &raw mut status_block,
            label.as_mut_ptr().cast(),
            label.len() as u32,
            FileFsLabelInformation,
        );
        assert_eq!(status, STATUS_SUCCESS);
        let status = FltSetVolumeInformation(
            instance,
            &raw mut status_block,
            label.as_mut_ptr().cast(),
            6,
            FileFsLabelInformation,
        );
        assert_eq!(status, STATUS_INFO_LENGTH_MISMATCH);
        let status = FltSetVolumeInformation(instance, &raw mut status_block, NONE, 0, FileFsSizeInformation);
        assert_eq!(status, STATUS_INVALID_INFO_CLASS);
        let (mut handle, mut volume) = (NONE, std::ptr::null_mut());
        assert_eq!(FltOpenVolume(instance, &raw mut handle, &raw mut volume), STATUS_SUCCESS);
        let mut directory = 9;
        assert_eq!(FltIsDirectory(volume, instance, &raw mut directory), STATUS_SUCCESS);
        assert_eq!(directory, 0, "a volume is no directory");
        assert_eq!(FltFlushBuffers2(instance, volume, 0, std::ptr::null_mut()), STATUS_SUCCESS);
        assert_eq!(
            FltFlushBuffers2(instance, volume, FLT_FLUSH_TYPE_NO_SYNC, std::ptr::null_mut()),
            STATUS_INVALID_PARAMETER
        );
        assert_eq!(FltFlushBuffers2(instance, file, FLT_FLUSH_TYPE_NO_SYNC, std::ptr::null_mut()), STATUS_SUCCESS);
        ObfDereferenceObject(volume.cast());
        assert_eq!(FltClose(handle), STATUS_SUCCESS);
        assert_eq!(FltCreateSystemVolumeInformationFolder(instance), STATUS_SUCCESS);
        assert_eq!(FltCreateSystemVolumeInformationFolder(instance), STATUS_SUCCESS, "it may be there");
    });
    assert!(opened.take().contains(&"0".to_owned()), "the filter below sees an open of no name");
    let mut information = [0_u8; 64];
    let file = world.open("\\subject").unwrap();
    let length = file.query_volume_information(FileFsVolumeInformation, &mut information).unwrap();
    assert_eq!(&information[18..length], b"N\0E\0W\0");
    let folder = world.directory("\\System Volume Information").unwrap();
    assert!(folder.is_directory());
}

#[test]
fn a_directory_is_queried_with_flags() {
    let world = World::new();
    drop(world.file("\\one", b""));
    drop(world.file("\\two", b""));
    let _filter = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            |_, related, _, _| unsafe {
                let mut buffer = [0_u8; 512];
                let mut query = |flags| {
                    let mut length = 0;
                    let status = FltQueryDirectoryFileEx(
                        related.Instance,
                        related.FileObject,
                        buffer.as_mut_ptr().cast(),
                        512,
                        FileNamesInformation,
                        flags,
                        std::ptr::null_mut(),
                        &raw mut length,
                    );
                    (status, length)
                };
                let first = query(SL_RETURN_SINGLE_ENTRY);
                assert_eq!(first.0, STATUS_SUCCESS);
                assert_eq!(query(SL_RESTART_SCAN | SL_RETURN_SINGLE_ENTRY), first);
                let rest = query(0);
                assert_eq!(rest.0, STATUS_SUCCESS);
                assert_eq!(query(0).0, STATUS_NO_MORE_FILES);
                assert_eq!(query(SL_INDEX_SPECIFIED).0, STATUS_INVALID_PARAMETER);
                FINISHED
            },
        ),
    );
    drop(world.directory("\\").unwrap());
}

#[test]
fn a_read_with_a_key_passes_the_lock_of_that_key() {
    let (_world, _file) = with_subject(Behaviour::new(), |instance, file| unsafe {
        let mut offset: LARGE_INTEGER = std::mem::zeroed();
        let (mut buffer, mut count, mut key) = ([0_u8; 8], 0, 5);
        let mdl = IoAllocateMdl(buffer.as_mut_ptr().cast(), 7, 0, 0, std::ptr::null_mut());
        MmBuildMdlForNonPagedPool(mdl);
        let status = FltReadFileEx(
            instance,
            file,
            &raw mut offset,
            7,
            NONE,
            FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET,
            &raw mut count,
            None,
            NONE,
            &raw mut key,
            mdl,
        );
        assert_eq!((status, count, &buffer[..7]), (STATUS_SUCCESS, 7, &b"content"[..]));
        let mut data = *b"CONTENT";
        let status = FltWriteFileEx(
            instance,
            file,
            &raw mut offset,
            7,
            data.as_mut_ptr().cast(),
            FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET,
            &raw mut count,
            None,
            NONE,
            &raw mut key,
            std::ptr::null_mut(),
        );
        assert_eq!((status, count), (STATUS_SUCCESS, 7));
        IoFreeMdl(mdl);
    });
}

#[test]
fn a_buffer_and_an_mdl_exclude_each_other() {
    let world = World::new();
    drop(world.file("\\a", b"content"));
    let _filter = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            |_, related, _, _| unsafe {
                let mut buffer = [0_u8; 8];
                let mdl = IoAllocateMdl(buffer.as_mut_ptr().cast(), 7, 0, 0, std::ptr::null_mut());
                let (mut offset, null) = (std::mem::zeroed(), std::ptr::null_mut());
                let status = FltReadFileEx(
                    related.Instance,
                    related.FileObject,
                    &raw mut offset,
                    7,
                    buffer.as_mut_ptr().cast(),
                    0,
                    null,
                    None,
                    NONE,
                    std::ptr::null_mut(),
                    mdl,
                );
                assert_eq!(status, STATUS_INVALID_PARAMETER);
                IoFreeMdl(mdl);
                FINISHED
            },
        ),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(world.rules(), ["N-17"]);
}

#[test]
fn pages_of_the_cache_are_a_filters_to_lend() {
    let below = Behaviour::new().pre(IRP_MJ_MDL_READ, |data, _, _| {
        assert_eq!(class_of(data), "fast");
        let read = unsafe { parameters(data).Parameters.MdlRead };
        assert_eq!((read.Length, read.Key), (7, 3));
        set_status(data, STATUS_SUCCESS, 7);
        COMPLETE
    });
    let (_world, _file) = with_subject(below, |instance, file| unsafe {
        let mut offset: LARGE_INTEGER = std::mem::zeroed();
        let mut status_block: IO_STATUS_BLOCK = std::mem::zeroed();
        let mut chain = std::ptr::null_mut();
        let lent = FltFastIoMdlRead(instance, file, &raw mut offset, 7, 3, &raw mut chain, &raw mut status_block);
        assert_eq!((lent, status_block.Information), (1, 7));
        let lent =
            FltFastIoPrepareMdlWrite(instance, file, &raw mut offset, 7, 3, &raw mut chain, &raw mut status_block);
        assert_eq!(lent, 0, "the file system has no cache");
    });
}
