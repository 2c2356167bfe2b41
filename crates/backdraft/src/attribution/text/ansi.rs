//! Tokens on colored backgrounds, for terminals.

use anstyle::{RgbColor, Style};

use crate::attribution::text::color::Colors;

/// The text between the escape sequences that color it (24-bit colors) and end the colors.
pub(super) fn colored(text: &str, colors: Colors) -> String {
    let [r, g, b] = colors.background;
    let background = RgbColor(r, g, b);
    let [r, g, b] = colors.foreground;
    let foreground = RgbColor(r, g, b);
    let style = Style::new()
        .bg_color(Some(background.into()))
        .fg_color(Some(foreground.into()));
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colors_end_after_the_text() {
        let text = colored("bad", Colors::of(-1.0));
        assert_eq!(
            text,
            "\u{1b}[38;2;255;255;255m\u{1b}[48;2;33;102;172mbad\u{1b}[0m"
        );
    }
}
