//! What a captured network costs over hand-written Burn, on ResNet-18 with images of 3 x 224 x 224.

use std::hint::black_box;

use backdraft::{Class, GradCam, Method, Network, Saliency};
use backdraft_benches::ratio;
use backdraft_models::ResNet18;
use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

const CLASS: usize = 7;

struct Subject {
    /// The model as a user would freeze it for attribution, on an autodiff device.
    frozen: ResNet18,
    /// The same weights without autodiff.
    plain: ResNet18,
    net: Network,
    images: Tensor<4>,
}

impl Subject {
    fn new(batch: usize) -> Self {
        let device = Device::flex();
        let frozen = ResNet18::new(&device.clone().autodiff()).freeze();
        let images = Tensor::random([batch, 3, 224, 224], Distribution::Default, &device);
        Self {
            net: Network::capture(&frozen, images.clone(), ResNet18::forward)
                .expect("ResNet-18 can be captured"),
            plain: frozen.valid(),
            frozen,
            images,
        }
    }

    fn gradient_by_hand(&self) {
        let images = self.images.clone().autodiff().require_grad();
        let logits = self.frozen.forward(images.clone());
        let [batch, _] = logits.dims();
        let score = logits.slice([0..batch, CLASS..CLASS + 1]).sum();
        let gradient = images.grad(&score.backward());
        black_box(gradient.expect("the input is a leaf").into_data());
    }

    fn gradient(&self) {
        let gradient = Saliency::new().attribute(&self.net, self.images.clone(), Class(CLASS));
        let gradient = gradient.and_then(|gradient| gradient.tensor::<4>());
        black_box(gradient.expect("the target is differentiable").into_data());
    }

    fn forward_by_hand(&self) {
        black_box(self.plain.forward(self.images.clone()).into_data());
    }

    fn capture(&self) {
        let net = Network::capture(&self.plain, self.images.clone(), ResNet18::forward);
        black_box(net.expect("ResNet-18 can be captured"));
    }

    fn grad_cam(&self) {
        let cam = GradCam::new().attribute(&self.net, self.images.clone(), Class(CLASS));
        let cam = cam.and_then(|cam| cam.tensor::<4>());
        black_box(cam.expect("ResNet-18 has spatial layers").into_data());
    }

    fn grad_cam_of_eight_classes(&self) {
        let images = self.images.clone();
        let cams = GradCam::new().attribute_each(&self.net, images, (0..8).map(Class));
        for cam in cams.expect("ResNet-18 has spatial layers") {
            black_box(cam.tensor::<4>().expect("a map").into_data());
        }
    }
}

fn overhead(criterion: &mut Criterion) {
    for batch in [1, 8] {
        let subject = Subject::new(batch);
        let mut group = criterion.benchmark_group("resnet18");
        group.sample_size(10);
        let mut bench = |name: &str, work: fn(&Subject)| {
            let id = BenchmarkId::new(name, format!("batch {batch}"));
            group.bench_with_input(id, &subject, |bencher, subject| {
                bencher.iter(|| work(subject));
            });
        };
        bench("gradient, frozen model", Subject::gradient_by_hand);
        bench("gradient, captured", Subject::gradient);
        bench("forward, plain model", Subject::forward_by_hand);
        bench("grad-cam, captured", Subject::grad_cam);
        bench("capture", Subject::capture);
        group.finish();
        ratio(
            &format!("gradient, captured / frozen model, batch {batch}"),
            1.03,
            || subject.gradient(),
            || subject.gradient_by_hand(),
        );
        ratio(
            &format!("grad-cam / plain forward, batch {batch}"),
            1.25,
            || subject.grad_cam(),
            || subject.forward_by_hand(),
        );
        ratio(
            &format!("grad-cam of eight classes / of one, batch {batch}"),
            1.25,
            || subject.grad_cam_of_eight_classes(),
            || subject.grad_cam(),
        );
    }
}

criterion_group!(benches, overhead);
criterion_main!(benches);
