//! Layers where a network begins or ends.

use burn::backend::Dispatch;
use burn::backend::ir::TensorId;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Device;

use crate::analysis::axes;
use crate::ir::axes::map::InputAxes;
use crate::ir::graph::Graph;
use crate::ir::layer_input::LayerInput;
use crate::network::layer;
use crate::transform::cleanup::dead_code;
use crate::{AnyTensor, Error, PassError};

/// A layer where the network begins or ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Cut {
    /// The layer's output is a further input.
    InputAt(String),
    /// The layer's output is the only output.
    OutputAt(String),
}

/// Lets everything after the layer read an input in place of its output. Gives zeros of its shape.
pub(super) fn input_at(graph: &mut Graph, name: &str, device: &Device) -> Result<AnyTensor, Error> {
    let (_, output) = layer::find(graph, name)?;
    let output = output.clone();
    if !output.dtype.is_float() {
        return Err(Error::Pass(PassError::NoGradientForKind {
            what: format!("layer `{name}`"),
            kind: output.dtype.name(),
        }));
    }
    graph.axes = Some(input_axes(graph, output.id));
    let input = graph.new_tensor();
    graph.redirect(output.id, input);
    graph.inputs.push(input);
    graph.layer_inputs.push(LayerInput {
        layer: name.into(),
        shape: output.shape.clone(),
    });
    dead_code::remove(graph);
    let device = device.as_dispatch();
    let zeros = Dispatch::float_zeros(output.shape, device, output.dtype.into());
    Ok(AnyTensor::from_dispatch(zeros))
}

/// What the dimensions of the inputs and of a tensor that becomes one stand for.
fn input_axes(graph: &Graph, layer: TensorId) -> InputAxes {
    let map = axes::trace(graph);
    let inputs = graph.inputs.iter().chain([&layer]);
    let dimensions = inputs.map(|&id| map.dimensions(id).unwrap_or_default().to_vec());
    InputAxes {
        inputs: dimensions.collect(),
        table: map.table,
    }
}

