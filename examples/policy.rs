//! Explains what a network looks at that plays a game, move by move.
//!
//! `cargo run --release --example policy -- game.png`
//!
//! A paddle catches a falling ball. A moth flutters about: a good explanation leaves it dark.

use backdraft::image::{ContactSheet, Heatmap, ImageError, Photo, Picture, Rgb, RgbImage};
use backdraft::image::{Scaling, View};
use backdraft::{
    Class, GradCam, IntegratedGradients, Method, Network, Saliency, Score, Target, TopClass,
};
use backdraft_models::DuelingDqn;
use backdraft_models::catch::{Action, Catch, SIDE};
use burn::tensor::{Device, Tensor};

const GAME: u64 = 5;
/// Pixels of the picture for each pixel of the game.
const ZOOM: usize = 6;

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).unwrap_or("policy.png".into());
    let device = Device::default();
    let model = DuelingDqn::pretrained(&device)?;
    let moments = play(&model, &device);

    // All moments are one batch; each is explained for the action that is best there.
    let batch = Tensor::cat(moments.iter().map(|m| m.frames.clone()).collect(), 0);
    let net = Network::capture(&model, batch.clone(), DuelingDqn::forward)?;
    let saliency = Saliency::new().attribute(&net, batch.clone(), TopClass)?;
    let cam = GradCam::at("relu").attribute(&net, batch.clone(), TopClass)?;
    let integrated = |net: &Network, target: &dyn Target| {
        IntegratedGradients::new().attribute(net, batch.clone(), target)
    };
    let [value, advantage] = ["value", "advantage"].map(|head| net.with_output_at(head));
    // The numbers of the advantage head mean something only in comparison with their mean.
    let chosen = model.forward(batch.clone()).argmax(1);
    let gain = Score::new("advantage of the chosen action", move |head: Tensor<2>| {
        let chosen = head.clone().gather(1, chosen.clone());
        (chosen - head.mean_dim(1)).squeeze_dim(1)
    });

    let mut sheet = ContactSheet::new().with_columns(moments.len() as u32);
    for (moment, value) in moments.iter().zip(saliency.scores()) {
        let value = format!("Q {value:.2}");
        sheet = sheet.with_captioned_picture(moment.action.name(), value, moment.photo.picture());
    }
    for (title, result) in [
        ("saliency", saliency),
        ("integrated gradients", integrated(&net, &TopClass)?),
        ("of the value", integrated(&value?, &Class(0))?),
        ("of the advantage", integrated(&advantage?, &gain)?),
    ] {
        // How much a pixel matters, in whichever frame it matters most.
        let maps = result.abs().max_channels();
        for (index, moment) in moments.iter().enumerate() {
            sheet = sheet.with_picture(title, moment.overlay(&maps.heatmap(index)?)?);
        }
    }
    for (index, moment) in moments.iter().enumerate() {
        sheet = sheet.with_picture("Grad-CAM", moment.overlay_of_cells(&cam.heatmap(index)?)?);
    }
    sheet.save(&path)?;
    println!("{path}: ball and paddle matter to the action, and the moth, an X, hardly does");
    Ok(())
}

/// A moment of a game, as the network and as people see it.
struct Moment {
    frames: Tensor<4>,
    photo: Photo,
    action: Action,
}

impl Moment {
    fn overlay(&self, map: &Heatmap) -> Result<Picture, ImageError> {
        let overlay = map.overlay(&self.photo).with_alpha(1.0);
        overlay.with_scaling(Scaling::Percentile(99.5)).render()
    }

    /// A map of the first convolution, whose 8 x 8 cells stand 4 pixels apart, 2 from the edges.
    fn overlay_of_cells(&self, map: &Heatmap) -> Result<Picture, ImageError> {
        let [margin, side] = [2, 32].map(|pixels| (pixels * ZOOM) as f64);
        let view = View::new(&self.photo, margin, margin, side, side)?;
        map.overlay(&self.photo).with_view(view).render()
    }
}

/// Plays a game with the network's best actions; every other moment of it.
fn play(model: &DuelingDqn, device: &Device) -> Vec<Moment> {
    let mut game = Catch::new(GAME);
    let mut moments = Vec::new();
    while game.caught().is_none() {
        let frames = game.observation(device);
        let best: i64 = model.forward(frames.clone()).argmax(1).into_scalar();
        let action = Action::ALL[best as usize];
        let photo = photo(&game.pixels());
        moments.push(Moment {
            frames,
            photo,
            action,
        });
        game.step(action);
    }
    moments.into_iter().step_by(2).collect()
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
