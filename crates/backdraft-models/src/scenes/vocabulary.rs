//! Words as the numbers that networks read and write.

use burn::tensor::{Device, Int, Tensor};

use super::Word;
use crate::ModelError;

/// A list of words; a word's token is its place in the list.
///
/// ```
/// use backdraft_models::scenes::Vocabulary;
///
/// let answers = Vocabulary::ANSWERS;
/// let circle = answers.token("circle")?;
/// assert_eq!(answers.word(circle), Some("circle"));
///
/// let error = answers.token("purple").unwrap_err();
/// assert!(error.to_string().contains("no word `purple`"));
/// # Ok::<(), backdraft_models::ModelError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary(&'static [&'static str]);

impl Vocabulary {
    /// What a caption begins with.
    pub const START: &str = "<start>";
    /// What follows the last word of a caption.
    pub const END: &str = "<end>";
    /// What stands before a question that is shorter than [`QUESTION_LENGTH`](Self::QUESTION_LENGTH).
    pub const PAD: &str = "<pad>";
    /// Words in the longest question.
    pub const QUESTION_LENGTH: usize = 5;

    /// The words of captions.
    pub const CAPTIONS: Self = Self(&[
        Self::START,
        Self::END,
        "a",
        "and",
        "red",
        "green",
        "blue",
        "yellow",
        "circle",
        "square",
        "triangle",
        "cross",
    ]);

    /// The words of questions.
    pub const QUESTIONS: Self = Self(&[
        Self::PAD,
        "what",
        "color",
        "shape",
        "is",
        "the",
        "red",
        "green",
        "blue",
        "yellow",
        "circle",
        "square",
        "triangle",
        "cross",
    ]);

    /// The answers.
    pub const ANSWERS: Self = Self(&[
        "red", "green", "blue", "yellow", "circle", "square", "triangle", "cross",
    ]);

    /// All words, in the order of their tokens.
    pub fn words(&self) -> &'static [&'static str] {
        self.0
    }

    /// The word with this token, if there is one.
    pub fn word(&self, token: usize) -> Option<&'static str> {
        self.0.get(token).copied()
    }

    /// The token of a word.
    ///
    /// # Errors
    /// [`ModelError::UnknownWord`] if the word is not in the list.
    pub fn token(&self, word: &str) -> Result<usize, ModelError> {
        let place = self.0.iter().position(|known| *known == word);
        place.ok_or_else(|| ModelError::UnknownWord {
            word: word.into(),
            known: self.0,
        })
    }

    /// The tokens of a caption between [`START`](Self::START) and [`END`](Self::END): a tensor of shape
    /// `[words + 2]`.
    ///
    /// # Errors
    /// [`ModelError::UnknownWord`] for a word that is not in the list.
    pub fn caption(words: &[Word], device: &Device) -> Result<Tensor<1, Int>, ModelError> {
        let words = words.iter().map(|word| word.text);
        let all = [Self::START].into_iter().chain(words).chain([Self::END]);
        Self::CAPTIONS.tokens(all, device)
    }

    /// The tokens of a question, padded in front: a tensor of shape `[5]`.
    ///
    /// # Errors
    /// [`ModelError::UnknownWord`] for a word that is not in the list,
    /// [`ModelError::LongQuestion`] for more than five words.
    pub fn question(words: &[&str], device: &Device) -> Result<Tensor<1, Int>, ModelError> {
        let pad = Self::QUESTION_LENGTH.checked_sub(words.len());
        let pad = pad.ok_or(ModelError::LongQuestion { words: words.len() })?;
        let padding = std::iter::repeat_n(Self::PAD, pad);
        Self::QUESTIONS.tokens(padding.chain(words.iter().copied()), device)
    }

    fn tokens<'a>(
        &self,
        words: impl Iterator<Item = &'a str>,
        device: &Device,
    ) -> Result<Tensor<1, Int>, ModelError> {
        let tokens = words.map(|word| Ok(self.token(word)? as i64));
        let tokens: Vec<i64> = tokens.collect::<Result<_, ModelError>>()?;
        Ok(Tensor::from_data(tokens.as_slice(), device))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::{Color, Shape};

    #[test]
    fn every_word_of_the_world_has_a_token() {
        for (shape, color) in Shape::ALL.into_iter().zip(Color::ALL) {
            for words in [
                Vocabulary::CAPTIONS,
                Vocabulary::QUESTIONS,
                Vocabulary::ANSWERS,
            ] {
                for word in [shape.word(), color.word()] {
                    let token = words.token(word).unwrap();
                    assert_eq!(words.word(token), Some(word));
                }
            }
        }
    }

    #[test]
    fn short_questions_are_padded_in_front() {
        let words = ["what", "shape", "is", "red"];
        let tokens = Vocabulary::question(&words, &Device::flex()).unwrap();
        let tokens = tokens.into_data().iter::<i64>().collect::<Vec<_>>();
        assert_eq!(tokens, [0, 1, 3, 4, 6]);
    }

    #[test]
    fn bad_questions_are_errors() {
        let device = Device::flex();
        let error = Vocabulary::question(&["is"; 6], &device).unwrap_err();
        assert!(error.to_string().contains("6 words"), "{error}");
        let error = Vocabulary::question(&["why"], &device).unwrap_err();
        assert!(error.to_string().contains("no word `why`"), "{error}");
    }
}
