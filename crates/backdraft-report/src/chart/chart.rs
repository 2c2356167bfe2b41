//! The charts of a result.

use backdraft::Attribution;

use super::beeswarm::{self, Swarm};
use super::contributions::{self, Contribution};
use super::rows::Rows;
use super::waterfall::{self, Ends};
use super::{bars, terminal};
use crate::ReportError;
use crate::number::{number, signed};

/// Charts of what a result says of its regions or features.
///
/// A method that replaces regions has a value for each; of any other one the features of a table, `[batch, features]`, or
/// tokens are shown. Pictures of maps are elsewhere: a [`Report`](crate::Report) draws them.
///
/// | option | default |
/// |---|---|
/// | [`with_names`](Self::with_names) | those of the result's [regions](backdraft::Regions::with_names), or `region 0`, `feature 0`, ... |
/// | [`with_limit`](Self::with_limit) | 15 rows |
/// | [`with_features`](Self::with_features) | none: dots of a beeswarm aren't shaded |
///
/// ```
/// use backdraft::{BlackBox, Class, Method, Regions, ShapleyValues};
/// use backdraft_report::chart::Chart;
/// use burn::tensor::{Device, Float, Tensor};
///
/// let model = BlackBox::new(|inputs: &[backdraft::AnyTensor]| {
///     let x = inputs[0].to_tensor::<2, Float>()?;
///     let [age, income, debt] = [0, 1, 2].map(|column| x.clone().narrow(1, column, 1));
///     Ok(vec![(age * income - debt).into()])
/// });
/// let rows = Tensor::<2>::from_data([[2.0, 3.0, 5.0], [1.0, 4.0, -1.0]], &Device::default());
/// let columns = Regions::columns(["age", "income", "debt"]);
/// let shapley = ShapleyValues::new().with_regions(columns).attribute(&model, rows, Class(0))?;
///
/// let chart = Chart::new(shapley);
/// assert!(chart.bars(0)?.starts_with("<svg"));
/// assert!(chart.waterfall(0)?.contains("income"));
/// assert!(chart.beeswarm()?.contains("debt"));
/// print!("{}", chart.text(0, 80)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chart {
    attribution: Attribution,
    names: Option<Vec<String>>,
    limit: usize,
    features: Option<Vec<Vec<f32>>>,
}

impl Chart {
    /// Of a method's result.
    pub fn new(attribution: Attribution) -> Self {
        Self {
            attribution,
            names: None,
            limit: 15,
            features: None,
        }
    }

    /// Names of the regions or features of every sample, in place of those that the result knows.
    #[must_use]
    pub fn with_names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// At most so many rows, at least one. If there are more regions, the last row is for what the smallest sum to.
    #[must_use]
    pub fn with_limit(mut self, rows: usize) -> Self {
        self.limit = rows.max(1);
        self
    }

    /// The features' own values for each sample, one for each region: dots of a [beeswarm](Self::beeswarm) are the darker, the
    /// larger they are.
    #[must_use]
    pub fn with_features(mut self, features: Vec<Vec<f32>>) -> Self {
        self.features = Some(features);
        self
    }

    /// A bar for each of a sample's regions, the largest first, as SVG; with [standard
    /// errors](backdraft::attribution::RegionValues::standard_errors) where there are some.
    ///
    /// # Errors
    ///
    /// [`ReportError::NoChart`] if the result has neither regions nor features, [`ReportError::UnknownSample`], and
    /// [`ReportError::NameCount`].
    pub fn bars(&self, sample: usize) -> Result<String, ReportError> {
        let rows = self.rows(sample)?;
        Ok(bars::svg(self.title(), self.subtitle(sample), &rows))
    }

    /// The same as plain text for a terminal of so many columns: light bars speak against the target, and brackets are the
    /// range within one standard error.
    ///
    /// # Errors
    ///
    /// As for [`bars`](Self::bars).
    pub fn text(&self, sample: usize, columns: usize) -> Result<String, ReportError> {
        Ok(terminal::lines(&self.rows(sample)?, columns))
    }

