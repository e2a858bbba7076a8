//! Callback data that filters allocate for I/O of their own (rules N-19 to N-32, G-26, G-27).
//!
//! What a filter allocates is in a table by its address, so that a pointer which is none, or is one no more, is told
//! apart without looking at what it points to. While the I/O is under way there is an [`Operation`] of its own, which
//! the filters below see; the outcome is copied into the filter's data when it is done.

use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK, NTSTATUS};
use parking_lot::Mutex;

use super::callback_data::{CallbackBlock, IoStatus};
use super::generated::Hold;
use super::instance::Instance;
use super::object::Object;
use super::operation::{self, Operation, Request};
use super::{cancel, invoke, major, parameters};
use crate::exports::memory::free_mdls;
use crate::io::FileRef;
use crate::io::mdl::OwnedMdl;
use crate::kernel::irql;

/// A completion callback of asynchronous I/O.
pub(crate) type Completed = unsafe extern "efiapi" fn(*mut FLT_CALLBACK_DATA, *mut c_void);

/// Callback data that a filter has allocated.
#[repr(C)]
pub(crate) struct OwnData {
    block: CallbackBlock,
    /// The instance that it was allocated for.
    instance: Arc<Instance>,
    state: Mutex<State>,
    /// Whether the file system was asked, the last time.
    reached_bottom: AtomicBool,
}

/// Whether I/O is under way.
#[derive(Default)]
struct State {
    busy: bool,
    /// The operation, while there is one.
    running: Option<*const Operation>,
}

// SAFETY: the block is the filter's while no I/O is under way, and the thread's that performs it else; the operation is
// only used under the lock, under which it is taken out before it ends.
unsafe impl Send for OwnData {}
// SAFETY: as above.
unsafe impl Sync for OwnData {}

static ALLOCATED: Mutex<Option<HashMap<usize, Arc<OwnData>>>> = Mutex::new(None);

/// What an operation knows of the callback data that it was made from.
pub(crate) struct OwnIo {
    data: Arc<OwnData>,
    /// The callback and its context, if nobody waits for the operation.
    completed: Option<(Completed, *mut c_void)>,
    /// The file whose position a transfer moves, and where it begins.
    moves: Option<(FileRef, u64)>,
}

impl OwnIo {
    /// Whether nobody waits for the operation.
    pub(crate) fn is_asynchronous(&self) -> bool {
        self.completed.is_some()
    }

    /// Makes the operation known to those who would cancel it.
    pub(crate) fn begin(&self, operation: &Operation) {
        self.data.state.lock().running = Some(operation);
    }

    /// Takes that back, before the operation goes.
    pub(crate) fn end(&self) {
        self.data.state.lock().running = None;
    }
}

/// Allocates callback data for an instance.
pub(crate) fn allocate(instance: &Arc<Instance>, file: sys::PFILE_OBJECT) -> *mut FLT_CALLBACK_DATA {
    let flags = sys::FLTFL_CALLBACK_DATA_IRP_OPERATION | sys::FLTFL_CALLBACK_DATA_GENERATED_IO;
    // SAFETY: the structure is plain data, for which zeros are valid.
    let mut parameters: FLT_IO_PARAMETER_BLOCK = unsafe { std::mem::zeroed() };
    parameters.TargetFileObject = file;
    parameters.TargetInstance = instance.handle();
    let own = Arc::new(OwnData {
        block: CallbackBlock::new(flags, parameters),
        instance: Arc::clone(instance),
        state: Mutex::default(),
        reached_bottom: AtomicBool::new(false),
    });
    let data = own.block.address();
    // SAFETY: nobody else knows the data yet.
    unsafe { (*data).Thread = ptr::with_exposed_provenance_mut(operation::this_thread()) };
    instance.filter().ledger.callback_data.fetch_add(1, Ordering::AcqRel);
    ALLOCATED.lock().get_or_insert_default().insert(data as usize, own);
    data
}

