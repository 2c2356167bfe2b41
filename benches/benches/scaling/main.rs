//! How time grows with steps, batch, image size and number of classes, on ResNet-18: a table, a CSV file and a plot,
//! both in `target/tmp`.

mod curve;
mod plot;

use std::fs;
use std::hint::black_box;
use std::path::Path;

use backdraft::{Attribution, Class, Error, GradCam, IntegratedGradients, Method, Saliency};
use backdraft_benches::{Subject, images};
use curve::Curve;

const CLASS: Class = Class(7);

fn main() {
    let net = Subject::resnet18().net;
    let curves = [
        Curve::measure("steps of integrated gradients", [10, 20, 40, 80], |steps| {
            let method = IntegratedGradients::new().with_steps(steps);
            compute(method.attribute(&net, images(1, 224), CLASS));
        }),
        Curve::measure("images of a gradient", [1, 2, 4, 8, 16], |batch| {
            compute(Saliency::new().attribute(&net, images(batch, 224), CLASS));
        }),
        Curve::measure(
            "pixels of a gradient",
            [64, 96, 128, 160, 224, 320].map(|side| side * side),
            |pixels| {
                let images = images(1, pixels.isqrt());
                compute(Saliency::new().attribute(&net, images, CLASS));
            },
        ),
        Curve::measure("classes of Grad-CAM", [1, 2, 4, 8, 16, 32], |classes| {
            let classes = (0..classes).map(Class);
            let cams = GradCam::new().attribute_each(&net, images(1, 224), classes);
            for cam in cams.expect("the network has spatial layers") {
                compute(Ok(cam));
            }
        }),
    ];
    println!("{}", table(&curves));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let [csv, svg] = ["scaling.csv", "scaling.svg"].map(|name| folder.join(name));
    fs::write(&csv, rows(&curves)).expect("the target folder can be written");
    plot::draw(&curves, &svg).expect("the target folder can be written");
    println!("Written: {} and {}", csv.display(), svg.display());
}

fn compute(attribution: Result<Attribution, Error>) {
    let values = attribution.and_then(|attribution| attribution.tensor::<4>());
    black_box(values.expect("the method fits the network").into_data());
}

fn table(curves: &[Curve]) -> String {
    let mut table = String::from(
        "\n| time against | from | to | exponent | of the last step |\n|---|--:|--:|--:|--:|\n",
    );
    for curve in curves {
        let [from, to] = [curve.points.first(), curve.points.last()].map(|point| {
            let (amount, seconds) = point.expect("a curve has points");
            format!("{amount}: {:.1} ms", seconds * 1e3)
        });
        let row = format!(
            "| {} | {from} | {to} | {:.2} | {:.2} |\n",
            curve.amount,
            curve.exponent(),
            curve.last_exponent()
        );
        table.push_str(&row);
    }
    table
}

fn rows(curves: &[Curve]) -> String {
    let rows = curves.iter().flat_map(|curve| {
        let points = curve.points.iter();
        points.map(|(amount, seconds)| format!("{},{amount},{seconds:.6}\n", curve.amount))
    });
    ["what,amount,seconds\n".to_owned()]
        .into_iter()
        .chain(rows)
        .collect()
}
