//! Regions of given inputs.

use std::ops::Range;

use burn::tensor::{DType, Tensor, TensorData};

use crate::AnyTensor;
use crate::perturbation::regions::grid::place_of;

/// The elements of one region: runs of a sample's elements in their order, for each input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Region {
    runs: Vec<Vec<Range<usize>>>,
}

impl Region {
    /// A region of a model with so many inputs, that holds nothing yet.
    pub(super) fn empty(inputs: usize) -> Self {
        Self {
            runs: vec![Vec::new(); inputs],
        }
    }

    /// Its elements in one input.
    pub(super) fn elements(&self, input: usize) -> impl Iterator<Item = usize> {
        self.runs[input].iter().cloned().flatten()
    }

    /// The smallest box in the only input that holds it; `None` if it is empty.
    fn bounds(&self, shape: &[usize]) -> Option<Vec<Range<usize>>> {
        let runs = self.runs[0].iter().map(|run| bounds(run, shape));
        runs.reduce(|a, b| {
            let axes = a.iter().zip(&b);
            axes.map(|(a, b)| a.start.min(b.start)..a.end.max(b.end))
                .collect()
        })
    }

    /// Adds an element after those that it has.
    pub(super) fn push(&mut self, input: usize, element: usize) {
        let runs = &mut self.runs[input];
        match runs.last_mut() {
            Some(run) if run.end == element => run.end += 1,
            _ => runs.push(element..element + 1),
        }
    }
}

/// Regions, and the shapes of what they are regions of.
#[derive(Clone, Debug)]
pub(crate) struct ResolvedRegions {
    regions: Vec<Region>,
    /// The shape of a sample in each input.
    shapes: Vec<Vec<usize>>,
    /// How many elements it has there.
    elements: Vec<usize>,
}

impl ResolvedRegions {
    pub(super) fn new(regions: Vec<Region>, shapes: &[Vec<usize>]) -> Self {
        Self {
            regions,
            shapes: shapes.to_vec(),
            elements: shapes.iter().map(|shape| shape.iter().product()).collect(),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.regions.len()
    }

    /// For each input whether its elements are kept, given which regions are. What no region covers is.
    pub(crate) fn kept(&self, is_kept: impl Fn(usize) -> bool) -> Vec<Vec<bool>> {
        let mut kept: Vec<Vec<bool>> = self.elements.iter().map(|&size| vec![true; size]).collect();
        let replaced = self.regions.iter().enumerate();
        for (_, region) in replaced.filter(|(index, _)| !is_kept(*index)) {
            for (kept, runs) in kept.iter_mut().zip(&region.runs) {
                for run in runs {
                    kept[run.clone()].fill(false);
                }
            }
        }
        kept
    }

    /// For every region the smallest box that holds it, a range for every dimension of a sample, if there is one input.
    pub(crate) fn boxes(&self) -> Option<Vec<Vec<Range<usize>>>> {
        let [shape] = &self.shapes[..] else {
            return None;
        };
        let regions = self.regions.iter();
        regions.map(|region| region.bounds(shape)).collect()
    }

    /// The first two regions that share an element.
    pub(crate) fn overlap(&self) -> Option<(usize, usize)> {
        let mut owners: Vec<Vec<Option<usize>>> =
            self.elements.iter().map(|&size| vec![None; size]).collect();
        for (index, region) in self.regions.iter().enumerate() {
            for (input, owners) in owners.iter_mut().enumerate() {
                for element in region.elements(input) {
                    if let Some(other) = owners[element].replace(index) {
                        return Some((other, index));
                    }
                }
            }
        }
        None
    }

    /// A value for every element, given those of the regions for every row: of an element that several regions cover
    /// their mean, and zero where there is none.
    pub(crate) fn spread(&self, values: &[Vec<f64>], like: &[AnyTensor]) -> Vec<AnyTensor> {
        like.iter()
            .enumerate()
            .map(|(input, like)| {
                let rows = values.iter().flat_map(|row| self.spread_row(input, row));
                let data = TensorData::new(rows.collect(), [values.len(), self.elements[input]]);
                beside(like, data).reshape_to(like.shape())
            })
            .collect()
    }

    fn spread_row(&self, input: usize, values: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.elements[input]];
        let mut covers = vec![0_u32; self.elements[input]];
        for (region, value) in self.regions.iter().zip(values) {
            for element in region.elements(input) {
                sums[element] += value;
                covers[element] += 1;
            }
        }
        let means = sums.into_iter().zip(covers);
        means
            .map(|(sum, covers)| sum / f64::from(covers.max(1)))
            .collect()
    }
}

/// The smallest box that holds neighboring elements: whole dimensions after the first in which their ends differ.
fn bounds(run: &Range<usize>, shape: &[usize]) -> Vec<Range<usize>> {
    let [first, last] = [run.start, run.end - 1].map(|element| place_of(element, shape));
    let mut is_whole = false;
    let axes = first.iter().zip(&last).zip(shape);
    axes.map(|((&first, &last), &size)| {
        let range = if is_whole { 0..size } else { first..last + 1 };
        is_whole |= first != last;
        range
    })
    .collect()
}

/// Values on the device of a tensor: in double precision if that is, else in single precision.
fn beside(like: &AnyTensor, data: TensorData) -> AnyTensor {
    let dtype = match like.dtype() {
        DType::F64 => DType::F64,
        _ => DType::F32,
    };
    let device = like.device().without_autodiff();
    Tensor::<2>::from_data(data.convert_dtype(dtype), (&device, dtype)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// Elements 0 and 1, and elements 1 and 3, of four.
    fn regions() -> ResolvedRegions {
        let region = |elements: [usize; 2]| {
            let mut region = Region::empty(1);
            for element in elements {
                region.push(0, element);
            }
            region
        };
        ResolvedRegions::new(vec![region([0, 1]), region([1, 3])], &[vec![2, 2]])
    }

    #[test]
    fn neighbors_are_one_run() {
        let regions = regions().regions;
        assert_eq!(regions[0].runs[0].len(), 1);
        assert_eq!(regions[1].runs, [[1..2, 3..4]]);
    }

    #[test]
    fn an_element_is_kept_if_no_replaced_region_has_it() {
        let regions = regions();
        assert_eq!(regions.kept(|it| it == 0), [[true, false, true, false]]);
        assert_eq!(regions.kept(|_| true), [[true; 4]]);
        assert_eq!(regions.kept(|_| false), [[false, false, true, false]]);
    }

    #[test]
    fn boxes_hold_regions() {
        // Rows 0 and 1; then column 1 of both rows.
        assert_eq!(
            regions().boxes(),
            Some(vec![vec![0..1, 0..2], vec![0..2, 1..2]])
        );
        assert_eq!(bounds(&(1..3), &[2, 2]), [0..2, 0..2]);
        assert_eq!(bounds(&(4..5), &[2, 3]), [1..2, 1..2]);
    }

    #[test]
    fn an_element_of_two_regions_gets_their_mean() {
        let like = AnyTensor::from(Tensor::<3>::zeros([1, 2, 2], &Device::flex()));
        let spread = regions().spread(&[vec![1.0, 4.0]], &[like]);
        assert_eq!(spread[0].shape().as_slice(), [1, 2, 2]);
        let values: Vec<f32> = spread[0].flat().into_data().iter().collect();
        assert_eq!(values, [1.0, 2.5, 0.0, 4.0]);
        assert_eq!(regions().overlap(), Some((0, 1)));
    }
}