/// The callback data of a filter's own at an address, if it is that.
pub(crate) fn find(data: *mut FLT_CALLBACK_DATA) -> Option<Arc<OwnData>> {
    ALLOCATED.lock().as_ref()?.get(&(data as usize)).cloned()
}

/// Reports that a routine for a filter's own callback data was given something else (rule N-25).
fn complain(routine: &str) {
    if let Some(filter) = super::name::current_filter() {
        filter.report("N-25", format!("{routine} was given what is no callback data of FltAllocateCallbackData"));
    }
}

/// The callback data of a filter's own at an address; anything else is reported.
pub(crate) fn expect(data: *mut FLT_CALLBACK_DATA, routine: &str) -> Option<Arc<OwnData>> {
    let own = find(data);
    if own.is_none() {
        complain(routine);
    }
    own
}

/// Frees callback data, and the MDLs attached to it (rules N-26, N-27).
pub(crate) fn free(data: *mut FLT_CALLBACK_DATA) {
    let Some(own) = expect(data, "FltFreeCallbackData") else { return };
    if own.is_busy("FltFreeCallbackData") {
        return;
    }
    ALLOCATED.lock().get_or_insert_default().remove(&(data as usize));
    own.free_mdls();
    own.block.retire();
    own.instance.filter().ledger.callback_data.fetch_sub(1, Ordering::AcqRel);
}

/// Makes callback data as new, but for its target (rule N-28).
pub(crate) fn reuse(data: *mut FLT_CALLBACK_DATA) {
    let Some(own) = expect(data, "FltReuseCallbackData") else { return };
    if own.is_busy("FltReuseCallbackData") {
        return;
    }
    own.free_mdls();
    // SAFETY: no I/O is under way, so the data is the filter's; zeros are valid for plain data.
    unsafe {
        let parameters = &mut *own.block.parameters();
        let (file, instance) = (parameters.TargetFileObject, parameters.TargetInstance);
        *parameters = std::mem::zeroed();
        (parameters.TargetFileObject, parameters.TargetInstance) = (file, instance);
        (*data).IoStatus = std::mem::zeroed();
        (*data).Thread = ptr::with_exposed_provenance_mut(operation::this_thread());
    }
    own.block.set_flags(0, sys::FLTFL_CALLBACK_DATA_DIRTY | sys::FLTFL_CALLBACK_DATA_REISSUED_IO);
}

impl OwnData {
    /// Whether I/O is under way, which is reported.
    fn is_busy(&self, routine: &str) -> bool {
        let busy = self.state.lock().busy;
        if busy {
            let text = format!("{routine} was called for callback data whose I/O is still under way; nothing is done");
            self.instance.filter().report("N-27", text);
        }
        busy
    }

    /// Frees the MDLs that are attached to the parameters.
    fn free_mdls(&self) {
        // SAFETY: no I/O is under way, so the parameters are the filter's.
        let parameters = unsafe { &*self.block.parameters() };
        if !free_mdls(parameters::mdl_of(parameters)) {
            let text = "callback data was freed or reused with an MDL that IoAllocateMdl did not make, or that the \
                        filter freed itself";
            self.instance.filter().report("N-26", text.to_owned());
        }
    }

    fn parameters(&self) -> FLT_IO_PARAMETER_BLOCK {
        // SAFETY: whoever performs the I/O has the parameters.
        unsafe { *self.block.parameters() }
    }

    /// The instance below which the I/O begins: the target instance, if it is one of the same filter (rule B-12).
    fn target(&self) -> Arc<Instance> {
        let target = self.parameters().TargetInstance;
        if target == self.instance.handle() || target.is_null() {
            return Arc::clone(&self.instance);
        }
        // SAFETY: rule B-12: the filter has put an instance there.
        let target = unsafe { Instance::arc_from_handle(target) };
        if Arc::ptr_eq(target.filter(), self.instance.filter()) {
            return target;
        }
        let text = "callback data of the filter's own had an instance of another filter as TargetInstance";
        self.instance.filter().report("B-12", text.to_owned());
        Arc::clone(&self.instance)
    }

