//! Samples, wherever a network has them: nothing depends on how many rows an input happens to have.

use backdraft::{
    AtLayer, Attribution, Baseline, Class, DeepLift, GradCam, GradientShap, InputXGradient, Inputs,
    IntegratedGradients, Method, Network, NoiseLevel, Saliency, Score, SmoothGrad, Target,
};
use backdraft_tests::tiny::{assert_close, capture, tensor, values};
use burn::module::{Module, Param};
use burn::nn::Embedding;
use burn::tensor::activation::{relu, softmax, tanh};
use burn::tensor::{Device, Distribution, Int, Tensor};

/// Every budget that matters: one row at once, two, and all.
fn budgets(inputs: &Inputs) -> [Inputs; 3] {
    [1, 2, 64].map(|rows| inputs.clone().with_batch_size(rows))
}

/// The share of the first column in a softmax.
fn first_share() -> impl Target {
    Score::new("share of the first", |scores: Tensor<2>| {
        let shares = softmax(scores, 1);
        let [rows, _] = shares.dims();
        shares.slice([0..rows, 0..1]).reshape([rows])
    })
}

#[derive(Module, Debug)]
struct Texts {
    words: Embedding,
}

/// Scores of images and texts, of which there are as many as images.
fn images_and_texts() -> (Network, (Tensor<2>, Tensor<2, Int>)) {
    let device = Device::flex();
    let model = Texts {
        words: Embedding {
            weight: Param::from_data([[1.0, 0.0], [0.0, 1.0]], &device),
        },
    };
    let images = tensor([[3f32.ln(), 0.0], [0.0, 3f32.ln()]]);
    let tokens = Tensor::<2, Int>::from_data([[0], [1]], &device);
    let forward = |m: &Texts, (images, tokens): (Tensor<2>, Tensor<2, Int>)| {
        let texts = m.words.forward(tokens).mean_dim(1).squeeze_dim::<2>(1);
        images.matmul(texts.transpose())
    };
    let net = Network::capture(&model, (images.clone(), tokens.clone()), forward).unwrap();
    (net, (images, tokens))
}

#[test]
fn texts_that_are_as_many_as_images_are_not_repeated() {
    let (net, inputs) = images_and_texts();
    let batch = net.batch(inputs.clone()).unwrap();
    assert!(batch.inputs()[0].is_some() && batch.inputs()[1].is_none());
    for inputs in budgets(&Inputs::new(inputs)) {
        let path = IntegratedGradients::new()
            .attribute(&net, &inputs, first_share())
            .unwrap();
        assert_close(&values(&path.values()[0]), &[0.25, 0.0, 0.0, -0.25], 1e-4);
        let expected = Saliency::new()
            .attribute(&net, &inputs, first_share())
            .unwrap();
        let smooth = SmoothGrad::new(Saliency::new()).with_noise(NoiseLevel::Absolute(0.0));
        let smooth = smooth.attribute(&net, &inputs, first_share()).unwrap();
        assert_close(
            &values(&smooth.values()[0]),
            &values(&expected.values()[0]),
            1e-4,
        );
    }
}

#[test]
fn one_text_beside_one_image_is_not_repeated_either() {
    let (net, (images, tokens)) = images_and_texts();
    let one = (images.slice_dim(0, 0..1), tokens.slice_dim(0, 0..1));
    let batch = net.batch(one).unwrap();
    assert_eq!(batch.samples(), 1);
    assert!(batch.inputs()[0].is_some() && batch.inputs()[1].is_none() && batch.stacks());
}

