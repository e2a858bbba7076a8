//! Tells the linker that the cdylib is a kernel driver when it is built for Windows.

fn main() {
    fltmgr_build::configure_driver();
}
