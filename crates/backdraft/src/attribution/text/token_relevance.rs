//! How much evidence for the target each token of a text is.

use std::fmt;

use anstream::{AutoStream, ColorChoice};

use crate::Error;
use crate::attribution::AttributionError;
use crate::attribution::text::color::Colors;
use crate::attribution::text::{Token, WordPieces, ansi, html, offsets};

/// Tokens with one signed score each, drawn as text on colored backgrounds.
///
/// Red is evidence for the target, blue against it, white not at all. Colors grow in proportion to the score and are full
/// at the largest absolute score of the text, or at a [scale](Self::with_scale) that several texts share.
///
/// An attribution for embeddings, of shape `[batch, tokens, dim]`, becomes one by
/// [`Attribution::token_relevance`](crate::Attribution::token_relevance).
///
/// `Display` writes the scores after the tokens, [`ansi`](Self::ansi) the tokens in color,
/// [`for_stdout`](Self::for_stdout) whichever of the two standard output can show, and [`html`](Self::html) a snippet
/// for browsers. Tokens are separated by spaces.
///
/// # Example
///
/// ```
/// use backdraft::{TokenRelevance, WordPieces};
///
/// let tokens = ["[CLS]", "not", "em", "##bar", "##rassing", "[SEP]"];
/// let relevance = TokenRelevance::new(&tokens, &[0.5, -0.75, 0.25, 0.5, 0.25, 0.0])?
///     .without(&["[CLS]", "[SEP]"])
///     .merge_word_pieces(WordPieces::WordPiece)?;
///
/// assert_eq!(relevance.to_string(), "[CLS] not(-0.75) embarrassing(+1.00) [SEP]");
/// assert_eq!(relevance.total(), 0.75);
/// println!("{}", relevance.for_stdout());
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TokenRelevance {
    tokens: Vec<Token>,
    scale: Option<f64>,
    pieces_merged: usize,
}

impl TokenRelevance {
    /// Tokens in the order of the text, and a score for each.
    ///
    /// # Errors
    ///
    /// [`Error::WrongCount`] if there aren't as many scores as tokens, [`AttributionError::RelevanceNotFinite`] if a
    /// score is NaN
    /// or infinite.
    pub fn new(tokens: &[impl AsRef<str>], scores: &[f64]) -> Result<Self, Error> {
        if tokens.len() != scores.len() {
            return Err(Error::WrongCount {
                given: tokens.len(),
                what: "tokens",
                expected: scores.len(),
                each: "scores",
                help: ": pass every token of the sample, padding included",
            });
        }
        let token = |(position, (text, &score)): (usize, (_, &f64))| {
            let text = AsRef::<str>::as_ref(text).to_owned();
            if !score.is_finite() {
                return Err(Error::Attribution(AttributionError::RelevanceNotFinite {
                    position,
                    token: text,
                    score,
                }));
            }
            Ok(Token {
                text,
                score,
                left_out: false,
            })
        };
        let tokens = tokens.iter().zip(scores).enumerate().map(token);
        Ok(Self {
            tokens: tokens.collect::<Result<_, _>>()?,
            scale: None,
            pieces_merged: 0,
        })
    }

    /// Draws every token with one of these texts without color, and leaves it out of the scale: `[CLS]`, `[SEP]`,
    /// `[PAD]`. It keeps its score. By default no token is left out.
    #[must_use]
    pub fn without(mut self, texts: &[impl AsRef<str>]) -> Self {
        for token in &mut self.tokens {
            token.left_out |= texts.iter().any(|text| text.as_ref() == token.text);
        }
        self
    }

