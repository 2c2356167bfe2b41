//! Classify: any class of a photo, by any method.

use std::sync::Arc;
use std::time::Instant;

use backdraft::{Attribution, Class, Inputs};
use backdraft_models::imagenet;
use backdraft_report::{Explanation, Prediction, Report};
use maud::{Markup, html};
use serde::Deserialize;

use crate::answer::Answer;
use crate::app::App;
use crate::error::DemoError;
use crate::jobs::Ticket;
use crate::map::Map;
use crate::outcome::{Facts, Outcome};
use crate::photo::Shown;
use crate::tabs::methods::Choice;

#[derive(Debug, Deserialize)]
pub struct Request {
    pub photo: String,
    /// A number or a name; the most probable one if empty.
    #[serde(default)]
    pub class: String,
    #[serde(flatten)]
    pub choice: Choice,
}

/// What is explained, and its result.
pub struct Explained {
    pub shown: Arc<Shown>,
    pub answer: Arc<Answer>,
    pub class: usize,
    pub attribution: Attribution,
    pub map: Map,
    pub facts: Facts,
}

/// A class by its number or name; the most probable one if nothing is said.
pub fn class(text: &str, answer: &Answer) -> Result<usize, DemoError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(answer.best());
    }
    find_class(text).ok_or_else(|| unknown_class(text))
}

fn unknown_class(text: &str) -> DemoError {
    DemoError::Unknown {
        what: "class",
        name: text.chars().take(60).collect(),
    }
}

fn find_class(text: &str) -> Option<usize> {
    let number = text
        .split_whitespace()
        .next()
        .and_then(|word| word.parse().ok());
    let exists = |class: &usize| imagenet::class_name(*class).is_some();
    number.filter(exists).or_else(|| {
        (0..)
            .map_while(imagenet::class_name)
            .position(|name| name.eq_ignore_ascii_case(text))
    })
}

/// A class with its number, as the type-ahead offers it.
pub fn label(class: usize) -> String {
    format!(
        "{class} {}",
        imagenet::class_name(class).unwrap_or("unknown class")
    )
}

/// Explains a class of a photo.
pub fn explain(
    app: &App,
    ticket: &Ticket,
    shown: &Arc<Shown>,
    class_text: &str,
    choice: &Choice,
) -> Result<Explained, DemoError> {
    let net = app.models.photo()?;
    let answer = shown.answer(net)?;
    let class = class(class_text, &answer)?;
    let entry = choice.entry()?;
    let method = choice.build(net)?;
    ticket.check()?;
    let start = Instant::now();
    let inputs: Inputs = app.run(shown.image.clone(), ticket);
    let attribution = backdraft::Method::attribute(&method, net, inputs, Class(class))?;
    let mut facts = Facts::of(&attribution, start.elapsed());
    facts.target = label(class);
    let title = format!("{} of {}", entry.name, label(class));
    let map = Map::of(title, &attribution, entry.signed, &shown.photo, &shown.view)?;
    if map.is_flat() {
        facts
            .warnings
            .push("The map is flat: there is no evidence for this class.".into());
    }
    facts.warnings.extend(entry.caution.map(str::to_owned));
    Ok(Explained {
        shown: Arc::clone(shown),
        answer,
        class,
        attribution,
        map,
        facts,
    })
}

impl Request {
    /// The photo, if all that is asked exists.
    pub fn check(&self, app: &App) -> Result<Arc<Shown>, DemoError> {
        self.choice.check(app.models.photo()?)?;
        let text = self.class.trim();
        if !text.is_empty() && find_class(text).is_none() {
            return Err(unknown_class(text));
        }
        app.photo(&self.photo)
    }

    pub fn explain(
        &self,
        app: &App,
        ticket: &Ticket,
        photo: &Arc<Shown>,
    ) -> Result<Outcome, DemoError> {
        let explained = explain(app, ticket, photo, &self.class, &self.choice)?;
        Ok(Outcome {
            above: top(&explained.answer, explained.class),
            below: html! {},
            report: Some(report(app, &explained)?),
            facts: explained.facts,
            maps: vec![explained.map],
        })
    }
}

/// The most probable classes, one click each.
pub fn top(answer: &Answer, chosen: usize) -> Markup {
    html! {
        div #top role="group" aria-label="Most probable classes" {
            @for &(class, probability) in answer.top() {
                button type="button" data-class=(class) aria-pressed=(class == chosen) {
                    span .probability { (format!("{:.1}%", 100.0 * probability)) } " "
                    (imagenet::class_name(class).unwrap_or("unknown class"))
                }
            }
        }
    }
}

fn report(app: &App, explained: &Explained) -> Result<String, DemoError> {
    let predictions = explained.answer.top().iter().map(|&(class, probability)| {
        let name = imagenet::class_name(class).unwrap_or("unknown class");
        Prediction::new(class, name, probability)
    });
    let title = format!("What EfficientNet-Lite0 sees: {}", label(explained.class));
    let report = Report::new(title)
        .with_photo(explained.shown.photo.clone())
        .with_view(explained.shown.view)
        .with_network("EfficientNet-Lite0", app.models.photo()?);
    let report = predictions.fold(report, Report::with_prediction);
    let method = explained.attribution.method().to_owned();
    let explanation = Explanation::new(method, explained.attribution.clone());
    let report = report.with_explanation(explanation);
    report
        .html()
        .map_err(|error| DemoError::Unavailable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_found_by_number_name_or_both() {
        for text in ["282", "tiger cat", "Tiger Cat", "282 tiger cat"] {
            assert_eq!(find_class(text), Some(282), "{text}");
        }
        for text in ["1000", "no such thing", "-1"] {
            assert_eq!(find_class(text), None, "{text}");
        }
    }
}
