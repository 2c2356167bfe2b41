//! The form of each tab.

use maud::{Markup, html};

use crate::app::App;
use crate::error::DemoError;
use crate::page::controls;
use crate::tabs::SCENES;
use crate::tabs::methods::METHOD;

/// A tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Classify,
    Ask,
    Caption,
    Play,
    Read,
    Compare,
}

impl Tab {
    pub const ALL: [Self; 6] = [
        Self::Classify,
        Self::Ask,
        Self::Caption,
        Self::Play,
        Self::Read,
        Self::Compare,
    ];

    /// As in the address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classify => "classify",
            Self::Ask => "ask",
            Self::Caption => "caption",
            Self::Play => "play",
            Self::Read => "read",
            Self::Compare => "compare",
        }
    }

    /// As visitors read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Classify => "Classify",
            Self::Ask => "Ask",
            Self::Caption => "Caption",
            Self::Play => "Play",
            Self::Read => "Read",
            Self::Compare => "Compare",
        }
    }

    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.name() == name)
    }
}

/// The form of a tab.
pub fn body(tab: Tab, app: &App) -> Result<Markup, DemoError> {
    Ok(match tab {
        Tab::Classify => classify(app)?,
        Tab::Compare => compare(app)?,
        Tab::Ask => scenes(
            "A network answers a question about a drawn scene. Grad-CAM shows where in the picture the answer comes \
             from; Integrated Gradients follow picture and words on one path, and say which of them decided.",
            "ask",
        ),
        Tab::Caption => scenes(
            "A network describes a drawn scene. Choose a word: Grad-CAM shows where in the picture it comes from.",
            "caption",
        ),
        Tab::Play => play(),
        Tab::Read => read(app),
    })
}

fn classify(app: &App) -> Result<Markup, DemoError> {
    Ok(html! {
        p .intro {
            "EfficientNet-Lite0 tells 1,000 kinds of things apart. Take a photo of your own, and see what the network looks \
             at for any class, by any method."
        }
        (controls::photo())
        form #options data-tab="classify" {
            input type="hidden" name="photo" value="cat";
            (controls::class("class"))
            (controls::method(app, "method", METHOD)?)
            p #method-summary .hint {}
            (controls::layer(app, "layer")?)
            (controls::baseline())
            (controls::regions())
            (controls::composite())
            (controls::steps())
            button #explain type="submit" { "Explain" }
        }
        (controls::classes())
    })
}

fn compare(app: &App) -> Result<Markup, DemoError> {
    Ok(html! {
        p .intro { "Two methods, two classes or two layers on one photo: move the slider." }
        (controls::photo())
        form #options data-tab="compare" {
            input type="hidden" name="photo" value="cat";
            @for (side, legend, chosen) in [("left", "Left", METHOD), ("right", "Right", "guided-grad-cam")] {
                fieldset {
                    legend { (legend) }
                    @let name = |option: &str| format!("{side}-{option}");
                    (controls::method(app, &name("method"), chosen)?)
                    (controls::class(&name("class")))
                    (controls::layer(app, &name("layer"))?)
                }
            }
            button #explain type="submit" { "Compare" }
        }
        (controls::classes())
    })
}

fn scenes(intro: &str, tab: &str) -> Markup {
    html! {
        p .intro { (intro) }
        div .choices role="group" aria-label="Scenes" {
            @for scene in 0..SCENES {
                button type="button" data-scene=(scene) aria-pressed=(scene == 0) { "Scene " (scene + 1) }
            }
        }
        form #options data-tab=(tab) {
            input type="hidden" name="scene" value="0";
            @if tab == "caption" { input type="hidden" name="word" value=""; }
        }
    }
}

fn play() -> Markup {
    html! {
        p .intro {
            "A network plays: a paddle catches a falling ball, while a moth, an X, flutters about. Step through a game and \
             see what it looks at for each action. Numbers are what it expects of an action."
        }
        form #options data-tab="play" {
            input type="hidden" name="frame" value="0";
            input type="hidden" name="action" value="";
        }
    }
}

fn read(app: &App) -> Markup {
    if app.models.text().is_err() {
        return html! {
            p .missing {
                "The sentence transformer isn't here. Who runs this server fetches it with "
                code { "scripts/fetch-minilm.sh" } " and starts the demo again."
            }
        };
    }
    html! {
        p .intro { "MiniLM says how similar two sentences are. See which words bring them together, and which apart." }
        form #options data-tab="read" {
            p .field { label for="first" { "A sentence" } " " textarea #first name="first" rows="2" { "The weather is lovely today." } }
            p .field { label for="second" { "Another one" } " " textarea #second name="second" rows="2" { "It's so sunny outside!" } }
            button #explain type="submit" { "Compare" }
        }
    }
}
