//! What `fltmgr` makes of names, instances, volumes and filters, through a filter that is linked into the test: each routine
//! that it wraps is asked here, in the callbacks of operations that a program causes.

mod filters;
mod life;
mod names;
mod probe;
mod providers;
mod volumes;
