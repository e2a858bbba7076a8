//! Times, durations and statuses in words.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;

/// Seconds between the beginnings of 1601, where the driver's time begins, and of 1970.
const SECONDS_TO_1970: i64 = 11_644_473_600;

/// The NTSTATUS values that file systems and filters give often.
const STATUSES: [(u32, &str); 46] = [
    (0x0000_0000, "SUCCESS"),
    (0x0000_0102, "TIMEOUT"),
    (0x0000_0103, "PENDING"),
    (0x0000_0104, "REPARSE"),
    (0x0000_010C, "NOTIFY_ENUM_DIR"),
    (0x8000_0005, "BUFFER_OVERFLOW"),
    (0x8000_0006, "NO_MORE_FILES"),
    (0xC000_0001, "UNSUCCESSFUL"),
    (0xC000_0002, "NOT_IMPLEMENTED"),
    (0xC000_0003, "INVALID_INFO_CLASS"),
    (0xC000_0004, "INFO_LENGTH_MISMATCH"),
    (0xC000_0008, "INVALID_HANDLE"),
    (0xC000_000D, "INVALID_PARAMETER"),
    (0xC000_000F, "NO_SUCH_FILE"),
    (0xC000_0010, "INVALID_DEVICE_REQUEST"),
    (0xC000_0011, "END_OF_FILE"),
    (0xC000_0022, "ACCESS_DENIED"),
    (0xC000_0023, "BUFFER_TOO_SMALL"),
    (0xC000_0033, "OBJECT_NAME_INVALID"),
    (0xC000_0034, "OBJECT_NAME_NOT_FOUND"),
    (0xC000_0035, "OBJECT_NAME_COLLISION"),
    (0xC000_003A, "OBJECT_PATH_NOT_FOUND"),
    (0xC000_0043, "SHARING_VIOLATION"),
    (0xC000_0050, "EAS_NOT_SUPPORTED"),
    (0xC000_0054, "FILE_LOCK_CONFLICT"),
    (0xC000_0055, "LOCK_NOT_GRANTED"),
    (0xC000_0056, "DELETE_PENDING"),
    (0xC000_0061, "PRIVILEGE_NOT_HELD"),
    (0xC000_007E, "RANGE_NOT_LOCKED"),
    (0xC000_007F, "DISK_FULL"),
    (0xC000_009A, "INSUFFICIENT_RESOURCES"),
    (0xC000_00A2, "MEDIA_WRITE_PROTECTED"),
    (0xC000_00A3, "DEVICE_NOT_READY"),
    (0xC000_00BA, "FILE_IS_A_DIRECTORY"),
    (0xC000_00BB, "NOT_SUPPORTED"),
    (0xC000_00D4, "NOT_SAME_DEVICE"),
    (0xC000_00D5, "FILE_RENAMED"),
    (0xC000_0101, "DIRECTORY_NOT_EMPTY"),
    (0xC000_0103, "NOT_A_DIRECTORY"),
    (0xC000_0120, "CANCELLED"),
    (0xC000_0121, "CANNOT_DELETE"),
    (0xC000_0123, "FILE_DELETED"),
    (0xC000_0128, "FILE_CLOSED"),
    (0xC000_0185, "IO_DEVICE_ERROR"),
    (0xC000_0275, "NOT_A_REPARSE_POINT"),
    (0xC000_0906, "VIRUS_INFECTED"),
];

/// The name of an NTSTATUS without its `STATUS_`, or its number.
pub fn status(status: i32) -> Cow<'static, str> {
    let number = status.cast_unsigned();
    STATUSES
        .binary_search_by_key(&number, |entry| entry.0)
        .map_or_else(|_| Cow::Owned(format!("0x{number:08X}")), |place| Cow::Borrowed(STATUSES[place].1))
}

/// A time of the driver.
pub fn timestamp(time: u64) -> Timestamp {
    let ticks = i64::try_from(time).unwrap_or(i64::MAX);
    let nanoseconds = i32::try_from(ticks % 10_000_000 * 100).unwrap_or(0);
    Timestamp::new(ticks / 10_000_000 - SECONDS_TO_1970, nanoseconds).unwrap_or(Timestamp::MAX)
}

/// The time of day here, to the millisecond.
pub fn time_of_day(time: u64) -> String {
    timestamp(time).to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S%.3f").to_string()
}

/// A duration of the driver, in units of 100 ns.
pub fn duration(ticks: u64) -> Duration {
    Duration::from_nanos(ticks.saturating_mul(100))
}

/// A duration in three digits.
pub fn short(duration: Duration) -> String {
    let (value, unit) = match duration.as_nanos() {
        0..1_000_000 => (duration.as_secs_f64() * 1e6, "µs"),
        1_000_000..1_000_000_000 => (duration.as_secs_f64() * 1e3, "ms"),
        _ => (duration.as_secs_f64(), "s"),
    };
    let digits = usize::from(value < 10.0);
    format!("{value:.digits$} {unit}")
}

/// A duration in days, hours, minutes and seconds.
pub fn long(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let shown: Vec<String> =
        parts.iter().skip_while(|part| part.0 == 0).map(|(value, unit)| format!("{value} {unit}")).collect();
    if shown.is_empty() { "less than a second".to_owned() } else { shown.join(" ") }
}

/// A text from elsewhere, on one line and without what a terminal would obey.
pub fn harmless(text: impl Iterator<Item = char>) -> String {
    let mut harmless = String::new();
    for character in text {
        if character.is_control()
            || matches!(character, '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        {
            harmless.extend(character.escape_unicode());
        } else {
            harmless.push(character);
        }
    }
    harmless
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_found_by_number() {
        assert!(STATUSES.is_sorted_by_key(|entry| entry.0));
        assert_eq!(status(0), "SUCCESS");
        assert_eq!(status(0xC000_0022_u32.cast_signed()), "ACCESS_DENIED");
        assert_eq!(status(0xC0DE_0001_u32.cast_signed()), "0xC0DE0001");
    }

    #[test]
    fn the_drivers_time_is_understood() {
        assert_eq!(timestamp(116_444_736_000_000_000).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(116_444_736_015_000_000).to_string(), "1970-01-01T00:00:01.5Z");
        assert_eq!(timestamp(0).to_string(), "1601-01-01T00:00:00Z");
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(short(duration(15)), "1.5 µs");
        assert_eq!(short(duration(1_230_000)), "123 ms");
        assert_eq!(short(duration(25_000_000)), "2.5 s");
        assert_eq!(long(Duration::from_secs(3_700)), "1 h 1 min 40 s");
    }

    #[test]
    fn names_cannot_command_the_terminal() {
        assert_eq!(harmless("a\u{1b}[31m\nb".chars()), r"a\u{1b}[31m\u{a}b");
    }
}
