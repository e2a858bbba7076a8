//! Shows reparse points: what a filter sets on a file, and what it learns when a create meets one.
//!
//! A file that is made with a name which ends in `.sealed` gets a tag of the filter's own. Whoever made it can go on writing;
//! from then on nobody opens it, because only this filter knows the tag, and refuses. Who opens the reparse point itself, to
//! write to it, breaks the seal. Symbolic links that lead to another place than their own directory are refused as well.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::guid::Guid;
use fltmgr::name::{Format, Query};
use fltmgr::parameters::CreateOptions;
use fltmgr::reparse_point::{Content, ReparsePoint, ReparseTag};
use fltmgr::{Error, Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op, utf16};

/// The filter's tag: a number that Microsoft gives out, and {6f0a6a44-4c1e-4a33-9a7e-35a7c2f0d5be}.
const SEAL: ReparseTag = ReparseTag::own(0x0000_8125, Guid::new(0x6f0a_6a44_4c1e_4a33_9a7e_35a7_c2f0_d5be));

/// The filter; it has no state.
pub struct Seal;

impl Filter for Seal {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

/// Whether a create may not go on past a reparse point.
fn refuses(point: &ReparsePoint<'_>) -> Result<bool> {
    if point.tag() == Some(SEAL) {
        return Ok(true);
    }
    Ok(match point.content()? {
        Content::SymbolicLink { names, is_relative } => !is_relative || names.substitute.contains(&u16::from(b'\\')),
        Content::MountPoint(_) | Content::Bytes(_) => false,
    })
}

/// Sets the tag on a file that was just made, if it is one to be sealed.
fn seal(create: &PostOp<'_, op::Create>) -> Result<()> {
    let Some(file) = create.opened().filter(|_| create.created()) else { return Ok(()) };
    let name = create.name(Format::Normalized, Query::Default, create.irql())?;
    if name.units().ends_with(utf16!(".sealed")) { file.set_tag(SEAL, b"", create.irql()) } else { Ok(()) }
}

/// Takes the tag away from a file that was opened as what it is.
fn unseal(create: &PostOp<'_, op::Create>) -> Result<()> {
    let Some(file) = create.opened() else { return Ok(()) };
    match file.remove_tag(SEAL, create.irql()) {
        // There was no seal, or another's tag, or the file was not opened to be changed.
        Err(Error::NOT_A_REPARSE_POINT | Error::IO_REPARSE_TAG_MISMATCH | Error::ACCESS_DENIED) => Ok(()),
        result => result,
    }
}

impl PrePost<op::Create> for Seal {
    type Carry = ();

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        create.pass_with(())
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        let refused = match create.reparse_point() {
            Some(point) => refuses(&point),
            None if create.parameters().options().contains(CreateOptions::OPEN_REPARSE_POINT) => {
                unseal(&create).map(|()| false)
            }
            None => seal(&create).map(|()| false),
        };
        match refused {
            Ok(false) => create.finish(),
            Ok(true) => create.cancel(Error::ACCESS_DENIED),
            Err(error) => create.cancel(error),
        }
    }
}

fltmgr::driver!(Seal);