    /// Step by step from the score at the baseline to that of a sample, the largest step first, as SVG.
    ///
    /// # Errors
    ///
    /// As for [`bars`](Self::bars); [`ReportError::NoSum`] if the values don't sum to the score's change.
    pub fn waterfall(&self, sample: usize) -> Result<String, ReportError> {
        let rows = self.rows(sample)?;
        let attribution = &self.attribution;
        let scores = attribution.gap().and(attribution.baseline_scores());
        let (Some(baseline), Some(scores)) = (attribution.baseline(), scores) else {
            return Err(ReportError::NoSum {
                method: attribution.method().into(),
            });
        };
        let ends = Ends {
            baseline: baseline.into(),
            from: f64::from(scores[sample]),
            to: f64::from(attribution.scores()[sample]),
        };
        let subtitle = self.subtitle(sample);
        Ok(waterfall::svg(self.title(), subtitle, &rows, &ends))
    }

    /// A dot for every sample in a row for each region, the regions with the largest values first, as SVG.
    ///
    /// # Errors
    ///
    /// As for [`bars`](Self::bars), and [`ReportError::NameCount`] if there isn't a feature for each region of every
    /// sample.
    pub fn beeswarm(&self) -> Result<String, ReportError> {
        let samples = self.attribution.scores().len();
        let each = (0..samples).map(|sample| self.contributions(sample));
        let each: Vec<Vec<Contribution>> = each.collect::<Result<_, _>>()?;
        let regions = each.first().map_or(0, Vec::len);
        self.check_features(samples, regions)?;
        let mut swarms: Vec<Swarm> = (0..regions)
            .map(|region| Swarm {
                name: each[0][region].name.clone(),
                values: each.iter().map(|rows| rows[region].value).collect(),
                shades: self.shades(samples, region),
            })
            .collect();
        swarms.sort_by(|a, b| b.size().total_cmp(&a.size()));
        swarms.truncate(self.limit);
        let subtitle = match regions - swarms.len() {
            0 => format!("{samples} samples"),
            hidden => format!("{samples} samples, without {hidden} regions of smaller values"),
        };
        let is_shaded = self.features.is_some();
        Ok(beeswarm::svg(self.title(), subtitle, &swarms, is_shaded))
    }

    /// The largest regions in words: `age +3`.
    pub(crate) fn named(&self, sample: usize) -> Result<Vec<String>, ReportError> {
        let rows = self.rows(sample)?.into_iter();
        Ok(rows
            .map(|row| format!("{} {}", row.name, signed(row.value)))
            .collect())
    }

    fn contributions(&self, sample: usize) -> Result<Vec<Contribution>, ReportError> {
        let samples = self.attribution.scores().len();
        if sample >= samples {
            return Err(ReportError::UnknownSample {
                label: self.attribution.method().into(),
                sample,
                samples,
            });
        }
        contributions::of(&self.attribution, sample, self.names.as_deref())
    }

    fn rows(&self, sample: usize) -> Result<Vec<Contribution>, ReportError> {
        Ok(Rows::of(self.contributions(sample)?, self.limit).all())
    }

    fn title(&self) -> String {
        format!(
            "{} of {}",
            self.attribution.method(),
            self.attribution.target()
        )
    }

    fn subtitle(&self, sample: usize) -> String {
        let attribution = &self.attribution;
        let score = format!("score {}", number(f64::from(attribution.scores()[sample])));
        let compared = attribution.baseline_scores().zip(attribution.baseline());
        let compared = compared
            .map(|(scores, name)| format!("{} at {name}", number(f64::from(scores[sample]))));
        let which = (attribution.scores().len() > 1).then(|| format!("sample {sample}"));
        let parts: Vec<String> = which.into_iter().chain([score]).chain(compared).collect();
        parts.join(", ")
    }

    fn check_features(&self, samples: usize, regions: usize) -> Result<(), ReportError> {
        let Some(features) = &self.features else {
            return Ok(());
        };
        let fits = |row: &Vec<f32>| row.len() == regions;
        if features.len() == samples && features.iter().all(fits) {
            return Ok(());
        }
        Err(ReportError::NameCount {
            label: format!("features of {}", self.attribution.method()),
            names: features.iter().map(Vec::len).sum(),
            values: samples * regions,
        })
    }