#[test]
fn a_mask_over_time_with_as_many_rows_as_samples_is_shared() {
    // Row t of the mask sums the steps up to t; the score is the last row's sum of squares.
    let mask = tensor::<2>([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0f32]]);
    let x = tensor::<3>([
        [[1.0], [2.0], [0.0f32]],
        [[0.0], [1.0], [1.0]],
        [[3.0], [0.0], [1.0]],
    ]);
    let net = capture(
        (x.clone(), mask.clone()),
        |(x, mask): (Tensor<3>, Tensor<2>)| {
            let sums = mask.unsqueeze::<3>().matmul(x);
            sums.slice([0..3, 2..3]).powi_scalar(2).reshape([-1, 1])
        },
    );
    // Integrated from zero every step gets itself times the sum.
    let expected = [3.0, 6.0, 0.0, 0.0, 2.0, 2.0, 12.0, 0.0, 4.0];
    for inputs in budgets(&Inputs::new((x, mask)).with_constant([1])) {
        let path = IntegratedGradients::new()
            .attribute(&net, &inputs, Class(0))
            .unwrap();
        assert_close(&values(&path.values()[0]), &expected, 1e-4);
        assert!(
            path.gap()
                .unwrap()
                .iter()
                .all(|gap| gap.absolute.abs() < 1e-3)
        );
    }
}

#[test]
fn a_shared_input_is_explained_for_one_sample_and_refused_for_several() {
    let forward = |(x, w): (Tensor<2>, Tensor<1>)| x * w.unsqueeze();
    let inputs = (tensor([[1.0, 2.0f32]]), tensor([3.0, 4.0f32]));
    let net = capture(inputs.clone(), forward);
    let both = InputXGradient::new()
        .attribute(&net, inputs, Class(1))
        .unwrap();
    assert_close(&values(&both.values()[0]), &[0.0, 8.0], 1e-4);
    assert_eq!(both.values()[1].shape().as_slice(), [1, 2]);
    assert_close(&values(&both.values()[1]), &[0.0, 8.0], 1e-4);
    let two: (Tensor<2>, Tensor<1>) = (tensor([[1.0, 2.0f32], [5.0, 6.0]]), tensor([3.0, 4.0f32]));
    let error = Saliency::new()
        .attribute(&net, two.clone(), Class(1))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("needs a row for each of the 2 samples"),
        "{error}"
    );
    let held = Inputs::new(two).with_constant([1]);
    let x = InputXGradient::new()
        .attribute(&net, held, Class(1))
        .unwrap();
    assert_close(&values(&x.values()[0]), &[0.0, 8.0, 0.0, 24.0], 1e-4);
}

#[test]
fn nodes_of_a_graph_are_no_samples() {
    let inputs = (
        tensor::<2>([[1.0], [2.0f32]]),
        tensor::<2>([[1.0, 1.0], [0.0, 1.0f32]]),
    );
    let net = capture(
        inputs.clone(),
        |(nodes, adjacency): (Tensor<2>, Tensor<2>)| adjacency.matmul(nodes.powi_scalar(2)),
    );
    let error = Saliency::new()
        .attribute(&net, inputs.clone(), Class(0))
        .unwrap_err();
    assert!(
        error.to_string().contains("row for each of the 2 samples"),
        "{error}"
    );
    // The score of one node is one sample: 1 + 4 of the first.
    let net = capture(
        inputs.clone(),
        |(nodes, adjacency): (Tensor<2>, Tensor<2>)| {
            adjacency.matmul(nodes.powi_scalar(2)).slice_dim(0, 0..1)
        },
    );
    let inputs = Inputs::new(inputs).with_constant([1]);
    let path = IntegratedGradients::new()
        .attribute(&net, inputs, Class(0))
        .unwrap();
    assert_eq!(path.values()[0].shape().as_slice(), [1, 2, 1]);
    assert_close(&values(&path.values()[0]), &[1.0, 4.0], 1e-4);
}

#[test]
fn samples_that_see_each_other_are_refused() {
    let x = tensor::<2>([[1.0, 2.0], [3.0, 5.0f32]]);
    let net = capture(x.clone(), |x: Tensor<2>| x.clone() - x.mean_dim(0));
    let error = Saliency::new()
        .attribute(&net, x.clone(), Class(0))
        .unwrap_err();
    assert!(error.to_string().contains("see each other"), "{error}");
    let one = Saliency::new()
        .attribute(&net, x.slice_dim(0, 0..1), Class(0))
        .unwrap();
    assert_close(&values(&one.values()[0]), &[0.0, 0.0], 1e-4);
}

