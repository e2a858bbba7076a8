//! A name is asked for in one format and by one method.
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::op;
use fltmgr::operation::CallbackData;

fn both(create: &CallbackData<'_, op::Create>, at: Irql<'_, PassiveLevel>) {
    let _ = create.name(Format::Normalized | Format::Opened, Query::Default, at);
}

fn none(create: &CallbackData<'_, op::Create>, at: Irql<'_, PassiveLevel>) {
    let _ = create.name(Format::Normalized, 0, at);
}

fn main() {}
