//! Buffers that a filter puts in the place of an operation's own (I-23 to I-35).

use super::decoded::Decoded;
use super::locked::{LockedBuffer, lock_raw, reach_raw};
use crate::filter::Carry;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::op::{self, CanFailAfter, Operation};
use crate::operation::{After, Before, Class, PostOp, PostStatus};
use crate::pool::{NonPaged, PoolBox, PoolVec, Tag};
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// Has a buffer that a filter can replace: FltDecodeParameters names it, with its length.
pub trait CanSwap: CanFailAfter {}

macro_rules! can_swap {
    ($($kind:ident),*) => { $(impl CanSwap for op::$kind {})* };
}
can_swap!(
    DeviceControl,
    DirectoryControl,
    FileSystemControl,
    InternalDeviceControl,
    QueryEa,
    QueryInformation,
    QueryQuota,
    QuerySecurity,
    QueryVolumeInformation,
    Read,
    SetEa,
    SetInformation,
    SetQuota,
    SetVolumeInformation,
    Write
);

/// What is not cached is transferred in whole sectors (I-33), and no file system takes a sector that is larger than a page.
/// Pool of a page or more is aligned to pages, which no device asks more than.
const WHOLE_SECTORS: usize = 4096;

/// A buffer of the filter's own for an operation of kind `O`, as long as the operation's, and a value that goes with it to
/// the post-operation.
///
/// Where the operation reads its buffer, as a write does, it begins as a copy of it; else it is all zero.
///
/// It is put in if it is itself what the operation is passed on with; as a part of another value it is memory and nothing
/// else.
///
/// It is put in when the operation is sent on its way with it, whichever answer does that, so that there is no swap without
/// a post-operation (I-28) or without the dirty mark (I-23), and nobody has the buffer while the file system uses it. The
/// post-operation gets it back, and [`PostOp::deliver`] gives the requestor what is in it. An operation with a swapped
/// buffer is not drained: the Filter Manager waits for it (D-17).
///
/// ```
/// use fltmgr::buffer::SwapBuffer;
/// use fltmgr::pool::Tag;
/// use fltmgr::{PostOp, PostStatus, PreOp, PreStatus, op};
///
/// fn pre<'a>(mut read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read, SwapBuffer<op::Read>> {
///     let at = read.irql();
///     match read.swap_buffer((), Tag::new(*b"Exmp"), at) {
///         Ok(buffer) => read.pass_with(buffer),
///         Err(error) => read.fail(error).into(),
///     }
/// }
///
/// fn post<'a>(read: PostOp<'a, op::Read>, mut buffer: SwapBuffer<op::Read>) -> PostStatus<'a, op::Read> {
///     for byte in buffer.answer(&read) {
///         *byte = !*byte;
///     }
///     read.deliver(buffer)
/// }
/// ```
///
/// # Invariants
///
/// While the buffer is in an operation that has not come back, nobody has this value: it is the completion context.
pub struct SwapBuffer<O: CanSwap, T = ()>(PoolBox<Travelling<T>, NonPaged>, PhantomData<fn() -> O>);

/// What a [`SwapBuffer`] points to.
///
/// # Invariants
///
/// The MDL is NULL, or describes the memory and is this value's.
struct Travelling<T> {
    /// The memory, in whole sectors where that matters.
    memory: PoolVec<u8, NonPaged>,
    /// How much of it is the operation's.
    length: usize,
    /// What describes the memory, where the operation needs that, until it is in there.
    mdl: *mut sys::MDL,
    /// The operation that it was made for.
    made_for: *mut sys::FLT_CALLBACK_DATA,
    /// Whether it was put into the operation.
    was_in: bool,
    /// Whether it is known where the file system has put its answer (B-21).
    has_answer: bool,
    value: T,
}

// SAFETY: an operation and an MDL belong to no thread; the address of the operation is only compared.
unsafe impl<T: Send> Send for Travelling<T> {}
// SAFETY: a shared reference gives shared bytes and the shared value.
unsafe impl<T: Sync> Sync for Travelling<T> {}

impl<T> Drop for Travelling<T> {
    fn drop(&mut self) {
        if !self.mdl.is_null() {
            // SAFETY: by the invariant the MDL is this value's. It describes nonpaged pool, so nothing is to be unlocked.
            unsafe { sys::IoFreeMdl(self.mdl) };
        }
    }
}

