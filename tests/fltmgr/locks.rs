use crate::runner::{Runner, TAG, runner};
use fltmgr::Error;
use fltmgr::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use fltmgr::lock::{FastMutex, PushLock, Resource, SpinLock};
use fltmgr::pool::{NonPaged, Paged, PoolVec};
use fltsim::kernel::irql;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

const ROUNDS: u64 = 500;
const THREADS: u64 = 4;

/// Runs something in several threads of the filter at once, many times.
fn contend(runner: &Runner, step: impl Fn(Irql<'_, PassiveLevel>) + Send + Sync + 'static) {
    let step = Arc::new(step);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let step = Arc::clone(&step);
            scope.spawn(move || runner.call(move |_, at| (0..ROUNDS).for_each(|_| step(at))));
        }
    });
    runner.call(move |_, _| drop(step));
}

/// Adds one in two steps, so that somebody else between them would be noticed.
fn add(value: &mut u64) {
    let before = *value;
    thread::yield_now();
    *value = before + 1;
}

#[test]
fn a_push_lock_has_one_writer_at_a_time() {
    let runner = runner();
    let value = Arc::new(PushLock::new(0));
    let total = Arc::clone(&value);
    contend(&runner, move |at| add(&mut value.write(at)));
    assert_eq!(runner.call(move |_, at| *total.read(at)), THREADS * ROUNDS);
}

#[test]
fn a_resource_has_one_writer_at_a_time() {
    let runner = runner();
    let value = Arc::new(runner.call(|_, _| Resource::try_new(0, TAG)).unwrap());
    let total = Arc::clone(&value);
    contend(&runner, move |at| add(&mut value.write(at).unwrap()));
    assert_eq!(runner.call(move |_, at| *total.read(at).unwrap()), THREADS * ROUNDS);
}

#[test]
fn a_resource_does_not_let_its_holder_in_again() {
    runner().call(|_, at| {
        let resource = Resource::try_new((), TAG).unwrap();
        let writing = resource.write(at).unwrap();
        assert_eq!(resource.write(at).err(), Some(Error::POSSIBLE_DEADLOCK), "two exclusive references would be");
        assert_eq!(resource.read(at).err(), Some(Error::POSSIBLE_DEADLOCK), "a shared one beside an exclusive one");
        drop(writing);
        let reading = resource.read(at).unwrap();
        assert_eq!(resource.write(at).err(), Some(Error::POSSIBLE_DEADLOCK), "it would wait for itself");
        let again = resource.read(at).unwrap();
        drop(reading);
        assert_eq!(resource.write(at).err(), Some(Error::POSSIBLE_DEADLOCK), "it is read still");
        drop(again);
        drop(resource.write(at).unwrap());
    });
}

#[test]
fn readers_of_a_resource_are_there_together_and_a_writer_waits_for_them() {
    let runner = runner();
    let resource = Arc::new(runner.call(|_, _| Resource::try_new((), TAG)).unwrap());
    thread::scope(|scope| {
        let runner = &runner;
        let (is_in, came_in) = channel();
        let (leave, left) = channel::<()>();
        let first = Arc::clone(&resource);
        scope.spawn(move || {
            runner.call(move |_, at| {
                let _reading = first.read(at).unwrap();
                is_in.send(()).unwrap();
                // Until the other end is gone.
                let _ = left.recv();
            });
        });
        came_in.recv().unwrap();
        let second = Arc::clone(&resource);
        runner.call(move |_, at| drop(second.read(at).unwrap()));
        let (has_written, written) = channel();
        scope.spawn(move || {
            runner.call(move |_, at| {
                drop(resource.write(at).unwrap());
                has_written.send(()).unwrap();
            });
        });
        assert_eq!(written.recv_timeout(Duration::from_millis(50)), Err(RecvTimeoutError::Timeout));
        drop(leave);
        written.recv().unwrap();
    });
}

#[test]
fn a_fast_mutex_has_one_holder_at_apc_level() {
    let runner = runner();
    let value = Arc::new(runner.call(|_, _| FastMutex::try_new(0, TAG)).unwrap());
    let total = Arc::clone(&value);
    contend(&runner, move |at| {
        let level = value.with(at, |value, _| {
            add(value);
            irql::current()
        });
        assert_eq!(level, irql::APC_LEVEL);
        assert_eq!(irql::current(), irql::PASSIVE_LEVEL);
    });
    assert_eq!(runner.call(move |_, at| total.with(at, |value, _| *value)), THREADS * ROUNDS);
}

#[test]
fn a_fast_mutex_in_another_leaves_the_level_of_the_outer_one() {
    fn takes_apc<L: NotAbove<ApcLevel>>(_: Irql<'_, L>) {}
    runner().call(|_, at| {
        let outer = FastMutex::try_new(FastMutex::try_new((), TAG).unwrap(), TAG).unwrap();
        outer.with(at, |inner, at| {
            takes_apc(at);
            inner.with(at, |(), _| ());
            assert_eq!(irql::current(), irql::APC_LEVEL);
        });
        assert_eq!(irql::current(), irql::PASSIVE_LEVEL);
    });
}

#[test]
fn a_spin_lock_has_one_holder_at_dispatch_level() {
    let runner = runner();
    let value = Arc::new(runner.call(|_, _| SpinLock::try_new(0, TAG)).unwrap());
    let total = Arc::clone(&value);
    contend(&runner, move |_| {
        let level = value.with(|value, _| {
            add(value);
            irql::current()
        });
        assert_eq!(level, irql::DISPATCH_LEVEL);
        assert_eq!(irql::current(), irql::PASSIVE_LEVEL);
    });
    assert_eq!(runner.call(move |_, _| total.with(|value, _| *value)), THREADS * ROUNDS);
}

#[test]
fn no_paged_memory_is_to_be_had_at_dispatch_level() {
    runner().call(|_, _| {
        let lock = SpinLock::try_new((), TAG).unwrap();
        let (paged, nonpaged) = lock.with(|(), _| {
            let paged = PoolVec::<u8, Paged>::try_filled(0, 10, TAG).map(|_| ());
            (paged, PoolVec::<u8, NonPaged>::try_filled(0, 10, TAG).map(|_| ()))
        });
        assert_eq!((paged, nonpaged), (Err(Error::INSUFFICIENT_RESOURCES), Ok(())));
    });
}
