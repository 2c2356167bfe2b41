//! `manifest.json`: what was computed, for scripts. Its keys are a promise.

use std::fmt;
use std::fs::File;
use std::path::Path;

use backdraft::Attribution;
use backdraft::image::{Heatmap, View};
use serde::Serialize;

use crate::args::{Args, name};
use crate::{NETWORK, class_name};

#[derive(Serialize)]
pub struct Manifest {
    photo: String,
    network: &'static str,
    backend: String,
    method: String,
    layer: Option<String>,
    target: Target,
    top5: Vec<Prediction>,
    map: Range,
    peak: Option<Peak>,
    version: &'static str,
}

#[derive(Serialize)]
struct Target {
    class: usize,
    name: String,
}

/// A class with its probability.
#[derive(Serialize)]
pub struct Prediction {
    pub class: usize,
    name: String,
    probability: f32,
}

#[derive(Serialize)]
struct Range {
    min: f32,
    max: f32,
}

/// Position of the map's maximum as fractions of the photo's width and height.
#[derive(Serialize)]
struct Peak {
    x: f64,
    y: f64,
}

impl Manifest {
    pub fn new(
        args: &Args,
        photo: String,
        explained: &Attribution,
        map: &Heatmap,
        view: View,
        class: usize,
        top5: Vec<Prediction>,
    ) -> Self {
        Self {
            photo,
            network: NETWORK,
            backend: name(args.backend),
            method: name(args.method),
            layer: explained.layer().map(ToOwned::to_owned),
            target: Target {
                class,
                name: class_name(class),
            },
            top5,
            map: Range {
                min: map.min(),
                max: map.max(),
            },
            // A flat map has no peak.
            peak: map.peak_in(&view).map(|(x, y)| Peak { x, y }),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    pub fn save(&self, path: &Path) -> Result<(), String> {
        let error = |error: &dyn fmt::Display| format!("cannot write {}: {error}", path.display());
        let file = File::create(path).map_err(|e| error(&e))?;
        serde_json::to_writer_pretty(file, self).map_err(|e| error(&e))
    }
}

impl Prediction {
    pub fn new(class: usize, probability: f32) -> Self {
        Self {
            class,
            name: class_name(class),
            probability,
        }
    }
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:6.1}%  {:>4}  {}",
            100.0 * self.probability,
            self.class,
            self.name
        )
    }
}
