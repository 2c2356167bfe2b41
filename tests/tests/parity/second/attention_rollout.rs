//! Attention rollout, without the class token.

use backdraft::{AttentionRollout, TokenLayout};
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let method = AttentionRollout::new().with_tokens(TokenLayout::new().with_leading(1));
    all(&second.explain(case, method).values()[0])
}
