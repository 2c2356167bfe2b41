//! What an explanation gives: maps that can be downloaded, and what is said beside them.

use std::time::Duration;

use backdraft::Attribution;
use maud::Markup;

use crate::map::Map;

/// Everything that is kept of an explanation.
pub struct Outcome {
    pub maps: Vec<Map>,
    pub facts: Facts,
    /// What the tab shows above the maps.
    pub above: Markup,
    /// What it shows below them.
    pub below: Markup,
    pub report: Option<String>,
}

/// Numbers about one attribution, in words.
#[derive(Default)]
pub struct Facts {
    pub target: String,
    pub score: Option<f32>,
    pub gap: Option<String>,
    pub conservation: Option<String>,
    pub sums: Option<String>,
    pub time: Option<String>,
    pub warnings: Vec<String>,
}

impl Facts {
    /// What an attribution knows of itself, and how long it took.
    pub fn of(attribution: &Attribution, time: Duration) -> Self {
        let gap = attribution.gap().and_then(|gaps| gaps.first().copied());
        let conservation = attribution
            .conservation()
            .and_then(|it| it.first().copied());
        let cancellation = gap.and_then(|gap| gap.cancellation);
        Self {
            target: attribution.target().to_owned(),
            score: attribution.scores().first().copied(),
            gap: gap.map(|gap| match gap.relative {
                Some(relative) => format!("{:.2}% of the change", 100.0 * relative),
                None => format!("{:.1e}", gap.absolute),
            }),
            conservation: conservation.map(|it| match it.relative() {
                Some(lost) if lost < 0.0 => format!("gained {:.2}% of the score", -100.0 * lost),
                Some(lost) => format!("lost {:.2}% of the score", 100.0 * lost),
                None => format!("lost {:.1e}", it.lost()),
            }),
            sums: attribution.sums().first().map(|sum| format!("{sum:.4}")),
            time: Some(format!("{:.2} s", time.as_secs_f64())),
            warnings: cancellation.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Outcome {
    /// What keeping it takes.
    pub fn bytes(&self) -> usize {
        let report = self.report.as_ref().map_or(0, String::len);
        report + self.maps.iter().map(Map::bytes).sum::<usize>()
    }
}
