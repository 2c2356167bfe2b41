//! Regions of given inputs.

use std::collections::HashMap;
use std::ops::Range;

use burn::tensor::{DType, Tensor, TensorData};

use crate::AnyTensor;
use crate::perturbation::regions::place::{place_of, row_major};

/// A box is small if it holds at most one of so many elements.
const SMALL: usize = 4;

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

    /// Whether it has all channels of each position that it has in an input, whose channels are this dimension of a
    /// sample.
    fn holds_channels(&self, input: usize, shape: &[usize], channels: usize) -> bool {
        let inner: usize = shape[channels + 1..].iter().product();
        let mut counts = HashMap::new();
        for element in self.elements(input) {
            let position = (element / (inner * shape[channels]), element % inner);
            *counts.entry(position).or_insert(0) += 1;
        }
        counts.values().all(|count| *count == shape[channels])
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

/// Where a region lies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Center {
    /// The first input in which it has elements.
    pub(crate) input: usize,
    /// The mean index of its elements there, in every dimension of a sample.
    pub(crate) place: Vec<f64>,
}

/// Regions, and the shapes of what they are regions of.
#[derive(Clone, Debug)]
pub(crate) struct ResolvedRegions {
    regions: Vec<Region>,
    /// Those of every further row, if each has its own; as many as the first one's.
    others: Vec<Vec<Region>>,
    /// None, one for each region, or one for each region of every sample.
    names: Vec<String>,
    /// For each input the dimension of its channels among those of a sample, if it is an image.
    channels: Vec<Option<usize>>,
    /// The shape of a sample in each input.
    shapes: Vec<Vec<usize>>,
    /// How many elements it has there.
    elements: Vec<usize>,
}

impl ResolvedRegions {
    pub(super) fn new(regions: Vec<Region>, shapes: &[Vec<usize>]) -> Self {
        Self {
            regions,
            others: Vec::new(),
            names: Vec::new(),
            channels: Vec::new(),
            elements: shapes.iter().map(|shape| shape.iter().product()).collect(),
            shapes: shapes.to_vec(),
        }
    }

    /// The same with regions of their own for every further row.
    pub(super) fn with_others(mut self, others: Vec<Vec<Region>>) -> Self {
        self.others = others;
        self
    }

    /// The same with names.
    pub(super) fn with_names(mut self, names: Vec<String>) -> Self {
        self.names = names;
        self
    }

    /// The same of inputs that have channels.
    pub(super) fn with_channels(mut self, channels: Vec<Option<usize>>) -> Self {
        self.channels = channels;
        self
    }

    /// Whether every one has all channels of each position that it has, of every image.
    pub(crate) fn hold_channels(&self) -> bool {
        let images = || {
            let inputs = self.channels.iter().enumerate();
            inputs.filter_map(|(input, channels)| Some((input, (*channels)?)))
        };
        let holds = |region: &Region| {
            images().all(|(input, channels)| {
                region.holds_channels(input, &self.shapes[input], channels)
            })
        };
        let mut rows = 0..=self.others.len();
        images().next().is_some() && rows.all(|row| self.of_row(row).iter().all(holds))
    }

    /// What they are called: a name for each, or one for each region of every sample. Parts of a picture that have no
    /// names are called by their places, such as `region 46 (x 112-140, y 30-55)`; others nothing.
    pub(crate) fn names(&self) -> Vec<String> {
        match &self.names[..] {
            [] => self.places().unwrap_or_default(),
            names => names.to_vec(),
        }
    }

    /// Where the regions of the only input are, if it has channels and a plane, of which they hold several positions.
    fn places(&self) -> Option<Vec<String>> {
        let ([shape], [Some(channels)]) = (&self.shapes[..], &self.channels[..]) else {
            return None;
        };
        let are_single = self.len() == self.elements[0] / shape[*channels];
        if shape.len() != 3 || are_single || !self.hold_channels() {
            return None;
        }
        let rows = 0..=self.others.len();
        let regions = rows.flat_map(|row| self.of_row(row).iter().enumerate());
        let place = |(index, region): (usize, &Region)| {
            let mut bounds = region.bounds(shape)?;
            bounds.remove(*channels);
            let [y, x] = &bounds[..] else { return None };
            let span = |range: &Range<usize>| format!("{}-{}", range.start, range.end - 1);
            Some(format!("region {index} (x {}, y {})", span(x), span(y)))
        };
        regions.map(place).collect()
    }

