//! An explanation, ready to be put on the page.

use backdraft::catalog::{Entry, METHODS};

use crate::chart::Chart;
use crate::encode::svg_url;
use crate::facts::Facts;
use crate::shown::{Backdrop, Shown};
use crate::{Explanation, ReportError};

/// An explanation with everything that had to be computed or drawn.
pub(super) struct Panel<'a> {
    /// Its place among the others, from 1 on.
    pub(super) number: usize,
    pub(super) explanation: &'a Explanation,
    pub(super) facts: Facts,
    pub(super) shown: Shown,
    /// The regions of a method that replaces some.
    pub(super) chart: Option<RegionChart>,
}

/// A chart of regions.
pub(super) struct RegionChart {
    /// The drawing as a URL.
    pub(super) url: String,
    /// What it shows, in words.
    pub(super) description: String,
}

/// How many regions are named in words.
const NAMED: usize = 5;

impl RegionChart {
    fn of(explanation: &Explanation) -> Result<Option<Self>, ReportError> {
        let Explanation {
            attribution,
            sample,
            label,
            ..
        } = explanation;
        let Some(regions) = attribution.regions() else {
            return Ok(None);
        };
        let chart = Chart::new(attribution.clone());
        // Names of single features aren't those of regions.
        let chart = match &explanation.names {
            Some(names) if names.len() == regions.len() => chart.with_names(names.clone()),
            _ => chart,
        };
        let url = svg_url(&chart.bars(*sample)?);
        let rows = chart.with_limit(NAMED).named(*sample)?.join(", ");
        Ok(Some(Self {
            url,
            description: format!("Bars of the regions that {label} finds largest: {rows}."),
        }))
    }
}

impl<'a> Panel<'a> {
    pub(super) fn new(
        number: usize,
        explanation: &'a Explanation,
        backdrop: Option<&Backdrop>,
    ) -> Result<Self, ReportError> {
        Ok(Self {
            number,
            explanation,
            facts: Facts::of(explanation)?,
            shown: Shown::of(explanation, backdrop)?,
            chart: RegionChart::of(explanation)?,
        })
    }

    /// What links to the panel name.
    pub(super) fn id(&self) -> String {
        format!("explanation-{}", self.number)
    }

    /// What the method computes, if the catalog knows it.
    pub(super) fn summary(&self) -> Option<&'static str> {
        let method = self.explanation.attribution.method();
        let is_it = |entry: &&Entry| entry.reported_name() == method;
        METHODS.iter().find(is_it).map(|entry| entry.summary)
    }

    /// What readers should not overlook: what was said, and what the numbers say.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = self.explanation.warnings.clone();
        if let Shown::Map(map) = &self.shown
            && map.drawing.is_none()
        {
            warnings.push(
                "The map is flat: it has the same value everywhere and shows no place.".into(),
            );
        }
        let attribution = &self.explanation.attribution;
        if attribution.option("converged") == Some("false") {
            warnings.push("The gap is still above the tolerance: allow more steps.".into());
        }
        warnings
    }
}
