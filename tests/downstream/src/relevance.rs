//! A rule and a composite of a user's own, on the user's own network.

use backdraft::graph::RuleMap;
use backdraft::lrp::rules::epsilon;
use backdraft::lrp::{LinearRule, Of, Part, Share, Term};
use backdraft::{Class, Composite, Error, Lrp, Method, Network};
use burn::tensor::Tensor;

/// Relevance in proportion to `x |w|`.
fn absolute() -> LinearRule {
    let terms = [
        Term::new(Part::Whole, Part::Positive),
        Term::new(Part::Whole, Part::Negative).subtracted(),
    ];
    LinearRule::new("absolute", [Share::new(Of::All, terms)])
}

fn composite() -> Composite {
    Composite::new("mine", RuleMap::new())
        .with_convolutions(absolute())
        .with_dense(epsilon(1e-6))
}

/// F = 3/4 sum(relu(2 x)), of which every positive pixel brings its own part.
pub fn explain(net: &Network, image: Tensor<4>) -> Result<(), Error> {
    let method = Lrp::with_composite(composite());
    let relevance = method.attribute(net, image, Class(0))?;
    let values: Vec<f32> = relevance.tensor::<4>()?.into_data().iter().collect();
    let expected = [1.5, 0.0, 0.75, 6.0];
    assert!(
        values
            .iter()
            .zip(expected)
            .all(|(value, by_hand)| (value - by_hand).abs() < 1e-4)
    );
    println!("{}relevance {values:?}", method.explain_rules(net)?);
    Ok(())
}
