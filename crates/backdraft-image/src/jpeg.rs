/// Whether this is a JPEG file that ends before its picture does.
///
/// The decoder fills what is missing with gray and reports success, which would make a
/// half-downloaded photo an input like any other.
pub(crate) fn is_truncated(bytes: &[u8]) -> bool {
    const START_OF_IMAGE: [u8; 2] = [0xff, 0xd8];
    const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
    bytes.starts_with(&START_OF_IMAGE)
        && !after_headers(&bytes[2..])
            .windows(2)
            .any(|pair| pair == END_OF_IMAGE)
}

/// What follows the header segments, beginning with the first scan; empty if there is none.
///
/// Headers have to be stepped over, for a thumbnail within them has an end marker of its own.
/// In a scan, 0xff is always followed by 0, so an end marker cannot occur by chance.
fn after_headers(mut segments: &[u8]) -> &[u8] {
    const START_OF_SCAN: u8 = 0xda;
    const PADDING: u8 = 0xff;
    loop {
        match *segments {
            [0xff, START_OF_SCAN, ..] => return segments,
            [0xff, PADDING, ..] => segments = &segments[1..],
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([high, low]));
                segments = segments.get(2 + length..).unwrap_or_default();
            }
            _ => return &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_marker_of_a_thumbnail_does_not_count() {
        let header = [
            0xff, 0xd8, 0xff, 0xe1, 0, 6, 1, 2, 0xff, 0xd9, 0xff, 0xda, 0, 2, 7, 7,
        ];
        assert!(is_truncated(&header));
        assert!(!is_truncated(&[&header[..], &[0xff, 0xd9]].concat()));
    }

    #[test]
    fn bytes_after_the_end_do_no_harm() {
        assert!(!is_truncated(&[
            0xff, 0xd8, 0xff, 0xff, 0xda, 0, 2, 7, 0xff, 0xd9, 1, 2, 3
        ]));
    }

    #[test]
    fn other_formats_are_left_to_their_decoders() {
        assert!(!is_truncated(b"\x89PNG"));
        assert!(!is_truncated(b""));
    }
}
