//! Texts that fit into a chart.

/// About how many pixels a text takes: fonts differ, so that this is what the wider ones need.
pub(super) fn width(text: &str) -> f64 {
    let pixels = |letter: char| match letter {
        'W' | 'M' | '@' | '%' | '…' => 13.5,
        'm' | 'w' => 11.0,
        'A'..='Z' => 10.0,
        '\0'..='\u{10ff}' => 7.4,
        _ => 14.0,
    };
    text.chars().map(pixels).sum()
}

/// As much of a text as fits into so many pixels, with an ellipsis if it is cut.
pub(super) fn fitted(text: &str, pixels: f64) -> String {
    let text: String = text
        .chars()
        .map(|it| if it.is_control() { ' ' } else { it })
        .collect();
    if width(&text) <= pixels {
        return text;
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if width(&cut) + width(&format!("{letter}…")) > pixels {
            break;
        }
        cut.push(letter);
    }
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_it_ends() {
        assert_eq!(fitted("age", 100.0), "age");
        let long = fitted("monthly income before taxes", 100.0);
        assert!(long.ends_with('…') && width(&long) <= 100.0, "{long}");
        assert_eq!(fitted("one\nline", 100.0), "one line");
    }
}
