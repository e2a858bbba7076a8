//! Opening files: `NtCreateFile`, and what it sends.

use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{FILE_NETWORK_OPEN_INFORMATION, FLT_IO_PARAMETER_BLOCK};

use super::file_object::{FileRef, NewFile};
use super::{File, Requestor};
use crate::flt::callback_data::IoStatus;
use crate::flt::ecp;
use crate::flt::instance::Instance;
use crate::flt::major::{self, byte, half};
use crate::flt::operation::{self, Request};
use crate::flt::transaction::Transaction;
use crate::flt::volume::Volume;
use crate::status::NtStatus;

/// What to open, and how.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// The name, relative to the volume; it starts with `\`.
    pub name: Vec<u16>,
    /// `ACCESS_MASK`.
    pub desired_access: u32,
    /// `FILE_SUPERSEDE` to `FILE_OVERWRITE_IF`.
    pub disposition: u32,
    /// `FILE_DIRECTORY_FILE` and so on.
    pub options: u32,
    /// `FILE_SHARE_*`.
    pub share_access: u32,
    /// `FILE_ATTRIBUTE_*` of a file that is made.
    pub file_attributes: u32,
    /// How many bytes to reserve for a file that is made.
    pub allocation_size: u64,
    /// Whether names are compared with their case.
    pub case_sensitive: bool,
    /// A list of `FILE_FULL_EA_INFORMATION` for a file that is made.
    pub extended_attributes: Vec<u8>,
    /// The oplock key: opens that have the same one do not break each other's oplocks.
    pub oplock_key: Option<[u8; 16]>,
    /// The transaction within which to open it.
    pub transaction: Option<Transaction>,
}

impl Default for OpenRequest {
    /// Opens an existing file for reading, as `CreateFile` would: synchronously, sharing everything.
    fn default() -> Self {
        Self {
            name: Vec::new(),
            desired_access: sys::FILE_GENERIC_READ,
            disposition: sys::FILE_OPEN,
            options: sys::FILE_SYNCHRONOUS_IO_NONALERT,
            share_access: sys::FILE_SHARE_READ | sys::FILE_SHARE_WRITE | sys::FILE_SHARE_DELETE,
            file_attributes: sys::FILE_ATTRIBUTE_NORMAL,
            allocation_size: 0,
            case_sensitive: false,
            extended_attributes: Vec::new(),
            oplock_key: None,
            transaction: None,
        }
    }
}

/// How often a name may be changed by `STATUS_REPARSE`.
const MOST_REPARSES: usize = 32;

impl Volume {
    /// Opens a file for `who`. Answers the handle and `FILE_OPENED`, `FILE_CREATED`, ... as `IoStatus.Information`.
    ///
    /// # Errors
    ///
    /// What the file system or a filter failed the create with.
    pub fn open(self: &Arc<Self>, who: &Requestor, request: &OpenRequest) -> Result<(File, usize), NtStatus> {
        let (file, information) = create(self, who, Some(who), None, request, 0, 0)?;
        Ok((File::new(file, who.clone()), information))
    }

    /// What a program gets that asks for a file's attributes by its name: a fast I/O call that needs no open, and where
    /// it is refused, an open, a query and a close (rule L-09).
    ///
    /// # Errors
    ///
    /// What the file system or a filter failed it with.
    pub fn query_open(
        self: &Arc<Self>,
        who: &Requestor,
        name: &[u16],
        case_sensitive: bool,
    ) -> Result<FILE_NETWORK_OPEN_INFORMATION, NtStatus> {
        let file = self.file_to_query(who, name, case_sensitive);
        // SAFETY: both structures are plain data, for which zeros are valid.
        let (mut information, mut parameters): (FILE_NETWORK_OPEN_INFORMATION, FLT_IO_PARAMETER_BLOCK) =
            unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
        parameters.MajorFunction = major::NETWORK_QUERY_OPEN;
        parameters.TargetFileObject = file.as_ptr();
        parameters.Parameters.NetworkQueryOpen.NetworkInformation = (&raw mut information).cast();
        let result = operation::perform(Request {
            volume: self,
            file: &file,
            class: sys::FLTFL_CALLBACK_DATA_FAST_IO_OPERATION,
            parameters,
            requestor: Some(who),
            floor: None,
            mdl: None,
            own: None,
        });
        match result.status {
            sys::STATUS_FLT_DISALLOW_FAST_IO => (),
            status if status >= 0 => return Ok(information),
            status => return Err(NtStatus(status)),
        }
        let file = self.open_to_query(who, name, case_sensitive)?;
        let mut bytes = [0; size_of::<FILE_NETWORK_OPEN_INFORMATION>()];
        file.query_information(sys::FileNetworkOpenInformation, &mut bytes)?;
        // SAFETY: the buffer is as large as the structure, which is plain data.
        Ok(unsafe { bytes.as_ptr().cast::<FILE_NETWORK_OPEN_INFORMATION>().read_unaligned() })
    }

