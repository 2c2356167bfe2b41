//! Parts of forms.

use backdraft::Inputs;
use backdraft::catalog::{Entry, Family};
use backdraft::lrp::COMPOSITES;
use backdraft_models::imagenet;
use burn::tensor::Tensor;
use maud::{Markup, html};

use crate::app::App;
use crate::error::DemoError;
use crate::limits;
use crate::tabs::classify::label;
use crate::tabs::methods::{BASELINES, REGIONS, offered, shown};

/// The bytes that a form adds to a photo, at most.
const FORM: usize = 4096;

/// Where a photo comes from.
pub fn photo() -> Markup {
    html! {
        div #drop {
            label for="photo" { "Your photo: choose a file, drop it here, or paste it" } " "
            input #photo type="file" accept="image/*" data-limit=(limits::BODY - FORM);
            div .choices role="group" aria-label="Built-in photos" {
                button type="button" data-sample="cat" aria-pressed="true" { "Cat" }
                button type="button" data-sample="cup" aria-pressed="false" { "Cup" }
            }
        }
    }
}

/// A class, with a list to choose from while typing.
pub fn class(id: &str) -> Markup {
    html! {
        p .field {
            label for=(id) { "Class" } " "
            input id=(id) name=(id) list="classes" placeholder="the most probable one" autocomplete="off";
        }
    }
}

/// The list of all classes.
pub fn classes() -> Markup {
    html! {
        datalist #classes {
            @for class in (0..).take_while(|class| imagenet::class_name(*class).is_some()) {
                option value=(label(class)) {}
            }
        }
    }
}

/// Every method of the catalog that draws a map, by family, of which one is chosen.
pub fn method(app: &App, id: &str, chosen: &str) -> Result<Markup, DemoError> {
    let net = app.models.photo()?;
    let example = Inputs::new(example(app));
    let entries: Vec<&Entry> = offered(net, &example).collect();
    let mut families: Vec<Family> = entries.iter().map(|entry| entry.family).collect();
    families.sort_unstable();
    families.dedup();
    Ok(html! {
        p .field {
            label for=(id) { "Method" } " "
            select id=(id) name=(id) data-methods {
                @for family in families {
                    optgroup label=(family) {
                        @for entry in entries.iter().filter(|entry| entry.family == family) {
                            option value=(entry.name) data-summary=(entry.summary)
                                data-options=(shown(entry).collect::<Vec<_>>().join(" "))
                                selected[entry.name == chosen] { (entry.name) }
                        }
                    }
                }
            }
        }
    })
}

/// A photo without anything on it.
fn example(app: &App) -> Tensor<4> {
    Tensor::zeros([1, 3, 224, 224], app.models.device())
}

/// Every layer of the network of which there is a map, with its axes.
pub fn layer(app: &App, id: &str) -> Result<Markup, DemoError> {
    let net = app.models.photo()?;
    let layers = net.layers();
    let spatial = (layers.iter()).filter(|layer| net.layer_map(layer.name(), example(app)).is_ok());
    Ok(html! {
        p .field data-option="layer" {
            label for=(id) { "Layer" } " "
            select id=(id) name=(id) {
                option value="" { "the method's own choice" }
                @for layer in spatial {
                    option value=(layer.name()) { (layer.name()) " " (layer.axes()) }
                }
            }
        }
    })
}

/// What the photo is compared with.
pub fn baseline() -> Markup {
    html! {
        p .field data-option="baseline" {
            label for="baseline" { "Compared with" } " "
            select #baseline name="baseline" {
                option value="" { "the method's own choice" }
                @for name in BASELINES {
                    option value=(name) { (name) @if name == "average" { " of black, white and blurred" } }
                }
            }
        }
    }
}

/// What is replaced together.
pub fn regions() -> Markup {
    html! {
        p .field data-option="regions" {
            label for="regions" { "Replaced together" } " "
            select #regions name="regions" {
                option value="" { "the method's own choice" }
                @for (name, label) in REGIONS {
                    option value=(name) { (label) }
                }
            }
        }
    }
}

/// By which rules relevance is handed back.
pub fn composite() -> Markup {
    html! {
        p .field data-option="composite" {
            label for="composite" { "Rules" } " "
            select #composite name="composite" {
                option value="" { "the method's own choice" }
                @for composite in COMPOSITES {
                    option value=(composite.name) title=(composite.summary) { (composite.name) }
                }
            }
        }
    }
}

/// How many points or draws.
pub fn steps() -> Markup {
    html! {
        p .field data-option="steps" {
            label for="steps" { "Steps" } " "
            input #steps name="steps" type="number" min="1" max=(limits::STEPS) placeholder="the method's own";
        }
    }
}
