//! Attributions of tokens, as colored text.

mod ansi;
mod byte_level;
mod color;
mod html;
mod offsets;
#[cfg(test)]
mod testing;
mod token;
mod token_relevance;
mod word_pieces;

use token::Token;

pub use token_relevance::TokenRelevance;
pub use word_pieces::WordPieces;
