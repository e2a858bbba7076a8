//! The Filter Manager: filters, their instances on volumes, and the way of an operation through them.

pub mod altitude;
pub(crate) mod callback_data;
pub(crate) mod cancel;
pub(crate) mod completion;
pub(crate) mod context;
pub mod driver;
pub mod filter;
pub(crate) mod flight;
pub(crate) mod generated;
pub mod instance;
mod invoke;
pub mod lifecycle;
pub(crate) mod major;
pub(crate) mod name;
pub(crate) mod name_text;
pub(crate) mod object;
pub(crate) mod operation;
pub(crate) mod parameters;
pub(crate) mod pended;
pub mod port;
pub(crate) mod queue;
pub mod report;
pub(crate) mod rundown;
pub(crate) mod stack;
pub(crate) mod text;
pub mod volume;
pub mod work;
