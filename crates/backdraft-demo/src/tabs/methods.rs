//! The methods of the catalog, as visitors choose and set them.

use backdraft::catalog::{Entry, Family, Gives, METHODS, Need, Setting, Setup, find};
use backdraft::lrp::NamedComposite;
use backdraft::lrp::rules::z_box_of;
use backdraft::{Baseline, Composite, Error, Inputs, Method, Network, Regions};
use serde::Deserialize;

use crate::error::DemoError;
use crate::limits;
use crate::photo::normalization;

/// What is asked for where nothing is said.
pub const METHOD: &str = "grad-cam";
/// What photos may be compared with.
pub const BASELINES: [&str; 5] = ["average", "black", "gray", "white", "blurred"];

/// What may be replaced together, in few parts where methods look at all combinations; and how a form says it.
pub const REGIONS: [(&str, &str); 4] = [
    ("grid-3", "9 cells of a grid"),
    ("grid-7", "49 cells of a grid"),
    ("superpixels-9", "9 superpixels"),
    ("superpixels-30", "30 superpixels"),
];

/// A method and its options, as a form sends them: what is empty is left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    pub method: String,
    pub layer: String,
    pub baseline: String,
    pub regions: String,
    pub composite: String,
    pub steps: String,
}

impl Choice {
    pub fn entry(&self) -> Result<&'static Entry, DemoError> {
        let name = if self.method.is_empty() {
            METHOD
        } else {
            &self.method
        };
        find(name).map_err(|_| DemoError::Unknown {
            what: "method",
            name: name.to_owned(),
        })
    }

    /// Refuses what doesn't exist, or would take too long.
    pub fn check(&self, net: &Network) -> Result<(), DemoError> {
        let entry = self.entry()?;
        self.steps()?;
        self.baseline(entry)?;
        self.regions()?;
        self.composite()?;
        if !self.layer.is_empty() && net.layer(&self.layer).is_err() {
            return Err(DemoError::Unknown {
                what: "layer",
                name: self.layer.clone(),
            });
        }
        Ok(())
    }

    /// The method with its options.
    pub fn build(&self, net: &Network) -> Result<Box<dyn Method>, DemoError> {
        let entry = self.entry()?;
        let mut setup = Setup::new();
        if let Some(steps) = self.steps()? {
            setup = setup.with_steps(steps).with_draws(steps);
        }
        if takes_baseline(entry) {
            setup = setup.with_baseline(self.baseline(entry)?);
        }
        if let Some(regions) = self.regions()? {
            setup = setup.with_regions(regions);
        }
        if let Some(composite) = self.composite()? {
            setup = setup.with_composite(composite);
        }
        if !self.layer.is_empty() {
            setup = setup.with_layer(&self.layer);
        } else if entry.needs.contains(&Need::LayerName) {
            let last = net.last_spatial_layer().map_err(Error::from)?;
            setup = setup.with_layer(last.name());
        }
        Ok(entry.build(&setup)?)
    }

    /// How many points or draws; the method's own number if nothing is said.
    fn steps(&self) -> Result<Option<usize>, DemoError> {
        if self.steps.is_empty() {
            return Ok(None);
        }
        let steps = self
            .steps
            .parse()
            .ok()
            .filter(|steps| (1..=limits::STEPS).contains(steps));
        steps.map(Some).ok_or_else(|| DemoError::Invalid {
            what: "The number of steps",
            value: self.steps.chars().take(20).collect(),
            requirement: format!("a number from 1 to {} is needed", limits::STEPS),
        })
    }

    /// What is replaced together, if something is said.
    fn regions(&self) -> Result<Option<Regions>, DemoError> {
        Ok(Some(match self.regions.as_str() {
            "" => return Ok(None),
            "grid-3" => Regions::grid([3]),
            "grid-7" => Regions::grid([7]),
            "superpixels-9" => Regions::superpixels(9),
            "superpixels-30" => Regions::superpixels(30),
            name => {
                return Err(DemoError::Unknown {
                    what: "choice of regions",
                    name: name.to_owned(),
                });
            }
        }))
    }

    /// By which rules relevance is handed back, if something is said.
    fn composite(&self) -> Result<Option<Composite>, DemoError> {
        if self.composite.is_empty() {
            return Ok(None);
        }
        let found = NamedComposite::find(&self.composite).map_err(|_| DemoError::Unknown {
            what: "composite",
            name: self.composite.clone(),
        })?;
        let pixels = normalization();
        Ok(Some(found.build(z_box_of(&pixels.mean(), &pixels.std()))))
    }

    fn baseline(&self, entry: &Entry) -> Result<Baseline, DemoError> {
        let level = |level: f32| Baseline::color([level; 3], &normalization());
        let blurred = || Baseline::blurred(20.0);
        Ok(match self.baseline.as_str() {
            // One, since methods that replace regions do all their work for each.
            "" if entry.family == Family::Perturbation => blurred(),
            "" | "average" => Baseline::average([level(0.0), level(1.0), blurred()]),
            "black" => level(0.0),
            "gray" => level(0.5),
            "white" => level(1.0),
            "blurred" => blurred(),
            name => {
                return Err(DemoError::Unknown {
                    what: "baseline",
                    name: name.to_owned(),
                });
            }
        })
    }
}

/// The methods that give a map of this network's image.
pub fn offered(net: &Network, inputs: &Inputs) -> impl Iterator<Item = &'static Entry> {
    let setup = Setup::new().with_layer("any");
    METHODS.iter().filter(move |entry| {
        let is_map = matches!(entry.gives, Gives::Features | Gives::Map | Gives::Layer);
        is_map && entry.lacks(net, inputs, &setup).is_none()
    })
}

/// Whether the photo is compared with another one. What a layer computes is compared with zero.
fn takes_baseline(entry: &Entry) -> bool {
    entry.takes(Setting::Baseline) && entry.gives != Gives::Layer
}

/// The options that a form shows for a method.
pub fn shown(entry: &Entry) -> impl Iterator<Item = &'static str> {
    let options = [
        ("layer", entry.takes(Setting::Layer)),
        ("baseline", takes_baseline(entry)),
        ("regions", entry.takes(Setting::Regions)),
        ("composite", entry.takes(Setting::Composite)),
        (
            "steps",
            entry.takes(Setting::Steps) || entry.takes(Setting::Draws),
        ),
    ];
    options
        .into_iter()
        .filter(|(_, takes)| *takes)
        .map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_regions_is_known() {
        let regions = |name: &str| {
            let choice = Choice {
                regions: name.into(),
                ..Choice::default()
            };
            choice.regions()
        };
        assert!(regions("").unwrap().is_none());
        for (name, _) in REGIONS {
            assert!(regions(name).unwrap().is_some(), "{name}");
        }
        let error = regions("pink").unwrap_err().to_string();
        assert_eq!(error, "There is no choice of regions `pink`.");
    }

    #[test]
    fn steps_have_limits() {
        let steps = |steps: &str| {
            let choice = Choice {
                steps: steps.into(),
                ..Choice::default()
            };
            choice.steps()
        };
        assert_eq!(steps("").unwrap(), None);
        assert_eq!(steps("7").unwrap(), Some(7));
        for wrong in ["0", "1000000000", "-1", "many"] {
            let error = steps(wrong).unwrap_err().to_string();
            assert!(error.contains("a number from 1 to 1000"), "{error}");
        }
    }
}
