use image::{Rgb, RgbImage};

use crate::Scale;
use crate::mix::mix;
use crate::text::{Align, Pen};

/// What the colors of a picture stand for: a strip of them, from the smallest value that can be told apart to the
/// largest, with both values beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColorBar {
    colors: Vec<[u8; 3]>,
    low: String,
    high: String,
}

impl ColorBar {
    /// As fine as 8-bit color.
    const STEPS: u16 = 256;

    /// The bar of a scale whose intensities have these colors; none if there is nothing to tell apart.
    pub(crate) fn new(scale: &Scale, color: impl Fn(f32) -> [u8; 3]) -> Option<Self> {
        if scale.is_blank() {
            return None;
        }
        let start = if scale.is_signed() { -1.0 } else { 0.0 };
        let place = |step: u16| f32::from(step) / f32::from(Self::STEPS - 1);
        let intensity = |step: u16| start + (1.0 - start) * place(step);
        let (low, high) = scale.ends();
        Some(Self {
            colors: (0..Self::STEPS)
                .map(|step| color(intensity(step)))
                .collect(),
            low: number(low),
            high: number(high),
        })
    }

    /// Draws the bar between its numbers, in one line of the pen.
    pub(crate) fn draw(
        &self,
        image: &mut RgbImage,
        pen: &Pen,
        (left, top): (u32, u32),
        width: u32,
    ) {
        pen.write(image, &self.low, (left, top), width, Align::Left);
        pen.write(image, &self.high, (left, top), width, Align::Right);
        let space = pen.line_height() / 3;
        let start = left + pen.width(&self.low) + space;
        let columns = start..(left + width).saturating_sub(pen.width(&self.high) + space);
        let rows = top + pen.line_height() / 4..top + pen.line_height() * 3 / 4;
        for (place, x) in columns.clone().enumerate() {
            let step = place * self.colors.len() / columns.len();
            for y in rows.clone() {
                let edge = x == columns.start
                    || x + 1 == columns.end
                    || y == rows.start
                    || y + 1 == rows.end;
                let color = Rgb(self.colors[step]);
                // A thin frame, without which the pale end of a bar would run into the paper.
                let framed = if edge { mix(color, [0; 3], 0.4) } else { color };
                image.put_pixel(x, y, framed);
            }
        }
    }
}

