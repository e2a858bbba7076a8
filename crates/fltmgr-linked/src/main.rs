//! How many instructions a filter's own callbacks execute for one operation, before and after: written with fltmgr, and
//! beside it by hand against fltmgr-sys. That is a count and no time, the same in each run; the safe one may need no more.
//!
//! Callgrind (of Debian's package valgrind) runs this program once more, and counts from where a callback begins to where
//! it returns, without what it calls of the Filter Manager.
#![expect(unsafe_code, reason = "one of the filters is written by hand")]
#[cfg(unix)]
mod by_hand;
#[cfg(unix)]
mod count;
#[cfg(unix)]
mod safe;

/// What the filters shorten reads to.
#[cfg(unix)]
const SECTOR: u32 = 512;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    count::run()
}

#[cfg(windows)]
fn main() {
    eprintln!("instructions: runs on Linux, where fltsim does");
    std::process::exit(1);
}
