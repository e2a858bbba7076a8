//! What an operation's callback data describes is not reached after the callback data was freed.
use fltmgr::generated::Generated;
use fltmgr::generated::request::Read;

fn first_byte(read: Generated<Read>) -> Option<u8> {
    let buffer = &read.request().buffer;
    drop(read);
    buffer.first().copied()
}

fn main() {}