/// What an operation asks of a buffer for it.
struct Need {
    length: usize,
    capacity: usize,
    has_mdl: bool,
}

impl Need {
    /// # Errors
    ///
    /// STATUS_INVALID_PARAMETER where the buffer cannot be replaced.
    ///
    /// # Safety
    ///
    /// The callback data is the filter's.
    unsafe fn of(data: *mut sys::FLT_CALLBACK_DATA) -> Result<(Self, Decoded)> {
        // SAFETY: the caller has the callback data, which has a parameter block.
        let (flags, block) = unsafe { ((*data).Flags, &*(*data).Iopb) };
        let is_irp = flags & sys::FLTFL_CALLBACK_DATA_IRP_OPERATION != 0;
        let input = input_length(block, is_irp)?;
        // SAFETY: the caller has the callback data.
        let decoded = unsafe { Decoded::of(data) }?;
        let is_system_buffer = flags & sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER != 0;
        if !is_system_buffer && !decoded.takes_mdl() {
            // What is somebody's address and nothing else cannot be given back to from everywhere.
            return Err(Error::INVALID_PARAMETER);
        }
        let length = decoded.length().max(input) as usize;
        let is_transfer = [op::Read::MAJOR, op::Write::MAJOR].contains(&block.MajorFunction);
        let capacity = if is_irp && is_transfer && block.IrpFlags & sys::IRP_NOCACHE != 0 {
            length.checked_next_multiple_of(WHOLE_SECTORS).ok_or(Error::INSUFFICIENT_RESOURCES)?
        } else {
            length
        };
        // A system buffer has no MDL beside it (I-24), nor has fast I/O (I-26); any other IRP has to have one (I-25).
        let has_mdl = is_irp && (!is_system_buffer || !decoded.mdl().is_null());
        Ok((Self { length, capacity, has_mdl }, decoded))
    }
}

/// How much of the buffer is input that does not count as its length: that of a buffered control (I-22).
fn input_length(block: &sys::FLT_IO_PARAMETER_BLOCK, is_irp: bool) -> Result<u32> {
    let minor = u32::from(block.MinorFunction);
    let (code, input) = match block.MajorFunction {
        // The MDL of such a transfer is the cache manager's (I-35).
        op::Read::MAJOR | op::Write::MAJOR if minor & sys::IRP_MN_MDL != 0 => return Err(Error::INVALID_PARAMETER),
        op::FileSystemControl::MAJOR if matches!(minor, sys::IRP_MN_USER_FS_REQUEST | sys::IRP_MN_KERNEL_CALL) => {
            // SAFETY: this is the member of an FSCTL, and both are integers.
            let common = unsafe { block.Parameters.FileSystemControl.Common };
            (common.FsControlCode, common.InputBufferLength)
        }
        op::FileSystemControl::MAJOR => return Err(Error::INVALID_PARAMETER),
        op::DeviceControl::MAJOR | op::InternalDeviceControl::MAJOR => {
            // SAFETY: this is the member of an IOCTL, and both are integers.
            let common = unsafe { block.Parameters.DeviceIoControl.Common };
            (common.IoControlCode, common.InputBufferLength)
        }
        _ => return Ok(0),
    };
    match code & 3 {
        sys::METHOD_BUFFERED if is_irp => Ok(input),
        sys::METHOD_IN_DIRECT | sys::METHOD_OUT_DIRECT if is_irp => Ok(0),
        // Who is asked takes the addresses for the requestor's, and refuses others.
        _ => Err(Error::INVALID_PARAMETER),
    }
}

