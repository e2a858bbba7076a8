//! The kernel's routines, called by a loaded driver.
#![expect(unsafe_code, reason = "the tests are drivers, or load them")]

#[path = "common/fixture.rs"]
mod fixture;

use std::path::PathBuf;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use fltmgr_sys::{
    ERESOURCE, EVENT_DATA_DESCRIPTOR, EVENT_DESCRIPTOR, FAST_MUTEX, GUID, KEVENT, LOOKASIDE_LIST_EX, MDL,
    OBJECT_ATTRIBUTES, RTL_AVL_TABLE, STATUS_BUFFER_OVERFLOW, STATUS_INVALID_HANDLE, STATUS_OBJECT_NAME_NOT_FOUND,
    STATUS_SUCCESS, STATUS_TIMEOUT, STATUS_USER_APC, UNICODE_STRING,
};
use fltsim::config::{RegistryValue, ServiceConfig};
use fltsim::exports;
use fltsim::image::Image;
use fltsim::kernel::call::{CallSite, Crashed, call_driver};
use fltsim::kernel::driver_object::DriverObject;
use fltsim::kernel::fault::{CrashReport, FaultKind};
use fltsim::kernel::{irql, pool, thread};
use fltsim::machine::Machine;

/// The routines of the fixture, in its order.
#[derive(Clone, Copy)]
enum Own {
    Invoke,
    Compare,
    Allocate,
    Free,
    FaultyCompare,
    Thread,
    Fault,
    Print,
}

const TAG: usize = u32::from_le_bytes(*b"Test") as usize;
const NON_PAGED: usize = 0x40;
const PATH: &str = "\\Device\\HarddiskVolume1\\usr\\bin\\tester";

static FILE: LazyLock<(tempfile::TempDir, PathBuf)> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let image = fixture::build(directory.path(), "caller");
    (directory, image)
});

#[derive(Clone)]
struct Driver {
    machine: Arc<Machine>,
    image: Arc<Image>,
    table: Arc<Vec<usize>>,
}

impl Driver {
    fn load() -> Self {
        let image = Image::load(&FILE.1).expect("the fixture can be loaded");
        let mut table = vec![0_usize; 64];
        let (entry, pointer) = (image.entry(), table.as_mut_ptr());
        // SAFETY: the fixture's entry fills the table that it is passed.
        let status =
            call_driver(&image, &CallSite::of("DriverEntry"), 0, || unsafe { entry(pointer.cast(), ptr::null_mut()) });
        assert_eq!(status, Ok(0));
        Self { machine: Machine::new(), image, table: Arc::new(table) }
    }

    fn own(&self, routine: Own) -> usize {
        self.table[routine as usize]
    }

    /// Has the driver call a routine.
    fn call_at(&self, routine: usize, arguments: &[usize]) -> Result<usize, Crashed> {
        type Invoke = unsafe extern "efiapi" fn(usize, *const usize) -> usize;
        let mut all = [0_usize; 8];
        all[..arguments.len()].copy_from_slice(arguments);
        // SAFETY: the table holds the routine, which has this type.
        let invoke: Invoke = unsafe { std::mem::transmute(self.own(Own::Invoke)) };
        let process = self.machine.processes().named(77, PATH);
        thread::with_process(&self.machine, &process, || {
            // SAFETY: the tests pass what the routines ask for, but where it is the driver's crash that is tested.
            call_driver(&self.image, &CallSite::of("test"), irql::PASSIVE_LEVEL, || unsafe {
                invoke(routine, all.as_ptr())
            })
        })
    }

    /// Has the driver call an export.
    fn try_call(&self, name: &str, arguments: &[usize]) -> Result<usize, Crashed> {
        let address = exports::lookup("ntoskrnl.exe", name).unwrap_or_else(|| panic!("{name} is not served"));
        self.call_at(address, arguments)
    }

    fn call(&self, name: &str, arguments: &[usize]) -> usize {
        self.try_call(name, arguments).unwrap_or_else(|_| panic!("{name} crashed: {}", self.machine.crash().unwrap()))
    }

    fn status(&self, name: &str, arguments: &[usize]) -> i32 {
        u32::try_from(self.call(name, arguments) & 0xFFFF_FFFF).unwrap().cast_signed()
    }

    fn crash(&self, name: &str, arguments: &[usize]) -> Arc<CrashReport> {
        assert_eq!(self.try_call(name, arguments), Err(Crashed), "{name} should crash");
        self.machine.crash().expect("the machine has crashed")
    }
}

