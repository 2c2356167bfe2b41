//! What is said of a result.

use std::time::Duration;

use backdraft::evaluation::Suite;
use backdraft::{
    Attribution, Baseline, Class, FeatureAblation, Method, Network, Regions, Saliency,
};
use backdraft_report::{Explanation, Report, ReportError};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};

use crate::subject::{all, attributes, network, page, page_of, result, signed_map, texts};

#[test]
fn numbers_and_options_are_in_words() {
    let explanation = Explanation::new("mine", signed_map())
        .with_duration(Duration::from_millis(1500))
        .with_evaluations(52)
        .with_warning("Beware of the dog.");
    let page = page_of(explanation);
    let [names, values] = [".facts dt", ".facts dd"].map(|it| texts(&page, it));
    let facts: Vec<(&str, &str)> = names
        .iter()
        .zip(&values)
        .map(|(a, b)| (&**a, &**b))
        .collect();
    assert_eq!(
        facts,
        [
            ("Method", "input-x-gradient"),
            ("Explains", "class 282, score 5"),
            ("Baseline", "zeros, score 2"),
            ("Sum of all values", "+3"),
            ("Sum of absolute values", "7"),
            (
                "Completeness gap",
                "0, or 0%: the values add up to what the score changes from the baseline."
            ),
            ("Evaluations of the network", "52"),
            ("Time", "1.5 s"),
        ]
    );
    assert_eq!(texts(&page, ".facts table td"), ["50"]);
    assert_eq!(texts(&page, ".warning"), ["Note: Beware of the dog."]);
    // From the catalog.
    assert!(texts(&page, ".explanation .lead")[0].starts_with("The gradient times the input."));
}

#[test]
fn a_gap_needs_a_baseline() {
    let gap = |result| texts(&page_of(Explanation::new("mine", result)), ".facts dd").join("|");
    let none = gap(result::<4>("saliency", [[[[1.0, 2.0]]]]));
    assert!(none.contains("compares with no baseline"), "{none}");
    let changed = gap(signed_map().abs());
    assert!(changed.contains("were changed"), "{changed}");
}

#[test]
fn relevance_says_how_much_of_it_arrived() {
    let relevance = || {
        result::<4>("lrp", [[[[1.0, 3.5]]]])
            .with_relevance(vec![5.0])
            .unwrap()
    };
    let facts = |result| texts(&page_of(Explanation::new("mine", result)), ".facts dd").join("|");
    let lost = facts(relevance());
    assert!(
        lost.contains("4.5 of 5 arrived: 10% were left in biases"),
        "{lost}"
    );
    let changed = facts(relevance().abs());
    assert!(changed.contains("were changed"), "{changed}");

    let overview = |results: [Attribution; 2]| {
        let sections = results
            .into_iter()
            .map(|result| Explanation::new("mine", result));
        let report = sections.fold(Report::new("Two"), Report::with_explanation);
        [".wide th[scope=col]", ".wide td.number"].map(|it| texts(&page(&report), it))
    };
    let [columns, numbers] = overview([relevance(), signed_map()]);
    assert_eq!(columns[3..], ["Sum", "Gap", "Relevance lost", "Time"]);
    assert_eq!(numbers, ["+4.5", "–", "10%", "–", "+3", "0%", "–", "–"]);
    let [columns, _] = overview([signed_map(), signed_map()]);
    assert_eq!(columns[3..], ["Sum", "Gap", "Time"]);
}

#[test]
fn tokens_and_features_are_lists_of_bars() {
    let tokens = result::<3>("saliency", [[[1.0, 1.0], [-3.0, 0.5]]]);
    let page = page_of(Explanation::new("mine", tokens.clone()).with_names(["not", "bad"]));
    assert_eq!(texts(&page, ".bars tbody th"), ["not", "bad"]);
    assert_eq!(texts(&page, ".bars td.number"), ["+2", "−2.5"]);
    assert_eq!(attributes(&page, ".bars rect", "x"), ["0.0", "-100.0"]);
    assert_eq!(attributes(&page, ".bars rect", "width"), ["80.0", "100.0"]);
    assert!(all(&page, ".map").is_empty());

    let error = Report::new("One")
        .with_explanation(Explanation::new("mine", tokens).with_names(["not"]))
        .html()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the explanation `mine` has 1 names for 2 values: give one for each token or feature"
    );
}

#[test]
fn of_many_features_the_small_ones_are_left_out() {
    let features: Vec<f32> = (0..100_u8).map(f32::from).collect();
    let features = burn::tensor::TensorData::new(features, [1, 100]);
    let page = page_of(Explanation::new("mine", result::<2>("saliency", features)));
    let names = texts(&page, ".bars tbody th");
    assert_eq!((names.len(), &*names[0]), (40, "feature 60"));
    assert!(texts(&page, ".bars figcaption")[0].starts_with("60 smaller values of 100"));
}

