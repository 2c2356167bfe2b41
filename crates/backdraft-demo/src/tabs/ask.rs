//! Ask: a question about a scene, and what in picture and words decides the answer.

use std::time::Instant;

use backdraft::{AtLayer, Baseline, Class, GradCam, IntegratedGradients, Method, TokenRelevance};
use backdraft_models::scenes::{Question, Vocabulary};
use burn::tensor::Tensor;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::error::DemoError;
use crate::jobs::Ticket;
use crate::map::Map;
use crate::outcome::{Facts, Outcome};
use crate::page;
use crate::tabs::scene;

/// Points on the path from an empty scene and question.
const STEPS: usize = 20;

#[derive(Debug, Deserialize)]
pub struct Request {
    #[serde(default)]
    scene: String,
    #[serde(default)]
    question: String,
}

impl Request {
    pub fn check(&self) -> Result<(), DemoError> {
        self.question(&scene::with_three_objects(scene::number(&self.scene)?).questions())?;
        Ok(())
    }

    /// The question's number among those that the scene has.
    fn question(&self, questions: &[Question]) -> Result<usize, DemoError> {
        if self.question.is_empty() {
            return Ok(0);
        }
        let number = self.question.parse().ok();
        number
            .filter(|number| *number < questions.len())
            .ok_or_else(|| DemoError::Unknown {
                what: "question",
                name: self.question.chars().take(20).collect(),
            })
    }

    pub fn explain(&self, app: &App, ticket: &Ticket) -> Result<Outcome, DemoError> {
        let device = app.models.device();
        let net = app.models.vqa()?;
        let scene = scene::with_three_objects(scene::number(&self.scene)?);
        let questions = scene.questions();
        let chosen = self.question(&questions)?;
        let words = &questions[chosen].words;
        let image = scene.image(device).unsqueeze::<4>();
        let tokens = |words: &[&str]| Vocabulary::question(words, device).map_err(unavailable);
        let question = tokens(words)?.unsqueeze::<2>();
        let nothing = (
            Tensor::<4>::zeros_like(&image),
            tokens(&[])?.unsqueeze::<2>(),
        );
        let inputs = (image, question);
        let graph = |error| DemoError::Explain(backdraft::Error::Graph(error));
        let logits: Tensor<2> = net
            .forward(inputs.clone())
            .map_err(graph)?
            .output()
            .map_err(graph)?;
        let answer = Class(logits.argmax(1).into_scalar::<i64>() as usize);

        let start = Instant::now();
        let cam = GradCam::new().attribute(net, inputs.clone(), answer)?;
        let path = IntegratedGradients::new()
            .with_baseline(Baseline::inputs(nothing))
            .with_steps(STEPS);
        let path = AtLayer::new(path, "embedding").with_inputs();
        let both = path.attribute(net, app.run(inputs, ticket), answer)?;
        let facts = Facts::of(&both, start.elapsed());

        let (photo, view) = scene::picture(&scene)?;
        let pixels = both.clone().only(0)?;
        let maps = vec![
            Map::of("Grad-CAM", &cam, false, &photo, &view)?,
            Map::of(
                "Integrated Gradients of the picture",
                &pixels,
                true,
                &photo,
                &view,
            )?,
        ];
        let padding = vec![Vocabulary::PAD; Vocabulary::QUESTION_LENGTH - words.len()];
        let relevance = both
            .only(1)?
            .token_relevance(0, &[padding, words.clone()].concat())?;
        let word = Vocabulary::ANSWERS.word(answer.0).unwrap_or("?");
        Ok(Outcome {
            maps,
            facts,
            above: answered(&questions, chosen, word),
            below: contributions(&relevance.without(&[Vocabulary::PAD])),
            report: None,
        })
    }
}

fn unavailable(error: backdraft_models::ModelError) -> DemoError {
    DemoError::Unavailable(error.to_string())
}

fn answered(questions: &[Question], chosen: usize, answer: &str) -> Markup {
    html! {
        p .field {
            label for="question" { "Question" } " "
            select #question name="question" form="options" {
                @for (number, question) in questions.iter().enumerate() {
                    option value=(number) selected[number == chosen] { (question.words.join(" ")) "?" }
                }
            }
        }
        p { "Answer: " strong #answer { (answer) } }
    }
}

fn contributions(relevance: &TokenRelevance) -> Markup {
    html! {
        h3 { "What the words contribute" }
        p #words .tokens { (page::tokens(relevance, &[Vocabulary::PAD])) }
    }
}
