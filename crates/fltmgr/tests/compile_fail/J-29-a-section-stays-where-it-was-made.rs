//! A section is closed in the callback that made it, at the level it was made at.
use fltmgr::context::{Context, kind};
use fltmgr::section::Section;

fn send<T: Send>(_: T) {}

fn hand_on<T: Context<Kind = kind::Section>>(section: Section<'static, T>) {
    send(section);
}

fn main() {}
