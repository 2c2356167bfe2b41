//! Pages that do nothing but show what they hold, and input that is refused.

use backdraft::image::{Photo, RgbImage, View};
use backdraft_report::{Explanation, Prediction, Report, ReportError};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::subject::{all, attributes, page, photo, report, result, signed_map, texts};

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let html = report().html().unwrap();
    assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("//cdn"));
    let page = page(&report());
    let mut sources = attributes(&page, "[src]", "src");
    sources.extend(attributes(&page, "[href]", "href"));
    assert!(sources.len() > 6);
    for source in sources {
        let is_inside = source.starts_with("data:image/") || source.starts_with('#');
        assert!(is_inside, "{source}");
    }
    assert!(
        all(
            &page,
            "link, iframe, object, embed, form, base, script[src], [style]"
        )
        .is_empty()
    );
}

#[test]
fn only_the_reports_own_style_and_script_are_obeyed() {
    let page = page(&report());
    let policy = &attributes(&page, "meta[http-equiv=Content-Security-Policy]", "content")[0];
    assert!(
        policy.starts_with("default-src 'none'; img-src data:;"),
        "{policy}"
    );
    for element in ["style", "script"] {
        let elements = all(&page, element);
        assert_eq!(elements.len(), 1);
        let hash = BASE64_STANDARD.encode(Sha256::digest(elements[0].text().collect::<String>()));
        assert!(
            policy.contains(&format!("{element}-src 'sha256-{hash}'")),
            "{policy}"
        );
    }
}

#[test]
fn nothing_that_is_given_becomes_markup() {
    const EVIL: &str = "\"></title></svg><script>alert(1)</script><img src=x onerror=alert(1)>'";
    let attribution = result::<4>(EVIL, [[[[1.0, -1.0]]]])
        .with_option(EVIL, EVIL)
        .with_layer(EVIL)
        .with_baseline(EVIL, vec![1.0])
        .unwrap();
    let tokens = result::<2>("saliency", [[1.0]]);
    let evil = Report::new(EVIL)
        .with_photo(photo())
        .with_photo_file(EVIL, b"not looked at".as_slice())
        .with_network_name(EVIL)
        .with_prediction(Prediction::new(0, EVIL, 0.5))
        .with_explanation(Explanation::new(EVIL, attribution).with_warning(EVIL))
        .with_explanation(Explanation::new("tokens", tokens).with_names([EVIL]))
        .with_time(EVIL);
    let page = page(&evil);
    assert_eq!(all(&page, "script").len(), 1);
    assert!(all(&page, "[onerror], img[src=x]").is_empty());
    let text = EVIL.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(texts(&page, "h1"), [text.as_str()]);
    assert_eq!(texts(&page, ".bars tbody th"), [text.as_str()]);
}

#[test]
fn a_probability_that_is_none_is_refused() {
    let wrong = Report::new("Wrong").with_prediction(Prediction::new(7, "cock", f32::NAN));
    assert!(matches!(
        wrong.html(),
        Err(ReportError::Probability { class: 7, .. })
    ));
}

#[test]
fn a_view_of_another_photo_is_refused() {
    let other = Photo::from_image(RgbImage::new(10, 10)).unwrap();
    let wrong = report().with_view(View::whole(&other));
    let error = wrong.html().unwrap_err().to_string();
    assert!(error.contains("make the view from this photo"), "{error}");
}

#[test]
fn a_page_is_saved_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    report().save(&path).unwrap();
    let saved = std::fs::read_to_string(&path).unwrap();
    assert_eq!(saved, report().html().unwrap());

    let beyond = Explanation::new("mine", signed_map()).with_sample(1);
    let wrong = Report::new("Wrong").with_explanation(beyond);
    assert!(wrong.save(&path).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), saved);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    let error = report()
        .save(folder.path().join("no/report.html"))
        .unwrap_err();
    assert!(
        matches!(error, ReportError::MissingFolder { .. }),
        "{error}"
    );
}
