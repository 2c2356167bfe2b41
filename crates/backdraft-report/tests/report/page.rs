//! What stands on the page, and how.

use backdraft::image::{ColorMap, Heatmap, Photo, Rgb, RgbImage, Scaling};
use backdraft_report::{Explanation, Report};
use burn::tensor::{Device, Distribution, Tensor};

use crate::subject::{
    all, attributes, heat_map, page, page_of, photo, report, result, signed_map, texts,
};

#[test]
fn every_explanation_has_a_section_with_its_name() {
    let page = page(&report());
    let headings = texts(&page, "section.explanation h2");
    assert_eq!(headings, ["Grad-CAM", "Input × gradient", "Tokens"]);
    let links = attributes(&page, "#overview a", "href");
    for (link, section) in links
        .iter()
        .zip(attributes(&page, "section.explanation", "id"))
    {
        assert_eq!(link, &format!("#{section}"));
    }
    assert_eq!(links.len(), 3);
}

#[test]
fn the_page_has_a_language_a_title_and_headings_in_order() {
    let page = page(&report());
    assert_eq!(attributes(&page, "html", "lang"), ["en"]);
    assert_eq!(texts(&page, "head > title"), ["What it sees in cat.png"]);
    assert_eq!(texts(&page, "h1"), ["What it sees in cat.png"]);
    assert!(texts(&page, "h2").len() > 3);
    assert!(all(&page, "h3, h4").is_empty());
}

#[test]
fn every_picture_is_described_or_hidden() {
    let page = page(&report());
    let pictures = all(&page, "img, svg");
    assert!(pictures.len() > 5);
    for picture in pictures {
        let described = ["alt", "aria-label"].iter().any(|name| {
            let text = picture.attr(name);
            text.is_some_and(|text| text.len() > 10)
        });
        let hidden = picture.attr("aria-hidden") == Some("true")
            || all(&page, "[aria-hidden=true] svg").contains(&picture);
        assert!(described != hidden, "{}", picture.html());
    }
}

#[test]
fn maps_say_where_they_are_strongest() {
    let page = page_of(Explanation::new("mine", signed_map()));
    let description = &attributes(&page, ".map > svg", "aria-label")[0];
    assert_eq!(
        description,
        "Map of mine for class 282 over the photo. Largest value +4, 75% from the left, 25% from the top; most negative \
         value −2, 75% from the left, 75% from the top."
    );
    assert_eq!(texts(&page, ".ends:first-of-type span"), ["−4", "0", "+4"]);
    assert_eq!(texts(&page, ".values td"), ["0", "4", "1", "−2"]);
}

#[test]
fn signed_maps_have_a_layer_and_a_switch_for_each_sign() {
    let page = page_of(Explanation::new("mine", signed_map()));
    assert_eq!(all(&page, "image.for, image.against").len(), 2);
    let switches = texts(&page, ".controls label");
    assert_eq!(switches[..3], ["+ for", "− against", "+ and − signs"]);
    assert_eq!(all(&page, ".marks path").len(), 2);
    // The slider needs the script, which shows it.
    assert_eq!(all(&page, "label[hidden] input[type=range]").len(), 1);

    let page = page_of(Explanation::new("mine", heat_map()));
    assert_eq!(all(&page, "image.for, image.against").len(), 1);
    assert_eq!(all(&page, "input[type=checkbox], .marks").len(), 0);
    assert_eq!(all(&page, "fieldset[hidden] input[type=range]").len(), 1);
}

#[test]
fn the_photo_is_there_once_for_all_maps() {
    let page = page(&report());
    assert_eq!(all(&page, "#photo").len(), 1);
    assert_eq!(attributes(&page, ".map use", "href"), ["#photo", "#photo"]);
    // Twice the photo's pixels would lie outside of it.
    assert_eq!(attributes(&page, ".map > svg", "viewBox"), ["0 0 80 60"; 2]);
}

