//! Named pipes and mailslots, on the instances that a filter has for them.

use super::open::{may_open, object_attributes};
use super::{OpenOptions, Opened, OwnedFile};
use crate::instance::Instance;
use crate::irql::{Irql, PassiveLevel};
use crate::parameters::{Mailslot, NamedPipe, PipeMode};
use crate::status::{Error, Result};
use crate::string::unicode_string;
use core::ptr;
use fltmgr_sys as sys;

const fn flag(is_set: bool, flag: u32) -> u32 {
    if is_set { flag } else { 0 }
}

/// A timeout, which is optional.
fn timeout(timeout: &mut Option<sys::LARGE_INTEGER>) -> sys::PLARGE_INTEGER {
    timeout.as_mut().map_or(ptr::null_mut(), ptr::from_mut)
}

impl OpenOptions<'_> {
    /// Makes or opens an instance of a named pipe of this full name, as `\Device\NamedPipe\name`, below the instance. Of the
    /// options, access, disposition, create options and sharing count. Wraps FltCreateNamedPipeFile; Windows 8 and later.
    ///
    /// # Errors
    ///
    /// STATUS_POSSIBLE_DEADLOCK if the thread has come here through a file system (N-04), STATUS_NAME_TOO_LONG,
    /// STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_FLT_DELETING_OBJECT, STATUS_INSTANCE_NOT_AVAILABLE,
    /// STATUS_INVALID_PARAMETER, and whatever else the file system returns.
    pub fn create_pipe<'a>(
        &self,
        instance: Instance<'a>,
        name: &[u16],
        pipe: &NamedPipe,
        _: Irql<'a, PassiveLevel>,
    ) -> Result<OwnedFile<'a>> {
        may_open()?;
        let mut name = unicode_string(name)?;
        let mut attributes = object_attributes(&mut name, ptr::null_mut(), self.object_attributes);
        let mut default_timeout = pipe.default_timeout.map(|due| sys::LARGE_INTEGER { QuadPart: due });
        let is_messages = |mode| matches!(mode, PipeMode::Messages);
        let pipe_type = flag(is_messages(pipe.write_mode), sys::FILE_PIPE_MESSAGE_TYPE)
            | flag(pipe.rejects_remote_clients, sys::FILE_PIPE_REJECT_REMOTE_CLIENTS);
        let (mut handle, mut object) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: zeroes are a status block.
        let mut status: sys::IO_STATUS_BLOCK = unsafe { core::mem::zeroed() };
        // SAFETY: the instance is live, the name is borrowed, and the results have places. PASSIVE_LEVEL.
        Error::check(unsafe {
            sys::FltCreateNamedPipeFile(
                instance.volume().filter.as_ptr(),
                instance.pointer.as_ptr(),
                &raw mut handle,
                &raw mut object,
                self.access.bits(),
                &raw mut attributes,
                &raw mut status,
                self.share.bits().into(),
                self.disposition as u32,
                self.options.bits(),
                pipe_type,
                flag(is_messages(pipe.read_mode), sys::FILE_PIPE_MESSAGE_MODE),
                flag(pipe.is_nonblocking, sys::FILE_PIPE_COMPLETE_OPERATION),
                pipe.maximum_instances,
                pipe.inbound_quota,
                pipe.outbound_quota,
                timeout(&mut default_timeout),
                ptr::null_mut(),
            )
        })?;
        // SAFETY: on success the routine has opened the pipe, and gave a handle and a referenced file object.
        Ok(unsafe { OwnedFile::from_opened(instance, handle, object, Opened::of(status.Information)) })
    }

    /// Makes a mailslot of this full name, as `\Device\Mailslot\name`, below the instance. Of the options, access and create
    /// options count. Wraps FltCreateMailslotFile; Windows 8 and later.
    ///
    /// # Errors
    ///
    /// STATUS_POSSIBLE_DEADLOCK if the thread has come here through a file system (N-04), STATUS_NAME_TOO_LONG,
    /// STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_FLT_DELETING_OBJECT, STATUS_OBJECT_NAME_COLLISION,
    /// STATUS_INVALID_PARAMETER, and whatever else the file system returns.
    pub fn create_mailslot<'a>(
        &self,
        instance: Instance<'a>,
        name: &[u16],
        mailslot: &Mailslot,
        _: Irql<'a, PassiveLevel>,
    ) -> Result<OwnedFile<'a>> {
        may_open()?;
        let mut name = unicode_string(name)?;
        let mut attributes = object_attributes(&mut name, ptr::null_mut(), self.object_attributes);
        let mut read_timeout = mailslot.read_timeout.map(|due| sys::LARGE_INTEGER { QuadPart: due });
        let (mut handle, mut object) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: zeroes are a status block.
        let mut status: sys::IO_STATUS_BLOCK = unsafe { core::mem::zeroed() };
        // SAFETY: the instance is live, the name is borrowed, and the results have places. PASSIVE_LEVEL.
        Error::check(unsafe {
            sys::FltCreateMailslotFile(
                instance.volume().filter.as_ptr(),
                instance.pointer.as_ptr(),
                &raw mut handle,
                &raw mut object,
                self.access.bits(),
                &raw mut attributes,
                &raw mut status,
                self.options.bits(),
                mailslot.quota,
                mailslot.maximum_message_size,
                timeout(&mut read_timeout),
                ptr::null_mut(),
            )
        })?;
        // SAFETY: on success the routine has made the mailslot, and gave a handle and a referenced file object.
        Ok(unsafe { OwnedFile::from_opened(instance, handle, object, Opened::of(status.Information)) })
    }
}