    /// What a program gets that asks for information about a file by its name: a call to FSFilter that needs no open, and
    /// where it is refused, an open, a query and a close (rule L-09). Answers the length of what is in the buffer.
    ///
    /// # Errors
    ///
    /// `STATUS_INVALID_INFO_CLASS` for a class that cannot be asked for so (rule L-10), and what the file system or a filter
    /// failed it with.
    pub fn query_information_by_name(
        self: &Arc<Self>,
        who: &Requestor,
        name: &[u16],
        class: i32,
        buffer: &mut [u8],
    ) -> Result<usize, NtStatus> {
        const CLASSES: [i32; 4] = [
            sys::FileStatInformation,
            sys::FileStatLxInformation,
            sys::FileCaseSensitiveInformation,
            sys::FileStatBasicInformation,
        ];
        if !CLASSES.contains(&class) {
            return Err(NtStatus(sys::STATUS_INVALID_INFO_CLASS));
        }
        let file = self.file_to_query(who, name, false);
        let mut length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        // SAFETY: the structure is plain data, for which zeros are valid.
        let mut parameters: FLT_IO_PARAMETER_BLOCK = unsafe { std::mem::zeroed() };
        parameters.MajorFunction = major::QUERY_OPEN;
        parameters.TargetFileObject = file.as_ptr();
        // SAFETY: this is the member of a query-open.
        let query = unsafe { &mut parameters.Parameters.QueryOpen };
        query.FileInformation = buffer.as_mut_ptr().cast();
        query.Length = &raw mut length;
        query.FileInformationClass = class;
        let result = operation::perform(Request {
            volume: self,
            file: &file,
            class: sys::FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION,
            parameters,
            requestor: Some(who),
            floor: None,
            mdl: None,
            own: None,
        });
        match result.status {
            sys::STATUS_FLT_DISALLOW_FAST_IO => self.open_to_query(who, name, false)?.query_information(class, buffer),
            // A filter may have answered any length.
            status if status >= 0 => Ok(buffer.len().min(length as usize)),
            status => Err(NtStatus(status)),
        }
    }

    /// The file object of a query by name, which is on nobody's handle (rule L-08).
    fn file_to_query(self: &Arc<Self>, who: &Requestor, name: &[u16], case_sensitive: bool) -> FileRef {
        FileRef::new(NewFile {
            volume: self,
            opener: who.clone(),
            floor: None,
            name,
            flags: if case_sensitive { sys::FO_OPENED_CASE_SENSITIVE } else { 0 },
            case_sensitive,
            oplock_key: None,
            ecp_list: 0,
            transaction: None,
        })
    }

    /// Opens a file to query it.
    fn open_to_query(self: &Arc<Self>, who: &Requestor, name: &[u16], case_sensitive: bool) -> Result<File, NtStatus> {
        let request = OpenRequest {
            name: name.to_vec(),
            desired_access: sys::FILE_READ_ATTRIBUTES,
            case_sensitive,
            options: sys::FILE_OPEN_REPARSE_POINT | sys::FILE_SYNCHRONOUS_IO_NONALERT,
            ..OpenRequest::default()
        };
        self.open(who, &request).map(|(file, _)| file)
    }
}

/// The greatest information of `STATUS_REPARSE` that says how to go on; what is greater is a tag.
const IO_REMOUNT: usize = 1;

