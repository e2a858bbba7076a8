//! Transactions (rule J-37), and contexts on them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fltmgr_sys::*;
use fltsim::flt::transaction::Transaction;
use fltsim::fs::MemoryStore;
use fltsim::io::{File, OpenRequest, VolumeConfig};
use fltsim::status::NtStatus;

use crate::probe::*;

const EVERY: u32 = TRANSACTION_NOTIFY_PREPREPARE
    | TRANSACTION_NOTIFY_PREPARE
    | TRANSACTION_NOTIFY_COMMIT
    | TRANSACTION_NOTIFY_COMMIT_FINALIZE
    | TRANSACTION_NOTIFY_ROLLBACK;

fn name_of(notification: u32) -> &'static str {
    match notification {
        TRANSACTION_NOTIFY_PREPREPARE => "preprepare",
        TRANSACTION_NOTIFY_PREPARE => "prepare",
        TRANSACTION_NOTIFY_COMMIT => "commit",
        TRANSACTION_NOTIFY_COMMIT_FINALIZE => "finalize",
        TRANSACTION_NOTIFY_ROLLBACK => "rollback",
        _ => "?",
    }
}

/// How many contexts were cleaned up, by their mark.
static CLEANED: [AtomicUsize; 16] = [const { AtomicUsize::new(0) }; 16];

unsafe extern "efiapi" fn cleanup(context: PFLT_CONTEXT, kind: FLT_CONTEXT_TYPE) {
    assert_eq!(u32::from(kind), FLT_TRANSACTION_CONTEXT);
    CLEANED[unsafe { context.cast::<u64>().read() } as usize].fetch_add(1, Ordering::Relaxed);
}

fn cleaned(mark: u64) -> usize {
    CLEANED[mark as usize].load(Ordering::Relaxed)
}

fn contexts() -> FLT_CONTEXT_REGISTRATION {
    let mut registration: FLT_CONTEXT_REGISTRATION = unsafe { std::mem::zeroed() };
    registration.ContextType = FLT_TRANSACTION_CONTEXT as u16;
    registration.Size = 8;
    registration.PoolTag = 0x7854_7854;
    registration.ContextCleanupCallback = Some(cleanup);
    registration
}

fn allocate(filter: PFLT_FILTER, mark: u64) -> PFLT_CONTEXT {
    let mut context = NONE;
    unsafe {
        let kind = FLT_TRANSACTION_CONTEXT as u16;
        assert_eq!(FltAllocateContext(filter, kind, 8, PagedPool as _, &raw mut context), STATUS_SUCCESS);
        context.cast::<u64>().write(mark);
    }
    context
}

/// Sets a context, and enlists with it for these notifications.
fn enlist(related: &FLT_RELATED_OBJECTS, mark: u64, notifications: u32) -> NTSTATUS {
    let context = allocate(related.Filter, mark);
    unsafe {
        let keep = FLT_SET_CONTEXT_KEEP_IF_EXISTS as _;
        FltSetTransactionContext(related.Instance, related.Transaction, keep, context, std::ptr::null_mut());
        let status = FltEnlistInTransaction(related.Instance, related.Transaction, context, notifications);
        FltReleaseContext(context);
        status
    }
}

/// A filter that does this after a file was opened within a transaction, and this when it is notified.
fn behaviour(
    opened: impl Fn(&FLT_RELATED_OBJECTS) + Send + Sync + 'static,
    notified: Option<Box<NotifyOfTransaction>>,
) -> Behaviour {
    let mut behaviour = Behaviour::new().both(
        IRP_MJ_CREATE,
        |_, _, _| WITH_CALLBACK,
        move |data, related, _, flags| {
            if status_of(data) >= 0 && flags == 0 && !related.Transaction.is_null() {
                opened(related);
            }
            FINISHED
        },
    );
    behaviour.contexts.push(contexts());
    behaviour.transaction = notified;
    behaviour
}

