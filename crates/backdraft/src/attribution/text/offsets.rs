//! Words by where their pieces stand in the text.

use std::ops::Range;

use crate::Error;
use crate::attribution::AttributionError;
use crate::attribution::text::Token;

/// A token and the characters of the text that it is, without space around; `None` for what is no part of a word.
type Placed<'a> = (&'a Token, Option<Range<usize>>);

/// The words of a text, of which every token has its first character and the one after its last.
pub(super) fn merge(
    tokens: &[Token],
    text: &str,
    offsets: &[(usize, usize)],
) -> Result<Vec<Token>, Error> {
    if offsets.len() != tokens.len() {
        return Err(Error::WrongCount {
            given: offsets.len(),
            what: "offsets",
            expected: tokens.len(),
            each: "tokens",
            help: ": special tokens have some too, 0 to 0",
        });
    }
    let characters: Vec<char> = text.chars().collect();
    let placed = tokens.iter().zip(offsets).enumerate();
    let placed = placed.map(|(position, (token, &offsets))| {
        let place = place(position, token, offsets, &characters)?;
        Ok((token, place))
    });
    let placed = placed.collect::<Result<Vec<Placed>, Error>>()?;
    let words = placed.iter().filter(|(token, _)| !token.left_out);
    if words.clone().count() > 1 && words.clone().all(|(_, place)| place.is_none()) {
        return Err(Error::Attribution(AttributionError::NoOffsets {
            tokens: words.count(),
        }));
    }
    let words = placed.chunk_by(|(_, before), (_, piece)| joins(before.as_ref(), piece.as_ref()));
    Ok(words.map(|pieces| word(pieces, &characters)).collect())
}

fn place(
    position: usize,
    token: &Token,
    (start, end): (usize, usize),
    text: &[char],
) -> Result<Option<Range<usize>>, Error> {
    let Some(characters) = text.get(start..end) else {
        return Err(Error::Attribution(AttributionError::OffsetsOutOfText {
            position,
            token: token.text.clone(),
            start,
            end,
            characters: text.len(),
        }));
    };
    let is_letter = |character: &char| !character.is_whitespace();
    let first = characters.iter().position(is_letter);
    let last = characters.iter().rposition(is_letter);
    let place = first.zip(last);
    let place = place.map(|(first, last)| start + first..start + last + 1);
    Ok(place.filter(|_| !token.left_out))
}

/// Whether nothing lies between two pieces; the bytes of one letter may be several pieces, all in the same place.
fn joins(before: Option<&Range<usize>>, piece: Option<&Range<usize>>) -> bool {
    match (before, piece) {
        (Some(before), Some(piece)) => (before.start..=before.end).contains(&piece.start),
        _ => false,
    }
}

fn word(pieces: &[Placed], text: &[char]) -> Token {
    let places = || pieces.iter().filter_map(|(_, place)| place.clone());
    let start = places().map(|place| place.start).min();
    let end = places().map(|place| place.end).max();
    match start.zip(end) {
        Some((start, end)) => {
            let text = text[start..end].iter().collect();
            Token::word(text, pieces.iter().map(|(token, _)| *token))
        }
        None => pieces[0].0.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TokenRelevance;
    use crate::attribution::text::testing;

    fn merged(
        tokens: &[&str],
        text: &str,
        offsets: &[(usize, usize)],
    ) -> Result<Vec<String>, Error> {
        testing::merged(tokens, |it| it.merge_by_offsets(text, offsets))
    }

    #[test]
    fn pieces_that_touch_are_a_word() {
        let tokens = ["[CLS]", "un", "##happy", "cafe", "!", "[SEP]"];
        let offsets = [(0, 0), (0, 2), (2, 7), (8, 12), (12, 13), (0, 0)];
        // Written as in the text, not as the tokenizer writes it.
        let words = merged(&tokens, "Unhappy Café!", &offsets).unwrap();
        assert_eq!(words, ["[CLS] 1", "Unhappy 6", "Café! 24", "[SEP] 32"]);
    }

    #[test]
    fn a_space_within_a_piece_begins_a_word() {
        let tokens = ["▁Hello", "▁wor", "ld", "<0x0A>", "▁", "Hi"];
        let offsets = [(0, 5), (5, 9), (9, 11), (11, 12), (12, 13), (13, 15)];
        let words = merged(&tokens, "Hello world\n Hi", &offsets).unwrap();
        assert_eq!(words, ["Hello 1", "world 6", "<0x0A> 8", "▁ 16", "Hi 32"]);
    }

    #[test]
    fn the_bytes_of_one_letter_are_in_the_same_place() {
        let tokens = ["a", "ðŁĺ", "Ģ", "b"];
        let words = merged(&tokens, "a 😀b", &[(0, 1), (1, 3), (2, 3), (3, 4)]).unwrap();
        assert_eq!(words, ["a 1", "😀b 14"]);
    }

    #[test]
    fn what_is_left_out_stays_alone() {
        let relevance = TokenRelevance::new(&["a", "b", "c"], &[1.0; 3])
            .unwrap()
            .without(&["b"]);
        let words = relevance
            .merge_by_offsets("abc", &[(0, 1), (1, 2), (2, 3)])
            .unwrap();
        assert_eq!((words.iter().count(), words.pieces_merged()), (3, 0));
    }

    #[test]
    fn offsets_that_do_not_fit_are_named() {
        let text = |text, offsets: &[_]| {
            merged(&["ein", "Öl"], text, offsets)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            text("ein Öl", &[(0, 3)]),
            "1 offsets were given for 2 tokens: special tokens have some too, 0 to 0"
        );
        assert_eq!(
            text("ein Öl", &[(0, 3), (4, 7)]),
            "token 1 (`Öl`) has the offsets 4 to 7, but the text has 6 characters: offsets count the characters, not \
             the bytes, of the text that was tokenized"
        );
        assert!(text("ein Öl", &[(0, 3), (5, 4)]).contains("5 to 4"));
        assert_eq!(
            text("ein Öl", &[(0, 0), (0, 0)]),
            "none of the 2 tokens has offsets in the text: ask the tokenizer for them"
        );
    }
}
