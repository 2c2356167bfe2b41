use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;

use burn::tensor::{Bool, Device, Int, Tensor};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::files;
use crate::ModelError;

const PAD: &str = "[PAD]";
const UNKNOWN: &str = "[UNK]";
const START: &str = "[CLS]";
const END: &str = "[SEP]";
/// Longer words are unknown.
const LONGEST_WORD: usize = 100;
/// [`MiniLm`](crate::MiniLm) knows no more positions.
const LONGEST_TEXT: usize = 512;

/// The tokenizer of uncased `BERT` models: lower-case words without accents, split into the longest pieces of a
/// vocabulary.
///
/// Punctuation marks and Chinese characters are words of their own. A piece that continues a word begins with `##`.
/// Characters are classified by a recent version of Unicode: rare ones that the original, with an older version, doesn't
/// know may give other tokens.
///
/// # Example
/// ```no_run
/// use backdraft_models::WordPiece;
///
/// let tokens = WordPiece::pretrained()?.encode("Unbelievably naïve!")?;
/// let expected = ["[CLS]", "un", "##bel", "##ie", "##va", "##bly", "naive", "!", "[SEP]"];
/// assert_eq!(tokens.tokens(), expected);
/// # Ok::<(), backdraft_models::ModelError>(())
/// ```
#[derive(Clone, Debug)]
pub struct WordPiece {
    ids: HashMap<String, i64>,
}

impl WordPiece {
    /// The tokens that no text contains: beginning, end, padding.
    pub const SPECIAL: [&str; 3] = [START, END, PAD];

    /// The tokenizer of [`MiniLm`](crate::MiniLm), from `tokenizer.json` next to its weights.
    ///
    /// # Errors
    /// [`ModelError::NotFetched`] if the file isn't there, [`ModelError::Vocabulary`] if it can't be read.
    pub fn pretrained() -> Result<Self, ModelError> {
        let path = files::vocabulary()?;
        let read = || -> Result<Value, serde_json::Error> {
            let file = File::open(&path).map_err(serde_json::Error::io)?;
            serde_json::from_reader(BufReader::new(file))
        };
        let vocabulary = read()
            .and_then(|mut tokenizer| serde_json::from_value(tokenizer["model"]["vocab"].take()));
        match vocabulary {
            Ok(ids) => Self::new(ids),
            Err(error) => Err(ModelError::Vocabulary(error.to_string())),
        }
    }

    /// A tokenizer with a vocabulary: pieces with their numbers, `[PAD]`, `[UNK]`, `[CLS]` and `[SEP]` among them.
    ///
    /// # Errors
    /// [`ModelError::Vocabulary`] if one of the four is missing.
    pub fn new(ids: HashMap<String, i64>) -> Result<Self, ModelError> {
        for special in [PAD, UNKNOWN, START, END] {
            if !ids.contains_key(special) {
                return Err(ModelError::Vocabulary(format!("there is no {special}")));
            }
        }
        Ok(Self { ids })
    }

    /// The tokens of a text, between `[CLS]` and `[SEP]`.
    ///
    /// # Errors
    /// [`ModelError::TooLong`] if there are more than 512.
    pub fn encode(&self, text: &str) -> Result<Encoding, ModelError> {
        let words = words(text);
        let pieces = words.iter().flat_map(|word| self.pieces(word));
        let tokens: Vec<String> = std::iter::once(START.into())
            .chain(pieces)
            .chain([END.into()])
            .collect();
        if tokens.len() > LONGEST_TEXT {
            return Err(ModelError::TooLong {
                tokens: tokens.len(),
                limit: LONGEST_TEXT,
            });
        }
        let ids = tokens.iter().map(|token| self.ids[token]).collect();
        Ok(Encoding {
            tokens,
            ids,
            pad: self.ids[PAD],
        })
    }

    /// Takes the longest piece of the vocabulary from the beginning of what is left, until nothing is.
    fn pieces(&self, word: &str) -> Vec<String> {
        let unknown = || vec![UNKNOWN.into()];
        if word.chars().count() > LONGEST_WORD {
            return unknown();
        }
        let mut pieces = Vec::new();
        let mut rest = word;
        while !rest.is_empty() {
            let prefix = if pieces.is_empty() { "" } else { "##" };
            let ends = rest.char_indices().map(|(start, c)| start + c.len_utf8());
            let candidates = ends
                .rev()
                .map(|end| (end, format!("{prefix}{}", &rest[..end])));
            let longest = { candidates }.find(|(_, piece)| self.ids.contains_key(piece));
            let Some((end, piece)) = longest else {
                return unknown();
            };
            pieces.push(piece);
            rest = &rest[end..];
        }
        pieces
    }
}

/// The tokens of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoding {
    tokens: Vec<String>,
    ids: Vec<i64>,
    pad: i64,
}

impl Encoding {
    /// The same text, filled up with `[PAD]` to `length` tokens; unchanged if it is as long already.
    #[must_use]
    pub fn padded(mut self, length: usize) -> Self {
        let length = length.max(self.ids.len());
        self.tokens.resize(length, PAD.into());
        self.ids.resize(length, self.pad);
        self
    }

    /// A text of the same length that says nothing: `[PAD]` for every token but `[CLS]` and `[SEP]`. In
    /// [`tensors`](Self::tensors) it is all padding.
    #[must_use]
    pub fn blank(mut self) -> Self {
        for (token, id) in self.tokens.iter_mut().zip(&mut self.ids) {
            if token != START && token != END {
                PAD.clone_into(token);
                *id = self.pad;
            }
        }
        self
    }

