//! Which pieces of a text make a word.

use crate::Error;
use crate::attribution::AttributionError;
use crate::attribution::text::{Token, byte_level};

/// How a tokenizer marks the pieces of words.
///
/// | | mark | tokenizers of |
/// |---|---|---|
/// | `WordPiece` | `##` before what continues a word | BERT, `DistilBERT`, ELECTRA |
/// | `ByteLevelBpe` | `Ġ` before what begins a word, `Ċ` for a newline | GPT-2, `RoBERTa`, Whisper, Llama 3, Qwen |
/// | `SentencePiece` | `▁` before what begins a word | T5, XLM-R, Llama 2, Gemma |
///
/// `WordPiece` splits punctuation off; for the others a word is what stands between spaces, with its punctuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordPieces {
    /// `##` before a piece that continues a word.
    WordPiece,
    /// `Ġ` before a piece that begins a word, and `Ċ` for a newline. Letters that aren't ASCII are written as their
    /// bytes, `Ã©` for `é`; words get their own letters again.
    ByteLevelBpe,
    /// `▁` before a piece that begins a word. Bytes written as `<0xC3>` become letters again.
    SentencePiece,
}

impl WordPieces {
    const ALL: [Self; 3] = [Self::WordPiece, Self::ByteLevelBpe, Self::SentencePiece];

    /// The words that these tokens are pieces of; special tokens stay alone.
    pub(super) fn merge(self, tokens: &[Token]) -> Result<Vec<Token>, Error> {
        self.check_marks(tokens)?;
        let words = tokens.chunk_by(|before, piece| self.joins(before, piece));
        Ok(words.map(|pieces| self.word(pieces)).collect())
    }

    /// Whether a piece continues the word of the one before.
    fn joins(self, before: &Token, piece: &Token) -> bool {
        if stays_alone(before) || stays_alone(piece) {
            return false;
        }
        match self {
            Self::WordPiece => continuation(&piece.text).is_some(),
            Self::ByteLevelBpe | Self::SentencePiece => {
                !self.begins_word(&piece.text) && !self.ends_line(&before.text)
            }
        }
    }

    fn word(self, pieces: &[Token]) -> Token {
        match pieces {
            [token] if stays_alone(token) => token.clone(),
            pieces => Token::word(self.text(pieces), pieces),
        }
    }

    /// The text of a word without marks.
    fn text(self, pieces: &[Token]) -> String {
        let raw = || pieces.iter().map(|piece| piece.text.as_str());
        if self == Self::WordPiece {
            let continued = raw().skip(1).filter_map(continuation);
            return raw().take(1).chain(continued).collect();
        }
        let bytes: Vec<u8> = raw().flat_map(|text| self.bytes(text)).collect();
        let decoded = String::from_utf8(bytes).unwrap_or_else(|_| {
            // What can't be decoded stays as it is written.
            raw().map(|text| self.without_marks(text)).collect()
        });
        match decoded.trim() {
            // Nothing but space: the marks are all there is to see.
            "" => raw().collect(),
            word => word.into(),
        }
    }

    /// What a piece stands for in the text.
    fn bytes(self, text: &str) -> Vec<u8> {
        let encoded = match self {
            Self::WordPiece => None,
            Self::ByteLevelBpe => byte_level::bytes(text),
            Self::SentencePiece => hexadecimal(text).map(|byte| vec![byte]),
        };
        encoded.unwrap_or_else(|| self.without_marks(text).into_bytes())
    }

    /// The text with spaces and newlines for their marks.
    fn without_marks(self, text: &str) -> String {
        match self {
            Self::WordPiece => text.into(),
            Self::ByteLevelBpe => text.replace('Ġ', " ").replace('Ċ', "\n"),
            Self::SentencePiece => text.replace('▁', " "),
        }
    }

    fn begins_word(self, text: &str) -> bool {
        let bytes = self.bytes(text);
        bytes.first().is_some_and(u8::is_ascii_whitespace)
    }

    fn ends_line(self, text: &str) -> bool {
        matches!(self.bytes(text).last(), Some(b'\n' | b'\r' | b'\t'))
    }

    fn has_mark(self, text: &str) -> bool {
        match self {
            Self::WordPiece => continuation(text).is_some(),
            Self::ByteLevelBpe | Self::SentencePiece => {
                self.begins_word(text) || self.ends_line(text)
            }
        }
    }

    /// A text of several tokens without any mark was split in another way, and would become a single word. Only of
    /// `WordPiece` such a text is ordinary, if it has no mark of another kind: no word was split.
    fn check_marks(self, tokens: &[Token]) -> Result<(), Error> {
        let pieces: Vec<_> = tokens.iter().filter(|token| !stays_alone(token)).collect();
        let marked = |scheme: Self| {
            let marked = pieces.iter().filter(|piece| scheme.has_mark(&piece.text));
            marked.count()
        };
        if pieces.len() < 2 || marked(self) > 0 {
            return Ok(());
        }
        let other = Self::ALL.into_iter().find(|&other| marked(other) > 0);
        if self == Self::WordPiece && other.is_none() {
            return Ok(());
        }
        Err(Error::Attribution(AttributionError::NoWordMarks {
            tokens: pieces.len(),
            mark: self.in_words(),
            help: match other {
                Some(other) => {
                    let mark = other.in_words();
                    format!("but some have {mark}: use `WordPieces::{other:?}`")
                }
                None => "nor one of another tokenizer: `merge_by_offsets` needs no marks".into(),
            },
        }))
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::WordPiece => "the mark of WordPiece, `##`",
            Self::ByteLevelBpe => "the mark of byte-level BPE, `Ġ` or `Ċ`",
            Self::SentencePiece => "the mark of SentencePiece, `▁`",
        }
    }
}

