//! One method's result, as a report shows it.

use std::time::Duration;

use backdraft::Attribution;
use backdraft::image::Picture;

/// One method's result, with what a report says of it.
///
/// What is shown follows from the attribution: of an image its map over the report's photo, of tokens or features a list
/// of bars. Values of several inputs are all kept in the evidence, and the first input's are drawn;
/// [`Attribution::only`] picks another.
///
/// | option | default |
/// |---|---|
/// | [`with_sample`](Self::with_sample) | 0, the first of the batch |
/// | [`with_picture`](Self::with_picture) | the map, drawn by the report |
/// | [`with_names`](Self::with_names) | `token 0`, `feature 0`, ... |
/// | [`with_duration`](Self::with_duration) | not said |
/// | [`with_evaluations`](Self::with_evaluations) | not said |
/// | [`with_warning`](Self::with_warning) | none but those that the report finds |
#[derive(Clone, Debug)]
pub struct Explanation {
    pub(crate) label: String,
    pub(crate) attribution: Attribution,
    pub(crate) sample: usize,
    pub(crate) picture: Option<Picture>,
    pub(crate) names: Option<Vec<String>>,
    pub(crate) duration: Option<Duration>,
    pub(crate) evaluations: Option<usize>,
    pub(crate) warnings: Vec<String>,
}

impl Explanation {
    /// A result under a label, such as the method's name. Several may have the same label.
    pub fn new(label: impl Into<String>, attribution: Attribution) -> Self {
        Self {
            label: label.into(),
            attribution,
            sample: 0,
            picture: None,
            names: None,
            duration: None,
            evaluations: None,
            warnings: Vec::new(),
        }
    }

    /// Which sample of the batch is shown, counted from 0.
    #[must_use]
    pub fn with_sample(mut self, sample: usize) -> Self {
        self.sample = sample;
        self
    }

    /// A picture in place of the one that the report would draw: a relief, a volume.
    #[must_use]
    pub fn with_picture(mut self, picture: Picture) -> Self {
        self.picture = Some(picture);
        self
    }

    /// The texts of the tokens, or the names of the features, one for each: the values are listed as bars.
    #[must_use]
    pub fn with_names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// How long the method took.
    #[must_use]
    pub fn with_duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// How often the network was evaluated, as the method's [plan](backdraft::Plan) says.
    #[must_use]
    pub fn with_evaluations(mut self, evaluations: usize) -> Self {
        self.evaluations = Some(evaluations);
        self
    }

    /// Adds something that readers should not overlook.
    #[must_use]
    pub fn with_warning(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }
}
