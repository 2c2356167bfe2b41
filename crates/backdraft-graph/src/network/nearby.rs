//! Versions of inputs that differ from them in a small box.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use burn::backend::Dispatch;
use burn::backend::ir::TensorId;

use crate::backend::list::runs_on_cpu;
use crate::cost::simulate;
use crate::exec::{Given, execute};
use crate::ir::node::Node;
use crate::ir::op_name::op_name;
use crate::ir::program::Program;
use crate::patch::{Area, Kept, Patches, Steps};
use crate::schedule::{Request, Schedule};
use crate::{AnyTensor, Error, Network, Tensors};

/// Shares of a dimension that differ by less than one of so many parts count as alike, but for the last dimension.
const LEVELS: f64 = 32.0;

/// A network near some inputs: at versions of them that differ in a box of one input, such as an image with a window
/// replaced.
///
/// A change inside of a box reaches a known box of every later activation, until an operation mixes or rearranges space.
/// So the activations of the unchanged inputs are computed once and kept, and of a version only what the
/// change reaches is computed again, for as long as that is less work than the whole. The outputs are those
/// of [`Network::forward`] but for rounding.
///
/// ```
/// use backdraft_graph::{Nearby, Network};
/// use burn::nn::conv::{Conv2d, Conv2dConfig};
/// use burn::tensor::{Device, Tensor, Tolerance};
///
/// let device = Device::flex();
/// let model = Conv2dConfig::new([1, 4], [3, 3]).init(&device);
/// let image = Tensor::<4>::ones([1, 1, 64, 64], &device);
/// let forward = |m: &Conv2d, x: Tensor<4>| m.forward(x).mean_dims(&[2, 3]);
/// let net = Network::capture(&model, image.clone(), forward)?;
///
/// let nearby = Nearby::new(&net, image.clone(), 0)?.expect("convolutions are local");
/// let window = [0..1, 8..16, 8..16];
/// let version = image.slice_fill([0..1, 0..1, 8..16, 8..16], 0.0);
/// let outputs = nearby.outputs(version.clone(), &[window.to_vec()])?;
///
/// let expected: Tensor<4> = net.forward(version)?.output()?;
/// let outputs: Tensor<4> = outputs[0].to_tensor()?;
/// outputs.into_data().assert_approx_eq::<f32>(&expected.into_data(), Tolerance::default());
/// # Ok::<(), backdraft_graph::Error>(())
/// ```
pub struct Nearby {
    net: Network,
    program: Arc<Program>,
    inputs: Vec<AnyTensor>,
    input: usize,
    /// The size of the input.
    shape: Vec<usize>,
    kept: OnceLock<Kept>,
}

impl Nearby {
    /// The network near these inputs, of which the one at a position changes. `None` if nothing would be won: the input
    /// isn't `[samples, channels, space...]`, its samples can't be told or seen together, the network does nothing local
    /// with it, or it runs on a GPU, where many small operations take longer than few large ones.
    ///
    /// Nothing is computed yet.
    ///
    /// # Errors
    ///
    /// As for [`Network::forward`].
    pub fn new(net: &Network, inputs: impl Tensors, input: usize) -> Result<Option<Self>, Error> {
        let inputs = net.checked(inputs)?;
        let batch = net.batch(inputs.clone())?;
        let arranged = batch.inputs().get(input).and_then(Option::as_ref);
        let has_rows = arranged.is_some_and(crate::Arrangement::is_identity)
            && inputs[input].shape().first() == Some(&batch.samples());
        if !(has_rows && batch.stacks() && runs_on_cpu(net.device())) {
            return Ok(None);
        }
        let nearby = Self {
            program: net.graph_for(&inputs)?,
            shape: inputs[input].shape().to_vec(),
            net: net.clone(),
            inputs,
            input,
            kept: OnceLock::new(),
        };
        let request = nearby.request();
        let schedule = Schedule::compile(&nearby.program, &request)?;
        let is_local = Steps::of(&schedule, input).is_some();
        Ok(is_local.then_some(nearby))
    }

