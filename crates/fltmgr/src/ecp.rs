//! Extra create parameters: what a driver sends along with a create, for those below to find.
//!
//! They are in a list that comes with an IRP create, and each has a GUID (B-34). A filter's own are typed values, which are
//! dropped when the create, or the list, ends; those of others are bytes. System-defined ones are to be read alone (B-35).
//!
//! ```
//! use fltmgr::ecp::{EcpList, ExtraCreateParameter};
//! use fltmgr::guid::Guid;
//! use fltmgr::irql::{ApcLevel, Irql};
//! use fltmgr::pool::Tag;
//! use fltmgr::{Filter, PreOp, Result, op};
//!
//! struct Seen<F>(u32, core::marker::PhantomData<F>);
//!
//! impl<F: Filter> ExtraCreateParameter for Seen<F> {
//!     type Filter = F;
//!     const GUID: Guid = Guid::new(0x2f0e_61c5_3b7d_4a19_9c55_71d0_86e2_b34a);
//!     const TAG: Tag = Tag::new(*b"Seen");
//! }
//!
//! /// What an instance above has sent along, if it has.
//! fn sent<F: Filter>(create: &PreOp<'_, op::Create>) -> Result<Option<u32>> {
//!     let Some(list) = create.ecp_list(create.irql())? else { return Ok(None) };
//!     let found = list.find(Seen::<F>::GUID);
//!     Ok(found.and_then(|found| found.value::<Seen<F>>()).map(|seen| seen.0))
//! }
//! ```

mod list;
mod typed;

pub use list::{Ecp, EcpListRef, Ecps};
pub use typed::{EcpList, ExtraCreateParameter};
