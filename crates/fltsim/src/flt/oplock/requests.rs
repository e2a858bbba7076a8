//! Requests for oplocks, and acknowledgements of breaks (rules H-03 to H-07, H-20 to H-24).

use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::NTSTATUS;

use super::super::cancel::Action;
use super::super::major::{self, pre};
use super::super::operation::Operation;
use super::super::pended;
use super::breaks::{Access, Kind};
use super::state::{Act, Grant, HANDLE, Held, How, Level, NewLevel, Owner, READ, Rest, State, WRITE, Waiter, to_none};
use super::{Oplock, Which, complain, owner_of, set_status};

/// What a control asks for.
enum Asked {
    /// An oplock.
    Grant(Level),
    /// To accept the level that a legacy oplock was broken to, or none at all.
    Acknowledge { accept_level_2: bool },
    /// To give up the handle soon.
    ClosePending,
    /// To accept a caching level.
    AcknowledgeCache(u32),
    /// To be told when a break is over.
    Notify,
}

/// What comes of a control at once.
enum Outcome {
    Pending,
    Done(NTSTATUS),
}

/// The code of a file system control, `None` for other operations.
fn code_of(operation: &Operation) -> Option<u32> {
    // SAFETY: whoever asks has the operation; the member of the union is the control's.
    (operation.major == major::FILE_SYSTEM_CONTROL)
        .then(|| unsafe { (*(*operation.callback_data()).Iopb).Parameters.FileSystemControl.Common.FsControlCode })
}

/// The structure that `FSCTL_REQUEST_OPLOCK` comes with, if its buffers are large enough.
fn input_of(operation: &Operation) -> Option<sys::REQUEST_OPLOCK_INPUT_BUFFER> {
    // SAFETY: the control is a buffered one, whose system buffer is as large as both lengths.
    unsafe {
        let control = &(*(*operation.callback_data()).Iopb).Parameters.FileSystemControl.Buffered;
        let enough = control.InputBufferLength as usize >= size_of::<sys::REQUEST_OPLOCK_INPUT_BUFFER>()
            && control.OutputBufferLength as usize >= size_of::<sys::REQUEST_OPLOCK_OUTPUT_BUFFER>();
        (enough && !control.SystemBuffer.is_null())
            .then(|| control.SystemBuffer.cast::<sys::REQUEST_OPLOCK_INPUT_BUFFER>().read_unaligned())
    }
}

fn asked(operation: &Operation, code: u32, extended: bool) -> Result<Asked, NTSTATUS> {
    Ok(match code {
        sys::FSCTL_REQUEST_OPLOCK_LEVEL_1 => Asked::Grant(Level::Level1),
        sys::FSCTL_REQUEST_OPLOCK_LEVEL_2 => Asked::Grant(Level::Level2),
        sys::FSCTL_REQUEST_BATCH_OPLOCK => Asked::Grant(Level::Batch),
        sys::FSCTL_REQUEST_FILTER_OPLOCK => Asked::Grant(Level::Filter),
        sys::FSCTL_OPLOCK_BREAK_ACKNOWLEDGE => Asked::Acknowledge { accept_level_2: true },
        sys::FSCTL_OPLOCK_BREAK_ACK_NO_2 => Asked::Acknowledge { accept_level_2: false },
        sys::FSCTL_OPBATCH_ACK_CLOSE_PENDING => Asked::ClosePending,
        sys::FSCTL_OPLOCK_BREAK_NOTIFY => Asked::Notify,
        // Rule H-04.
        sys::FSCTL_REQUEST_OPLOCK if extended => {
            let input = input_of(operation).ok_or(sys::STATUS_INVALID_PARAMETER)?;
            let level = input.RequestedOplockLevel;
            if input.Flags & sys::REQUEST_OPLOCK_INPUT_FLAG_ACK != 0 {
                Asked::AcknowledgeCache(level)
            } else if [READ, READ | HANDLE, READ | WRITE, READ | WRITE | HANDLE].contains(&level) {
                Asked::Grant(Level::Cache(level))
            } else {
                return Err(sys::STATUS_INVALID_PARAMETER);
            }
        }
        _ => return Err(sys::STATUS_INVALID_PARAMETER),
    })
}

/// Whether a control asks for an oplock that several may hold (rule H-18).
pub(crate) fn is_shared_request(operation: &Operation) -> bool {
    let request = code_of(operation).filter(|_| operation.is_user_control());
    let Some(code) = request else {
        operation.complain("H-18", "FltOplockIsSharedRequest was called for another operation than a control");
        return false;
    };
    matches!(asked(operation, code, true), Ok(Asked::Grant(level)) if level.is_shared())
}