    /// The outputs at versions of the inputs, one after the other in one batch as their rows: a row for every sample of the
    /// first version, then of the next. Each version differs from the inputs at most in its box: a range for every dimension
    /// of the input but the samples, of which that of the channels doesn't matter.
    ///
    /// Where there isn't one box inside of the input for each version, all is computed.
    ///
    /// # Errors
    ///
    /// As for [`Network::forward`].
    pub fn outputs(
        &self,
        versions: impl Tensors,
        boxes: &[Vec<Range<usize>>],
    ) -> Result<Vec<AnyTensor>, Error> {
        self.outputs_cut(versions, boxes, None)
    }

    /// The outputs, with so many steps on patches, or as many as are best.
    fn outputs_cut(
        &self,
        versions: impl Tensors,
        boxes: &[Vec<Range<usize>>],
        cut: Option<usize>,
    ) -> Result<Vec<AnyTensor>, Error> {
        let versions = self.net.checked(versions)?;
        let program = self.net.graph_for(&versions)?;
        let request = self.request();
        let schedule = Schedule::compile(&self.program, &request)?;
        let steps = Steps::of(&schedule, self.input).filter(|_| is_alike(&self.program, &program));
        let (Some(steps), Some(changed)) = (steps, self.areas(&versions, boxes)) else {
            return self.in_full(versions);
        };
        let places = steps.places(&changed);
        let cut = cut.unwrap_or_else(|| steps.cut(&places));
        if cut == 0 {
            return self.in_full(versions);
        }
        let patches = Patches {
            kept: self.kept(&steps)?,
            steps: &steps,
            weights: &self.net.0.weights,
            device: &self.net.0.device,
            places,
            cut,
        };
        let replacements = patches.compute(&versions[self.input])?;
        self.outputs_after(&program, versions, replacements)
    }

    /// The most bytes that the kept activations and one version take beside the weights and the inputs, for versions that
    /// change in these boxes: an estimate.
    ///
    /// # Errors
    ///
    /// As for [`Network::cost`].
    pub fn bytes(&self, boxes: &[Vec<Range<usize>>]) -> Result<[u64; 2], Error> {
        let request = self.request();
        let schedule = Schedule::compile(&self.program, &request)?;
        let steps = Steps::of(&schedule, self.input);
        let changed = boxes
            .iter()
            .map(|range| self.area(range))
            .collect::<Option<Vec<Area>>>();
        let (Some(steps), Some(changed)) = (steps, changed) else {
            return Ok([0, simulate(&schedule).peak_bytes()]);
        };
        let places = steps.places(&changed);
        let cut = steps.cut(&places);
        let request = Request {
            keep: self.program.outputs.clone(),
            replace: steps.frontier(cut).map(|tensor| tensor.id).collect(),
            ..Request::default()
        };
        let rest = simulate(&Schedule::compile(&self.program, &request)?).peak_bytes();
        Ok([steps.kept_bytes(), steps.bytes(&places, cut) + rest])
    }

    /// Positions of the boxes in an order in which neighbors reach about as much: versions in one batch are computed on
    /// patches of one size, that of the largest.
    ///
    /// # Errors
    ///
    /// As for [`Network::cost`].
    pub fn order(&self, boxes: &[Vec<Range<usize>>]) -> Result<Vec<usize>, Error> {
        let request = self.request();
        let schedule = Schedule::compile(&self.program, &request)?;
        let steps = Steps::of(&schedule, self.input);
        let shares = |ranges: &Vec<Range<usize>>| -> Vec<u64> {
            let steps = steps.as_ref().zip(self.area(ranges));
            let shares = steps.map(|(steps, area)| steps.shares(&area));
            let mut shares: Vec<f64> = shares.into_iter().flatten().collect();
            if let Some(last) = shares.last_mut() {
                *last *= LEVELS;
            }
            let level = |share: f64| (share * LEVELS) as u64;
            shares.into_iter().map(level).collect()
        };
        let mut order: Vec<usize> = (0..boxes.len()).collect();
        order.sort_by_cached_key(|&position| shares(&boxes[position]));
        Ok(order)
    }

    fn in_full(&self, versions: Vec<AnyTensor>) -> Result<Vec<AnyTensor>, Error> {
        Ok(self.net.forward(versions)?.outputs().to_vec())
    }

