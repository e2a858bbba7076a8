//! Filters that say what files are called (rules K-27 to K-31).

use std::sync::Mutex;

use fltmgr_sys::*;
use fltsim::kernel::irql;

use crate::probe::*;

unsafe fn text(string: UNICODE_STRING) -> String {
    if string.Length == 0 {
        return String::new();
    }
    String::from_utf16(unsafe { std::slice::from_raw_parts(string.Buffer, usize::from(string.Length) / 2) }).unwrap()
}

/// The name that a filter is told, below its volume.
unsafe fn name(data: PFLT_CALLBACK_DATA, options: u32) -> Result<String, NTSTATUS> {
    unsafe {
        let mut information = std::ptr::null_mut();
        let status = FltGetFileNameInformation(data, options | FLT_FILE_NAME_QUERY_DEFAULT, &raw mut information);
        if status != STATUS_SUCCESS {
            return Err(status);
        }
        let (name, volume) = (text((*information).Name), text((*information).Volume));
        FltReleaseFileNameInformation(information);
        Ok(name.strip_prefix(&volume).unwrap().to_owned())
    }
}

/// Puts a name into a control.
unsafe fn put(control: PFLT_NAME_CONTROL, name: &str) {
    let units = units(name);
    let length = (units.len() * 2) as u16;
    unsafe {
        assert_eq!(FltCheckAndGrowNameControl(control, length), STATUS_SUCCESS);
        std::ptr::copy_nonoverlapping(units.as_ptr(), (*control).Name.Buffer, units.len());
        (*control).Name.Length = length;
    }
}

/// Says `shown` where the file system says `hidden`, after a name of 600 units that it grows for and takes back.
unsafe extern "efiapi" fn rename(
    _: PFLT_INSTANCE,
    _: PFILE_OBJECT,
    data: PFLT_CALLBACK_DATA,
    options: FLT_FILE_NAME_OPTIONS,
    cacheable: PBOOLEAN,
    control: PFLT_NAME_CONTROL,
) -> NTSTATUS {
    unsafe {
        assert_eq!(irql::current(), irql::PASSIVE_LEVEL);
        let mut information = std::ptr::null_mut();
        let status = FltGetFileNameInformation(data, options, &raw mut information);
        assert_eq!(status, STATUS_SUCCESS, "the provider is told by those below");
        let whole = text((*information).Name);
        FltReleaseFileNameInformation(information);
        put(control, &"x".repeat(600));
        put(control, &whole.replace("hidden", "shown"));
        cacheable.write(1);
        STATUS_SUCCESS
    }
}

/// A filter that logs the names of the files that are flushed.
fn telling(log: &Log, who: &'static str, options: u32) -> Behaviour {
    let log = log.clone();
    Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, move |data, _, _| {
        let name = unsafe { name(data, options) };
        log.add(match name {
            Ok(name) => format!("{who} {name}"),
            Err(status) => format!("{who} {status:08x}"),
        });
        NO_CALLBACK
    })
}

#[test]
fn a_name_provider_names_files_for_those_above_it() {
    let world = World::new();
    let log = Log::new();
    let _high = world.load("300", telling(&log, "high", FLT_FILE_NAME_NORMALIZED));
    let mut provider = Behaviour::new();
    provider.generate_name = Some(rename);
    let provider = world.load("200", provider);
    let _low = world.load("100", telling(&log, "low", FLT_FILE_NAME_NORMALIZED));
    let file = world.open("\\hidden").unwrap();
    for _ in 0..2 {
        file.flush().unwrap();
        assert_eq!(log.take(), ["high \\shown", "low \\hidden"]);
    }
    provider.unload().unwrap();
    file.flush().unwrap();
    assert_eq!(log.take(), ["high \\hidden", "low \\hidden"]);
    assert_eq!(world.rules(), [""; 0]);
}

