//! The way of one operation through the instances of a volume.
//!
//! An operation runs down the instances that want to see it, from the highest altitude to the lowest, reaches the file
//! system, and runs up again (rule A-33). One thread at a time drives it. The thread that asked for it waits until it is
//! done; if a filter pends it, whoever completes the pended operation drives it on (rule C-21), and hands it back where
//! a post-operation callback has to run in a particular thread (rules D-07, D-08).

mod asynchronous;
mod buffers;
mod completion;
mod decision;
mod outcome;
mod tag_data;

use std::cell::{Cell, UnsafeCell};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::Guard;
use fltmgr_sys as sys;
use fltmgr_sys::{FLT_IO_PARAMETER_BLOCK, NTSTATUS};

use super::callback_data::{CallbackBlock, IoStatus};
use super::cancel::Cancel;
use super::extension::Extension;
use super::flight::Record;
use super::instance::Instance;
use super::major::{self, pre};
use super::object::Object;
use super::own::OwnIo;
use super::parameters;
use super::pended::{Baton, Pend, Turn};
use super::report::Report;
use super::section;
use super::stack::{Node, Stack};
use super::swap::Swap;
use super::volume::Volume;
use crate::io::{self, FileRef, Requestor};
use crate::kernel::call::{CallSite, Crashed, call_driver};
use crate::kernel::process::Process;
use crate::kernel::{irql, thread};
use crate::machine::Machine;

pub(crate) use asynchronous::start;
use outcome::StatusRequest;

/// An operation to perform.
pub(crate) struct Request<'a> {
    pub volume: &'a Arc<Volume>,
    pub file: &'a FileRef,
    /// `FLTFL_CALLBACK_DATA_IRP_OPERATION`, `…_FAST_IO_OPERATION` or `…_FS_FILTER_OPERATION`, with
    /// `…_SYSTEM_BUFFER` and `…_GENERATED_IO` where they apply.
    pub class: u32,
    pub parameters: FLT_IO_PARAMETER_BLOCK,
    /// Who asks; `None` leaves the thread as it is, in which the operation is then a kernel-mode one.
    pub requestor: Option<&'a Requestor>,
    /// The instance that generated the operation: only those below it see it (rule N-01).
    pub floor: Option<&'a Instance>,
    /// An MDL that describes the buffer, freed with the operation.
    pub mdl: Option<io::mdl::OwnedMdl>,
    /// What the operation was made from, if a filter performs its own callback data.
    pub own: Option<OwnIo>,
}

/// What the thread that drives the operation works with.
struct Progress {
    /// The next node on the way down.
    position: usize,
    /// The instances whose post-operation callbacks are still to come, highest first.
    records: Vec<Record>,
    /// The parameters as the pre-operation callback being called received them.
    saved: FLT_IO_PARAMETER_BLOCK,
    status: IoStatus,
    /// Whether the file system was asked.
    reached_bottom: bool,
    mdls: Vec<io::mdl::OwnedMdl>,
    /// What the filter whose post-operation callback has the operation had swapped in.
    swap: Option<Swap>,
    /// Who wants to know what the file system has answered.
    status_requests: Vec<StatusRequest>,
    /// The address of the tag data that the callbacks were given, 0 if none.
    tag_data: usize,
}

/// What a query-open ends with that a filter refuses (rule L-09): STATUS_FLT_DISALLOW_FSFILTER_IO, which is another name of
/// this status.
const REFUSED_QUERY_OPEN: IoStatus = IoStatus { status: sys::STATUS_FLT_DISALLOW_FAST_IO, information: 0 };

/// An operation on its way.
#[repr(C)]
pub(crate) struct Operation {
    block: CallbackBlock,
    pub(crate) volume: Arc<Volume>,
    stack: Arc<Stack>,
    pub(crate) file: FileRef,
    class: u32,
    pub(crate) major: u8,
    /// The IRQL of the pre-operation callbacks (rule C-22).
    level: u8,
    /// The thread that asked for the operation; 0 if it does not wait for it.
    originator: usize,
    /// The process it was asked for by.
    process: usize,
    process_id: u32,
    progress: UnsafeCell<Progress>,
    pub(crate) pend: Pend,
    pub(crate) cancel: Cancel,
    /// Whether the operation is in the list of what its instance has pended.
    pub(crate) remembered: AtomicBool,
    /// The context of its stay in a callback-data queue.
    queue_context: Cell<sys::PIO_CSQ_IRP_CONTEXT>,
    pub(crate) extension: Extension,
    pub(crate) baton: Arc<Baton>,
    own: Option<OwnIo>,
}

