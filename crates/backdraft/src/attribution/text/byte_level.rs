//! The letters by which GPT-2 and its successors write bytes, so that every token can be printed.

/// The bytes that such a text stands for; `None` if one of its letters stands for no byte.
///
/// Printable bytes of Latin-1 are their own letter, all others follow from `Ā` on: a space is `Ġ`, a newline `Ċ`.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    text.chars().map(byte).collect()
}

fn byte(letter: char) -> Option<u8> {
    let code = u32::from(letter);
    let byte = match code {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => code,
        0x100..=0x120 => code - 0x100,
        0x121..=0x142 => code - 0x121 + 0x7f,
        0x143 => 0xad,
        _ => return None,
    };
    u8::try_from(byte).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_one_letter() {
        let letters = (0..0x200).filter_map(char::from_u32);
        let mut found: Vec<u8> = letters.filter_map(byte).collect();
        found.sort_unstable();
        assert_eq!(found, (0..=255).collect::<Vec<u8>>());
    }

    #[test]
    fn letters_are_those_of_gpt_2() {
        assert_eq!(bytes("ĠcafÃ©Ċ").unwrap(), " café\n".as_bytes());
        assert_eq!(bytes("ĉč").unwrap(), b"\t\r");
        // An emoji, and the Cyrillic small letter a with its second byte 0xb0.
        assert_eq!(bytes("ðŁĺĢ").unwrap(), "😀".as_bytes());
        assert_eq!(bytes("Ð°").unwrap(), "а".as_bytes());
        assert_eq!(bytes("猫"), None);
    }
}