fn address<T>(of: &mut T) -> usize {
    ptr::from_mut(of) as usize
}

fn zeroed<T>() -> T {
    // SAFETY: the tests ask for plain C structures, whose fields all may be zero.
    unsafe { std::mem::zeroed() }
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn counted(text: &mut [u16]) -> UNICODE_STRING {
    let length = u16::try_from(text.len() * 2 - 2).unwrap();
    UNICODE_STRING { Length: length, MaximumLength: length + 2, Buffer: text.as_mut_ptr() }
}

#[test]
fn pool_is_zeroed_aligned_and_accounted_for() {
    let driver = Driver::load();
    let me = Arc::as_ptr(&driver.image) as usize;
    let small = driver.call("ExAllocatePool2", &[NON_PAGED, 100, TAG]);
    let large = driver.call("ExAllocatePool2", &[NON_PAGED, 5000, TAG]);
    let empty = driver.call("ExAllocatePool2", &[NON_PAGED, 0, TAG]);
    assert!(small != 0 && small.is_multiple_of(16) && large.is_multiple_of(4096) && empty != 0);
    // SAFETY: the block was just allocated.
    assert!(unsafe { std::slice::from_raw_parts(small as *const u8, 100) }.iter().all(|&byte| byte == 0));
    assert_eq!(pool::outstanding(me).len(), 3);
    assert_eq!(
        pool::find(small).map(|block| block.to_string()).as_deref(),
        Some("100 bytes of nonpaged pool with the tag 'Test'")
    );
    for block in [small, large, empty] {
        driver.call("ExFreePoolWithTag", &[block, TAG]);
    }
    assert!(pool::outstanding(me).is_empty());
    assert_eq!(driver.call("ExAllocatePool2", &[0, 100, TAG]), 0, "flags must name a pool");
    assert_eq!(driver.call("ExAllocatePool2", &[NON_PAGED, usize::MAX, TAG]), 0);
}

#[test]
fn a_wrong_free_is_a_bad_pool_caller_with_the_driver_in_the_report() {
    let driver = Driver::load();
    let block = driver.call("ExAllocatePool2", &[NON_PAGED, 100, TAG]);
    let report = driver.crash("ExFreePoolWithTag", &[block, TAG + 1]);
    assert!(matches!(report.kind, FaultKind::BugCheck { code: 0xC2, .. }), "{report}");
    let text = report.to_string();
    for part in ["BAD_POOL_CALLER", "'Test'", "caller.sys+0x", "invoke", "ExFreePoolWithTag"] {
        assert!(text.contains(part), "{part} is missing from: {text}");
    }
    let driver = Driver::load();
    let block = driver.call("ExAllocatePool2", &[NON_PAGED, 100, TAG]);
    driver.call("ExFreePool", &[block]);
    let report = driver.crash("ExFreePool", &[block]);
    assert!(matches!(report.kind, FaultKind::BugCheck { code: 0xC2, .. }), "{report}");
}

#[test]
fn calls_nest_through_callbacks() {
    let driver = Driver::load();
    let mut table = zeroed::<RTL_AVL_TABLE>();
    let table = address(&mut table);
    let routines = [driver.own(Own::Compare), driver.own(Own::Allocate), driver.own(Own::Free)];
    driver.call("RtlInitializeGenericTableAvl", &[table, routines[0], routines[1], routines[2], 0]);
    for number in [5_u32, 3, 9, 1, 7, 3] {
        let mut number = number;
        driver.call("RtlInsertElementGenericTableAvl", &[table, address(&mut number), 4, 0]);
    }
    let sorted: Vec<u32> = (0..5)
        // SAFETY: the table has five elements, which are numbers.
        .map(|index| unsafe { *(driver.call("RtlGetElementGenericTableAvl", &[table, index]) as *const u32) })
        .collect();
    assert_eq!(sorted, [1, 3, 5, 7, 9]);
    for mut number in sorted {
        assert_eq!(driver.call("RtlDeleteElementGenericTableAvl", &[table, address(&mut number)]) & 0xFF, 1);
    }
    assert!(pool::outstanding(Arc::as_ptr(&driver.image) as usize).is_empty());
}

#[test]
fn a_crash_in_a_callback_ends_all_of_the_drivers_code_on_the_thread() {
    let driver = Driver::load();
    let mut table = zeroed::<RTL_AVL_TABLE>();
    let table = address(&mut table);
    let routines = [driver.own(Own::FaultyCompare), driver.own(Own::Allocate), driver.own(Own::Free)];
    driver.call("RtlInitializeGenericTableAvl", &[table, routines[0], routines[1], routines[2], 0]);
    let mut number = 0x1000_u32;
    driver.call("RtlInsertElementGenericTableAvl", &[table, address(&mut number), 4, 0]);
    let report = driver.crash("RtlInsertElementGenericTableAvl", &[table, address(&mut number), 4, 0]);
    assert!(report.to_string().contains("caller::fault"), "{report}");
    assert_eq!(report.serving, Some("RtlInsertElementGenericTableAvl"), "{report}");
    let other = Driver::load();
    assert_ne!(other.call("ExAllocatePool2", &[NON_PAGED, 1, TAG]), 0, "the thread can be used again");
}

#[test]
fn events_wake_and_waits_time_out() {
    let driver = Driver::load();
    let mut event = zeroed::<KEVENT>();
    let event = address(&mut event);
    let wait = |timeout: i64| {
        let mut timeout = timeout;
        driver.status("KeWaitForSingleObject", &[event, 0, 0, 0, address(&mut timeout)])
    };
    driver.call("KeInitializeEvent", &[event, 1, 0]);
    assert_eq!(wait(0), STATUS_TIMEOUT);
    let start = Instant::now();
    assert_eq!(wait(-200_000), STATUS_TIMEOUT);
    assert!(start.elapsed() >= Duration::from_millis(20));
    assert_eq!(driver.status("KeSetEvent", &[event, 0, 0]), 0);
    assert_eq!(driver.status("KeSetEvent", &[event, 0, 0]), 1, "it was set already");
    assert_eq!(wait(0), STATUS_SUCCESS);
    assert_eq!(wait(0), STATUS_TIMEOUT, "a synchronization event lets one through");
    driver.call("KeInitializeEvent", &[event, 0, 1]);
    assert_eq!((wait(0), wait(0)), (STATUS_SUCCESS, STATUS_SUCCESS), "a notification event lets all through");
    driver.call("KeClearEvent", &[event]);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| driver.status("KeWaitForSingleObject", &[event, 0, 0, 0, 0]));
        std::thread::sleep(Duration::from_millis(20));
        driver.call("KeSetEvent", &[event, 0, 0]);
        assert_eq!(waiting.join().unwrap(), STATUS_SUCCESS);
    });
}

