//! I/O that filters generate (rules N).

use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{LARGE_INTEGER, NTSTATUS, OBJECT_ATTRIBUTES};

use super::callback_data::IoStatus;
use super::instance::Instance;
use super::object::Object;
use super::own::{self, Completed, StartedTransfer};
use super::volume::Volume;
use crate::io::{self, File, FileRef, OpenRequest, Sender, Transfer};
use crate::kernel::handle::{self, Target};
use crate::kernel::object::ObjectKind;
use crate::kernel::thread;
use crate::status::NtStatus;

/// The instance and the name are of different volumes.
const STATUS_INVALID_DEVICE_OBJECT_PARAMETER: NTSTATUS = 0xC000_0369_u32.cast_signed();

/// The arguments of `FltCreateFileEx2` that say what to open.
pub(crate) struct Create<'a> {
    pub instance: Option<&'a Arc<Instance>>,
    pub attributes: &'a OBJECT_ATTRIBUTES,
    /// All but the name and its case sensitivity, which are in the attributes.
    pub request: OpenRequest,
    /// The extra create parameters, or 0.
    pub ecp_list: usize,
}

/// Opens a file for a filter: below its instance, or from the top of the stack without one (rules N-01, N-02).
pub(crate) fn create(create: Create<'_>) -> Result<(File, usize), NtStatus> {
    let Create { instance, attributes, mut request, ecp_list } = create;
    // Rule N-05: outside the system process the handle must be a kernel handle.
    let system = thread::current().process_address() == crate::kernel::process::system().address();
    if !system && attributes.Attributes & sys::OBJ_KERNEL_HANDLE == 0 {
        return Err(NtStatus(sys::STATUS_INVALID_PARAMETER));
    }
    // SAFETY: the name of object attributes is NULL or valid, and so is its buffer.
    let name = unsafe { attributes.ObjectName.as_ref().map_or(&[][..], |name| super::text::units(*name)) };
    let volume;
    (volume, request.name) = find(instance, attributes.RootDirectory as u64, name)?;
    request.case_sensitive = attributes.Attributes & sys::OBJ_CASE_INSENSITIVE == 0;
    if let Some(instance) = instance
        && !Arc::ptr_eq(instance.volume(), &volume)
    {
        return Err(NtStatus(STATUS_INVALID_DEVICE_OBJECT_PARAMETER));
    }
    let _in_flight = Hold::on(instance.map(|instance| &**instance));
    let security = match attributes.SecurityDescriptor {
        descriptor if descriptor.is_null() => None,
        // SAFETY: the security descriptor of object attributes is NULL or valid.
        descriptor => Some(unsafe { io::capture_security(descriptor.cast()) }?),
    };
    let (file, information) = io::open_below(&volume, instance, &request, 0, ecp_list)?;
    if let (Some(descriptor), Some(open)) = (security, file.live_open())
        && information == sys::FILE_CREATED as usize
    {
        volume.file_system().set_security(open, parts_of(&descriptor), &descriptor)?;
    }
    Ok((File::of_driver(file), information))
}

/// The parts that a self-relative security descriptor has.
fn parts_of(descriptor: &[u8]) -> u32 {
    let fields = [
        sys::OWNER_SECURITY_INFORMATION,
        sys::GROUP_SECURITY_INFORMATION,
        sys::SACL_SECURITY_INFORMATION,
        sys::DACL_SECURITY_INFORMATION,
    ];
    // The four offsets follow the revision and the control.
    let offsets = descriptor.get(4..).unwrap_or_default().chunks_exact(4);
    fields.into_iter().zip(offsets).filter(|(_, offset)| *offset != [0; 4]).fold(0, |parts, (part, _)| parts | part)
}

/// The volume and the volume-relative name that object attributes mean.
fn find(instance: Option<&Arc<Instance>>, root: u64, name: &[u16]) -> Result<(Arc<Volume>, Vec<u16>), NtStatus> {
    const SEPARATOR: u16 = b'\\' as u16;
    if root != 0 {
        let directory = io::handle_to_file(root).ok_or(NtStatus(sys::STATUS_INVALID_HANDLE))?;
        if name.first() == Some(&SEPARATOR) {
            return Err(NtStatus(sys::STATUS_OBJECT_PATH_SYNTAX_BAD));
        }
        let volume = Arc::clone(directory.volume());
        let mut path = directory.open().map(|open| volume.file_system().name_of(open)).unwrap_or_default();
        if !name.is_empty() {
            if path.last() != Some(&SEPARATOR) {
                path.push(SEPARATOR);
            }
            path.extend_from_slice(name);
        }
        return Ok((volume, path));
    }
    let machine = thread::machine();
    let volumes = instance.map(|instance| Arc::clone(instance.volume())).into_iter().chain(machine.volumes());
    for volume in volumes {
        if let Some(rest) = io::below_device(name, volume.device_name_units()) {
            let rest = rest.to_vec();
            return Ok((volume, rest));
        }
    }
    Err(NtStatus(if name.first() == Some(&SEPARATOR) {
        sys::STATUS_OBJECT_PATH_NOT_FOUND
    } else {
        sys::STATUS_OBJECT_PATH_SYNTAX_BAD
    }))
}

