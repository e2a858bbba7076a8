//! Operations in the hands of a callback, and the statuses that it may answer with.
//!
//! [`PreOp`] and [`PostOp`] are the callback data while the filter controls the operation: they end with the callback, so
//! nothing can touch the data afterwards (C-24). The statuses are enumerations whose variants carry what only a legal case
//! can make: a [`Completed`] comes from completing that operation, a [`FastIoDisallowed`] from a fast I/O operation.

use crate::file::OpenFile;
use crate::instance::Instance;
use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::name::{FileName, Format, Query};
use crate::op::{self, CanFail, HasFastIo, OpenBefore, Operation};
use crate::parameters::{Disposition, TargetName};
use crate::process::Requestor;
use crate::status::{Error, Result, Status};
use core::convert::Infallible;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;
use fltmgr_sys as sys;

/// How an operation came: exactly one of the three (B-01).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// As an I/O request packet.
    Irp,
    /// As fast I/O.
    FastIo,
    /// As a file system filter callback.
    FsFilter,
}

/// What pre- and post-operation callbacks both see of an operation.
///
/// # Invariants
///
/// Both pointers are those of a callback for an operation of kind `O` that lasts for `'a`.
pub struct CallbackData<'a, O: Operation> {
    data: NonNull<sys::FLT_CALLBACK_DATA>,
    objects: NonNull<sys::FLT_RELATED_OBJECTS>,
    marker: PhantomData<(*mut &'a (), O)>,
}

impl<O: Operation> CallbackData<'_, O> {
    fn data(&self) -> &sys::FLT_CALLBACK_DATA {
        // SAFETY: by the invariant the callback data is valid.
        unsafe { self.data.as_ref() }
    }

    fn block(&self) -> &sys::FLT_IO_PARAMETER_BLOCK {
        // SAFETY: callback data has a parameter block, which is valid as long as it is.
        unsafe { &*self.data().Iopb }
    }

    fn objects(&self) -> &sys::FLT_RELATED_OBJECTS {
        // SAFETY: by the invariant the objects are valid.
        unsafe { self.objects.as_ref() }
    }

    /// The class of the operation.
    pub fn class(&self) -> Class {
        let flags = self.data().Flags;
        if flags & sys::FLTFL_CALLBACK_DATA_FAST_IO_OPERATION != 0 {
            Class::FastIo
        } else if flags & sys::FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION != 0 {
            Class::FsFilter
        } else {
            Class::Irp
        }
    }

    /// Whether this is paging I/O: an IRP that the memory or cache manager sent. IrpFlags count for IRPs only (B-23).
    pub fn is_paging_io(&self) -> bool {
        self.class() == Class::Irp && self.block().IrpFlags & sys::IRP_PAGING_IO != 0
    }

    /// The parameters, through the view that the kind of operation selects.
    pub fn parameters(&self) -> <O as op::sealed::Sealed>::View<'_> {
        // SAFETY: by the invariant the block is that of an operation of kind `O`.
        unsafe { O::view(self.block()) }
    }

    /// Who asked for the operation.
    pub fn requestor(&self) -> Requestor<'_> {
        // SAFETY: by the invariant the callback data is valid.
        unsafe { Requestor::new(self.data) }
    }

    /// The instance that the operation passes.
    pub fn instance(&self) -> Instance<'_> {
        // SAFETY: operations pass instances, so the objects have one.
        unsafe { Instance::new(self.objects()) }
    }

    /// Whether the operation is on a volume or on nothing that has a name: it has no file object.
    pub fn has_file_object(&self) -> bool {
        !self.objects().FileObject.is_null()
    }

    /// The name of the file. Wraps FltGetFileNameInformation.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_INVALID_NAME_REQUEST where the file system cannot be asked (K-04 to K-08),
    /// STATUS_FLT_NAME_CACHE_MISS (K-03), STATUS_INSUFFICIENT_RESOURCES.
    pub fn name<'b, L: NotAbove<ApcLevel>>(
        &self,
        format: Format,
        query: Query,
        _: Irql<'b, L>,
    ) -> Result<FileName<'b>> {
        // SAFETY: by the invariant the callback data is valid; the level holds for `'b`.
        unsafe { FileName::query(self.data, format, query) }
    }
}

