//! A message whose time has run out has no reply.
use fltmgr::irql::{ApcLevel, Irql};
use fltmgr::port::{Connection, Port, Sent};
use fltmgr::time::Ticks;

fn reply_of<P: Port>(service: &Connection<P>, reply: &mut [u8], at: Irql<'_, ApcLevel>) -> fltmgr::Result<usize> {
    let Sent::Replied(length) = service.ask(b"?", reply, Ticks::from_milliseconds(100), at)?;
    Ok(length)
}

fn main() {}
