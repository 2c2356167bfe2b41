//! Text in pictures, set in Inter.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, PxScaleFont, ScaleFont, point};
use image::{Pixel as _, Rgb, RgbImage};

use crate::mix::mix;

static SEMI_BOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| embedded(include_bytes!("../assets/Inter-SemiBold.ttf")));
static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| embedded(include_bytes!("../assets/Inter-Regular.ttf")));

const ELLIPSIS: char = '…';

fn embedded(file: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(file).expect("the embedded file is a font")
}

/// Writes single lines in one font, size and color.
pub(crate) struct Pen {
    font: PxScaleFont<&'static FontRef<'static>>,
    size: u32,
    color: [u8; 3],
}

/// Where a line stands in the width that it has.
#[derive(Clone, Copy)]
pub(crate) enum Align {
    Left,
    Center,
    Right,
}

impl Pen {
    /// Bold, and as dark or light as the background allows. The size is that of an em, in pixels.
    pub(crate) fn for_titles(background: [u8; 3], size: u32) -> Self {
        Self::new(&SEMI_BOLD, size, ink(background))
    }

    /// A third of the way to the background.
    pub(crate) fn for_captions(background: [u8; 3], size: u32) -> Self {
        let pale = mix(Rgb(background), ink(background), 2.0 / 3.0).0;
        Self::new(&REGULAR, size, pale)
    }

    fn new(font: &'static FontRef<'static>, size: u32, color: [u8; 3]) -> Self {
        let em = font.units_per_em().unwrap_or(1.0);
        let scale = size as f32 * font.height_unscaled() / em;
        Self {
            font: font.into_scaled(scale),
            size,
            color,
        }
    }

    /// Height of a line, in pixels: a quarter more than an em.
    pub(crate) fn line_height(&self) -> u32 {
        (self.size * 5).div_ceil(4)
    }

    /// Width of a line, in pixels.
    pub(crate) fn width(&self, text: &str) -> u32 {
        self.advance(&self.printable(text)).ceil() as u32
    }

    /// The text in at most so many lines (at least one) of a width in pixels, broken at spaces and after hyphens. What
    /// doesn't fit is left out, and the last line ends in an ellipsis.
    pub(crate) fn wrap(&self, text: &str, width: u32, lines: usize) -> Vec<String> {
        let text = self.printable(text);
        let mut rest = text.trim();
        let mut wrapped = Vec::new();
        while wrapped.len() + 1 < lines
            && !self.fits(rest, width)
            && let Some(end) = self.last_break(rest, width)
        {
            wrapped.push(rest[..end].trim_end().into());
            rest = rest[end..].trim_start();
        }
        wrapped.push(self.shorten(rest, width));
        wrapped
    }

    /// Writes a line with its top at `top` within `width` pixels from `left`.
    ///
    /// Characters that the font lacks become question marks. A line that is too long ends in an ellipsis.
    pub(crate) fn write(
        &self,
        image: &mut RgbImage,
        text: &str,
        (left, top): (u32, u32),
        width: u32,
        align: Align,
    ) {
        let line = self.shorten(&self.printable(text), width);
        let free = (width as f32 - self.advance(&line)).max(0.0);
        let indent = match align {
            Align::Left => 0.0,
            Align::Center => free / 2.0,
            Align::Right => free,
        };
        let spare = self.line_height() as f32 - self.font.height();
        let baseline = top as f32 + (spare / 2.0 + self.font.ascent()).round();
        let mut x = left as f32 + indent.round();
        for character in line.chars() {
            let mut glyph = self.font.scaled_glyph(character);
            glyph.position = point(x, baseline);
            x += self.font.h_advance(glyph.id);
            self.draw(image, glyph, (left, top), width);
        }
    }

    /// Draws a letter, without what would lie outside of its line or of the picture.
    fn draw(&self, image: &mut RgbImage, glyph: Glyph, (left, top): (u32, u32), width: u32) {
        let Some(outline) = self.font.outline_glyph(glyph) else {
            return;
        };
        let corner = outline.px_bounds().min;
        let columns = left.into()..i64::from(left) + i64::from(width);
        let rows = top.into()..i64::from(top) + i64::from(self.line_height());
        outline.draw(|column, row, coverage| {
            let x = corner.x as i64 + i64::from(column);
            let y = corner.y as i64 + i64::from(row);
            if columns.contains(&x)
                && rows.contains(&y)
                && let Some(pixel) = image.get_pixel_mut_checked(x as u32, y as u32)
            {
                *pixel = mix(*pixel, self.color, coverage.min(1.0));
            }
        });
    }