    /// The outputs from some tensors on that are computed already.
    fn outputs_after(
        &self,
        program: &Program,
        versions: Vec<AnyTensor>,
        replacements: Kept,
    ) -> Result<Vec<AnyTensor>, Error> {
        let request = Request {
            keep: program.outputs.clone(),
            replace: replacements.keys().copied().collect(),
            ..Request::default()
        };
        let given = Given {
            inputs: versions,
            replacements: replacements.into_iter().collect(),
            reference: None,
        };
        let schedule = Schedule::compile(program, &request)?;
        let kept = self.run(&schedule, given)?;
        let outputs = program.outputs.iter();
        Ok(outputs.filter_map(|id| kept.get(id).cloned()).collect())
    }

    fn run(&self, schedule: &Schedule<'_>, given: Given) -> Result<Kept, Error> {
        let device = self.net.0.device.as_dispatch();
        let kept = execute::<Dispatch>(schedule, given, &self.net.0.weights, device)?.kept;
        Ok(kept.iter().map(|(&id, slot)| (id, slot.value())).collect())
    }

    /// The activations of the unchanged inputs, which are computed when they are needed first.
    fn kept(&self, steps: &Steps<'_>) -> Result<&Kept, Error> {
        if let Some(kept) = self.kept.get() {
            return Ok(kept);
        }
        let request = Request {
            keep: steps.kept().into_iter().collect(),
            ..Request::default()
        };
        let schedule = Schedule::compile(&self.program, &request)?;
        let given = Given {
            inputs: self.inputs.clone(),
            ..Given::default()
        };
        let kept = self.run(&schedule, given)?;
        Ok(self.kept.get_or_init(|| kept))
    }

    fn request(&self) -> Request {
        Request {
            keep: self.program.outputs.clone(),
            ..Request::default()
        }
    }

    /// The boxes in space, one for each version.
    fn areas(&self, versions: &[AnyTensor], boxes: &[Vec<Range<usize>>]) -> Option<Vec<Area>> {
        let [rows, rest @ ..] = &self.shape[..] else {
            return None;
        };
        let shape = versions[self.input].shape();
        let fits = shape[0] == rows * boxes.len() && shape[1..] == *rest;
        fits.then(|| boxes.iter().map(|ranges| self.area(ranges)).collect())?
    }

    fn area(&self, ranges: &[Range<usize>]) -> Option<Area> {
        let area = Area(ranges.get(1..)?.to_vec());
        area.fits(&self.shape[2..]).then_some(area)
    }
}

/// Whether two graphs of one network do the same, with other numbers of rows.
fn is_alike(a: &Program, b: &Program) -> bool {
    let same = |(a, b): (&Node, &Node)| {
        let reads = |node: &Node| -> Vec<TensorId> {
            node.op
                .inputs()
                .chain(node.op.outputs())
                .map(|tensor| tensor.id)
                .collect()
        };
        op_name(&a.op) == op_name(&b.op) && reads(a) == reads(b)
    };
    a.nodes.len() == b.nodes.len() && a.nodes.iter().zip(&b.nodes).all(same)
}

