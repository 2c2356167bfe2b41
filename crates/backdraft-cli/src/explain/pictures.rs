//! How results are drawn.

use backdraft::Error;
use backdraft::catalog::Gives;
use backdraft::image::{ColorMap, Picture, Scaling};

use crate::explain::explanation::Explanation;
use crate::method::MethodName;
use crate::subject::Subject;

/// Gradients are spiky: without clipping, one pixel would pale all others.
const CLIP: f32 = 99.0;
/// Colors of both signs, thin as dust, need more strength to show on a photo.
const CLIP_ON_PHOTO: f32 = 95.0;

/// One method's pictures, as large as what they are drawn on.
pub struct Pictures {
    /// The map over the photo.
    pub overlay: Picture,
    /// The map alone.
    pub plain: Picture,
    look: Look,
}

/// What kind of map a method gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// A coarse map without negative values.
    Heat,
    /// A value for each pixel and channel, never negative.
    Positive,
    /// A value for each pixel and channel, for or against the class.
    Signed,
    /// A coarse map for or against the class.
    Evidence,
    /// Fine lines that look best as a relief, channel by channel.
    Relief,
}

impl Look {
    fn of(method: MethodName) -> Self {
        match (method.gives(), method.is_signed()) {
            (Gives::Features, true) if method.changes_rectifiers() => Self::Relief,
            (Gives::Features, true) => Self::Signed,
            (Gives::Features, false) => Self::Positive,
            (_, true) => Self::Evidence,
            (_, false) => Self::Heat,
        }
    }

    /// With `clip` as the percentile beyond which signed values are alike.
    fn scaling(self, clip: f32) -> Scaling {
        match self {
            Self::Heat => Scaling::MinMax,
            Self::Evidence => Scaling::Symmetric,
            Self::Positive => Scaling::Percentile(CLIP),
            Self::Signed | Self::Relief => Scaling::SignedPercentile(clip),
        }
    }

    /// Zero is the neutral middle of a signed map's colors.
    fn color_map(self) -> ColorMap {
        match self {
            Self::Heat | Self::Positive => ColorMap::Inferno,
            Self::Evidence | Self::Signed | Self::Relief => ColorMap::BlueRed,
        }
    }
}

impl Pictures {
    /// Draws a result.
    pub fn draw(explanation: &Explanation, subject: &Subject) -> Result<Self, Error> {
        let Subject { photo, shown, .. } = subject;
        let Explanation { result, map, .. } = explanation;
        let look = Look::of(explanation.asked.method);
        let overlay = (map.overlay(photo).with_view(*shown))
            .with_scaling(look.scaling(CLIP_ON_PHOTO))
            .with_color_map(look.color_map());
        let scaling = look.scaling(CLIP);
        let plain = match look {
            Look::Relief => result.gradient_image(0)?.render_in(shown, scaling)?,
            _ => map.place(shown).render(look.color_map(), scaling)?,
        };
        Ok(Self {
            overlay: overlay.render()?,
            plain,
            look,
        })
    }

    /// The picture that shows the point best.
    pub fn best(&self) -> &Picture {
        match self.look {
            Look::Relief => &self.plain,
            _ => &self.overlay,
        }
    }
}
