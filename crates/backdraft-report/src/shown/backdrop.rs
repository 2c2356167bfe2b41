//! What maps are laid over.

use backdraft::image::{DynamicImage, ImageFormat, Photo, View};

use crate::ReportError;
use crate::encode::data_url;

/// The longer side of what maps are laid over: as wide as a page shows it.
const MAX_SIDE: u32 = 800;

/// The photo in gray, which all maps of a report share, and the part of it that the network saw.
pub(crate) struct Backdrop {
    pub(crate) url: String,
    pub(crate) view: View,
}

impl Backdrop {
    /// Of a photo; without a view the network saw all of it.
    pub(crate) fn new(photo: &Photo, view: Option<View>) -> Result<Self, ReportError> {
        let view = view.unwrap_or_else(|| View::whole(photo));
        let small = photo.shrunk(MAX_SIDE);
        let gray = DynamicImage::from(small.pixels().clone()).grayscale();
        Ok(Self {
            url: data_url(&gray, ImageFormat::Jpeg)?,
            view: view.scaled_to(&small),
        })
    }
}
