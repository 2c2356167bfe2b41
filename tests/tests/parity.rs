//! Our numbers next to those of Captum and pytorch-grad-cam, on every fixture network.
//!
//! `cargo test --release -p backdraft-tests --test parity -- --nocapture` prints a row for each case.

use backdraft::{Attribution, Classes, GradCam, Network, Saliency};
use backdraft_models::EfficientNetLite0;
use backdraft_tests::networks::{ConvNet, GapNet, MobileNet, ResNet};
use backdraft_tests::{Case, Fixture, Row, Table, relative_l2};
use burn::tensor::{Device, Tensor};

/// A network of the fixtures, captured, with the names that its layers have in our graph.
struct Reference {
    name: &'static str,
    fixture: Fixture,
    net: Network,
    shape: [usize; 4],
    /// Layers whose name in the fixture is no module path.
    layers: &'static [(&'static str, &'static str)],
}

/// `relu1` and `relu2` are what the fixtures call the rectifiers behind the convolutions.
const RECTIFIERS: &[(&str, &str)] = &[("relu1", "relu"), ("relu2", "relu#2")];

fn references(device: &Device) -> Vec<Reference> {
    let small = Tensor::<4>::zeros([1, 3, 32, 32], device);
    let large = Tensor::<4>::zeros([1, 3, 224, 224], device);
    let efficientnet = EfficientNetLite0::pretrained(device).unwrap();
    let shapes = [small.dims(), large.dims()];
    let reference = |name, net: Result<Network, _>, layers| Reference {
        name,
        fixture: Fixture::open(name),
        net: net.unwrap(),
        shape: shapes[usize::from(name == "efficientnet_lite0")],
        layers,
    };
    vec![
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
    fn input(&self, key: &str) -> Tensor<4> {
        self.fixture.tensor(key, &Device::flex())
    }

    fn layer(&self, case: &Case) -> String {
        let name = case.layer.as_deref().expect("the method looks at a layer");
        let renamed = self.layers.iter().find(|(fixture, _)| *fixture == name);
        renamed.map_or(name, |(_, ours)| ours).to_owned()
    }

    /// What we compute for a case; `None` for a method we don't have.
    fn explain(&self, case: &Case) -> Option<Attribution> {
        let input = || self.input(&case.input);
        let target = || Classes(case.targets.clone());
        let explained = match case.method.as_str() {
            "Saliency" => {
                let gradient = Saliency::new().attribute(&self.net, input(), target());
                let absolute = case.args["abs"] == true;
                gradient.map(|gradient| if absolute { gradient.abs() } else { gradient })
            }
            "LayerGradCam" => {
                let relu = case.args["relu_attributions"] == true;
                let method = GradCam::at(self.layer(case)).with_relu(relu);
                method.attribute(&self.net, input(), target())
            }
            // The stored map is the one before rectification and scaling.
            "GradCAM" => {
                let method = GradCam::at(self.layer(case)).with_relu(false);
                method.attribute(&self.net, input(), target())
            }
            _ => return None,
        };
        Some(explained.unwrap_or_else(|error| panic!("{}/{}: {error}", self.name, case.key)))
    }

    /// 1e-4, or ten times what float32 itself loses where that is more. On EfficientNet-Lite0 single
    /// units sit on a kink of ReLU6 and flip between implementations.
    fn tolerance(&self, case: &Case) -> f64 {
        if self.name == "efficientnet_lite0" && case.method == "Saliency" {
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
                let key = format!("baseline/{input}");
                self.fixture.baseline(&key, self.shape, &Device::flex())
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
            let values = explained.values()[0].reshape([case.shape.iter().product()]);
            table.push(Row {
                network: self.name.to_owned(),
                error: relative_l2(&self::values(values), &self.fixture.values(&case.key)),
                tolerance: self.tolerance(&case),
                case: case.key,
            });
        }
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

#[test]
fn parity() {
    let mut table = Table::default();
    for reference in references(&Device::flex()) {
        reference.compare_logits(&mut table);
        reference.compare_cases(&mut table);
    }
    println!("{table}");
    println!("{}", table.summary("parity"));
    table.assert_ok();
}