#[test]
fn several_objects_are_waited_for_together() {
    let driver = Driver::load();
    let mut events = [zeroed::<KEVENT>(), zeroed::<KEVENT>()];
    let mut objects = [address(&mut events[0]), address(&mut events[1])];
    for object in objects {
        driver.call("KeInitializeEvent", &[object, 1, 0]);
    }
    let array = address(&mut objects);
    let wait = |kind: usize, mut timeout: i64| {
        driver.status("KeWaitForMultipleObjects", &[2, array, kind, 0, 0, 0, address(&mut timeout), 0])
    };
    assert_eq!(wait(1, 0), STATUS_TIMEOUT);
    driver.call("KeSetEvent", &[objects[1], 0, 0]);
    assert_eq!(wait(0, 0), STATUS_TIMEOUT, "all are needed");
    assert_eq!(wait(1, 0), 1, "the second one was set");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| wait(0, -100_000_000));
        for object in objects {
            std::thread::sleep(Duration::from_millis(10));
            driver.call("KeSetEvent", &[object, 0, 0]);
        }
        assert_eq!(waiting.join().unwrap(), STATUS_SUCCESS);
    });
}

#[test]
fn a_wait_that_may_be_interrupted_ends_with_its_thread() {
    let driver = Driver::load();
    let mut event = zeroed::<KEVENT>();
    let event = address(&mut event);
    driver.call("KeInitializeEvent", &[event, 0, 0]);
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            sender.send(thread::current()).unwrap();
            driver.status("KeWaitForSingleObject", &[event, 0, 1, 0, 0])
        });
        let waiter = receiver.recv().unwrap();
        std::thread::sleep(Duration::from_millis(10));
        waiter.set_terminating(true);
        assert_eq!(waiting.join().unwrap(), STATUS_USER_APC);
    });
}

