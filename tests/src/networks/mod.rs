//! The fixtures' networks as ordinary Burn modules, with the fixtures' weights.
//!
//! Fields are named as in the fixtures, so that a layer has the same name here and there. The
//! trained network is [`backdraft_models::EfficientNetLite0`].

mod captioner;
mod convnet;
mod gapnet;
mod lstm;
mod mlp;
mod mobilenet;
mod policy;
mod resnet;
mod textnet;
mod vit;
mod vqa;
mod weights;

pub use captioner::captioner;
pub use convnet::ConvNet;
pub use gapnet::GapNet;
pub use mlp::Mlp;
pub use mobilenet::MobileNet;
pub use policy::load_policy;
pub use resnet::ResNet;
pub use textnet::TextNet;
pub use vit::load_vit;
pub use vqa::vqa;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixture, Row, Table, relative_l2};
    use backdraft_models::EfficientNetLite0;
    use burn::tensor::{Device, Int, Tensor};

    /// A few times the rounding of float32 in networks of this depth.
    const TOLERANCE: f64 = 1e-5;

    /// Compares the logits of every input whose logits the fixture knows.
    fn check<const D: usize>(
        name: &str,
        shape: [usize; D],
        forward: impl Fn(Tensor<D>) -> Tensor<2>,
    ) {
        let fixture = Fixture::open(name);
        let device = Device::flex();
        let mut table = Table::default();
        for input in fixture.logits() {
            let key = format!("input/{input}");
            let images = if fixture.contains(&key) {
                fixture.tensor(&key, &device)
            } else {
                fixture.baseline(&format!("baseline/{input}"), shape, &device)
            };
            let case = format!("logits/{input}");
            let actual = forward(images).into_data().try_to_vec::<f32>().unwrap();
            table.push(Row {
                network: name.to_owned(),
                error: relative_l2(&actual, &fixture.values(&case)),
                tolerance: TOLERANCE,
                case,
            });
        }
        table.assert_ok();
    }

    #[test]
    fn mlp() {
        let net = Mlp::load(&Device::flex());
        check("mlp", [1, 8], |x| net.forward(x));
    }

    #[test]
    fn convnet() {
        let net = ConvNet::load(&Device::flex());
        check("convnet", [1, 3, 32, 32], |x| net.forward(x));
    }

    #[test]
    fn resnet() {
        let net = ResNet::load(&Device::flex());
        check("resnet", [1, 3, 32, 32], |x| net.forward(x));
    }

    #[test]
    fn mobilenet() {
        let net = MobileNet::load(&Device::flex());
        check("mobilenet", [1, 3, 32, 32], |x| net.forward(x));
    }

    #[test]
    fn gapnet() {
        let net = GapNet::load(&Device::flex());
        check("gapnet", [1, 3, 32, 32], |x| net.forward(x));
    }

    /// The inputs of a network that sees and reads.
    fn image_and_tokens(
        fixture: &Fixture,
        batch: &str,
        device: &Device,
    ) -> (Tensor<4>, Tensor<2, Int>) {
        let tokens: Tensor<2> = fixture.tensor(&format!("input/tokens_{batch}"), device);
        let image = fixture.tensor(&format!("input/image_{batch}"), device);
        (image, tokens.int())
    }

    fn check_logits<const D: usize>(name: &str, fixture: &Fixture, batch: &str, logits: Tensor<D>) {
        let mut table = Table::default();
        let case = format!("logits/{batch}");
        assert_eq!(logits.dims().to_vec(), fixture.shape(&case));
        let actual = logits.into_data().try_to_vec::<f32>().unwrap();
        table.push(Row {
            network: name.to_owned(),
            error: relative_l2(&actual, &fixture.values(&case)),
            tolerance: TOLERANCE,
            case,
        });
        table.assert_ok();
    }

    #[test]
    fn captioner_with_every_batch() {
        let device = Device::flex();
        let (net, fixture) = (captioner(&device), Fixture::open("captioner"));
        for batch in ["x1", "x2"] {
            let logits = net.forward(image_and_tokens(&fixture, batch, &device));
            check_logits("captioner", &fixture, batch, logits);
        }
    }

    #[test]
    fn vqa_with_every_batch() {
        let device = Device::flex();
        let (net, fixture) = (vqa(&device), Fixture::open("vqa"));
        for batch in ["x1", "x2"] {
            let logits = net.forward(image_and_tokens(&fixture, batch, &device));
            check_logits("vqa", &fixture, batch, logits);
        }
    }

    #[test]
    fn policy() {
        let net = load_policy(&Device::flex());
        check("policy", [1, 4, 36, 36], |x| net.forward(x));
    }

    #[test]
    fn textnet() {
        let net = TextNet::load(&Device::flex());
        check("textnet", [1, 7], |x: Tensor<2>| net.forward(x.int()));
    }

    #[test]
    fn vit() {
        let net = load_vit(&Device::flex());
        check("vit", [1, 3, 32, 32], |x| net.forward(x));
    }

    #[test]
    fn efficientnet_lite0() {
        let net = EfficientNetLite0::pretrained(&Device::flex()).unwrap();
        check("efficientnet_lite0", [1, 3, 224, 224], |x| net.forward(x));
    }

    #[test]
    fn efficientnet_lite0_names_the_photos() {
        let device = Device::flex();
        let net = EfficientNetLite0::pretrained(&device).unwrap();
        let fixture = Fixture::open("efficientnet_lite0");
        for (photo, class) in [("input/chelsea", 282), ("input/coffee", 967)] {
            let logits = net.forward(fixture.tensor(photo, &device));
            assert_eq!(logits.argmax(1).into_scalar::<i64>(), class, "{photo}");
        }
    }
}