/// An operation before the file system has seen it.
pub struct PreOp<'a, O: Operation>(CallbackData<'a, O>);

impl<'a, O: Operation> PreOp<'a, O> {
    /// # Safety
    ///
    /// The pointers are the arguments of a pre-operation callback for an operation of kind `O`, which lasts for the
    /// chosen lifetime.
    pub(crate) unsafe fn new(data: *mut sys::FLT_CALLBACK_DATA, objects: *const sys::FLT_RELATED_OBJECTS) -> Self {
        // SAFETY: the Filter Manager passes both.
        let (data, objects) = unsafe { (NonNull::new_unchecked(data), NonNull::new_unchecked(objects.cast_mut())) };
        Self(CallbackData { data, objects, marker: PhantomData })
    }

    /// The witness of the highest IRQL that this callback can be running at.
    pub fn irql(&self) -> Irql<'a, O::PreLevel> {
        // SAFETY: `PreLevel` is the level of the pre-operation callbacks of this kind of operation (C-22).
        unsafe { Irql::assume() }
    }

    /// A witness of PASSIVE_LEVEL, where the level depends on the run: reads and writes that are no paging I/O run there,
    /// and directory control and close may not (C-22).
    pub fn passive(&self) -> Option<Irql<'a, PassiveLevel>> {
        if O::PASSIVE_UNLESS_PAGING && !self.is_paging_io() {
            // SAFETY: by C-22 the pre-operation of such an operation runs at PASSIVE_LEVEL.
            Some(unsafe { Irql::assume() })
        } else {
            None
        }
    }

    /// Completes the operation with a failure: nothing below sees it (C-10).
    pub fn fail(self, error: Error) -> Completed<'a, O>
    where
        O: CanFail,
    {
        self.complete(error.into())
    }

    /// Completes the operation with STATUS_SUCCESS and no bytes: nothing below sees it (C-10). Only the file system can
    /// make a create a success, or do what a cleanup and a close are for; and the I/O manager copies as many bytes as
    /// IoStatus.Information says, so that it is no filter's to choose.
    pub fn succeed(self) -> Completed<'a, O>
    where
        O: CanFail + OpenBefore,
    {
        self.complete(Status::SUCCESS)
    }

    fn complete(mut self, status: Status) -> Completed<'a, O> {
        // SAFETY: the filter controls the operation until the callback returns, and is about to return COMPLETE (B-08).
        let data = unsafe { self.0.data.as_mut() };
        data.IoStatus.Information = 0;
        data.IoStatus.__bindgen_anon_1.Status = status.raw();
        Completed(PhantomData)
    }

    /// Refuses a fast I/O operation, so that it comes again as an IRP (C-15, C-18); gives the operation back if it is
    /// none.
    ///
    /// # Errors
    ///
    /// The operation, which is an IRP.
    pub fn disallow_fast_io(self) -> core::result::Result<FastIoDisallowed<'a, O>, Self>
    where
        O: HasFastIo,
    {
        if self.class() == Class::FastIo { Ok(FastIoDisallowed(PhantomData)) } else { Err(self) }
    }

    /// The open file that the operation is on; `None` if it is on none, as for an operation on the volume.
    pub fn file(&self) -> Option<OpenFile<'_>>
    where
        O: OpenBefore,
    {
        // SAFETY: an operation of this kind that has a file object has an open one.
        self.has_file_object().then(|| unsafe { OpenFile::new(self.objects()) })
    }
}

impl PreOp<'_, op::Create> {
    /// Asks for another disposition. The callback data is marked dirty, so that the change takes effect (B-06); filters
    /// above, and this filter's own post-operation, go on seeing the original (B-09).
    pub fn set_disposition(&mut self, disposition: Disposition) {
        const OPTIONS: u32 = 0x00FF_FFFF;
        // SAFETY: the filter controls the operation until the callback returns; the block is that of a create.
        unsafe {
            let create = &mut (*self.0.data.as_ref().Iopb).Parameters.Create;
            create.Options = create.Options & OPTIONS | (disposition as u32) << 24;
        }
        // SAFETY: the callback data is valid; any IRQL.
        unsafe { sys::FltSetCallbackDataDirty(self.0.data.as_ptr()) };
    }
}

