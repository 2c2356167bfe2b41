//! The composites of layer-wise relevance propagation, as the command line offers them.

use std::fmt;

use backdraft::Composite;
use backdraft::image::Normalization;
use backdraft::lrp::rules::z_box_of;
use backdraft::lrp::{COMPOSITES, NamedComposite};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// A composite, by its name in the library's list.
#[derive(Clone, Copy, Debug)]
pub struct CompositeName(&'static NamedComposite);

impl CompositeName {
    pub const HELP: &str = "The rules by which lrp hands relevance back, epsilon-plus-flat if left out; several, \
        separated by commas, have a picture each, all of them on one sheet";

    /// The composite with this name.
    fn find(name: &str) -> Self {
        let found = NamedComposite::find(name);
        Self(found.expect("only names of composites are possible"))
    }

    /// The composite by its name, for the command line.
    pub fn parser() -> impl TypedValueParser<Value = Self> {
        let possible = |it: &NamedComposite| PossibleValue::new(it.name).help(it.summary);
        let names = COMPOSITES.iter().map(possible);
        PossibleValuesParser::new(names).map(|given| Self::find(&given))
    }

    /// The composite for photos that are normalized as the network wants.
    pub fn build(self, normalization: &Normalization) -> Composite {
        let pixels = z_box_of(&normalization.mean(), &normalization.std());
        self.0.build(pixels)
    }
}

/// That of [`Lrp`](backdraft::Lrp).
impl Default for CompositeName {
    fn default() -> Self {
        Self::find("epsilon-plus-flat")
    }
}

/// Names are distinct.
impl PartialEq for CompositeName {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl fmt::Display for CompositeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}
