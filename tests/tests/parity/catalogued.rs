//! Methods that the catalog knows by a library's name.

use backdraft::catalog::{Entry, METHODS, Setting, Setup};
use backdraft::{Baseline, Method, TokenLayout};
use backdraft_tests::Case;

use crate::methods::ON_TOKENS;
use crate::references::Reference;

/// Whether the catalog has a method that a library calls so.
pub(crate) fn is_known(name: &str) -> bool {
    find(name.strip_suffix(ON_TOKENS).unwrap_or(name)).is_some()
}

/// The method that a library calls so. Where two libraries share a name, they share the method.
fn find(name: &str) -> Option<&'static Entry> {
    METHODS.iter().find(|entry| {
        let names = [entry.captum, entry.pytorch_grad_cam, entry.zennit];
        names.contains(&Some(name))
    })
}

impl Reference {
    /// The method that a library calls so, with the case's options; `None` for one that the catalog doesn't have.
    ///
    /// A stored map is the one before rectification and scaling; that of tokens has the class token in front.
    pub(crate) fn catalogued(&self, case: &Case, name: &str) -> Option<Box<dyn Method>> {
        let (name, on_tokens) = match name.strip_suffix(ON_TOKENS) {
            Some(name) => (name, true),
            None => (name, false),
        };
        let entry = find(name)?;
        let mut setup = Setup::new().with_relu(false);
        if case.layer.is_some() {
            setup = setup.with_layer(self.layer(case));
        }
        if on_tokens {
            setup = setup.with_tokens(TokenLayout::new().with_leading(1));
        }
        if entry.takes(Setting::Baseline) {
            setup = setup.with_baseline(Baseline::tensor(self.baselines(case)));
        }
        if let Some(steps) = case.args["n_steps"].as_u64() {
            setup = setup.with_steps(steps as usize);
        }
        let method = entry.build(&setup);
        Some(method.unwrap_or_else(|error| panic!("{}: {error}", case.key)))
    }
}
