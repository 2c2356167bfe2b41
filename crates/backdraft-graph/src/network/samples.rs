//! How a network's tensors hold samples, channels and positions.

use std::sync::{Arc, PoisonError};

use burn::tensor::Shape;

use crate::analysis::axes::{FeatureMap, Rows};
use crate::ir::program::Program;
use crate::network::doubling::Given;
use crate::network::layer;
use crate::network::traced::{Traced, arranged_outputs, is_anchored, is_mixed, places, rows};
use crate::{
    AnyTensor, Arrangement, Batch, Error, LookupError, MapLayout, Network, NoMapReason, Planes,
    Tensors,
};

impl Network {
    /// How many samples these inputs hold, and where: their values don't matter.
    ///
    /// # Errors
    ///
    /// If the inputs don't fit the network.
    pub fn batch(&self, inputs: impl Tensors) -> Result<Batch, Error> {
        let inputs = self.fitting(inputs)?;
        Ok(self.traced(&inputs)?.batch.clone())
    }

    /// How the samples of a layer's output come first; `None` if it has none, or not in one dimension.
    ///
    /// # Errors
    ///
    /// [`LookupError::UnknownLayer`], or if the inputs don't fit the network.
    pub fn layer_rows(
        &self,
        layer: &str,
        inputs: impl Tensors,
    ) -> Result<Option<Arrangement>, Error> {
        let inputs = self.fitting(inputs)?;
        let traced = self.traced(&inputs)?;
        let (_, output) = layer::find(&traced.program, layer)?;
        let dimensions = traced.map().dimensions(output.id).unwrap_or_default();
        let samples = traced.rows.samples();
        let place = samples.and_then(|it| it.place(dimensions, &traced.map().table));
        let program = self.graph_for(&inputs)?;
        let (_, given) = layer::find(&program, layer)?;
        Ok(place.map(|place| place.arrangement(&given.shape)))
    }

    /// How a layer's output becomes a map: samples, channels and positions, wherever the network has them.
    ///
    /// # Errors
    ///
    /// [`LookupError::UnknownLayer`], [`LookupError::NoMap`] if the layer has no positions or they can't be told, or if
    /// the inputs don't fit the network.
    pub fn layer_map(&self, layer: &str, inputs: impl Tensors) -> Result<MapLayout, Error> {
        let inputs = self.fitting(inputs)?;
        let traced = self.traced(&inputs)?;
        let (node, output) = layer::find(&traced.program, layer)?;
        let dimensions = traced.map().dimensions(output.id).unwrap_or_default();
        let program = self.graph_for(&inputs)?;
        let (_, given) = layer::find(&program, layer)?;
        let map = FeatureMap::of(dimensions, traced.rows, &traced.map().table);
        // Sizes of the program for two samples may differ in more than the samples.
        let fits = |map: &FeatureMap| map.arrangement.fits(&given.shape);
        let map = map.and_then(|map| fits(&map).then_some(map).ok_or(NoMapReason::Samples));
        let map = map.map_err(|reason| {
            Error::Lookup(LookupError::NoMap {
                layer: layer.into(),
                axes: traced.axes_of(node).to_string(),
                reason,
            })
        })?;
        Ok(MapLayout::new(map))
    }

    /// Where a layer's output has its channels and space, its samples first; `None` if it has no space.
    ///
    /// # Errors
    ///
    /// [`LookupError::UnknownLayer`], or if the inputs don't fit the network.
    pub fn layer_planes(&self, layer: &str, inputs: impl Tensors) -> Result<Option<Planes>, Error> {
        let inputs = self.fitting(inputs)?;
        let traced = self.traced(&inputs)?;
        let (_, output) = layer::find(&traced.program, layer)?;
        Ok(traced.planes(output.id))
    }

    /// What is known of the example's shapes.
    pub(super) fn example_traced(&self) -> &Traced {
        self.0.example_traced.get_or_init(|| {
            let inputs = self
                .0
                .inputs
                .iter()
                .map(|input| input.placeholder(&self.0.device));
            let inputs: Vec<AnyTensor> = inputs.collect();
            let alone = || {
                let program = Arc::clone(&self.0.example);
                let rows = rows(&program);
                Arc::new(Traced::new(program, rows, &inputs, 1, false))
            };
            self.traced(&inputs).unwrap_or_else(|_| alone())
        })
    }

    pub(super) fn traced(&self, inputs: &[AnyTensor]) -> Result<Arc<Traced>, Error> {
        let shapes: Vec<Shape> = inputs.iter().map(AnyTensor::shape).collect();
        let known = || self.0.traced.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(traced) = known().get(&shapes) {
            return Ok(Arc::clone(traced));
        }
        let traced = Arc::new(self.trace(inputs)?);
        known().put(shapes, Arc::clone(&traced));
        Ok(traced)
    }

    fn trace(&self, inputs: &[AnyTensor]) -> Result<Traced, Error> {
        let program = self.graph_for(inputs)?;
        let own = match rows(&program) {
            Rows::Unknown if inputs[0].shape().first() == Some(&1) => Rows::One,
            own => own,
        };
        let places = places(&program, own);
        let given = Given {
            inputs,
            places: &places,
        };
        let samples = given.samples(own);
        let doubled = given.doublings(own).into_iter().find_map(|shapes| {
            let doubled = self.recorded_like(inputs, &shapes).ok()?;
            let twice = rows(&doubled);
            let follows = twice.samples().is_some_and(|it| it.len() == 2 * samples);
            (follows && outputs_follow(&program, &doubled, twice)).then_some((doubled, twice))
        });
        let stacks = doubled.as_ref().is_some_and(|(program, rows)| {
            !is_mixed(program, *rows) && !is_anchored(program, *rows)
        });
        Ok(match doubled {
            Some((program, rows)) if samples == 1 => Traced::new(program, rows, inputs, 1, stacks),
            _ => Traced::new(program, own, inputs, samples, stacks),
        })
    }

    /// The program for inputs of other shapes.
    fn recorded_like(&self, inputs: &[AnyTensor], shapes: &[Shape]) -> Result<Arc<Program>, Error> {
        let like = inputs.iter().zip(shapes).take(self.0.recorded);
        let like: Vec<AnyTensor> = like.map(|(input, shape)| input.zeros_of(shape)).collect();
        self.recorded_for(&like)
    }
}

/// Whether the outputs for twice the samples differ from a program's in nothing else.
fn outputs_follow(program: &Program, doubled: &Program, rows: Rows) -> bool {
    let Some(arrangements) = arranged_outputs(doubled, rows) else {
        return true;
    };
    let shapes = program
        .outputs
        .iter()
        .map(|output| program.shape_of(*output));
    let mut pairs = arrangements.iter().zip(shapes);
    pairs.all(|(arrangement, shape)| shape.is_none_or(|shape| arrangement.fits(&shape)))
}