#[test]
fn values_that_cant_be_drawn_are_named_by_their_shape() {
    let volume = result::<5>("saliency", [[[[[1.0, 2.0]]]]]);
    let page = page_of(Explanation::new("mine", volume));
    assert!(texts(&page, ".columns p")[0].contains("[1, 1, 1, 1, 2]"));
}

#[test]
fn a_batch_shows_the_sample_that_is_asked_for() {
    let batch = || result::<4>("saliency", [[[[1.0, 0.0]]], [[[0.0, 9.0]]]]);
    let page = page_of(Explanation::new("mine", batch()).with_sample(1));
    assert!(texts(&page, ".explanation .lead")[0].ends_with("Sample 2 of 2 in the batch."));
    let description = &attributes(&page, ".map > svg", "aria-label")[0];
    assert!(
        description.contains("Largest value +9, 75% from the left"),
        "{description}"
    );

    let beyond = Explanation::new("mine", batch()).with_sample(2);
    let error = Report::new("One")
        .with_explanation(beyond)
        .html()
        .unwrap_err();
    assert!(
        matches!(
            error,
            ReportError::UnknownSample {
                sample: 2,
                samples: 2,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn checks_have_an_outcome_and_a_reason() {
    let net = network();
    let x = Tensor::<2>::from_data([[-2.0, 1.0, 3.0]], &Device::flex());
    let suite = Suite::new("falling", &net, x, Baseline::constant(2.0), Class(0)).unwrap();
    let checks = suite.run("saliency", |_| Saliency::new()).unwrap();
    let page = page(&Report::new("Checked").with_checks(checks.clone()));
    assert_eq!(texts(&page, "#checks caption"), ["saliency on falling"]);
    assert_eq!(all(&page, "#checks tbody tr").len(), checks.checks.len());
    let broken = texts(&page, "#checks tbody tr:first-child td");
    assert_eq!(broken[0], "✗ broken");
    assert_eq!(
        broken[4],
        "Sample 0, feature [0] of input 0: found 0, expected −2: the feature alone changed the target from 2 to 0"
    );
}

#[test]
fn what_is_no_number_is_not_on_the_page() {
    let net = network();
    let x = Tensor::<2>::from_data([[-1.0, 0.0, 0.0]], &Device::flex());
    let suite = Suite::new("zero", &net, x, Baseline::zeros(), Class(0)).unwrap();
    let checks = suite.run("saliency", |_| Saliency::new()).unwrap();
    let zeros = result::<4>("integrated-gradients", [[[[0.0, 0.0]]]]);
    let zeros = zeros.with_baseline("zeros", vec![5.0]).unwrap();
    let largest = result::<4>("saliency", [[[[f32::MAX, f32::MIN]]]]);
    let smallest = result::<4>("saliency", [[[[1e-45, -1e-45]]]]);
    let nothing = result::<2>("saliency", [[0.0, 0.0]]);
    let mut report = Report::new("Numbers").with_checks(checks);
    for (number, result) in [zeros, largest, smallest, nothing].into_iter().enumerate() {
        report = report.with_explanation(Explanation::new(number.to_string(), result));
    }
    let page = page(&report);
    let mut words = texts(&page, "main");
    words.extend(attributes(&page, "main *", "aria-label"));
    for name in ["d", "x", "y", "width", "height", "offset", "stop-opacity"] {
        words.extend(attributes(&page, "main *", name));
    }
    for text in words {
        let mut parts = text.split(|letter: char| !letter.is_alphanumeric());
        let none = parts.find(|part| ["NaN", "inf"].contains(part));
        assert_eq!(none, None, "{text}");
    }
}

#[test]
fn regions_have_a_chart() {
    let x = Tensor::<2>::from_data([[2.0, 3.0, 5.0]], &Device::default());
    let regions = Regions::columns(["age", "income", "debt"]);
    let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x * 2.0);
    let lost = FeatureAblation::new()
        .with_regions(regions)
        .attribute(&net.unwrap(), x, Class(1))
        .unwrap();
    let page = page_of(Explanation::new("ablation", lost));
    let chart = all(&page, "figure.chart img");
    assert_eq!(chart.len(), 1);
    let alt = chart[0].attr("alt").unwrap();
    assert_eq!(
        alt,
        "Bars of the regions that ablation finds largest: income +6, age 0, debt 0."
    );
    let source = chart[0].attr("src").unwrap();
    assert!(source.starts_with("data:image/svg+xml;base64,"), "{source}");
    assert!(
        all(
            &page_of(Explanation::new("map", signed_map())),
            "figure.chart"
        )
        .is_empty()
    );
}
