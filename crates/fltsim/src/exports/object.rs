//! Objects and handles.

use std::ptr;

use fltmgr_sys::{
    ACCESS_MASK, HANDLE, KPROCESSOR_MODE, LONG_PTR, NTSTATUS, PACCESS_STATE, PHANDLE, PLARGE_INTEGER,
    POBJECT_HANDLE_INFORMATION, POBJECT_TYPE, PVOID, STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH,
    STATUS_SUCCESS, ULONG,
};

use super::synchronization::{deadline_of, wait_for};
use super::{Export, export};
use crate::kernel::handle::{self, Target};
use crate::kernel::object::{self, ObjectKind};
use crate::kernel::{fault, irql, thread};

/// An object type. Drivers only compare its address. It begins with its own address, so that a driver which takes one
/// step of indirection more or less than another finds the same.
#[repr(C)]
#[derive(Debug)]
pub struct ObjectType {
    itself: TypePointer,
    name: &'static str,
}

/// The value of a variable such as `IoFileObjectType`.
#[repr(transparent)]
#[derive(Debug, Clone, Copy)]
pub struct TypePointer(*const ObjectType);

// SAFETY: the pointer is to a static that never changes.
unsafe impl Sync for TypePointer {}
// SAFETY: as above.
unsafe impl Send for TypePointer {}

macro_rules! object_types {
    ($($variable:ident, $object:ident, $name:literal;)*) => {
        $(
            static $object: ObjectType = ObjectType { itself: TypePointer(&raw const $object), name: $name };
            /// The object type that drivers know by this name.
            #[unsafe(no_mangle)]
            pub static $variable: TypePointer = TypePointer(&raw const $object);
        )*
        /// The variables that drivers can import.
        pub const TYPES: &[Export] = &[
            $(Export::new("ntoskrnl.exe", stringify!($variable), (&raw const $variable).cast()),)*
            Export::new("ntoskrnl.exe", "MmHighestUserAddress", (&raw const MmHighestUserAddress).cast()),
            Export::new("ntoskrnl.exe", "MmUserProbeAddress", (&raw const MmUserProbeAddress).cast()),
        ];
    };
}

object_types! {
    IoFileObjectType, FILE, "File";
    PsProcessType, PROCESS, "Process";
    PsThreadType, THREAD, "Thread";
    ExEventObjectType, EVENT, "Event";
    SeTokenObjectType, TOKEN, "Token";
    TmTransactionObjectType, TRANSACTION, "TmTx";
}

/// The last user address.
#[unsafe(no_mangle)]
pub static MmHighestUserAddress: u64 = crate::kernel::leaf::USER_PROBE_ADDRESS - 1 + 0xFFFF;

/// The first address that no user buffer may reach.
#[unsafe(no_mangle)]
pub static MmUserProbeAddress: u64 = crate::kernel::leaf::USER_PROBE_ADDRESS;

/// Whether an object of `kind` is what a driver means by `object_type`; null is any.
fn is_of_type(kind: ObjectKind, object_type: POBJECT_TYPE) -> bool {
    let wanted: &ObjectType = match kind {
        ObjectKind::File => &FILE,
        ObjectKind::Process => &PROCESS,
        ObjectKind::Thread => &THREAD,
        ObjectKind::Event => &EVENT,
        ObjectKind::Transaction => &TRANSACTION,
        ObjectKind::Device | ObjectKind::Driver | ObjectKind::Key | ObjectKind::Section => return object_type.is_null(),
    };
    object_type.is_null() || ptr::addr_eq(wanted, object_type)
}

/// What a handle stands for, the pseudo-handles of the current process and thread among them.
pub(super) fn resolve(handle: HANDLE) -> Option<(ObjectKind, usize, ACCESS_MASK)> {
    const CURRENT_PROCESS: isize = -1;
    const CURRENT_THREAD: isize = -2;
    match handle as isize {
        CURRENT_PROCESS => Some((ObjectKind::Process, thread::current().process_address(), 0x1F_FFFF)),
        CURRENT_THREAD => Some((ObjectKind::Thread, thread::current().address(), 0x1F_FFFF)),
        _ => handle::get(handle as usize).map(|target| (target.kind, target.object, target.access)),
    }
}

fn close(handle: HANDLE) -> NTSTATUS {
    // The object's share is dropped here, without any lock: a file's last handle sends requests.
    match handle::close(handle as usize) {
        Some(target) => {
            drop(target);
            STATUS_SUCCESS
        }
        None => fault::bug_check(
            0x93,
            [handle as usize, 0, 0, 0],
            format!("{:#x} was to be closed, and is no open handle", handle as usize),
        ),
    }
}

fn reference(object: PVOID) {
    if !object::reference(object as usize) {
        fault::bug_check(
            0x18,
            [0, object as usize, 0, 0],
            format!("{object:p} was to be referenced, and is no object"),
        );
    }
}

