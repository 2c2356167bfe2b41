//! Large numbers for people.

const PREFIXES: [&str; 6] = ["", "k", "M", "G", "T", "P"];

/// Three digits with a decimal prefix: `12.3 MB`.
pub(crate) fn scaled(value: u64, unit: &str) -> String {
    let value = value as f64;
    let mut power = 0;
    while power + 1 < PREFIXES.len() && value / 1000_f64.powi(power as i32) >= 999.5 {
        power += 1;
    }
    let scaled = value / 1000_f64.powi(power as i32);
    let digits = match scaled {
        _ if power == 0 => 0,
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{scaled:.digits$} {}{unit}", PREFIXES[power])
}

#[cfg(test)]
mod tests {
    use super::scaled;

    #[test]
    fn three_digits_are_kept() {
        let texts = [0, 999, 1_000, 12_345, 999_499, 999_600, 512_000_000].map(|n| scaled(n, "B"));
        let expected = [
            "0 B", "999 B", "1.00 kB", "12.3 kB", "999 kB", "1.00 MB", "512 MB",
        ];
        assert_eq!(texts, expected);
        assert_eq!(scaled(u64::MAX, "FLOP"), "18447 PFLOP");
    }
}
