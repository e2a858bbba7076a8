//! Only who hands an operation on can say that it is pending.
use fltmgr::op;
use fltmgr::operation::Pending;

fn main() {
    let _: Pending<'_, op::Read, ()> = Pending::new();
}
