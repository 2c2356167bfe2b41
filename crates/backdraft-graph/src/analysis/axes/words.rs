//! Dimensions in words.

use std::sync::Arc;

use crate::analysis::axes::feature_map::holds_computed_features;
use crate::analysis::axes::rows::{Rows, Samples};
use crate::ir::axes::axis::{AxisId, AxisTable, Origin};
use crate::ir::axes::dimension::Dimension;
use crate::ir::axes::factor::Factor;
use crate::ir::axes::line::Line;

/// What each dimension of a tensor stands for: `samples`, `channels`, `y/32`, `tokens = 1 + 14 y · 14 x`.
pub(crate) fn words(dimensions: &[Dimension], rows: Rows, table: &AxisTable) -> Vec<String> {
    let tensor = Words {
        dimensions,
        samples: rows.samples(),
        is_computed: holds_computed_features(dimensions, table),
        table,
    };
    dimensions
        .iter()
        .map(|dimension| tensor.dimension(dimension))
        .collect()
}

struct Words<'a> {
    dimensions: &'a [Dimension],
    samples: Option<Samples>,
    /// Whether it has features that a layer computed, so that no dimension of an input counts any.
    is_computed: bool,
    table: &'a AxisTable,
}

impl Words<'_> {
    fn dimension(&self, dimension: &Dimension) -> String {
        let several = dimension.factors().len() > 1;
        let factors = dimension.factors().iter();
        let factors: Vec<&Factor> = factors
            .filter(|factor| !several || factor.len > 1 || self.holds_samples(factor))
            .collect();
        let words: Vec<String> = factors.iter().map(|factor| self.factor(factor)).collect();
        let places = |factor: &&Factor| {
            factor
                .line
                .axis()
                .is_some_and(|axis| self.table.is_space(axis))
        };
        match &words[..] {
            [] => "1".into(),
            words if words.len() > 1 && factors.iter().all(places) => {
                let sized = factors.iter().zip(words);
                let sized: Vec<_> = sized
                    .map(|(factor, word)| sized_word(factor.len, word))
                    .collect();
                format!("tokens = {}", sized.join(" · "))
            }
            words => words.join(" · "),
        }
    }

    fn factor(&self, factor: &Factor) -> String {
        let Some(axis) = factor.line.axis() else {
            return self.tokens(&factor.line);
        };
        if let Some(words) = self.samples_in(factor) {
            return words;
        }
        match self.table.origin(axis) {
            Origin::Blank | Origin::Constant => "constant".into(),
            Origin::Unknown => "unknown".into(),
            Origin::Features => self.features(factor),
            _ if self.table.is_features(axis) && !self.is_computed => self.features(factor),
            _ if self.table.is_space(axis) => self.space(factor, axis),
            Origin::Input { .. } => self.sequence(axis).into(),
        }
    }

    fn holds_samples(&self, factor: &Factor) -> bool {
        self.samples_in(factor).is_some()
    }

    /// A factor that holds the samples, with what else it holds.
    fn samples_in(&self, factor: &Factor) -> Option<String> {
        let [outer, inner] = self.samples?.within(factor, self.table)?;
        let beside = |count: usize| (count > 1).then_some("frames");
        let parts = [beside(outer), Some("samples"), beside(inner)];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
    }

    /// Channels of a map, features of anything else; of a cut dimension heads or groups and what is in them.
    fn features(&self, factor: &Factor) -> String {
        let name = if self.has_map() {
            "channels"
        } else {
            "features"
        };
        if factor.is_whole() || factor.stride == 1 {
            return name.into();
        }
        let holds_rest = |dimension: &&Dimension| {
            let rest =
                |it: &Factor| Arc::ptr_eq(&it.line, &factor.line) && it.stride < factor.stride;
            dimension.factors().len() > 1 && dimension.factors().iter().any(rest)
        };
        match self.dimensions.iter().find(holds_rest) {
            Some(_) => "groups".into(),
            None => "heads".into(),
        }
    }

    /// Whether a dimension is a dimension of space.
    fn has_map(&self) -> bool {
        self.dimensions
            .iter()
            .any(|dimension| match dimension.factors() {
                [factor] => factor
                    .line
                    .axis()
                    .is_some_and(|axis| self.table.is_space(axis)),
                _ => false,
            })
    }

    fn space(&self, factor: &Factor, axis: AxisId) -> String {
        let name = self.letter(axis);
        if factor.is_whole() {
            return format!("{name}{}", scale(&factor.line));
        }
        let inside = |it: &Factor| Arc::ptr_eq(&it.line, &factor.line) && it.stride < factor.stride;
        let is_cut = self
            .dimensions
            .iter()
            .any(|it| it.factors().iter().any(inside));
        match is_cut {
            true => format!("windows {name}"),
            false if factor.stride == 1 => format!("{name} in windows"),
            false => {
                let line = Dimension::of_factor(factor).known_line(self.table);
                format!("{name}{}", line.as_ref().map(scale).unwrap_or_default())
            }
        }
    }

    /// What an input's dimension of space is called.
    fn letter(&self, axis: AxisId) -> String {
        let Origin::Input { input, dimension } = self.table.origin(axis) else {
            return "x".into();
        };
        let all = self.table.space_of(input);
        let from_last = all.iter().rev().position(|&it| it == dimension);
        match from_last {
            Some(0) => "x".into(),
            Some(1) => "y".into(),
            Some(2) => "z".into(),
            _ => format!("dimension {dimension}"),
        }
    }

    fn sequence(&self, axis: AxisId) -> &'static str {
        if self.table.is_frames(axis) {
            "frames"
        } else {
            "tokens"
        }
    }

    /// Tokens of which some lie in space.
    fn tokens(&self, line: &Line) -> String {
        let axes: Vec<AxisId> = line.axes().collect();
        let known = |index: usize| (0..axes.len()).all(|axis| line.at(axis, index).is_some());
        let first = (0..line.len()).find(|&index| known(index)).unwrap_or(0);
        let last = (0..line.len()).rfind(|&index| known(index)).unwrap_or(0);
        let inside = line.select(&(first..=last).map(Some).collect::<Vec<_>>());
        let places = match inside.as_product() {
            Some(lines) => {
                let words = lines.iter().zip(&axes);
                let words = words.map(|(line, &axis)| sized_word(line.len(), &self.letter(axis)));
                words.collect::<Vec<_>>().join(" · ")
            }
            None => format!("{} places", inside.len()),
        };
        let foreign = |count: usize| (count > 0).then(|| count.to_string());
        let parts = [foreign(first), Some(places), foreign(line.len() - 1 - last)];
        format!(
            "tokens = {}",
            parts.into_iter().flatten().collect::<Vec<_>>().join(" + ")
        )
    }
}

/// A number of places: `14 y` of `y/16`.
fn sized_word(len: usize, word: &str) -> String {
    let unscaled = word.split(['/', '·']).next().unwrap_or(word);
    format!("{len} {unscaled}")
}

/// How far neighboring indices lie apart, if all are equally far: `/32` for every 32nd.
fn scale(line: &Line) -> String {
    let centers: Vec<f64> = (0..line.len())
        .filter_map(|index| Some(line.at(0, index)?.center))
        .collect();
    let steps: Vec<f64> = centers.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let Some(&step) = steps.first() else {
        return String::new();
    };
    let is_even = steps.iter().all(|it| (it - step).abs() < 1e-6 * step.abs());
    let rounded = |value: f64| (value * 100.0).round() / 100.0;
    match step {
        _ if !is_even || step <= 0.0 || (step - 1.0).abs() < 1e-6 => String::new(),
        step if step > 1.0 => format!("/{}", rounded(step)),
        step => format!("·{}", rounded(step.recip())),
    }
}
