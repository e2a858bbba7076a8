use crate::runner::{TAG, runner};
use fltmgr::irql::{ApcLevel, Irql, NotAbove};
use fltmgr::lookaside::{HasLevel, Lookaside};
use fltmgr::pool::{NonPaged, Paged};
use fltsim::kernel::pool;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug)]
struct Counting(Arc<AtomicUsize>, u64);

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn uses_blocks_again<P: HasLevel>(at: Irql<'_, ApcLevel>)
where
    ApcLevel: NotAbove<P::Level>,
{
    let drops = Arc::new(AtomicUsize::new(0));
    let list = Lookaside::<Counting, P>::try_new(TAG, at).unwrap();
    let mut first = list.allocate(Counting(Arc::clone(&drops), 1), at).unwrap();
    let second = list.allocate(Counting(Arc::clone(&drops), 2), at).unwrap();
    assert_eq!((first.1, second.1), (1, 2));
    first.1 = 3;
    assert_eq!((first.1, second.1), (3, 2), "each has a block of its own");
    let address = &raw const *first;
    drop(first);
    assert_eq!(drops.load(Ordering::SeqCst), 1, "a value is dropped with its box");
    assert!(pool::find(address as usize).is_some(), "the list keeps the block");
    let third = list.allocate(Counting(Arc::clone(&drops), 4), at).unwrap();
    assert_eq!(&raw const *third, address, "the block that came back is the next one");
    // The last block keeps the list.
    drop(list);
    drop(third);
    assert_eq!(second.1, 2);
    drop(second);
    assert_eq!(drops.load(Ordering::SeqCst), 3);
    assert!(pool::find(address as usize).is_none(), "the list has gone with the last block");
}

// That all memory is given back, the runner finds when the filter is unloaded.

#[test]
fn a_nonpaged_list_uses_its_blocks_again() {
    runner().call(|_, at| uses_blocks_again::<NonPaged>(at.apc()));
}

#[test]
fn a_paged_list_uses_its_blocks_again() {
    runner().call(|_, at| uses_blocks_again::<Paged>(at.apc()));
}
