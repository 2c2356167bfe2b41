//! Attributions of tokens, as colored text.

mod ansi;
mod color;
mod html;
mod token;
mod token_relevance;

use token::Token;

pub use token_relevance::TokenRelevance;
