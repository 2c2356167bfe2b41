//! Values of tokens or features, which have no place in a photo.

use backdraft::Attribution;

use crate::{Explanation, ReportError};

/// The most bars that a page shows.
const LIMIT: usize = 40;

/// One token or feature.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) value: f64,
}

/// The values of tokens or features, in their own order.
pub(crate) struct Bars {
    pub(crate) shown: Vec<Bar>,
    /// How many there are, with those that are too small to be shown.
    pub(crate) total: usize,
    /// The largest absolute value.
    pub(crate) largest: f64,
}

impl Bars {
    /// Of an attribution of shape `[batch, features]`, `[batch, tokens, dim]` or `[batch, 1, length]`; none of another.
    pub(crate) fn of(explanation: &Explanation) -> Result<Option<Self>, ReportError> {
        let attribution = &explanation.attribution;
        let Some((what, values)) = values_of(attribution, explanation.sample) else {
            return Ok(None);
        };
        let names = match &explanation.names {
            Some(names) if names.len() != values.len() => {
                return Err(ReportError::NameCount {
                    label: explanation.label.clone(),
                    names: names.len(),
                    values: values.len(),
                });
            }
            Some(names) => names.clone(),
            None => (0..values.len()).map(|it| format!("{what} {it}")).collect(),
        };
        let bars = names.into_iter().zip(values);
        let bars = bars.map(|(name, value)| Bar { name, value });
        Ok(Some(Self::new(bars.collect())))
    }

    fn new(bars: Vec<Bar>) -> Self {
        let total = bars.len();
        let largest = bars.iter().map(|bar| bar.value.abs()).fold(0.0, f64::max);
        Self {
            shown: largest_of(bars, LIMIT),
            total,
            largest,
        }
    }
}

/// The bars of the largest absolute values, in their own order.
fn largest_of(bars: Vec<Bar>, limit: usize) -> Vec<Bar> {
    let mut order: Vec<usize> = (0..bars.len()).collect();
    order.sort_by(|&a, &b| bars[b].value.abs().total_cmp(&bars[a].value.abs()));
    order.truncate(limit);
    order.sort_unstable();
    let mut bars: Vec<Option<Bar>> = bars.into_iter().map(Some).collect();
    order.into_iter().filter_map(|it| bars[it].take()).collect()
}

/// What the values are of, and one for each.
pub(crate) fn values_of(
    attribution: &Attribution,
    sample: usize,
) -> Option<(&'static str, Vec<f64>)> {
    let value = attribution.values().first()?;
    let shape = value.shape();
    let (what, groups) = match *shape.as_slice() {
        [_, features] => ("feature", features),
        [_, 1, length] => ("position", length),
        [_, tokens, _] => ("token", tokens),
        _ => return None,
    };
    let row: Vec<f32> = (value.rows(sample..sample + 1).flat())
        .into_data()
        .iter()
        .collect();
    let size = row.len().checked_div(groups).filter(|&size| size > 0)?;
    let sums = row
        .chunks(size)
        .map(|group| group.iter().copied().map(f64::from).sum());
    Some((what, sums.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Tensor};

    fn bars(value: impl Into<backdraft::AnyTensor>, sample: usize) -> Vec<(String, f64)> {
        let value = value.into();
        let scores = vec![1.0; value.shape()[0]];
        let attribution = Attribution::new("made up", "class 0", vec![value], scores).unwrap();
        let explanation = Explanation::new("made up", attribution).with_sample(sample);
        let bars = Bars::of(&explanation).unwrap().unwrap();
        let pair = |bar: Bar| (bar.name, bar.value);
        bars.shown.into_iter().map(pair).collect()
    }

    #[test]
    fn a_token_is_the_sum_of_its_embedding() {
        let embeddings = [[[1.0, 2.0], [-4.0, 1.0]], [[0.5, 0.0], [0.0, 0.25]]];
        let embeddings = || Tensor::<3>::from_data(embeddings, &Device::flex());
        let expected = [("token 0".into(), 3.0), ("token 1".into(), -3.0)];
        assert_eq!(bars(embeddings(), 0), expected);
        assert_eq!(bars(embeddings(), 1)[1].1, 0.25);
    }

    #[test]
    fn features_and_positions_are_shown_as_they_are() {
        let features = Tensor::<2>::from_data([[1.0, -2.0]], &Device::flex());
        assert_eq!(bars(features, 0)[1], ("feature 1".into(), -2.0));
        let signal = Tensor::<3>::from_data([[[1.0, -2.0]]], &Device::flex());
        assert_eq!(bars(signal, 0)[1], ("position 1".into(), -2.0));
    }

    #[test]
    fn of_many_the_largest_are_shown_in_their_own_order() {
        let bar = |value: i16| Bar {
            name: value.to_string(),
            value: value.into(),
        };
        let shown = largest_of([1, -9, 0, 5].map(bar).to_vec(), 2);
        assert_eq!(shown, [-9, 5].map(bar));
    }
}
