//! The report.

use std::fs;
use std::path::Path;

use backdraft::Network;
use backdraft::evaluation;
use backdraft::image::{ImageError, Photo, View};

use crate::page;
use crate::provenance::{NetworkFacts, Provenance};
use crate::staging::{folder_of, staging_in};
use crate::{Explanation, Prediction, ReportError};

/// What one or several methods say about one input of a network, as one HTML file.
///
/// The file needs nothing else: pictures are part of it, nothing is loaded, and it may be opened from disk or sent by mail.
/// Its controls work without a script, but for the slider of a map's opacity.
///
/// | option | default |
/// |---|---|
/// | [`with_photo`](Self::with_photo) | maps are drawn alone |
/// | [`with_photo_file`](Self::with_photo_file) | the evidence has the photo as PNG |
/// | [`with_view`](Self::with_view) | the network saw the whole photo |
/// | [`with_network`](Self::with_network) | not said |
/// | [`with_prediction`](Self::with_prediction) | none |
/// | [`with_explanation`](Self::with_explanation) | none |
/// | [`with_checks`](Self::with_checks) | none |
/// | [`with_time`](Self::with_time) | not said, so that equal reports are equal files |
///
/// The crate's documentation has [an example](crate).
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) title: String,
    pub(crate) photo: Option<Photo>,
    pub(crate) photo_file: Option<PhotoFile>,
    pub(crate) view: Option<View>,
    pub(crate) predictions: Vec<Prediction>,
    pub(crate) explanations: Vec<Explanation>,
    pub(crate) checks: Vec<evaluation::Report>,
    pub(crate) provenance: Provenance,
}

/// The photo's file, as it was given.
#[derive(Clone, Debug)]
pub(crate) struct PhotoFile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Report {
    /// A report with this title and nothing else.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            photo: None,
            photo_file: None,
            view: None,
            predictions: Vec::new(),
            explanations: Vec::new(),
            checks: Vec::new(),
            provenance: Provenance::here(),
        }
    }

    /// The photo that is explained. Maps of images are laid over it.
    #[must_use]
    pub fn with_photo(mut self, photo: Photo) -> Self {
        self.photo = Some(photo);
        self
    }

    /// The photo's file by name and content: the report says the name, and the evidence keeps the content as it is.
    #[must_use]
    pub fn with_photo_file(mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.photo_file = Some(PhotoFile {
            name: name.into(),
            bytes: bytes.into(),
        });
        self
    }

    /// The part of the photo that the network saw, as [`Preprocess::view`](backdraft::image::Preprocess::view) gives it.
    #[must_use]
    pub fn with_view(mut self, view: View) -> Self {
        self.view = Some(view);
        self
    }

    /// The network, for its table of layers and its device, under a name.
    #[must_use]
    pub fn with_network(mut self, name: impl Into<String>, network: &Network) -> Self {
        self.provenance.network = Some(NetworkFacts::of(name.into(), network));
        self
    }

    /// The name of a network that isn't captured.
    #[must_use]
    pub fn with_network_name(mut self, name: impl Into<String>) -> Self {
        self.provenance.network = Some(NetworkFacts::named(name.into()));
        self
    }

    /// Adds a class that the network predicts, the most probable one first.
    #[must_use]
    pub fn with_prediction(mut self, prediction: Prediction) -> Self {
        self.predictions.push(prediction);
        self
    }

    /// Adds a method's result after the others.
    #[must_use]
    pub fn with_explanation(mut self, explanation: Explanation) -> Self {
        self.explanations.push(explanation);
        self
    }

    /// Adds what a [`Suite`](evaluation::Suite) found out about a method: the axioms it keeps, or metrics.
    #[must_use]
    pub fn with_checks(mut self, checks: evaluation::Report) -> Self {
        self.checks.push(checks);
        self
    }

    /// When the report was made, in any words: `2026-11-27 21:00 UTC`.
    #[must_use]
    pub fn with_time(mut self, time: impl Into<String>) -> Self {
        self.provenance.time = Some(time.into());
        self
    }

    /// The whole page.
    ///
    /// # Errors
    ///
    /// A [`ReportError`], if a probability or a sample doesn't exist, names don't fit their values, the view belongs to
    /// another photo, or a picture can't be drawn.
    pub fn html(&self) -> Result<String, ReportError> {
        self.check()?;
        page::of(self)
    }

    /// Writes the page into a file, whole or not at all; a file of this name is replaced.
    ///
    /// # Errors
    ///
    /// Those of [`html`](Self::html), [`ReportError::MissingFolder`], and [`ReportError::Unwritable`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ReportError> {
        let path = path.as_ref();
        let folder = folder_of(path)?;
        let html = self.html()?;
        let staging = staging_in(folder)?;
        let written = staging.path().join("report.html");
        fs::write(&written, html).map_err(ReportError::writing(path))?;
        fs::rename(written, path).map_err(ReportError::writing(path))?;
        Ok(())
    }

    fn check(&self) -> Result<(), ReportError> {
        self.predictions.iter().try_for_each(Prediction::check)?;
        let view = self.view.zip(self.photo.as_ref());
        let Some((view, photo)) = view else {
            return Ok(());
        };
        let found = (photo.width(), photo.height());
        if view.photo_size() == found {
            return Ok(());
        }
        let expected = view.photo_size();
        Err(ImageError::WrongView { expected, found }.into())
    }
}