#[test]
fn a_crash_wakes_the_drivers_that_wait() {
    let driver = Driver::load();
    let mut event = zeroed::<KEVENT>();
    let event = address(&mut event);
    driver.call("KeInitializeEvent", &[event, 0, 0]);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| driver.try_call("KeWaitForSingleObject", &[event, 0, 0, 0, 0]));
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(driver.call_at(driver.own(Own::Fault), &[8]), Err(Crashed));
        assert_eq!(waiting.join().unwrap(), Err(Crashed));
    });
}

#[test]
fn a_driver_starts_threads_and_waits_for_them() {
    let driver = Driver::load();
    let mut event = zeroed::<KEVENT>();
    let event = address(&mut event);
    driver.call("KeInitializeEvent", &[event, 0, 0]);
    let (mut handle, mut object) = (0_usize, 0_usize);
    let create = [address(&mut handle), 0x1F_FFFF, 0, 0, 0, driver.own(Own::Thread), event];
    assert_eq!(driver.status("PsCreateSystemThread", &create), STATUS_SUCCESS);
    assert_eq!(driver.status("KeWaitForSingleObject", &[event, 0, 0, 0, 0]), STATUS_SUCCESS);
    let thread_type = exports::lookup("ntoskrnl.exe", "PsThreadType").expect("it is served");
    let file_type = exports::lookup("ntoskrnl.exe", "IoFileObjectType").expect("it is served");
    // SAFETY: both are variables that hold a pointer.
    let (thread_type, file_type) = unsafe { (*(thread_type as *const usize), *(file_type as *const usize)) };
    let reference = |kind: usize, object: &mut usize| {
        driver.status("ObReferenceObjectByHandle", &[handle, 0, kind, 0, address(object), 0])
    };
    assert_ne!(reference(file_type, &mut object), STATUS_SUCCESS, "it is no file");
    assert_eq!(reference(thread_type, &mut object), STATUS_SUCCESS);
    assert_eq!(driver.status("ZwClose", &[handle]), STATUS_SUCCESS);
    assert_eq!(driver.status("KeWaitForSingleObject", &[object, 0, 0, 0, 0]), STATUS_SUCCESS);
    driver.call("ObfDereferenceObject", &[object]);
    assert!(driver.machine.crash().is_none());
    let report = driver.crash("ZwClose", &[handle]);
    assert!(matches!(report.kind, FaultKind::BugCheck { code: 0x93, .. }), "{report}");
}

#[test]
fn locks_exclude() {
    let driver = Driver::load();
    let mut mutex = zeroed::<FAST_MUTEX>();
    mutex.Count = 1;
    let mut resource = zeroed::<ERESOURCE>();
    let mut spin_lock = 0_usize;
    mutex.Event.Header.Type = 1;
    let (mutex, resource, spin_lock) = (address(&mut mutex), address(&mut resource), address(&mut spin_lock));
    driver.call("ExInitializeResourceLite", &[resource]);
    let inside = AtomicUsize::new(0);
    let alone = |acquire: &dyn Fn() -> usize, release: &dyn Fn(usize)| {
        for _ in 0..200 {
            let before = acquire();
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
            std::hint::spin_loop();
            inside.fetch_sub(1, Ordering::SeqCst);
            release(before);
        }
    };
    let both = |body: &(dyn Fn() + Sync)| {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(body);
            }
        });
    };
    both(&|| {
        alone(&|| driver.call("KeAcquireSpinLockRaiseToDpc", &[spin_lock]) & 0xFF, &|before| {
            // The level doesn't outlive a call into the driver, so lowering it changes nothing here.
            driver.call("KeReleaseSpinLock", &[spin_lock, before]);
        });
    });
    both(&|| {
        alone(&|| driver.call("ExAcquireResourceExclusiveLite", &[resource, 1]), &|_| {
            driver.call("ExReleaseResourceLite", &[resource]);
        });
    });
    both(&|| {
        alone(&|| driver.call("ExAcquireFastMutex", &[mutex]), &|_| {
            driver.call("ExReleaseFastMutex", &[mutex]);
        });
    });
    assert_eq!(driver.status("ExDeleteResourceLite", &[resource]), STATUS_SUCCESS);
}

