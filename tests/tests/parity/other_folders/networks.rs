//! Fixtures of small networks, with sizes that no built-in fixture has.

use backdraft_models::EfficientNetLite0;
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::{Value, json};

use super::draft::Draft;
use super::plain::{Layer, drawn, gradient, narrow, pool, relu, sigmoid, tanh, wide};

/// Both rows of a batch are explained for their own class.
const TARGET: [usize; 2] = [1, 3];

/// Adds logits, and for every row the gradient of its class and what comes of it.
fn explain(draft: &mut Draft, x: &[f32], shape: &[usize], logits: impl Fn(&[f64]) -> Vec<f64>) {
    draft.data("input/x2", shape, x);
    let x = wide(x);
    let rows = || x.chunks(x.len() / TARGET.len());
    let all: Vec<f64> = rows().flat_map(&logits).collect();
    draft.data(
        "logits/x2",
        &[TARGET.len(), all.len() / TARGET.len()],
        &narrow(&all),
    );

    let slopes = rows()
        .zip(TARGET)
        .flat_map(|(row, class)| gradient(|row| logits(row)[class], row));
    let slopes: Vec<f64> = slopes.collect();
    let magnitudes: Vec<f64> = slopes.iter().map(|slope| slope.abs()).collect();
    let products: Vec<f64> = slopes.iter().zip(&x).map(|(slope, x)| slope * x).collect();
    let mut case = |key: &str, method: &str, args: Value, values: &[f64]| {
        let entry = json!({"method": method, "args": args, "target": TARGET});
        draft.case(key, &entry, shape, &narrow(values));
    };
    case(
        "saliency.signed/t1_3",
        "Saliency",
        json!({"abs": false}),
        &slopes,
    );
    case(
        "saliency.abs/t1_3",
        "Saliency",
        json!({"abs": true}),
        &magnitudes,
    );
    case(
        "input_x_gradient/t1_3",
        "InputXGradient",
        json!({}),
        &products,
    );
}

/// Five features, seven hidden units and four classes.
pub(super) fn mlp() -> Draft {
    let (features, hidden, classes) = (5, 7, 4);
    let config = json!({"in": features, "h": hidden, "classes": classes});
    let mut draft = Draft::new("mlp", config);
    let layers = [
        Layer::new("fc1", &[hidden, features]),
        Layer::new("fc2", &[hidden, hidden]),
        Layer::new("fc3", &[hidden, hidden]),
        Layer::new("fc4", &[classes, hidden]),
    ];
    for layer in &layers {
        layer.add_to(&mut draft);
    }
    let logits = |x: &[f64]| {
        let x = relu(&layers[0].linear(x));
        let x = tanh(&layers[1].linear(&x));
        let x = sigmoid(&layers[2].linear(&x));
        layers[3].linear(&x)
    };
    let x = drawn(TARGET.len() * features, 0);
    explain(&mut draft, &x, &[TARGET.len(), features], logits);
    draft
}

/// Images of 8 x 8, three and five channels, six hidden units and four classes.
pub(super) fn convnet() -> Draft {
    let (first, second, side, hidden, classes) = (3, 5, 8, 6, 4);
    let config = json!({"c1": first, "c2": second, "hw": side, "hid": hidden, "classes": classes});
    let mut draft = Draft::new("convnet", config);
    let convs = [
        Layer::new("conv1", &[first, 3, 3, 3]),
        Layer::new("conv2", &[second, first, 3, 3]),
    ];
    let linears = [
        Layer::new("fc1", &[hidden, second * (side / 4) * (side / 4)]),
        Layer::new("fc2", &[classes, hidden]),
    ];
    for layer in convs.iter().chain(&linears) {
        layer.add_to(&mut draft);
    }
    let rectified = |x: &[f64]| {
        let x = pool(&relu(&convs[0].conv(x, side)), side);
        relu(&convs[1].conv(&x, side / 2))
    };
    let logits = |x: &[f64]| {
        let x = pool(&rectified(x), side / 2);
        linears[1].linear(&relu(&linears[0].linear(&x)))
    };
    let x = drawn(TARGET.len() * 3 * side * side, 0);
    explain(&mut draft, &x, &[TARGET.len(), 3, side, side], logits);

    let rows = x.chunks(x.len() / TARGET.len());
    let activations: Vec<f64> = rows.flat_map(|row| rectified(&wide(row))).collect();
    let entry = json!({"method": "LayerActivation", "layer": "relu2"});
    let shape = [TARGET.len(), second, side / 2, side / 2];
    draft.case(
        "layer_activation/relu2",
        &entry,
        &shape,
        &narrow(&activations),
    );
    draft
}

