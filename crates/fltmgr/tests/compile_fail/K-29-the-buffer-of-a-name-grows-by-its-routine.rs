//! The buffer of a name control is not replaced: the name is set and appended to.
use core::marker::PhantomData;
use core::ptr::NonNull;
use fltmgr::name::NameControl;

fn replace(name: &mut NameControl<'_>, buffer: &mut [u16]) {
    name.Name.Buffer = buffer.as_mut_ptr();
}

fn make(name: &mut NameControl<'_>) {
    *name = NameControl(NonNull::dangling(), PhantomData);
}

fn write(name: &NameControl<'_>) {
    name.units()[0] = 0;
}

fn main() {}
