//! Numbers as people read them.

use std::time::Duration;

/// A number in three digits, as short as it can be written, with a real minus sign; what is no number is said to be none.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "no number".into();
    }
    if value == 0.0 {
        return "0".into();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let text = if (-3..5).contains(&magnitude) {
        let decimals = (2 - magnitude).max(0) as usize;
        let text = format!("{value:.decimals$}");
        match decimals {
            0 => text,
            _ => text.trim_end_matches('0').trim_end_matches('.').into(),
        }
    } else {
        format!("{value:.2e}")
    };
    text.replace('-', "−")
}

/// A number with its sign, also where it is positive.
pub(crate) fn signed(value: f64) -> String {
    let text = number(value);
    if value > 0.0 && value.is_finite() {
        return format!("+{text}");
    }
    text
}

/// A part of one in percent, such as `12.3%`.
pub(crate) fn percent(part: f64) -> String {
    let percent = 100.0 * part;
    if percent != 0.0 && percent.abs() < 0.01 {
        return "less than 0.01%".into();
    }
    format!("{}%", number(percent))
}

/// A duration in the unit in which it is a short number.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        return format!("{} ms", number(1000.0 * seconds));
    }
    format!("{} s", number(seconds))
}

/// One or several of something: `1 layer`, `2 layers`.
pub(crate) fn count(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let texts = [0.0, -1.5, 0.012_345, 123.456, 98_765.0, 1.0e-7, -2.5e9].map(number);
        let expected = ["0", "−1.5", "0.0123", "123", "98765", "1.00e−7", "−2.50e9"];
        assert_eq!(texts, expected);
    }

    #[test]
    fn what_is_no_number_is_not_written_as_one() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(number(value), "no number");
            assert_eq!(signed(value), "no number");
        }
    }

    #[test]
    fn signs_are_written_out() {
        assert_eq!([2.0, -2.0, 0.0].map(signed), ["+2", "−2", "0"]);
    }

    #[test]
    fn small_parts_are_not_written_as_nothing() {
        assert_eq!(percent(0.123), "12.3%");
        assert_eq!(percent(-1e-6), "less than 0.01%");
        assert_eq!(percent(0.0), "0%");
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        assert_eq!(duration(Duration::from_millis(12)), "12 ms");
        assert_eq!(duration(Duration::from_millis(2500)), "2.5 s");
    }
}
