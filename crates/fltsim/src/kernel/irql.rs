//! Interrupt request levels. A level belongs to the simulated thread; raising it excludes nothing by itself.

use super::thread::LOCAL;

/// Normal thread execution.
pub const PASSIVE_LEVEL: u8 = 0;
/// Asynchronous procedure calls are held back.
pub const APC_LEVEL: u8 = 1;
/// The scheduler is held back: no waiting, no paged memory.
pub const DISPATCH_LEVEL: u8 = 2;
/// The highest level.
pub const HIGH_LEVEL: u8 = 15;

/// The current thread's level.
pub fn current() -> u8 {
    LOCAL.with(|local| local.irql.get())
}

/// Sets the current thread's level, and returns the one before.
pub fn set(level: u8) -> u8 {
    LOCAL.with(|local| local.irql.replace(level))
}

/// Raises the level to `level`, and returns the one before.
///
/// A level below the current one is bug check `IRQL_NOT_GREATER_OR_EQUAL` (0x9).
pub fn raise(level: u8) -> u8 {
    let before = set(level);
    if level < before {
        super::fault::bug_check(
            0x9,
            [before.into(), level.into(), 0, 0],
            format!("the IRQL was to be raised from {} to {}", name(before), name(level)),
        );
    }
    before
}

/// Lowers the level to `level`.
///
/// A level above the current one is bug check `IRQL_NOT_LESS_OR_EQUAL` (0xA).
pub fn lower(level: u8) {
    let before = set(level);
    if level > before {
        super::fault::bug_check(
            0xA,
            [before.into(), level.into(), 0, 0],
            format!("the IRQL was to be lowered from {} to {}", name(before), name(level)),
        );
    }
}

/// Runs `f` at `level` and returns to the level before.
pub fn at<R>(level: u8, f: impl FnOnce() -> R) -> R {
    struct Restore(u8);
    impl Drop for Restore {
        fn drop(&mut self) {
            set(self.0);
        }
    }
    let _restore = Restore(set(level));
    f()
}

/// The level's name and number, as reports show it.
pub fn name(level: u8) -> String {
    match level {
        PASSIVE_LEVEL => "PASSIVE_LEVEL (0)".into(),
        APC_LEVEL => "APC_LEVEL (1)".into(),
        DISPATCH_LEVEL => "DISPATCH_LEVEL (2)".into(),
        HIGH_LEVEL => "HIGH_LEVEL (15)".into(),
        other => format!("device level {other}"),
    }
}

/// Notices that the routine being served is called at a level above `highest`. It is served all the same, as Windows
/// would without the Driver Verifier.
pub fn check(highest: u8) {
    let level = current();
    if level > highest {
        report_too_high(level, highest);
    }
}

#[cold]
fn report_too_high(level: u8, highest: u8) {
    let routine = super::thread::current_routine().map_or("a routine", |routine| routine.name);
    let text = format!("{routine} was called at {}; the highest is {}", name(level), name(highest));
    super::report::finding("O-T1", text);
}