/// Three words of eleven, embedded in four numbers, five hidden units and four classes.
pub(super) fn textnet() -> Draft {
    let (vocabulary, embedding, hidden, words, classes) = (11, 4, 5, 3, 4);
    let config = json!({
        "vocab": vocabulary, "dim": embedding, "hid": hidden, "len": words, "classes": classes,
    });
    let mut draft = Draft::new("textnet", config);
    let table = drawn(vocabulary * embedding, 5);
    draft.weight("emb.weight", &[vocabulary, embedding], &table);
    let of_lstm = |kind: &str, inputs: usize| {
        let names = ["weight", "bias"].map(|part| format!("lstm.{part}_{kind}_l0"));
        Layer::named(names, &[4 * hidden, inputs])
    };
    let (reads, keeps) = (of_lstm("ih", embedding), of_lstm("hh", hidden));
    let last = Layer::new("fc", &[classes, hidden]);
    for layer in [&reads, &keeps, &last] {
        layer.add_to(&mut draft);
    }

    let tokens: [i64; 6] = [3, 10, 7, 1, 0, 4];
    draft.tokens("input/x2", &[TARGET.len(), words], &tokens);
    let states = tokens.chunks(words).map(|tokens| {
        let word = |&token: &i64| wide(&table[token as usize * embedding..][..embedding]);
        last_state(&reads, &keeps, &tokens.iter().map(word).collect::<Vec<_>>())
    });
    let states: Vec<Vec<f64>> = states.collect();
    let logits: Vec<f64> = states.iter().flat_map(|state| last.linear(state)).collect();
    draft.data("logits/x2", &[TARGET.len(), classes], &narrow(&logits));

    // The gradient at the last state is the class's row of weights.
    let products = states.iter().zip(TARGET).flat_map(|(state, class)| {
        let weights = last.row(class);
        state
            .iter()
            .zip(weights)
            .map(|(state, weight)| state * weight)
            .collect::<Vec<_>>()
    });
    let products: Vec<f64> = products.collect();
    let entry = json!({
        "method": "LayerGradientXActivation", "layer": "last_hidden", "target": TARGET,
    });
    let shape = [TARGET.len(), hidden];
    draft.case(
        "layer_gradient_x_activation/t1_3/last_hidden",
        &entry,
        &shape,
        &narrow(&products),
    );
    draft
}

/// The last hidden state of an LSTM whose gates are stacked: input, forget, cell, output.
fn last_state(reads: &Layer, keeps: &Layer, words: &[Vec<f64>]) -> Vec<f64> {
    let size = keeps.row(0).len();
    let (mut hidden, mut cell) = (vec![0.0; size], vec![0.0; size]);
    for word in words {
        let pairs = reads.linear(word).into_iter().zip(keeps.linear(&hidden));
        let gates: Vec<f64> = pairs.map(|(read, kept)| read + kept).collect();
        let [input, forget, new, output]: [&[f64]; 4] =
            std::array::from_fn(|gate| &gates[gate * size..(gate + 1) * size]);
        let (input, forget) = (sigmoid(input), sigmoid(forget));
        let (new, output) = (tanh(new), sigmoid(output));
        cell = (0..size)
            .map(|i| forget[i] * cell[i] + input[i] * new[i])
            .collect();
        hidden = (0..size).map(|i| output[i] * cell[i].tanh()).collect();
    }
    hidden
}

/// A small image for EfficientNet-Lite0, without weights, and the logits of the built-in ones.
pub(super) fn efficientnet_lite0() -> Draft {
    let mut draft = Draft::new("efficientnet_lite0", json!({}));
    let (shape, device) = ([1, 3, 64, 48], Device::flex());
    let image = drawn(shape.iter().product(), 0);
    draft.data("input/noise", &shape, &image);
    let model = EfficientNetLite0::pretrained(&device).unwrap();
    let logits = model.forward(Tensor::from_data(TensorData::new(image, shape), &device));
    let shape = logits.dims();
    draft.data(
        "logits/noise",
        &shape,
        &logits.into_data().try_to_vec::<f32>().unwrap(),
    );
    draft
}
