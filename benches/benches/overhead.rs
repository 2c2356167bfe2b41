//! What attribution with a captured network costs, next to the same work written by hand in Burn.
//!
//! Guided Grad-CAM and DeepLIFT can't be written by hand without changing the model. They are compared with the
//! passes that they are made of: a gradient and a forward pass, and one gradient on a batch of two.

use std::hint::black_box;
use std::time::Duration;

use backdraft::{
    Class, DeepLift, GradCam, GuidedGradCam, IntegratedGradients, Method, Network, NoiseLevel,
    Saliency, SmoothGrad,
};
use backdraft_benches::{Ratios, Subject};
use burn::module::Module;
use burn::tensor::Tensor;
use criterion::{Criterion, SamplingMode};

const CLASS: usize = 7;
const POINTS: usize = 50;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut ratios = Ratios::default();
    let efficientnet = Subject::efficientnet_lite0().expect("the weights are built in");
    compare(&Subject::resnet18(), &mut criterion, &mut ratios);
    compare(&efficientnet, &mut criterion, &mut ratios);
    criterion.final_summary();
    println!("\n{ratios}");
}

fn compare<M: Module>(subject: &Subject<M>, criterion: &mut Criterion, ratios: &mut Ratios) {
    measure(subject, criterion);
    for batch in [1, 8] {
        single_passes(subject, batch, ratios);
    }
    many_passes(subject, ratios);
}

/// Criterion's own measurements, of one image.
fn measure<M: Module>(subject: &Subject<M>, criterion: &mut Criterion) {
    let Subject { net, by_hand, .. } = subject;
    let image = subject.images(1);
    let mut group = criterion.benchmark_group(subject.name);
    group.sampling_mode(SamplingMode::Flat);
    let mut bench = |name: &str, work: &dyn Fn()| {
        group.bench_function(name, |bencher| bencher.iter(work));
    };
    bench("forward by hand", &|| {
        compute(by_hand.forward(image.clone()));
    });
    bench("gradient by hand", &|| {
        compute(by_hand.gradient(image.clone(), CLASS));
    });
    bench("gradient", &|| attribute(Saliency::new(), net, &image));
    bench("Grad-CAM", &|| attribute(GradCam::new(), net, &image));
    bench("Guided Grad-CAM", &|| {
        attribute(GuidedGradCam::new(), net, &image);
    });
    bench("DeepLIFT", &|| attribute(DeepLift::new(), net, &image));
    group.finish();
}

fn single_passes<M: Module>(subject: &Subject<M>, batch: usize, ratios: &mut Ratios) {
    let Subject { net, by_hand, .. } = subject;
    let images = subject.images(batch);
    let twice = subject.images(2 * batch);
    let name = |what: &str| format!("{}, batch {batch}: {what}", subject.name);
    ratios.add(
        name("gradient"),
        0.95,
        || attribute(Saliency::new(), net, &images),
        || compute(by_hand.gradient(images.clone(), CLASS)),
    );
    ratios.add(
        name("Grad-CAM / forward"),
        1.15,
        || attribute(GradCam::new(), net, &images),
        || compute(by_hand.forward(images.clone())),
    );
    ratios.add(
        name("Grad-CAM of eight classes / forward"),
        None,
        || {
            let cams = GradCam::new().attribute_each(net, images.clone(), (0..8).map(Class));
            for cam in cams.expect("the network has spatial layers") {
                compute(cam.tensor::<4>().expect("a map for each image"));
            }
        },
        || compute(by_hand.forward(images.clone())),
    );
    ratios.add(
        name("Guided Grad-CAM / gradient + forward"),
        None,
        || attribute(GuidedGradCam::new(), net, &images),
        || {
            compute(by_hand.gradient(images.clone(), CLASS));
            compute(by_hand.forward(images.clone()));
        },
    );
    ratios.add(
        name("DeepLIFT / gradient of twice the batch"),
        1.3,
        || attribute(DeepLift::new(), net, &images),
        || compute(by_hand.gradient(twice.clone(), CLASS)),
    );
}

/// Methods of fifty gradients, by hand in the batch that suits it best.
fn many_passes<M: Module>(subject: &Subject<M>, ratios: &mut Ratios) {
    let Subject { net, by_hand, .. } = subject;
    let image = subject.images(1);
    let batch = by_hand.best_batch(&image);
    let name = |what: &str| format!("{}, by hand {batch} at once: {what}", subject.name);
    ratios.add(
        name("IG-50"),
        0.90,
        || attribute(IntegratedGradients::new().with_steps(POINTS), net, &image),
        || compute(by_hand.integrated_gradients(image.clone(), CLASS, POINTS, batch)),
    );
    let smooth = SmoothGrad::new(Saliency::new())
        .with_draws(POINTS)
        .with_noise(NoiseLevel::Absolute(0.2));
    ratios.add(
        name("SmoothGrad-50"),
        None,
        || attribute(&smooth, net, &image),
        || compute(by_hand.smooth_grad(image.clone(), CLASS, POINTS, batch)),
    );
}

fn attribute(method: impl Method, net: &Network, images: &Tensor<4>) {
    let attribution = method.attribute(net, images.clone(), Class(CLASS));
    let values = attribution.and_then(|attribution| attribution.tensor::<4>());
    compute(values.expect("the method fits the network"));
}

/// Waits for the values, wherever they are computed.
fn compute<const D: usize>(tensor: Tensor<D>) {
    black_box(tensor.into_data());
}
