//! Views of sections.

use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{HANDLE, NTSTATUS, PLARGE_INTEGER, PSIZE_T, PVOID, SECTION_INHERIT, SIZE_T, ULONG, ULONG_PTR};

use super::export;
use crate::flt::section::{self, Section};
use crate::kernel::irql;
use crate::kernel::object::ObjectKind;
use crate::kernel::references::Referenced;

/// Maps a view, and stores its address and size.
///
/// # Safety
///
/// The driver must pass places for both; the size says how much it wants.
unsafe fn map(section: &Arc<Section>, offset: usize, base: *mut PVOID, size: PSIZE_T) -> NTSTATUS {
    // SAFETY: passed on.
    let wanted = usize::try_from(unsafe { *size }).unwrap_or(usize::MAX);
    match section::map(section, offset, wanted) {
        Ok((address, length)) => {
            // SAFETY: passed on.
            unsafe {
                base.write(std::ptr::with_exposed_provenance_mut(address));
                size.write(length as SIZE_T);
            }
            sys::STATUS_SUCCESS
        }
        Err(status) => status,
    }
}

export! {
    dll "ntoskrnl.exe";

    /// Maps a view of a section into the system's part of the address space.
    pub unsafe fn MmMapViewInSystemSpace(Section: PVOID, MappedBase: *mut PVOID, ViewSize: PSIZE_T) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        let Some(section) = Section::find(Section as usize) else { return sys::STATUS_INVALID_PARAMETER };
        // SAFETY: the driver passes places for the address and the size.
        unsafe { map(&section, 0, MappedBase, ViewSize) }
    }

    /// Ends such a view.
    pub unsafe fn MmUnmapViewInSystemSpace(MappedBase: PVOID) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        section::unmap(MappedBase as usize)
    }

    /// Maps a view of a section for a process. There is one address space for all of them here.
    pub unsafe fn ZwMapViewOfSection(
        SectionHandle: HANDLE,
        ProcessHandle: HANDLE,
        BaseAddress: *mut PVOID,
        ZeroBits: ULONG_PTR,
        CommitSize: SIZE_T,
        SectionOffset: PLARGE_INTEGER,
        ViewSize: PSIZE_T,
        InheritDisposition: SECTION_INHERIT,
        AllocationType: ULONG,
        Win32Protect: ULONG,
    ) -> NTSTATUS {
        let _ = (ZeroBits, CommitSize, InheritDisposition, AllocationType, Win32Protect);
        irql::check(irql::PASSIVE_LEVEL);
        if !matches!(super::object::resolve(ProcessHandle), Some((ObjectKind::Process, ..))) {
            return sys::STATUS_INVALID_HANDLE;
        }
        let Some((kind, address, _)) = super::object::resolve(SectionHandle) else { return sys::STATUS_INVALID_HANDLE };
        let Some(section) = Section::find(address).filter(|_| kind == ObjectKind::Section) else {
            return sys::STATUS_OBJECT_TYPE_MISMATCH;
        };
        // SAFETY: the driver passes NULL or an offset; every bit pattern of the union is a number.
        let offset = unsafe { SectionOffset.as_ref().map_or(0, |offset| offset.QuadPart) };
        // SAFETY: the driver passes places for the address and the size.
        unsafe { map(&section, usize::try_from(offset).unwrap_or(usize::MAX), BaseAddress, ViewSize) }
    }

    /// Ends such a view.
    pub unsafe fn ZwUnmapViewOfSection(ProcessHandle: HANDLE, BaseAddress: PVOID) -> NTSTATUS {
        let _ = ProcessHandle;
        irql::check(irql::PASSIVE_LEVEL);
        section::unmap(BaseAddress as usize)
    }
}