fn open(world: &World, transaction: &Transaction, name: &str) -> Result<File, NtStatus> {
    let request = OpenRequest { transaction: Some(transaction.clone()), ..World::request(name) };
    world.volume.open(&world.who, &request).map(|(file, _)| file)
}

/// A filter that enlists for everything once, and keeps a log.
fn enlisting(log: &Log, mark: u64) -> Behaviour {
    let notes = log.clone();
    let notified: Box<NotifyOfTransaction> = Box::new(move |related, context, notification| {
        assert!(!related.Transaction.is_null());
        assert!(!related.Instance.is_null());
        assert_eq!(unsafe { context.cast::<u64>().read() }, mark);
        assert_eq!(unsafe { KeGetCurrentIrql() }, 0, "the callback is called at PASSIVE_LEVEL");
        notes.add(name_of(notification));
        STATUS_SUCCESS
    });
    behaviour(move |related| assert_eq!(enlist(related, mark, EVERY), STATUS_SUCCESS), Some(notified))
}

#[test]
fn a_commit_is_announced_prepared_made_and_finished() {
    let (world, log) = (World::new(), Log::new());
    let _filter = world.load("100", enlisting(&log, 1));
    let transaction = world.machine.begin_transaction();
    let file = open(&world, &transaction, "\\a").unwrap();
    assert_eq!(log.take(), [""; 0], "nothing happens before the commit");
    transaction.commit().unwrap();
    assert_eq!(log.take(), ["preprepare", "prepare", "commit", "finalize"]);
    assert_eq!(cleaned(1), 1, "rule J-31: the context goes with the transaction");
    assert_eq!(transaction.commit(), Err(NtStatus(STATUS_TRANSACTION_ALREADY_COMMITTED)));
    assert_eq!(transaction.rollback(), Err(NtStatus(STATUS_TRANSACTION_ALREADY_COMMITTED)));
    assert_eq!(open(&world, &transaction, "\\b").err(), Some(NtStatus(STATUS_TRANSACTION_NOT_ACTIVE)));
    drop(file);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_rollback_is_told_and_so_is_that_of_a_program_that_ends_without_a_commit() {
    let (world, log) = (World::new(), Log::new());
    let _filter = world.load("100", enlisting(&log, 2));
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    transaction.rollback().unwrap();
    assert_eq!(log.take(), ["rollback"]);
    assert_eq!(transaction.commit(), Err(NtStatus(STATUS_TRANSACTION_ALREADY_ABORTED)));
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    drop(transaction);
    assert_eq!(log.take(), ["rollback"]);
}

#[test]
fn only_operations_within_a_transaction_name_it() {
    let world = World::new();
    let (seen, log) = (Log::new(), Log::new());
    let notes = seen.clone();
    let note = move |what: &str, related: &FLT_RELATED_OBJECTS| {
        let block = unsafe { IoGetTransactionParameterBlock(related.FileObject) };
        let object = unsafe { block.as_ref() }.map_or(NONE, |block| block.TransactionObject);
        assert_eq!(object, related.Transaction.cast(), "the file object has the transaction of the operation");
        notes.add(format!("{what} {}", if related.Transaction.is_null() { "alone" } else { "within" }));
    };
    let note = Arc::new(note);
    let mut behaviour = Behaviour::new();
    for (major, name) in [(IRP_MJ_CREATE, "create"), (IRP_MJ_CLEANUP, "cleanup")] {
        let note = Arc::clone(&note);
        behaviour = behaviour.pre(major, move |_, related, _| {
            note(name, related);
            NO_CALLBACK
        });
    }
    let _filter = world.load("100", behaviour);
    drop(world.open("\\a").unwrap());
    assert_eq!(seen.take(), ["create alone", "cleanup alone"]);
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    assert_eq!(seen.take(), ["create within", "cleanup within"]);
    transaction.commit().unwrap();
    assert_eq!(log.take(), [""; 0]);
}

#[test]
fn enlisting_asks_for_a_callback_a_mask_and_to_be_new() {
    let world = World::new();
    let log = Log::new();
    let notes = log.clone();
    let without = behaviour(move |related| notes.add(format!("{:#x}", enlist(related, 3, EVERY))), None);
    let _without = world.load("100", without);
    let notes = log.clone();
    let with = behaviour(
        move |related| {
            let context = allocate(related.Filter, 4);
            let enlist = |mask| unsafe { FltEnlistInTransaction(related.Instance, related.Transaction, context, mask) };
            for mask in [0, 0x100, EVERY, TRANSACTION_NOTIFY_COMMIT] {
                notes.add(format!("{:#x}", enlist(mask)));
            }
            unsafe { FltReleaseContext(context) };
        },
        Some(Box::new(|_, _, _| STATUS_SUCCESS)),
    );
    let _with = world.load("200", with);
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    let expected = [
        STATUS_INVALID_PARAMETER,
        STATUS_INVALID_PARAMETER_4,
        STATUS_INVALID_PARAMETER_4,
        STATUS_SUCCESS,
        STATUS_FLT_ALREADY_ENLISTED,
    ];
    assert_eq!(log.take(), expected.map(|status| format!("{status:#x}")));
    transaction.commit().unwrap();
    assert_eq!((cleaned(3), cleaned(4)), (1, 1));
}

#[test]
fn who_asks_for_some_notifications_gets_those() {
    let (world, log) = (World::new(), Log::new());
    let notes = log.clone();
    let notified: Box<NotifyOfTransaction> = Box::new(move |_, _, notification| {
        notes.add(name_of(notification));
        STATUS_SUCCESS
    });
    let mask = TRANSACTION_NOTIFY_COMMIT_FINALIZE | TRANSACTION_NOTIFY_ROLLBACK;
    let opened = move |related: &FLT_RELATED_OBJECTS| assert_eq!(enlist(related, 5, mask), STATUS_SUCCESS);
    let _filter = world.load("100", behaviour(opened, Some(notified)));
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    transaction.commit().unwrap();
    assert_eq!(log.take(), ["finalize"]);
}

/// Completes a notification from another thread, some time after the callback has returned.
fn complete_later(
    world: &World,
    related: &FLT_RELATED_OBJECTS,
    complete: impl FnOnce(PFLT_INSTANCE, PKTRANSACTION) -> NTSTATUS + Send + 'static,
) {
    let (instance, transaction) = (Carry(related.Instance), Carry(related.Transaction));
    let machine = Arc::clone(&world.machine);
    world.machine.workers().queue(&machine, move || {
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert_eq!(complete(instance.get(), transaction.get()), STATUS_SUCCESS);
    });
}

#[test]
fn a_notification_that_is_pended_holds_the_transaction_until_it_is_completed() {
    let world = Arc::new(World::new());
    let log = Log::new();
    let (notes, worker) = (log.clone(), Arc::downgrade(&world));
    let notified: Box<NotifyOfTransaction> = Box::new(move |related, _, notification| {
        notes.add(name_of(notification));
        let complete = match notification {
            TRANSACTION_NOTIFY_PREPREPARE => FltPrePrepareComplete,
            TRANSACTION_NOTIFY_PREPARE => FltPrepareComplete,
            TRANSACTION_NOTIFY_COMMIT => FltCommitComplete,
            TRANSACTION_NOTIFY_COMMIT_FINALIZE => FltCommitFinalizeComplete,
            _ => FltRollbackComplete,
        };
        let done = notes.clone();
        complete_later(&worker.upgrade().unwrap(), related, move |instance, transaction| {
            done.add(format!("{} done", name_of(notification)));
            unsafe { complete(instance, transaction, NONE) }
        });
        STATUS_PENDING
    });
    let opened = |related: &FLT_RELATED_OBJECTS| assert_eq!(enlist(related, 6, EVERY), STATUS_SUCCESS);
    let filter = world.load("100", behaviour(opened, Some(notified)));
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    transaction.commit().unwrap();
    let expected = [
        "preprepare",
        "preprepare done",
        "prepare",
        "prepare done",
        "commit",
        "commit done",
        "finalize",
        "finalize done",
    ];
    assert_eq!(log.take(), expected);
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    transaction.rollback().unwrap();
    assert_eq!(log.take(), ["rollback", "rollback done"]);
    filter.unload().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_notification_that_is_never_completed_is_reported() {
    let world = World::new();
    let opened = |related: &FLT_RELATED_OBJECTS| {
        assert_eq!(enlist(related, 7, TRANSACTION_NOTIFY_COMMIT), STATUS_SUCCESS);
    };
    let _filter = world.load("100", behaviour(opened, Some(Box::new(|_, _, _| STATUS_PENDING))));
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    transaction.commit().unwrap();
    assert_eq!(world.rules(), ["J-37"]);
}

#[test]
fn a_filter_can_roll_back_until_it_has_prepared() {
    let (world, log) = (World::new(), Log::new());
    let notes = log.clone();
    let notified: Box<NotifyOfTransaction> = Box::new(move |related, _, notification| {
        notes.add(name_of(notification));
        if notification == TRANSACTION_NOTIFY_PREPARE {
            let status = unsafe { FltRollbackEnlistment(related.Instance, related.Transaction, NONE) };
            assert_eq!(status, STATUS_SUCCESS);
        }
        STATUS_SUCCESS
    });
    let opened = |related: &FLT_RELATED_OBJECTS| assert_eq!(enlist(related, 8, EVERY), STATUS_SUCCESS);
    let filter = world.load("100", behaviour(opened, Some(notified)));
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    assert_eq!(transaction.commit(), Err(NtStatus(STATUS_TRANSACTION_ALREADY_ABORTED)));
    assert_eq!(log.take(), ["preprepare", "prepare", "rollback"]);
    filter.unload().unwrap();
    // Who is not enlisted cannot, with a context on the transaction or without.
    let log = Log::new();
    let notes = log.clone();
    let opened = move |related: &FLT_RELATED_OBJECTS| {
        let roll_back = || unsafe { FltRollbackEnlistment(related.Instance, related.Transaction, NONE) };
        notes.add(format!("{:#x}", roll_back()));
        let (context, keep) = (allocate(related.Filter, 13), FLT_SET_CONTEXT_KEEP_IF_EXISTS as _);
        unsafe {
            FltSetTransactionContext(related.Instance, related.Transaction, keep, context, std::ptr::null_mut());
            FltReleaseContext(context);
        }
        notes.add(format!("{:#x}", roll_back()));
    };
    let _filter = world.load("100", behaviour(opened, Some(Box::new(|_, _, _| STATUS_SUCCESS))));
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    let expected = [STATUS_NOT_FOUND, STATUS_TRANSACTION_REQUEST_NOT_VALID].map(|status| format!("{status:#x}"));
    assert_eq!(log.take(), expected);
}

#[test]
fn a_transaction_has_one_context_for_each_filter() {
    let world = World::new();
    let opened = |related: &FLT_RELATED_OBJECTS| unsafe {
        let (instance, transaction) = (related.Instance, related.Transaction);
        let mut found = NONE;
        assert_eq!(FltGetTransactionContext(instance, transaction, &raw mut found), STATUS_NOT_FOUND);
        assert!(found.is_null());
        let (first, second) = (allocate(related.Filter, 9), allocate(related.Filter, 10));
        let keep = FLT_SET_CONTEXT_KEEP_IF_EXISTS as _;
        assert_eq!(FltSetTransactionContext(instance, transaction, keep, first, &raw mut found), STATUS_SUCCESS);
        assert!(found.is_null());
        // Rules J-13, J-17.
        let status = FltSetTransactionContext(instance, transaction, keep, second, &raw mut found);
        assert_eq!((status, found), (STATUS_FLT_CONTEXT_ALREADY_DEFINED, first));
        FltReleaseContext(found);
        FltReleaseContext(second);
        let mut all: FLT_RELATED_CONTEXTS_EX = std::mem::zeroed();
        let size = size_of::<FLT_RELATED_CONTEXTS_EX>() as u64;
        assert_eq!(FltGetContextsEx(related, FLT_ALL_CONTEXTS as u16, size, &raw mut all), STATUS_SUCCESS);
        assert_eq!((all.TransactionContext, all.StreamContext), (first, NONE));
        FltReleaseContextsEx(size, &raw mut all);
        assert!(all.TransactionContext.is_null());
        // Rule J-25.
        assert_eq!(FltGetContextsEx(related, 0x80, size, &raw mut all), STATUS_INVALID_PARAMETER);
        assert_eq!(FltDeleteTransactionContext(instance, transaction, std::ptr::null_mut()), STATUS_SUCCESS);
        assert_eq!(FltGetTransactionContext(instance, transaction, &raw mut found), STATUS_NOT_FOUND);
        assert_eq!(cleaned(9), 0);
        FltReleaseContext(first);
        assert_eq!(cleaned(9), 1);
    };
    let filter = world.load("100", behaviour(opened, None));
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    filter.unload().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn two_instances_share_the_context_and_each_is_enlisted() {
    let (world, log) = (World::new(), Log::new());
    let store = Box::new(MemoryStore::new());
    let other = world.machine.add_volume(VolumeConfig { name: "other".to_owned(), store, device_name: None });
    let (notes, told) = (log.clone(), log.clone());
    let opened = move |related: &FLT_RELATED_OBJECTS| unsafe {
        let (instance, transaction) = (related.Instance, related.Transaction);
        let mut context = NONE;
        if FltGetTransactionContext(instance, transaction, &raw mut context) == STATUS_SUCCESS {
            notes.add("found");
        } else {
            context = allocate(related.Filter, 12);
            let keep = FLT_SET_CONTEXT_KEEP_IF_EXISTS as _;
            let set = FltSetTransactionContext(instance, transaction, keep, context, std::ptr::null_mut());
            assert_eq!(set, STATUS_SUCCESS);
        }
        let enlisted = FltEnlistInTransaction(instance, transaction, context, TRANSACTION_NOTIFY_COMMIT);
        assert_eq!(enlisted, STATUS_SUCCESS);
        FltReleaseContext(context);
    };
    let notified: Box<NotifyOfTransaction> = Box::new(move |related, _, _| {
        told.add(format!("{}", related.Volume as usize));
        STATUS_SUCCESS
    });
    let _filter = world.load("100", behaviour(opened, Some(notified)));
    let transaction = world.machine.begin_transaction();
    let request = OpenRequest { transaction: Some(transaction.clone()), ..World::request("\\a") };
    drop(world.volume.open(&world.who, &request).unwrap());
    drop(other.open(&world.who, &request).unwrap());
    assert_eq!(log.take(), ["found"]);
    transaction.commit().unwrap();
    let told = log.take();
    assert_eq!(told.len(), 2);
    assert_ne!(told[0], told[1]);
    assert_eq!(cleaned(12), 1);
}

#[test]
fn an_instance_that_goes_leaves_its_transactions() {
    let (world, log) = (World::new(), Log::new());
    let filter = world.load("100", enlisting(&log, 11));
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    filter.unload().unwrap();
    assert_eq!(cleaned(11), 1);
    transaction.commit().unwrap();
    assert_eq!(log.take(), [""; 0]);
    assert_eq!(world.rules(), [""; 0]);
}

/// Opens `\other` below an instance, within the transaction of a file object, or of none.
unsafe fn open_below(related: &FLT_RELATED_OBJECTS, file: PFILE_OBJECT) {
    let mut name = units("\\Device\\HarddiskVolume2\\other");
    unsafe {
        let length = (name.len() * 2) as u16;
        let mut string = UNICODE_STRING { Length: length, MaximumLength: length, Buffer: name.as_mut_ptr() };
        let mut attributes: OBJECT_ATTRIBUTES = std::mem::zeroed();
        attributes.Length = size_of::<OBJECT_ATTRIBUTES>() as u32;
        attributes.ObjectName = &raw mut string;
        attributes.Attributes = OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE;
        let mut driver: IO_DRIVER_CREATE_CONTEXT = std::mem::zeroed();
        driver.Size = size_of::<IO_DRIVER_CREATE_CONTEXT>() as i16;
        if !file.is_null() {
            driver.TxnParameters = IoGetTransactionParameterBlock(file);
        }
        let mut handle = NONE;
        let mut status: IO_STATUS_BLOCK = std::mem::zeroed();
        let opened = FltCreateFileEx2(
            related.Filter,
            related.Instance,
            &raw mut handle,
            std::ptr::null_mut(),
            FILE_GENERIC_READ,
            &raw mut attributes,
            &raw mut status,
            std::ptr::null_mut(),
            FILE_ATTRIBUTE_NORMAL,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            FILE_OPEN,
            FILE_SYNCHRONOUS_IO_NONALERT,
            NONE,
            0,
            0,
            (&raw mut driver).cast(),
        );
        assert_eq!(opened, STATUS_SUCCESS);
        FltClose(handle);
    }
}

#[test]
fn a_filter_opens_within_the_transaction_whose_parameters_it_passes_on() {
    let world = World::new();
    drop(world.file("\\other", b"content"));
    let seen = Log::new();
    let notes = seen.clone();
    let _below = world.load(
        "50",
        Behaviour::new().pre(IRP_MJ_CREATE, move |_, related, _| {
            notes.add(if related.Transaction.is_null() { "alone" } else { "within" });
            NO_CALLBACK
        }),
    );
    let opened = |related: &FLT_RELATED_OBJECTS| unsafe {
        open_below(related, related.FileObject);
        open_below(related, std::ptr::null_mut());
    };
    let _above = world.load("100", behaviour(opened, None));
    let transaction = world.machine.begin_transaction();
    drop(open(&world, &transaction, "\\a").unwrap());
    assert_eq!(seen.take(), ["within", "within", "alone"]);
    // What a filter has opened and closed does not end the transaction.
    transaction.commit().unwrap();
}

#[test]
fn how_a_transaction_ended_can_be_asked() {
    let world = World::new();
    let held = Arc::new(AtomicUsize::new(0));
    let keep = Arc::clone(&held);
    let _filter = world.load(
        "100",
        behaviour(
            move |related| {
                unsafe { ObfReferenceObject(related.Transaction.cast()) };
                keep.store(related.Transaction as usize, Ordering::Relaxed);
            },
            None,
        ),
    );
    let outcome = |transaction: PVOID| unsafe {
        let mut handle = NONE;
        let open = ObOpenObjectByPointer(
            transaction,
            OBJ_KERNEL_HANDLE,
            std::ptr::null_mut(),
            GENERIC_READ,
            TmTransactionObjectType,
            KernelMode as i8,
            &raw mut handle,
        );
        assert_eq!(open, STATUS_SUCCESS);
        let mut information: TRANSACTION_BASIC_INFORMATION = std::mem::zeroed();
        let length = size_of::<TRANSACTION_BASIC_INFORMATION>() as u32;
        let class = TransactionBasicInformation;
        let place = (&raw mut information).cast();
        let status = ZwQueryInformationTransaction(handle, class, place, length, std::ptr::null_mut());
        assert_eq!(status, STATUS_SUCCESS);
        assert_eq!(ZwClose(handle), STATUS_SUCCESS);
        information.Outcome
    };
    // TransactionOutcomeUndetermined, ...Committed, ...Aborted.
    for (committed, expected) in [(true, 2), (false, 3)] {
        let transaction = world.machine.begin_transaction();
        drop(open(&world, &transaction, "\\a").unwrap());
        let object = std::ptr::with_exposed_provenance_mut(held.load(Ordering::Relaxed));
        assert_eq!(outcome(object), 1);
        if committed {
            transaction.commit().unwrap();
        } else {
            transaction.rollback().unwrap();
        }
        drop(transaction);
        assert_eq!(outcome(object), expected, "a reference keeps the transaction");
        unsafe { ObfDereferenceObject(object) };
    }
}
