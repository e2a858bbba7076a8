//! A reference to an instance is given back once, by its drop.
use fltmgr::instance::InstanceRef;

fn twice(instance: InstanceRef) {
    drop(instance);
    drop(instance);
}

fn main() {}