    /// Whether every row has its own.
    pub(crate) fn differ(&self) -> bool {
        !self.others.is_empty()
    }

    /// Those of a row.
    fn of_row(&self, row: usize) -> &[Region] {
        match row.checked_sub(1).and_then(|row| self.others.get(row)) {
            Some(regions) => regions,
            None => &self.regions,
        }
    }

    /// The elements that each of a row's regions has in the only input.
    pub(crate) fn elements(&self, row: usize) -> impl Iterator<Item = Vec<usize>> {
        self.of_row(row)
            .iter()
            .map(|region| region.elements(0).collect())
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.regions.len()
    }

    /// Where each of them lies.
    pub(crate) fn centers(&self) -> Vec<Center> {
        let center = |region: &Region| {
            let has_some = |input: &usize| !region.runs[*input].is_empty();
            let input = (0..self.shapes.len()).find(has_some).unwrap_or_default();
            Center {
                input,
                place: mean_place(region.elements(input), &self.shapes[input]),
            }
        };
        self.regions.iter().map(center).collect()
    }

    /// For each input whether its elements are kept, given which regions are: for all rows alike, or, if they differ, for
    /// one after the other. What no region covers is.
    pub(crate) fn kept(&self, is_kept: impl Fn(usize) -> bool) -> Vec<Vec<bool>> {
        self.filled(true, |region| (!is_kept(region)).then_some(false))
    }

    /// For each input the part of every element that is kept, given that of each region: for all rows alike, or, if they
    /// differ, for one after the other. What no region covers is kept.
    pub(crate) fn weights(&self, of_regions: &[f32]) -> Vec<Vec<f32>> {
        self.filled(1.0, |region| Some(of_regions[region]))
    }

    /// For each input a value for every element: that of its region, or, where there is none, another.
    fn filled<T: Copy>(&self, other: T, of_region: impl Fn(usize) -> Option<T>) -> Vec<Vec<T>> {
        let rows = 1 + self.others.len();
        let all = self.elements.iter().map(|&size| vec![other; rows * size]);
        let mut filled: Vec<Vec<T>> = all.collect();
        for row in 0..rows {
            for (index, region) in self.of_row(row).iter().enumerate() {
                let Some(value) = of_region(index) else {
                    continue;
                };
                let inputs = filled.iter_mut().zip(&region.runs).zip(&self.elements);
                for ((filled, runs), elements) in inputs {
                    for run in runs {
                        filled[row * elements..][run.clone()].fill(value);
                    }
                }
            }
        }
        filled
    }

    /// A small box around one region of the only input, the same in all rows, and for each element in the box whether it is kept without
    /// the region. `None` if there is none.
    pub(crate) fn kept_around(&self, region: usize) -> Option<(Vec<Range<usize>>, Vec<bool>)> {
        let ([shape], [all]) = (&self.shapes[..], &self.elements[..]) else {
            return None;
        };
        let ranges = self.regions[region]
            .bounds(shape)
            .filter(|_| !self.differ())?;
        let sizes: Vec<usize> = ranges.iter().map(ExactSizeIterator::len).collect();
        let elements: usize = sizes.iter().product();
        if elements > all / SMALL {
            return None;
        }
        let mut kept = vec![true; elements];
        for element in self.regions[region].elements(0) {
            let place = place_of(element, shape).into_iter().zip(&ranges);
            let place: Vec<usize> = place.map(|(at, range)| at - range.start).collect();
            kept[row_major(&place, &sizes)] = false;
        }
        Some((ranges, kept))
    }

