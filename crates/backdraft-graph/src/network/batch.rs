//! How tensors of a network hold samples, channels and positions.

use std::sync::{Arc, PoisonError};

use burn::tensor::Shape;

use crate::analysis::axes::{FeatureMap, Rows};
use crate::ir::program::Program;
use crate::network::layer;
use crate::network::traced::{Given, Traced, is_mixed, places, rows};
use crate::{AnyTensor, Arrangement, Batch, Error, LookupError, MapLayout, Network, Tensors};

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
        let Rows::Samples(samples) = traced.rows else {
            return Ok(None);
        };
        let dimensions = traced.map().dimensions(output.id).unwrap_or_default();
        let place = samples.place(dimensions, &traced.map().table);
        Ok(place.map(|place| place.arrangement(&output.shape)))
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
        let map = FeatureMap::of(dimensions, traced.rows, &traced.map().table);
        let map = map.map_err(|reason| {
            Error::Lookup(LookupError::NoMap {
                layer: layer.into(),
                axes: traced.axes_of(node).to_string(),
                reason,
            })
        })?;
        Ok(MapLayout::new(map))
    }

    /// How an input becomes a map; `None` if it has no dimension of space over which windows move.
    ///
    /// # Errors
    ///
    /// If the inputs don't fit the network.
    pub fn input_map(
        &self,
        input: usize,
        inputs: impl Tensors,
    ) -> Result<Option<MapLayout>, Error> {
        let inputs = self.fitting(inputs)?;
        let traced = self.traced(&inputs)?;
        let (id, map) = (traced.program.inputs[input], traced.map());
        let layout = FeatureMap::of(
            map.dimensions(id).unwrap_or_default(),
            traced.rows,
            &map.table,
        );
        let in_space = !map.table.space_of(input).is_empty();
        Ok(layout.ok().filter(|_| in_space).map(MapLayout::new))
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
        let own = rows(&program);
        let places = places(&program, own);
        let given = Given {
            inputs,
            places: &places,
        };
        let samples = given.samples(own);
        let doubled = given.doublings(own).into_iter().find_map(|shapes| {
            let doubled = self.recorded_like(inputs, &shapes).ok()?;
            let twice = rows(&doubled);
            let follows = matches!(twice, Rows::Samples(it) if it.len() == 2 * samples);
            follows.then_some((doubled, twice))
        });
        let stacks = doubled
            .as_ref()
            .is_some_and(|(program, rows)| !is_mixed(program, *rows));
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