/// A number in three digits, as short as it can be written.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let text = if (-3..5).contains(&magnitude) {
        let decimals = (2 - magnitude).max(0) as usize;
        let text = format!("{value:.decimals$}");
        if decimals == 0 {
            text
        } else {
            text.trim_end_matches('0').trim_end_matches('.').into()
        }
    } else {
        format!("{value:.1e}").replace(".0e", "e")
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Heatmap, Scaling};

    const PAPER: [u8; 3] = [255; 3];

    fn scale(scaling: Scaling, values: &[f32]) -> Scale {
        let map = Heatmap::new(values.len(), 1, values.to_vec()).unwrap();
        scaling.fit(&map).unwrap()
    }

    /// Intensity 0 in black, 1 in red and -1 in blue.
    fn color(intensity: f32) -> [u8; 3] {
        let level = |part: f32| (255.0 * part.max(0.0)) as u8;
        [level(intensity), 0, level(-intensity)]
    }

    fn bar(scaling: Scaling, values: &[f32]) -> ColorBar {
        ColorBar::new(&scale(scaling, values), color).unwrap()
    }

    #[test]
    fn the_ends_say_the_scale() {
        let ends = |scaling, values: &[f32]| {
            let bar = bar(scaling, values);
            (bar.low, bar.high)
        };
        let pair = |low: &str, high: &str| (low.to_string(), high.to_string());
        assert_eq!(ends(Scaling::MinMax, &[0.5, -0.25]), pair("−0.25", "0.5"));
        assert_eq!(ends(Scaling::Symmetric, &[0.5, -4.0]), pair("−4", "4"));
        let fixed = Scaling::Fixed { min: 1.0, max: 9.0 };
        assert_eq!(ends(fixed, &[0.5, -4.0]), pair("1", "9"));
        // Of the absolute values 1, 2 and 8 the 50th percentile is 2.
        assert_eq!(
            ends(Scaling::Percentile(50.0), &[1.0, 2.0, 8.0]),
            pair("1", "2")
        );
        let signed = Scaling::SignedPercentile(50.0);
        assert_eq!(ends(signed, &[1.0, -2.0, 8.0]), pair("−2", "2"));
    }

    #[test]
    fn numbers_have_three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (0.123_456, "0.123"),
            (-12.345, "−12.3"),
            (12_345.0, "12345"),
            (0.001_234, "0.00123"),
            (0.000_123_4, "1.2e−4"),
            (2_000_000.0, "2e6"),
            (0.999_9, "1"),
            (100.0, "100"),
        ] {
            assert_eq!(number(value), text, "{value}");
        }
    }

    #[test]
    fn colors_run_from_the_lowest_to_the_highest() {
        let sequential = bar(Scaling::MinMax, &[3.0, 5.0]).colors;
        assert_eq!((sequential[0], sequential[255]), ([0; 3], [255, 0, 0]));
        let signed = bar(Scaling::Symmetric, &[3.0, 5.0]).colors;
        assert_eq!((signed[0], signed[255]), ([0, 0, 255], [255, 0, 0]));
        assert!(signed[127][2] < 2 && signed[128][0] < 2);
    }

    #[test]
    fn a_flat_map_has_no_bar() {
        assert_eq!(
            ColorBar::new(&scale(Scaling::MinMax, &[2.0; 3]), color),
            None
        );
        // A fixed range says what its colors mean whatever the map is.
        let fixed = Scaling::Fixed { min: 0.0, max: 9.0 };
        assert!(ColorBar::new(&scale(fixed, &[2.0; 3]), color).is_some());
    }

    #[test]
    fn the_strip_lies_between_its_numbers() {
        let pen = Pen::for_captions(PAPER, 16);
        let bar = bar(Scaling::Symmetric, &[-4.0, 4.0]);
        let (low, high) = (pen.width("−4"), pen.width("4"));
        let mut image = RgbImage::from_pixel(220, 40, Rgb(PAPER));
        bar.draw(&mut image, &pen, (10, 10), 200);
        let colored = |pixel: &Rgb<u8>| pixel.0[0].abs_diff(pixel.0[2]) > 60;
        let strip: Vec<u32> = (0..220)
            .filter(|&x| colored(image.get_pixel(x, 20)))
            .collect();
        let (first, last) = (strip[0], strip[strip.len() - 1]);
        assert_eq!(first, 10 + low + 6);
        assert_eq!(last, 209 - high - 6);
        assert!(image.get_pixel(first, 20).0[2] > 100 && image.get_pixel(last, 20).0[0] > 100);
        for (x, y, pixel) in image.enumerate_pixels() {
            let inside = (10..210).contains(&x) && (10..30).contains(&y);
            assert!(inside || pixel.0 == PAPER, "({x}, {y})");
        }
        let ink = |mut columns: std::ops::Range<u32>| {
            columns.any(|x| (10..30).any(|y| image.get_pixel(x, y).0 != PAPER))
        };
        assert!(ink(10..10 + low) && ink(210 - high..210));
        assert!(!ink(first - 5..first) && !ink(last + 1..last + 6));
    }

    #[test]
    fn without_room_there_are_only_numbers() {
        let pen = Pen::for_captions(PAPER, 16);
        let mut image = RgbImage::from_pixel(40, 30, Rgb(PAPER));
        bar(Scaling::Symmetric, &[-4.0, 4.0]).draw(&mut image, &pen, (0, 0), 20);
        assert!(image.pixels().all(|pixel| pixel.0[0] == pixel.0[2]));
    }
}
