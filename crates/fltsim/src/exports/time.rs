//! Time and processors.

use fltmgr_sys::{
    LARGE_INTEGER, PLARGE_INTEGER, PPROCESSOR_NUMBER, PROCESSOR_NUMBER, PTIME_FIELDS, PULONGLONG, TIME_FIELDS, ULONG, ULONG64,
};

use super::export;
use crate::kernel::time;

const fn large(value: u64) -> LARGE_INTEGER {
    LARGE_INTEGER { QuadPart: value.cast_signed() }
}

export! {
    dll "ntoskrnl.exe";

    /// The system time, UTC.
    pub unsafe fn KeQuerySystemTimePrecise(CurrentTime: PLARGE_INTEGER) {
        // SAFETY: the driver passes a variable for the result.
        unsafe { CurrentTime.write(large(time::system_time())) };
    }

    /// A counter that runs evenly, and how often a second it is incremented: 10 MHz, as on current Windows.
    pub unsafe fn KeQueryPerformanceCounter(PerformanceFrequency: PLARGE_INTEGER) -> LARGE_INTEGER {
        if !PerformanceFrequency.is_null() {
            // SAFETY: what is not null is a variable for the frequency.
            unsafe { PerformanceFrequency.write(large(time::INTERVALS_PER_SECOND)) };
        }
        large(time::interrupt_time())
    }

    /// The time since the start, and the performance counter at that moment.
    pub unsafe fn KeQueryInterruptTimePrecise(QpcTimeStamp: PULONGLONG) -> ULONG64 {
        let now = time::interrupt_time();
        // SAFETY: the driver passes a variable for the counter.
        unsafe { QpcTimeStamp.write(now) };
        now
    }

    /// The number of the processor, and as group and number if asked for. All are in group 0.
    pub unsafe fn KeGetCurrentProcessorNumberEx(ProcNumber: PPROCESSOR_NUMBER) -> ULONG {
        // SAFETY: sched_getcpu has no preconditions.
        let number = if cfg!(miri) { 0 } else { u32::try_from(unsafe { libc::sched_getcpu() }).unwrap_or(0) };
        if !ProcNumber.is_null() {
            let number = PROCESSOR_NUMBER { Group: 0, Number: u8::try_from(number % 64).unwrap_or(0), Reserved: 0 };
            // SAFETY: what is not null is a variable for the result.
            unsafe { ProcNumber.write(number) };
        }
        number
    }

    /// A time as a date.
    pub unsafe fn RtlTimeToTimeFields(Time: PLARGE_INTEGER, TimeFields: PTIME_FIELDS) {
        // SAFETY: the driver passes a time.
        let time = unsafe { Time.read().QuadPart };
        // SAFETY: the driver passes a variable for the result.
        unsafe { TimeFields.write(date(time)) };
    }
}

/// The date in the Gregorian calendar of a time in 100 ns since 1601.
fn date(time: i64) -> TIME_FIELDS {
    let milliseconds = time.div_euclid(10_000);
    let days = milliseconds.div_euclid(86_400_000);
    let of_day = milliseconds.rem_euclid(86_400_000);
    // Years are counted from March, so that the leap day is the last of its year, and from 1 March 1600.
    let shifted = days + 306;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = 1600 + era * 400 + year_of_era + i64::from(month <= 2);
    // Every part is smaller than a short, but the year of times beyond the year 32767.
    let short = |value: i64| i16::try_from(value).unwrap_or(i16::MAX);
    TIME_FIELDS {
        Year: short(year),
        Month: short(month),
        Day: short(day),
        Hour: short(of_day / 3_600_000),
        Minute: short(of_day / 60_000 % 60),
        Second: short(of_day / 1_000 % 60),
        Milliseconds: short(of_day % 1_000),
        Weekday: short((days + 1).rem_euclid(7)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(time: i64) -> [i16; 8] {
        let fields = date(time);
        [
            fields.Year,
            fields.Month,
            fields.Day,
            fields.Hour,
            fields.Minute,
            fields.Second,
            fields.Milliseconds,
            fields.Weekday,
        ]
    }

    #[test]
    fn times_are_dates_of_the_gregorian_calendar() {
        assert_eq!(parts(0), [1601, 1, 1, 0, 0, 0, 0, 1], "a Monday");
        assert_eq!(parts(116_444_736_000_000_000), [1970, 1, 1, 0, 0, 0, 0, 4], "a Thursday");
        // 2000-02-29 12:34:56.789, a Tuesday.
        assert_eq!(parts(125_963_012_967_890_000), [2000, 2, 29, 12, 34, 56, 789, 2]);
    }
}