/// A kernel handle for an open file. Closing it closes the file.
pub(crate) fn handle_of(file: File) -> usize {
    let object = file.object().as_ptr() as usize;
    let access = file.granted_access();
    handle::open(Target { kind: ObjectKind::File, object, access, owner: Arc::new(file) })
}

/// Keeps an instance's teardown from completing while it has I/O of its own under way (rules A-45, N-36).
pub(crate) struct Hold<'a>(Option<&'a Instance>);

impl<'a> Hold<'a> {
    /// Takes hold of an instance, if there is one.
    pub(crate) fn on(instance: Option<&'a Instance>) -> Self {
        if let Some(instance) = instance {
            // Generated I/O may still be issued in the teardown callbacks, so a closing instance is no obstacle.
            instance.operations.enter_again();
        }
        Self(instance)
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        if let Some(instance) = self.0 {
            instance.operations.exit();
        }
    }
}

/// Sends operations on a file object below an instance.
pub(crate) fn with_sender<R>(instance: &Instance, file: &FileRef, f: impl FnOnce(Sender<'_>) -> R) -> R {
    let _in_flight = Hold::on(Some(instance));
    f(Sender { file, requestor: None, floor: Some(instance), generated: true })
}

/// `FILE_USE_FILE_POINTER_POSITION` with a high part of -1.
const USE_POSITION: i64 = -2;

/// What `FltReadFile` and `FltWriteFile` share.
pub(crate) struct OwnTransfer<'a> {
    pub instance: &'a Instance,
    pub file: &'a FileRef,
    pub offset: Option<LARGE_INTEGER>,
    pub length: u32,
    pub buffer: *mut u8,
    pub flags: u32,
    /// Tells the locks of one process apart.
    pub key: u32,
    /// What describes the buffer already, or NULL.
    pub mdl: sys::PMDL,
}

impl OwnTransfer<'_> {
    /// The IRP flags that follow from `FLTFL_IO_OPERATION_…` and the file object (rules N-14, N-15).
    fn irp_flags(&self) -> Result<u32, NTSTATUS> {
        let has = |flag: u32| self.flags & flag != 0;
        if has(sys::FLTFL_IO_OPERATION_SYNCHRONOUS_PAGING) && !has(sys::FLTFL_IO_OPERATION_PAGING) {
            return Err(sys::STATUS_INVALID_PARAMETER);
        }
        let mut flags = 0;
        if has(sys::FLTFL_IO_OPERATION_NON_CACHED) || self.file.flags() & sys::FO_NO_INTERMEDIATE_BUFFERING != 0 {
            flags |= sys::IRP_NOCACHE;
        }
        if has(sys::FLTFL_IO_OPERATION_PAGING) {
            flags |= sys::IRP_PAGING_IO;
        }
        if has(sys::FLTFL_IO_OPERATION_SYNCHRONOUS_PAGING) {
            flags |= sys::IRP_SYNCHRONOUS_PAGING_IO;
        }
        Ok(flags)
    }

    /// What is to be transferred with which IRP flags, and where it begins if it moves the file position.
    fn prepare(&self) -> Result<(Transfer, u32, Option<u64>), NTSTATUS> {
        let irp_flags = self.irp_flags()?;
        let synchronous = self.file.flags() & sys::FO_SYNCHRONOUS_IO != 0;
        // SAFETY: every bit pattern is an integer.
        let given = self.offset.map(|offset| unsafe { offset.QuadPart });
        let by_position = given.is_none_or(|offset| offset == USE_POSITION);
        // Rule N-13.
        if by_position && !synchronous {
            return Err(sys::STATUS_INVALID_PARAMETER);
        }
        let offset = if by_position { self.file.position().cast_signed() } else { given.unwrap_or_default() };
        let sector = i64::from(super::volume::SECTOR_SIZE);
        let aligned = offset % sector == 0 && i64::from(self.length) % sector == 0;
        if irp_flags & sys::IRP_NOCACHE != 0 && irp_flags & sys::IRP_PAGING_IO == 0 && offset >= 0 && !aligned {
            // Rule N-14.
            return Err(sys::STATUS_INVALID_PARAMETER);
        }
        let keep =
            self.flags & sys::FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET != 0 || irp_flags & sys::IRP_PAGING_IO != 0;
        let moves = u64::try_from(offset).ok().filter(|_| synchronous && !keep);
        let transfer = Transfer { offset, buffer: self.buffer, length: self.length, key: self.key, mdl: self.mdl };
        Ok((transfer, irp_flags, moves))
    }

    /// Reads or writes, and answers the outcome.
    pub(crate) fn perform(&self, write: bool) -> IoStatus {
        let (transfer, irp_flags, moves) = match self.prepare() {
            Ok(prepared) => prepared,
            Err(status) => return IoStatus::of(status),
        };
        let irp_flags = irp_flags | sys::IRP_SYNCHRONOUS_API;
        let result = with_sender(self.instance, self.file, |sender| {
            if write { sender.write(transfer, irp_flags) } else { sender.read(transfer, irp_flags) }
        });
        if let Some(offset) = moves
            && result.status >= 0
        {
            // A filter below may have answered any count.
            self.file.set_position(offset.saturating_add((result.information as u64).min(self.length.into())));
        }
        result
    }

    /// Begins to read or to write, and has the callback called when that is done (rules N-12, N-18). What cannot begin has
    /// no callback.
    pub(crate) fn start(&self, write: bool, callback: Completed, context: sys::PVOID) -> NTSTATUS {
        let (transfer, irp_flags, moves) = match self.prepare() {
            Ok(prepared) => prepared,
            Err(status) => return status,
        };
        let major = if write { super::major::WRITE } else { super::major::READ };
        let (parameters, mdl) =
            with_sender(self.instance, self.file, |sender| sender.transfer_parameters(major, transfer, irp_flags));
        // SAFETY: the driver has passed the instance.
        let instance = unsafe { Instance::arc_from_handle(self.instance.handle()) };
        let transfer = StartedTransfer { file: self.file, parameters, mdl, moves };
        own::start_transfer(&instance, transfer, callback, context)
    }
}

