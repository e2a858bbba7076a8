use crate::common::{Guarded, failure};
use crate::example;
use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::machine::{ImageSource, LoadRequest};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many reads the filter below fails.
static FAILURES: AtomicU32 = AtomicU32::new(0);
/// Whether each read that it saw was performed once more.
static SEEN: Mutex<Vec<bool>> = Mutex::new(Vec::new());
/// The filter below is one piece of code.
static ALONE: Mutex<()> = Mutex::new(());

/// A filter that has no memory for some reads.
mod failing {
    use super::{FAILURES, SEEN};
    use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};
    use std::sync::atomic::Ordering;

    struct Failing;

    impl Filter for Failing {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Read>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl Pre<op::Read> for Failing {
        fn pre<'a>(&self, read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read> {
            let read = match read.disallow_fast_io() {
                Ok(refused) => return refused.into(),
                Err(read) => read,
            };
            SEEN.lock().unwrap().push(read.is_reissued());
            let one_less = |failures: u32| failures.checked_sub(1);
            match FAILURES.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less) {
                Ok(_) => read.fail(Error::INSUFFICIENT_RESOURCES).into(),
                Err(_) => read.pass().into(),
            }
        }
    }

    fltmgr::driver!(Failing);
}

/// A machine with the example, and below it a filter that fails so many reads.
fn with_failures(failures: u32) -> (MutexGuard<'static, ()>, Guarded) {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let guarded = example("reissue");
    guarded.anybody().write("/a", b"content").unwrap();
    let image = ImageSource::Linked { entry: failing::driver_entry };
    let service = ServiceConfig::with_altitude("failing", "200000");
    guarded.machine.load(&LoadRequest { image, service }).unwrap();
    SEEN.lock().unwrap().clear();
    FAILURES.store(failures, Ordering::SeqCst);
    (alone, guarded)
}

/// Reads the file, and answers what the filter below has seen of that.
fn read(guarded: &Guarded) -> (Result<Vec<u8>, fltsim::status::NtStatus>, Vec<bool>) {
    let file = guarded.anybody().open("/a").unwrap();
    let mut buffer = [0; 7];
    let result = file.read(0, &mut buffer).map(|length| buffer[..length].to_vec());
    drop(file);
    guarded.machine.unload("failing").unwrap();
    (result, std::mem::take(&mut *SEEN.lock().unwrap()))
}

#[test]
fn a_read_that_failed_for_want_of_memory_is_performed_once_more() {
    let (_alone, guarded) = with_failures(1);
    let (result, seen) = read(&guarded);
    assert_eq!(result.as_deref(), Ok(&b"content"[..]));
    assert_eq!(seen, [false, true]);
}

#[test]
fn a_read_that_fails_three_times_fails() {
    let (_alone, guarded) = with_failures(3);
    let (result, seen) = read(&guarded);
    assert_eq!(failure(result), sys::STATUS_INSUFFICIENT_RESOURCES);
    assert_eq!(seen, [false, true, true]);
}

#[test]
fn a_read_that_succeeds_is_performed_once() {
    let (_alone, guarded) = with_failures(0);
    let (result, seen) = read(&guarded);
    assert_eq!(result.as_deref(), Ok(&b"content"[..]));
    assert_eq!(seen, [false]);
}
