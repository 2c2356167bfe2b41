//! The choice of what is shown.

use backdraft::catalog::METHODS;
use backdraft::image::{DynamicImage, ImageFormat, Photo, Picture};
use backdraft::{AnyTensor, Attribution};

use crate::encode::data_url;
use crate::shown::backdrop::Backdrop;
use crate::shown::bars::Bars;
use crate::shown::map::Map;
use crate::{Explanation, ReportError};

/// The longer side of a picture that was given: more than that a screen doesn't show.
const MAX_SIDE: u32 = 1600;

/// What is shown of a result.
pub(crate) enum Shown {
    /// A picture that was given, as a URL, and its size.
    Picture(String, (u32, u32)),
    /// A map.
    Map(Map),
    /// Tokens or features.
    Bars(Bars),
    /// Nothing but numbers, for values of this shape.
    Nothing(String),
}

impl Shown {
    pub(crate) fn of(
        explanation: &Explanation,
        backdrop: Option<&Backdrop>,
    ) -> Result<Self, ReportError> {
        if let Some(picture) = &explanation.picture {
            return given(picture);
        }
        let attribution = &explanation.attribution;
        let shape = attribution.values().first().map(AnyTensor::shape);
        let shape = shape.as_ref().map_or(&[][..], |shape| shape.as_slice());
        if shape.len() == 4 && explanation.names.is_none() {
            return map(explanation, backdrop).map(Self::Map);
        }
        let bars = Bars::of(explanation)?;
        Ok(bars.map_or_else(|| Self::Nothing(format!("{shape:?}")), Self::Bars))
    }
}

fn given(picture: &Picture) -> Result<Shown, ReportError> {
    let picture = Photo::from_image(picture.image().clone())?.shrunk(MAX_SIDE);
    let size = (picture.width(), picture.height());
    let image = DynamicImage::from(picture.pixels().clone());
    Ok(Shown::Picture(data_url(&image, ImageFormat::Jpeg)?, size))
}

fn map(explanation: &Explanation, backdrop: Option<&Backdrop>) -> Result<Map, ReportError> {
    let attribution = &explanation.attribution;
    let map = attribution.clone().sum_channels();
    let map = map.heatmap(explanation.sample);
    let map = map.map_err(|source| ReportError::Explanation {
        label: explanation.label.clone(),
        source: Box::new(source),
    })?;
    Map::new(&map, attribution, is_signed(attribution), backdrop)
}

/// Whether the catalog says that the method's values can be negative.
fn is_signed(attribution: &Attribution) -> bool {
    let entry = METHODS
        .iter()
        .find(|entry| entry.reported_name() == attribution.method());
    entry.is_some_and(|entry| entry.signed)
}
