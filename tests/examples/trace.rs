use crate::common::Guarded;
use crate::example;
use fltmgr_sys as sys;
use fltsim::io::{FileLock, WriteOffset};
use fltsim::status::NtStatus;

/// What trace has printed since it was asked last: each operation with its class, and the status it went with.
fn traced(guarded: &Guarded) -> Vec<String> {
    guarded.machine.take_debug_lines()
}

#[test]
fn trace_prints_every_operation_that_a_program_causes() {
    let guarded = example("trace");
    let program = guarded.anybody();
    let file = program
        .open_as("/a", |request| {
            request.desired_access = sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE;
            request.disposition = sys::FILE_OPEN_IF;
        })
        .unwrap()
        .0;
    let lines = traced(&guarded);
    assert_eq!(lines, ["IRP_MJ_CREATE comes as Irp", "IRP_MJ_CREATE goes with 0x00000000"]);

    // Each of these comes as one operation, and this is its name and class.
    let mut buffer = [0; 512];
    let lock = FileLock { offset: 0, length: 1, key: 0, exclusive: true, fail_immediately: true };
    let mut each = |name: &str, class: &str, cause: &mut dyn FnMut(&mut [u8]) -> Result<(), NtStatus>| {
        let status = cause(&mut buffer).err().map_or(0, |status| status.0);
        let name = format!("IRP_MJ_{name}");
        let expected = [format!("{name} comes as {class}"), format!("{name} goes with {status:#010x}")];
        assert_eq!(traced(&guarded), expected);
    };
    each("WRITE", "Irp", &mut |_| file.write(WriteOffset::At(0), b"traced").map(drop));
    each("READ", "FastIo", &mut |buffer| file.read(0, buffer).map(drop));
    each("READ", "Irp", &mut |buffer| file.read_paging(0, buffer).map(drop));
    each("QUERY_INFORMATION", "FastIo", &mut |buffer| {
        file.query_information(sys::FileStandardInformation, buffer).map(drop)
    });
    each("QUERY_INFORMATION", "Irp", &mut |buffer| {
        file.query_information(sys::FileInternalInformation, buffer).map(drop)
    });
    each("SET_INFORMATION", "Irp", &mut |_| file.set_information(sys::FileEndOfFileInformation, &3_u64.to_le_bytes()));
    each("SET_EA", "Irp", &mut |_| file.set_ea(&[]));
    each("QUERY_EA", "Irp", &mut |buffer| file.query_ea(&[], buffer).map(drop));
    each("FLUSH_BUFFERS", "Irp", &mut |_| file.flush());
    each("LOCK_CONTROL", "FastIo", &mut |_| file.lock(&lock));
    each("LOCK_CONTROL", "FastIo", &mut |_| file.unlock(0, 1, 0));
    each("LOCK_CONTROL", "Irp", &mut |_| file.lock(&FileLock { fail_immediately: false, ..lock }));
    each("QUERY_VOLUME_INFORMATION", "Irp", &mut |buffer| {
        file.query_volume_information(sys::FileFsSizeInformation, buffer).map(drop)
    });
    each("FILE_SYSTEM_CONTROL", "Irp", &mut |buffer| {
        file.fs_control(sys::FSCTL_GET_REPARSE_POINT, &[], buffer).map(drop)
    });

    file.create_section(sys::PAGE_READONLY).unwrap();
    let section = "SECTION_SYNCHRONIZATION";
    let comes = |name: &str| format!("IRP_MJ_{name} comes as FsFilter");
    let goes = |name: &str| format!("IRP_MJ_{name} goes with 0x00000000");
    let (acquire, release) = (format!("ACQUIRE_FOR_{section}"), format!("RELEASE_FOR_{section}"));
    assert_eq!(traced(&guarded), [comes(&acquire), goes(&acquire), comes(&release), goes(&release)]);

    drop(file);
    let names: Vec<String> =
        traced(&guarded).iter().filter_map(|line| Some(line.split_once(" comes")?.0.to_owned())).collect();
    assert_eq!(names, ["IRP_MJ_CLEANUP", "IRP_MJ_CLOSE"]);

    let folder = program.open_as("/", |request| request.options |= sys::FILE_DIRECTORY_FILE).unwrap().0;
    traced(&guarded);
    folder.query_directory(sys::FileNamesInformation, None, sys::SL_RESTART_SCAN, &mut [0; 512]).unwrap();
    assert_eq!(traced(&guarded)[0], "IRP_MJ_DIRECTORY_CONTROL comes as Irp");
}
