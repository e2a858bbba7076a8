//! Times as file systems of Windows keep them: 100 ns since the start of 1601, UTC.

use std::time::SystemTime;

/// 1970 in 100 ns since 1601.
const UNIX_EPOCH: i64 = 116_444_736_000_000_000;
const PER_SECOND: i64 = 10_000_000;

/// The time now.
pub fn now() -> i64 {
    match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX), i64::from(since.subsec_nanos())),
        Err(_) => UNIX_EPOCH,
    }
}

/// The time that the host states in seconds and nanoseconds since 1970.
pub fn from_unix(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(PER_SECOND).saturating_add(nanoseconds / 100).saturating_add(UNIX_EPOCH)
}

/// Seconds and nanoseconds since 1970.
pub fn to_unix(time: i64) -> (i64, i64) {
    let since = time.saturating_sub(UNIX_EPOCH);
    (since.div_euclid(PER_SECOND), since.rem_euclid(PER_SECOND) * 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epochs_lie_369_years_apart_and_times_before_1970_are_kept() {
        assert_eq!(from_unix(0, 0), 116_444_736_000_000_000);
        for time in [0, 1, 116_444_736_000_000_000, 116_444_735_999_999_999, 133_000_000_123_456_789] {
            let (seconds, nanoseconds) = to_unix(time);
            assert_eq!(from_unix(seconds, nanoseconds), time);
        }
    }
}