/// Sends an `IRP_MJ_CREATE`, following `STATUS_REPARSE`.
///
/// `requestor` is `None` for a create that a filter generates in the thread as it is; `ecp_list` are its extra create
/// parameters, or 0.
pub(crate) fn create(
    volume: &Arc<Volume>,
    opener: &Requestor,
    requestor: Option<&Requestor>,
    floor: Option<&Arc<Instance>>,
    request: &OpenRequest,
    operation_flags: u8,
    ecp_list: usize,
) -> Result<(FileRef, usize), NtStatus> {
    let mut volume = Arc::clone(volume);
    let mut floor = floor.cloned();
    let mut request = std::borrow::Cow::Borrowed(request);
    if request.transaction.as_ref().is_some_and(|transaction| !transaction.object().is_active()) {
        return Err(NtStatus(sys::STATUS_TRANSACTION_NOT_ACTIVE));
    }
    for _ in 0..MOST_REPARSES {
        let file = FileRef::new(NewFile {
            volume: &volume,
            opener: opener.clone(),
            floor: floor.clone(),
            name: &request.name,
            flags: file_flags(&request),
            case_sensitive: request.case_sensitive,
            oplock_key: ecp::oplock_key(ecp_list).or(request.oplock_key),
            ecp_list,
            transaction: request.transaction.as_ref().map(|transaction| Arc::clone(transaction.object())),
        });
        let result = send_create(&file, requestor, &request, operation_flags);
        file.detach_ecp_list();
        if result.status == sys::STATUS_REPARSE && result.information > IO_REMOUNT {
            // The tag of a reparse point that no filter has taken care of. Nothing else here knows any.
            return Err(NtStatus(sys::STATUS_IO_REPARSE_TAG_NOT_HANDLED));
        }
        if result.status == sys::STATUS_REPARSE {
            // The name was changed to a full one, which is looked up from the top again.
            let machine = volume.machine();
            let name = file.name();
            let (target, rest) = machine
                .volumes()
                .into_iter()
                .find_map(|volume| {
                    let rest = below_device(&name, volume.device_name_units())?.to_vec();
                    Some((volume, rest))
                })
                .ok_or(NtStatus(sys::STATUS_OBJECT_PATH_NOT_FOUND))?;
            if !Arc::ptr_eq(&target, &volume) {
                if floor.is_some() {
                    // Rule N-10.
                    return Err(NtStatus(sys::STATUS_MOUNT_POINT_NOT_RESOLVED));
                }
                volume = target;
                floor = None;
            }
            request.to_mut().name = rest;
            continue;
        }
        let status = NtStatus(result.status);
        if file.live_open().is_none() || !status.is_success() {
            abandon(&file);
            return Err(if status.is_success() { NtStatus(sys::STATUS_UNSUCCESSFUL) } else { status });
        }
        file.add_flags(sys::FO_HANDLE_CREATED);
        return Ok((file, result.information));
    }
    Err(NtStatus(sys::STATUS_REPARSE_POINT_NOT_RESOLVED))
}

/// The part of a full name behind a device name, or `None` if the name is on another device.
pub(crate) fn below_device<'a>(name: &'a [u16], device: &[u16]) -> Option<&'a [u16]> {
    let (head, rest) = name.split_at_checked(device.len())?;
    let same = head.iter().zip(device).all(|(left, right)| fold(*left) == fold(*right));
    (same && (rest.is_empty() || rest[0] == u16::from(b'\\'))).then_some(rest)
}

/// A unit without its case, as far as device names need it.
fn fold(unit: u16) -> u16 {
    u8::try_from(unit).map_or(unit, |byte| u16::from(byte.to_ascii_lowercase()))
}

/// The `FO_…` flags that follow from the options of a create.
fn file_flags(request: &OpenRequest) -> u32 {
    let mut flags = 0;
    let options = request.options;
    for (option, flag) in [
        (sys::FILE_SYNCHRONOUS_IO_ALERT | sys::FILE_SYNCHRONOUS_IO_NONALERT, sys::FO_SYNCHRONOUS_IO),
        (sys::FILE_SYNCHRONOUS_IO_ALERT, sys::FO_ALERTABLE_IO),
        (sys::FILE_NO_INTERMEDIATE_BUFFERING, sys::FO_NO_INTERMEDIATE_BUFFERING),
        (sys::FILE_WRITE_THROUGH, sys::FO_WRITE_THROUGH),
        (sys::FILE_SEQUENTIAL_ONLY, sys::FO_SEQUENTIAL_ONLY),
        (sys::FILE_RANDOM_ACCESS, sys::FO_RANDOM_ACCESS),
    ] {
        if options & option != 0 {
            flags |= flag;
        }
    }
    if options & sys::FILE_NO_INTERMEDIATE_BUFFERING == 0 {
        flags |= sys::FO_CACHE_SUPPORTED;
    }
    if request.case_sensitive {
        flags |= sys::FO_OPENED_CASE_SENSITIVE;
    }
    flags
}

