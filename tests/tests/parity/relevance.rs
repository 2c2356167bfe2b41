//! Layer-wise relevance propagation, by zennit's names of rules and composites.

use backdraft::graph::{OpKind, RuleMap};
use backdraft::lrp::LinearRule;
use backdraft::lrp::rules::{alpha_beta, epsilon, flat, gamma, w_square, z_box, z_plus};
use backdraft::{AnyTensor, Composite, Lrp, Network};
use backdraft_tests::Case;
use backdraft_tests::networks::{GapNet, MergedPolicy};
use backdraft_tests::precision::Cast;
use burn::module::Module;
use burn::tensor::{DType, Device, Tensor};

use crate::references::Reference;

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

impl Reference {
    /// The network and the inputs of a case of relevance that are others than those of the fixture.
    ///
    /// - The numbers of `policy` are those of a network whose two heads are one layer. Rules other than epsilon depend on
    ///   how a function is divided into layers.
    /// - Without biases some outputs of `gapnet` and `policy` are millions of times smaller than their terms, so that single
    ///   precision loses up to two percent when it adds in another order than the reference; in double precision it is
    ///   compared with what the reference itself loses.
    pub(crate) fn other_network(&self, case: &Case) -> Option<(Network, Vec<AnyTensor>)> {
        let device = Device::flex();
        let precision = match case.method.as_str() {
            "epsilon_nobias" => DType::F64,
            _ => DType::F32,
        };
        let images = || -> Tensor<4> { self.fixture.tensor(&case.inputs[0], &device) };
        match (self.fixture.network(), precision) {
            ("policy", _) if case.key.starts_with("lrp.") => {
                let model = MergedPolicy::of(&self.fixture, &device);
                Some(captured(model, images(), precision, MergedPolicy::forward))
            }
            ("gapnet", DType::F64) => {
                let model = GapNet::of(&self.fixture, &device);
                Some(captured(model, images(), precision, GapNet::forward))
            }
            _ => None,
        }
    }
}

/// A network and its input in a precision.
fn captured<M: Module + 'static>(
    model: M,
    images: Tensor<4>,
    precision: DType,
    forward: fn(&M, Tensor<4>) -> Tensor<2>,
) -> (Network, Vec<AnyTensor>) {
    let model = model.map(&mut Cast(precision));
    let images = images.cast(precision);
    let net = Network::capture(&model, images.clone(), forward).unwrap();
    (net, vec![images.into()])
}