    /// Joins the pieces of words, as the tokenizer marks them, and adds their scores. The [total](Self::total) stays the
    /// same. Tokens that are left out stay alone, and so do special ones, such as `[CLS]` and `</s>`. By default pieces
    /// aren't joined.
    ///
    /// ```
    /// use backdraft::{TokenRelevance, WordPieces};
    ///
    /// let tokens = ["<s>", "Un", "believ", "able", "Ġcaf", "Ã©", "</s>"];
    /// let words = TokenRelevance::new(&tokens, &[0.0, 0.25, 0.25, 0.5, -0.5, -0.25, 0.0])?
    ///     .merge_word_pieces(WordPieces::ByteLevelBpe)?;
    /// assert_eq!(words.to_string(), "<s>(+0.00) Unbelievable(+1.00) café(-0.75) </s>(+0.00)");
    /// assert_eq!(words.pieces_merged(), 3);
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AttributionError::NoWordMarks`] if several tokens have no mark of this tokenizer, so that they are pieces of
    /// another one. Of `WordPiece`, where a text without split words has no mark, only if they have another one's.
    pub fn merge_word_pieces(self, pieces: WordPieces) -> Result<Self, Error> {
        let words = pieces.merge(&self.tokens)?;
        Ok(self.with_words(words))
    }

    /// Joins the pieces of words by where they stand in the text, whatever the tokenizer, and adds their scores. Words
    /// are what whitespace separates, and are written as in the text.
    ///
    /// Each token has its offsets: its first character and the one after its last, counted in characters, as Hugging
    /// Face's tokenizers give them (`return_offsets_mapping` in Python, `encode_char_offsets` in Rust). A token
    /// without characters, such as a special one at 0 to 0, stays alone, and so do tokens that are left out and
    /// whitespace.
    ///
    /// ```
    /// use backdraft::TokenRelevance;
    ///
    /// let relevance = TokenRelevance::new(&["[CLS]", "na", "##ive", "film"], &[0.0, 0.5, 0.25, -0.25])?;
    /// let words = relevance.merge_by_offsets("Naïve film", &[(0, 0), (0, 2), (2, 5), (6, 10)])?;
    /// assert_eq!(words.to_string(), "[CLS](+0.000) Naïve(+0.750) film(-0.250)");
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::WrongCount`] if there aren't as many offsets as tokens, [`AttributionError::OffsetsOutOfText`] if some
    /// lie beyond the text, [`AttributionError::NoOffsets`] if all of several tokens have none.
    pub fn merge_by_offsets(self, text: &str, offsets: &[(usize, usize)]) -> Result<Self, Error> {
        let words = offsets::merge(&self.tokens, text, offsets)?;
        Ok(self.with_words(words))
    }

    fn with_words(mut self, words: Vec<Token>) -> Self {
        self.pieces_merged += self.tokens.len() - words.len();
        self.tokens = words;
        self
    }

    /// How many pieces were joined to the one before; 0 if every word was a single token. Marks of words are removed all
    /// the same.
    pub fn pieces_merged(&self) -> usize {
        self.pieces_merged
    }

    /// Full color for this absolute score, so that the colors of several texts can be compared; scores beyond it look
    /// like it. By default the text's own [scale](Self::scale).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] if it isn't positive and finite.
    pub fn with_scale(mut self, scale: f64) -> Result<Self, Error> {
        if !scale.is_finite() || scale <= 0.0 {
            return Err(Error::InvalidOption {
                option: "scale",
                value: scale.to_string(),
                requirement: "it must be positive and finite",
            });
        }
        self.scale = Some(scale);
        Ok(self)
    }

    /// The absolute score that has full color: the largest of the tokens that aren't left out, or the one that was
    /// [set](Self::with_scale). 0 if there is no token or every score is 0.
    pub fn scale(&self) -> f64 {
        let colored = self.tokens.iter().filter(|token| !token.left_out);
        let largest = || colored.map(|token| token.score.abs()).fold(0.0, f64::max);
        self.scale.unwrap_or_else(largest)
    }

    /// The tokens with their scores, in order, those left out included.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        let tokens = self.tokens.iter();
        tokens.map(|token| (token.text.as_str(), token.score))
    }

    /// What all scores add up to, those of tokens left out included.
    pub fn total(&self) -> f64 {
        self.tokens.iter().map(|token| token.score).sum()
    }

    /// The tokens on colored backgrounds, with ANSI escape sequences of 24-bit colors.
    pub fn ansi(&self) -> String {
        self.joined(|token, colors| match colors {
            Some(colors) => ansi::colored(&printable(&token.text), colors),
            None => printable(&token.text),
        })
    }

    /// What standard output can show: [`ansi`](Self::ansi) on a terminal with colors, else the scores as `Display`
    /// writes them, so also where the environment variable [`NO_COLOR`](https://no-color.org) is set.
    pub fn for_stdout(&self) -> String {
        self.for_choice(AutoStream::choice(&std::io::stdout()))
    }

    /// A paragraph of HTML that needs no style sheet. A token's score shows where the mouse rests on it.
    ///
    /// ```
    /// use backdraft::TokenRelevance;
    ///
    /// let html = TokenRelevance::new(&["a<b"], &[1.0])?.html();
    /// assert!(html.contains(r#"title="+1.00">a&lt;b</span>"#));
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    pub fn html(&self) -> String {
        let score = |token: &Token| signed(token.score, self.decimals());
        html::paragraph(&self.each(|token, colors| match colors {
            Some(colors) => html::colored(&token.text, &score(token), colors),
            None => html::plain(&token.text, &score(token)),
        }))
    }