/// Knows opened names only.
unsafe extern "efiapi" fn open_only(
    _: PFLT_INSTANCE,
    _: PFILE_OBJECT,
    data: PFLT_CALLBACK_DATA,
    options: FLT_FILE_NAME_OPTIONS,
    cacheable: PBOOLEAN,
    control: PFLT_NAME_CONTROL,
) -> NTSTATUS {
    unsafe {
        if options & FLT_VALID_FILE_NAME_FORMATS == FLT_FILE_NAME_NORMALIZED {
            return STATUS_NOT_SUPPORTED;
        }
        rename(std::ptr::null_mut(), std::ptr::null_mut(), data, options, cacheable, control)
    }
}

/// What the components were asked with: the parent and the component.
static ASKED: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());
/// How often the context was cleaned up.
static CLEANED: Mutex<usize> = Mutex::new(0);

unsafe extern "efiapi" fn shout(
    _: PFLT_INSTANCE,
    parent: PCUNICODE_STRING,
    volume_length: u16,
    component: PCUNICODE_STRING,
    answer: PFILE_NAMES_INFORMATION,
    length: u32,
    _: FLT_NORMALIZE_NAME_FLAGS,
    context: *mut PVOID,
) -> NTSTATUS {
    unsafe {
        let parent = text(*parent);
        let below = parent[usize::from(volume_length) / 2..].to_owned();
        let component = text(*component);
        if component == "missing" {
            return STATUS_NO_SUCH_FILE;
        }
        let loud = units(&component.to_uppercase());
        assert!(loud.len() * 2 + 12 <= length as usize);
        (*answer).FileNameLength = (loud.len() * 2) as u32;
        std::ptr::copy_nonoverlapping(loud.as_ptr(), (&raw mut (*answer).FileName).cast(), loud.len());
        context.write(77 as PVOID);
        ASKED.lock().unwrap().push((below, component));
    }
    STATUS_SUCCESS
}

unsafe extern "efiapi" fn clean(context: *mut PVOID) {
    assert_eq!(unsafe { context.read() } as usize, 77);
    *CLEANED.lock().unwrap() += 1;
}

#[test]
fn components_are_normalized_one_by_one_where_the_whole_is_not() {
    let world = World::new();
    drop(world.directory("\\dir").unwrap());
    let log = Log::new();
    let _high = world.load("300", telling(&log, "high", FLT_FILE_NAME_NORMALIZED));
    let mut provider = Behaviour::new();
    provider.generate_name = Some(open_only);
    provider.normalize_component = Some(shout);
    provider.normalize_cleanup = Some(clean);
    let _provider = world.load("200", provider);
    world.open("\\dir\\hidden").unwrap().flush().unwrap();
    assert_eq!(log.take(), ["high \\DIR\\SHOWN"]);
    let asked = std::mem::take(&mut *ASKED.lock().unwrap());
    let pair = |parent: &str, component: &str| (parent.to_owned(), component.to_owned());
    assert_eq!(asked, [pair("\\", "dir"), pair("\\DIR\\", "shown")]);
    assert_eq!(*CLEANED.lock().unwrap(), 1);
    // Rule K-30.
    world.open("\\missing").unwrap().flush().unwrap();
    assert_eq!(log.take(), [format!("high {STATUS_NO_SUCH_FILE:08x}")]);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_provider_may_ask_to_be_asked_itself() {
    let world = World::new();
    let log = Log::new();
    let (own, below) = (log.clone(), log.clone());
    let mut provider = Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, move |data, _, _| unsafe {
        let itself = FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER | FLT_FILE_NAME_DO_NOT_CACHE;
        own.add(name(data, FLT_FILE_NAME_NORMALIZED | itself).unwrap());
        below.add(name(data, FLT_FILE_NAME_NORMALIZED).unwrap());
        NO_CALLBACK
    });
    // It asks with the options that it is asked with, and is not asked again for that.
    provider.generate_name = Some(rename);
    let _provider = world.load("200", provider);
    world.open("\\hidden").unwrap().flush().unwrap();
    assert_eq!(log.take(), ["\\shown", "\\hidden"]);
    assert_eq!(world.rules(), [""; 0]);
}

