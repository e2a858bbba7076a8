//! A port that takes no connections is an error.
use core::marker::PhantomData;
use core::num::NonZeroU16;
use fltmgr::port::Port;
use fltmgr::{Filter, Result, utf16};

struct Closed<F>(PhantomData<F>);

impl<F: Filter> Port for Closed<F> {
    type Filter = F;
    type Client = ();
    const NAME: &'static [u16] = utf16!("\\Closed");
    const MAX_CONNECTIONS: NonZeroU16 = 0;

    fn connect(_: &F, _: &[u8]) -> Result<()> {
        Ok(())
    }
}

fn main() {}