impl fmt::Debug for Nearby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nearby")
            .field("net", &self.net)
            .field("input", &self.input)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::random_network::{Random, RandomNetwork};
    use burn::nn::Linear;
    use burn::tensor::module::{conv1d, conv2d};
    use burn::tensor::ops::ConvOptions;
    use burn::tensor::{Device, Distribution, Tensor};

    const SIDE: usize = 19;

    fn capture<const D: usize>(
        x: &Tensor<D>,
        forward: impl Fn(Tensor<D>) -> Tensor<D> + Send + Sync + 'static,
    ) -> Network {
        let forward = move |_: &Vec<Linear>, x: Tensor<D>| forward(x);
        Network::capture(&Vec::new(), x.clone(), forward).unwrap()
    }

    /// Versions of some images, each with a box of noise, and the boxes.
    fn versions<const D: usize>(x: &Tensor<D>, boxes: &[Vec<Range<usize>>]) -> Tensor<D> {
        let version = |ranges: &Vec<Range<usize>>| {
            let mut slices: [Range<usize>; D] = x.dims().map(|size| 0..size);
            slices[1..].clone_from_slice(ranges);
            let size = slices.clone().map(|range| range.len());
            let noise = Tensor::random(size, Distribution::Uniform(-2.0, 2.0), &x.device());
            x.clone().slice_assign(slices, noise)
        };
        Tensor::cat(boxes.iter().map(version).collect(), 0)
    }

    fn flat(outputs: &[AnyTensor]) -> Vec<f32> {
        outputs
            .iter()
            .flat_map(|it| it.flat().into_data().iter::<f32>().collect::<Vec<_>>())
            .collect()
    }

    /// How many steps there are, and how many of them are best computed on patches for a change in a box.
    fn steps_and_cut(nearby: &Nearby, ranges: &[Range<usize>]) -> [usize; 2] {
        let request = nearby.request();
        let schedule = Schedule::compile(&nearby.program, &request).unwrap();
        let steps = Steps::of(&schedule, nearby.input).unwrap();
        let places = steps.places(&[nearby.area(ranges).unwrap()]);
        [steps.len(), steps.cut(&places)]
    }

    /// Compares with whole evaluations, whatever number of steps is computed on patches. Gives the number of steps.
    fn check<const D: usize>(
        net: &Network,
        x: &Tensor<D>,
        boxes: &[Vec<Range<usize>>],
        what: &str,
    ) -> usize {
        let versions = versions(x, boxes);
        let expected = flat(net.forward(versions.clone()).unwrap().outputs());
        let scale = expected
            .iter()
            .fold(1e-3_f32, |scale, value| scale.max(value.abs()));
        let Some(nearby) = Nearby::new(net, x.clone(), 0).unwrap() else {
            return 0;
        };
        let [steps, _] = steps_and_cut(&nearby, &boxes[0]);
        for cut in 0..=steps {
            let outputs = nearby
                .outputs_cut(versions.clone(), boxes, Some(cut))
                .unwrap();
            let outputs = flat(&outputs);
            assert_eq!(outputs.len(), expected.len());
            for (actual, expected) in outputs.iter().zip(&expected) {
                let error = (actual - expected).abs() / scale;
                assert!(
                    error < 1e-5,
                    "{what}, {cut} of {steps} steps: {actual} != {expected}"
                );
            }
        }
        let chosen = flat(&nearby.outputs(versions, boxes).unwrap());
        let close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5 * scale;
        assert!(chosen.iter().zip(&expected).all(close), "{what}");
        steps
    }

    #[test]
    fn patches_give_what_whole_evaluations_give() {
        let mut local = 0;
        for seed in 0..60 {
            let mut random = Random::new(seed);
            let network = RandomNetwork::new(&mut random, SIDE);
            let rows = 1 + random.below(2);
            let x = Tensor::random(
                [rows, 3, SIDE, SIDE],
                Distribution::Default,
                &Device::flex(),
            );
            let what = format!("seed {seed}: {network:?}");
            let net = capture(&x, move |x| network.forward(x));
            let mut range = |_| {
                let start = random.below(SIDE);
                start..(start + 1 + random.below(6)).min(SIDE)
            };
            let boxes = [(); 3].map(|()| vec![0..3, range(0), range(1)]);
            local += check(&net, &x, &boxes, &what);
        }
        assert!(local > 300, "{local} steps");
    }

    #[test]
    fn boxes_at_corners_are_covered() {
        let mut random = Random::new(7);
        let x = Tensor::random([1, 3, SIDE, SIDE], Distribution::Default, &Device::flex());
        let corners = [0..2, SIDE - 2..SIDE];
        let boxes = corners
            .clone()
            .map(|y| corners.clone().map(|x| vec![0..3, y.clone(), x]));
        for _ in 0..10 {
            let network = RandomNetwork::new(&mut random, SIDE);
            let what = format!("{network:?}");
            let net = capture(&x, move |x| network.forward(x));
            check(&net, &x, boxes.as_flattened(), &what);
        }
    }

    #[test]
    fn space_may_have_one_dimension() {
        let x = Tensor::random([2, 1, 40], Distribution::Default, &Device::flex());
        let net = capture(&x, |x: Tensor<3>| {
            let weight = Tensor::<1>::from_data([1.0, -2.0, 0.5], &x.device()).reshape([1, 1, 3]);
            let options = ConvOptions::new([2], [1], [2], 1);
            conv1d(x, weight, None, options).exp().sum_dim(2)
        });
        assert_eq!(
            check(&net, &x, &[vec![0..1, 5..8], vec![0..1, 39..40]], "1-D"),
            2
        );
    }

    /// How many operations on an image a change stays local in.
    fn steps(forward: impl Fn(Tensor<4>) -> Tensor<4> + Send + Sync + 'static) -> usize {
        let x = Tensor::random([1, 3, 12, 12], Distribution::Default, &Device::flex());
        let net = capture(&x, forward);
        check(&net, &x, &[vec![0..3, 2..5, 9..12]], "by hand")
    }

    fn blur(x: Tensor<4>) -> Tensor<4> {
        let weight = Tensor::ones([3, 1, 3, 3], &x.device()) / 9.0;
        conv2d(x, weight, None, ConvOptions::new([1, 1], [1, 1], [1, 1], 3))
    }

    #[test]
    fn what_rearranges_space_ends_the_steps() {
        assert_eq!(steps(|x| blur(x).exp().sum_dim(3)), 2);
        let roll = |x: Tensor<4>| {
            let (above, below) = (x.clone().narrow(2, 0, 3), x.narrow(2, 3, 9));
            Tensor::cat(vec![below, above], 2)
        };
        assert_eq!(steps(move |x| blur(roll(blur(x)))), 1);
        assert_eq!(steps(|x| blur(blur(x).flip([3]))), 1);
        assert_eq!(steps(|x| blur(blur(x).swap_dims(2, 3))), 1);
        assert_eq!(steps(|x| blur(blur(x).cumsum(3))), 1);
        assert_eq!(steps(|x| blur(blur(x).repeat_dim(2, 2))), 1);
    }

    #[test]
    fn a_factor_from_all_positions_ends_them_too() {
        // The convolution and the product with itself, not that with the mean.
        let squeeze = |x: Tensor<4>| {
            let maps = blur(x);
            let gate = maps.clone().mean_dims(&[2, 3]).exp();
            blur(maps.clone() * maps * gate)
        };
        assert_eq!(steps(squeeze), 2);
    }

    #[test]
    fn an_offset_that_is_computed_is_not_local() {
        let shifted = |x: Tensor<4>| {
            let maps = blur(x.clone());
            let places = maps.clone().mean_dim(1).mul_scalar(3.0).int().clamp(0, 11);
            maps.gather(3, places.repeat_dim(1, 3))
        };
        assert_eq!(steps(shifted), 1);
    }

    #[test]
    fn boxes_that_do_not_fit_mean_everything() {
        let x = Tensor::random([1, 3, 12, 12], Distribution::Default, &Device::flex());
        let net = capture(&x, blur);
        let nearby = Nearby::new(&net, x.clone(), 0).unwrap().unwrap();
        let version = x.clone() + 1.0;
        let expected = flat(net.forward(version.clone()).unwrap().outputs());
        for boxes in [
            vec![],
            vec![vec![0..3, 5..5, 0..2]],
            vec![vec![0..3, 0..2, 0..13]],
            vec![vec![]],
        ] {
            let outputs = nearby.outputs(version.clone(), &boxes).unwrap();
            assert_eq!(flat(&outputs), expected, "{boxes:?}");
        }
    }

    #[test]
    fn small_boxes_are_computed_on_patches_and_large_ones_are_not() {
        let x = Tensor::<4>::zeros([1, 3, 64, 64], &Device::flex());
        let net = capture(&x, |x| blur(blur(x)).mean_dims(&[2, 3]));
        let nearby = Nearby::new(&net, x.clone(), 0).unwrap().unwrap();
        let cut = |side: usize| steps_and_cut(&nearby, &[0..3, 0..side, 0..side]);
        assert_eq!((cut(4), cut(64)), ([2, 2], [2, 0]));
    }
}