    /// Claims the data for I/O; false if there is some under way.
    fn claim(&self) -> bool {
        let mut state = self.state.lock();
        let free = !state.busy;
        state.busy = true;
        drop(state);
        if !free {
            let text = "I/O was begun with callback data whose I/O is still under way";
            self.instance.filter().report("N-27", text.to_owned());
        }
        free
    }

    /// Stores the outcome and gives the data back to the filter.
    fn release(&self, result: IoStatus) {
        // SAFETY: whoever performs the I/O has the data.
        unsafe { parameters::write_status(&mut (*self.block.data()).IoStatus, result) };
        self.state.lock().busy = false;
    }

    /// The flags of the operation: information about files and volumes is always buffered (rule I-17).
    fn class(&self, parameters: &FLT_IO_PARAMETER_BLOCK) -> u32 {
        let buffered = match parameters.MajorFunction {
            major::QUERY_INFORMATION | major::SET_INFORMATION | major::QUERY_VOLUME_INFORMATION | major::CREATE => true,
            // SAFETY: the member of the union is the control's.
            major::FILE_SYSTEM_CONTROL => unsafe {
                parameters.Parameters.FileSystemControl.Common.FsControlCode & 3 == parameters::METHOD_BUFFERED
            },
            _ => false,
        };
        self.block.flags() | if buffered { sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER } else { 0 }
    }

    /// Performs the I/O and waits for it (rule N-23).
    pub(crate) fn perform(self: &Arc<Self>) {
        if !self.claim() {
            return;
        }
        let parameters = self.parameters();
        if parameters.TargetFileObject.is_null() {
            return self.release(IoStatus::of(sys::STATUS_INVALID_PARAMETER));
        }
        // SAFETY: the filter has put a file object there.
        let file = unsafe { FileRef::of(parameters.TargetFileObject) };
        let instance = self.target();
        let _in_flight = Hold::on(Some(&instance));
        let result = operation::perform(Request {
            volume: instance.volume(),
            file: &file,
            class: self.class(&parameters),
            parameters,
            requestor: None,
            floor: Some(&instance),
            mdl: None,
            own: Some(OwnIo { data: Arc::clone(self), completed: None, moves: None }),
        });
        self.release(result);
    }

    /// Begins the I/O and has the callback called when it is done (rules N-19 to N-21).
    pub(crate) fn start(self: &Arc<Self>, callback: Completed, context: *mut c_void) -> NTSTATUS {
        if !self.claim() {
            return sys::STATUS_INVALID_PARAMETER;
        }
        let parameters = self.parameters();
        let refused = if parameters.MajorFunction == major::CREATE {
            Some(sys::STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST)
        } else {
            parameters.TargetFileObject.is_null().then_some(sys::STATUS_INVALID_PARAMETER)
        };
        if let Some(status) = refused {
            self.release(IoStatus::of(status));
            self.call_completed(callback, context, irql::DISPATCH_LEVEL.min(irql::current()));
            return status;
        }
        // SAFETY: the filter has put a file object there.
        let file = unsafe { FileRef::of(parameters.TargetFileObject) };
        let instance = self.target();
        // The operation holds the instance that began it until its callback has returned (rule N-36).
        self.instance.operations.enter_again();
        let ended_here = operation::start(Request {
            volume: instance.volume(),
            file: &file,
            class: self.class(&parameters),
            parameters,
            requestor: None,
            floor: Some(&instance),
            mdl: None,
            own: Some(OwnIo { data: Arc::clone(self), completed: Some((callback, context)), moves: None }),
        });
        match ended_here {
            false => sys::STATUS_PENDING,
            true if self.reached_bottom.load(Ordering::Acquire) => sys::STATUS_SUCCESS,
            true => sys::STATUS_FLT_IO_COMPLETE,
        }
    }

