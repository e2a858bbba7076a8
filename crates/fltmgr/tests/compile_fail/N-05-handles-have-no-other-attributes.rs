//! A handle of a filter is a kernel handle, whatever is asked for.
use fltmgr::file::OpenOptions;
use fltmgr::parameters::Access;

fn main() {
    let _ = OpenOptions { object_attributes: 0, ..OpenOptions::new(Access::READ) };
}
