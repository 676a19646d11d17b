//! Figures as people read them.

use crate::amount::{group, show_etm_grouped};
use etm_types::api::{Amount, Integer};

/// Raw votes of what people see as 1 vote (mechanism.md section 4).
pub const VOTE: u128 = etm_types::Votes::ONE.0;
const V_ONE: u128 = etm_mechanism::performance::V_ONE as u128;

/// An amount with its unit: `1,234.5 ETM`.
pub fn etm(amount: Amount) -> String {
    format!("{} ETM", show_etm_grouped(amount.0))
}

/// Votes as people see them, with two decimals, rounded down.
pub fn votes(raw: Integer) -> String {
    decimal(raw.0, VOTE, 2)
}

/// A share in parts per billion as per cent, with two decimals, rounded down.
pub fn percent(ppb: u32) -> String {
    format!("{} %", decimal(ppb.into(), 10_000_000, 2))
}

/// The optimal coefficient, with three decimals, rounded down.
pub fn coefficient(raw: Integer) -> String {
    decimal(raw.0, V_ONE, 3)
}

/// `value / unit` with so many decimals, rounded down; the whole part grouped by thousands.
pub fn decimal(value: u128, unit: u128, decimals: u32) -> String {
    let plain = ungrouped(value, unit, decimals);
    match plain.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", group(whole)),
        None => plain,
    }
}

/// [`decimal`] for programs: nothing between the thousands.
pub fn ungrouped(value: u128, unit: u128, decimals: u32) -> String {
    let Some(whole) = value.checked_div(unit) else {
        return value.to_string();
    };
    let width = decimals as usize;
    let scale = 10u128.pow(decimals.min(9));
    let fraction = (value % unit).saturating_mul(scale) / unit;
    format!("{whole}.{fraction:0width$}")
}

/// A number with its thousands grouped.
pub fn count(number: impl Into<u128>) -> String {
    group(&number.into().to_string())
}

/// So many of something: `1 block`, `2 blocks`.
pub fn counted(number: usize, one: &str, several: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{} {several}", group(&number.to_string())),
    }
}

/// A span of time in its two largest units: `2 d 3 h`, `4 min 5 s`, `900 ms`.
pub fn span(milliseconds: u64) -> String {
    if milliseconds < 1000 {
        return format!("{milliseconds} ms");
    }
    let seconds = milliseconds / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// An instant in UTC: `2026-03-01 12:30:45 UTC`.
pub fn instant(milliseconds: u64) -> String {
    format!("{} UTC", moment(milliseconds))
}

/// An instant in UTC where it is clear that it is: `2026-03-01 12:30:45`.
pub fn moment(milliseconds: u64) -> String {
    let (date, seconds) = date_and_seconds(milliseconds);
    format!(
        "{date} {:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// An instant in UTC as ISO 8601: `2026-03-01T12:30:45Z`.
pub fn iso(milliseconds: u64) -> String {
    let (date, seconds) = date_and_seconds(milliseconds);
    format!(
        "{date}T{:02}:{:02}:{:02}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// The civil date of an instant, and the seconds into that day.
fn date_and_seconds(milliseconds: u64) -> (String, u64) {
    let seconds = milliseconds / 1000;
    // Days since 0000-03-01, in eras of 400 years: leap days then come last in their year.
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (format!("{year:04}-{month:02}-{day:02}"), seconds % 86_400)
}

/// So many times, in words.
pub fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_rounded_down_and_exact_where_they_can_be() {
        assert_eq!(votes(Integer(VOTE)), "1.00");
        assert_eq!(votes(Integer(VOTE * 1_234_567 + VOTE / 2)), "1,234,567.50");
        assert_eq!(votes(Integer(VOTE - 1)), "0.99");
        assert_eq!(percent(1_000_000_000), "100.00 %");
        assert_eq!(percent(333_333_333), "33.33 %");
        assert_eq!(coefficient(Integer(1 << 31)), "0.500");
        assert_eq!(etm(Amount(123_450_000_000)), "1,234.5 ETM");
        assert_eq!(decimal(5, 0, 2), "5");
        assert_eq!(votes(Integer(u128::MAX)).split('.').count(), 2);
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(instant(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(instant(951_782_400_000), "2000-02-29 00:00:00 UTC");
        assert_eq!(iso(1_772_368_245_999), "2026-03-01T12:30:45Z");
        assert_eq!(iso(4_107_542_399_000), "2100-02-28T23:59:59Z");
        assert_eq!(span(900), "900 ms");
        assert_eq!(span(65_000), "1 min 5 s");
        assert_eq!(span(7_260_000), "2 h 1 min");
        assert_eq!(span(183_600_000), "2 d 3 h");
        assert!(!instant(u64::MAX).is_empty());
    }
}
