//! A row of the catalog.

use super::setup::{Setting, Setup};
use super::words::{Access, Family, Gives, Need};
use crate::{Error, Inputs, Method, Model, Network, Regions};

/// A method: a row of [`METHODS`](super::METHODS).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// What it is called on a command line and in results: `grad-cam`.
    pub name: &'static str,
    /// What its type is called: `GradCam`.
    pub type_name: &'static str,
    /// What it computes, in a few words.
    pub summary: &'static str,
    /// Where it belongs.
    pub family: Family,
    /// How much of a model it sees.
    pub access: Access,
    /// What else it needs.
    pub needs: &'static [Need],
    /// What a reader of its results should know, if it isn't what they would expect.
    pub caution: Option<&'static str>,
    /// What its values are for.
    pub gives: Gives,
    /// Whether values of both signs tell evidence for the target from evidence against it, with default options.
    pub signed: bool,
    /// The options that it takes.
    pub settings: &'static [Setting],
    /// What it is called in Captum.
    pub captum: Option<&'static str>,
    /// What it is called in pytorch-grad-cam.
    pub pytorch_grad_cam: Option<&'static str>,
    /// What it is called in zennit.
    pub zennit: Option<&'static str>,
    /// Other names by which it is found: those of methods that are a case of it.
    pub also: &'static [&'static str],
    /// What its results say, where that is another name: wrappers name the method that they wrap.
    pub(super) reported: Option<&'static str>,
    pub(super) build: fn(&Setup) -> Result<Box<dyn Method>, Error>,
}

impl Entry {
    /// The method with these options; a wrapper is around the method that [`reported_name`](Self::reported_name)
    /// tells.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] if the method needs the name of a layer or the index of a neuron, and there is none.
    pub fn build(&self, setup: &Setup) -> Result<Box<dyn Method>, Error> {
        (self.build)(setup)
    }

    /// Whether an option has an effect on the method.
    pub fn takes(&self, setting: Setting) -> bool {
        self.settings.contains(&setting)
    }

    /// Whether it draws random numbers, which depend on a seed.
    pub fn draws(&self) -> bool {
        self.takes(Setting::Draws)
    }

    /// The name in its results: [`Attribution::method`](crate::Attribution::method).
    pub fn reported_name(&self) -> &'static str {
        self.reported.unwrap_or(self.name)
    }

    /// The first thing that the method needs, and that network, inputs and options lack: the reason not to offer it
    /// for them.
    pub fn lacks(&self, net: &Network, inputs: &Inputs, setup: &Setup) -> Option<Need> {
        let mut needs = self.needs.iter().copied();
        needs.find(|need| !is_met(*need, net, inputs, setup))
    }
}

fn is_met(need: Need, net: &Network, inputs: &Inputs, setup: &Setup) -> bool {
    match need {
        Need::FloatInputs => inputs.explained().next().is_some(),
        Need::Rectifiers => net.layers().iter().any(|layer| layer.kind().is_rectifier()),
        Need::Attention => !net.attention_layers().is_empty(),
        Need::SpatialLayer if setup.has(Setting::Layer) => true,
        Need::SpatialLayer if setup.has(Setting::Tokens) => net.last_token_layer().is_ok(),
        Need::SpatialLayer => net.spatial_layers().is_ok(),
        Need::PooledHead => net.pooled_layer().is_ok(),
        Need::LayerName => setup.has(Setting::Layer),
        Need::Neuron => setup.has(Setting::Neuron),
        Need::Space => has_space(net, inputs).unwrap_or(false),
        Need::SeveralSamples => inputs.samples() > 1,
    }
}

/// Whether the inputs that are explained, those of integers included, are one of channels and space.
fn has_space(net: &Network, inputs: &Inputs) -> Result<bool, Error> {
    let batch = net.batch_of(inputs)?;
    let inputs = inputs.clone().with_batch(batch)?.with_integers();
    Ok(Regions::space(&inputs, &inputs.floats()?).is_ok())
}