#[test]
fn resources_are_shared_and_recursive() {
    let driver = Driver::load();
    let mut resource = zeroed::<ERESOURCE>();
    let resource = address(&mut resource);
    driver.call("ExInitializeResourceLite", &[resource]);
    let yes = |name: &str, arguments: &[usize]| driver.call(name, arguments) & 0xFF != 0;
    assert!(yes("ExAcquireResourceSharedLite", &[resource, 1]));
    assert!(yes("ExAcquireResourceSharedLite", &[resource, 1]));
    assert_eq!(driver.status("ExIsResourceAcquiredSharedLite", &[resource]), 2);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            assert!(yes("ExAcquireResourceSharedLite", &[resource, 0]), "others may share it");
            driver.call("ExReleaseResourceLite", &[resource]);
            assert!(!yes("ExAcquireResourceExclusiveLite", &[resource, 0]), "but not have it alone");
        });
    });
    driver.call("ExReleaseResourceLite", &[resource]);
    driver.call("ExReleaseResourceLite", &[resource]);
    assert!(yes("ExAcquireResourceExclusiveLite", &[resource, 1]));
    assert!(yes("ExAcquireResourceSharedLite", &[resource, 0]), "who has it alone may acquire it again");
    driver.call("ExReleaseResourceLite", &[resource]);
    driver.call("ExReleaseResourceLite", &[resource]);
    let report = driver.crash("ExReleaseResourceLite", &[resource]);
    assert!(report.to_string().contains("RESOURCE_NOT_OWNED"), "{report}");
}

#[test]
fn a_driver_reads_its_parameters() {
    let driver = Driver::load();
    let mut service = ServiceConfig::with_altitude("Guard", "370000");
    service.set_parameter("Level", RegistryValue::Dword(7));
    driver.machine.registry().fill_service(&service);
    let object = DriverObject::new(&driver.image, "Guard");
    let mut name = wide("Parameters");
    let mut name = counted(&mut name);
    let mut attributes = zeroed::<OBJECT_ATTRIBUTES>();
    let open = |attributes: &mut OBJECT_ATTRIBUTES, handle: &mut usize| {
        driver.status("ZwOpenKey", &[address(handle), 0x2_0019, address(attributes)])
    };
    let (mut service_key, mut parameters, mut by_object) = (0_usize, 0_usize, 0_usize);
    attributes.ObjectName = object.registry_path();
    assert_eq!(open(&mut attributes, &mut service_key), STATUS_SUCCESS);
    attributes.RootDirectory = service_key as *mut _;
    attributes.ObjectName = &raw mut name;
    assert_eq!(open(&mut attributes, &mut parameters), STATUS_SUCCESS);
    let open_by_object = [object.object() as usize, 0, 0x2_0019, 0, address(&mut by_object)];
    assert_eq!(driver.status("IoOpenDriverRegistryKey", &open_by_object), STATUS_SUCCESS);
    for key in [parameters, by_object] {
        let mut value = wide("level");
        let mut value = counted(&mut value);
        let mut missing = wide("other");
        let mut missing = counted(&mut missing);
        let mut buffer = [0_u32; 8];
        let mut length = 0_u32;
        let mut query = |name: &mut UNICODE_STRING, size: usize| {
            let arguments = [key, address(name), 2, buffer.as_mut_ptr() as usize, size, address(&mut length)];
            (driver.status("ZwQueryValueKey", &arguments), buffer)
        };
        let (status, data) = query(&mut value, 32);
        assert_eq!((status, &data[..4]), (STATUS_SUCCESS, &[0, 4, 4, 7][..]), "REG_DWORD, four bytes, 7");
        assert_eq!(query(&mut value, 12).0, STATUS_BUFFER_OVERFLOW);
        assert_eq!(query(&mut missing, 32).0, STATUS_OBJECT_NAME_NOT_FOUND);
        assert_eq!(length, 16);
        driver.call("ZwClose", &[key]);
    }
    driver.call("ZwClose", &[service_key]);
}

#[test]
fn a_driver_learns_who_it_works_for() {
    let driver = Driver::load();
    assert_eq!(driver.call("PsGetCurrentProcessId", &[]), 77);
    let process = driver.call("IoGetCurrentProcess", &[]);
    assert_eq!(process, driver.machine.processes().named(77, PATH).address());
    let mut name = 0_usize;
    assert_eq!(driver.status("SeLocateProcessImageName", &[process, address(&mut name)]), STATUS_SUCCESS);
    // SAFETY: the routine made a string.
    let text = unsafe {
        let name = &*(name as *const UNICODE_STRING);
        String::from_utf16_lossy(std::slice::from_raw_parts(name.Buffer, usize::from(name.Length) / 2))
    };
    assert_eq!(text, PATH);
    driver.call("ExFreePoolWithTag", &[name, 0]);
    let short = driver.call("PsGetProcessImageFileName", &[process]);
    // SAFETY: the routine returns a terminated string that the process keeps.
    assert_eq!(unsafe { std::ffi::CStr::from_ptr(short as *const _) }, c"tester");
    let mut found = 0_usize;
    assert_eq!(driver.status("PsLookupProcessByProcessId", &[77, address(&mut found)]), STATUS_SUCCESS);
    assert_eq!(found, process);
    driver.call("ObfDereferenceObject", &[found]);
    assert_ne!(driver.status("PsLookupProcessByProcessId", &[78, address(&mut found)]), STATUS_SUCCESS);
    let report = driver.crash("PsGetProcessId", &[0x1000]);
    assert!(matches!(report.kind, FaultKind::BugCheck { code: 0x18, .. }), "{report}");
}

