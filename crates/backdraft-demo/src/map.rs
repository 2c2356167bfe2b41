//! A map over a picture, as numbers: the page draws it.

use backdraft::image::{ColorMap, Heatmap, Photo, Scaling, View};
use backdraft::{Attribution, Error};

use crate::photo::png;

/// The percentile beyond which values are drawn alike, at first.
pub const CLIP: f32 = 99.0;

/// One map, and what it is over.
pub struct Map {
    pub title: String,
    /// One value for each pixel of the picture.
    values: Heatmap,
    /// What the network sees of the picture.
    view: View,
    pub is_signed: bool,
    /// The picture as a file.
    pub background: Vec<u8>,
    /// The map over the picture as a file.
    pub overlay: Vec<u8>,
    /// The raw values as a `.safetensors` file.
    pub attribution: Vec<u8>,
}

impl Map {
    /// The map of one sample over a picture, of which the network sees a part.
    pub fn of(
        title: impl Into<String>,
        attribution: &Attribution,
        is_signed: bool,
        photo: &Photo,
        view: &View,
    ) -> Result<Self, Error> {
        let map = attribution.clone().sum_channels().heatmap(0)?;
        Self::new(title, map, attribution, is_signed, photo, view)
    }

    /// The same of a map that is made of an attribution in another way.
    pub fn new(
        title: impl Into<String>,
        map: Heatmap,
        attribution: &Attribution,
        is_signed: bool,
        photo: &Photo,
        view: &View,
    ) -> Result<Self, Error> {
        let overlay = map.overlay(photo).with_view(*view);
        let overlay = if is_signed {
            let signed = overlay.with_color_map(ColorMap::BlueRed);
            signed.with_scaling(Scaling::SignedPercentile(CLIP))
        } else {
            overlay.with_scaling(Scaling::Percentile(CLIP))
        };
        Ok(Self {
            title: title.into(),
            overlay: png(overlay.render()?.image()),
            background: png(photo.pixels()),
            values: map.place(view),
            view: *view,
            is_signed,
            attribution: attribution.to_bytes()?,
        })
    }

    /// Left, top, width and height of what the network sees, in pixels.
    pub fn seen(&self) -> [f64; 4] {
        let view = &self.view;
        [view.x(), view.y(), view.width(), view.height()]
    }

    pub fn width(&self) -> usize {
        self.values.width()
    }

    pub fn height(&self) -> usize {
        self.values.height()
    }

    /// Whether there is nothing to see.
    pub fn is_flat(&self) -> bool {
        self.values.is_flat()
    }

    /// The values row by row, as floats in little-endian order.
    pub fn values(&self) -> Vec<u8> {
        self.values
            .values()
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }

    /// What keeping it takes.
    pub fn bytes(&self) -> usize {
        let files = self.background.len() + self.overlay.len() + self.attribution.len();
        files + 4 * self.values.values().len()
    }
}
