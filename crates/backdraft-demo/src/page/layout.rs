//! What all pages have in common.

use maud::{DOCTYPE, Markup, html};

use crate::page::tabs::Tab;

/// A whole page.
pub fn page(tab: Tab, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (tab.title()) " - backdraft" }
                link rel="stylesheet" href="/assets/style.css";
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                script type="module" src="/assets/page.js" {}
            }
            body {
                header {
                    h1 { "backdraft" }
                    p { "See what a trained network looks at." }
                    (navigation(tab))
                }
                main data-page=(tab.name()) {
                    noscript { p { "This page needs JavaScript: maps are drawn in your browser." } }
                    (body)
                    p #error role="alert" hidden {}
                    div .progress {
                        progress #progress max="1" value="0" hidden {}
                        " " button #stop type="button" hidden { "Stop" }
                        " " span #status aria-live="polite" {}
                    }
                    section #result aria-label="Result" {}
                }
                footer {
                    "Photos stay in this server's memory for a while and are never written to disk. "
                    "Maps are raw, signed numbers; what they mean depends on the method."
                }
            }
        }
    }
}

fn navigation(current: Tab) -> Markup {
    html! {
        nav aria-label="What to explain" {
            @for tab in Tab::ALL {
                a href=(format!("/{}", tab.name())) data-tab=(tab.name())
                    aria-current=[(tab == current).then_some("page")] { (tab.title()) }
            }
        }
    }
}