/// What follows the mark of a `WordPiece` that continues a word.
fn continuation(text: &str) -> Option<&str> {
    text.strip_prefix("##").filter(|rest| !rest.is_empty())
}

/// The byte that `SentencePiece` writes in this way: `<0xE2>`.
fn hexadecimal(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("<0x")?.strip_suffix('>')?;
    u8::from_str_radix(digits, 16).ok()
}

/// Whether a token is no piece of a word: left out of the drawing, or special by its name.
fn stays_alone(token: &Token) -> bool {
    const SPECIAL: [&str; 16] = [
        "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "[BOS]", "[EOS]", "<s>", "</s>", "<pad>",
        "<unk>", "<mask>", "<cls>", "<sep>", "<bos>", "<eos>",
    ];
    let text = token.text.as_str();
    let is_special = SPECIAL.contains(&text)
        || (text.starts_with("<|") && text.ends_with("|>"))
        || (text.starts_with("<extra_id_") && text.ends_with('>'));
    token.left_out || is_special
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::text::testing;

    fn merged(tokens: &[&str], pieces: WordPieces) -> Result<Vec<String>, Error> {
        testing::merged(tokens, |it| it.merge_word_pieces(pieces))
    }

    #[test]
    fn a_space_begins_a_word_of_byte_level_bpe() {
        let tokens = ["<s>", "Not", "Ġem", "barr", "assing", "!", "Ġfun", "</s>"];
        let words = merged(&tokens, WordPieces::ByteLevelBpe).unwrap();
        assert_eq!(
            words,
            ["<s> 1", "Not 2", "embarrassing! 60", "fun 64", "</s> 128"]
        );
    }

    #[test]
    fn a_newline_is_no_part_of_a_word() {
        let tokens = ["One", "Ċ", "two", ".Ċ", "three", "ĊĊ", "Ġfour"];
        let words = merged(&tokens, WordPieces::ByteLevelBpe).unwrap();
        assert_eq!(
            words,
            ["One 1", "Ċ 2", "two. 12", "three 16", "ĊĊ 32", "four 64"]
        );
    }

    #[test]
    fn bytes_become_letters_again() {
        let tokens = ["Ġcaf", "Ã©", "ĠðŁĺ", "Ģ", "ĠÐ¿ÑĢÐ¸", "Ð²ÐµÑĤ"];
        let words = merged(&tokens, WordPieces::ByteLevelBpe).unwrap();
        assert_eq!(words, ["café 3", "😀 12", "привет 48"]);
        // Half a letter, and letters that are no bytes, stay as they are written.
        let words = merged(&["Ġa", "ĠðŁĺ", "Ġcafé", "Ġ猫"], WordPieces::ByteLevelBpe).unwrap();
        assert_eq!(words, ["a 1", "ðŁĺ 2", "café 4", "猫 8"]);
    }

    #[test]
    fn a_bar_begins_a_word_of_sentence_piece() {
        let tokens = [
            "▁The", "▁un", "believ", "able", "▁", "1", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>",
            "</s>",
        ];
        let words = merged(&tokens, WordPieces::SentencePiece).unwrap();
        assert_eq!(words, ["The 1", "unbelievable 14", "1😀 1008", "</s> 1024"]);
        let tokens = ["▁one", "<0x0A>", "two"];
        let words = merged(&tokens, WordPieces::SentencePiece).unwrap();
        assert_eq!(words, ["one 1", "<0x0A> 2", "two 4"]);
    }

    #[test]
    fn special_tokens_stay_alone() {
        let tokens = ["[CLS]", "##a", "play", "##ing", "[SEP]", "##b"];
        let words = merged(&tokens, WordPieces::WordPiece).unwrap();
        assert_eq!(
            words,
            ["[CLS] 1", "##a 2", "playing 12", "[SEP] 16", "##b 32"]
        );
        let tokens = ["Ġa", "<|endoftext|>", "b", "Ġc", "<pad>"];
        let words = merged(&tokens, WordPieces::ByteLevelBpe).unwrap();
        assert_eq!(words, ["a 1", "<|endoftext|> 2", "b 4", "c 8", "<pad> 16"]);
    }

    #[test]
    fn the_wrong_tokenizer_is_noticed() {
        let text = |tokens: &[&str], pieces| merged(tokens, pieces).unwrap_err().to_string();
        assert_eq!(
            text(&["<s>", "Good", "Ġfilm", "</s>"], WordPieces::WordPiece),
            "none of the 2 tokens of words has the mark of WordPiece, `##`, but some have the mark of byte-level BPE, \
             `Ġ` or `Ċ`: use `WordPieces::ByteLevelBpe`"
        );
        let error = text(&["▁Good", "▁film"], WordPieces::ByteLevelBpe);
        assert!(error.contains("`WordPieces::SentencePiece`"), "{error}");
        let error = text(&["play", "##ing"], WordPieces::SentencePiece);
        assert!(error.contains("`WordPieces::WordPiece`"), "{error}");
        // As one word they would be wrong, and nothing says what they are.
        for pieces in [WordPieces::ByteLevelBpe, WordPieces::SentencePiece] {
            let error = text(&["what", "a", "film"], pieces);
            assert!(
                error.contains("3 tokens") && error.contains("merge_by_offsets"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_text_without_split_words_is_no_error() {
        let words = merged(
            &["[CLS]", "what", "a", "film", "[SEP]"],
            WordPieces::WordPiece,
        );
        assert_eq!(words.unwrap().len(), 5);
        for pieces in WordPieces::ALL {
            assert_eq!(merged(&["<s>", "Hello", "</s>"], pieces).unwrap().len(), 3);
            assert!(merged(&[], pieces).unwrap().is_empty());
        }
    }
}