    /// The tokens' texts.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// The tokens' numbers in the vocabulary.
    pub fn ids(&self) -> &[i64] {
        &self.ids
    }

    /// The numbers, and where they are padding, as a batch of one: both of shape `[1, length]`.
    pub fn tensors(&self, device: &Device) -> (Tensor<2, Int>, Tensor<2, Bool>) {
        let ids = Tensor::<1, Int>::from_data(self.ids.as_slice(), device).unsqueeze();
        let padding = Tensor::equal_elem(ids.clone(), self.pad);
        (ids, padding)
    }
}

/// Words in lower case without accents, each punctuation mark and Chinese character by itself.
fn words(text: &str) -> Vec<String> {
    let chars = text.chars().filter(|&c| !is_removed(c));
    let plain: String = chars
        .nfd()
        .filter(|c| c.general_category() != GeneralCategory::NonspacingMark)
        .flat_map(char::to_lowercase)
        .collect();
    let mut words = Vec::new();
    for chunk in plain.split_whitespace() {
        let mut in_word = false;
        for c in chunk.chars() {
            let alone = is_punctuation(c) || is_chinese(c);
            if alone || !in_word {
                words.push(String::new());
            }
            words.last_mut().expect("there is a word").push(c);
            in_word = !alone;
        }
    }
    words
}

/// Whether a character is invisible and no space.
fn is_removed(c: char) -> bool {
    let invisible = matches!(
        c.general_category(),
        GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::PrivateUse
    );
    c == char::REPLACEMENT_CHARACTER || invisible && !matches!(c, '\t' | '\n' | '\r')
}

/// Every visible ASCII character that is neither letter nor digit counts, so `$` and `~` do.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || c.general_category_group() == GeneralCategoryGroup::Punctuation
}

/// The blocks of unified and compatibility ideographs.
fn is_chinese(c: char) -> bool {
    matches!(
        u32::from(c),
        0x4E00..=0x9FFF
            | 0x3400..=0x4DBF
            | 0x20000..=0x2A6DF
            | 0x2A700..=0x2B73F
            | 0x2B740..=0x2B81F
            | 0x2B920..=0x2CEAF
            | 0xF900..=0xFAFF
            | 0x2F800..=0x2FA1F
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokenizer(pieces: &[&str]) -> WordPiece {
        let all = [PAD, UNKNOWN, START, END].iter().chain(pieces);
        let ids = all.zip(0..).map(|(piece, id)| ((*piece).to_owned(), id));
        WordPiece::new(ids.collect()).unwrap()
    }

    #[test]
    fn the_longest_piece_is_taken_first() {
        let tokenizer = tokenizer(&["un", "unb", "##b", "##bel", "##el", "##s"]);
        let encoding = tokenizer.encode("unbel unbels unbelt").unwrap();
        // `unb` is longer than `un`, so `##bel` isn't used; and nothing in the vocabulary ends in t.
        let expected = [START, "unb", "##el", "unb", "##el", "##s", UNKNOWN, END];
        assert_eq!(encoding.tokens(), expected);
        assert_eq!(encoding.ids(), [2, 5, 8, 5, 8, 9, 1, 3]);
    }

    #[test]
    fn words_are_plain_and_marks_stand_alone() {
        assert_eq!(
            words("  Naïve\tCAFÉ—goers\n"),
            ["naive", "cafe", "—", "goers"]
        );
        assert_eq!(
            words("$5 isn't 東京!"),
            ["$", "5", "isn", "'", "t", "東", "京", "!"]
        );
        // A zero-width space, a byte order mark and a bell are nothing; a no-break space is a space.
        assert_eq!(words("a\u{200b}b\u{feff}c\u{7}d\u{a0}e"), ["abcd", "e"]);
        assert!(words(" \n").is_empty());
    }

    #[test]
    fn padding_is_marked() {
        let device = Device::flex();
        let encoding = tokenizer(&["a"]).encode("a").unwrap().padded(5);
        assert_eq!(encoding.tokens(), [START, "a", END, PAD, PAD]);
        let (ids, padding) = encoding.clone().padded(2).tensors(&device);
        assert_eq!(
            ids.into_data().try_to_vec::<i32>().unwrap(),
            [2, 4, 3, 0, 0]
        );
        let expected = [false, false, false, true, true];
        assert_eq!(padding.into_data().try_to_vec::<bool>().unwrap(), expected);
    }

    #[test]
    fn a_blank_text_keeps_its_length_and_its_ends() {
        let blank = tokenizer(&["a", "##b"]).encode("ab a").unwrap().blank();
        assert_eq!(blank.tokens(), [START, PAD, PAD, PAD, END]);
        assert_eq!(blank.ids(), [2, 0, 0, 0, 3]);
    }

    #[test]
    fn what_the_network_has_no_place_for_is_refused() {
        let tokenizer = tokenizer(&["a"]);
        assert_eq!(
            tokenizer.encode(&"a ".repeat(510)).unwrap().ids().len(),
            512
        );
        let error = tokenizer.encode(&"a ".repeat(511)).unwrap_err();
        assert!(matches!(
            error,
            ModelError::TooLong {
                tokens: 513,
                limit: 512
            }
        ));
        let error = WordPiece::new(HashMap::from([(PAD.to_owned(), 0)])).unwrap_err();
        assert!(error.to_string().contains(UNKNOWN), "{error}");
    }
}