/// The body of `FltOplockFsctrl` and `FltOplockFsctrlEx`; `flags` is there in the latter.
pub(crate) fn control(oplock: &Arc<Oplock>, operation: &Operation, open_count: u32, flags: Option<u32>) -> i32 {
    let data = operation.callback_data();
    let outcome = match code_of(operation) {
        Some(code) if operation.is_irp() => match asked(operation, code, flags.is_some()) {
            Ok(asked) => handle(oplock, operation, &asked, open_count, flags.unwrap_or(0)),
            Err(status) => Outcome::Done(status),
        },
        None if operation.is_irp() && operation.major == major::CREATE => {
            let _call = oplock.enter(operation, true);
            Outcome::Done(reserve(oplock, operation, open_count))
        }
        _ => {
            complain("H-03", "FltOplockFsctrl was called for an operation that is no control and no create".into());
            Outcome::Done(sys::STATUS_INVALID_PARAMETER)
        }
    };
    match outcome {
        Outcome::Pending => pre::PENDING,
        Outcome::Done(status) => {
            set_status(data, status, 0);
            pre::COMPLETE
        }
    }
}

/// Whether the filter oplock that a create announces could be granted. That it can does not mean that it will be.
fn reserve(oplock: &Oplock, operation: &Operation, open_count: u32) -> NTSTATUS {
    const SHARED: u32 = sys::FILE_SHARE_READ | sys::FILE_SHARE_WRITE | sys::FILE_SHARE_DELETE;
    // SAFETY: whoever asks has the operation; the member of the union is the create's.
    let (access, share) = unsafe {
        let create = &(*(*operation.callback_data()).Iopb).Parameters.Create;
        (create.SecurityContext.as_ref().map_or(0, |context| context.DesiredAccess), u32::from(create.ShareAccess))
    };
    if open_count != 1 || access != sys::FILE_READ_ATTRIBUTES || share & SHARED != SHARED {
        operation.complain(
            "H-07",
            "FltOplockFsctrl was called for a create that does not open the file for FILE_READ_ATTRIBUTES alone, that does \
             not share everything, or that is not the only one",
        );
        return sys::STATUS_OPLOCK_NOT_GRANTED;
    }
    if oplock.has(Which::Any) { sys::STATUS_OPLOCK_NOT_GRANTED } else { sys::STATUS_SUCCESS }
}

fn handle(oplock: &Arc<Oplock>, operation: &Operation, asked: &Asked, open_count: u32, flags: u32) -> Outcome {
    let owner = owner_of(operation);
    if let Asked::Grant(level) = asked
        && let Err(status) = may_be_granted(operation, *level, open_count, flags)
    {
        return Outcome::Done(status);
    }
    // It may be pended, so it is in the list before anything is armed.
    pended::remember(operation);
    let call = oplock.enter(operation, matches!(asked, Asked::Grant(_)));
    oplock.change(|state, acts| {
        let outcome = decide(oplock, state, acts, operation, asked, owner);
        // What goes on from here is no part of the driver's call.
        drop(call);
        outcome
    })
}

/// What comes of a control that could be granted.
fn decide(
    oplock: &Arc<Oplock>,
    state: &mut State,
    acts: &mut Vec<Act>,
    operation: &Operation,
    asked: &Asked,
    owner: Owner,
) -> Outcome {
    match *asked {
        Asked::Grant(level) if make_room(state, level, &owner, acts) => grant(oplock, state, operation, level, owner),
        Asked::Grant(_) => Outcome::Done(sys::STATUS_OPLOCK_NOT_GRANTED),
        Asked::Acknowledge { accept_level_2 } => match take_breaking(state, &owner, false) {
            Some(Rest::Level(Level::Level2)) if accept_level_2 => grant(oplock, state, operation, Level::Level2, owner),
            Some(_) => Outcome::Done(sys::STATUS_SUCCESS),
            None => Outcome::Done(sys::STATUS_INVALID_OPLOCK_PROTOCOL),
        },
        Asked::ClosePending => Outcome::Done(close_pending(state, &owner)),
        Asked::AcknowledgeCache(bits) => acknowledge_cache(oplock, state, operation, bits, owner),
        Asked::Notify if state.grants.iter().all(|grant| grant.breaking.is_none()) => {
            Outcome::Done(sys::STATUS_SUCCESS)
        }
        Asked::Notify => {
            if !operation.cancel.arm(Action::Oplock(oplock.number)) {
                return Outcome::Done(sys::STATUS_CANCELLED);
            }
            let access = Access { kind: Kind::Harmless, owner, keys: true };
            state.waiters.push(Waiter { operation: Held(operation), access, how: How::Notify });
            Outcome::Pending
        }
    }
}

