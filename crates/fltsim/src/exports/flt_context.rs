//! Contexts (rules J).

use fltmgr_sys as sys;
use fltmgr_sys::{
    BOOLEAN, FLT_CONTEXT_TYPE, FLT_SET_CONTEXT_OPERATION, NTSTATUS, PCFLT_RELATED_OBJECTS, PFILE_OBJECT, PFLT_CONTEXT,
    PFLT_FILTER, PFLT_INSTANCE, PFLT_RELATED_CONTEXTS, PFLT_RELATED_CONTEXTS_EX, PFLT_VOLUME, POOL_TYPE, SIZE_T,
};

use super::export;
use super::flt_transaction::on_transaction;
use crate::flt::context::{self, ContextSlots, Key};
use crate::flt::filter::{Filter, identity};
use crate::flt::instance::Instance;
use crate::flt::major::half;
use crate::flt::object::Object;
use crate::flt::volume::Volume;
use crate::io::FileRef;
use crate::kernel::irql;

const VOLUME: FLT_CONTEXT_TYPE = half(sys::FLT_VOLUME_CONTEXT);
const INSTANCE: FLT_CONTEXT_TYPE = half(sys::FLT_INSTANCE_CONTEXT);
const FILE: FLT_CONTEXT_TYPE = half(sys::FLT_FILE_CONTEXT);
const STREAM: FLT_CONTEXT_TYPE = half(sys::FLT_STREAM_CONTEXT);
const STREAM_HANDLE: FLT_CONTEXT_TYPE = half(sys::FLT_STREAMHANDLE_CONTEXT);
const TRANSACTION: FLT_CONTEXT_TYPE = half(sys::FLT_TRANSACTION_CONTEXT);
const SECTION: FLT_CONTEXT_TYPE = half(sys::FLT_SECTION_CONTEXT);

/// An object that contexts are set on, and which of its contexts is meant.
pub(super) struct Place<'a> {
    pub slots: &'a ContextSlots,
    pub key: Key,
    pub filter: &'a Filter,
    /// The instance whose teardown ends the object's contexts.
    pub instance: Option<&'a Instance>,
}

impl Place<'_> {
    /// Rule J-19.
    pub(super) unsafe fn get(&self, result: *mut PFLT_CONTEXT) -> NTSTATUS {
        let context = self.slots.get(self.key);
        // SAFETY: the driver passes a place for the result.
        unsafe { result.write(context.unwrap_or(std::ptr::null_mut())) };
        if context.is_some() { sys::STATUS_SUCCESS } else { sys::STATUS_NOT_FOUND }
    }

    /// Rules J-12 to J-16.
    pub(super) unsafe fn set(
        &self,
        operation: FLT_SET_CONTEXT_OPERATION,
        new: PFLT_CONTEXT,
        old: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        let is_deleting = || match self.instance {
            Some(instance) => instance.is_tearing_down(),
            None => self.filter.is_unregistered(),
        };
        // SAFETY: the driver passes a context it holds a reference to.
        let (status, previous) = unsafe { self.slots.set(self.key, self.filter, is_deleting, operation, new) };
        // SAFETY: passed on.
        unsafe { hand_over(previous, old) };
        status
    }

    /// Rule J-27.
    pub(super) unsafe fn delete(&self, old: *mut PFLT_CONTEXT) -> NTSTATUS {
        let previous = self.slots.take(self.key);
        // SAFETY: passed on.
        unsafe { hand_over(previous, old) };
        if previous.is_some() { sys::STATUS_SUCCESS } else { sys::STATUS_NOT_FOUND }
    }
}

/// Gives the caller an old context with its reference, or gives the reference back where nobody asks for it.
pub(super) unsafe fn hand_over(previous: Option<PFLT_CONTEXT>, old: *mut PFLT_CONTEXT) {
    // SAFETY: the driver passes a place for the old context, or NULL; the reference is this function's to give.
    unsafe {
        if let Some(old) = old.as_mut() {
            *old = previous.unwrap_or(std::ptr::null_mut());
        } else if let Some(previous) = previous {
            context::release(previous);
        }
    }
}