fn dereference(object: PVOID) {
    if !object::dereference(object as usize) {
        fault::bug_check(
            0x18,
            [0, object as usize, 0, 0],
            format!("{object:p} was to be dereferenced, and is no object, or is one no more"),
        );
    }
}

export! {
    dll "ntoskrnl.exe";

    /// The object that a handle stands for, referenced.
    pub unsafe fn ObReferenceObjectByHandle(
        Handle: HANDLE,
        DesiredAccess: ACCESS_MASK,
        ObjectType: POBJECT_TYPE,
        AccessMode: KPROCESSOR_MODE,
        Object: *mut PVOID,
        HandleInformation: POBJECT_HANDLE_INFORMATION,
    ) -> NTSTATUS {
        let _ = (DesiredAccess, AccessMode);
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a variable for the result.
        unsafe { Object.write(ptr::null_mut()) };
        let Some((kind, object, access)) = resolve(Handle) else { return STATUS_INVALID_HANDLE };
        if object == 0 || !is_of_type(kind, ObjectType) {
            return STATUS_OBJECT_TYPE_MISMATCH;
        }
        if !object::reference(object) {
            return STATUS_INVALID_HANDLE;
        }
        // SAFETY: as above; what is not null is a variable for the handle's attributes.
        unsafe {
            Object.write(object as PVOID);
            if let Some(information) = HandleInformation.as_mut() {
                information.HandleAttributes = 0;
                information.GrantedAccess = access;
            }
        }
        STATUS_SUCCESS
    }

    /// Counts a reference to an object.
    pub unsafe fn ObfReferenceObject(Object: PVOID) -> LONG_PTR {
        irql::check(irql::DISPATCH_LEVEL);
        reference(Object);
        // What the count is means nothing to drivers.
        1
    }

    /// Takes a reference to an object back.
    pub unsafe fn ObfDereferenceObject(Object: PVOID) -> LONG_PTR {
        irql::check(irql::DISPATCH_LEVEL);
        dereference(Object);
        1
    }

    /// A handle to an object.
    pub unsafe fn ObOpenObjectByPointer(
        Object: PVOID,
        HandleAttributes: ULONG,
        PassedAccessState: PACCESS_STATE,
        DesiredAccess: ACCESS_MASK,
        ObjectType: POBJECT_TYPE,
        AccessMode: KPROCESSOR_MODE,
        Handle: PHANDLE,
    ) -> NTSTATUS {
        let _ = (HandleAttributes, PassedAccessState, AccessMode);
        irql::check(irql::PASSIVE_LEVEL);
        let Some(target) = object::find(Object as usize) else {
            fault::bug_check(0x18, [0, Object as usize, 0, 0], format!("{Object:p} was to be opened, and is no object"));
        };
        if !is_of_type(target.kind(), ObjectType) {
            return STATUS_OBJECT_TYPE_MISMATCH;
        }
        let handle = open_object(Object as usize, target.kind(), DesiredAccess);
        // SAFETY: the driver passes a variable for the result.
        unsafe { Handle.write(handle as HANDLE) };
        STATUS_SUCCESS
    }

    /// Closes a handle.
    pub unsafe fn ObCloseHandle(Handle: HANDLE, PreviousMode: KPROCESSOR_MODE) -> NTSTATUS {
        let _ = PreviousMode;
        irql::check(irql::PASSIVE_LEVEL);
        close(Handle)
    }

    /// Closes a handle.
    pub unsafe fn ZwClose(Handle: HANDLE) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        close(Handle)
    }

    /// Closes a handle.
    pub unsafe fn NtClose(Handle: HANDLE) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        close(Handle)
    }

    /// Waits for the object that a handle stands for.
    pub unsafe fn ZwWaitForSingleObject(
        Handle: HANDLE,
        Alertable: fltmgr_sys::BOOLEAN,
        Timeout: PLARGE_INTEGER,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        match resolve(Handle) {
            None => STATUS_INVALID_HANDLE,
            Some((ObjectKind::Process | ObjectKind::Thread | ObjectKind::Event, object, _)) => {
                // SAFETY: the handle keeps the object, which can be waited for, and the driver passes a timeout or null.
                unsafe { wait_for(object as PVOID, Alertable != 0, deadline_of(Timeout)) }
            }
            Some(_) => STATUS_OBJECT_TYPE_MISMATCH,
        }
    }
}

/// A handle that holds a reference to the object at `address`.
pub(super) fn open_object(address: usize, kind: ObjectKind, access: ACCESS_MASK) -> usize {
    /// Takes the handle's reference back.
    struct Held(usize);
    impl Drop for Held {
        fn drop(&mut self) {
            object::dereference(self.0);
        }
    }
    object::reference(address);
    handle::open(Target { kind, object: address, access, owner: std::sync::Arc::new(Held(address)) })
}
