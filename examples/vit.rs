//! Explains what a vision transformer looks at, token by token.
//!
//! ```text
//! cargo run --release --example vit
//! cargo run --release --example vit -- scene.png
//! ```
//!
//! The network names the shape of the only red object of a scene, which is twice as wide as high:
//! 6 x 12 tokens of 8 x 8 pixels.

use std::path::PathBuf;

use backdraft::image::{ContactSheet, Photo, Rgb, RgbImage, Scaling};
use backdraft::{
    AttentionRelevance, AttentionRollout, Attribution, Error as ExplainError, GradCam,
    IntegratedGradients, Method, Network, Saliency, TokenLayout, TopClass,
};
use backdraft_models::Vit;
use backdraft_models::glyphs::{SIZE, Scene, Shape};
use burn::tensor::{Device, Tensor};

const SCENE: u64 = 5;
/// Pixels of the picture for each pixel of the scene.
const ZOOM: usize = 4;

fn main() -> anyhow::Result<()> {
    let path = PathBuf::from(std::env::args_os().nth(1).unwrap_or("vit.png".into()));
    let device = Device::default();
    let model = Vit::pretrained(&device)?;
    let scene = Scene::new(SCENE);
    let image = scene.image(&device);
    let net = Network::capture(&model, image.clone(), Vit::forward)?;
    let class: i64 = model.forward(image.clone()).argmax(1).into_scalar();

    let photo = photo(&scene);
    let title = format!("a red {}", Shape::ALL[class as usize].name());
    let mut sheet = ContactSheet::new().with_picture(title, photo.picture());
    for result in of_pixels(&net, &image)? {
        let map = result.clone().abs().sum_channels().heatmap(0)?;
        let overlay = map.overlay(&photo).with_scaling(Scaling::Percentile(99.5));
        sheet = sheet.with_picture(result.method(), overlay.render()?);
    }
    for result in of_tokens(&net, &image)? {
        let overlay = result.heatmap(0)?.overlay(&photo);
        sheet = sheet.with_picture(result.method(), overlay.render()?);
    }
    sheet.with_columns(2).save(&path)?;
    println!("The explanations are written to {}.", path.display());
    println!(
        "They glow where the red object is, and the others stay dark. Grad-CAM, which averages"
    );
    println!("its gradient over all tokens, is the vaguest here.");
    Ok(())
}

/// How much each pixel matters.
fn of_pixels(net: &Network, image: &Tensor<4>) -> Result<[Attribution; 2], ExplainError> {
    Ok([
        Saliency::new().attribute(net, image.clone(), TopClass)?,
        IntegratedGradients::new().attribute(net, image.clone(), TopClass)?,
    ])
}

/// How much each token matters; token 0 is the class token, the others are patches.
fn of_tokens(net: &Network, image: &Tensor<4>) -> Result<[Attribution; 3], ExplainError> {
    let patches = TokenLayout::new().with_leading(1);
    let cam = GradCam::at("blocks.2.ln1").with_tokens(patches);
    let rollout = AttentionRollout::new().with_tokens(patches);
    let relevance = AttentionRelevance::new().with_tokens(patches);
    Ok([
        cam.attribute(net, image.clone(), TopClass)?,
        rollout.attribute(net, image.clone(), TopClass)?,
        relevance.attribute(net, image.clone(), TopClass)?,
    ])
}

/// The scene as a picture.
fn photo(scene: &Scene) -> Photo {
    let [height, width] = SIZE;
    let side = |pixels: usize| (pixels * ZOOM) as u32;
    let image = RgbImage::from_fn(side(width), side(height), |x, y| {
        let pixel = y as usize / ZOOM * width + x as usize / ZOOM;
        let channels = scene.pixels().chunks(height * width);
        let levels: Vec<_> = channels.map(|c| (255.0 * c[pixel]) as u8).collect();
        Rgb([levels[0], levels[1], levels[2]])
    });
    Photo::from_image(image).expect("the picture has pixels")
}
