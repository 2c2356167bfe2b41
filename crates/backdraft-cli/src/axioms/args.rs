//! The options of `axioms`.

use std::path::PathBuf;

use backdraft::catalog::Setup;

use crate::baseline::BaselineName;
use crate::method::{Choice, MethodName};
use crate::network::NetworkArgs;

/// Fast ones, of which each breaks other axioms.
const METHODS: &str = "saliency,guided-backprop,deep-lift";

/// Checks whether methods keep the axioms of attribution on a photo: looks for a counterexample to each.
///
/// A counterexample where docs/axioms.md says that the method keeps the axiom makes the exit code 1. Others are what is
/// known of the method.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The photo, or `-` for one from standard input; the built-in photo of a cat if left out
    pub photo: Option<PathBuf>,
    /// Methods, separated by commas, or `all` for those that need no further option, which takes long
    #[arg(
        long,
        value_delimiter = ',',
        default_value = METHODS,
        value_parser = Choice::parser(MethodName::without_options()),
        hide_possible_values = true
    )]
    methods: Vec<Choice>,
    /// The class whose score is attributed; the most probable one if left out
    #[arg(long)]
    pub class: Option<usize>,
    /// What the photo is compared with: zero (for the network), black, white, gray, blur or blur:SIGMA, uniform or
    /// gaussian (noise)
    #[arg(long, default_value = "zero")]
    pub baseline: BaselineName,
    /// Points on the path or random draws; if left out as many as suit the method
    #[arg(long)]
    steps: Option<usize>,
    /// What random choices depend on
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print what was found as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub network: NetworkArgs,
}

impl Args {
    /// The methods, each once.
    pub fn chosen(&self) -> Vec<MethodName> {
        Choice::methods(&self.methods)
    }

    /// The options of every method, but for the baseline, which checks choose.
    pub fn setup(&self) -> Setup {
        let setup = Setup::new().with_seed(self.seed);
        match self.steps {
            Some(steps) => setup.with_steps(steps).with_draws(steps),
            None => setup,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Axioms {
        #[command(flatten)]
        args: Args,
    }

    fn parse(line: &str) -> Result<Args, clap::Error> {
        let words = std::iter::once("axioms").chain(line.split_whitespace());
        Ok(Axioms::try_parse_from(words)?.args)
    }

    fn names(line: &str) -> Vec<&'static str> {
        let chosen = parse(line).unwrap().chosen();
        chosen.into_iter().map(MethodName::name).collect()
    }

    #[test]
    fn without_a_word_fast_methods_are_checked() {
        assert_eq!(names("").join(","), METHODS);
    }

    #[test]
    fn methods_are_chosen_by_name() {
        assert_eq!(
            names("--methods deep-lift,saliency"),
            ["deep-lift", "saliency"]
        );
        assert!(names("--methods all").len() > 10);
    }

    #[test]
    fn a_method_of_a_layer_cannot_be_asked_for() {
        let error = parse("--methods layer-activation").unwrap_err();
        assert!(error.to_string().contains("layer-activation"), "{error}");
    }
}
