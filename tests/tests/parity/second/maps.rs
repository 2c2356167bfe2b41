//! What the families of class activation maps have in common.

use backdraft::catalog::{Setup, find};
use backdraft::{Method, TokenLayout};
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

impl Second {
    /// The method of the catalog at the layer of a case, before rectification. Tokens have the class token in front.
    pub(crate) fn layer_map(&self, case: &SecondCase, name: &str) -> Box<dyn Method> {
        let [layer] = self.layers(case).try_into().expect("the case has a layer");
        let mut setup = Setup::new().with_layer(layer).with_relu(false);
        if case.is_of_tokens {
            setup = setup.with_tokens(TokenLayout::new().with_leading(1));
        }
        let method = find(name).and_then(|entry| entry.build(&setup));
        method.unwrap_or_else(|error| panic!("{}: {error}", case.key))
    }

    /// The map of the method of the catalog.
    pub(crate) fn mapped(&self, case: &SecondCase, name: &str) -> Vec<f32> {
        all(&self.explain(case, self.layer_map(case, name)).values()[0])
    }
}
