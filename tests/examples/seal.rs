use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;
use fltsim::io::WriteOffset;

/// A symbolic link's reparse buffer.
fn link(substitute: &str, flags: u32) -> Vec<u8> {
    let path: Vec<u8> = substitute.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = u16::try_from(path.len()).unwrap();
    let mut data = Vec::new();
    // The substitute name, and a print name that is empty, behind it.
    for number in [0, length, length, 0] {
        data.extend(number.to_le_bytes());
    }
    data.extend(flags.to_le_bytes());
    data.extend(path);
    let mut buffer = sys::IO_REPARSE_TAG_SYMLINK.to_le_bytes().to_vec();
    buffer.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
    buffer.extend([0; 2]);
    buffer.extend(data);
    buffer
}

#[test]
fn seal_closes_a_file_for_good() {
    let guarded = example("seal");
    let program = guarded.anybody();
    let file = program.open_for_writing("/letter.sealed").unwrap();
    file.write(WriteOffset::At(0), b"for nobody").unwrap();
    assert_eq!(failure(program.open("/letter.sealed")), sys::STATUS_ACCESS_DENIED);
    drop(file);
    assert_eq!(failure(program.open("/letter.sealed")), sys::STATUS_ACCESS_DENIED);
    program.write("/letter.open", b"for everybody").unwrap();
    assert_eq!(program.read("/letter.open").unwrap(), b"for everybody");
    guarded.machine.unload("seal").unwrap();
    assert_eq!(
        failure(program.open("/letter.sealed")),
        sys::STATUS_IO_REPARSE_TAG_NOT_HANDLED,
        "nobody else knows the tag"
    );
}

#[test]
fn seal_is_broken_by_who_opens_the_reparse_point_itself_for_writing() {
    let guarded = example("seal");
    let program = guarded.anybody();
    program.write("/letter.sealed", b"for somebody").unwrap();
    let open = |access| {
        let opened = program.open_as("/letter.sealed", |request| {
            request.desired_access = access;
            request.options |= sys::FILE_OPEN_REPARSE_POINT;
        });
        drop(opened.unwrap());
    };
    open(sys::FILE_GENERIC_READ);
    assert_eq!(failure(program.open("/letter.sealed")), sys::STATUS_ACCESS_DENIED);
    open(sys::FILE_GENERIC_WRITE);
    assert_eq!(program.read("/letter.sealed").unwrap(), b"for somebody");
}

#[test]
fn seal_refuses_links_that_lead_elsewhere() {
    let guarded = example("seal");
    let program = guarded.anybody();
    for (name, target, flags, status) in [
        ("/absolute", r"\??\C:\secret", 0, sys::STATUS_ACCESS_DENIED),
        ("/away", r"..\secret", sys::SYMLINK_FLAG_RELATIVE, sys::STATUS_ACCESS_DENIED),
        // Links are not followed here, so what the filter lets pass fails then.
        ("/beside", "secret", sys::SYMLINK_FLAG_RELATIVE, sys::STATUS_IO_REPARSE_TAG_NOT_HANDLED),
    ] {
        let file = program.open_for_writing(name).unwrap();
        file.fs_control(sys::FSCTL_SET_REPARSE_POINT, &link(target, flags), &mut []).unwrap();
        drop(file);
        assert_eq!(failure(program.open(name)), status, "{name}");
    }
    let broken = program.open_for_writing("/broken").unwrap();
    let mut buffer = link("secret", 0);
    // The name would end behind the data.
    buffer[10] = 200;
    broken.fs_control(sys::FSCTL_SET_REPARSE_POINT, &buffer, &mut []).unwrap();
    drop(broken);
    assert_eq!(failure(program.open("/broken")), sys::STATUS_IO_REPARSE_DATA_INVALID);
}