    /// How dark a region's dots are: from its least to its largest feature.
    fn shades(&self, samples: usize, region: usize) -> Vec<f64> {
        let Some(features) = &self.features else {
            return vec![0.6; samples];
        };
        let own = features.iter().map(|row| f64::from(row[region]));
        let least = own.clone().fold(f64::INFINITY, f64::min);
        let most = own.clone().fold(f64::NEG_INFINITY, f64::max);
        let range = most - least;
        own.map(|value| {
            if range > 0.0 {
                (value - least) / range
            } else {
                0.5
            }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backdraft::{BlackBox, Class, FeatureAblation, Method, Regions, ShapleyValues};
    use burn::tensor::{Device, Float, Tensor};

    fn model() -> impl backdraft::Model {
        BlackBox::new(|inputs: &[backdraft::AnyTensor]| {
            let x = inputs[0].to_tensor::<2, Float>()?;
            let [a, b, c] = [0, 1, 2].map(|column| x.clone().narrow(1, column, 1));
            Ok(vec![(a * b - c).into()])
        })
    }

    fn shapley() -> Attribution {
        let rows = Tensor::<2>::from_data([[2.0, 3.0, 5.0], [1.0, 4.0, -1.0]], &Device::flex());
        let columns = Regions::columns(["age", "<income>", "debt"]);
        let method = ShapleyValues::new().with_regions(columns);
        method.attribute(&model(), rows, Class(0)).unwrap()
    }

    /// The texts of a picture in their order.
    fn texts(svg: &str) -> Vec<&str> {
        let texts = svg.split("<text").skip(1).filter_map(|text| {
            let (_, text) = text.split_once('>')?;
            Some(text.split_once("</text>")?.0.trim())
        });
        texts.collect()
    }

    #[test]
    fn bars_have_names_and_numbers() {
        let svg = Chart::new(shapley()).bars(0).unwrap();
        let texts = texts(&svg);
        for text in [
            "age",
            "&lt;income&gt;",
            "debt",
            "−5",
            "+3",
            "shapley-values of class 0",
        ] {
            assert!(texts.contains(&text), "{text}: {texts:?}");
        }
        assert!(
            svg.contains("role=\"img\"><title>shapley-values of class 0</title>"),
            "{svg}"
        );
        // The largest comes first.
        let place = |name| texts.iter().position(|text| *text == name);
        assert!(place("debt") < place("age"));
    }

    #[test]
    fn a_waterfall_leads_from_the_baseline_to_the_score() {
        let svg = Chart::new(shapley()).waterfall(0).unwrap();
        let texts = texts(&svg);
        let place = |text| texts.iter().position(|it| *it == text).unwrap();
        assert!(place("score at zeros") < place("debt"));
        assert!(place("age") < place("score of the sample"));
        assert!(!texts.contains(&"not explained"));
    }

    #[test]
    fn values_without_a_sum_have_no_waterfall() {
        let rows = Tensor::<2>::from_data([[2.0, 3.0, 5.0]], &Device::flex());
        let lost = FeatureAblation::new()
            .attribute(&model(), rows, Class(0))
            .unwrap();
        let error = Chart::new(lost).waterfall(0).unwrap_err().to_string();
        assert!(error.contains("feature-ablation"), "{error}");
    }

    #[test]
    fn a_swarm_has_a_dot_for_every_sample() {
        let chart = Chart::new(shapley());
        // A dot is a disk and its edge.
        let dots = |svg: &str| svg.matches("<circle").count() / 2;
        assert_eq!(dots(&chart.beeswarm().unwrap()), 6);
        assert_eq!(dots(&chart.clone().with_limit(2).beeswarm().unwrap()), 4);
        let shaded = chart
            .clone()
            .with_features(vec![vec![2.0, 3.0, 5.0], vec![1.0, 4.0, -1.0]]);
        assert!(shaded.beeswarm().unwrap().contains("darker"));
        let error = chart.with_features(vec![vec![1.0]]).beeswarm().unwrap_err();
        assert!(
            error.to_string().contains("1 names for 6 values"),
            "{error}"
        );
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        let chart = Chart::new(shapley());
        assert!(
            chart
                .bars(2)
                .unwrap_err()
                .to_string()
                .contains("batch has 2")
        );
        let error = chart.with_names(["a"]).bars(0).unwrap_err().to_string();
        assert!(error.contains("1 names for 3 values"), "{error}");
        let map = Tensor::<4>::zeros([1, 1, 2, 2], &Device::flex());
        let map = Attribution::new("grad-cam", "class 0", vec![map.into()], vec![1.0]).unwrap();
        let error = Chart::new(map).bars(0).unwrap_err().to_string();
        assert!(error.contains("grad-cam"), "{error}");
    }
}
