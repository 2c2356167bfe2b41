//! Sentence embeddings.

mod files;
mod model;
mod pretrained;
mod word_piece;

pub use model::MiniLm;
pub use word_piece::{Encoding, WordPiece};