// SAFETY: an operation is passed between threads through its baton and its pend state, both of which synchronize.
unsafe impl Send for Operation {}
// SAFETY: as above; what is in cells is only touched by the thread that drives the operation.
unsafe impl Sync for Operation {}

/// Where to go on.
pub(crate) enum Step {
    /// To the next node below.
    Down,
    /// To the file system.
    Bottom,
    /// A pre-operation callback has decided.
    AfterPre(i32, *mut c_void),
    /// To the next post-operation callback above.
    Up,
    /// A post-operation callback has decided.
    AfterPost(i32),
}

/// Why a thread stopped driving.
enum Left {
    /// The operation is done.
    Done,
    /// Somebody else drives it from here on. It may be gone.
    Handed,
    /// The machine has crashed.
    Crashed,
}

/// Performs an operation and waits until it is done.
pub(crate) fn perform(mut request: Request<'_>) -> IoStatus {
    let machine = request.volume.machine();
    if machine.is_crashed() {
        return IoStatus::of(sys::STATUS_DEVICE_DOES_NOT_EXIST);
    }
    let major = request.parameters.MajorFunction;
    let stack = request.volume.stack();
    let position = stack.start(major, request.floor);
    if position >= stack.nodes(major).len() && !section::conflicts_with(request.file, &request.parameters) {
        let process = request.process();
        return io::execute(request.volume, request.file, process, &mut request.parameters);
    }
    let stack = Guard::into_inner(stack);
    request.file.make_known();
    match request.requestor {
        // A thread that already works for the process keeps the identity it was given there.
        Some(requestor) if !works_for(machine, &requestor.process) => {
            thread::with_process(machine, &requestor.process, || run_as_originator(&mut request, stack, position))
        }
        _ => run_as_originator(&mut request, stack, position),
    }
}

impl Request<'_> {
    /// The id of the requesting process.
    fn process_id(&self) -> u32 {
        match self.requestor {
            Some(requestor) => requestor.process.id,
            None => thread::current().process().id,
        }
    }

    /// The address of the requesting process.
    fn process(&self) -> usize {
        match self.requestor {
            Some(requestor) => requestor.process.address(),
            None => thread::current().process_address(),
        }
    }
}

/// Whether the calling thread works in this machine for this process already.
fn works_for(machine: &Arc<Machine>, process: &Process) -> bool {
    let here = thread::LOCAL.with(|local| ptr::eq(local.machine.get(), Arc::as_ptr(machine)));
    here && thread::current().process_address() == process.address()
}

/// The identity of the calling thread.
pub(crate) fn this_thread() -> usize {
    thread::current().address()
}

fn run_as_originator(request: &mut Request<'_>, stack: Arc<Stack>, position: usize) -> IoStatus {
    let operation = Operation::new(request, stack, position);
    // SAFETY: the operation lives until it is finished.
    match unsafe { &*operation }.run(Step::Down, true) {
        // SAFETY: it was boxed, and nobody else has it any more.
        Turn::Done => unsafe { Box::from_raw(operation) }.finish(),
        // A driver may still hold the callback data, so it must outlive the crash.
        Turn::Crashed | Turn::Yours | Turn::Gone => IoStatus::of(sys::STATUS_DEVICE_DOES_NOT_EXIST),
    }
}

