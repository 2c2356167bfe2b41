//! Photos, results and reports to be tested.

use backdraft::image::{Photo, Rgb, RgbImage};
use backdraft::{Attribution, Network};
use backdraft_report::{Explanation, Prediction, Report};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use scraper::{ElementRef, Html, Selector};

/// A photo of 80 × 60 pixels that is darker on the left.
pub fn photo() -> Photo {
    Photo::from_image(RgbImage::from_fn(80, 60, |x, _| Rgb([3 * x as u8; 3]))).unwrap()
}

/// A result of some shape, for one class.
pub fn result<const D: usize>(method: &str, values: impl Into<TensorData>) -> Attribution {
    let values = Tensor::<D>::from_data(values.into(), &Device::flex());
    let scores = vec![5.0; values.dims()[0]];
    Attribution::new(method, "class 282", vec![values.into()], scores).unwrap()
}

/// A map of two rows and columns, whose largest value is at the top right and whose most negative one is below it.
pub fn signed_map() -> Attribution {
    result::<4>("input-x-gradient", [[[[0.0, 4.0], [1.0, -2.0]]]])
        .with_baseline("zeros", vec![2.0])
        .unwrap()
        .with_option("steps", 50)
}

/// A map without negative values.
pub fn heat_map() -> Attribution {
    result::<4>("grad-cam", [[[[0.0, 0.25], [1.0, 0.5]]]]).with_layer("head.relu")
}

/// A network of one layer without weights.
pub fn network() -> Network {
    let example = Tensor::<2>::ones([1, 3], &Device::flex());
    let forward = |_: &Vec<Linear>, x: Tensor<2>| burn::tensor::activation::relu(x);
    Network::capture(&Vec::new(), example, forward).unwrap()
}

/// A report of everything that there is to say.
pub fn report() -> Report {
    Report::new("What it sees in cat.png")
        .with_photo(photo())
        .with_network("a small network", &network())
        .with_prediction(Prediction::new(282, "tiger cat", 0.75))
        .with_prediction(Prediction::new(7, "cock", 0.125))
        .with_explanation(Explanation::new("Grad-CAM", heat_map()))
        .with_explanation(Explanation::new("Input × gradient", signed_map()))
        .with_explanation(Explanation::new(
            "Tokens",
            result::<3>("saliency", [[[1.0, 1.0], [-3.0, 0.5]]]),
        ))
}

/// The page of a report, parsed.
pub fn page(report: &Report) -> Html {
    Html::parse_document(&report.html().unwrap())
}

/// The page of one explanation over the photo, parsed.
pub fn page_of(explanation: Explanation) -> Html {
    let report = Report::new("One").with_photo(photo());
    page(&report.with_explanation(explanation))
}

/// All elements that a selector finds.
pub fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

/// The texts of all elements that a selector finds, with single spaces.
pub fn texts(page: &Html, selector: &str) -> Vec<String> {
    let text = |element: ElementRef| element.text().collect::<String>();
    let spaced = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let elements = all(page, selector).into_iter();
    elements.map(text).map(spaced).collect()
}

/// An attribute of all elements that a selector finds.
pub fn attributes(page: &Html, selector: &str, name: &str) -> Vec<String> {
    let elements = all(page, selector).into_iter();
    let values = elements.filter_map(|element| element.attr(name));
    values.map(ToOwned::to_owned).collect()
}
