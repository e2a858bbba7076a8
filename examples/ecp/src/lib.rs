//! Shows extra create parameters: an instance sends something along with each create, and another one below finds it.
//!
//! The filter has two instances on a volume. The first that a create passes finds no ticket, and adds one with the number of
//! the create; the other one finds it and acknowledges it, which the first sees when the create has completed. A kernel
//! debugger is told. The ticket is a value of the filter's own, dropped with the create.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use core::sync::atomic::{AtomicU32, Ordering};
use fltmgr::ecp::ExtraCreateParameter;
use fltmgr::guid::Guid;
use fltmgr::pool::Tag;
use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, debug_println, op};

/// The filter, which counts creates.
pub struct Ecp {
    creates: AtomicU32,
}

impl Filter for Ecp {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self { creates: AtomicU32::new(0) })
    }
}

/// What goes along with a create.
struct Ticket {
    number: u32,
}

impl ExtraCreateParameter for Ticket {
    type Filter = Ecp;
    const GUID: Guid = Guid::new(0x5b1f_77d2_0c8e_4f63_a8d4_6e21_39fb_c507);
    const TAG: Tag = Tag::new(*b"Tick");
}

impl Drop for Ticket {
    fn drop(&mut self) {
        debug_println!("ticket {} is gone", self.number);
    }
}

impl PrePost<op::Create> for Ecp {
    type Carry = ();

    fn pre<'a>(&self, mut create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        let at = create.irql();
        let found = create.ecp_list(at).ok().flatten().and_then(|list| list.find(Ticket::GUID));
        if let Some(found) = found {
            if let Some(ticket) = found.value::<Ticket>() {
                debug_println!("a create came with ticket {}", ticket.number);
                found.acknowledge();
            }
            return create.pass().into();
        }
        let ticket = Ticket { number: self.creates.fetch_add(1, Ordering::Relaxed) };
        match create.insert_ecp(ticket, at) {
            Ok(()) => create.pass_with(()),
            Err(_) => create.pass().into(),
        }
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        let found = create.ecp_list(create.irql()).ok().flatten().and_then(|list| list.find(Ticket::GUID));
        if found.is_some_and(|ticket| ticket.is_acknowledged()) {
            debug_println!("the ticket was seen");
        }
        create.finish()
    }
}

fltmgr::driver!(Ecp);
