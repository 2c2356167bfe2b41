//! Compare: two methods, classes or layers on one photo.

use std::sync::Arc;

use serde::Deserialize;

use crate::app::App;
use crate::error::DemoError;
use crate::jobs::Ticket;
use crate::outcome::{Facts, Outcome};
use crate::photo::Shown;
use crate::tabs::classify;
use crate::tabs::methods::Choice;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Request {
    photo: String,
    #[serde(default)]
    left_method: String,
    #[serde(default)]
    right_method: String,
    #[serde(default)]
    left_class: String,
    #[serde(default)]
    right_class: String,
    #[serde(default)]
    left_layer: String,
    #[serde(default)]
    right_layer: String,
}

impl Request {
    fn sides(&self) -> [classify::Request; 2] {
        let side = |method: &String, class: &String, layer: &String| classify::Request {
            photo: self.photo.clone(),
            class: class.clone(),
            choice: Choice {
                method: method.clone(),
                layer: layer.clone(),
                ..Choice::default()
            },
        };
        [
            side(&self.left_method, &self.left_class, &self.left_layer),
            side(&self.right_method, &self.right_class, &self.right_layer),
        ]
    }

    /// The photo, if all that is asked exists.
    pub fn check(&self, app: &App) -> Result<Arc<Shown>, DemoError> {
        let [left, right] = self.sides();
        left.check(app)?;
        right.check(app)
    }

    pub fn explain(
        &self,
        app: &App,
        ticket: &Ticket,
        photo: &Arc<Shown>,
    ) -> Result<Outcome, DemoError> {
        let [left, right] = self.sides();
        let explain = |side: &classify::Request| {
            classify::explain(app, ticket, photo, &side.class, &side.choice)
        };
        let (left, right) = (explain(&left)?, explain(&right)?);
        let warnings = [&left.facts.warnings[..], &right.facts.warnings[..]].concat();
        Ok(Outcome {
            above: classify::top(&left.answer, left.class),
            below: maud::html! {},
            facts: Facts {
                target: format!("{} | {}", left.map.title, right.map.title),
                warnings,
                ..Facts::default()
            },
            maps: vec![left.map, right.map],
            report: None,
        })
    }
}