#[test]
fn a_map_lies_where_the_network_looked() {
    let photo = photo();
    let view = backdraft::image::View::new(&photo, 20.0, 0.0, 60.0, 60.0).unwrap();
    let page = page(
        &Report::new("Cropped")
            .with_photo(photo)
            .with_view(view)
            .with_explanation(Explanation::new("mine", heat_map())),
    );
    assert_eq!(attributes(&page, "image.for", "x"), ["20"]);
    assert_eq!(attributes(&page, "image.for", "width"), ["60"]);
    assert_eq!(all(&page, "rect.view").len(), 1);
    // A quarter into the view, at the bottom left: (20 + 60 / 4) / 80.
    let description = &attributes(&page, ".map > svg", "aria-label")[0];
    assert!(
        description.contains("44% from the left, 75% from the top"),
        "{description}"
    );
}

#[test]
fn a_map_without_photo_is_drawn_alone() {
    let alone = Report::new("Alone").with_explanation(Explanation::new("mine", heat_map()));
    let page = page(&alone);
    assert_eq!(all(&page, ".map use, img").len(), 0);
    assert_eq!(attributes(&page, "image.for", "width"), ["800"]);
}

#[test]
fn a_flat_map_is_said_to_be_flat() {
    let flat = result::<4>("grad-cam", [[[[0.5, 0.5], [0.5, 0.5]]]]);
    let page = page_of(Explanation::new("mine", flat));
    assert_eq!(all(&page, "image.for, .controls, .largest").len(), 0);
    let description = &attributes(&page, ".map > svg", "aria-label")[0];
    assert!(
        description.ends_with("It is flat: 0.5 everywhere."),
        "{description}"
    );
    assert!(texts(&page, ".warning")[0].contains("shows no place"));
}

#[test]
fn a_picture_that_is_given_takes_the_place_of_the_map() {
    let picture = Heatmap::new(2, 1, vec![0.0, 1.0]).unwrap();
    let picture = picture.render(ColorMap::Viridis, Scaling::MinMax).unwrap();
    let page = page_of(Explanation::new("mine", signed_map()).with_picture(picture));
    assert_eq!(all(&page, ".map").len(), 0);
    assert_eq!(attributes(&page, ".explanation img", "width"), ["2"]);
}

#[test]
fn predictions_have_bars_and_numbers() {
    let page = page(&report());
    assert_eq!(
        texts(&page, ".predictions tbody th"),
        ["tiger cat 282", "cock 7"]
    );
    assert_eq!(texts(&page, ".predictions td.number"), ["75%", "12.5%"]);
    assert_eq!(
        attributes(&page, ".predictions rect", "width"),
        ["75.0", "12.5"]
    );
}

#[test]
fn layers_and_version_are_on_the_page() {
    let page = page(&report().with_time("at noon"));
    assert_eq!(texts(&page, ".layers tbody th"), ["relu"]);
    let facts = texts(&page, "#provenance dd");
    assert_eq!(facts[0], concat!("backdraft ", env!("CARGO_PKG_VERSION")));
    assert!(facts[1].starts_with("a small network: 1 layer, 0 parameters"));
    assert!(facts[2].contains("Flex"), "{}", facts[2]);
    assert_eq!(facts[5], "at noon");
}

#[test]
fn equal_reports_are_equal_pages() {
    assert_eq!(report().html().unwrap(), report().html().unwrap());
}

#[test]
fn a_report_of_nothing_is_a_page() {
    let page = page(&Report::new("Nothing yet"));
    assert_eq!(texts(&page, "h2"), ["Where this comes from"]);
}

#[test]
fn eight_fine_maps_of_a_large_photo_stay_small() {
    // The worst case for compression: pixels without any order.
    let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 16;
    let photo = RgbImage::from_fn(2400, 1600, |x, y| Rgb([noise(x / 8, y / 8) as u8; 3]));
    let mut report = Report::new("Large").with_photo(Photo::from_image(photo).unwrap());
    for method in 0..8 {
        let normal = Distribution::Normal(0.0, 1.0);
        let values = Tensor::<4>::random([1, 3, 224, 224], normal, &Device::flex());
        let values = result::<4>("saliency", values.into_data());
        report = report.with_explanation(Explanation::new(method.to_string(), values));
    }
    let size = report.html().unwrap().len();
    assert!(size < 6_000_000, "{size} bytes");
}

#[test]
fn a_report_can_be_made_on_another_thread() {
    let report = report();
    let html = report.html().unwrap();
    let elsewhere = std::thread::spawn(move || report.html().unwrap());
    assert_eq!(elsewhere.join().unwrap(), html);
}