/// Calls everything `loud`, in capitals.
unsafe extern "efiapi" fn loud(
    _: PFLT_INSTANCE,
    parent: PCUNICODE_STRING,
    _: u16,
    component: PCUNICODE_STRING,
    answer: PFILE_NAMES_INFORMATION,
    _: u32,
    flags: FLT_NORMALIZE_NAME_FLAGS,
    _: *mut PVOID,
) -> NTSTATUS {
    unsafe {
        assert_eq!(flags, FLTFL_NORMALIZE_NAME_DESTINATION_FILE_NAME, "{} {}", text(*parent), text(*component));
        let component = text(*component);
        if component == "new" {
            return STATUS_NO_SUCH_FILE;
        }
        let loud = units(&component.to_uppercase());
        (*answer).FileNameLength = (loud.len() * 2) as u32;
        std::ptr::copy_nonoverlapping(loud.as_ptr(), (&raw mut (*answer).FileName).cast(), loud.len());
    }
    STATUS_SUCCESS
}

#[test]
fn a_provider_is_asked_for_the_name_that_a_rename_gives() {
    let world = World::new();
    drop(world.directory("\\hidden").unwrap());
    let log = Log::new();
    let seen = log.clone();
    let _high = world.load(
        "300",
        Behaviour::new().pre(IRP_MJ_SET_INFORMATION, move |data, related, _| unsafe {
            let set = parameters(data).Parameters.SetFileInformation;
            let rename = &*set.InfoBuffer.cast::<FILE_RENAME_INFORMATION>();
            for options in [FLT_FILE_NAME_OPENED, FLT_FILE_NAME_NORMALIZED] {
                let mut information = std::ptr::null_mut();
                let status = FltGetDestinationFileNameInformation(
                    related.Instance,
                    related.FileObject,
                    rename.RootDirectory,
                    rename.FileName.as_ptr().cast_mut(),
                    rename.FileNameLength,
                    options | FLT_FILE_NAME_QUERY_DEFAULT,
                    &raw mut information,
                );
                assert_eq!(status, STATUS_SUCCESS);
                let (name, volume) = (text((*information).Name), text((*information).Volume));
                seen.add(name.strip_prefix(&volume).unwrap());
                FltReleaseFileNameInformation(information);
            }
            NO_CALLBACK
        }),
    );
    let mut provider = Behaviour::new();
    provider.generate_name = Some(unsafe_rename);
    provider.normalize_component = Some(loud);
    let _provider = world.load("200", provider);
    let file = world.open("\\hidden\\file").unwrap();
    let flags = fltsim::io::RenameFlags::default();
    // Beside the file, whose name the provider makes.
    file.rename(&units("new"), flags).unwrap();
    assert_eq!(log.take(), ["\\shown\\new", "\\SHOWN\\new"]);
    file.rename(&units("\\hidden\\other"), flags).unwrap();
    assert_eq!(log.take(), ["\\hidden\\other", "\\HIDDEN\\OTHER"]);
    assert_eq!(world.rules(), [""; 0]);
}

/// As [`rename`], where there is no operation.
unsafe extern "efiapi" fn unsafe_rename(
    instance: PFLT_INSTANCE,
    file: PFILE_OBJECT,
    data: PFLT_CALLBACK_DATA,
    options: FLT_FILE_NAME_OPTIONS,
    cacheable: PBOOLEAN,
    control: PFLT_NAME_CONTROL,
) -> NTSTATUS {
    unsafe {
        assert!(data.is_null());
        let mut information = std::ptr::null_mut();
        assert_eq!(FltGetFileNameInformationUnsafe(file, instance, options, &raw mut information), STATUS_SUCCESS);
        let whole = text((*information).Name);
        FltReleaseFileNameInformation(information);
        put(control, &whole.replace("hidden", "shown"));
        cacheable.write(1);
        STATUS_SUCCESS
    }
}
