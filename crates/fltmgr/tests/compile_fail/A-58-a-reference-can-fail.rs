//! An object that is going away gives no reference, which has to be asked about.
use fltmgr::instance::Instance;

fn address(instance: Instance<'_>) -> usize {
    instance.reference().address()
}

fn main() {}
