//! Sections for scans (rules J-29, J-30).

use fltmgr_sys as sys;
use fltmgr_sys::{
    ACCESS_MASK, NTSTATUS, PFILE_OBJECT, PFLT_CONTEXT, PFLT_INSTANCE, PHANDLE, PLARGE_INTEGER, POBJECT_ATTRIBUTES,
    PVOID, ULONG,
};

use super::export;
use super::flt_context::on_file;
use crate::flt::instance::Instance;
use crate::flt::major::half;
use crate::flt::object::Object;
use crate::flt::section::{self, NewSection};
use crate::io::FileRef;
use crate::kernel::handle::{self, Target};
use crate::kernel::irql;
use crate::kernel::object::ObjectKind;
use crate::kernel::references::Referenced;

export! {
    dll "FLTMGR.SYS";

    /// Makes an instance one that scans: it can make sections from then on.
    pub unsafe fn FltRegisterForDataScan(Instance: PFLT_INSTANCE) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes an instance.
        unsafe { Instance::from_handle(Instance) }.register_for_data_scan();
        sys::STATUS_SUCCESS
    }

    /// Makes a section of a file, with a context (rule X-18).
    pub unsafe fn FltCreateSectionForDataScan(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        SectionContext: PFLT_CONTEXT,
        DesiredAccess: ACCESS_MASK,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        MaximumSize: PLARGE_INTEGER,
        SectionPageProtection: ULONG,
        AllocationAttributes: ULONG,
        Flags: ULONG,
        SectionHandle: PHANDLE,
        SectionObject: *mut PVOID,
        SectionFileSize: PLARGE_INTEGER,
    ) -> NTSTATUS {
        let _ = (ObjectAttributes, MaximumSize, Flags);
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects, a context that it holds a reference to, and places for the results, of which
        // the last may be NULL.
        unsafe {
            let instance = Instance::arc_from_handle(Instance);
            let new = NewSection {
                context: SectionContext,
                protection: SectionPageProtection,
                attributes: AllocationAttributes,
            };
            let (section, size) = match section::create(&instance, &FileRef::of(FileObject), &new) {
                Ok(made) => made,
                Err(status) => return status,
            };
            section.reference();
            SectionObject.write(std::ptr::with_exposed_provenance_mut(section.address()));
            if let Some(place) = SectionFileSize.as_mut() {
                place.QuadPart = size.cast_signed();
            }
            let object = section.address();
            let target = Target { kind: ObjectKind::Section, object, access: DesiredAccess, owner: section };
            SectionHandle.write(std::ptr::with_exposed_provenance_mut(handle::open(target)));
        }
        sys::STATUS_SUCCESS
    }

    /// Ends the part of a section context in its section.
    pub unsafe fn FltCloseSectionForDataScan(SectionContext: PFLT_CONTEXT) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a context that it holds a reference to.
        unsafe { section::close(SectionContext) }
    }

    /// An instance's section context on a stream.
    pub unsafe fn FltGetSectionContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Context: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a place for the result.
        unsafe {
            Context.write(std::ptr::null_mut());
            on_file(Instance, FileObject, half(sys::FLT_SECTION_CONTEXT), |place| place.get(Context))
        }
    }
}