fn send_create(file: &FileRef, requestor: Option<&Requestor>, request: &OpenRequest, operation_flags: u8) -> IoStatus {
    // SAFETY: all three are plain data, for which zeros are valid.
    let (mut access_state, mut security, mut parameters): (
        sys::ACCESS_STATE,
        sys::IO_SECURITY_CONTEXT,
        FLT_IO_PARAMETER_BLOCK,
    ) = unsafe { (std::mem::zeroed(), std::mem::zeroed(), std::mem::zeroed()) };
    access_state.OriginalDesiredAccess = request.desired_access;
    access_state.RemainingDesiredAccess = request.desired_access;
    security.AccessState = &raw mut access_state;
    security.DesiredAccess = request.desired_access;
    security.FullCreateOptions = request.options;
    parameters.IrpFlags = sys::IRP_CREATE_OPERATION | sys::IRP_DEFER_IO_COMPLETION | sys::IRP_SYNCHRONOUS_API;
    parameters.MajorFunction = major::CREATE;
    let case = if request.case_sensitive { byte(sys::SL_CASE_SENSITIVE) } else { 0 };
    let check = if requestor.is_some_and(|who| who.user_mode) { byte(sys::SL_FORCE_ACCESS_CHECK) } else { 0 };
    parameters.OperationFlags = operation_flags | case | check;
    parameters.TargetFileObject = file.as_ptr();
    let mut attributes = request.extended_attributes.clone();
    // SAFETY: the member of the union is the create's.
    unsafe {
        let create = &mut parameters.Parameters.Create;
        create.SecurityContext = &raw mut security;
        create.Options = request.options & 0x00FF_FFFF | request.disposition << 24;
        create.FileAttributes = half(request.file_attributes);
        create.ShareAccess = half(request.share_access);
        create.EaLength = u32::try_from(attributes.len()).unwrap_or(u32::MAX);
        create.EaBuffer = if attributes.is_empty() { std::ptr::null_mut() } else { attributes.as_mut_ptr().cast() };
        create.AllocationSize.QuadPart = request.allocation_size.cast_signed();
    }
    let generated = if requestor.is_none() { sys::FLTFL_CALLBACK_DATA_GENERATED_IO } else { 0 };
    operation::perform(Request {
        volume: file.volume(),
        file,
        class: sys::FLTFL_CALLBACK_DATA_IRP_OPERATION | generated,
        parameters,
        requestor,
        floor: file.floor(),
        mdl: None,
        own: None,
    })
}

/// Undoes what is left of a create that was failed above the file system. A filter that fails a successful create has
/// to call `FltCancelFileOpen`, which does this (rule D-30).
fn abandon(file: &FileRef) {
    if !file.is_opened() {
        return;
    }
    file.volume().machine().report_once(crate::flt::report::Report {
        rule: "D-30",
        driver: "a filter".to_owned(),
        text: "a successful create was failed in post-create without FltCancelFileOpen".to_owned(),
    });
    if let Some(open) = file.live_open() {
        file.volume().file_system().cleanup(open);
    }
    file.closed();
}

/// Opens a file below an instance, as a filter does (rule N-01).
pub(crate) fn open_below(
    volume: &Arc<Volume>,
    floor: Option<&Arc<Instance>>,
    request: &OpenRequest,
    operation_flags: u8,
    ecp_list: usize,
) -> Result<(FileRef, usize), NtStatus> {
    let opener = Requestor::kernel(crate::kernel::thread::current().process());
    create(volume, &opener, None, floor, request, operation_flags, ecp_list)
}

/// An operation without parameters on an open file.
fn bare(file: &FileRef, major: u8, irp_flags: u32) -> FLT_IO_PARAMETER_BLOCK {
    // SAFETY: the block is plain data, for which zeros are valid.
    let mut parameters: FLT_IO_PARAMETER_BLOCK = unsafe { std::mem::zeroed() };
    parameters.MajorFunction = major;
    parameters.IrpFlags = irp_flags;
    parameters.TargetFileObject = file.as_ptr();
    parameters
}

/// Sends `IRP_MJ_CLEANUP`: the last handle is closed.
pub(crate) fn send_cleanup(file: &FileRef, requestor: Option<&Requestor>, floor: Option<&Instance>) {
    if !file.is_opened() || file.is_cleaned_up() {
        return;
    }
    let irp_flags = sys::IRP_CLOSE_OPERATION | sys::IRP_SYNCHRONOUS_API;
    operation::perform(Request {
        volume: file.volume(),
        file,
        class: sys::FLTFL_CALLBACK_DATA_IRP_OPERATION,
        parameters: bare(file, major::CLEANUP, irp_flags),
        requestor,
        floor,
        mdl: None,
        own: None,
    });
    file.cleaned_up();
}

/// Sends `IRP_MJ_CLOSE`: the last reference is gone.
pub(crate) fn send_close(file: &FileRef, floor: Option<&Instance>) {
    let irp_flags = sys::IRP_CLOSE_OPERATION | sys::IRP_SYNCHRONOUS_API;
    let requestor = Requestor::kernel(crate::kernel::process::system());
    operation::perform(Request {
        volume: file.volume(),
        file,
        class: sys::FLTFL_CALLBACK_DATA_IRP_OPERATION,
        parameters: bare(file, major::CLOSE, irp_flags),
        requestor: Some(&requestor),
        floor,
        mdl: None,
        own: None,
    });
    file.closed();
}

/// `FltCancelFileOpen`: cleans up and closes below the instance, which is all that saw the open succeed (rule D-28).
pub(crate) fn cancel(file: &FileRef, instance: &Instance) {
    file.add_flags(sys::FO_FILE_OPEN_CANCELLED);
    if file.is_opened() {
        send_cleanup(file, None, Some(instance));
        send_close(file, Some(instance));
    }
}
