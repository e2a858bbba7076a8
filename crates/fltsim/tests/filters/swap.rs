//! Swapped buffers (rules I-23 to I-33).

use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use fltmgr_sys::*;
use fltsim::io::WriteOffset;
use fltsim::kernel::pool;
use fltsim::status::NtStatus;

use crate::probe::*;

/// The tag of the filter's buffers.
const TAG: u32 = u32::from_le_bytes(*b"Swap");

/// A buffer of the filter's own, with a list that describes it.
#[derive(Clone, Copy)]
struct Own {
    buffer: PVOID,
    mdl: PMDL,
}

impl Own {
    fn new(length: u32) -> Self {
        unsafe {
            let buffer = ExAllocatePool2(POOL_FLAG_NON_PAGED, u64::from(length), TAG);
            let mdl = IoAllocateMdl(buffer, length, 0, 0, std::ptr::null_mut());
            MmBuildMdlForNonPagedPool(mdl);
            Self { buffer, mdl }
        }
    }
}

/// The content of the write in hand.
fn content(data: &FLT_CALLBACK_DATA) -> Vec<u8> {
    unsafe {
        let write = &parameters(data).Parameters.Write;
        std::slice::from_raw_parts(write.WriteBuffer.cast::<u8>(), write.Length as usize).to_vec()
    }
}

/// Swaps a write's buffer for one with every byte inverted, as a cipher would.
fn invert_write(data: &mut FLT_CALLBACK_DATA) -> Own {
    unsafe {
        let write = &mut parameters(data).Parameters.Write;
        let own = Own::new(write.Length);
        for index in 0..write.Length as usize {
            own.buffer.cast::<u8>().add(index).write(!write.WriteBuffer.cast::<u8>().add(index).read());
        }
        (write.WriteBuffer, write.MdlAddress) = (own.buffer, own.mdl);
        FltSetCallbackDataDirty(data);
        own
    }
}

/// Whether the list is still there.
fn is_there(mdl: usize) -> bool {
    pool::find(mdl).is_some()
}

/// A filter that inverts what is written, and does `with_mdl` in its post-operation callback.
fn inverting(
    log: &Log,
    with_mdl: impl Fn(&mut FLT_CALLBACK_DATA, PMDL, PMDL) + Send + Sync + 'static,
) -> (Behaviour, Arc<AtomicUsize>) {
    let mdl = Arc::new(AtomicUsize::new(0));
    let (put, log) = (Arc::clone(&mdl), log.clone());
    let original = AtomicUsize::new(0);
    let original = Arc::new(original);
    let seen = Arc::clone(&original);
    let behaviour = Behaviour::new().both(
        IRP_MJ_WRITE,
        move |data, _, context| {
            if class_of(data) != "irp" {
                return DISALLOW_FASTIO;
            }
            original.store(unsafe { parameters(data).Parameters.Write.WriteBuffer } as usize, Ordering::SeqCst);
            let own = invert_write(data);
            put.store(own.mdl as usize, Ordering::SeqCst);
            *context = own.buffer;
            WITH_CALLBACK
        },
        move |data, _, context, _| unsafe {
            let write = &parameters(data).Parameters.Write;
            // Rule I-32.
            let same = write.WriteBuffer as usize == seen.load(Ordering::SeqCst) && write.MdlAddress.is_null();
            log.add(if same { "post sees its own" } else { "post sees another buffer" });
            let swapped = FltGetSwappedBufferMdlAddress(data);
            let own = write.MdlAddress;
            with_mdl(data, swapped, own);
            ExFreePoolWithTag(context, TAG);
            FINISHED
        },
    );
    (behaviour, mdl)
}

#[test]
fn a_swapped_buffer_is_what_lower_filters_and_the_file_get() {
    let world = World::new();
    let log = Log::new();
    let (below, above) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let (low, high) = (Arc::clone(&below), Arc::clone(&above));
    let _high = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_WRITE,
            |_, _, _| WITH_CALLBACK,
            move |data, _, _, _| {
                *high.lock().unwrap() = content(data);
                FINISHED
            },
        ),
    );
    let (behaviour, mdl) = inverting(&log, |_, swapped, _| assert!(is_there(swapped as usize)));
    let _swapper = world.load("200", behaviour);
    let _low = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_WRITE, move |data, _, _| {
            *low.lock().unwrap() = content(data);
            NO_CALLBACK
        }),
    );
    let file = world.open("\\a").unwrap();
    file.write(WriteOffset::At(0), b"text").unwrap();
    let inverted: Vec<u8> = b"text".iter().map(|byte| !byte).collect();
    assert_eq!(*below.lock().unwrap(), inverted);
    assert_eq!(*above.lock().unwrap(), b"text");
    let mut buffer = [0; 8];
    assert_eq!(file.read(0, &mut buffer), Ok(4));
    assert_eq!(&buffer[..4], inverted);
    assert_eq!(log.take(), ["post sees its own"]);
    assert!(!is_there(mdl.load(Ordering::SeqCst)), "rule I-29: the list is freed after the post");
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn the_swapped_list_is_what_was_put_in() {
    let world = World::new();
    let found = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&found);
    let (behaviour, mdl) = inverting(&Log::new(), move |_, swapped, _| seen.store(swapped as usize, Ordering::SeqCst));
    let _swapper = world.load("200", behaviour);
    world.open("\\a").unwrap().write(WriteOffset::At(0), b"text").unwrap();
    assert_ne!(found.load(Ordering::SeqCst), 0);
    assert_eq!(found.load(Ordering::SeqCst), mdl.load(Ordering::SeqCst));
}

