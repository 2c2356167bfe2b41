//! Several factors as one line.

use std::sync::Arc;

use crate::ir::axes::axis::{AxisTable, Origin};
use crate::ir::axes::factor::Factor;
use crate::ir::axes::line::{Interval, Line};

/// The digits of a dimension, by the lines that they are of.
pub(super) struct Product {
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
    /// Of the factors of a dimension, outermost first.
    pub(super) fn of(factors: &[&Factor], axes: &AxisTable) -> Self {
        let mut lines: Vec<Digits> = Vec::new();
        let (mut divisor, mut divided) = (1, 1);
        for &factor in factors.iter().rev() {
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
    pub(super) fn line(&self, len: usize) -> Option<Line> {
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