/// What the file and its handles say to a request (rules H-06, H-21).
fn may_be_granted(operation: &Operation, level: Level, open_count: u32, flags: u32) -> Result<(), NTSTATUS> {
    let file = operation.target_file();
    let directory = file.live_open().is_some_and(|open| open.is_directory());
    if directory && (level == Level::Level2 || !level.is_shared()) {
        return Err(sys::STATUS_INVALID_PARAMETER);
    }
    let keys_match = flags & sys::OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH != 0 && matches!(level, Level::Cache(_));
    let in_the_way = if level.is_shared() { open_count != 0 } else { open_count > 1 && !keys_match };
    if file.flags() & sys::FO_SYNCHRONOUS_IO != 0 || in_the_way {
        return Err(sys::STATUS_OPLOCK_NOT_GRANTED);
    }
    Ok(())
}

/// Whether what is granted leaves room for a request (rules H-21, H-22). What gives way to it is ended.
fn make_room(state: &mut State, level: Level, owner: &Owner, acts: &mut Vec<Act>) -> bool {
    let compatible = state.grants.iter().all(|grant| {
        let same = grant.owner.is(owner);
        grant.breaking.is_none()
            && match (level, grant.level) {
                (Level::Level1 | Level::Batch | Level::Filter | Level::Level2 | Level::Cache(READ), Level::Level2)
                | (Level::Level2, Level::Cache(READ)) => true,
                (Level::Cache(wanted), Level::Cache(held)) if held & WRITE != 0 => same && wanted & held == held,
                (Level::Cache(wanted), Level::Cache(held)) if wanted & WRITE != 0 => same && wanted & held == held,
                (Level::Cache(wanted), Level::Cache(held)) => !same || wanted & held == held,
                _ => false,
            }
    });
    if !compatible {
        return false;
    }
    state.grants.retain_mut(|grant| {
        let broken = grant.level == Level::Level2 && !level.is_shared();
        let switched = matches!((level, grant.level), (Level::Cache(_), Level::Cache(_))) && grant.owner.is(owner);
        let Some(request) = grant.request.filter(|request| (broken || switched) && request.take()) else { return true };
        acts.push(if broken {
            to_none(request)
        } else {
            Act::Complete {
                request,
                status: sys::STATUS_OPLOCK_SWITCHED_TO_NEW_HANDLE,
                information: size_of::<sys::REQUEST_OPLOCK_OUTPUT_BUFFER>(),
                new_level: Some(NewLevel { original: grant.level.bits(), new: level.bits(), acknowledge: false }),
            }
        });
        false
    });
    true
}

/// Grants an oplock: the operation is pended until it breaks (rule H-20).
fn grant(oplock: &Oplock, state: &mut State, operation: &Operation, level: Level, owner: Owner) -> Outcome {
    if !operation.cancel.arm(Action::Oplock(oplock.number)) {
        return Outcome::Done(sys::STATUS_CANCELLED);
    }
    state.grants.push(Grant { level, owner, request: Some(Held(operation)), breaking: None });
    Outcome::Pending
}

/// Takes out the oplock of an owner that breaks, and answers what it was broken to.
fn take_breaking(state: &mut State, owner: &Owner, cache: bool) -> Option<Rest> {
    let index = state.grants.iter().position(|grant| {
        grant.owner.file == owner.file && grant.breaking.is_some() && matches!(grant.level, Level::Cache(_)) == cache
    })?;
    state.grants.remove(index).breaking
}

fn close_pending(state: &mut State, owner: &Owner) -> NTSTATUS {
    let mut found = false;
    state.grants.retain(|grant| {
        let this = grant.owner.file == owner.file && grant.breaking.is_some();
        let legacy = !matches!(grant.level, Level::Cache(_));
        found |= this && legacy;
        // Who holds a batch or filter oplock closes the handle, which ends the wait; level 1 ends now.
        !(this && grant.level == Level::Level1)
    });
    if found { sys::STATUS_SUCCESS } else { sys::STATUS_INVALID_OPLOCK_PROTOCOL }
}

fn acknowledge_cache(oplock: &Oplock, state: &mut State, operation: &Operation, bits: u32, owner: Owner) -> Outcome {
    match take_breaking(state, &owner, true) {
        None => Outcome::Done(sys::STATUS_INVALID_OPLOCK_PROTOCOL),
        // No more can be kept than the break left.
        Some(to) => match bits & to.bits() {
            0 => Outcome::Done(sys::STATUS_SUCCESS),
            kept => grant(oplock, state, operation, Level::Cache(kept), owner),
        },
    }
}