impl PreOp<'_, op::SetInformation> {
    /// The normalized name that a rename or a hard link gives. Wraps FltGetDestinationFileNameInformation with the
    /// operation's own file object (K-21).
    ///
    /// # Errors
    ///
    /// STATUS_FLT_INVALID_NAME_REQUEST, STATUS_MOUNT_POINT_NOT_RESOLVED if the destination is on another volume (K-22).
    pub fn destination_name<'b, L>(&self, target: &TargetName<'_>, _: Irql<'b, L>) -> Result<FileName<'b>>
    where
        L: NotAbove<PassiveLevel>,
    {
        let length = u32::try_from(size_of_val(target.name)).map_err(|_| Error::NAME_TOO_LONG)?;
        let mut information = core::ptr::null_mut();
        // SAFETY: by the invariant the instance and the file object are valid; the name is borrowed.
        Error::check(unsafe {
            sys::FltGetDestinationFileNameInformation(
                self.objects().Instance,
                self.objects().FileObject,
                target.root,
                target.name.as_ptr().cast_mut(),
                length,
                sys::FLT_FILE_NAME_NORMALIZED | sys::FLT_FILE_NAME_QUERY_DEFAULT,
                &raw mut information,
            )
        })?;
        // SAFETY: on success the routine returned a reference.
        unsafe { FileName::from_returned(information) }
    }
}

impl<'a, O: Operation> Deref for PreOp<'a, O> {
    type Target = CallbackData<'a, O>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// An operation that was completed in its pre-operation: its final status is stored.
pub struct Completed<'a, O>(PhantomData<(*mut &'a (), O)>);

/// A fast I/O operation that is refused. Its status is the Filter Manager's to store (C-17).
pub struct FastIoDisallowed<'a, O>(PhantomData<(*mut &'a (), O)>);

/// What a pre-operation callback answers (C-01). `C` is what travels to the post-operation.
#[must_use]
pub enum PreStatus<'a, O: Operation, C = Infallible> {
    /// FLT_PREOP_SUCCESS_NO_CALLBACK: the operation goes on, and the post-operation is not called (C-04).
    Continue,
    /// FLT_PREOP_SUCCESS_WITH_CALLBACK: the operation goes on, and the post-operation gets the value back (C-05). A
    /// filter without a post-operation has no value to put here (C-06).
    ContinueWith(C),
    /// FLT_PREOP_COMPLETE: the operation ends here (C-10).
    Complete(Completed<'a, O>),
    /// FLT_PREOP_DISALLOW_FASTIO: the operation comes again as an IRP (C-18).
    DisallowFastIo(FastIoDisallowed<'a, O>),
}

impl<O: Operation, C> PreStatus<'_, O, C> {
    /// The status as C has it, and what travels to the post-operation.
    pub(crate) fn into_raw(self) -> (sys::FLT_PREOP_CALLBACK_STATUS, Option<C>) {
        match self {
            Self::Continue => (sys::FLT_PREOP_SUCCESS_NO_CALLBACK, None),
            Self::ContinueWith(carry) => (sys::FLT_PREOP_SUCCESS_WITH_CALLBACK, Some(carry)),
            Self::Complete(_) => (sys::FLT_PREOP_COMPLETE, None),
            Self::DisallowFastIo(_) => (sys::FLT_PREOP_DISALLOW_FASTIO, None),
        }
    }
}

impl<'a, O: Operation, C> From<Completed<'a, O>> for PreStatus<'a, O, C> {
    fn from(completed: Completed<'a, O>) -> Self {
        Self::Complete(completed)
    }
}

/// An operation after the file system has seen it, or after a filter below completed it.
pub struct PostOp<'a, O: Operation>(CallbackData<'a, O>);