impl<O: CanSwap> Before<'_, O> {
    /// Makes a buffer that the operation is to go on with, once it is passed on with it. `value` goes along.
    ///
    /// Wraps FltDecodeParameters, IoAllocateMdl and MmBuildMdlForNonPagedPool, and, where the requestor's bytes are
    /// copied, FltLockUserBuffer, up to APC_LEVEL. The memory is nonpaged pool, and of whole sectors behind the scenes
    /// where what is not cached is transferred (I-33).
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_PARAMETER where the buffer is not one to be replaced: that of the cache manager (I-35), of a control
    /// that passes the requestor's own addresses, of fast I/O that cannot be locked; STATUS_INSUFFICIENT_RESOURCES, and
    /// STATUS_ACCESS_VIOLATION where the requestor's bytes cannot be read.
    pub fn swap_buffer<'b, T, L>(&'b mut self, value: T, tag: Tag, _: Irql<'b, L>) -> Result<SwapBuffer<O, T>>
    where
        T: Send + 'static,
        L: NotAbove<ApcLevel>,
    {
        let data = self.as_raw();
        // SAFETY: the operation is the filter's.
        let (need, decoded) = unsafe { Need::of(data) }?;
        let mut memory = PoolVec::try_filled(0, need.capacity, tag)?;
        if decoded.is_read() && need.length > 0 {
            // SAFETY: the filter controls the operation, at APC_LEVEL at most.
            let original = unsafe { original(data, need.length) }?;
            let length = original.len().min(memory.len());
            original.read(0, memory.get_mut(..length).unwrap_or_default())?;
        }
        let mdl = if need.has_mdl && need.capacity > 0 { describe(&mut memory)? } else { ptr::null_mut() };
        // INVARIANT: the MDL is of the memory, and nobody else has it.
        let travelling =
            Travelling { memory, length: need.length, mdl, made_for: data, was_in: false, has_answer: false, value };
        PoolBox::try_new(travelling, tag).map(|travelling| SwapBuffer(travelling, PhantomData))
    }
}

/// An MDL of the memory.
fn describe(memory: &mut [u8]) -> Result<*mut sys::MDL> {
    let length = u32::try_from(memory.len()).map_err(|_| Error::INSUFFICIENT_RESOURCES)?;
    // SAFETY: the routine only computes with the address; there is no IRP.
    let mdl = unsafe { sys::IoAllocateMdl(memory.as_mut_ptr().cast(), length, 0, 0, ptr::null_mut()) };
    if mdl.is_null() {
        return Err(Error::INSUFFICIENT_RESOURCES);
    }
    // SAFETY: the MDL is new and describes nonpaged pool.
    unsafe { sys::MmBuildMdlForNonPagedPool(mdl) };
    Ok(mdl)
}

/// The requestor's buffer, of which a buffered control reads `length` bytes, whatever its output is.
///
/// # Safety
///
/// The filter controls the operation for the chosen lifetime; APC_LEVEL at most.
unsafe fn original<'b>(data: *mut sys::FLT_CALLBACK_DATA, length: usize) -> Result<LockedBuffer<'b>> {
    // SAFETY: the caller has the callback data.
    let (flags, decoded) = unsafe { ((*data).Flags, Decoded::of(data)?) };
    if flags & sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER == 0 || !decoded.mdl().is_null() {
        // SAFETY: as the caller says.
        return unsafe { lock_raw(data) };
    }
    let address = NonNull::new(decoded.address().cast()).ok_or(Error::INVALID_PARAMETER)?;
    // SAFETY: a system buffer is as long as the longer of input and output, and nonpaged memory of the system (B-19).
    Ok(unsafe { LockedBuffer::of_system(address, length) })
}

impl<O: CanSwap, T> SwapBuffer<O, T> {
    /// The value that goes along.
    pub fn value(&self) -> &T {
        &self.0.value
    }

    /// The value that goes along.
    pub fn value_mut(&mut self) -> &mut T {
        &mut self.0.value
    }

    /// What the file system has put into the buffer: as many bytes as IoStatus.Information says, and none if the operation
    /// has failed or does not write its buffer. A file system that has made a buffer of its own instead (B-21) is asked for
    /// what is in it: wraps FltGetNewSystemBufferAddress. Highest IRQL: DISPATCH_LEVEL.
    pub fn answer(&mut self, operation: &After<'_, O>) -> &mut [u8] {
        let length = self.answer_length(operation);
        let this = &mut *self.0;
        let Some(bytes) = this.memory.get_mut(..length) else { return &mut [] };
        if !this.has_answer
            && let Some(from) = new_system_buffer(operation)
        {
            // SAFETY: the file system's buffer holds as many bytes as it has answered with, in memory of the system, and
            // this value's memory is apart from it.
            unsafe { bytes.as_mut_ptr().copy_from_nonoverlapping(from.as_ptr(), bytes.len()) };
        }
        this.has_answer = true;
        bytes
    }