impl Operation {
    /// A new operation, boxed. It is no box until it is finished, because drivers have pointers to its callback data.
    fn new(request: &mut Request<'_>, stack: Arc<Stack>, position: usize) -> *mut Self {
        let major = request.parameters.MajorFunction;
        let depth = stack.nodes(major).len() - position;
        let thread = this_thread();
        let waits = request.own.as_ref().is_none_or(|own| !own.is_asynchronous());
        let address = Box::into_raw(Box::new(Self {
            block: CallbackBlock::new(request.class, request.parameters),
            volume: Arc::clone(request.volume),
            stack,
            file: request.file.clone(),
            class: request.class & parameters::CLASS_MASK,
            major,
            level: parameters::level(request.class, &request.parameters).max(irql::current()),
            originator: if waits { thread } else { 0 },
            process: request.process(),
            process_id: request.process_id(),
            progress: UnsafeCell::new(Progress {
                position,
                records: Vec::with_capacity(depth),
                saved: request.parameters,
                status: IoStatus::of(sys::STATUS_SUCCESS),
                reached_bottom: false,
                mdls: request.mdl.take().into_iter().collect(),
                swap: None,
                status_requests: Vec::new(),
                tag_data: 0,
            }),
            pend: Pend::default(),
            cancel: Cancel::default(),
            remembered: AtomicBool::new(false),
            queue_context: Cell::new(ptr::null_mut()),
            extension: Extension::new(),
            baton: Baton::new(),
            own: request.own.take(),
        }));
        // SAFETY: it was just made.
        let operation = unsafe { &*address };
        if let Some(own) = &operation.own {
            own.begin(operation);
        }
        operation.block.belongs_to(address);
        let data = operation.block.address();
        // SAFETY: nobody else knows the operation yet.
        unsafe {
            (*data).Thread = ptr::with_exposed_provenance_mut(thread);
            let user = request.requestor.is_some_and(|requestor| requestor.user_mode);
            (*data).RequestorMode = i8::from(user);
        }
        address
    }

    /// The pointer that drivers have.
    pub(crate) fn callback_data(&self) -> *mut sys::FLT_CALLBACK_DATA {
        self.block.data()
    }

    /// The node whose callback has the operation, on the way down.
    fn node(&self) -> Option<&Node> {
        // SAFETY: only the driving thread asks.
        let position = unsafe { (*self.progress.get()).position };
        self.stack.nodes(self.major).get(position)
    }

