//! The options from which a method is built.

use std::fmt::{self, Display, Formatter};

#[cfg(feature = "lrp")]
use crate::Composite;
use crate::{Baseline, Error, Regions, TokenLayout};

/// Options for any method. Those that are left out have the method's own defaults, and those that a method doesn't
/// [take](super::Entry::takes) have no effect on it.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    layer: Option<String>,
    neuron: Option<Vec<usize>>,
    pub(super) tokens: Option<TokenLayout>,
    pub(super) relu: Option<bool>,
    pub(super) baseline: Option<Baseline>,
    pub(super) steps: Option<usize>,
    pub(super) tolerance: Option<f64>,
    pub(super) draws: Option<usize>,
    pub(super) seed: Option<u64>,
    pub(super) regions: Option<Regions>,
    #[cfg(feature = "lrp")]
    pub(super) composite: Option<Composite>,
}

/// An option of a [`Setup`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// [`Setup::with_layer`].
    Layer,
    /// [`Setup::with_neuron`].
    Neuron,
    /// [`Setup::with_tokens`].
    Tokens,
    /// [`Setup::with_relu`].
    Relu,
    /// [`Setup::with_baseline`].
    Baseline,
    /// [`Setup::with_steps`].
    Steps,
    /// [`Setup::with_tolerance`].
    Tolerance,
    /// [`Setup::with_draws`].
    Draws,
    /// [`Setup::with_seed`].
    Seed,
    /// [`Setup::with_regions`].
    Regions,
    /// [`Setup::with_composite`].
    #[cfg(feature = "lrp")]
    Composite,
}

/// In small letters, as on a command line.
impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Layer => "layer",
            Self::Neuron => "neuron",
            Self::Tokens => "tokens",
            Self::Relu => "relu",
            Self::Baseline => "baseline",
            Self::Steps => "steps",
            Self::Tolerance => "tolerance",
            Self::Draws => "draws",
            Self::Seed => "seed",
            Self::Regions => "regions",
            #[cfg(feature = "lrp")]
            Self::Composite => "composite",
        })
    }
}

impl Setup {
    /// Every option left out.
    pub fn new() -> Self {
        Self::default()
    }

    /// The layer to look at, or the module with this path.
    #[must_use]
    pub fn with_layer(mut self, layer: impl Into<String>) -> Self {
        self.layer = Some(layer.into());
        self
    }

    /// The neuron to look at: its index in the layer's output, without the batch.
    #[must_use]
    pub fn with_neuron(mut self, index: impl Into<Vec<usize>>) -> Self {
        self.neuron = Some(index.into());
        self
    }

    /// Where tokens lie in the image.
    #[must_use]
    pub fn with_tokens(mut self, tokens: TokenLayout) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Whether to keep only the positive part of a map.
    #[must_use]
    pub fn with_relu(mut self, relu: bool) -> Self {
        self.relu = Some(relu);
        self
    }

    /// What the input is compared with.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// How many points a path has; with a [tolerance](Self::with_tolerance) how many it may have.
    #[must_use]
    pub fn with_steps(mut self, steps: usize) -> Self {
        self.steps = Some(steps);
        self
    }

    /// Refines a path until the completeness gap is below this fraction of the score's change.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// How often a method draws at random.
    #[must_use]
    pub fn with_draws(mut self, draws: usize) -> Self {
        self.draws = Some(draws);
        self
    }

    /// What random draws depend on.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// What is replaced together.
    #[must_use]
    pub fn with_regions(mut self, regions: Regions) -> Self {
        self.regions = Some(regions);
        self
    }

    /// The rules by which relevance is propagated; some are found [by name](Composite::by_name).
    #[cfg(feature = "lrp")]
    #[must_use]
    pub fn with_composite(mut self, composite: Composite) -> Self {
        self.composite = Some(composite);
        self
    }

    /// Whether an option is given.
    pub fn has(&self, setting: Setting) -> bool {
        match setting {
            Setting::Layer => self.layer.is_some(),
            Setting::Neuron => self.neuron.is_some(),
            Setting::Tokens => self.tokens.is_some(),
            Setting::Relu => self.relu.is_some(),
            Setting::Baseline => self.baseline.is_some(),
            Setting::Steps => self.steps.is_some(),
            Setting::Tolerance => self.tolerance.is_some(),
            Setting::Draws => self.draws.is_some(),
            Setting::Seed => self.seed.is_some(),
            Setting::Regions => self.regions.is_some(),
            #[cfg(feature = "lrp")]
            Setting::Composite => self.composite.is_some(),
        }
    }

    /// The method at the layer, or where it looks by itself.
    pub(super) fn layer_or<T>(&self, new: fn() -> T, at: fn(String) -> T) -> T {
        self.layer.clone().map_or_else(new, at)
    }

    pub(super) fn layer(&self) -> Result<String, Error> {
        self.layer.clone().ok_or_else(|| Error::InvalidOption {
            option: "layer",
            value: "left out".into(),
            requirement: "the method looks at one, so give its name",
        })
    }

    pub(super) fn neuron(&self) -> Result<Vec<usize>, Error> {
        self.neuron.clone().ok_or_else(|| Error::InvalidOption {
            option: "neuron",
            value: "left out".into(),
            requirement: "the method looks at one, so give its index in the layer's output",
        })
    }

    pub(super) fn baseline(&self) -> Baseline {
        self.baseline.clone().unwrap_or_default()
    }
}