impl<'a, O: Operation> PostOp<'a, O> {
    /// # Safety
    ///
    /// The pointers are the arguments of a post-operation callback, not one for draining, for an operation of kind `O`,
    /// which lasts for the chosen lifetime.
    pub(crate) unsafe fn new(data: *mut sys::FLT_CALLBACK_DATA, objects: *const sys::FLT_RELATED_OBJECTS) -> Self {
        // SAFETY: the Filter Manager passes both.
        let (data, objects) = unsafe { (NonNull::new_unchecked(data), NonNull::new_unchecked(objects.cast_mut())) };
        Self(CallbackData { data, objects, marker: PhantomData })
    }

    /// The witness of the highest IRQL that this callback can be running at.
    pub fn irql(&self) -> Irql<'a, O::PostLevel> {
        // SAFETY: `PostLevel` is the level of the post-operation callbacks of this kind of operation (D-06 to D-10).
        unsafe { Irql::assume() }
    }

    /// How the operation ended.
    pub fn status(&self) -> Status {
        // SAFETY: every bit pattern of the union is a status.
        Status::from_raw(unsafe { self.0.data().IoStatus.__bindgen_anon_1.Status })
    }

    /// IoStatus.Information: for a read or a write the number of bytes, for a create what was done.
    pub fn information(&self) -> usize {
        self.0.data().IoStatus.Information as usize
    }

    /// Makes the operation end with a failure. What it did is not undone (D-32). A create may have opened a file, which
    /// has to be closed again: it has [`PostOp::cancel`] instead (D-30).
    pub fn fail(mut self, error: Error) -> PostStatus<'a, O>
    where
        O: CanFail + OpenBefore,
    {
        self.store(error);
        PostStatus::FINISHED
    }

    fn store(&mut self, error: Error) {
        // SAFETY: the filter controls the operation until the callback returns, and is about to return
        // FINISHED_PROCESSING (B-08).
        let data = unsafe { self.0.data.as_mut() };
        data.IoStatus.Information = 0;
        data.IoStatus.__bindgen_anon_1.Status = error.raw();
    }
}

impl<'a> PostOp<'a, op::Create> {
    /// The file, if the create opened one: it succeeded, and not with STATUS_REPARSE (D-31).
    pub fn opened(&self) -> Option<OpenFile<'_>> {
        let opened = self.status().is_success() && self.status() != Status::REPARSE && self.has_file_object();
        // SAFETY: a successful create has opened its file object.
        opened.then(|| unsafe { OpenFile::new(self.0.objects()) })
    }

    /// Whether the create made a new file (FILE_CREATED).
    pub fn created(&self) -> bool {
        self.opened().is_some() && self.information() == sys::FILE_CREATED as usize
    }

    /// Fails the create: what it opened is closed again, though what it did on the disk stays (D-29). Wraps
    /// FltCancelFileOpen where a file was opened, and sets the status (D-30).
    pub fn cancel(mut self, error: Error) -> PostStatus<'a, op::Create> {
        if self.opened().is_some() {
            // SAFETY: this is the post-operation of a create that opened its file, at PASSIVE_LEVEL, and no handle
            // exists for the file object before the create has returned (D-26, D-27).
            unsafe { sys::FltCancelFileOpen(self.0.objects().Instance, self.0.objects().FileObject) };
        }
        self.store(error);
        PostStatus::FINISHED
    }
}

impl<'a, O: Operation> Deref for PostOp<'a, O> {
    type Target = CallbackData<'a, O>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// What a post-operation callback answers (D-01): completion goes on with the next filter above.
#[must_use]
pub struct PostStatus<'a, O>(PhantomData<(*mut &'a (), O)>);

impl<O: Operation> PostStatus<'_, O> {
    /// FLT_POSTOP_FINISHED_PROCESSING (D-02).
    pub const FINISHED: Self = Self(PhantomData);

    #[expect(clippy::unused_self, reason = "the value is what says that processing is finished")]
    pub(crate) fn into_raw(self) -> sys::FLT_POSTOP_CALLBACK_STATUS {
        sys::FLT_POSTOP_FINISHED_PROCESSING
    }
}
