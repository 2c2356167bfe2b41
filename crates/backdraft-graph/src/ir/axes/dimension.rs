//! Dimensions as products of digits of lines.

use crate::ir::axes::axis::{AxisId, AxisTable, Mark, Origin};
use crate::ir::axes::factor::Factor;
use crate::ir::axes::line::Line;
use crate::ir::axes::product::Product;

/// One dimension of a tensor: factors, outermost first. None for a dimension of one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dimension(pub(crate) Vec<Factor>);

impl Dimension {
    /// A dimension of one that stands for nothing.
    pub(crate) fn one() -> Self {
        Self::default()
    }

    /// A line, taken apart where it is a product. A line of foreign indices alone is that of a constant.
    pub(crate) fn of(line: Line, axes: &mut AxisTable) -> Self {
        let line = line.tidied(|axis| axes.len(axis));
        if (0..line.len()).all(|index| line.is_foreign(index)) {
            return Self::new(Origin::Constant, line.len(), axes);
        }
        if line.axis().is_some() {
            return Self(vec![Factor::whole(line)]);
        }
        match line.as_product() {
            Some(lines) => {
                let tidied = lines
                    .into_iter()
                    .map(|line| line.tidied(|axis| axes.len(axis)));
                Self(tidied.map(Factor::whole).collect())
            }
            None => Self(vec![Factor::whole(line)]),
        }
    }

    /// Indices of a new axis.
    pub(crate) fn new(origin: Origin, len: usize, axes: &mut AxisTable) -> Self {
        let keeps_one = origin > Origin::Unknown;
        if len == 1 && !keeps_one {
            return Self::one();
        }
        let new = axes.add(origin, len);
        Self(vec![Factor::whole(Line::of_axis(new, len))])
    }

    pub(crate) fn of_factor(factor: &Factor) -> Self {
        Self(vec![factor.clone()])
    }

    pub(crate) fn size(&self) -> usize {
        self.0.iter().map(|factor| factor.len).product()
    }

    pub(crate) fn factors(&self) -> &[Factor] {
        &self.0
    }

    /// The factors with more than one index.
    pub(crate) fn counting(&self) -> impl Iterator<Item = &Factor> {
        self.0.iter().filter(|factor| factor.len > 1)
    }

    /// The factors that tell its indices apart: of a dimension of one all of them.
    pub(crate) fn significant(&self) -> impl DoubleEndedIterator<Item = &Factor> {
        let is_single = self.size() == 1;
        self.0
            .iter()
            .filter(move |factor| is_single || factor.len > 1)
    }

    /// All axes on which its indices lie, but for those of a single index.
    pub(crate) fn axes(&self) -> impl Iterator<Item = AxisId> {
        self.counting().flat_map(|factor| factor.line.axes())
    }

    /// How much is known of it: by its best factor.
    pub(crate) fn knowledge(&self, axes: &AxisTable) -> Origin {
        let origins = self.axes().map(|axis| axes.origin(axis));
        origins.max().unwrap_or(Origin::Blank)
    }

    /// The same indices as one line.
    pub(crate) fn to_line(&self, axes: &mut AxisTable) -> Line {
        if let Some(known) = self.known_line(axes) {
            return known;
        }
        // Of an input's axis it counts a part that can't be followed any further, such as the places in windows.
        let origin = match self.knowledge(axes) {
            Origin::Input { .. } => Origin::Unknown,
            known => known,
        };
        Line::of_axis(axes.add(origin, self.size()), self.size())
    }

    /// The same indices as one line, if they lie on any input's axis.
    pub(crate) fn known_line(&self, axes: &AxisTable) -> Option<Line> {
        match self.significant().collect::<Vec<_>>()[..] {
            [factor] if factor.is_whole() => Some((*factor.line).clone()),
            ref factors => Product::of(factors, axes).line(self.size()),
        }
    }

    /// Some of the indices; `None` for new ones.
    pub(crate) fn select(&self, indices: &[Option<usize>], axes: &mut AxisTable) -> Self {
        let all = (0..self.size()).map(Some);
        if indices.iter().copied().eq(all) {
            return self.clone();
        }
        let line = self.to_line(axes).select(indices);
        let selected = Self::of(line, axes);
        let partial = selected.0.iter().filter(|factor| !factor.line.is_axis());
        for axis in partial.flat_map(|factor| factor.line.axes()) {
            axes.mark(axis, Mark::Partial);
        }
        selected
    }
}
