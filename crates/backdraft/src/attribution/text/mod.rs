//! Attributions of tokens, as coloured text.

mod ansi;
mod color;
mod html;
mod token;
mod token_relevance;

use token::Token;

pub use token_relevance::TokenRelevance;
