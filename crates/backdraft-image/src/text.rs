use std::convert::Infallible;

use embedded_graphics::{
    Drawable, Pixel,
    draw_target::DrawTarget,
    geometry::{OriginDimensions, Point, Size},
    mono_font::{
        MonoFont, MonoTextStyle,
        iso_8859_1::{FONT_7X13, FONT_10X20},
    },
    pixelcolor::{Rgb888, RgbColor},
    text::{Alignment, Baseline, Text, TextStyleBuilder},
};
use image::{Pixel as _, Rgb, RgbImage};

use crate::overlay::mix;

/// Writes single lines in one font and color.
pub(crate) struct Pen {
    font: &'static MonoFont<'static>,
    color: [u8; 3],
}

impl Pen {
    /// Large, and as dark or light as the background allows.
    pub(crate) fn for_titles(background: [u8; 3]) -> Self {
        Self {
            font: &FONT_10X20,
            color: ink(background),
        }
    }

    /// Small, and a third of the way to the background.
    pub(crate) fn for_captions(background: [u8; 3]) -> Self {
        Self {
            font: &FONT_7X13,
            color: mix(Rgb(background), ink(background), 2.0 / 3.0).0,
        }
    }

    /// Height of a line, in pixels.
    pub(crate) fn height(&self) -> u32 {
        self.font.character_size.height
    }

    /// Writes a line with its top left corner at `(left, top)`, centered in `width` pixels.
    ///
    /// Characters that the font lacks become question marks. A line that is too long ends in dots.
    pub(crate) fn write(
        &self,
        image: &mut RgbImage,
        text: &str,
        (left, top): (u32, u32),
        width: u32,
    ) {
        let line = shorten(text, (width / self.font.character_size.width) as usize);
        let [red, green, blue] = self.color;
        let text = Text::with_text_style(
            &line,
            Point::new((left + width / 2) as i32, top as i32),
            MonoTextStyle::new(self.font, Rgb888::new(red, green, blue)),
            TextStyleBuilder::new()
                .alignment(Alignment::Center)
                .baseline(Baseline::Top)
                .build(),
        );
        let Ok(_) = text.draw(&mut Canvas(image));
    }
}

/// Black on light, white on dark.
fn ink(background: [u8; 3]) -> [u8; 3] {
    let luma = Rgb(background).to_luma().0[0];
    [if luma < 128 { 255 } else { 0 }; 3]
}

/// The text on one line of at most so many characters.
fn shorten(text: &str, characters: usize) -> String {
    const DOTS: &str = "...";
    let line = || {
        text.chars()
            .map(|c| if c.is_whitespace() { ' ' } else { c })
    };
    if line().count() <= characters {
        return line().collect();
    }
    let start: String = line().take(characters.saturating_sub(DOTS.len())).collect();
    format!("{}{DOTS}", start.trim_end())
}

/// Lets text be drawn on a picture; what falls beyond its edges is dropped.
struct Canvas<'a>(&'a mut RgbImage);

impl OriginDimensions for Canvas<'_> {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas<'_> {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Self::Error>
    where
        I: IntoIterator<Item = Pixel<Self::Color>>,
    {
        for Pixel(Point { x, y }, color) in pixels {
            if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
                && let Some(pixel) = self.0.get_pixel_mut_checked(x, y)
            {
                *pixel = Rgb([color.r(), color.g(), color.b()]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: [u8; 3] = [255; 3];

    /// The text in black on white, in 200 x 24 pixels.
    fn written(text: &str) -> RgbImage {
        let mut image = RgbImage::from_pixel(200, 24, Rgb(WHITE));
        Pen::for_titles(WHITE).write(&mut image, text, (0, 2), 200);
        image
    }

    /// The columns and rows that have ink: first and last of each.
    fn inked(image: &RgbImage) -> (u32, u32, u32, u32) {
        let ink = || {
            image
                .enumerate_pixels()
                .filter(|(_, _, pixel)| pixel.0 != WHITE)
        };
        (
            ink().map(|(x, _, _)| x).min().unwrap(),
            ink().map(|(x, _, _)| x).max().unwrap(),
            ink().map(|(_, y, _)| y).min().unwrap(),
            ink().map(|(_, y, _)| y).max().unwrap(),
        )
    }

    #[test]
    fn a_letter_has_its_shape() {
        // A bar of the font is a column of ink two pixels wide.
        let image = written("|");
        let (left, right, top, bottom) = inked(&image);
        assert_eq!(right - left, 1);
        for y in top..=bottom {
            for x in left..=right {
                assert_eq!(image.get_pixel(x, y).0, [0; 3], "({x}, {y})");
            }
        }
        assert_ne!(written("a"), written("b"));
    }

    #[test]
    fn a_line_is_centered_in_its_width_and_below_its_top() {
        let (left, right, top, bottom) = inked(&written("||||||"));
        let middle = f64::from(left + right) / 2.0;
        assert!((middle - 99.5).abs() <= 1.0, "{left} to {right}");
        assert!(top >= 2 && bottom < 22, "{top} to {bottom}");
    }

    #[test]
    fn the_characters_of_method_names_are_all_known() {
        let unknown = written("?");
        let known = ('a'..='z').chain('A'..='Z').chain('0'..='9');
        for character in known.chain("-()%.,:+=/_é×".chars()) {
            assert_ne!(written(&character.to_string()), unknown, "{character}");
        }
    }

    #[test]
    fn other_characters_become_question_marks() {
        for character in ["猫", "ε", "\u{0}", "\u{7f}", "\u{200b}", "🐈"] {
            assert_eq!(written(character), written("?"), "{character:?}");
        }
    }

    #[test]
    fn line_breaks_and_tabs_become_spaces() {
        assert_eq!(written("a\nb\r\tc"), written("a b  c"));
    }

    #[test]
    fn long_lines_end_in_dots() {
        assert_eq!(shorten("grad-cam", 8), "grad-cam");
        assert_eq!(shorten("grad-cam", 7), "grad...");
        // No dots after a space.
        assert_eq!(shorten("integrated gradients", 14), "integrated...");
        assert_eq!(shorten("äöüäöü", 5), "äö...");
        assert_eq!(shorten("", 5), "");
    }

    #[test]
    fn ink_stands_out_from_the_background() {
        assert_eq!(Pen::for_titles([216; 3]).color, [0; 3]);
        assert_eq!(Pen::for_titles([40; 3]).color, [255; 3]);
        // Blue is dark, yellow is light.
        assert_eq!(Pen::for_titles([0, 0, 255]).color, [255; 3]);
        assert_eq!(Pen::for_titles([255, 255, 0]).color, [0; 3]);
        assert_eq!(Pen::for_captions([216; 3]).color, [72; 3]);
    }

    #[test]
    fn text_beyond_the_picture_is_dropped() {
        let mut image = RgbImage::from_pixel(10, 10, Rgb(WHITE));
        Pen::for_titles(WHITE).write(&mut image, "wide", (0, 0), 200);
        Pen::for_titles(WHITE).write(&mut image, "low", (0, 50), 30);
        assert!(image.pixels().all(|pixel| pixel.0 == WHITE));
    }
}
