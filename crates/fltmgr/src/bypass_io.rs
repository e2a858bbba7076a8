//! BypassIO: reads that go past all filters, and a filter's word against it.
//!
//! On Windows 11 a program can ask that its reads of a file bypass the stack of the file system. A filter that has to see them
//! vetoes what asks for that, with [`PreOp::veto_bypass_io`]; one that does not says so in its INF.
//!
//! ```
//! use fltmgr::{Error, PreOp, PreStatus, op, utf16};
//!
//! /// Sees every read.
//! fn control<'a>(control: PreOp<'a, op::FileSystemControl>) -> PreStatus<'a, op::FileSystemControl> {
//!     if !control.asks_for_bypass_io() {
//!         return control.pass().into();
//!     }
//!     match control.veto_bypass_io(Error::NOT_SUPPORTED, utf16!("every read is looked at")) {
//!         Ok(vetoed) => vetoed.into(),
//!         Err((control, error)) => control.fail(error).into(),
//!     }
//! }
//! ```

use crate::op;
use crate::operation::{Before, Completed, PreOp};
use crate::parameters::FileSystemRequest;
use crate::status::{Error, Status};
use crate::string::unicode_string;
use fltmgr_sys as sys;

/// FltVetoBypassIo. Its calling convention is the platform's.
type Veto = unsafe extern "efiapi" fn(
    sys::PFLT_CALLBACK_DATA,
    sys::PCFLT_RELATED_OBJECTS,
    sys::NTSTATUS,
    sys::PCUNICODE_STRING,
) -> sys::NTSTATUS;

/// The routine, where Windows has it, which is since version 11.
fn routine() -> Option<Veto> {
    // SAFETY: the name is a string of C; DISPATCH_LEVEL at most, as in all callbacks.
    let address = unsafe { sys::FltGetRoutineAddress(c"FltVetoBypassIo".as_ptr().cast()) };
    // SAFETY: a routine of this name has this type, and stays as long as the Filter Manager. NULL is none.
    unsafe { core::mem::transmute::<sys::PVOID, Option<Veto>>(address) }
}

impl Before<'_, op::FileSystemControl> {
    /// Whether the operation asks for reads that bypass the filters, or whether they could (FSCTL_MANAGE_BYPASS_IO).
    pub fn asks_for_bypass_io(&self) -> bool {
        let request = self.parameters().request();
        matches!(request, FileSystemRequest::User(control) if control.code.0 == sys::FSCTL_MANAGE_BYPASS_IO)
    }
}

impl<'a> PreOp<'a, op::FileSystemControl> {
    /// Says no to BypassIO on the file: the program learns that this filter refuses, with what error, and the reason in words,
    /// of which at most 128 units are kept (N-37). Wraps FltVetoBypassIo, which FltGetRoutineAddress finds where Windows has it,
    /// up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// The operation, and why: STATUS_NOT_SUPPORTED if this is no request to enable BypassIO or to ask for it, or the
    /// Windows is one without; STATUS_INVALID_PARAMETER_4 for no reason, STATUS_NAME_TOO_LONG for one of 64 KiB;
    /// STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_BUFFER_SIZE if the program's buffers are.
    pub fn veto_bypass_io(
        self,
        error: Error,
        reason: &[u16],
    ) -> Result<Completed<'a, op::FileSystemControl>, (Self, Error)> {
        let Some(veto) = routine().filter(|_| self.asks_for_bypass_io()) else {
            return Err((self, Error::NOT_SUPPORTED));
        };
        let reason = match unicode_string(reason) {
            Ok(reason) => reason,
            Err(error) => return Err((self, error)),
        };
        // SAFETY: these are the arguments of a pre-operation callback, at APC_LEVEL at most, and the status is an error.
        let status = unsafe { veto(self.as_raw(), self.objects(), error.raw(), &raw const reason) };
        match Error::check(status) {
            // What the routine has filled in is copied to the program.
            Ok(_) => Ok(self.complete_with(Status::SUCCESS, size_of::<sys::FS_BPIO_OUTPUT>() as u64)),
            Err(error) => Err((self, error)),
        }
    }
}
