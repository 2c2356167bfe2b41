//! Play: what a network looks at that catches a ball, moment by moment and action by action.

use std::time::Instant;

use backdraft::image::{Photo, Rgb, RgbImage, View};
use backdraft::{Class, IntegratedGradients, Method};
use backdraft_models::DuelingDqn;
use backdraft_models::catch::{Action, Catch, SIDE};
use burn::tensor::{Device, Tensor};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::error::DemoError;
use crate::jobs::Ticket;
use crate::map::Map;
use crate::outcome::{Facts, Outcome};

const GAME: u64 = 5;
/// Pixels of the picture for each pixel of the game.
const ZOOM: usize = 12;
/// Points on the path from an empty game.
const STEPS: usize = 20;

#[derive(Debug, Deserialize)]
pub struct Request {
    #[serde(default)]
    frame: String,
    /// The best one if empty.
    #[serde(default)]
    action: String,
}

/// A moment of a game, as the network and as people see it.
struct Moment {
    frames: Tensor<4>,
    photo: Photo,
    values: Vec<f32>,
}

impl Moment {
    fn best(&self) -> usize {
        let values = self.values.iter().enumerate();
        let best = values.max_by(|a, b| a.1.total_cmp(b.1));
        best.map_or(0, |(action, _)| action)
    }
}

impl Request {
    pub fn check(&self) -> Result<(), DemoError> {
        self.frame()?;
        self.action()?;
        Ok(())
    }

    fn frame(&self) -> Result<usize, DemoError> {
        let unknown = || DemoError::Unknown {
            what: "frame",
            name: self.frame.chars().take(20).collect(),
        };
        match self.frame.as_str() {
            "" => Ok(0),
            text => text.parse().map_err(|_| unknown()),
        }
    }

    fn action(&self) -> Result<Option<usize>, DemoError> {
        let unknown = || DemoError::Unknown {
            what: "action",
            name: self.action.chars().take(20).collect(),
        };
        match self.action.as_str() {
            "" => Ok(None),
            text => {
                let action = text
                    .parse()
                    .ok()
                    .filter(|action| *action < Action::ALL.len());
                Ok(Some(action.ok_or_else(unknown)?))
            }
        }
    }

    pub fn explain(&self, app: &App, ticket: &Ticket) -> Result<Outcome, DemoError> {
        let (model, net) = app.models.policy()?;
        let mut moments = play(model, app.models.device());
        let last = moments.len() - 1;
        let frame = self.frame()?.min(last);
        let moment = moments.swap_remove(frame);
        let action = self.action()?.unwrap_or(moment.best());
        let clock = Instant::now();
        let path = IntegratedGradients::new().with_steps(STEPS);
        let result = path.attribute(net, app.run(moment.frames.clone(), ticket), Class(action))?;
        let facts = Facts::of(&result, clock.elapsed());
        let view = View::whole(&moment.photo);
        let title = format!(
            "Integrated Gradients of \u{201c}{}\u{201d}",
            Action::ALL[action].name()
        );
        Ok(Outcome {
            maps: vec![Map::of(title, &result, true, &moment.photo, &view)?],
            facts,
            above: controls(frame, last, action, &moment),
            below: html! {},
            report: None,
        })
    }
}

fn controls(frame: usize, last: usize, chosen: usize, moment: &Moment) -> Markup {
    let best = moment.best();
    html! {
        div .steps {
            button #previous type="button" data-frame=(frame.saturating_sub(1)) disabled[frame == 0] { "Previous" }
            " Moment " span #frame-number { (frame + 1) } " of " (last + 1) " "
            button #next type="button" data-frame=((frame + 1).min(last)) disabled[frame == last] { "Next" }
        }
        div role="group" aria-label="Actions" {
            @for (action, value) in moment.values.iter().enumerate() {
                button type="button" data-action=(action) aria-pressed=(action == chosen) {
                    (Action::ALL[action].name()) " " span .probability { (format!("{value:.2}")) }
                    @if action == best { " (chosen)" }
                }
            }
        }
    }
}

/// A game with the network's best actions, moment by moment.
fn play(model: &DuelingDqn, device: &Device) -> Vec<Moment> {
    let mut game = Catch::new(GAME);
    let mut moments = Vec::new();
    while game.caught().is_none() {
        let frames = game.observation(device);
        let values = model.forward(frames.clone()).into_data().iter().collect();
        let moment = Moment {
            frames,
            photo: photo(&game.pixels()),
            values,
        };
        game.step(Action::ALL[moment.best()]);
        moments.push(moment);
    }
    moments
}

/// The frames in one picture, older ones dimmer.
fn photo(pixels: &[f32]) -> Photo {
    let side = (SIDE * ZOOM) as u32;
    let image = RgbImage::from_fn(side, side, |x, y| {
        let pixel = y as usize / ZOOM * SIDE + x as usize / ZOOM;
        let frames = pixels.chunks(SIDE * SIDE).zip([40.0, 60.0, 90.0, 255.0]);
        let brightness = frames.map(|(frame, light)| frame[pixel] * light);
        Rgb([brightness.fold(0.0, f32::max) as u8; 3])
    });
    Photo::from_image(image).expect("the picture has pixels")
}