    #[expect(
        clippy::mut_from_ref,
        reason = "only the driving thread asks, and it keeps no reference across a callback"
    )]
    fn progress(&self) -> &mut Progress {
        // SAFETY: as the reason says.
        unsafe { &mut *self.progress.get() }
    }

    pub(crate) fn is_irp(&self) -> bool {
        self.class == sys::FLTFL_CALLBACK_DATA_IRP_OPERATION
    }

    /// Whether the operation is a query-open, which alone can be refused as a call to FSFilter (rules C-19, D-05).
    fn is_query_open(&self) -> bool {
        self.class == sys::FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION && self.major == major::QUERY_OPEN
    }

    /// Whether the operation is paging I/O.
    pub(crate) fn is_paging(&self) -> bool {
        // SAFETY: a plain read.
        self.is_irp() && unsafe { (*self.block.parameters()).IrpFlags } & sys::IRP_PAGING_IO != 0
    }

    /// The instance that has the operation now: on the way down the node's, on the way up the record's.
    pub(crate) fn instance(&self) -> Option<&Arc<Instance>> {
        if self.block.flags() & sys::FLTFL_CALLBACK_DATA_POST_OPERATION != 0 {
            self.progress().records.last().map(|record| &record.instance)
        } else {
            self.node().map(|node| &node.instance)
        }
    }

    /// Whether a post-operation callback has the operation.
    pub(crate) fn is_post(&self) -> bool {
        self.block.flags() & sys::FLTFL_CALLBACK_DATA_POST_OPERATION != 0
    }

    /// The file object the operation is about now.
    pub(crate) fn target_file(&self) -> FileRef {
        // SAFETY: a plain read; the file object of an operation is alive.
        unsafe {
            let target = (*self.block.parameters()).TargetFileObject;
            if target == self.file.as_ptr() || target.is_null() { self.file.clone() } else { FileRef::of(target) }
        }
    }

    /// Whether the operation is a control that a program or a driver sends (rule H-18).
    pub(crate) fn is_user_control(&self) -> bool {
        // SAFETY: a plain read.
        let minor = unsafe { (*self.block.parameters()).MinorFunction };
        self.is_irp() && self.major == major::FILE_SYSTEM_CONTROL && u32::from(minor) == sys::IRP_MN_USER_FS_REQUEST
    }

    /// The copied flags of the I/O stack location (rule B-23).
    pub(crate) fn operation_flags(&self) -> u8 {
        // SAFETY: a plain read.
        unsafe { (*self.block.parameters()).OperationFlags }
    }

    /// Keeps an MDL until the operation is done, and shows it to the callbacks that saw the same buffer without one
    /// (rule I-05).
    pub(crate) fn attach_mdl(&self, mdl: io::mdl::OwnedMdl) -> sys::PMDL {
        let address = mdl.as_ptr();
        let progress = self.progress();
        // SAFETY: the thread that the callback runs in has the parameters.
        let buffer = parameters::buffer_address(unsafe { &*self.block.parameters() });
        for saved in progress.records.iter_mut().map(|record| &mut record.saved).chain([&mut progress.saved]) {
            if parameters::buffer_address(saved) == buffer {
                parameters::set_mdl(saved, address);
            }
        }
        progress.mdls.push(mdl);
        address
    }

    /// Drives the operation from `step`, and waits where this thread is still needed.
    pub(crate) fn run(&self, step: Step, originator: bool) -> Turn {
        // The operation may be gone once it is handed on; the baton is not.
        let baton = Arc::clone(&self.baton);
        let machine = Arc::clone(self.volume.machine());
        let me = this_thread();
        // How many records of this drive wait for this very thread.
        let mut stakes = 0;
        let mut step = step;
        loop {
            match self.drive(step, me, &mut stakes) {
                Left::Done => {
                    if self.is_asynchronous() {
                        self.finish_asynchronous();
                    } else if !originator {
                        baton.finish();
                    }
                    return Turn::Done;
                }
                Left::Crashed => {
                    baton.wake();
                    return Turn::Crashed;
                }
                Left::Handed => {
                    if !originator && stakes == 0 {
                        return Turn::Gone;
                    }
                    match baton.wait(me, originator, &machine) {
                        Turn::Yours => step = Step::Up,
                        turn => return turn,
                    }
                }
            }
        }
    }

    fn drive(&self, mut step: Step, me: usize, stakes: &mut usize) -> Left {
        loop {
            let next = match step {
                Step::Down => self.down(),
                Step::Bottom => Ok(self.reach_bottom()),
                Step::AfterPre(status, context) => self.after_pre(status, context, me, stakes),
                Step::Up => match self.up(me, stakes) {
                    Ok(Some(next)) => Ok(next),
                    Ok(None) => return Left::Done,
                    Err(left) => Err(left),
                },
                Step::AfterPost(status) => self.after_post(status),
            };
            match next {
                Ok(next) => step = next,
                Err(left) => return left,
            }
        }
    }

    /// Calls the next pre-operation callback, or the file system.
    fn down(&self) -> Result<Step, Left> {
        let Some(node) = self.node() else {
            if self.is_asynchronous() {
                self.queue_bottom();
                return Err(Left::Handed);
            }
            return Ok(Step::Bottom);
        };
        // SAFETY: the driving thread has the parameters.
        let parameters = unsafe { &mut *self.block.parameters() };
        if parameters::is_skipped(node.flags, self.class, parameters, &self.file) || !node.instance.operations.enter() {
            self.progress().position += 1;
            return Ok(Step::Down);
        }
        parameters.TargetInstance = node.instance.handle();
        self.progress().saved = *parameters;
        let Some(pre) = node.pre else {
            // Rule A-18: a post-operation callback alone.
            return Ok(Step::AfterPre(pre::SUCCESS_WITH_CALLBACK, ptr::null_mut()));
        };
        self.set_status(IoStatus::of(sys::STATUS_SUCCESS));
        let related = node.instance.related_objects(parameters.TargetFileObject);
        let mut context = ptr::null_mut();
        let data = self.block.data();
        self.pend.begin_pre();
        let site =
            CallSite::new("pre-operation callback", parameters::name_of(self.major)).about(self.file.first_name());
        let result = call_driver(node.instance.filter().image(), &site, self.level, || {
            // SAFETY: the driver registered the routine for this operation; what the pointers point to outlives it.
            unsafe { pre(data, &raw const related, &raw mut context) }
        });
        match result {
            Ok(status) => Ok(Step::AfterPre(status, context)),
            Err(Crashed) => Err(Left::Crashed),
        }
    }

    /// Asks the file system.
    fn reach_bottom(&self) -> Step {
        let progress = self.progress();
        progress.reached_bottom = true;
        // SAFETY: the driving thread has the parameters.
        let parameters = unsafe { &mut *self.block.parameters() };
        section::settle(&self.file, parameters, self.block.data());
        progress.status = io::execute(&self.volume, &self.file, self.process, parameters);
        self.give_tag_data(progress.status.status);
        Step::Up
    }

    /// Keeps the parameters a filter changed if it said so, and undoes changes it did not announce (rule B-06).
    fn keep_or_restore_parameters(&self) {
        let saved = self.progress().saved;
        // SAFETY: the driving thread has the parameters.
        let parameters = unsafe { &mut *self.block.parameters() };
        if self.block.flags() & sys::FLTFL_CALLBACK_DATA_DIRTY == 0 {
            if !parameters::equal(parameters, &saved) {
                self.complain("B-06", "changed parameters without FltSetCallbackDataDirty; the change is ignored");
                *parameters = saved;
            }
            return;
        }
        self.block.set_flags(0, sys::FLTFL_CALLBACK_DATA_DIRTY);
        if parameters.MajorFunction != saved.MajorFunction {
            self.complain("B-04", "changed the major function, which is read-only");
            parameters.MajorFunction = saved.MajorFunction;
        }
        if parameters.TargetInstance != saved.TargetInstance {
            self.complain("B-12", "changed TargetInstance, which fltsim does not support; the change is ignored");
            parameters.TargetInstance = saved.TargetInstance;
        }
    }

    fn check_final_status(&self, status: NTSTATUS, what: &str, rule: &'static str) {
        if status == sys::STATUS_PENDING || status == sys::STATUS_FLT_DISALLOW_FAST_IO {
            self.complain(
                rule,
                &format!("{what} {}, which is not a filter's to give", crate::status::NtStatus(status)),
            );
        }
    }

    pub(crate) fn status(&self) -> IoStatus {
        // SAFETY: the driving thread has the data.
        unsafe { parameters::read_status(&(*self.block.data()).IoStatus) }
    }

    fn set_status(&self, status: IoStatus) {
        // SAFETY: the driving thread has the data.
        unsafe { parameters::write_status(&mut (*self.block.data()).IoStatus, status) };
    }

    /// Reports something the filter that has the operation did wrong.
    pub(crate) fn complain(&self, rule: &'static str, text: &str) {
        if let Some(instance) = self.instance() {
            self.complain_about(instance, rule, text);
        }
    }

    /// Reports something that the filter of an instance did wrong with the operation.
    fn complain_about(&self, instance: &Instance, rule: &'static str, text: &str) {
        self.volume.machine().report_once(Report {
            rule,
            driver: instance.filter().name().to_owned(),
            text: format!("{}: {text}", parameters::name_of(self.major)),
        });
    }

    fn finish(self: Box<Self>) -> IoStatus {
        if let Some(own) = &self.own {
            own.end();
        }
        self.end_tag_data();
        self.block.retire();
        self.progress().status
    }
}

impl Operation {
    /// The address of the requesting process.
    pub(crate) fn process(&self) -> usize {
        self.process
    }

    /// The id of the requesting process.
    pub(crate) fn process_id(&self) -> u32 {
        self.process_id
    }

    /// The context that the operation was inserted into a callback-data queue with, or NULL.
    pub(crate) fn queue_context(&self) -> sys::PIO_CSQ_IRP_CONTEXT {
        self.queue_context.get()
    }

    pub(crate) fn set_queue_context(&self, context: sys::PIO_CSQ_IRP_CONTEXT) {
        self.queue_context.set(context);
    }
}