    /// A complete HTML page: the title as a heading, a paragraph for each text, and what the colors mean.
    pub fn html_page(title: &str, texts: &[Self]) -> String {
        html::page(title, &texts.iter().map(Self::html).collect::<Vec<_>>())
    }

    fn for_choice(&self, choice: ColorChoice) -> String {
        match choice {
            ColorChoice::Never => self.to_string(),
            _ => self.ansi(),
        }
    }

    fn joined(&self, draw: impl Fn(&Token, Option<Colors>) -> String) -> String {
        self.each(draw).join(" ")
    }

    /// Draws every token, in the colors of its share of the scale unless it is left out.
    fn each<T>(&self, draw: impl Fn(&Token, Option<Colors>) -> T) -> Vec<T> {
        let scale = self.scale();
        let intensity = |score: f64| if scale > 0.0 { score / scale } else { 0.0 };
        let draw = |token: &Token| {
            let colors = (!token.left_out).then(|| Colors::of(intensity(token.score)));
            draw(token, colors)
        };
        self.tokens.iter().map(draw).collect()
    }

    /// So many decimals that a score as large as the scale has at least three digits.
    fn decimals(&self) -> usize {
        let scale = self.scale();
        if scale > 0.0 {
            (2.0 - scale.log10().floor()).clamp(0.0, 12.0) as usize
        } else {
            0
        }
    }
}

/// Tokens with their scores, `good(+0.312)`; those left out without.
impl fmt::Display for TokenRelevance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.decimals();
        f.write_str(&self.joined(|token, colors| match colors {
            Some(_) => format!("{}({})", token.text, signed(token.score, decimals)),
            None => token.text.clone(),
        }))
    }
}

fn signed(score: f64, decimals: usize) -> String {
    format!("{score:+.decimals$}")
}

