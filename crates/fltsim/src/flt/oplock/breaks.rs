//! Which operation breaks which oplock, and to what (rules H-23 to H-28).

use fltmgr_sys as sys;

use super::super::major;
use super::super::operation::Operation;
use super::state::{Grant, HANDLE, Level, Owner, READ, Rest, WRITE};

/// What an operation does, as far as oplocks are concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Nothing that would break one.
    Harmless,
    /// It opens the file. Whether that replaces the content or reserves a filter oplock, and whether it is writable
    /// access that does not let others read.
    Open {
        replaces: bool,
        writes_alone: bool,
    },
    Read,
    Write,
    /// It changes the size, or zeroes a range.
    Resize,
    Lock,
    Rename,
    Delete,
    /// `FltOplockBreakToNone`.
    Everything,
    /// `FltOplockBreakH`: an open that meets a sharing violation.
    Handles,
}

/// An operation as the package sees it.
#[derive(Clone, Copy)]
pub(super) struct Access {
    pub kind: Kind,
    pub owner: Owner,
    /// Whether the oplock key counts: `OPLOCK_FLAG_IGNORE_OPLOCK_KEYS` says no.
    pub keys: bool,
}

/// What an operation does to an oplock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Effect {
    /// The level that is left.
    pub to: Rest,
    /// Whether the owner has to acknowledge the break.
    pub acknowledge: bool,
    /// Whether the operation waits for that.
    pub wait: bool,
}

/// The owner acknowledges, and the operation waits for it.
const fn waits(to: Rest) -> Effect {
    Effect { to, acknowledge: true, wait: true }
}

/// It is broken to none with an acknowledgement that nobody waits for.
const NO_WAIT: Option<Effect> = Some(Effect { to: Rest::Nothing, acknowledge: true, wait: false });

/// It is broken to none, without an acknowledgement.
const AT_ONCE: Option<Effect> = Some(Effect { to: Rest::Nothing, acknowledge: false, wait: false });

/// The level without the right to cache `what`.
const fn without(bits: u32, what: u32) -> Effect {
    waits(Rest::Level(Level::Cache(bits & !what)))
}

/// What an operation does to a granted oplock; `None` if nothing.
pub(super) fn effect(grant: &Grant, access: &Access) -> Option<Effect> {
    let same = access.keys && grant.owner.is(&access.owner);
    let writes = matches!(access.kind, Kind::Write | Kind::Resize | Kind::Lock);
    // Level 2 breaks whoever writes.
    if same && access.kind != Kind::Everything && !(writes && grant.level == Level::Level2) {
        return None;
    }
    match access.kind {
        Kind::Harmless => None,
        Kind::Open { replaces, writes_alone } => match grant.level {
            Level::Filter => writes_alone.then_some(waits(Rest::Nothing)),
            _ if replaces => to_none(grant.level),
            Level::Level1 | Level::Batch => Some(waits(Rest::Level(Level::Level2))),
            Level::Cache(bits) if bits & WRITE != 0 => Some(without(bits, WRITE)),
            Level::Level2 | Level::Cache(_) => None,
        },
        Kind::Read => match grant.level {
            Level::Level1 | Level::Batch => Some(waits(Rest::Level(Level::Level2))),
            Level::Cache(bits) if bits & WRITE != 0 => Some(without(bits, WRITE)),
            _ => None,
        },
        Kind::Lock if grant.level == Level::Filter => None,
        Kind::Write | Kind::Resize | Kind::Lock => to_none(grant.level),
        Kind::Rename => match grant.level {
            Level::Batch | Level::Filter => Some(waits(Rest::Nothing)),
            Level::Cache(bits) if bits & HANDLE != 0 => Some(without(bits, HANDLE)),
            _ => None,
        },
        Kind::Delete | Kind::Handles => match grant.level {
            Level::Cache(bits) if bits & HANDLE != 0 => Some(without(bits, HANDLE)),
            _ => None,
        },
        Kind::Everything => match to_none(grant.level) {
            NO_WAIT => Some(waits(Rest::Nothing)),
            effect => effect,
        },
    }
}

/// How each level is broken to none.
fn to_none(level: Level) -> Option<Effect> {
    match level {
        Level::Level2 | Level::Cache(READ) => AT_ONCE,
        level if level.is_shared() => NO_WAIT,
        _ => Some(waits(Rest::Nothing)),
    }
}

/// Access that lets an open pass by every oplock (rule H-28).
const ATTRIBUTES: u32 = sys::FILE_READ_ATTRIBUTES | sys::FILE_WRITE_ATTRIBUTES | sys::SYNCHRONIZE;

/// Access that lets an open pass by a filter oplock.
const READING: u32 = ATTRIBUTES | sys::FILE_READ_DATA | sys::FILE_READ_EA | sys::FILE_EXECUTE | sys::READ_CONTROL;

/// What an operation does, from its parameters.
pub(super) fn kind_of(operation: &Operation) -> Kind {
    // SAFETY: whoever checks an operation has its parameters; the member of the union follows from the major function.
    unsafe {
        let parameters = &*(*operation.callback_data()).Iopb;
        let union = &parameters.Parameters;
        match parameters.MajorFunction {
            major::CREATE => {
                let create = &union.Create;
                let desired = create.SecurityContext.as_ref().map_or(0, |context| context.DesiredAccess);
                let reserves = create.Options & sys::FILE_RESERVE_OPFILTER != 0;
                if desired & !ATTRIBUTES == 0 && !reserves {
                    return Kind::Harmless;
                }
                let disposition = create.Options >> 24;
                let replacing = [sys::FILE_SUPERSEDE, sys::FILE_OVERWRITE, sys::FILE_OVERWRITE_IF];
                let shares_reading = u32::from(create.ShareAccess) & sys::FILE_SHARE_READ != 0;
                Kind::Open {
                    replaces: reserves || replacing.contains(&disposition),
                    writes_alone: desired & !READING != 0 && !shares_reading,
                }
            }
            // The cache's own transfers were checked when the program's were.
            major::READ | major::WRITE if parameters.IrpFlags & sys::IRP_PAGING_IO != 0 => Kind::Harmless,
            major::READ => Kind::Read,
            major::WRITE => Kind::Write,
            major::LOCK_CONTROL => Kind::Lock,
            major::SET_INFORMATION => {
                let set = &union.SetFileInformation;
                match set.FileInformationClass {
                    sys::FileEndOfFileInformation
                    | sys::FileAllocationInformation
                    | sys::FileValidDataLengthInformation => Kind::Resize,
                    sys::FileRenameInformation
                    | sys::FileRenameInformationEx
                    | sys::FileShortNameInformation
                    | sys::FileLinkInformation
                    | sys::FileLinkInformationEx => Kind::Rename,
                    sys::FileDispositionInformation | sys::FileDispositionInformationEx => {
                        let deletes = set.InfoBuffer.cast::<u8>().as_ref().is_some_and(|first| first & 1 != 0);
                        if deletes { Kind::Delete } else { Kind::Harmless }
                    }
                    _ => Kind::Harmless,
                }
            }
            major::FILE_SYSTEM_CONTROL if union.FileSystemControl.Common.FsControlCode == sys::FSCTL_SET_ZERO_DATA => {
                Kind::Resize
            }
            _ => Kind::Harmless,
        }
    }
}

/// The options of a create, 0 for everything else.
pub(super) fn create_options(operation: &Operation) -> u32 {
    if operation.major != major::CREATE {
        return 0;
    }
    // SAFETY: as in `kind_of`.
    unsafe { (*(*operation.callback_data()).Iopb).Parameters.Create.Options & 0x00FF_FFFF }
}