/// Runs `f` with a place on a file object, if the file object has a stream (rules J-16, J-18, J-33).
pub(super) unsafe fn on_file(
    instance: PFLT_INSTANCE,
    file: PFILE_OBJECT,
    kind: FLT_CONTEXT_TYPE,
    f: impl FnOnce(&Place<'_>) -> NTSTATUS,
) -> NTSTATUS {
    if file.is_null() {
        return sys::STATUS_NOT_SUPPORTED;
    }
    // SAFETY: the driver passes an instance and a file object.
    let (instance, object) = unsafe { (Instance::from_handle(instance), FileRef::of(file)) };
    let Some(stream) = object.live_stream() else { return sys::STATUS_NOT_SUPPORTED };
    let handle = if kind == STREAM_HANDLE { file.cast_const().cast() } else { std::ptr::null() };
    f(&Place {
        slots: &stream.contexts,
        key: Key { kind, owner: identity(instance), handle, setter: std::ptr::null() },
        filter: instance.filter(),
        instance: Some(instance),
    })
}

unsafe fn on_instance<R>(instance: PFLT_INSTANCE, f: impl FnOnce(&Place<'_>) -> R) -> R {
    // SAFETY: the driver passes an instance.
    let instance = unsafe { Instance::from_handle(instance) };
    f(&Place {
        slots: &instance.contexts,
        key: Key { kind: INSTANCE, owner: identity(instance), handle: std::ptr::null(), setter: std::ptr::null() },
        filter: instance.filter(),
        instance: Some(instance),
    })
}

fn on_volume<R>(filter: &Filter, volume: &Volume, f: impl FnOnce(&Place<'_>) -> R) -> R {
    f(&Place {
        slots: &volume.contexts,
        key: Key { kind: VOLUME, owner: identity(filter), handle: std::ptr::null(), setter: std::ptr::null() },
        filter,
        instance: None,
    })
}

/// Whether a file object can have contexts.
unsafe fn supports(file: PFILE_OBJECT) -> BOOLEAN {
    // SAFETY: the driver passes a file object or NULL.
    (!file.is_null() && unsafe { FileRef::of(file) }.live_stream().is_some()).into()
}

/// How long the structure for all contexts is.
const EX_SIZE: SIZE_T = size_of::<sys::FLT_RELATED_CONTEXTS_EX>() as SIZE_T;

/// Gets the contexts of these kinds. What is not found stays NULL, as it was.
///
/// # Safety
///
/// The driver must pass related objects, and a place for the members of these kinds.
unsafe fn get_all(
    objects: &sys::FLT_RELATED_OBJECTS,
    desired: FLT_CONTEXT_TYPE,
    contexts: PFLT_RELATED_CONTEXTS_EX,
) -> NTSTATUS {
    let wants = |kind| desired & kind != 0;
    // SAFETY: passed on.
    unsafe {
        if wants(VOLUME) && !objects.Volume.is_null() {
            let (filter, volume) = (Filter::from_handle(objects.Filter), Volume::from_handle(objects.Volume));
            on_volume(filter, volume, |place| place.get(&raw mut (*contexts).VolumeContext));
        }
        if objects.Instance.is_null() {
            return sys::STATUS_SUCCESS;
        }
        if wants(INSTANCE) {
            on_instance(objects.Instance, |place| place.get(&raw mut (*contexts).InstanceContext));
        }
        if wants(TRANSACTION) && !objects.Transaction.is_null() {
            let (instance, transaction) = (objects.Instance, objects.Transaction);
            on_transaction(instance, transaction, |place| place.get(&raw mut (*contexts).TransactionContext));
        }
        for (kind, result) in [
            (FILE, &raw mut (*contexts).FileContext),
            (STREAM, &raw mut (*contexts).StreamContext),
            (STREAM_HANDLE, &raw mut (*contexts).StreamHandleContext),
        ] {
            if wants(kind) {
                on_file(objects.Instance, objects.FileObject, kind, |place| place.get(result));
            }
        }
        if wants(SECTION) {
            let (instance, file) = (objects.Instance, objects.FileObject);
            on_file(instance, file, SECTION, |place| place.get(&raw mut (*contexts).SectionContext));
        }
    }
    sys::STATUS_SUCCESS
}

/// Gives references back, where there are any.
///
/// # Safety
///
/// The references must be the driver's to give back.
unsafe fn release_all(contexts: &[PFLT_CONTEXT]) {
    for context in contexts.iter().filter(|context| !context.is_null()) {
        // SAFETY: passed on.
        unsafe { context::release(*context) };
    }
}

export! {
    dll "FLTMGR.SYS";

    /// Allocates a context (rules J-04 to J-10).
    pub unsafe fn FltAllocateContext(
        Filter: PFLT_FILTER,
        ContextType: FLT_CONTEXT_TYPE,
        ContextSize: SIZE_T,
        PoolType: POOL_TYPE,
        ReturnedContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes its filter and a place for the result.
        unsafe {
            let filter = Filter::arc_from_handle(Filter);
            match context::allocate(&filter, ContextType, usize::try_from(ContextSize).unwrap_or(usize::MAX), PoolType) {
                Ok(context) => {
                    ReturnedContext.write(context);
                    sys::STATUS_SUCCESS
                }
                Err(status) => {
                    ReturnedContext.write(std::ptr::null_mut());
                    status
                }
            }
        }
    }

    /// Counts a reference (rule J-11).
    pub unsafe fn FltReferenceContext(Context: PFLT_CONTEXT) {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a context.
        unsafe { context::reference(Context) };
    }

    /// Gives a reference back (rules J-11, J-21).
    pub unsafe fn FltReleaseContext(Context: PFLT_CONTEXT) {
        // SAFETY: the driver passes a context to which it holds a reference.
        unsafe { context::release(Context) };
    }

    /// Takes a context off its object (rule J-26).
    pub unsafe fn FltDeleteContext(Context: PFLT_CONTEXT) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a context to which it holds a reference.
        unsafe { context::delete(Context) };
    }

    /// The filter's context on a volume.
    pub unsafe fn FltGetVolumeContext(Filter: PFLT_FILTER, Volume: PFLT_VOLUME, Context: *mut PFLT_CONTEXT) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a place for the result.
        unsafe {
            on_volume(Filter::from_handle(Filter), Volume::from_handle(Volume), |place| place.get(Context))
        }
    }

    /// Sets the filter's context on a volume. Whose it is follows from the context.
    pub unsafe fn FltSetVolumeContext(
        Volume: PFLT_VOLUME,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a volume, a context and a place for the old one or NULL.
        unsafe {
            if NewContext.is_null() {
                return sys::STATUS_INVALID_PARAMETER;
            }
            let filter = context::filter_of(NewContext);
            on_volume(&filter, Volume::from_handle(Volume), |place| place.set(Operation, NewContext, OldContext))
        }
    }

    /// Takes the filter's context off a volume (rule J-27).
    pub unsafe fn FltDeleteVolumeContext(
        Filter: PFLT_FILTER,
        Volume: PFLT_VOLUME,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a place for the old context or NULL.
        unsafe {
            on_volume(Filter::from_handle(Filter), Volume::from_handle(Volume), |place| place.delete(OldContext))
        }
    }

    /// An instance's context.
    pub unsafe fn FltGetInstanceContext(Instance: PFLT_INSTANCE, Context: *mut PFLT_CONTEXT) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes an instance and a place for the result.
        unsafe { on_instance(Instance, |place| place.get(Context)) }
    }

    /// Sets an instance's context.
    pub unsafe fn FltSetInstanceContext(
        Instance: PFLT_INSTANCE,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes an instance, a context and a place for the old one or NULL.
        unsafe { on_instance(Instance, |place| place.set(Operation, NewContext, OldContext)) }
    }

    /// Takes an instance's context off it.
    pub unsafe fn FltDeleteInstanceContext(Instance: PFLT_INSTANCE, OldContext: *mut PFLT_CONTEXT) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes an instance and a place for the old context or NULL.
        unsafe { on_instance(Instance, |place| place.delete(OldContext)) }
    }

    /// An instance's context on a file.
    pub unsafe fn FltGetFileContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Context: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a place for the result.
        unsafe {
            Context.write(std::ptr::null_mut());
            on_file(Instance, FileObject, FILE, |place| place.get(Context))
        }
    }

    /// Sets an instance's context on a file.
    pub unsafe fn FltSetFileContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects, a context and a place for the old one or NULL.
        unsafe {
            hand_over(None, OldContext);
            on_file(Instance, FileObject, FILE, |place| place.set(Operation, NewContext, OldContext))
        }
    }

    /// Takes an instance's context off a file.
    pub unsafe fn FltDeleteFileContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a place for the old context or NULL.
        unsafe { on_file(Instance, FileObject, FILE, |place| place.delete(OldContext)) }
    }

    /// An instance's context on a stream.
    pub unsafe fn FltGetStreamContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Context: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a place for the result.
        unsafe {
            Context.write(std::ptr::null_mut());
            on_file(Instance, FileObject, STREAM, |place| place.get(Context))
        }
    }

    /// Sets an instance's context on a stream.
    pub unsafe fn FltSetStreamContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects, a context and a place for the old one or NULL.
        unsafe {
            hand_over(None, OldContext);
            on_file(Instance, FileObject, STREAM, |place| place.set(Operation, NewContext, OldContext))
        }
    }

    /// Takes an instance's context off a stream.
    pub unsafe fn FltDeleteStreamContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a place for the old context or NULL.
        unsafe { on_file(Instance, FileObject, STREAM, |place| place.delete(OldContext)) }
    }

    /// An instance's context on a file object.
    pub unsafe fn FltGetStreamHandleContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Context: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a place for the result.
        unsafe {
            Context.write(std::ptr::null_mut());
            on_file(Instance, FileObject, STREAM_HANDLE, |place| place.get(Context))
        }
    }

    /// Sets an instance's context on a file object.
    pub unsafe fn FltSetStreamHandleContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects, a context and a place for the old one or NULL.
        unsafe {
            hand_over(None, OldContext);
            on_file(Instance, FileObject, STREAM_HANDLE, |place| place.set(Operation, NewContext, OldContext))
        }
    }

    /// Takes an instance's context off a file object.
    pub unsafe fn FltDeleteStreamHandleContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a place for the old context or NULL.
        unsafe { on_file(Instance, FileObject, STREAM_HANDLE, |place| place.delete(OldContext)) }
    }

    /// Several contexts at once (rule J-24).
    pub unsafe fn FltGetContexts(
        FltObjects: PCFLT_RELATED_OBJECTS,
        DesiredContexts: FLT_CONTEXT_TYPE,
        Contexts: PFLT_RELATED_CONTEXTS,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes related objects and a place for the results, which the structures have in common.
        unsafe {
            Contexts.write(std::mem::zeroed());
            get_all(&*FltObjects, DesiredContexts & !SECTION, Contexts.cast())
        }
    }

    /// Releases what `FltGetContexts` got, and clears the members (rule J-24).
    pub unsafe fn FltReleaseContexts(Contexts: PFLT_RELATED_CONTEXTS) {
        // SAFETY: the driver passes what `FltGetContexts` filled.
        unsafe {
            let contexts = Contexts.read();
            Contexts.write(std::mem::zeroed());
            release_all(&[
                contexts.VolumeContext,
                contexts.InstanceContext,
                contexts.FileContext,
                contexts.StreamContext,
                contexts.StreamHandleContext,
                contexts.TransactionContext,
            ]);
        }
    }

    /// Several contexts at once, that of a section among them (rules J-24, J-25).
    pub unsafe fn FltGetContextsEx(
        FltObjects: PCFLT_RELATED_OBJECTS,
        DesiredContexts: FLT_CONTEXT_TYPE,
        ContextsSize: SIZE_T,
        Contexts: PFLT_RELATED_CONTEXTS_EX,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        if DesiredContexts & !half(sys::FLT_ALL_CONTEXTS) != 0 || ContextsSize != EX_SIZE {
            return sys::STATUS_INVALID_PARAMETER;
        }
        // SAFETY: the driver passes related objects and a place for the results.
        unsafe {
            Contexts.write(std::mem::zeroed());
            get_all(&*FltObjects, DesiredContexts, Contexts)
        }
    }

    /// Releases what `FltGetContextsEx` got, and clears the members (rule J-24).
    pub unsafe fn FltReleaseContextsEx(ContextsSize: SIZE_T, Contexts: PFLT_RELATED_CONTEXTS_EX) {
        let _ = ContextsSize;
        // SAFETY: the driver passes what `FltGetContextsEx` filled.
        unsafe {
            let contexts = Contexts.read();
            Contexts.write(std::mem::zeroed());
            release_all(&[
                contexts.VolumeContext,
                contexts.InstanceContext,
                contexts.FileContext,
                contexts.StreamContext,
                contexts.StreamHandleContext,
                contexts.TransactionContext,
                contexts.SectionContext,
            ]);
        }
    }

    /// Whether a file object can have file contexts.
    pub unsafe fn FltSupportsFileContexts(FileObject: PFILE_OBJECT) -> BOOLEAN {
        irql::check(irql::APC_LEVEL);
        // SAFETY: passed on.
        unsafe { supports(FileObject) }
    }

    /// Whether a file object can have file contexts (rule J-35).
    pub unsafe fn FltSupportsFileContextsEx(FileObject: PFILE_OBJECT, _Instance: PFLT_INSTANCE) -> BOOLEAN {
        irql::check(irql::APC_LEVEL);
        // SAFETY: passed on.
        unsafe { supports(FileObject) }
    }

    /// Whether a file object can have stream contexts.
    pub unsafe fn FltSupportsStreamContexts(FileObject: PFILE_OBJECT) -> BOOLEAN {
        irql::check(irql::APC_LEVEL);
        // SAFETY: passed on.
        unsafe { supports(FileObject) }
    }

    /// Whether a file object can have stream handle contexts.
    pub unsafe fn FltSupportsStreamHandleContexts(FileObject: PFILE_OBJECT) -> BOOLEAN {
        irql::check(irql::APC_LEVEL);
        // SAFETY: passed on.
        unsafe { supports(FileObject) }
    }
}
