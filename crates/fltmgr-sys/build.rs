//! With the feature `wdk`, makes bindings of the installed WDK's `fltkernel.h`; without it, does nothing.

#[cfg(feature = "wdk")]
#[path = "build/filesystem.rs"]
mod filesystem;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "wdk")]
    filesystem::generate();
}
