//! One piece of a text.

/// What a tokenizer calls the beginning of a piece that continues a word.
const CONTINUATION: &str = "##";

/// A token or a word, and what its text contributes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub text: String,
    pub score: f64,
    /// Drawn without color, and not part of the scale.
    pub left_out: bool,
}

impl Token {
    /// Joins a `WordPiece` that continues this word to it, or gives the piece back.
    pub fn join(&mut self, piece: Token) -> Option<Token> {
        let rest = piece.text.strip_prefix(CONTINUATION);
        let rest = rest.filter(|rest| !rest.is_empty() && !self.left_out && !piece.left_out);
        let Some(rest) = rest else {
            return Some(piece);
        };
        self.text.push_str(rest);
        self.score += piece.score;
        None
    }
}
