//! Device controls, information that is set on volumes, and quotas.

use fltmgr_sys as sys;

use super::file::{File, Sender};
use crate::flt::callback_data::IoStatus;
use crate::flt::major::{self, byte};
use crate::flt::parameters::{METHOD_BUFFERED, METHOD_NEITHER};
use crate::status::NtStatus;

fn length_of(buffer: &[u8]) -> u32 {
    u32::try_from(buffer.len()).unwrap_or(u32::MAX)
}

/// What a query of quotas asks for.
#[derive(Clone, Copy, Default)]
pub(crate) struct QuotaQuery<'a> {
    /// A list of `FILE_GET_QUOTA_INFORMATION`; empty for all there are.
    pub sids: &'a [u8],
    /// Where to begin, or NULL.
    pub start: sys::PSID,
    /// `SL_RESTART_SCAN`, `SL_RETURN_SINGLE_ENTRY` and `SL_INDEX_SPECIFIED`.
    pub flags: u32,
}

impl Sender<'_> {
    /// Sends a device control, its buffers as the method in the code says (rule I-23).
    pub(crate) fn device_control(&self, code: u32, input: &[u8], output: &mut [u8]) -> IoStatus {
        let mut parameters = self.parameters(major::DEVICE_CONTROL, sys::IRP_SYNCHRONOUS_API);
        // SAFETY: the members of the union are those of the control, chosen by its method.
        unsafe {
            let control = &mut parameters.Parameters.DeviceIoControl;
            control.Common.OutputBufferLength = length_of(output);
            control.Common.InputBufferLength = length_of(input);
            control.Common.IoControlCode = code;
            match code & 3 {
                METHOD_BUFFERED => {
                    let mut system = input.to_vec();
                    system.resize(input.len().max(output.len()), 0);
                    control.Buffered.SystemBuffer = system.as_mut_ptr().cast();
                    let result = self.irp(parameters, sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER);
                    // A warning gives what fits; an error gives nothing.
                    if !NtStatus(result.status).is_error() {
                        let count = result.information.min(output.len());
                        output[..count].copy_from_slice(&system[..count]);
                    }
                    result
                }
                METHOD_NEITHER => {
                    control.Neither.InputBuffer = input.as_ptr().cast_mut().cast();
                    control.Neither.OutputBuffer = output.as_mut_ptr().cast();
                    self.irp(parameters, 0)
                }
                _ => {
                    let mut system = input.to_vec();
                    control.Direct.InputSystemBuffer = system.as_mut_ptr().cast();
                    control.Direct.OutputBuffer = output.as_mut_ptr().cast();
                    let mdl = super::mdl::OwnedMdl::new(output.as_mut_ptr().cast(), length_of(output));
                    control.Direct.OutputMdlAddress = mdl.as_ptr();
                    self.irp_with_mdl(parameters, 0, Some(mdl))
                }
            }
        }
    }

    /// Sets information of the volume.
    pub(crate) fn set_volume_information(&self, class: i32, buffer: &[u8]) -> IoStatus {
        let mut copy = buffer.to_vec();
        let irp_flags = sys::IRP_BUFFERED_IO | sys::IRP_SYNCHRONOUS_API;
        let mut parameters = self.parameters(major::SET_VOLUME_INFORMATION, irp_flags);
        // SAFETY: the member of the union is the set's.
        let set = unsafe { &mut parameters.Parameters.SetVolumeInformation };
        set.Length = length_of(&copy);
        set.FsInformationClass = class;
        set.VolumeBuffer = copy.as_mut_ptr().cast();
        self.irp(parameters, sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER)
    }

    /// Queries quotas.
    pub(crate) fn query_quota(&self, query: QuotaQuery<'_>, buffer: &mut [u8]) -> IoStatus {
        let mut parameters = self.parameters(major::QUERY_QUOTA, sys::IRP_SYNCHRONOUS_API);
        parameters.OperationFlags = byte(query.flags);
        // SAFETY: the member of the union is the query's.
        let quota = unsafe { &mut parameters.Parameters.QueryQuota };
        quota.Length = length_of(buffer);
        quota.QuotaBuffer = buffer.as_mut_ptr().cast();
        quota.StartSid = query.start;
        if !query.sids.is_empty() {
            quota.SidList = query.sids.as_ptr().cast_mut().cast();
            quota.SidListLength = length_of(query.sids);
        }
        self.irp(parameters, 0)
    }

    /// Sets quotas.
    pub(crate) fn set_quota(&self, buffer: &[u8]) -> IoStatus {
        let mut copy = buffer.to_vec();
        let mut parameters = self.parameters(major::SET_QUOTA, sys::IRP_SYNCHRONOUS_API);
        // SAFETY: the member of the union is the set's.
        let quota = unsafe { &mut parameters.Parameters.SetQuota };
        quota.Length = length_of(&copy);
        quota.QuotaBuffer = copy.as_mut_ptr().cast();
        self.irp(parameters, 0)
    }
}

impl File {
    /// Sends a device control.
    ///
    /// # Errors
    ///
    /// What a filter or the file system failed it with.
    pub fn device_control(&self, code: u32, input: &[u8], output: &mut [u8]) -> Result<usize, NtStatus> {
        let who = self.who();
        let count = self.sender(&who).device_control(code, input, output).into_result()?;
        Ok(count.min(output.len()))
    }

    /// Sets information of the volume that the file is on.
    ///
    /// # Errors
    ///
    /// What a filter or the file system failed it with.
    pub fn set_volume_information(&self, class: i32, buffer: &[u8]) -> Result<(), NtStatus> {
        let who = self.who();
        self.sender(&who).set_volume_information(class, buffer).into_result().map(drop)
    }
}