#[test]
fn processes_of_the_host_are_found_by_their_threads() {
    let machine = Machine::new();
    let me = machine.processes().by_host_pid(std::process::id());
    assert_eq!(me.id, std::process::id());
    let image = std::env::current_exe().unwrap();
    let expected = format!("\\Device\\HarddiskVolume1{}", image.to_string_lossy().replace('/', "\\"));
    assert_eq!(String::from_utf16_lossy(&me.image_path), expected);
    let of_thread = std::thread::spawn({
        let machine = Arc::clone(&machine);
        move || machine.processes().by_host_pid(thread::current().host_thread_id())
    });
    assert!(Arc::ptr_eq(&of_thread.join().unwrap(), &me), "a thread's process is its process");
    let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    // A child is another program only once it has executed it.
    let process = loop {
        let process = machine.processes().by_host_pid(child.id());
        if process.image_path.ends_with(&"sleep".encode_utf16().collect::<Vec<u16>>())
            || process.image_path.ends_with(&"coreutils".encode_utf16().collect::<Vec<u16>>())
        {
            break process;
        }
    };
    assert!(Arc::ptr_eq(&process, &machine.processes().by_host_pid(child.id())));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(machine.processes().by_host_pid(child.id()).id, 4, "who has ended is nobody");
    assert!(process.has_ended());
}

#[test]
fn memory_lists_lock_what_is_there() {
    let driver = Driver::load();
    let mut buffer = vec![1_u8; 10_000];
    let mdl = driver.call("IoAllocateMdl", &[address(&mut buffer[0]), 10_000, 0, 0, 0]);
    driver.call("MmProbeAndLockPages", &[mdl, 1, 1]);
    assert_eq!(driver.call("MmMapLockedPagesSpecifyCache", &[mdl, 0, 1, 0, 0, 16]), address(&mut buffer[0]));
    // SAFETY: the routine made a list.
    assert_eq!(unsafe { (*(mdl as *const MDL)).ByteCount }, 10_000);
    driver.call("MmUnlockPages", &[mdl]);
    driver.call("IoFreeMdl", &[mdl]);
    let mdl = driver.call("IoAllocateMdl", &[0x1234_5000_0000, 100, 0, 0, 0]);
    let report = driver.crash("MmProbeAndLockPages", &[mdl, 1, 0]);
    assert_eq!(report.kind, FaultKind::UnhandledException { status: 0xC000_0005_u32.cast_signed() }, "{report}");
    assert!(report.to_string().contains("invoke"), "{report}");
    assert_eq!(Driver::load().call("MmIsAddressValid", &[0x1234_5000_0000]) & 0xFF, 0);
}

#[test]
fn strings_are_formatted_for_drivers() {
    let driver = Driver::load();
    let format = wide("%d-%ws-%s");
    let (one, two) = (wide("wide"), wide("too"));
    let mut buffer = [0xFFFF_u16; 32];
    let arguments =
        [address(&mut buffer), 32, format.as_ptr() as usize, 42, one.as_ptr() as usize, two.as_ptr() as usize];
    assert_eq!(driver.status("_snwprintf", &arguments), 11);
    assert_eq!(buffer[..12], wide("42-wide-too"));
    assert_eq!(
        driver.status("_snwprintf", &[address(&mut buffer), 4, arguments[2], 42, arguments[4], arguments[5]]),
        -1
    );
    assert_eq!(driver.call_at(driver.own(Own::Print), &[7, one.as_ptr() as usize]).map(|result| result & 0xFF), Ok(0));
}

