//! The hypercritical queue is reserved.
use fltmgr::work::Queue;

fn main() {
    let _ = Queue::HyperCritical;
}
