//! Deep Feature Factorization from stored factors: concepts `[channels, concepts]`, and their maps.

use backdraft::DeepFeatureFactorization;
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let [layer] = second.layers(case).try_into().expect("a layer");
    let floats = |link: &str| second.fixture.floats::<2>(link);
    let factors = DeepFeatureFactorization::at(layer)
        .with_initial(&floats("dff/W0"), &floats("dff/H0"))
        .factorize(second.net(), second.inputs(case))
        .unwrap_or_else(|error| panic!("{}: {error}", case.key));
    match case.variant() {
        "concepts" => all(&factors.concepts().transpose().into()),
        "explanations" => {
            let maps = (0..factors.count()).map(|concept| factors.map(concept).unwrap());
            let maps: Vec<Vec<f32>> = maps.map(|map| all(&map.values()[0])).collect();
            let rows = second.fixture.shape(&case.key)[0];
            let size = maps[0].len() / rows;
            let of_row = |row: usize| {
                maps.iter()
                    .flat_map(move |map| map[row * size..(row + 1) * size].to_vec())
            };
            (0..rows).flat_map(of_row).collect()
        }
        other => panic!("{}: what is {other}?", case.key),
    }
}