#[test]
fn a_fixed_batch_is_computed_as_it_is() {
    let x = tensor::<2>([[1.0, 2.0f32]]);
    let net = capture(x.clone(), |x: Tensor<2>| {
        x.reshape([1, 1, 2]).powi_scalar(2).reshape([1, 2])
    });
    assert!(!net.batch(x.clone()).unwrap().stacks());
    let plan = IntegratedGradients::new().plan(&net, x.clone()).unwrap();
    assert!(plan.is_batch_fixed() && plan.rows() == 1, "{plan}");
    let path = IntegratedGradients::new()
        .attribute(&net, x.clone(), Class(1))
        .unwrap();
    assert_close(&values(&path.values()[0]), &[0.0, 4.0], 1e-4);
    let lift = DeepLift::new().attribute(&net, x, Class(1)).unwrap();
    assert_close(&values(&lift.values()[0]), &[0.0, 4.0], 1e-4);
}

#[test]
fn a_state_whose_batch_is_second_comes_along() {
    let x = tensor::<2>([[1.0, 2.0], [3.0, 1.0f32]]);
    let net = capture(x.clone(), |x: Tensor<2>| {
        let state = x.clone().unsqueeze::<3>().repeat_dim(0, 2);
        (x.powi_scalar(2), state)
    });
    for inputs in budgets(&Inputs::new(x)) {
        let path = IntegratedGradients::new()
            .attribute(&net, &inputs, Class(0))
            .unwrap();
        assert_close(&values(&path.values()[0]), &[1.0, 0.0, 9.0, 0.0], 1e-4);
    }
}

#[test]
fn time_first_inputs_have_a_row_for_every_sample() {
    // Two samples of three steps, summed with weights 1, 2, 3 and squared.
    let x = tensor::<3>([[[1.0], [0.0]], [[0.0], [1.0]], [[1.0], [1.0f32]]]);
    let net = capture(x.clone(), |x: Tensor<3>| {
        let weights = Tensor::<1>::from_data([1.0, 2.0, 3.0], &x.device()).reshape([3, 1, 1]);
        (x * weights).sum_dim(0).powi_scalar(2).reshape([-1, 1])
    });
    for inputs in budgets(&Inputs::new(x.clone())) {
        let path = IntegratedGradients::new()
            .attribute(&net, &inputs, Class(0))
            .unwrap();
        assert_eq!(path.values()[0].shape().as_slice(), [2, 3, 1]);
        // Sums 4 and 5: each step gets its part of the sum, times the sum.
        assert_close(
            &values(&path.values()[0]),
            &[4.0, 0.0, 12.0, 0.0, 10.0, 15.0],
            1e-4,
        );
        assert_eq!(path.gap().unwrap().len(), 2);
        let noise = SmoothGrad::new(InputXGradient::new()).with_noise(NoiseLevel::Absolute(0.0));
        let noise = noise.attribute(&net, &inputs, Class(0)).unwrap();
        assert_close(
            &values(&noise.values()[0]),
            &[8.0, 0.0, 24.0, 0.0, 20.0, 30.0],
            1e-4,
        );
    }
}

#[test]
fn a_layer_with_time_first_has_rows_gaps_and_tokens() {
    let device = Device::flex();
    let model = Texts {
        words: Embedding {
            weight: Param::from_data([[1.0, 0.0], [0.0, 2.0]], &device),
        },
    };
    let tokens = Tensor::<2, Int>::from_data([[0, 1, 1], [0, 0, 0]], &device);
    let forward = |m: &Texts, tokens: Tensor<2, Int>| {
        let words = m.words.forward(tokens.transpose());
        words.sum_dim(0).reshape([-1, 2])
    };
    let net = Network::capture(&model, tokens.clone(), forward).unwrap();
    assert_eq!(
        net.layer("words").unwrap().axes().to_string(),
        "[tokens, samples, features]"
    );
    let path = AtLayer::new(IntegratedGradients::new(), "words");
    let path = path.attribute(&net, tokens, Class(1)).unwrap();
    assert_eq!(path.values()[0].shape().as_slice(), [2, 3, 2]);
    for (sum, expected) in path.sums().into_iter().zip([4.0, 0.0]) {
        assert!((sum - expected).abs() < 1e-5, "{sum}");
    }
    let relevance = path.token_relevance(0, &["a", "b", "c"]).unwrap();
    assert_eq!(relevance.to_string(), "a(+0.00) b(+2.00) c(+2.00)");
}

