//! Shows I/O that a filter issues itself: before a create empties or replaces a file, the content is kept beside it, in a file
//! of the same name with `.old` behind it.
//!
//! The pre-operation of the create opens both files, reads one and writes the other. That goes through the instance to
//! those below, so it does not come here again. Whatever keeps the content from being kept fails the create.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::file::OpenOptions;
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::operation::CallbackData;
use fltmgr::parameters::{Access, CreateOptions, Disposition};
use fltmgr::pool::{Paged, PoolVec, Tag};
use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op, utf16};

const TAG: Tag = Tag::new(*b"Mirr");

/// The filter; it has no state.
pub struct Mirror;

impl Filter for Mirror {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

/// Copies the file that is about to be emptied.
fn keep_content(create: &CallbackData<'_, op::Create>, at: Irql<'_, PassiveLevel>) -> Result<()> {
    let name = create.name(Format::Opened, Query::Default, at)?;
    let reading = OpenOptions::new(Access::READ).options(CreateOptions::NON_DIRECTORY_FILE);
    let file = match reading.open(create.instance(), name.units(), at) {
        Ok(file) => file,
        // There is nothing to keep; or the name leads to another volume, where the create comes again.
        Err(
            Error::OBJECT_NAME_NOT_FOUND
            | Error::OBJECT_PATH_NOT_FOUND
            | Error::FILE_IS_A_DIRECTORY
            | Error::MOUNT_POINT_NOT_RESOLVED,
        ) => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut old = PoolVec::<u16, Paged>::try_from_slice(name.units(), TAG)?;
    old.try_extend(utf16!(".old"))?;
    let writing = OpenOptions::new(Access::WRITE).disposition(Disposition::OverwriteIf);
    let copy = writing.open(create.instance(), &old, at)?;
    let mut buffer = PoolVec::<u8, Paged>::try_filled(0, 64 * 1024, TAG)?;
    let mut offset = 0;
    loop {
        let length = file.read(offset, &mut buffer, at)?;
        if length == 0 {
            return Ok(());
        }
        copy.write(offset, buffer.get(..length).unwrap_or(&[]), at)?;
        offset += length as u64;
    }
}

impl Pre<op::Create> for Mirror {
    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        if !create.parameters().disposition().may_destroy() {
            return create.pass().into();
        }
        match keep_content(&create, create.irql()) {
            Ok(()) => create.pass().into(),
            Err(error) => create.fail(error).into(),
        }
    }
}

fltmgr::driver!(Mirror);