/// Makes the layer's output the only one.
pub(super) fn output_at(graph: &mut Graph, name: &str) -> Result<(), Error> {
    graph.outputs = vec![layer::find(graph, name)?.1.id];
    dead_code::remove(graph);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{AnyTensor, Error, InputError, LookupError, Network, PassError, Probes, Rewrite};
    use burn::module::Module;
    use burn::nn::{Embedding, EmbeddingConfig, Initializer, Linear, LinearConfig};
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Float, Int, Tensor};

    #[derive(Module, Debug)]
    struct Model {
        words: Embedding,
        image: Linear,
        head: Linear,
    }

    type Inputs = (Tensor<2>, Tensor<2, Int>);

    impl Model {
        fn forward(&self, (image, tokens): Inputs) -> Tensor<2> {
            let words = self.words.forward(tokens).sum_dim(1).flatten(1, 2);
            self.head.forward(relu(self.image.forward(image)) * words)
        }
    }

    fn inputs(rows: usize) -> Inputs {
        let device = Device::flex();
        let image = Tensor::<1, Int>::arange(0..(2 * rows) as i64, &device).float();
        let tokens = Tensor::<1, Int>::arange(0..(3 * rows) as i64, &device) % 5;
        (image.reshape([rows, 2]), tokens.reshape([rows, 3]))
    }

    fn net() -> Network {
        let device = Device::flex();
        let model = Model {
            words: EmbeddingConfig::new(5, 4).init(&device),
            // Positive, so that no rectifier is closed.
            image: LinearConfig::new(2, 4)
                .with_initializer(Initializer::Constant { value: 0.5 })
                .init(&device),
            head: LinearConfig::new(4, 3).init(&device),
        };
        Network::capture(&model, inputs(1), Model::forward).unwrap()
    }

    fn values(tensor: &AnyTensor) -> Vec<f32> {
        tensor.flat().into_data().iter().collect()
    }

    fn activation(net: &Network, layer: &str, rows: usize) -> AnyTensor {
        let probes = Probes::new().with_activation(layer);
        let pass = net.run(inputs(rows), &probes).unwrap();
        pass.activation(layer).unwrap()
    }

    fn with(inputs: Inputs, activation: AnyTensor) -> Vec<AnyTensor> {
        vec![inputs.0.into(), inputs.1.into(), activation]
    }

    #[test]
    fn a_layers_output_becomes_an_input() {
        let net = net();
        let opened = net.with_input_at("words").unwrap();
        for rows in [1, 3] {
            let words = activation(&net, "words", rows);
            let pass = opened.forward(with(inputs(rows), words.clone())).unwrap();
            let expected = net.forward(inputs(rows)).unwrap();
            assert_eq!(values(&pass.outputs()[0]), values(&expected.outputs()[0]));
            let doubled = words.to_tensor::<3, Float>().unwrap() * 2.0;
            let pass = opened.forward(with(inputs(rows), doubled.into())).unwrap();
            assert_ne!(values(&pass.outputs()[0]), values(&expected.outputs()[0]));
        }
        assert!(opened.layer("words").is_err(), "it isn't computed any more");
    }

    #[test]
    fn its_gradient_is_that_of_the_layer() {
        let net = net();
        let probes = Probes::new().with_layer_gradient("words");
        let pass = net.run(inputs(2), &probes).unwrap();
        let scores = pass.output::<2>().unwrap().sum_dim(1).reshape([2]);
        let expected = pass.backward(scores).unwrap().layer("words").unwrap();

        let opened = net.with_input_at("words").unwrap();
        let all = with(inputs(2), activation(&net, "words", 2));
        let pass = opened
            .run(all, &Probes::new().with_input_gradient(2))
            .unwrap();
        let scores = pass.output::<2>().unwrap().sum_dim(1).reshape([2]);
        let gradients = pass.backward(scores).unwrap();
        assert_eq!(values(&gradients.input(2).unwrap()), values(&expected));
        // The image has a gradient too, but nobody asked for it.
        assert!(matches!(
            gradients.input(0),
            Err(Error::Pass(PassError::NotProbed { .. }))
        ));
    }

    #[test]
    fn the_network_ends_at_a_layer() {
        let net = net();
        let trunk = net.with_output_at("relu").unwrap();
        for rows in [1, 3] {
            let pass = trunk.forward(inputs(rows)).unwrap();
            let [output] = pass.outputs() else {
                panic!("one output")
            };
            assert_eq!(values(output), values(&activation(&net, "relu", rows)));
        }
        let layers = trunk.layers();
        let names: Vec<&str> = layers.iter().map(crate::Layer::name).collect();
        assert_eq!(names, ["image", "relu"]);
    }

    #[test]
    fn both_ends_and_rewrites_go_together() {
        let net = net();
        let middle = net.with_input_at("image").unwrap();
        let middle = middle.with_output_at("relu").unwrap();
        let middle = middle.rewritten(Rewrite::ReluAsProduct).unwrap();
        let image = activation(&net, "image", 2);
        let pass = middle.forward(with(inputs(2), image)).unwrap();
        let expected = activation(&net, "relu", 2);
        assert_eq!(values(&pass.outputs()[0]), values(&expected));
        let moved = middle.to_device(middle.device()).unwrap();
        assert_eq!(moved.layers(), middle.layers());
    }

    #[test]
    fn a_value_of_another_shape_is_refused() {
        let net = net();
        let opened = net.with_input_at("words").unwrap();
        let of_one = activation(&net, "words", 1);
        let error = opened.forward(with(inputs(2), of_one)).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("`words`"), "{message}");
        assert!(message.contains("[2, 3, 4]"), "{message}");
        assert!(message.contains("[1, 3, 4]"), "{message}");
        let missing = opened.forward(inputs(1)).unwrap_err();
        assert!(matches!(
            missing,
            Error::Input(InputError::WrongCount {
                expected: 3,
                actual: 2
            })
        ));
    }

    #[test]
    fn unknown_and_integer_layers_are_refused() {
        let net = net();
        assert!(matches!(
            net.with_input_at("word"),
            Err(Error::Lookup(LookupError::UnknownLayer { .. }))
        ));
        assert!(net.with_output_at("word").is_err());
        let device = Device::flex();
        let x = Tensor::<2>::ones([1, 3], &device);
        let forward = |_: &Vec<Linear>, x: Tensor<2>| x.clone().argmax(1).float() + x;
        let net = Network::capture(&Vec::new(), x, forward).unwrap();
        let error = net.with_input_at("arg_max").unwrap_err();
        assert!(
            matches!(error, Error::Pass(PassError::NoGradientForKind { .. })),
            "{error}"
        );
    }
}
