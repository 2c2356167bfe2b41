//! Composites by name.

use crate::Error;
use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::linear_rule::LinearRule;
use crate::backprop::lrp::rules::z_box_of_data;
use crate::nearest::nearest;

/// What is added to denominators where nothing is said.
const STABILIZER: f64 = 1e-6;

/// A composite that has a name: a row of [`COMPOSITES`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NamedComposite {
    /// What it is called on a command line: `epsilon-plus`.
    pub name: &'static str,
    /// Its rules, or what it is for, in a few words.
    pub summary: &'static str,
    build: fn(LinearRule) -> Composite,
}

/// Every composite of this crate, in the order in which lists show them.
pub const COMPOSITES: &[NamedComposite] = &[
    NamedComposite {
        name: "epsilon",
        summary: "epsilon for every layer with weights: near gradient times input",
        build: |_| Composite::epsilon(STABILIZER),
    },
    NamedComposite {
        name: "epsilon-plus",
        summary: "z-plus for convolutions, epsilon for dense layers",
        build: |_| Composite::epsilon_plus(),
    },
    NamedComposite {
        name: "epsilon-plus-flat",
        summary: "flat for the first layer, z-plus for convolutions, epsilon for dense layers: the default",
        build: |_| Composite::epsilon_plus_flat(),
    },
    NamedComposite {
        name: "epsilon-gamma-box",
        summary: "the pixels' box for the first layer, gamma for convolutions, epsilon for dense layers",
        build: Composite::epsilon_gamma_box,
    },
    NamedComposite {
        name: "epsilon-alpha2-beta1",
        summary: "alpha-beta for convolutions, epsilon for dense layers: signs matter",
        build: |_| Composite::epsilon_alpha2_beta1(),
    },
    NamedComposite {
        name: "epsilon-alpha2-beta1-flat",
        summary: "flat for the first layer, alpha-beta for convolutions, epsilon for dense layers",
        build: |_| Composite::epsilon_alpha2_beta1_flat(),
    },
    NamedComposite {
        name: "deep-taylor",
        summary: "the pixels' box for the first layer, z-plus for all others",
        build: Composite::deep_taylor,
    },
    NamedComposite {
        name: "attn-lrp",
        summary: "for transformers: queries and keys have relevance too",
        build: |_| Composite::attn_lrp(STABILIZER),
    },
    NamedComposite {
        name: "cp-lrp",
        summary: "for transformers: all relevance of attention goes through the values",
        build: |_| Composite::cp_lrp(STABILIZER),
    },
    NamedComposite {
        name: "recurrent",
        summary: "for LSTM and GRU: all relevance to the signal, none to gates",
        build: |_| Composite::recurrent(STABILIZER),
    },
    NamedComposite {
        name: "excitation-backprop",
        summary: "z-plus for every layer with weights, the derivative for activations",
        build: |_| Composite::excitation_backprop(),
    },
];

impl NamedComposite {
    /// The composite with this name, or with the one that [results](crate::Attribution::option) have: `EpsilonPlus`.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] with the most similar names, and all that there are, if there is none.
    pub fn find(name: &str) -> Result<&'static Self, Error> {
        let mut composites = COMPOSITES.iter();
        let found =
            composites.find(|it| it.name == name || it.build(z_box_of_data()).name() == name);
        found.ok_or_else(|| Error::Unknown {
            what: "composite",
            name: format!("`{name}`"),
            known: known(name),
        })
    }

    /// The composite. Where its first layer has the rule of pixels' box, this is the rule:
    /// [`z_box_of`](crate::lrp::rules::z_box_of) the normalization of photos.
    pub fn build(&self, pixels: LinearRule) -> Composite {
        (self.build)(pixels)
    }
}

fn known(name: &str) -> String {
    let names: Vec<_> = COMPOSITES.iter().map(|it| it.name).collect();
    let all = names.join(", ");
    match nearest(name, names).as_slice() {
        [] => format!("there are {all}"),
        similar => format!("did you mean `{}`? There are {all}", similar.join("`, `")),
    }
}

impl Composite {
    /// The composite with a name of [`COMPOSITES`], or with the one that [results](crate::Attribution::option) have:
    /// `epsilon-plus` or `EpsilonPlus`.
    ///
    /// Stabilizers are 1e-6. A box is that [of the data](crate::lrp::rules::z_box_of_data): say the bounds, if you know
    /// them, with [`with_first`](Self::with_first), or [build](NamedComposite::build) the row with them.
    ///
    /// ```
    /// use backdraft::lrp::{COMPOSITES, rules::z_box_of};
    /// use backdraft::{Composite, Lrp};
    ///
    /// let pixels = z_box_of(&[0.485, 0.456, 0.406], &[0.229, 0.224, 0.225]);
    /// let composite = Composite::by_name("epsilon-gamma-box")?.with_first(pixels);
    /// assert_eq!(composite.name(), "EpsilonGammaBox");
    /// let method = Lrp::with_composite(composite);
    ///
    /// for composite in COMPOSITES {
    ///     println!("{}: {}", composite.name, composite.summary);
    /// }
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] with the most similar names, and all that there are, if there is none.
    pub fn by_name(name: &str) -> Result<Self, Error> {
        Ok(NamedComposite::find(name)?.build(z_box_of_data()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_composite_is_found_by_both_names() {
        let mut reported = BTreeSet::new();
        for row in COMPOSITES {
            let composite = Composite::by_name(row.name).unwrap();
            let name = composite.name();
            assert_eq!(Composite::by_name(name).unwrap().name(), name);
            assert!(reported.insert(name.to_owned()), "{name} is in two rows");
            let letters = |name: &str| name.replace('-', "").to_lowercase();
            assert_eq!(letters(name), letters(row.name));
        }
    }

    #[test]
    fn another_name_gets_similar_ones_and_all() {
        let error = |name| Composite::by_name(name).unwrap_err().to_string();
        let text = error("epsilon-gama-box");
        let start =
            "composite `epsilon-gama-box` doesn't exist: did you mean `epsilon-gamma-box`, ";
        assert!(text.starts_with(start), "{text}");
        assert!(text.ends_with("recurrent, excitation-backprop"), "{text}");
        assert!(error("").contains("doesn't exist: there are epsilon, epsilon-plus, "));
    }
}
