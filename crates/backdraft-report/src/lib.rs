//! A report of attributions: one HTML file that needs nothing else, and a folder of evidence beside it.
//!
//! A [`Report`] has a title, the photo, what the network predicts, and an [`Explanation`] for every method: its map over
//! the photo, options, sums and completeness gap. It opens from disk without a network, prints, and can be read without
//! color. [`chart`] has charts of regions and features as SVG and for terminals. [`Evidence`] is the report with the raw values in a folder, with the hash of every file.
//!
//! ```
//! use std::time::Duration;
//!
//! use backdraft::image::{Photo, RgbImage};
//! use backdraft::{Class, InputXGradient, Method, Network};
//! use backdraft_report::{Evidence, Explanation, Prediction, Report};
//! use burn::nn::Linear;
//! use burn::tensor::{Device, Distribution, Tensor};
//!
//! // A network without weights, whose two classes are the sums of two color channels.
//! let image = Tensor::<4>::random([1, 3, 8, 8], Distribution::Default, &Device::default());
//! let net = Network::capture(&Vec::new(), image.clone(), |_: &Vec<Linear>, image: Tensor<4>| {
//!     let channels = image.sum_dim(3).sum_dim(2);
//!     channels.slice([0..1, 0..2]).reshape([1, 2])
//! })?;
//! let red = InputXGradient::new().attribute(&net, image, Class(0))?;
//!
//! let report = Report::new("What is red in it")
//!     .with_photo(Photo::from_image(RgbImage::new(64, 64))?)
//!     .with_network("channel sums", &net)
//!     .with_prediction(Prediction::new(0, "red", 0.75))
//!     .with_explanation(Explanation::new("input × gradient", red).with_duration(Duration::from_millis(3)));
//! let html = report.html()?;
//! assert!(html.starts_with("<!DOCTYPE html>") && html.contains("input × gradient"));
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # std::env::set_current_dir(&folder).unwrap();
//! report.save("report.html")?;
//! Evidence::of(&report).save("evidence")?;
//! assert!(Evidence::verify("evidence")?.is_empty());
//! # std::env::set_current_dir(std::env::temp_dir()).unwrap();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Two reports of the same things on the same machine are equal byte for byte: the time of day stands in a report only if
//! [`with_time`](Report::with_time) gives it.

// In tests exact values are meant.
#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod chart;
mod encode;
mod error;
mod evidence;
mod explanation;
mod facts;
mod number;
mod page;
mod prediction;
mod provenance;
mod report;
mod sentence;
mod shown;
mod staging;

pub use error::ReportError;
pub use evidence::{Differences, Evidence};
pub use explanation::Explanation;
pub use prediction::Prediction;
pub use report::Report;
