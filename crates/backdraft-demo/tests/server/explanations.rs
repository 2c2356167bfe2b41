use axum::http::StatusCode;
use serde_json::json;

use crate::client::{Client, classify, png, select, text};

#[tokio::test]
async fn a_photo_is_uploaded_and_explained() {
    let client = Client::new().await;
    let answer = client.upload(&png(900, 300)).await;
    assert_eq!(answer.status, StatusCode::OK);
    let photo = answer.json()["photo"].as_str().unwrap().to_owned();
    let result = client.explain(classify(&photo)).await;
    let map = select(&result, "canvas#map")[0];
    // At most so large as a screen needs.
    assert_eq!(
        (map.attr("width"), map.attr("height")),
        (Some("768"), Some("256"))
    );
    let values = client.get(map.attr("data-values").unwrap()).await;
    assert_eq!(values.body.len(), 4 * 768 * 256);
    assert_eq!(select(&result, "#top button").len(), 5);
}

#[tokio::test]
async fn the_cat_is_a_cat_and_can_be_downloaded() {
    let client = Client::new().await;
    let result = client.explain(classify("cat")).await;
    assert_eq!(
        select(&result, "#top button[data-class='282'][aria-pressed=true]").len(),
        1
    );
    let file = |id: &str| select(&result, id)[0].attr("href").unwrap().to_owned();
    let picture = client.get(&file("#download-png")).await;
    assert_eq!(
        image::load_from_memory(&picture.body).unwrap().height(),
        300
    );
    let values = client.get(&file("#download-values")).await;
    assert!(String::from_utf8_lossy(&values.body).contains("\"method\":\"grad-cam\""));
    let report = client.get(&file("#download-report")).await;
    assert!(report.text().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_path_method_says_how_complete_it_is() {
    let asked = json!({ "tab": "classify", "photo": "cat", "method": "integrated-gradients", "steps": "4", "baseline": "black" });
    let result = Client::new().await.explain(asked).await;
    assert!(text(&result, "#gap").ends_with("% of the change"));
    assert_eq!(
        select(&result, "canvas#map")[0].attr("data-signed"),
        Some("true")
    );
}

#[tokio::test]
async fn relevance_says_how_much_of_it_arrived() {
    let asked = |composite| json!({ "tab": "classify", "photo": "cat", "method": "lrp", "composite": composite });
    let client = Client::new().await;
    let mut said = Vec::new();
    for composite in ["", "epsilon-plus-flat", "epsilon-gamma-box"] {
        let result = client.explain(asked(composite)).await;
        said.push(text(&result, "#conservation"));
        assert!(said.last().unwrap().ends_with("% of the score"), "{said:?}");
        assert!(select(&result, "#gap").is_empty());
    }
    assert_eq!(said[0], said[1]);
    assert_ne!(said[1], said[2]);
}

#[tokio::test]
async fn the_catalog_warns_of_methods_that_ignore_the_class() {
    let asked = |method| json!({ "tab": "classify", "photo": "cat", "method": method });
    let client = Client::new().await;
    let result = client.explain(asked("eigen-cam")).await;
    assert_eq!(
        text(&result, ".warning"),
        "The map is the same for every target."
    );
    let result = client.explain(asked("saliency")).await;
    assert!(select(&result, ".warning").is_empty());
}

#[tokio::test]
async fn another_class_has_another_map() {
    let client = Client::new().await;
    let mut maps = Vec::new();
    for class in ["tiger cat", "967"] {
        let asked = json!({ "tab": "classify", "photo": "cup", "class": class });
        let result = client.explain(asked).await;
        let map = select(&result, "canvas#map")[0]
            .attr("data-values")
            .unwrap()
            .to_owned();
        maps.push(client.get(&map).await.body);
    }
    assert_ne!(maps[0], maps[1]);
}

#[tokio::test]
async fn scenes_games_and_pairs_are_explained() {
    let client = Client::new().await;
    let answer = client
        .explain(json!({ "tab": "ask", "scene": "1", "question": "2" }))
        .await;
    assert!(!text(&answer, "#answer").is_empty());
    assert!(select(&answer, "#words [data-token]").len() >= 3);
    let caption = client
        .explain(json!({ "tab": "caption", "word": "1" }))
        .await;
    assert_eq!(select(&caption, "#words button").len(), 7);
    let play = client.explain(json!({ "tab": "play", "frame": "3" })).await;
    assert_eq!(text(&play, "#frame-number"), "4");
    assert_eq!(select(&play, "button[data-action]").len(), 5);
    let pair = client
        .explain(json!({ "tab": "compare", "photo": "cat", "left-method": "grad-cam", "right-method": "hires-cam" }))
        .await;
    assert_eq!(select(&pair, "canvas").len(), 2);
}

#[tokio::test]
async fn a_job_is_stopped() {
    let client = Client::new().await;
    let asked = json!({ "tab": "classify", "photo": "cat", "method": "integrated-gradients", "steps": "1000" });
    let job = client.submit(asked).await.json()["job"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        client.delete(&format!("/jobs/{job}")).await.status,
        StatusCode::NO_CONTENT
    );
    let events = client.events(&job).await;
    assert!(
        events.ends_with("event: failure\ndata: It was stopped.\n\n"),
        "{events}"
    );
}

#[tokio::test]
async fn nobody_sees_the_job_of_another_visitor() {
    let [one, other] = [Client::new().await, Client::new().await];
    let job = one.submit(classify("cat")).await.json()["job"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/jobs/{job}/events");
    assert_eq!(other.get(&path).await.status, StatusCode::GONE);
    assert_eq!(one.get(&path).await.status, StatusCode::OK);
}
