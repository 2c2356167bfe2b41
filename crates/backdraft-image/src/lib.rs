//! Photos to tensors and heat maps to pictures: normalization, color maps and overlays for Burn vision models.
//!
//! Two ways lead through this crate, and neither knows how an explanation was computed:
//!
//! - in: a [`Photo`] goes through [`Preprocess`] (resize, crop, [`Normalization`]) and becomes a
//!   tensor; the [`View`] remembers which part of the photo the network saw. A [`GrayPhoto`] has one channel, of 8 or
//!   16 bits, and keeps them all;
//! - out: a [`Heatmap`] of raw numbers becomes intensities by a named [`Scaling`], colors by a
//!   [`ColorMap`], and a [`Picture`], alone or as an [`Overlay`] on the photo. A gradient becomes a
//!   picture without a color map as a [`GradientImage`]. A [`ContactSheet`] shows several pictures
//!   side by side. A [`Signal`] or a [`Volume`] is drawn as a photo for maps to lie on.
//!
//! Nothing happens to the numbers that was not asked for by name, and bad input is an
//! [`ImageError`] that says what to do.
//!
//! # Example
//!
//! ```
//! use backdraft_image::{Heatmap, Normalization, Photo, Preprocess, Rgb, RgbImage};
//! use burn::tensor::Device;
//!
//! // A made-up photo; yours comes from `Photo::open("cat.jpg")?`.
//! let gradient = RgbImage::from_fn(451, 300, |x, y| Rgb([(x / 2) as u8, (y / 2) as u8, 128]));
//! let photo = Photo::from_image(gradient)?;
//!
//! // In: what the network is given.
//! let preprocess = Preprocess::new(Normalization::imagenet());
//! let input = preprocess.tensor(&photo, &Device::flex())?;
//! assert_eq!(input.dims(), [1, 3, 224, 224]);
//!
//! // Out: what some method found, here made up too, laid over the photo where it belongs.
//! let map = Heatmap::new(3, 3, vec![0.0, 0.1, 0.0, 0.2, 1.0, 0.4, 0.0, 0.3, 0.1])?;
//! let view = preprocess.view(&photo)?;
//! let picture = map.overlay(&photo).with_view(view).render()?;
//! assert_eq!(picture.image().dimensions(), (451, 300));
//!
//! // The hottest cell is the middle one: half way across and down the photo.
//! let (x, y) = map.peak_in(&view).unwrap();
//! assert!((x - 0.5).abs() < 0.01 && (y - 0.5).abs() < 0.01);
//! # std::env::set_current_dir(std::env::temp_dir()).unwrap();
//! picture.save("why.png")?;
//! # std::fs::remove_file("why.png").unwrap();
//! # Ok::<(), backdraft_image::ImageError>(())
//! ```

// In tests exact values are meant.
#![cfg_attr(test, allow(clippy::float_cmp))]

mod color_bar;
mod color_map_name;
mod colormap;
mod contact_sheet;
mod decode;
mod error;
mod gradient_image;
mod gray_photo;
mod grid;
mod heatmap;
mod jpeg;
mod mix;
mod normalization;
mod overlay;
mod photo;
mod picture;
mod preprocess;
mod scale;
mod scaling;
mod sheet_layout;
mod shrink;
mod signal;
mod text;
mod view;
mod volume;

pub use colormap::ColorMap;
pub use contact_sheet::ContactSheet;
pub use error::ImageError;
pub use gradient_image::GradientImage;
pub use gray_photo::GrayPhoto;
pub use heatmap::Heatmap;
pub use image::{
    DynamicImage, GrayImage, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, imageops::FilterType,
};
pub use normalization::Normalization;
pub use overlay::Overlay;
pub use photo::Photo;
pub use picture::Picture;
pub use preprocess::Preprocess;
pub use scale::Scale;
pub use scaling::Scaling;
pub use signal::Signal;
pub use view::View;
pub use volume::Volume;
