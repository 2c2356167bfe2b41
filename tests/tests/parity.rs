//! Our numbers next to those of Captum and pytorch-grad-cam, on every fixture network.
//!
//! `cargo test --release -p backdraft-tests --test parity -- --nocapture` prints a row for each case.

use backdraft::{
    AnyTensor, Attribution, Baseline, Cam, Classes, Deconvnet, DeepLift, DeepLiftShap, GradCam,
    GradCamElementWise, GradCamPlusPlus, GuidedBackprop, GuidedGradCam, HiResCam, InputXGradient,
    IntegratedGradients, LayerCam, Method, Network, Quadrature, Saliency, Upsampling, XGradCam,
};
use backdraft_models::EfficientNetLite0;
use backdraft_tests::networks::{ConvNet, GapNet, Mlp, MobileNet, ResNet};
use backdraft_tests::{Case, Fixture, Row, Table, relative_l2};
use burn::tensor::{Device, Tensor};

/// A network of the fixtures, captured, with the names that its layers have in our graph.
struct Reference {
    name: &'static str,
    fixture: Fixture,
    net: Network,
    /// One sample.
    shape: Vec<usize>,
    /// Layers whose name in the fixture is no module path.
    layers: &'static [(&'static str, &'static str)],
}

/// `relu1` and `relu2` are what the fixtures call the rectifiers behind the convolutions.
const RECTIFIERS: &[(&str, &str)] = &[("relu1", "relu"), ("relu2", "relu#2")];

fn references(device: &Device) -> Vec<Reference> {
    let small = Tensor::<4>::zeros([1, 3, 32, 32], device);
    let large = Tensor::<4>::zeros([1, 3, 224, 224], device);
    let efficientnet = EfficientNetLite0::pretrained(device).unwrap();
    let features = Tensor::<2>::zeros([1, 8], device);
    let reference = |name, net: Result<Network, _>, layers| Reference {
        name,
        fixture: Fixture::open(name),
        net: net.unwrap(),
        shape: match name {
            "mlp" => vec![1, 8],
            "efficientnet_lite0" => vec![1, 3, 224, 224],
            _ => vec![1, 3, 32, 32],
        },
        layers,
    };
    vec![
        reference(
            "mlp",
            Network::capture(&Mlp::load(device), features, Mlp::forward),
            &[],
        ),
        reference(
            "convnet",
            Network::capture(&ConvNet::load(device), small.clone(), ConvNet::forward),
            RECTIFIERS,
        ),
        reference(
            "gapnet",
            Network::capture(&GapNet::load(device), small.clone(), GapNet::forward),
            RECTIFIERS,
        ),
        reference(
            "resnet",
            Network::capture(&ResNet::load(device), small.clone(), ResNet::forward),
            &[],
        ),
        reference(
            "mobilenet",
            Network::capture(&MobileNet::load(device), small, MobileNet::forward),
            &[],
        ),
        reference(
            "efficientnet_lite0",
            Network::capture(&efficientnet, large, EfficientNetLite0::forward),
            &[],
        ),
    ]
}

impl Reference {
    fn input(&self, key: &str) -> Vec<AnyTensor> {
        let values = Tensor::<1>::from_data(self.fixture.values(key).as_slice(), &Device::flex());
        vec![AnyTensor::from(values).reshape_to(self.fixture.shape(key))]
    }

    /// A baseline; one of a single value throughout has the shape of a sample.
    fn baseline(&self, key: &str) -> Vec<AnyTensor> {
        if self.fixture.contains(key) {
            return self.input(key);
        }
        let size = [self.shape.iter().product()];
        let values: Tensor<1> = self.fixture.baseline(key, size, &Device::flex());
        vec![AnyTensor::from(values).reshape_to(self.shape.clone())]
    }

    fn layer(&self, case: &Case) -> String {
        let name = case.layer.as_deref().expect("the method looks at a layer");
        let renamed = self.layers.iter().find(|(fixture, _)| *fixture == name);
        renamed.map_or(name, |(_, ours)| ours).to_owned()
    }

    /// Our method for a case; `None` for one we don't have.
    fn method(&self, case: &Case) -> Option<Box<dyn Method>> {
        let baseline = || {
            let key = case.baseline.as_deref().unwrap_or("baseline/zero");
            self.baseline(key)
        };
        Some(match case.method.as_str() {
            "Saliency" => Box::new(Saliency::new()),
            "InputXGradient" => Box::new(InputXGradient::new()),
            "GuidedBackprop" => Box::new(GuidedBackprop::new()),
            "Deconvolution" => Box::new(Deconvnet::new()),
            "IntegratedGradients" => Box::new(
                IntegratedGradients::new()
                    .with_steps(case.args["n_steps"].as_u64()? as usize)
                    .with_quadrature(quadrature(case))
                    .with_baseline(Baseline::tensor(baseline())),
            ),
            "DeepLift" => Box::new(DeepLift::new().with_baseline(Baseline::tensor(baseline()))),
            "DeepLiftShap" => Box::new(DeepLiftShap::new(Baseline::distribution(baseline()))),
            "LayerGradCam" => {
                let relu = case.args["relu_attributions"] == true;
                Box::new(GradCam::at(self.layer(case)).with_relu(relu))
            }
            // The stored map is the one before rectification and scaling.
            "GradCAM" => Box::new(GradCam::at(self.layer(case)).with_relu(false)),
            "HiResCAM" => Box::new(HiResCam::at(self.layer(case)).with_relu(false)),
            "GradCAMPlusPlus" => Box::new(GradCamPlusPlus::at(self.layer(case)).with_relu(false)),
            "XGradCAM" => Box::new(XGradCam::at(self.layer(case)).with_relu(false)),
            "LayerCAM" => Box::new(LayerCam::at(self.layer(case)).with_relu(false)),
            "GradCAMElementWise" => {
                Box::new(GradCamElementWise::at(self.layer(case)).with_relu(false))
            }
            "GuidedGradCam" => {
                let nearest = case.args["interpolate_mode"] == "nearest";
                let upsampling = [Upsampling::Bilinear, Upsampling::Nearest][usize::from(nearest)];
                Box::new(GuidedGradCam::at(self.layer(case)).with_upsampling(upsampling))
            }
            "CAM" => Box::new(Cam::new()),
            _ => return None,
        })
    }

