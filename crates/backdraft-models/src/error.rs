use std::path::PathBuf;

use burn_store::SafetensorsStoreError;
use thiserror::Error;

/// Why a network could not be given its trained weights or words, or its weights not be saved.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The weights could not be read, or a tensor has another shape than the network's.
    #[error("the weights could not be read: {0}")]
    Read(#[from] SafetensorsStoreError),

    /// The weights could not be written.
    #[error("the weights could not be written: {0}")]
    Write(#[source] SafetensorsStoreError),

    /// Parameters of the network that the weights do not hold: they would stay random.
    #[error("the weights lack {}: load the weights of this very network", .0.join(", "))]
    Missing(Vec<String>),

    /// Tensors of the weights that the network has no place for.
    #[error("the network has no {}: load the weights of this very network", .0.join(", "))]
    Unused(Vec<String>),

    /// Files that aren't part of the repository and haven't been downloaded.
    #[error(
        "{} isn't there: run `scripts/fetch-minilm.sh`, which downloads it (91 MB), or name the folder that holds it in \
         the environment variable BACKDRAFT_MINILM", .0.display()
    )]
    NotFetched(PathBuf),

    /// The vocabulary of a tokenizer can't be used.
    #[error("the vocabulary could not be read: {0}")]
    Vocabulary(String),

    /// A text with more tokens than the network has positions.
    #[error(
        "the text has {tokens} tokens, but the network takes at most {limit}: shorten it or split it"
    )]
    TooLong {
        /// How many tokens the text has.
        tokens: usize,
        /// How many there may be.
        limit: usize,
    },

    /// A word that a vocabulary does not have.
    #[error("there is no word `{word}`; the words are {}", known.join(", "))]
    UnknownWord {
        /// The word.
        word: String,
        /// The vocabulary.
        known: &'static [&'static str],
    },

    /// A question with more words than a network reads.
    #[error("a question of {words} words is too long: ask with at most 5")]
    LongQuestion {
        /// Number of words.
        words: usize,
    },
}
