//! Layer-wise relevance propagation, by zennit's names of rules and composites.

use backdraft::graph::{OpKind, RuleMap};
use backdraft::lrp::LinearRule;
use backdraft::lrp::rules::{alpha_beta, epsilon, flat, gamma, w_square, z_box, z_plus};
use backdraft::{Composite, Lrp};
use backdraft_tests::Case;

/// What Captum adds to denominators.
const CAPTUM: f64 = 1e-9;
const ZENNIT: f64 = 1e-6;

/// The method with the rules of a case; `None` for a case of another method.
pub(crate) fn relevance(case: &Case) -> Option<Lrp> {
    let all = |rule: LinearRule| Composite::named("all").with_weighted(rule);
    let first = |rule: LinearRule| all(epsilon(ZENNIT)).with_first(rule);
    let composite = match case.method.as_str() {
        "LRP" => captum(),
        "epsilon" => Composite::epsilon(ZENNIT),
        "epsilon0.1" => all(epsilon(0.1)),
        "epsilon_nobias" => Composite::epsilon(ZENNIT).without_bias(),
        "zplus" => all(z_plus()),
        "alpha2beta1" => all(alpha_beta(2.0, 1.0)),
        "gamma0.25" => all(gamma(0.25)),
        "wsquare_first" => first(w_square()),
        "flat_first" => first(flat()),
        "zbox_first" => first(pixels()),
        "EpsilonPlus" => Composite::epsilon_plus(),
        "EpsilonPlus_nobias" => Composite::epsilon_plus().without_bias(),
        "EpsilonPlusFlat" => Composite::epsilon_plus_flat(),
        "EpsilonAlpha2Beta1" => Composite::epsilon_alpha2_beta1(),
        "EpsilonGammaBox" => Composite::epsilon_gamma_box(pixels()),
        "ExcitationBackprop" => Composite::excitation_backprop(),
        _ => return None,
    };
    Some(Lrp::with_composite(composite))
}

/// The box of the fixtures.
fn pixels() -> LinearRule {
    z_box(vec![-3.0], vec![3.0])
}

/// Batch normalization is a layer of its own, with the same rule as all others.
fn captum() -> Composite {
    let normalization = RuleMap::new().by_kind(OpKind::BatchNorm, epsilon(CAPTUM));
    Composite::new("Captum's", normalization).with_weighted(epsilon(CAPTUM).without_folding())
}
