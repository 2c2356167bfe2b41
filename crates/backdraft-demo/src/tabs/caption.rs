//! Caption: a sentence about a scene, and where each of its words comes from.

use std::time::Instant;

use backdraft::{GradCam, Method, SequenceLogProbability};
use backdraft_models::scenes::Vocabulary;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::error::DemoError;
use crate::jobs::Ticket;
use crate::map::Map;
use crate::models::CAPTION_WORDS;
use crate::outcome::{Facts, Outcome};
use crate::tabs::scene;

#[derive(Debug, Deserialize)]
pub struct Request {
    #[serde(default)]
    scene: String,
    #[serde(default)]
    word: String,
}

impl Request {
    pub fn check(&self) -> Result<(), DemoError> {
        scene::number(&self.scene)?;
        self.word()?;
        Ok(())
    }

    /// The position of the word: by default the second one, the first color.
    fn word(&self) -> Result<usize, DemoError> {
        if self.word.is_empty() {
            return Ok(1);
        }
        let position = self.word.parse().ok();
        position
            .filter(|position| *position < CAPTION_WORDS)
            .ok_or_else(|| DemoError::Unknown {
                what: "word",
                name: self.word.chars().take(20).collect(),
            })
    }

    pub fn explain(&self, app: &App, ticket: &Ticket) -> Result<Outcome, DemoError> {
        let (model, net) = app.models.captioner()?;
        let scene = scene::with_two_colors(scene::number(&self.scene)?);
        let position = self.word()?;
        let image = scene.image(app.models.device()).unsqueeze::<4>();
        let start = Vocabulary::CAPTIONS.token(Vocabulary::START);
        let start = start.map_err(|error| DemoError::Unavailable(error.to_string()))?;
        let written = model.write(image.clone(), start, CAPTION_WORDS);
        let tokens: Vec<usize> = written
            .to_data()
            .iter::<i64>()
            .skip(1)
            .map(|it| it as usize)
            .collect();

        let clock = Instant::now();
        let inputs = (image, written.slice([0..1, 0..CAPTION_WORDS]));
        let caption = SequenceLogProbability::new(vec![tokens.clone()]);
        let word = caption
            .steps()
            .into_iter()
            .nth(position)
            .ok_or(DemoError::Internal)?;
        let map = GradCam::new().attribute(net, app.run(inputs, ticket), word)?;
        let facts = Facts::of(&map, clock.elapsed());
        let (photo, view) = scene::picture(&scene)?;
        let words = tokens
            .iter()
            .map(|token| Vocabulary::CAPTIONS.word(*token).unwrap_or("?"));
        let words: Vec<&str> = words.collect();
        let title = format!("Grad-CAM of \u{201c}{}\u{201d}", words[position]);
        Ok(Outcome {
            maps: vec![Map::of(title, &map, false, &photo, &view)?],
            facts,
            above: sentence(&words, position),
            below: html! {},
            report: None,
        })
    }
}

fn sentence(words: &[&str], chosen: usize) -> Markup {
    html! {
        p { "The network writes: " span #caption { (words.join(" ")) } }
        div #words role="group" aria-label="Words of the caption" {
            @for (position, word) in words.iter().enumerate() {
                button type="button" data-word=(position) aria-pressed=(position == chosen) { (word) }
            }
        }
    }
}