#[test]
fn routines_can_be_looked_up() {
    let driver = Driver::load();
    let look_up = |name: &str| {
        let mut name = wide(name);
        let mut name = counted(&mut name);
        driver.call("MmGetSystemRoutineAddress", &[address(&mut name)])
    };
    assert_eq!(Some(look_up("IoOpenDriverRegistryKey")), exports::lookup("NTOSKRNL.EXE", "IoOpenDriverRegistryKey"));
    assert_eq!(look_up("ThereIsNoSuchRoutine"), 0);
    assert_eq!(exports::lookup("ntoskrnl.exe", "ioopendriverregistrykey"), None, "names have their case");
    let mut names: Vec<_> = exports::all().map(|export| (export.dll, export.name)).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "each name is served once");
}

/// Set in the process that is to die.
const DYING: &str = "FLTSIM_TEST_DIES_BELOW_AN_EXPORT";

#[test]
fn a_bad_pointer_below_an_export_ends_the_process_with_a_report() {
    if std::env::var_os(DYING).is_some() {
        let driver = Driver::load();
        let mut string = zeroed::<UNICODE_STRING>();
        let _ = driver.try_call("RtlInitUnicodeString", &[address(&mut string), 0x1234_5000_0000]);
        unreachable!("the process has ended");
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_bad_pointer_below_an_export_ends_the_process_with_a_report", "--nocapture"])
        .env(DYING, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(134), "{text}");
    for part in ["caller.sys has crashed", "0x0000123450000000", "in        RtlInitUnicodeString", "invoke"] {
        assert!(text.contains(part), "{part} is missing from: {text}");
    }
}

#[test]
fn a_fault_that_is_no_drivers_is_the_processs_own() {
    const OWN: &str = "FLTSIM_TEST_FAULTS_BY_ITSELF";
    if std::env::var_os(OWN).is_some() {
        let driver = Driver::load();
        driver.call("ExAllocatePool2", &[NON_PAGED, 1, TAG]);
        // SAFETY: there is nothing there, which is the point.
        unsafe { (16 as *mut u8).write_volatile(1) };
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_fault_that_is_no_drivers_is_the_processs_own"])
        .env(OWN, "1")
        .output()
        .unwrap();
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
    assert_eq!(signal, Some(11), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_guarded_copy_in_the_process_finds_bad_addresses() {
    let from = vec![7_u8; 200_000];
    let mut to = vec![0_u8; 200_000];
    let nowhere = 0x1234_5000_0000 as *mut std::ffi::c_void;
    let copy = |to: *mut std::ffi::c_void, from: *const std::ffi::c_void, length: usize| {
        // SAFETY: what is at the addresses is memory of this test or nothing.
        unsafe { exports::memory::FltsimGuardedCopy(to, from, length) }
    };
    assert_eq!(copy(to.as_mut_ptr().cast(), from.as_ptr().cast(), to.len()), STATUS_SUCCESS);
    assert_eq!(to, from);
    assert_eq!(copy(nowhere, from.as_ptr().cast(), 8), fltmgr_sys::STATUS_ACCESS_VIOLATION);
    assert_eq!(copy(to.as_mut_ptr().cast(), nowhere, 8), fltmgr_sys::STATUS_ACCESS_VIOLATION);
    assert_eq!(copy(nowhere, nowhere, 0), STATUS_SUCCESS);
}

#[test]
fn rundown_protection_lets_in_until_it_is_waited_for() {
    let driver = Driver::load();
    let mut protection = zeroed::<usize>();
    let protection = address(&mut protection);
    driver.call("ExInitializeRundownProtection", &[protection]);
    assert_ne!(driver.call("ExAcquireRundownProtection", &[protection]) & 0xFF, 0);
    assert_ne!(driver.call("ExAcquireRundownProtectionEx", &[protection, 2]) & 0xFF, 0);
    let waiter = std::thread::spawn({
        let driver = driver.clone();
        move || driver.call("ExWaitForRundownProtectionRelease", &[protection])
    });
    // From when on nobody is let in, only a refusal tells.
    while driver.call("ExAcquireRundownProtection", &[protection]) & 0xFF != 0 {
        driver.call("ExReleaseRundownProtection", &[protection]);
    }
    assert!(!waiter.is_finished());
    driver.call("ExReleaseRundownProtectionEx", &[protection, 2]);
    driver.call("ExReleaseRundownProtection", &[protection]);
    waiter.join().unwrap();
    driver.call("ExRundownCompleted", &[protection]);
    driver.call("ExWaitForRundownProtectionRelease", &[protection]);
    assert_eq!(driver.call("ExAcquireRundownProtection", &[protection]) & 0xFF, 0);
    driver.call("ExReInitializeRundownProtection", &[protection]);
    assert_ne!(driver.call("ExAcquireRundownProtection", &[protection]) & 0xFF, 0);
}

#[test]
fn rundown_protection_that_is_released_too_often_ends_the_machine() {
    let driver = Driver::load();
    let mut protection = zeroed::<usize>();
    let report = driver.crash("ExReleaseRundownProtection", &[address(&mut protection)]);
    assert!(report.to_string().contains("not been acquired"), "{report}");
}

#[test]
fn a_lookaside_list_of_either_pool_has_the_routines_of_the_pool() {
    const PAGED_POOL: usize = 1;
    let driver = Driver::load();
    let mut list = zeroed::<LOOKASIDE_LIST_EX>();
    let arguments = [address(&mut list), 0, 0, PAGED_POOL, 0, 100, TAG, 0];
    assert_eq!(driver.status("ExInitializeLookasideListEx", &arguments), STATUS_SUCCESS);
    assert_eq!((list.L.Type, list.L.Size, list.L.Tag as usize), (1, 100, TAG));
    // SAFETY: the union holds the routine, whichever of its types is looked at.
    let (allocate, free) = unsafe { (list.L.__bindgen_anon_4.AllocateEx, list.L.__bindgen_anon_5.FreeEx) };
    let arguments = [list.L.Type.cast_unsigned() as usize, list.L.Size as usize, TAG, address(&mut list)];
    let block = driver.call_at(allocate.unwrap() as usize, &arguments).unwrap();
    assert_eq!(
        pool::find(block).map(|block| block.to_string()).as_deref(),
        Some("100 bytes of paged pool with the tag 'Test'")
    );
    // What is in the list is freed with it.
    let head = &raw mut list.L.__bindgen_anon_1.ListHead as usize;
    driver.call("ExpInterlockedPushEntrySList", &[head, block]);
    driver.call("ExDeleteLookasideListEx", &[address(&mut list)]);
    assert!(pool::outstanding(Arc::as_ptr(&driver.image) as usize).is_empty());
    let another = driver.call_at(allocate.unwrap() as usize, &arguments).unwrap();
    driver.call_at(free.unwrap() as usize, &[another, address(&mut list)]).unwrap();
    assert!(pool::outstanding(Arc::as_ptr(&driver.image) as usize).is_empty());
}

#[test]
fn events_reach_who_listens_to_their_provider() {
    let driver = Driver::load();
    let mut guid = GUID { Data1: 0x0102_0304, Data2: 0x0506, Data3: 0x0708, Data4: [9, 10, 11, 12, 13, 14, 15, 16] };
    let mut handle = 0_u64;
    let registered = driver.status("EtwRegister", &[address(&mut guid), 0, 0, address(&mut handle)]);
    assert_eq!(registered, STATUS_SUCCESS);
    let handle = usize::try_from(handle).unwrap();
    let mut event = EVENT_DESCRIPTOR { Id: 7, Version: 0, Channel: 0, Level: 4, Opcode: 0, Task: 0, Keyword: 2 };
    let mut text = *b"data";
    let mut data = EVENT_DATA_DESCRIPTOR { Ptr: address(&mut text) as u64, Size: 4, Reserved: 0 };
    let arguments = [handle, address(&mut event), 0, 1, address(&mut data)];
    assert_eq!(driver.call("EtwEventEnabled", &[handle, address(&mut event)]) & 0xFF, 0);
    assert_eq!(driver.status("EtwWrite", &arguments), STATUS_SUCCESS);
    assert_eq!(driver.machine.take_events(), [], "nobody listened");

    driver.machine.listen(0x0102_0304_0506_0708_090A_0B0C_0D0E_0F10, 4, 2);
    assert_ne!(driver.call("EtwEventEnabled", &[handle, address(&mut event)]) & 0xFF, 0);
    assert_eq!(driver.call("EtwProviderEnabled", &[handle, 5, 2]) & 0xFF, 0, "that matters less than is listened to");
    assert_eq!(driver.status("EtwWrite", &arguments), STATUS_SUCCESS);
    let events = driver.machine.take_events();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].id, &events[0].data), (7, &vec![b"data".to_vec()]));

    assert_eq!(driver.status("EtwUnregister", &[handle]), STATUS_SUCCESS);
    assert_eq!(driver.status("EtwWrite", &arguments), STATUS_INVALID_HANDLE);
}
