//! Dimensions as products of stretches of lines.

use std::sync::Arc;

use crate::ir::axes::axis::{AxisId, AxisTable, Mark, Origin};
use crate::ir::axes::line::{Interval, Line};

/// A digit of a line's index: of a line of 56 that is cut into windows of 7, the window (`stride` 7, `len` 8) or the
/// place in it (`stride` 1, `len` 7). Uncut, all of the line.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    pub(crate) line: Arc<Line>,
    pub(crate) stride: usize,
    pub(crate) len: usize,
}

impl Factor {
    fn whole(line: Line) -> Self {
        let len = line.len();
        Self {
            line: Arc::new(line),
            stride: 1,
            len,
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.len == self.line.len()
    }

    /// Cuts off the innermost `inner` indices of a digit, at least one.
    pub(crate) fn cut(&self, inner: usize) -> [Self; 2] {
        let digit = |stride, len| Self {
            line: Arc::clone(&self.line),
            stride,
            len,
        };
        [
            digit(self.stride * inner, self.len / inner),
            digit(self.stride, inner),
        ]
    }

    /// Both as one digit, if the other one is the next of the same line.
    pub(crate) fn joined(&self, next: &Self) -> Option<Self> {
        let follows = Arc::ptr_eq(&self.line, &next.line) && self.stride == next.stride * next.len;
        follows.then(|| Self {
            line: Arc::clone(&self.line),
            stride: next.stride,
            len: self.len * next.len,
        })
    }
}

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
        let is_single = self.size() == 1;
        let factors = self.0.iter().filter(|factor| is_single || factor.len > 1);
        match factors.collect::<Vec<_>>()[..] {
            [factor] if factor.is_whole() => Some((*factor.line).clone()),
            _ => Product::of(self, axes).line(self.size()),
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

/// The digits of a dimension, by the lines that they are of.
struct Product {
    lines: Vec<Digits>,
    /// The number of features that divide the indices before them, as an upsampling by reshape has it.
    divided: usize,
}

/// The digits of one line in a dimension.
struct Digits {
    line: Arc<Line>,
    /// The digits, each with what an index of the dimension is divided by to get it.
    parts: Vec<(Factor, usize)>,
    /// How many neighboring indices of the line the digits leave open; `None` if what they leave open isn't neighboring.
    block: Option<usize>,
}

impl Product {
    fn of(dimension: &Dimension, axes: &AxisTable) -> Self {
        let mut lines: Vec<Digits> = Vec::new();
        let (mut divisor, mut divided) = (1, 1);
        let single = dimension.size() == 1;
        for factor in dimension
            .0
            .iter()
            .rev()
            .filter(|factor| single || factor.len > 1)
        {
            let known = factor
                .line
                .axes()
                .any(|axis| axes.origin(axis) > Origin::Features);
            let digit = (factor.clone(), divisor);
            divisor *= factor.len;
            if !known {
                divided *= if lines.is_empty() { factor.len } else { 1 };
                continue;
            }
            match lines
                .iter_mut()
                .find(|it| Arc::ptr_eq(&it.line, &factor.line))
            {
                Some(digits) => digits.parts.push(digit),
                None => lines.push(Digits {
                    line: Arc::clone(&factor.line),
                    parts: vec![digit],
                    block: None,
                }),
            }
        }
        for digits in &mut lines {
            digits.block = digits.open_block();
        }
        lines.reverse();
        Self { lines, divided }
    }

    /// The line of all indices; `None` if it isn't known of any of them where they lie.
    fn line(&self, len: usize) -> Option<Line> {
        if self.lines.iter().all(|digits| digits.block.is_none()) {
            return None;
        }
        let places = self.lines.iter().flat_map(|digits| {
            let coordinates = digits.line.axes().enumerate();
            coordinates.map(|(coordinate, axis)| (axis, self.places(digits, coordinate, len)))
        });
        Some(Line::listed(len, places))
    }

    fn places(&self, digits: &Digits, coordinate: usize, len: usize) -> Vec<Option<Interval>> {
        let is_divided = self.lines.len() == 1 && self.divided > 1;
        let place = |index: usize| {
            let place = digits.place(coordinate, index)?;
            if !is_divided {
                return Some(place);
            }
            let part = (index % self.divided) as f64 + 0.5;
            let width = digits.spacing(coordinate, index, self.divided);
            Some(Interval {
                center: place.center + width * (part / self.divided as f64 - 0.5),
                ..place
            })
        };
        (0..len).map(place).collect()
    }
}

impl Digits {
    fn open_block(&self) -> Option<usize> {
        let mut digits: Vec<&Factor> = self.parts.iter().map(|(factor, _)| factor).collect();
        digits.sort_by_key(|digit| std::cmp::Reverse(digit.stride));
        let mut open = self.line.len();
        for digit in digits {
            if digit.stride * digit.len != open {
                return None;
            }
            open = digit.stride;
        }
        Some(open)
    }

    /// Where an index of the dimension lies on one of the line's axes.
    fn place(&self, coordinate: usize, index: usize) -> Option<Interval> {
        let block = self.block?;
        let digit =
            |(factor, divisor): &(Factor, usize)| index / divisor % factor.len * factor.stride;
        let first: usize = self.parts.iter().map(digit).sum();
        Interval::around((first..first + block).filter_map(|index| self.line.at(coordinate, index)))
    }

    /// How far the next index that `divided` ones divide lies away.
    fn spacing(&self, coordinate: usize, index: usize, divided: usize) -> f64 {
        let here = self.place(coordinate, index);
        let next = [index + divided, index.wrapping_sub(divided)];
        let last = self
            .parts
            .iter()
            .map(|(factor, divisor)| factor.len * divisor)
            .max();
        let next = next.into_iter().find(|&next| next < last.unwrap_or(0));
        let next = next.and_then(|next| self.place(coordinate, next));
        match (here, next) {
            (Some(here), Some(next)) => (here.center - next.center).abs(),
            (here, _) => here.map_or(0.0, |here| 2.0 * here.half),
        }
    }
}