/// Text that can't move a terminal's cursor or change its colors.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{FFFD}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relevance() -> TokenRelevance {
        let tokens = ["[CLS]", "play", "##ing", "is", "fun", "[SEP]"];
        TokenRelevance::new(&tokens, &[8.0, 1.5, 0.5, -1.0, 0.0, 0.25]).unwrap()
    }

    fn backgrounds(relevance: &TokenRelevance) -> Vec<Option<[u8; 3]>> {
        relevance.each(|_, colors| colors.map(|colors| colors.background))
    }

    #[test]
    fn words_are_joined_and_the_total_is_kept() {
        let merged = relevance()
            .merge_word_pieces(WordPieces::WordPiece)
            .unwrap();
        let words: Vec<_> = merged.iter().collect();
        assert_eq!(
            words,
            [
                ("[CLS]", 8.0),
                ("playing", 2.0),
                ("is", -1.0),
                ("fun", 0.0),
                ("[SEP]", 0.25)
            ]
        );
        assert_eq!(merged.total(), relevance().total());
    }

    #[test]
    fn pieces_without_a_word_stay_alone() {
        let tokens = ["##a", "[PAD]", "##b", "##", "##c", "##d"];
        let merged = TokenRelevance::new(&tokens, &[1.0; 6])
            .unwrap()
            .without(&["[PAD]", "##d"])
            .merge_word_pieces(WordPieces::WordPiece)
            .unwrap();
        let words: Vec<_> = merged.iter().map(|(text, _)| text).collect();
        assert_eq!(words, ["##a", "[PAD]", "##b", "##c", "##d"]);
        assert_eq!(merged.total(), 6.0);
    }

    #[test]
    fn tokens_left_out_have_no_color_and_no_say_in_the_scale() {
        assert_eq!(relevance().scale(), 8.0);
        let relevance = relevance().without(&["[CLS]", "[SEP]"]);
        assert_eq!(relevance.scale(), 1.5);
        let background = |intensity| Some(Colors::of(intensity).background);
        assert_eq!(
            backgrounds(&relevance),
            [
                None,
                background(1.0),
                background(1.0 / 3.0),
                background(-2.0 / 3.0),
                Some([255; 3]),
                None
            ]
        );
        assert_eq!(relevance.total(), 9.25);
    }

    #[test]
    fn texts_can_share_a_scale() {
        let relevance = relevance().with_scale(2.0).unwrap();
        let background = |intensity| Some(Colors::of(intensity).background);
        let expected = [1.0, 0.75, 0.25, -0.5, 0.0, 0.125].map(background);
        assert_eq!(backgrounds(&relevance), expected);
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = relevance.clone().with_scale(scale);
            assert!(matches!(
                error,
                Err(Error::InvalidOption {
                    option: "scale",
                    ..
                })
            ));
        }
    }

    #[test]
    fn only_zeros_and_no_tokens_can_be_drawn() {
        let zeros = TokenRelevance::new(&["a", "b"], &[0.0, -0.0]).unwrap();
        assert_eq!(backgrounds(&zeros), [Some([255; 3]); 2]);
        let nothing = TokenRelevance::new(&[""; 0], &[]).unwrap();
        assert_eq!(
            (nothing.to_string(), nothing.ansi()),
            (String::new(), String::new())
        );
    }

    #[test]
    fn scores_get_the_digits_that_they_need() {
        let write = |scores: [f64; 2]| {
            let relevance = TokenRelevance::new(&["a", "b"], &scores).unwrap();
            relevance.to_string()
        };
        assert_eq!(write([0.001_234, -0.000_01]), "a(+0.00123) b(-0.00001)");
        assert_eq!(write([123_456.0, -1.0]), "a(+123456) b(-1)");
        // No score of the text says how many digits are needed.
        let left_out = relevance().without(&["[CLS]", "play", "##ing", "is", "fun", "[SEP]"]);
        assert_eq!(left_out.to_string(), "[CLS] play ##ing is fun [SEP]");
    }

    #[test]
    fn without_colors_the_scores_are_written() {
        let relevance = relevance();
        assert_eq!(
            relevance.for_choice(ColorChoice::Never),
            relevance.to_string()
        );
        assert!(!relevance.to_string().contains('\u{1b}'));
        let colored = relevance.for_choice(ColorChoice::Always);
        assert_eq!(colored, relevance.ansi());
        assert_eq!(colored.matches("\u{1b}[48;2;").count(), 6);
        assert_eq!(colored.matches("\u{1b}[0m").count(), 6);
    }

    #[test]
    fn html_marks_what_is_left_out() {
        let relevance = relevance().without(&["[CLS]", "[SEP]"]);
        let html = relevance.html();
        assert_eq!(html.matches("background:").count(), 4);
        assert!(
            html.contains(r#"<span style="opacity:0.5" title="+8.00">[CLS]</span>"#),
            "{html}"
        );
        let page = TokenRelevance::html_page("two", &[relevance.clone(), relevance]);
        assert_eq!(page.matches(html.as_str()).count(), 2);
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    }

    #[test]
    fn every_token_needs_a_finite_score() {
        let error = TokenRelevance::new(&["a", "b"], &[1.0]);
        assert!(matches!(
            error,
            Err(Error::WrongCount {
                given: 2,
                what: "tokens",
                expected: 1,
                ..
            })
        ));
        let error = TokenRelevance::new(&["a", "b"], &[1.0, f64::NAN]).unwrap_err();
        assert!(
            error.to_string().contains("token 1 (`b`) is NaN"),
            "{error}"
        );
    }
}