    /// What the values of a row's elements in one input sum to in each region, and last outside of all.
    pub(crate) fn sums(&self, input: usize, row: usize, values: &[f64]) -> Vec<f64> {
        let mut outside = values.to_vec();
        let mut sums = Vec::with_capacity(self.regions.len() + 1);
        for region in self.of_row(row) {
            sums.push(region.elements(input).map(|element| values[element]).sum());
            for element in region.elements(input) {
                outside[element] = 0.0;
            }
        }
        sums.push(outside.iter().sum());
        sums
    }

    /// For every region the smallest box that holds it, a range for every dimension of a sample, if there is one input
    /// and all rows have the same.
    pub(crate) fn boxes(&self) -> Option<Vec<Vec<Range<usize>>>> {
        let [shape] = &self.shapes[..] else {
            return None;
        };
        if self.differ() {
            return None;
        }
        let regions = self.regions.iter();
        regions.map(|region| region.bounds(shape)).collect()
    }

    /// The first two regions that share an element.
    pub(crate) fn overlap(&self) -> Option<(usize, usize)> {
        (0..=self.others.len()).find_map(|row| self.overlap_in(row))
    }

    fn overlap_in(&self, row: usize) -> Option<(usize, usize)> {
        let mut owners: Vec<Vec<Option<usize>>> =
            self.elements.iter().map(|&size| vec![None; size]).collect();
        for (index, region) in self.of_row(row).iter().enumerate() {
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
                let rows = values.iter().enumerate();
                let rows = rows.flat_map(|(row, values)| self.spread_row(input, row, values));
                let data = TensorData::new(rows.collect(), [values.len(), self.elements[input]]);
                beside(like, data).reshape_to(like.shape())
            })
            .collect()
    }

    fn spread_row(&self, input: usize, row: usize, values: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.elements[input]];
        let mut covers = vec![0_u32; self.elements[input]];
        for (region, value) in self.of_row(row).iter().zip(values) {
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

/// The mean index of some elements in every dimension.
fn mean_place(elements: impl Iterator<Item = usize>, shape: &[usize]) -> Vec<f64> {
    let (mut sums, mut count) = (vec![0.0; shape.len()], 0.0);
    for element in elements {
        count += 1.0;
        for (sum, index) in sums.iter_mut().zip(place_of(element, shape)) {
            *sum += index as f64;
        }
    }
    sums.into_iter()
        .map(|sum| sum / f64::max(count, 1.0))
        .collect()
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
    fn regions_of_a_picture_are_named_by_their_place() {
        // Two channels, last, of two rows of three positions.
        let region = |elements: &[usize]| {
            let mut region = Region::empty(1);
            for &element in elements {
                region.push(0, element);
            }
            region
        };
        let all = vec![region(&[2, 3, 8, 9]), region(&[0, 1, 4, 5])];
        let of = |regions, channels| {
            let regions = ResolvedRegions::new(regions, &[vec![2, 3, 2]]);
            regions.with_channels(vec![channels])
        };
        let named = of(all.clone(), Some(2));
        let places = ["region 0 (x 1-1, y 0-1)", "region 1 (x 0-2, y 0-0)"];
        assert_eq!(named.names(), places);
        let own = named.clone().with_names(vec!["cat".into(), "table".into()]);
        assert_eq!(own.names(), ["cat", "table"]);
        let others = vec![vec![region(&[0, 1]), region(&[10, 11])]];
        let others = named.with_others(others).names();
        assert_eq!(
            others[2..],
            ["region 0 (x 0-0, y 0-0)", "region 1 (x 2-2, y 1-1)"]
        );
        // No picture, one channel of all positions, and single positions.
        assert!(of(all, None).names().is_empty());
        let channel = region(&[0, 2, 4, 6, 8, 10]);
        assert!(of(vec![channel], Some(2)).names().is_empty());
        let single = (0..6).map(|it| region(&[2 * it, 2 * it + 1]));
        assert!(of(single.collect(), Some(2)).names().is_empty());
    }

    #[test]
    fn neighbors_are_one_run() {
        let regions = regions().regions;
        assert_eq!(regions[0].runs[0].len(), 1);
        assert_eq!(regions[1].runs, [[1..2, 3..4]]);
    }

    #[test]
    fn a_region_lies_where_its_elements_do_on_average() {
        let places: Vec<Vec<f64>> = regions().centers().into_iter().map(|it| it.place).collect();
        assert_eq!(places, [[0.0, 0.5], [0.5, 1.0]]);
    }

    #[test]
    fn an_element_is_kept_if_no_replaced_region_has_it() {
        let regions = regions();
        assert_eq!(regions.kept(|it| it == 0), [[true, false, true, false]]);
        assert_eq!(regions.kept(|_| true), [[true; 4]]);
        assert_eq!(regions.kept(|_| false), [[false, false, true, false]]);
    }

    #[test]
    fn an_element_has_the_part_of_its_region() {
        let regions = ResolvedRegions::new(regions().regions[..1].to_vec(), &[vec![2, 2]]);
        assert_eq!(regions.weights(&[0.25]), [[0.25, 0.25, 1.0, 1.0]]);
        assert_eq!(regions.sums(0, 0, &[1.0, 2.0, 4.0, 8.0]), [3.0, 12.0]);
    }

    #[test]
    fn around_a_small_region_the_rest_of_its_box_is_kept() {
        let region = |elements: &[usize]| {
            let mut region = Region::empty(1);
            for &element in elements {
                region.push(0, element);
            }
            region
        };
        // A diagonal of two, and all of the first row, in four rows of four.
        let regions = vec![region(&[5, 10]), region(&[0, 1, 2, 3, 4])];
        let regions = ResolvedRegions::new(regions, &[vec![4, 4]]);
        let around = regions.kept_around(0);
        assert_eq!(
            around,
            Some((vec![1..3; 2], vec![false, true, true, false]))
        );
        assert_eq!(regions.kept_around(1), None, "half of the input");
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

    #[test]
    fn regions_hold_all_channels_or_do_not() {
        let of = |elements: &[usize]| {
            let mut region = Region::empty(1);
            for &element in elements {
                region.push(0, element);
            }
            region
        };
        // Two positions, with two channels each: channels first, and channels last.
        let regions = |elements: &[usize], channels: Option<usize>| {
            let regions = ResolvedRegions::new(vec![of(elements)], &[vec![2, 2]]);
            regions.with_channels(vec![channels]).hold_channels()
        };
        assert!(regions(&[0, 2], Some(0)) && regions(&[0, 1, 2, 3], Some(0)));
        assert!(!regions(&[0, 1], Some(0)) && !regions(&[0, 2, 3], Some(0)));
        assert!(regions(&[0, 1], Some(1)) && !regions(&[0, 2], Some(1)));
        assert!(!regions(&[0, 1], None));
    }

    #[test]
    fn every_row_may_have_its_own() {
        let of = |element: usize| {
            let mut region = Region::empty(1);
            region.push(0, element);
            region
        };
        let regions = ResolvedRegions::new(vec![of(0), of(1)], &[vec![3]]);
        assert!(!regions.differ());
        let regions = regions.with_others(vec![vec![of(2), of(0)]]);
        assert!(regions.differ());
        let kept = regions.kept(|it| it == 0);
        assert_eq!(kept, [[true, false, true, false, true, true]]);
        let weights = regions.weights(&[0.25, 0.5]);
        assert_eq!(weights, [[0.25, 0.5, 1.0, 0.5, 1.0, 0.25]]);
        assert_eq!(regions.sums(0, 1, &[1.0, 2.0, 4.0]), [4.0, 1.0, 2.0]);
        assert_eq!(regions.boxes(), None);
        let like = AnyTensor::from(Tensor::<2>::zeros([2, 3], &Device::flex()));
        let spread = regions.spread(&[vec![1.0, 2.0], vec![3.0, 4.0]], &[like]);
        let values: Vec<f32> = spread[0].flat().into_data().iter().collect();
        assert_eq!(values, [1.0, 2.0, 0.0, 4.0, 0.0, 3.0]);
        assert_eq!(regions.overlap(), None);
        assert_eq!(
            regions.with_others(vec![vec![of(2), of(2)]]).overlap(),
            Some((0, 1))
        );
    }
}