/// Queries the volume through its root directory, opened for this.
pub(crate) fn query_volume(instance: &Arc<Instance>, class: i32, buffer: &mut [u8]) -> IoStatus {
    match open_root(instance) {
        Ok(root) => with_sender(instance, root.file_ref(), |sender| sender.query_volume_information(class, buffer)),
        Err(status) => IoStatus::of(status.0),
    }
}

fn open_for(instance: &Arc<Instance>, request: &OpenRequest) -> Result<File, NtStatus> {
    let _in_flight = Hold::on(Some(instance));
    let (file, _) = io::open_below(instance.volume(), Some(instance), request, 0, 0)?;
    Ok(File::of_driver(file))
}

/// Opens the root directory of an instance's volume, below the instance.
pub(crate) fn open_root(instance: &Arc<Instance>) -> Result<File, NtStatus> {
    open_for(
        instance,
        &OpenRequest {
            name: vec![u16::from(b'\\')],
            desired_access: sys::FILE_READ_ATTRIBUTES | sys::SYNCHRONIZE,
            options: sys::FILE_DIRECTORY_FILE | sys::FILE_SYNCHRONOUS_IO_NONALERT,
            ..OpenRequest::default()
        },
    )
}

/// Opens an instance's volume itself, below the instance.
pub(crate) fn open_volume(instance: &Arc<Instance>) -> Result<File, NtStatus> {
    open_for(
        instance,
        &OpenRequest {
            name: Vec::new(),
            desired_access: sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE,
            ..OpenRequest::default()
        },
    )
}

/// Makes the folder for what belongs to a volume, if it is not there.
pub(crate) fn make_system_folder(instance: &Arc<Instance>) -> NTSTATUS {
    let made = open_for(
        instance,
        &OpenRequest {
            name: "\\System Volume Information".encode_utf16().collect(),
            desired_access: sys::FILE_READ_ATTRIBUTES | sys::SYNCHRONIZE,
            disposition: sys::FILE_OPEN_IF,
            options: sys::FILE_DIRECTORY_FILE | sys::FILE_SYNCHRONOUS_IO_NONALERT,
            file_attributes: sys::FILE_ATTRIBUTE_HIDDEN | sys::FILE_ATTRIBUTE_SYSTEM,
            ..OpenRequest::default()
        },
    );
    made.map_or_else(|status| status.0, |_| sys::STATUS_SUCCESS)
}

/// The volume that object attributes mean.
pub(crate) fn volume_of(
    instance: Option<&Arc<Instance>>,
    attributes: &OBJECT_ATTRIBUTES,
) -> Result<Arc<Volume>, NtStatus> {
    // SAFETY: the name of object attributes is NULL or valid, and so is its buffer.
    let name = unsafe { attributes.ObjectName.as_ref().map_or(&[][..], |name| super::text::units(*name)) };
    find(instance, attributes.RootDirectory as u64, name).map(|(volume, _)| volume)
}

/// Queries information about a file that is opened for this.
pub(crate) fn query_by_name(create_arguments: Create<'_>, class: i32, buffer: &mut [u8]) -> IoStatus {
    match create(create_arguments) {
        Ok((file, _)) => {
            let floor = file.file_ref().floor();
            let sender = Sender { file: file.file_ref(), requestor: None, floor, generated: true };
            sender.query_information(class, buffer, false)
        }
        Err(status) => IoStatus::of(status.0),
    }
}