    fn call_completed(&self, callback: Completed, context: *mut c_void, level: u8) {
        let filter = self.instance.filter();
        let data = self.block.data();
        let _ = irql::at(level, || {
            // SAFETY: the driver gave the routine for exactly this call.
            invoke::at_most(filter.machine(), filter.image(), "asynchronous I/O completion", level, || unsafe {
                callback(data, context);
            })
        });
    }

    /// Cancels what is under way (rule G-27).
    pub(crate) fn cancel(&self) -> bool {
        let state = self.state.lock();
        // SAFETY: under the lock the operation is alive.
        let taken = state.running.and_then(|operation| cancel::take(unsafe { &*operation }));
        drop(state);
        taken.map(cancel::Canceled::run).is_some()
    }

    /// Performs the I/O once more (rule N-30: a filter's own may be reissued anywhere).
    pub(crate) fn reissue(self: &Arc<Self>) {
        self.block.set_flags(sys::FLTFL_CALLBACK_DATA_REISSUED_IO, sys::FLTFL_CALLBACK_DATA_DIRTY);
        self.perform();
    }
}

/// A read or a write of a filter's own that nobody waits for.
pub(crate) struct StartedTransfer<'a> {
    pub file: &'a FileRef,
    pub parameters: FLT_IO_PARAMETER_BLOCK,
    /// The MDL that goes with it.
    pub mdl: Option<OwnedMdl>,
    /// Where it begins, if it moves the file position.
    pub moves: Option<u64>,
}

/// Begins a transfer and has the callback called when it is done, with callback data that is the Filter Manager's.
pub(crate) fn start_transfer(
    instance: &Arc<Instance>,
    transfer: StartedTransfer<'_>,
    callback: Completed,
    context: *mut c_void,
) -> NTSTATUS {
    let StartedTransfer { file, parameters, mdl, moves } = transfer;
    let class = sys::FLTFL_CALLBACK_DATA_IRP_OPERATION | sys::FLTFL_CALLBACK_DATA_GENERATED_IO;
    let own = Arc::new(OwnData {
        block: CallbackBlock::new(class, parameters),
        instance: Arc::clone(instance),
        state: Mutex::new(State { busy: true, running: None }),
        reached_bottom: AtomicBool::new(false),
    });
    let data = own.block.address();
    // SAFETY: nobody else knows the data yet.
    unsafe { (*data).Thread = ptr::with_exposed_provenance_mut(operation::this_thread()) };
    // The operation holds the instance until its callback has returned (rule N-36).
    instance.operations.enter_again();
    let moves = moves.map(|offset| (file.clone(), offset));
    let ended_here = operation::start(Request {
        volume: instance.volume(),
        file,
        class,
        parameters,
        requestor: None,
        floor: Some(instance),
        mdl,
        own: Some(OwnIo { data: Arc::clone(&own), completed: Some((callback, context)), moves }),
    });
    if !ended_here {
        return sys::STATUS_PENDING;
    }
    // SAFETY: the operation is over, and every bit pattern of the union is a status.
    unsafe { (*data).IoStatus.__bindgen_anon_1.Status }
}

/// Ends an operation that nobody waits for.
pub(crate) fn finish(own: OwnIo, result: IoStatus, reached_bottom: bool) {
    let Some((callback, context)) = own.completed else { return };
    let data = own.data;
    // Rule N-18: what really goes to the device completes at DISPATCH_LEVEL, as in rule D-06.
    let level = if reached_bottom && parameters::completes_at_dispatch(&data.parameters()) {
        irql::DISPATCH_LEVEL
    } else {
        irql::current().min(irql::DISPATCH_LEVEL)
    };
    data.reached_bottom.store(reached_bottom, Ordering::Release);
    if let Some((file, offset)) = own.moves
        && result.status >= 0
    {
        // A filter below may have answered any count.
        file.set_position(offset.saturating_add(result.information as u64));
    }
    data.release(result);
    data.call_completed(callback, context, level);
    data.instance.operations.exit();
}
