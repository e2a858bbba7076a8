//! Filters that say what files are called (rules K-27 to K-31).
//!
//! A name that a filter asks for comes from the nearest instance below it whose filter is a name provider, and only
//! without one from the file system. A provider that asks in turn gets the answer of those below it.

use std::cell::Cell;
use std::ptr;
use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{FILE_NAMES_INFORMATION, FLT_CALLBACK_DATA, FLT_NAME_CONTROL, NTSTATUS};

use super::instance::Instance;
use super::major::size_of_32;
use super::name::grow;
use super::object::Object;
use super::text::{string_of, units};
use crate::io::FileRef;
use crate::kernel::call::{CallSite, call_driver};
use crate::kernel::{irql, pool};

thread_local! {
    /// The provider whose callback the thread is in.
    static CURRENT: Cell<*const Instance> = const { Cell::new(ptr::null()) };
}

/// A name that a provider has made.
pub(crate) struct Provided {
    /// The whole name, the volume's in front.
    pub text: Vec<u16>,
    /// Whether it may be kept.
    pub cacheable: bool,
}

/// What a provider is asked about.
pub(crate) struct Question<'a> {
    pub file: &'a FileRef,
    /// The operation's callback data, NULL if there is none (rule K-27).
    pub data: *mut FLT_CALLBACK_DATA,
    pub format: u32,
    /// The options without the format.
    pub options: u32,
}

/// The nearest name provider below who asks: the instance, or the provider whose callback the thread is in, if that is
/// lower. With `itself`, who asks may be the one, unless it is its own callback that does.
pub(crate) fn nearest(instance: &Instance, itself: bool) -> Option<Arc<Instance>> {
    let stack = instance.volume().instances();
    let current = CURRENT.with(Cell::get);
    let answering = |present: &Arc<Instance>| ptr::eq(Arc::as_ptr(present), current);
    let asking = |present: &Arc<Instance>| ptr::eq(Arc::as_ptr(present), instance) || answering(present);
    let lowest = stack.iter().rposition(asking)?;
    let provides = |present: &&Arc<Instance>| {
        present.is_set_up() && present.filter().registration().GenerateFileNameCallback.is_some()
    };
    let first = if itself && !answering(&stack[lowest]) { lowest } else { lowest + 1 };
    stack[first..].iter().find(provides).cloned()
}

/// Calls a provider's routine at `PASSIVE_LEVEL`, in its name.
fn call<R: Copy>(provider: &Arc<Instance>, routine: &'static str, f: impl FnOnce() -> R) -> Option<R> {
    provider.operations.enter_again();
    let outer = CURRENT.with(|current| current.replace(Arc::as_ptr(provider)));
    let result = call_driver(provider.filter().image(), &CallSite::of(routine), irql::PASSIVE_LEVEL, f);
    CURRENT.with(|current| current.set(outer));
    provider.operations.exit();
    result.ok()
}

/// Asks a provider for a name (rule K-28).
pub(crate) fn ask(provider: &Arc<Instance>, question: &Question<'_>) -> Result<Provided, NTSTATUS> {
    let first = generate(provider, question, question.format);
    if question.format != sys::FLT_FILE_NAME_NORMALIZED || first.is_ok() {
        return first;
    }
    let opened = generate(provider, question, sys::FLT_FILE_NAME_OPENED)?;
    let text = normalize(provider, question.file, &opened.text, 0)?;
    Ok(Provided { text, cacheable: opened.cacheable })
}

/// What a provider calls an open file, as it was opened.
pub(crate) fn opened_name(provider: &Arc<Instance>, file: &FileRef) -> Result<Vec<u16>, NTSTATUS> {
    let options = sys::FLT_FILE_NAME_QUERY_DEFAULT | sys::FLT_FILE_NAME_DO_NOT_CACHE;
    let question = Question { file, data: ptr::null_mut(), format: sys::FLT_FILE_NAME_OPENED, options };
    generate(provider, &question, sys::FLT_FILE_NAME_OPENED).map(|provided| provided.text)
}

/// Has a provider expand each component of the name that a rename or a link gives (rule K-30).
pub(crate) fn normalize_destination(
    provider: &Arc<Instance>,
    file: &FileRef,
    name: &[u16],
) -> Result<Vec<u16>, NTSTATUS> {
    normalize(provider, file, name, sys::FLTFL_NORMALIZE_NAME_DESTINATION_FILE_NAME)
}

/// The buffer that a provider begins with, in bytes.
const FIRST_SIZE: u16 = 512;

