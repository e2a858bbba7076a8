//! The machine's clock.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// 100 ns intervals from 1601, where NT's time begins, to 1970.
const UNIX_EPOCH_IN_NT_TIME: u64 = 116_444_736_000_000_000;
/// 100 ns intervals in a second.
pub const INTERVALS_PER_SECOND: u64 = 10_000_000;

/// The system time in 100 ns since 1601, UTC.
pub fn system_time() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH_IN_NT_TIME + intervals(since)
}

/// 100 ns intervals since the program began to count them.
pub fn interrupt_time() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    intervals(START.get_or_init(Instant::now).elapsed())
}

/// A duration in 100 ns intervals.
pub fn intervals(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos() / 100).unwrap_or(u64::MAX)
}

/// How long it is from now until what an NT timeout says: negative is relative, else a system time.
pub fn until(timeout: i64) -> Duration {
    let intervals =
        if timeout < 0 { timeout.unsigned_abs() } else { timeout.cast_unsigned().saturating_sub(system_time()) };
    Duration::from_nanos(intervals.saturating_mul(100))
}