#[test]
fn frames_in_the_batch_come_back_per_sample() {
    // Two frames of one channel, weighted 1 and 3: the weights of Grad-CAM are their means over four positions.
    let x = tensor::<5>([[[[[1.0, 2.0], [3.0, 4.0f32]]], [[[0.0, 2.0], [0.0, 2.0]]]]]);
    let net = capture(x.clone(), |x: Tensor<5>| {
        let [samples, frames, ..] = x.dims();
        let weight = Tensor::<4>::ones([1, 1, 1, 1], &x.device());
        let options = burn::tensor::ops::ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
        let x = x.reshape([samples * frames, 1, 2, 2]);
        let x = relu(burn::tensor::module::conv2d(x, weight, None, options));
        let means = x.mean_dim(2).mean_dim(3).reshape([samples, frames]);
        let weights = Tensor::<2>::from_data([[1.0], [3.0]], &means.device());
        means.matmul(weights)
    });
    let map = GradCam::new().attribute(&net, x, Class(0)).unwrap();
    assert_eq!(map.layer(), Some("relu"));
    assert_eq!(map.values()[0].shape().as_slice(), [1, 2, 1, 2, 2]);
    assert_close(
        &values(&map.values()[0]),
        &[0.25, 0.5, 0.75, 1.0, 0.0, 1.5, 0.0, 1.5],
        1e-4,
    );
    assert_close(
        &values(&map.frame(1).unwrap().values()[0]),
        &[0.0, 1.5, 0.0, 1.5],
        1e-4,
    );
}

/// Of random networks with shared inputs of every coincidence of sizes, every method gives the same for every number of
/// samples and every budget.
#[test]
fn results_depend_neither_on_the_batch_nor_on_the_budget() {
    for size in 1..=3 {
        let device = Device::flex();
        let shared: Tensor<2> = Tensor::random([size, 3], Distribution::Default, &device);
        let net = capture(
            (Tensor::<2>::zeros([1, 3], &device), shared.clone()),
            |(x, table): (Tensor<2>, Tensor<2>)| {
                let scores = softmax(tanh(x.matmul(table.clone().transpose())), 1);
                scores.matmul(table)
            },
        );
        let x: Tensor<2> = Tensor::random([3, 3], Distribution::Default, &device);
        let methods: Vec<Box<dyn Method>> = vec![
            Box::new(Saliency::new()),
            Box::new(IntegratedGradients::new().with_steps(7)),
            Box::new(DeepLift::new()),
            Box::new(SmoothGrad::new(Saliency::new()).with_draws(5)),
            Box::new(GradientShap::new(Baseline::zeros()).with_draws(5)),
        ];
        for method in methods {
            let all = explained(&*method, &net, x.clone(), shared.clone(), 64);
            for rows in [1, 2, 3] {
                for budget in [1, 2, 64] {
                    let parts = (0..3).step_by(rows).flat_map(|start| {
                        let part = x.clone().slice_dim(0, start..(start + rows).min(3));
                        values(&explained(&*method, &net, part, shared.clone(), budget).values()[0])
                    });
                    assert_close(&parts.collect::<Vec<_>>(), &values(&all.values()[0]), 1e-4);
                }
            }
        }
    }
}

fn explained(
    method: &dyn Method,
    net: &Network,
    x: Tensor<2>,
    shared: Tensor<2>,
    budget: usize,
) -> Attribution {
    let inputs = Inputs::new((x, shared))
        .with_constant([1])
        .with_batch_size(budget);
    Method::attribute(&method, net, inputs, Class(1)).unwrap()
}

fn two_rows() -> Tensor<2> {
    tensor([[1.0, 2.0], [3.0, 5.0f32]])
}