#[test]
fn a_retained_list_is_the_filters_to_free() {
    let world = World::new();
    let (behaviour, mdl) = inverting(&Log::new(), |data, _, _| unsafe { FltRetainSwappedBufferMdlAddress(data) });
    let _swapper = world.load("200", behaviour);
    world.open("\\a").unwrap().write(WriteOffset::At(0), b"text").unwrap();
    let mdl = mdl.load(Ordering::SeqCst);
    assert!(is_there(mdl));
    unsafe { IoFreeMdl(mdl as PMDL) };
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_list_that_the_filter_frees_itself_is_reported() {
    let world = World::new();
    let (behaviour, _) = inverting(&Log::new(), |_, swapped, _| unsafe { IoFreeMdl(swapped) });
    let _swapper = world.load("200", behaviour);
    world.open("\\a").unwrap().write(WriteOffset::At(0), b"text").unwrap();
    assert_eq!(world.rules(), ["I-27"]);
}

#[test]
fn two_filters_may_swap_one_operation() {
    let world = World::new();
    let (first, high) = inverting(&Log::new(), |_, _, _| ());
    let (second, low) = inverting(&Log::new(), |_, _, _| ());
    let _high = world.load("300", first);
    let _low = world.load("200", second);
    let file = world.open("\\a").unwrap();
    file.write(WriteOffset::At(0), b"text").unwrap();
    let mut buffer = [0; 4];
    file.read(0, &mut buffer).unwrap();
    assert_eq!(&buffer, b"text", "inverted twice");
    assert!(!is_there(high.load(Ordering::SeqCst)) && !is_there(low.load(Ordering::SeqCst)));
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_read_is_swapped_as_well() {
    let world = World::new();
    drop(world.file("\\a", b"text"));
    let _swapper = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_READ,
            |data, _, context| unsafe {
                let read = &mut parameters(data).Parameters.Read;
                let own = Own::new(read.Length);
                (read.ReadBuffer, read.MdlAddress) = (own.buffer, own.mdl);
                FltSetCallbackDataDirty(data);
                *context = own.buffer;
                WITH_CALLBACK
            },
            |data, _, context, _| unsafe {
                let target = parameters(data).Parameters.Read.ReadBuffer.cast::<u8>();
                for index in 0..data.IoStatus.Information as usize {
                    target.add(index).write(context.cast::<u8>().add(index).read().to_ascii_uppercase());
                }
                ExFreePoolWithTag(context, TAG);
                FINISHED
            },
        ),
    );
    let mut buffer = [0; 4];
    assert_eq!(world.open("\\a").unwrap().read(0, &mut buffer), Ok(4));
    assert_eq!(&buffer, b"TEXT");
    assert_eq!(world.rules(), [""; 0]);
}

/// The rules that a write breaks whose buffer is swapped by `swap`.
fn broken_by(paging: bool, swap: impl Fn(&mut FLT_CALLBACK_DATA, PVOID) + Send + Sync + 'static) -> Vec<&'static str> {
    let world = World::new();
    let file = world.file("\\a", &[7; 512]);
    let _swapper = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_WRITE,
            move |data, _, context| unsafe {
                let length = u64::from(parameters(data).Parameters.Write.Length);
                *context = ExAllocatePool2(POOL_FLAG_NON_PAGED, length, TAG);
                swap(data, *context);
                WITH_CALLBACK
            },
            |_, _, context, _| unsafe {
                ExFreePoolWithTag(context, TAG);
                FINISHED
            },
        ),
    );
    if paging {
        file.write_paging(0, &[1; 512]).unwrap();
    } else {
        file.write(WriteOffset::At(0), &[1; 512]).unwrap();
    }
    world.rules()
}

#[test]
fn an_irp_needs_a_list_for_the_new_buffer() {
    let rules = broken_by(true, |data, buffer| unsafe {
        let write = &mut parameters(data).Parameters.Write;
        (write.WriteBuffer, write.MdlAddress) = (buffer, std::ptr::null_mut());
        FltSetCallbackDataDirty(data);
    });
    assert_eq!(rules, ["I-25"]);
}

#[test]
fn the_original_list_does_not_describe_the_new_buffer() {
    let rules = broken_by(true, |data, buffer| unsafe {
        parameters(data).Parameters.Write.WriteBuffer = buffer;
        FltSetCallbackDataDirty(data);
    });
    assert_eq!(rules, ["I-23"]);
}

#[test]
fn a_swap_that_is_not_announced_is_no_swap() {
    let rules = broken_by(true, |data, buffer| parameters(data).Parameters.Write.WriteBuffer = buffer);
    assert_eq!(rules, ["B-06"]);
}

