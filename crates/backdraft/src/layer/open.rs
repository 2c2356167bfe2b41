//! Cuts a network at layers.

use crate::finite::check;
use crate::inputs::layer_inputs::LayerInputs;
use crate::layer::error::LayerError;
use crate::layer::rows::layer_rows;
use crate::{AnyTensor, Error, Inputs, Network};

/// The network that begins at the layers, and its inputs. Of the same inputs it is computed once.
pub(crate) fn open(
    net: &Network,
    layers: &[String],
    inputs: &Inputs,
    kept: bool,
) -> Result<(Network, Inputs), Error> {
    let name = format!("network from {layers:?}, inputs kept: {kept}");
    if let Some((opened, at_layers)) = inputs.memo().recall::<(Network, Inputs)>(net, &name) {
        return Ok((opened, at_layers.run_as(inputs)));
    }
    let at_layers = LayerInputs::new(net, layers, inputs.layers());
    let outputs = outputs(&at_layers, net, layers, inputs)?;
    let mut opened = net.clone();
    for (position, (layer, output)) in layers.iter().zip(&outputs).enumerate() {
        layer_rows(net, layer, inputs, output)?;
        if opened.layer(layer).is_err() {
            return Err(Error::Layer(LayerError::HiddenLayer {
                layer: layer.clone(),
                others: layers[..position].join("`, `"),
            }));
        }
        opened = opened.with_input_at(layer)?;
    }
    let named: Vec<_> = layers.iter().map(String::as_str).zip(&outputs).collect();
    check::activations(net, inputs, &named)?;
    let batch = opened.batch(inputs.tensors_with(&outputs))?;
    let at_layers = inputs.at_layers(at_layers, outputs, kept, batch)?;
    let opened = (opened, at_layers);
    inputs.memo().remember(net, &name, opened.clone());
    Ok(opened)
}

/// What the layers compute, from the memo if another method has computed it already.
fn outputs(
    at_layers: &LayerInputs,
    net: &Network,
    layers: &[String],
    inputs: &Inputs,
) -> Result<Vec<AnyTensor>, Error> {
    let known = layers
        .iter()
        .map(|layer| inputs.memo().activation(net, layer))
        .collect();
    if let Some(known) = known {
        return Ok(known);
    }
    let outputs = at_layers.outputs(inputs.tensors())?;
    for (layer, output) in layers.iter().zip(&outputs) {
        inputs.memo().remember_activation(net, layer, output);
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, GradCam, Method};
    use burn::nn::Linear;
    use burn::tensor::{Device, Tensor};

    fn net(x: &Tensor<3>) -> Network {
        let forward = |_: &Vec<Linear>, x: Tensor<3>| x.exp().sum_dim(2).squeeze_dim::<2>(2);
        Network::capture(&Vec::new(), x.clone(), forward).unwrap()
    }

    #[test]
    fn the_same_inputs_are_cut_once() {
        let x = Tensor::<3>::ones([1, 2, 4], &Device::flex());
        let (net, inputs) = (net(&x), Inputs::new(x));
        let layers = ["exp".to_owned()];
        let (first, at_first) = open(&net, &layers, &inputs, false).unwrap();
        // What is known of the network from the layer on is known at the next call.
        at_first.memo().remember(&first, "mark", 7);
        let (second, at_second) = open(&net, &layers, &inputs.clone(), false).unwrap();
        assert_eq!(at_second.memo().recall(&second, "mark"), Some(7));
        let (_, at_both) = open(&net, &layers, &inputs, true).unwrap();
        assert_eq!(at_both.explained().count(), 2);
    }

    #[test]
    fn what_a_class_activation_map_found_at_the_layer_is_not_computed_again() {
        let x = Tensor::<3>::ones([1, 2, 4], &Device::flex());
        let (net, inputs) = (net(&x), Inputs::new(x));
        GradCam::at("exp")
            .attribute(&net, &inputs, Class(0))
            .unwrap();
        let marked = Tensor::<3>::ones([1, 2, 4], &Device::flex()) * 7.0;
        inputs
            .memo()
            .remember_activation(&net, "exp", &marked.into());
        let (_, opened) = open(&net, &["exp".to_owned()], &inputs, false).unwrap();
        let layer = opened.floats().unwrap()[0].reshape([8]).into_data();
        assert_eq!(layer.iter::<f32>().next(), Some(7.0));
    }
}