    /// The text with a space for each tab and line break, and a question mark for what the font lacks.
    fn printable(&self, text: &str) -> String {
        let printable = |character: char| match character {
            _ if character.is_whitespace() => ' ',
            _ if self.font.glyph_id(character).0 == 0 => '?',
            _ => character,
        };
        text.chars().map(printable).collect()
    }

    fn advance(&self, text: &str) -> f32 {
        text.chars()
            .map(|character| self.font.h_advance(self.font.glyph_id(character)))
            .sum()
    }

    fn fits(&self, text: &str, width: u32) -> bool {
        self.advance(text) <= width as f32
    }

    /// The last place to break a line that is too long, if one is early enough.
    fn last_break(&self, text: &str, width: u32) -> Option<usize> {
        text.rmatch_indices([' ', '-'])
            .map(|(at, separator)| at + separator.len())
            .find(|&end| self.fits(text[..end].trim_end(), width))
    }

    /// The text, or as much of it as fits with an ellipsis.
    fn shorten(&self, text: &str, width: u32) -> String {
        if self.fits(text, width) {
            return text.into();
        }
        let shortened = |(end, _)| format!("{}{ELLIPSIS}", text[..end].trim_end());
        text.char_indices()
            .rev()
            .map(shortened)
            .find(|line| self.fits(line, width))
            .unwrap_or_default()
    }
}

