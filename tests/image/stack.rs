//! Kernel stack: 24 KiB for a thread, shared with everybody above and below a filter.

use crate::each;
use xtask::image::stack;

/// What one filter may take of it, in bytes.
const LIMIT: u32 = 2048;

#[test]
fn no_frame_and_no_chain_of_calls_takes_two_kib() {
    each(|image| {
        let stack = stack::measure(image).expect("code that can be followed");
        let (name, largest) = &stack.frames[0];
        println!("largest frame {largest} bytes: {name}");
        println!("deepest chain {} bytes: {:?}", stack.deepest_bytes, stack.deepest);
        assert!(*largest < LIMIT, "{name} has a frame of {largest} bytes");
        assert!(stack.deepest_bytes < LIMIT, "{} bytes: {:?}", stack.deepest_bytes, stack.deepest);
    });
}

#[test]
fn the_depth_of_every_call_can_be_told() {
    each(|image| {
        let stack = stack::measure(image).expect("code that can be followed");
        assert!(stack.recursions.is_empty(), "{:?}", stack.recursions);
        assert!(stack.unresolved.is_empty(), "calls through pointers: {:?}", stack.unresolved);
    });
}
