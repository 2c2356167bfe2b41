//! The relevances of Chefer et al.: of the patches to the class token, or of all tokens to each other.

use backdraft::{AttentionRelevance, Readout, TokenLayout};
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    match case.variant() {
        "" => {
            let method = AttentionRelevance::new().with_tokens(TokenLayout::new().with_leading(1));
            all(&second.explain(case, method).values()[0])
        }
        "full" => every_token(second, case),
        other => panic!("{}: what is {other}?", case.key),
    }
}

/// A row of tokens for every token that is read, sample by sample.
fn every_token(second: &Second, case: &SecondCase) -> Vec<f32> {
    let [rows, tokens, _] = second.fixture.shape(&case.key)[..] else {
        panic!("{}: a matrix for each row is stored", case.key);
    };
    let read = (0..tokens).map(|token| {
        let method = AttentionRelevance::new().with_readout(Readout::Token(token));
        all(&second.explain(case, method).values()[0])
    });
    let read: Vec<Vec<f32>> = read.collect();
    let of_row = |row: usize| {
        read.iter()
            .flat_map(move |values| values[row * tokens..(row + 1) * tokens].to_vec())
    };
    (0..rows).flat_map(of_row).collect()
}
