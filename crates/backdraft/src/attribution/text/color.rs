//! From a share of the scale to a background, and to a foreground that can be read on it.

/// Against, at the far end: a blue about as dark as the red, from the same diverging map (`ColorBrewer`'s `RdBu`).
const AGAINST: [u8; 3] = [33, 102, 172];
/// For, at the far end.
const FOR: [u8; 3] = [178, 24, 43];
const WHITE: [u8; 3] = [255; 3];
const BLACK: [u8; 3] = [0; 3];

/// Red, green and blue of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colors {
    pub background: [u8; 3],
    pub foreground: [u8; 3],
}

impl Colors {
    /// The colors of an intensity from -1 (against) by 0 (white) to 1 (for).
    pub fn of(intensity: f64) -> Self {
        let end = if intensity < 0.0 { AGAINST } else { FOR };
        let share = intensity.abs().min(1.0);
        let channel =
            |white: u8, end: u8| f64::from(white) + share * (f64::from(end) - f64::from(white));
        let background = std::array::from_fn(|i| channel(WHITE[i], end[i]).round() as u8);
        // Of the two, the one with more contrast: the luminance where both have the same is 0.179.
        let foreground = if luminance(background) > 0.179 {
            BLACK
        } else {
            WHITE
        };
        Self {
            background,
            foreground,
        }
    }
}

/// Relative luminance by the Web Content Accessibility Guidelines, from 0 (black) to 1 (white).
fn luminance(color: [u8; 3]) -> f64 {
    let linear = color.map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.040_45 {
            channel / 12.92
        } else {
            ((channel + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_the_middle_and_half_way() {
        let background = |intensity| Colors::of(intensity).background;
        assert_eq!(background(0.0), WHITE);
        assert_eq!(background(1.0), FOR);
        assert_eq!(background(-1.0), AGAINST);
        // 255 + (178 - 255) / 2 = 216.5, and so on.
        assert_eq!(background(0.5), [217, 140, 149]);
        assert_eq!(background(7.0), FOR);
    }

    #[test]
    fn every_foreground_has_the_contrast_that_normal_text_needs() {
        for step in -100..=100 {
            let colors = Colors::of(f64::from(step) / 100.0);
            let (a, b) = (luminance(colors.background), luminance(colors.foreground));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= 4.5, "{contrast} at {step}%");
        }
    }
}