#[test]
fn fast_io_takes_no_list() {
    let rules = broken_by(false, |data, buffer| unsafe {
        assert_eq!(class_of(data), "fast");
        let write = &mut parameters(data).Parameters.Write;
        write.MdlAddress = IoAllocateMdl(buffer, write.Length, 0, 0, std::ptr::null_mut());
        MmBuildMdlForNonPagedPool(write.MdlAddress);
        write.WriteBuffer = buffer;
        FltSetCallbackDataDirty(data);
    });
    assert_eq!(rules, ["I-26"]);
}

#[test]
fn a_system_buffer_is_swapped_for_nonpaged_pool() {
    let world = World::new();
    let _swapper = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_QUERY_VOLUME_INFORMATION,
            |data, _, context| unsafe {
                let query = &mut parameters(data).Parameters.QueryVolumeInformation;
                *context = ExAllocatePool2(POOL_FLAG_PAGED, u64::from(query.Length), TAG);
                query.VolumeBuffer = *context;
                FltSetCallbackDataDirty(data);
                WITH_CALLBACK
            },
            |_, _, context, _| unsafe {
                ExFreePoolWithTag(context, TAG);
                FINISHED
            },
        ),
    );
    let mut buffer = [0; 64];
    let _ = world.volume.query_volume_information(&world.who, FileFsSizeInformation, &mut buffer);
    assert_eq!(world.rules(), ["I-24"]);
}

#[test]
fn a_swap_without_a_post_is_reported_and_still_undone() {
    let world = World::new();
    let mdl = Arc::new(AtomicUsize::new(0));
    let put = Arc::clone(&mdl);
    let buffer = Arc::new(AtomicPtr::new(NONE));
    let leaked = Arc::clone(&buffer);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let high = Arc::clone(&seen);
    let _high = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_WRITE,
            |_, _, _| WITH_CALLBACK,
            move |data, _, _, _| {
                *high.lock().unwrap() = content(data);
                FINISHED
            },
        ),
    );
    let _swapper = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_WRITE, move |data, _, _| {
            let own = invert_write(data);
            put.store(own.mdl as usize, Ordering::SeqCst);
            leaked.store(own.buffer, Ordering::SeqCst);
            NO_CALLBACK
        }),
    );
    world.open("\\a").unwrap().write(WriteOffset::At(0), b"text").unwrap();
    assert_eq!(*seen.lock().unwrap(), b"text");
    assert!(!is_there(mdl.load(Ordering::SeqCst)));
    assert_eq!(world.rules(), ["I-28"]);
    unsafe { ExFreePoolWithTag(buffer.load(Ordering::SeqCst), TAG) };
}

#[test]
fn a_transfer_past_the_cache_needs_a_buffer_of_whole_sectors() {
    let world = World::new();
    let file = world.file("\\a", &[7; 700]);
    let _swapper = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_READ,
            |data, _, context| unsafe {
                let read = &mut parameters(data).Parameters.Read;
                let own = Own::new(read.Length);
                (read.ReadBuffer, read.MdlAddress) = (own.buffer, own.mdl);
                FltSetCallbackDataDirty(data);
                *context = own.buffer;
                WITH_CALLBACK
            },
            |_, _, context, _| unsafe {
                ExFreePoolWithTag(context, TAG);
                FINISHED
            },
        ),
    );
    let mut buffer = [0; 700];
    file.read_paging(0, &mut buffer).unwrap();
    assert_eq!(world.rules(), ["I-33"]);
}

#[test]
fn an_unload_cancels_an_operation_with_swapped_buffers_and_waits_for_it() {
    let world = World::new();
    let log = Log::new();
    let (behaviour, _) = inverting(&log, |data, _, _| {
        assert_eq!(status_of(data), STATUS_CANCELLED);
    });
    let swapper = world.load("300", behaviour);
    let (pended, is_pended) = mpsc::channel();
    let holds = AtomicBool::new(true);
    unsafe extern "efiapi" fn canceled(data: PFLT_CALLBACK_DATA) {
        unsafe {
            set_status(&mut *data, STATUS_CANCELLED, 0);
            FltCompletePendedPreOperation(data, COMPLETE as _, NONE);
        }
    }
    let _holder = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_WRITE, move |data, _, _| {
            if class_of(data) != "irp" || !holds.swap(false, Ordering::SeqCst) {
                return NO_CALLBACK;
            }
            assert_eq!(unsafe { FltSetCancelCompletion(data, Some(canceled)) }, STATUS_SUCCESS);
            pended.send(()).unwrap();
            PENDING
        }),
    );
    let file = world.open("\\a").unwrap();
    std::thread::scope(|scope| {
        let write = scope.spawn(|| file.write(WriteOffset::At(0), b"text"));
        is_pended.recv().unwrap();
        swapper.unload().expect("it unloads");
        assert_eq!(log.take(), ["post sees its own"], "the callback came before the unload was through");
        assert_eq!(write.join().unwrap(), Err(NtStatus(STATUS_CANCELLED)));
    });
    assert_eq!(world.rules(), [""; 0]);
}
