use axum::http::StatusCode;
use scraper::Html;

use crate::client::{Client, select, text};

const TABS: [&str; 6] = ["classify", "ask", "caption", "play", "read", "compare"];

#[tokio::test]
async fn every_tab_is_a_page_that_loads_nothing_from_elsewhere() {
    let client = Client::new().await;
    for tab in TABS {
        let answer = client.get(&format!("/{tab}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{tab}");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        let page = Html::parse_document(&answer.text());
        assert_eq!(select(&page, "nav a").len(), TABS.len());
        let current = select(&page, "nav a[aria-current=page]");
        assert_eq!(current[0].attr("data-tab"), Some(tab));
        for element in select(&page, "[src], link[href]") {
            let address = element.attr("src").or(element.attr("href")).unwrap();
            assert!(address.starts_with('/'), "{address}");
            assert_eq!(
                client.get(address).await.status,
                StatusCode::OK,
                "{address}"
            );
        }
        assert!(select(&page, "[style], style, script:not([src])").is_empty());
    }
}

#[tokio::test]
async fn every_control_has_a_label() {
    let client = Client::new().await;
    for tab in TABS {
        let page = Html::parse_document(&client.get(&format!("/{tab}")).await.text());
        for control in select(&page, "input:not([type=hidden]), select, textarea") {
            let id = control.attr("id").unwrap();
            assert_eq!(
                select(&page, &format!("label[for='{id}']")).len(),
                1,
                "{tab} {id}"
            );
        }
    }
}

#[tokio::test]
async fn methods_come_from_the_catalog_with_what_they_take() {
    let client = Client::new().await;
    let page = Html::parse_document(&client.get("/classify").await.text());
    let option = |name: &str| {
        let found = select(&page, &format!("#method option[value='{name}']"));
        found
            .first()
            .map(|option| option.attr("data-options").unwrap().to_owned())
    };
    assert_eq!(option("saliency").as_deref(), Some(""));
    assert_eq!(option("grad-cam").as_deref(), Some("layer"));
    assert_eq!(
        option("integrated-gradients").as_deref(),
        Some("baseline steps")
    );
    assert_eq!(option("lrp").as_deref(), Some("composite"));
    assert_eq!(
        option("feature-ablation").as_deref(),
        Some("baseline regions")
    );
    // The network has no attention, and neurons can't be named here.
    assert_eq!(option("attention-rollout"), None);
    assert_eq!(option("neuron-conductance"), None);
    assert_eq!(select(&page, "#classes option").len(), 1000);
}

#[tokio::test]
async fn an_unknown_page_is_said_to_be_one() {
    let answer = Client::new().await.get("/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.text(), "There is no page `nowhere`.");
    let deep = Client::new().await.get("/a/b/c/d").await;
    assert_eq!(deep.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_the_sentence_transformer_the_page_says_how_to_get_it() {
    let page = Html::parse_document(&Client::new().await.get("/read").await.text());
    if select(&page, "#first").is_empty() {
        assert!(text(&page, "p.missing").contains("scripts/fetch-minilm.sh"));
    }
}
