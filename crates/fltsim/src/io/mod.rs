//! The I/O manager: what a program's calls become before they enter the filters of a volume.
//!
//! [`Volume::open`] and the methods of [`File`] are the system calls of the simulated machine. Each becomes one or more
//! operations (an IRP, fast I/O, or an `FSFilter` call) that [`crate::flt`] sends through the volume's filters to the file
//! system at the bottom. Nothing here knows which filters exist; where none has registered for an operation, it goes to
//! the file system directly.

mod bottom;
mod cached;
mod control;
mod device;
mod file;
mod file_object;
mod information;
pub(crate) mod mdl;
mod open;
mod requestor;
mod security;
mod transfer;

pub(crate) use bottom::execute;
pub(crate) use control::handle_to_file;
pub(crate) use device::QuotaQuery;
pub(crate) use file::Sender;
pub use file::{File, FileLock, RenameFlags, WriteOffset};
pub use file_object::FileObject;
pub(crate) use file_object::FileRef;
pub(crate) use file_object::{StreamTable, units};
pub(crate) use information::resolve;
pub use open::OpenRequest;
pub(crate) use open::{below_device, cancel, open_below};
pub use requestor::{Requestor, acting_as};
pub(crate) use security::capture as capture_security;
pub(crate) use transfer::Transfer;

pub use crate::flt::volume::{Volume, VolumeConfig};