    /// How many bytes the file system has put in.
    fn answer_length(&self, operation: &After<'_, O>) -> usize {
        // A warning, as STATUS_BUFFER_OVERFLOW is, comes with bytes; an error does not.
        let failed = operation.status().raw().cast_unsigned() >> 30 == 3;
        // SAFETY: the operation is the filter's.
        let is_written = unsafe { Decoded::of(operation.as_raw()) }.is_ok_and(|decoded| decoded.is_written());
        if failed || !self.0.was_in || !is_written { 0 } else { operation.information().min(self.0.length) }
    }

    /// Takes the MDL back from the Filter Manager, which would free it when the post-operation has returned (I-29): from
    /// here on it is this value's, and freed with it (I-30). Wraps FltGetSwappedBufferMdlAddress and
    /// FltRetainSwappedBufferMdlAddress, at any IRQL. Says whether there was one.
    pub fn retain_mdl(&mut self, operation: &mut PostOp<'_, O>) -> bool {
        let this = &mut *self.0;
        // SAFETY: this is a post-operation (I-31).
        let mdl = unsafe { sys::FltGetSwappedBufferMdlAddress(operation.as_raw()) };
        let memory: *const c_void = this.memory.as_ptr().cast();
        // What is there may be another's; only what describes this memory was put in by this value.
        // SAFETY: the MDL, where there is one, is the operation's still.
        let is_own = unsafe { mdl.as_ref() }.is_some_and(|mdl| mdl.MappedSystemVa.cast_const() == memory);
        if !is_own || !this.was_in || !this.mdl.is_null() {
            return false;
        }
        // SAFETY: as above.
        unsafe { sys::FltRetainSwappedBufferMdlAddress(operation.as_raw()) };
        // INVARIANT: the MDL describes the memory, and is left to this value.
        this.mdl = mdl;
        true
    }
}

/// The buffer that the file system has made in the place of the system buffer that it was given (B-21).
fn new_system_buffer<O: Operation>(operation: &After<'_, O>) -> Option<NonNull<u8>> {
    if operation.data().Flags & sys::FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER == 0 {
        return None;
    }
    // SAFETY: this is a post-operation.
    NonNull::new(unsafe { sys::FltGetNewSystemBufferAddress(operation.as_raw()) }.cast())
}

// SAFETY: the box is its pointer.
unsafe impl<O: CanSwap, T: Send + 'static> Carry for SwapBuffer<O, T> {
    fn into_raw(self) -> *mut c_void {
        self.0.into_raw().as_ptr().cast()
    }

    unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the caller passes on what `into_raw` gave.
        Self(unsafe { <PoolBox<Travelling<T>, NonPaged> as Carry>::from_raw(raw) }, PhantomData)
    }

    unsafe fn depart(&mut self, data: *mut sys::FLT_CALLBACK_DATA) {
        let this = &mut *self.0;
        // SAFETY: the caller has the callback data.
        let Ok((need, decoded)) = (unsafe { Need::of(data) }) else { return };
        let fits = need.capacity <= this.memory.len() && (need.has_mdl != this.mdl.is_null());
        // A buffer that was made for another operation stays out of this one.
        if this.was_in || this.made_for != data || need.length == 0 || !fits {
            return;
        }
        this.was_in = true;
        // INVARIANT: the MDL, where there is one, is the Filter Manager's from here on (I-27).
        decoded.put(this.memory.as_mut_ptr().cast(), core::mem::replace(&mut this.mdl, ptr::null_mut()));
        // SAFETY: the caller has the callback data; any IRQL.
        unsafe { sys::FltSetCallbackDataDirty(data) };
    }
}

impl<O: CanSwap> After<'_, O> {
    /// Gives the requestor what is in the buffer, as much as [`SwapBuffer::answer`] is, and frees the buffer. If it
    /// cannot be given, it is for the filter to fail the operation. Wraps FltLockUserBuffer, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// Those of [`After::lock_buffer`], and STATUS_ACCESS_VIOLATION.
    pub fn deliver_here<'b, T, L>(&'b mut self, mut buffer: SwapBuffer<O, T>, _: Irql<'b, L>) -> Result<()>
    where
        L: NotAbove<ApcLevel>,
    {
        if deliver_directly(self, &mut buffer)? {
            return Ok(());
        }
        // SAFETY: the filter controls the operation for as long as it is borrowed, at APC_LEVEL at most (I-03).
        let mut original = unsafe { lock_raw(self.as_raw()) }?;
        let bytes = buffer.answer(self);
        let length = bytes.len().min(original.len());
        original.write(0, bytes.get(..length).unwrap_or_default())
    }
}