    /// What we compute for a case, in the reference's convention.
    fn explain(&self, case: &Case) -> Option<Attribution> {
        let method = self.method(case)?;
        let target = Classes(case.targets.clone());
        let explained = method.attribute(&self.net, self.input(&case.input), target);
        let explained =
            explained.unwrap_or_else(|error| panic!("{}/{}: {error}", self.name, case.key));
        if case.method == "Saliency" && case.args["abs"] == true {
            return Some(explained.abs());
        }
        Some(explained)
    }

    /// 1e-4, or ten times what float32 itself loses where that is more. On EfficientNet-Lite0 single units
    /// sit on a kink of ReLU6 and flip between implementations: pixels changed by one part in a million, as
    /// rounding changes activations, move fifty-step integrated gradients by 1.7e-3.
    fn tolerance(&self, case: &Case) -> f64 {
        let kinks = ["Saliency", "IntegratedGradients"].contains(&case.method.as_str());
        if self.name == "efficientnet_lite0" && kinks {
            return 1e-2;
        }
        match case.f64_rel_l2 {
            Some(rounding) if rounding > 1e-5 => 10.0 * rounding,
            _ => 1e-4,
        }
    }

    fn compare_logits(&self, table: &mut Table) {
        for input in self.fixture.logits() {
            let key = format!("input/{input}");
            let images = if self.fixture.contains(&key) {
                self.input(&key)
            } else {
                self.baseline(&format!("baseline/{input}"))
            };
            let logits: Tensor<2> = self.net.forward(images).unwrap().output().unwrap();
            let case = format!("logits/{input}");
            table.push(Row {
                network: self.name.to_owned(),
                error: relative_l2(&values(logits), &self.fixture.values(&case)),
                tolerance: 1e-4,
                case,
            });
        }
    }

    fn compare_cases(&self, table: &mut Table) {
        for case in self.fixture.cases() {
            let Some(explained) = self.explain(&case) else {
                continue;
            };
            let scale = weights_sum(&case);
            let values = explained.values()[0].reshape([case.shape.iter().product()]);
            let values = self::values(values * scale);
            table.push(Row {
                network: self.name.to_owned(),
                error: relative_l2(&values, &self.fixture.values(&case.key)),
                tolerance: self.tolerance(&case),
                case: case.key.clone(),
            });
            self.compare_gap(&case, &explained, scale, table);
        }
    }

    /// Our completeness gap and the reference's, as fractions of the target's change.
    fn compare_gap(&self, case: &Case, explained: &Attribution, scale: f64, table: &mut Table) {
        let key = format!("{}.delta", case.key);
        if !self.fixture.contains(&key) {
            return;
        }
        let expected = self.fixture.values(&key);
        let at_baseline = explained
            .baseline_scores()
            .expect("a method with a baseline");
        // The reference has one for each pair of sample and baseline.
        let per_sample = expected.len() / at_baseline.len();
        let rows = explained
            .sums()
            .into_iter()
            .zip(explained.scores())
            .zip(at_baseline);
        for (sample, ((sum, score), at_baseline)) in rows.enumerate() {
            let change = f64::from(score - at_baseline);
            let deltas = &expected[sample * per_sample..(sample + 1) * per_sample];
            let expected = deltas.iter().copied().map(f64::from).sum::<f64>() / per_sample as f64;
            table.push(Row {
                network: self.name.to_owned(),
                error: (scale * sum - change - expected).abs() / change.abs(),
                tolerance: self.tolerance(case),
                case: format!("{key}[{sample}]"),
            });
        }
    }
}

fn quadrature(case: &Case) -> Quadrature {
    match case.args["method"].as_str() {
        Some("gausslegendre") => Quadrature::GaussLegendre,
        Some("riemann_trapezoid") => Quadrature::Trapezoid,
        other => panic!("{}: no rule is called {other:?}", case.key),
    }
}

/// Captum's trapezoid weights sum to (n - 1) / n, ours to one.
fn weights_sum(case: &Case) -> f64 {
    match case.args["n_steps"].as_f64() {
        Some(n) if case.args["method"] == "riemann_trapezoid" => (n - 1.0) / n,
        _ => 1.0,
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

#[test]
fn parity() {
    let mut table = Table::default();
    let mut elsewhere_wrong = 0;
    for reference in references(&Device::flex()) {
        reference.compare_logits(&mut table);
        reference.compare_cases(&mut table);
        let wrong = |case: &Case| case.equivalent_net || case.patched.is_some();
        let cases = reference.fixture.cases().filter(wrong);
        elsewhere_wrong += cases
            .filter(|case| reference.method(case).is_some())
            .count();
    }
    println!("{table}");
    println!(
        "{}; {elsewhere_wrong} of them the libraries refuse or get wrong on the network as it is, and were \
         computed there on an equivalent network or with a patch",
        table.summary("parity")
    );
    table.assert_ok();
}
