//! Merged words, for tests.

use crate::{Error, TokenRelevance};

/// The words of tokens with the scores 1, 2, 4, ..., each with its score.
pub(super) fn merged(
    tokens: &[&str],
    merge: impl FnOnce(TokenRelevance) -> Result<TokenRelevance, Error>,
) -> Result<Vec<String>, Error> {
    let scores: Vec<f64> = (0..tokens.len())
        .map(|token| 2_f64.powi(token as i32))
        .collect();
    let relevance = TokenRelevance::new(tokens, &scores)?;
    let total = relevance.total();
    let words = merge(relevance)?;
    assert_eq!(words.total(), total);
    assert_eq!(words.pieces_merged(), tokens.len() - words.iter().count());
    Ok(words
        .iter()
        .map(|(text, score)| format!("{text} {score}"))
        .collect())
}