fn generate(provider: &Arc<Instance>, question: &Question<'_>, format: u32) -> Result<Provided, NTSTATUS> {
    let Some(callback) = provider.filter().registration().GenerateFileNameCallback else {
        return Err(sys::STATUS_FLT_INVALID_NAME_REQUEST);
    };
    let mut control = FLT_NAME_CONTROL { Name: string_of(&[]) };
    control.Name.Buffer = ptr::null_mut();
    // SAFETY: the string has no buffer yet.
    let status = unsafe { grow(&mut control.Name, FIRST_SIZE) };
    if status < 0 {
        return Err(status);
    }
    let mut cacheable = 0;
    let (file, options) = (question.file.as_ptr(), question.options | format);
    let status = call(provider, "GenerateFileNameCallback", || {
        // SAFETY: the driver registered the routine; what the pointers point to outlives the call.
        unsafe { callback(provider.handle(), file, question.data, options, &raw mut cacheable, &raw mut control) }
    });
    // SAFETY: the buffer is the control's; a provider only lets it grow (rule K-29).
    unsafe {
        let text = units(control.Name).to_vec();
        pool::free(control.Name.Buffer.cast(), 0);
        match status {
            Some(status) if status >= 0 => Ok(Provided { text, cacheable: cacheable != 0 }),
            Some(status) => Err(status),
            None => Err(sys::STATUS_FLT_INVALID_NAME_REQUEST),
        }
    }
}

/// Has a provider expand each component of a name (rules K-28, K-30).
fn normalize(provider: &Arc<Instance>, file: &FileRef, name: &[u16], flags: u32) -> Result<Vec<u16>, NTSTATUS> {
    const SEPARATOR: u16 = b'\\' as u16;
    let volume = provider.volume().device_name_units();
    let path = name.strip_prefix(volume).ok_or(sys::STATUS_FLT_INVALID_NAME_REQUEST)?;
    let mut whole = volume.to_vec();
    let mut context = ptr::null_mut();
    let mut result = Ok(());
    let mut components = path.split(|unit| *unit == SEPARATOR).filter(|component| !component.is_empty()).peekable();
    while let Some(component) = components.next() {
        whole.push(SEPARATOR);
        match expand(provider, file, &whole, component, flags, &raw mut context) {
            Ok(expanded) => whole.extend(expanded),
            // The file that a rename or a link makes need not be there.
            Err(sys::STATUS_NO_SUCH_FILE) if flags != 0 && components.peek().is_none() => whole.extend(component),
            Err(status) => {
                result = Err(status);
                break;
            }
        }
    }
    if !context.is_null() {
        match provider.filter().registration().NormalizeContextCleanupCallback {
            Some(cleanup) => {
                let place = &raw mut context;
                // SAFETY: the driver registered the routine for exactly this call.
                call(provider, "NormalizeContextCleanupCallback", || unsafe { cleanup(place) });
            }
            None => provider.filter().report(
                "K-31",
                "a name provider left a normalization context and has no NormalizeContextCleanupCallback".to_owned(),
            ),
        }
    }
    result.map(|()| whole)
}

/// How many bytes the name of a component has room for.
const COMPONENT: usize = 510;

/// Memory for the answer about a component.
#[repr(C, align(8))]
struct Answer([u8; size_of::<FILE_NAMES_INFORMATION>() + COMPONENT]);

fn expand(
    provider: &Arc<Instance>,
    file: &FileRef,
    parent: &[u16],
    component: &[u16],
    flags: u32,
    context: *mut *mut std::ffi::c_void,
) -> Result<Vec<u16>, NTSTATUS> {
    let registration = provider.filter().registration();
    let (parent, component) = (string_of(parent), string_of(component));
    let volume_length = string_of(provider.volume().device_name_units()).Length;
    let flags = flags | if file.is_case_sensitive() { sys::FLTFL_NORMALIZE_NAME_CASE_SENSITIVE } else { 0 };
    let mut answer = Answer([0; _]);
    let place = (&raw mut answer).cast::<FILE_NAMES_INFORMATION>();
    let length = size_of_32::<Answer>();
    let status = call(provider, "NormalizeNameComponentCallback", || {
        // SAFETY: the driver registered the routines; what the pointers point to outlives the call.
        unsafe {
            if let Some(callback) = registration.NormalizeNameComponentExCallback {
                callback(
                    provider.handle(),
                    file.as_ptr(),
                    &raw const parent,
                    volume_length,
                    &raw const component,
                    place,
                    length,
                    flags,
                    context,
                )
            } else if let Some(callback) = registration.NormalizeNameComponentCallback {
                callback(
                    provider.handle(),
                    &raw const parent,
                    volume_length,
                    &raw const component,
                    place,
                    length,
                    flags,
                    context,
                )
            } else {
                sys::STATUS_FLT_INVALID_NAME_REQUEST
            }
        }
    });
    match status {
        Some(status) if status >= 0 => {
            // SAFETY: the provider has filled the structure; a length beyond it is cut off.
            unsafe {
                let count = ((*place).FileNameLength as usize).min(COMPONENT) / 2;
                let name = place.byte_add(std::mem::offset_of!(FILE_NAMES_INFORMATION, FileName)).cast::<u16>();
                Ok(std::slice::from_raw_parts(name, count).to_vec())
            }
        }
        Some(status) => Err(status),
        None => Err(sys::STATUS_FLT_INVALID_NAME_REQUEST),
    }
}
