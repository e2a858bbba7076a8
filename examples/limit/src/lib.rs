//! Shows a directory that is listed, and the extended attribute of a file: no more files are made in a directory than its
//! attribute `LIMIT` says.
//!
//! The attribute has four bytes, the lowest first. The pre-operation of a create that may make a file opens the directory
//! below itself, reads the attribute and counts the files. What cannot be told is no limit.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::file::{Details, OpenOptions};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::operation::CallbackData;
use fltmgr::parameters::{Access, CreateOptions};
use fltmgr::pool::Tag;
use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op, utf16};

const TAG: Tag = Tag::new(*b"Limt");

/// The filter; it has no state.
pub struct Limit;

impl Filter for Limit {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

/// Whether the create would make one file too many.
fn is_full(create: &CallbackData<'_, op::Create>, at: Irql<'_, PassiveLevel>) -> Result<bool> {
    let name = create.name(Format::Opened, Query::Default, at)?;
    if OpenOptions::new(Access::READ_ATTRIBUTES).open(create.instance(), name.units(), at).is_ok() {
        // The file is there already.
        return Ok(false);
    }
    let last = name.units().iter().rposition(|&unit| unit == u16::from(b'\\')).ok_or(Error::NOT_FOUND)?;
    let options = OpenOptions::new(Access::READ).options(CreateOptions::DIRECTORY_FILE);
    let directory = options.open(create.instance(), name.units().get(..=last).unwrap_or(&[]), at)?;
    let limit = directory.extended_attribute(b"LIMIT", TAG, at)?;
    let Some(limit) = limit.and_then(|limit| limit.first_chunk().copied()).map(u32::from_le_bytes) else {
        return Ok(false);
    };
    let mut files = directory.list(None, Details::Name, TAG)?;
    let mut count = 0;
    while let Some(file) = files.next(at)? {
        if file.name != utf16!(".") && file.name != utf16!("..") {
            count += 1;
        }
    }
    Ok(count >= limit)
}

impl Pre<op::Create> for Limit {
    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        if create.parameters().disposition().may_create() && is_full(&create, create.irql()) == Ok(true) {
            return create.fail(Error::DISK_FULL).into();
        }
        create.pass().into()
    }
}

fltmgr::driver!(Limit);
