//! Photos to classify and explain, as the bytes of PNG files. Both are in the public domain.

/// A cat's face, 451 x 300 pixels, by Stefan van der Walt.
pub static CHELSEA: &[u8] = include_bytes!("../assets/chelsea.png");

/// A cup of espresso, 600 x 400 pixels, by Rachel Michetti.
pub static COFFEE: &[u8] = include_bytes!("../assets/coffee.png");

#[cfg(test)]
mod tests {
    use super::*;

    /// Width and height, which a PNG file states in its first chunk.
    fn size(png: &[u8]) -> [u32; 2] {
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        [16, 20].map(|at| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()))
    }

    #[test]
    fn the_photos_are_png_files_of_the_stated_size() {
        assert_eq!(size(CHELSEA), [451, 300]);
        assert_eq!(size(COFFEE), [600, 400]);
    }
}