/// Gives the requestor what is in the buffer, if its own can be reached as it is. Up to DISPATCH_LEVEL.
fn deliver_directly<O: CanSwap, T>(operation: &After<'_, O>, buffer: &mut SwapBuffer<O, T>) -> Result<bool> {
    let bytes = buffer.answer(operation);
    if bytes.is_empty() {
        return Ok(true);
    }
    if let Some(to) = new_system_buffer(operation) {
        // SAFETY: as in `answer`: it is this buffer that the requestor gets.
        unsafe { to.as_ptr().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        return Ok(true);
    }
    // SAFETY: the filter controls the operation, at DISPATCH_LEVEL at most.
    let Some(mut original) = (unsafe { reach_raw(operation.as_raw()) })? else { return Ok(false) };
    let length = bytes.len().min(original.len());
    original.write(0, bytes.get(..length).unwrap_or_default())?;
    Ok(true)
}

impl<'a, O: CanSwap> PostOp<'a, O> {
    /// Gives the requestor what is in the buffer, as much as [`SwapBuffer::answer`] is, frees the buffer, and has
    /// completion go on. The operation fails if it cannot be given. The requestor's buffer is reached here if it has an
    /// MDL or is a system buffer, and else locked where the level allows it (I-16): wraps
    /// FltDoCompletionProcessingWhenSafe and FltLockUserBuffer, up to DISPATCH_LEVEL.
    pub fn deliver<T: Send + 'static>(mut self, mut buffer: SwapBuffer<O, T>) -> PostStatus<'a, O> {
        match deliver_directly(&self, &mut buffer) {
            Ok(true) => return self.finish(),
            Ok(false) => {}
            Err(error) => return self.fail(error),
        }
        if self.class() != Class::Irp {
            // SAFETY: fast I/O completes below DISPATCH_LEVEL (D-09).
            let delivered = self.deliver_here(buffer, unsafe { Irql::<ApcLevel>::assume() });
            return match delivered {
                Ok(()) => self.finish(),
                Err(error) => self.fail(error),
            };
        }
        // SAFETY: the routine takes a buffer of this type for an operation of this kind.
        match unsafe { self.complete_when_safe(buffer, Some(deliver_when_safe::<O, T>)) } {
            Ok(status) => status,
            // The level is too high and the operation may not wait; what has no MDL is no paging I/O (I-12).
            Err((operation, _)) => operation.fail(Error::UNSUCCESSFUL),
        }
    }
}

sys::callback! {
    /// The safe callback of a post-operation that gives the requestor its bytes.
    ///
    /// # Safety
    ///
    /// - Called by the Filter Manager as the callback that [`PostOp::deliver`] passes.
    /// - So the operation is of kind `O`, and the context is the buffer.
    unsafe fn deliver_when_safe<O: CanSwap, T: Send + 'static>(
        data: *mut sys::FLT_CALLBACK_DATA,
        objects: *const sys::FLT_RELATED_OBJECTS,
        context: *mut c_void,
        _: sys::FLT_POST_OPERATION_FLAGS,
    ) -> sys::FLT_POSTOP_CALLBACK_STATUS {
        // SAFETY: the buffer has moved here (D-24).
        let buffer = unsafe { SwapBuffer::<O, T>::from_raw(context) };
        // SAFETY: the arguments are those of a post-operation for an operation of this kind.
        let mut operation = unsafe { After::<O>::new(data, objects) };
        // SAFETY: a safe callback runs at APC_LEVEL at most (D-20, D-21).
        if let Err(error) = operation.deliver_here(buffer, unsafe { Irql::<ApcLevel>::assume() }) {
            operation.store(error);
        }
        sys::FLT_POSTOP_FINISHED_PROCESSING
    }
}

impl<O: CanSwap, T> Deref for SwapBuffer<O, T> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.0.memory.get(..self.0.length).unwrap_or_default()
    }
}

impl<O: CanSwap, T> DerefMut for SwapBuffer<O, T> {
    fn deref_mut(&mut self) -> &mut [u8] {
        let this = &mut *self.0;
        this.memory.get_mut(..this.length).unwrap_or_default()
    }
}
