use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;

#[test]
fn limit_lets_a_directory_have_as_many_files_as_it_says() {
    let guarded = example("limit");
    let program = guarded.anybody();
    program.make_directory("/small").unwrap();
    let (directory, _) = program
        .open_as("/small", |request| {
            request.desired_access = sys::FILE_READ_EA | sys::FILE_WRITE_EA;
            request.options |= sys::FILE_DIRECTORY_FILE;
        })
        .unwrap();
    // FILE_FULL_EA_INFORMATION: no next one, no flags, the lengths of name and value, the name, a zero, the value.
    directory.set_ea(&[&[0, 0, 0, 0, 0, 5, 4, 0][..], b"LIMIT\0", &2_u32.to_le_bytes()].concat()).unwrap();
    drop(directory);

    program.write("/small/1", b"").unwrap();
    program.write("/small/2", b"").unwrap();
    assert_eq!(failure(program.write("/small/3", b"")), sys::STATUS_DISK_FULL);
    assert_eq!(failure(program.make_directory("/small/3")), sys::STATUS_DISK_FULL);
    program.write("/small/2", b"a file that is there is opened").unwrap();
    program.write("/elsewhere", b"").unwrap();
    program.delete("/small/1").unwrap();
    program.write("/small/3", b"").unwrap();
}