/// Black on light, white on dark.
fn ink(background: [u8; 3]) -> [u8; 3] {
    let luma = Rgb(background).to_luma().0[0];
    [if luma < 128 { 255 } else { 0 }; 3]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: [u8; 3] = [255; 3];

    fn pen(size: u32) -> Pen {
        Pen::for_titles(WHITE, size)
    }

    /// The text in black on white, in a line from (10, 10) of 200 pixels, in a picture of 220 x 120.
    fn written(text: &str, size: u32, align: Align) -> RgbImage {
        let mut image = RgbImage::from_pixel(220, 120, Rgb(WHITE));
        pen(size).write(&mut image, text, (10, 10), 200, align);
        image
    }

    fn centered(text: &str) -> RgbImage {
        written(text, 16, Align::Center)
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
        // A bar is a column of full ink, with softer edges.
        let image = written("|", 64, Align::Center);
        let (left, right, top, bottom) = inked(&image);
        assert!(right - left < 10 && bottom - top > 50);
        let middle = u32::midpoint(left, right);
        for y in top + 1..bottom {
            assert_eq!(image.get_pixel(middle, y).0, [0; 3], "{y}");
        }
        assert_ne!(centered("a"), centered("b"));
    }

    #[test]
    fn edges_are_smooth() {
        let gray = |pixel: &Rgb<u8>| (1..255).contains(&pixel.0[0]);
        assert!(centered("O").pixels().filter(|pixel| gray(pixel)).count() > 20);
    }

    #[test]
    fn letters_grow_with_the_size() {
        // A capital letter of Inter is 0.727 em high.
        for size in [11, 16, 40, 80] {
            let (_, _, top, bottom) = inked(&written("H", size, Align::Center));
            let height = f64::from(bottom - top + 1);
            assert!(
                (height - 0.727 * f64::from(size)).abs() <= 1.5,
                "{size}: {height}"
            );
        }
    }

    #[test]
    fn a_line_stands_where_it_is_aligned() {
        let side = |align| inked(&written("HHHH", 16, align));
        let (left, right, ..) = side(Align::Center);
        assert!(
            (f64::from(left + right) / 2.0 - 109.5).abs() <= 1.5,
            "{left} to {right}"
        );
        let (left, ..) = side(Align::Left);
        assert!((10..14).contains(&left), "{left}");
        let (_, right, ..) = side(Align::Right);
        assert!((206..210).contains(&right), "{right}");
    }

    #[test]
    fn no_ink_is_outside_of_the_line() {
        for size in [7, 16, 40, 80] {
            for text in [
                "ÅÇgjy|Ő(@)",
                "jjjjjjjj",
                "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
            ] {
                for align in [Align::Left, Align::Center, Align::Right] {
                    let (left, right, top, bottom) = inked(&written(text, size, align));
                    let end = 10 + pen(size).line_height();
                    assert!(
                        left >= 10 && right < 210,
                        "{text} {size}: {left} to {right}"
                    );
                    assert!(
                        top >= 10 && bottom < end,
                        "{text} {size}: {top} to {bottom}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_width_is_that_of_the_ink() {
        let (left, right, ..) = inked(&written("integrated", 32, Align::Left));
        let width = pen(32).width("integrated");
        // Without the space beside the first and the last letter.
        assert!((0..6).contains(&(i64::from(width) - i64::from(right - left + 1))));
    }

    #[test]
    fn the_characters_of_method_names_and_numbers_are_all_known() {
        let unknown = centered("?");
        let known = ('a'..='z').chain('A'..='Z').chain('0'..='9');
        for character in known.chain("-−()%.,:+=/_éßŁ×…–“”≥εΔДя".chars()) {
            assert_ne!(centered(&character.to_string()), unknown, "{character}");
        }
    }

    #[test]
    fn other_characters_become_question_marks() {
        for character in ["猫", "\u{0}", "\u{7f}", "\u{200b}", "🐈"] {
            assert_eq!(centered(character), centered("?"), "{character:?}");
        }
    }

    #[test]
    fn line_breaks_and_tabs_become_spaces() {
        assert_eq!(centered("a\nb\r\tc"), centered("a b  c"));
    }

    #[test]
    fn long_lines_end_in_an_ellipsis() {
        let pen = pen(16);
        let one = |text: &str, width| pen.wrap(text, width, 1);
        assert_eq!(one("grad-cam", pen.width("grad-cam")), ["grad-cam"]);
        assert_eq!(one("grad-cam", pen.width("grad-c…")), ["grad-c…"]);
        // No dots after a space.
        assert_eq!(
            one("integrated gradients", pen.width("integrated …")),
            ["integrated…"]
        );
        assert_eq!(one("äöüäöü", pen.width("äö…")), ["äö…"]);
        assert_eq!(one("", 5), [""]);
        assert_eq!(one("grad-cam", 3), [""]);
    }

    #[test]
    fn text_is_wrapped_at_spaces_and_hyphens() {
        let pen = pen(16);
        let width = pen.width("integrated gra");
        let wrap = |text, lines| pen.wrap(text, width, lines);
        assert_eq!(wrap("integrated gradients", 2), ["integrated", "gradients"]);
        assert_eq!(
            wrap("integrated-gradients", 2),
            ["integrated-", "gradients"]
        );
        assert_eq!(
            wrap("of integrated gradients", 2),
            ["of integrated", "gradients"]
        );
        assert_eq!(
            wrap("integrated gradients of x", 3),
            ["integrated", "gradients of x"]
        );
        assert_eq!(
            wrap("integrated gradients of everything", 2),
            ["integrated", "gradients of…"]
        );
        // A word that is too long for any line.
        assert_eq!(wrap("integratedgradients of x", 2), ["integratedg…"]);
        assert_eq!(wrap(" short ", 2), ["short"]);
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let text = "guided backpropagation, with a caption that goes on and on and on";
        for size in [12, 16, 33] {
            for width in [1, 40, 100, 160, 333] {
                for line in pen(size).wrap(text, width, 3) {
                    assert!(pen(size).width(&line) <= width, "{line}");
                }
            }
        }
    }

    #[test]
    fn ink_stands_out_from_the_background() {
        let title = |background| Pen::for_titles(background, 16).color;
        assert_eq!(title([216; 3]), [0; 3]);
        assert_eq!(title([40; 3]), [255; 3]);
        // Blue is dark, yellow is light.
        assert_eq!(title([0, 0, 255]), [255; 3]);
        assert_eq!(title([255, 255, 0]), [0; 3]);
        assert_eq!(Pen::for_captions([216; 3], 16).color, [72; 3]);
    }

    #[test]
    fn text_beyond_the_picture_is_dropped() {
        let mut image = RgbImage::from_pixel(10, 10, Rgb(WHITE));
        pen(16).write(&mut image, "wide", (0, 0), 200, Align::Right);
        pen(16).write(&mut image, "low", (0, 50), 30, Align::Left);
        assert!(image.pixels().all(|pixel| pixel.0 == WHITE));
    }
}
