//! The names of the files that are written for a photo.

use crate::explain::asked::Asked;

/// The files of one method.
pub struct Files {
    /// What shows best what the method found.
    pub picture: String,
    /// The raw values.
    pub attribution: String,
    /// Bars of the regions, for a method that replaces some.
    pub chart: String,
}

impl Files {
    /// What was computed.
    pub const MANIFEST: &str = "manifest.json";
    /// What was found, on one page.
    pub const REPORT: &str = "report.html";
    /// The folder with the raw values and a hash of every file.
    pub const EVIDENCE: &str = "evidence";
    /// The map of a single method alone, without the photo.
    pub const HEATMAP: &str = "heatmap.png";
    /// The pictures of several methods.
    pub const SHEET: &str = "sheet.png";

    /// Those of a single method.
    pub fn single() -> Self {
        Self {
            picture: "overlay.png".into(),
            attribution: "attribution.safetensors".into(),
            chart: "chart.svg".into(),
        }
    }

    /// Those of one method among several.
    pub fn of(asked: Asked) -> Self {
        Self {
            picture: format!("{asked}.png"),
            attribution: format!("{asked}.safetensors"),
            chart: format!("{asked}.svg"),
        }
    }
}