#[test]
fn rows_that_meet_other_rows_are_refused_however_they_meet() {
    let forwards: [fn(Tensor<2>) -> Tensor<2>; 6] = [
        |x| x.clone() * x.flip([0]),
        |x| x.clone() - x.roll_dim(1, 0),
        |x| x.clone() - x.slice_dim(0, 0..1),
        |x| x.clone().matmul(x.transpose()),
        |x| {
            let differences = x.clone().unsqueeze_dim::<3>(1) - x.unsqueeze_dim(0);
            differences.sum_dim(2).squeeze_dim(2)
        },
        |x| x.clone() / x.max().unsqueeze(),
    ];
    for (position, forward) in forwards.into_iter().enumerate() {
        let net = capture(two_rows(), forward);
        assert!(!net.batch(two_rows()).unwrap().stacks(), "{position}");
        let error = Saliency::new()
            .attribute(&net, two_rows(), Class(0))
            .unwrap_err();
        assert!(
            error.to_string().contains("see each other"),
            "{position}: {error}"
        );
    }
}

#[test]
fn rows_that_come_from_no_input_are_refused() {
    let net = capture(two_rows(), |x: Tensor<2>| {
        let adjacency = Tensor::<2>::from_data([[1.0, 1.0], [0.0, 1.0]], &x.device());
        adjacency.matmul(x)
    });
    let error = Saliency::new()
        .attribute(&net, two_rows(), Class(0))
        .unwrap_err();
    assert!(
        error.to_string().contains("isn't known what the 2 rows"),
        "{error}"
    );
}

#[test]
fn a_constant_for_every_row_is_not_given_to_further_ones() {
    let net = capture(two_rows(), |x: Tensor<2>| {
        let [rows, _] = x.dims();
        let weights = Tensor::<1, Int>::arange(1..rows as i64 + 1, &x.device()).float();
        (x * weights.reshape([rows, 1])).powi_scalar(2)
    });
    assert!(!net.batch(two_rows()).unwrap().stacks());
    for inputs in budgets(&Inputs::new(two_rows())) {
        let path = IntegratedGradients::new()
            .attribute(&net, &inputs, Class(0))
            .unwrap();
        assert_close(&values(&path.values()[0]), &[1.0, 0.0, 36.0, 0.0], 1e-4);
    }
}

#[test]
fn a_batch_that_is_joined_and_split_again_is_the_same_batch() {
    let net = capture(two_rows(), |x: Tensor<2>| {
        let [rows, _] = x.dims();
        let both = Tensor::cat(vec![x.clone(), x.flip([1])], 0).powi_scalar(2);
        both.clone().slice_dim(0, 0..rows) + both.slice_dim(0, rows..2 * rows) * 2.0
    });
    assert!(net.batch(two_rows()).unwrap().stacks());
    for inputs in budgets(&Inputs::new(two_rows())) {
        let path = IntegratedGradients::new()
            .attribute(&net, &inputs, Class(0))
            .unwrap();
        assert_close(&values(&path.values()[0]), &[1.0, 8.0, 9.0, 50.0], 1e-4);
    }
}

#[test]
fn inputs_meet_samples_beside_dimensions_of_one() {
    let state = tensor::<3>([[[1.0, 1.0], [2.0, 2.0f32]]]);
    let net = capture(
        (two_rows(), state.clone()),
        |(x, state): (Tensor<2>, Tensor<3>)| x.powi_scalar(2) * state.squeeze_dim::<2>(0),
    );
    let batch = net.batch((two_rows(), state.clone())).unwrap();
    assert!(batch.inputs().iter().all(Option::is_some) && batch.stacks());
    for inputs in budgets(&Inputs::new((two_rows(), state)).with_constant([1])) {
        let path = IntegratedGradients::new()
            .attribute(&net, &inputs, Class(0))
            .unwrap();
        assert_close(&values(&path.values()[0]), &[1.0, 0.0, 18.0, 0.0], 1e-4);
    }
}

#[test]
fn a_class_token_is_the_same_for_every_row() {
    let x = tensor::<3>([[[1.0, 2.0]], [[3.0, 5.0f32]]]);
    let net = capture(x.clone(), |x: Tensor<3>| {
        let [rows, ..] = x.dims();
        let class = Tensor::<3>::from_data([[[1.0, 1.0]]], &x.device()).expand([rows, 1, 2]);
        Tensor::cat(vec![class, x], 1)
            .mean_dim(1)
            .squeeze_dim::<2>(1)
    });
    assert!(net.batch(x).unwrap().stacks());
}
