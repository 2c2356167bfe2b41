//! One piece of a text.

/// A token or a word, and what its text contributes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub text: String,
    pub score: f64,
    /// Drawn without color, and not part of the scale.
    pub left_out: bool,
}

impl Token {
    /// A word with the scores of all its pieces.
    pub fn word<'a>(text: String, pieces: impl IntoIterator<Item = &'a Token>) -> Self {
        Self {
            text,
            score: pieces.into_iter().map(|piece| piece.score).sum(),
            left_out: false,
        }
    }
}
