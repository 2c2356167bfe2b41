//! Grad-CAM and Integrated Gradients of a sound and of a scan.
//!
//! `cargo run --release --example signals` writes `signals.png` and `signals-scan.png` here, or
//! in the folder given as argument.

mod listener;
mod scanner;

use std::f32::consts::TAU;
use std::path::{Path, PathBuf};

use backdraft::image::{ColorMap, ContactSheet, Scaling, Signal, Volume};
use backdraft::{Class, GradCam, IntegratedGradients, Method, Network};
use burn::tensor::{Device, Distribution, Tensor, TensorData};
use listener::{Listener, RATE, TONES};
use scanner::{RADII, Scanner};

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".into()));
    let device = Device::default();
    device.seed(7);
    sound(&folder, &device)?;
    scan(&folder, &device)
}

/// Noise with 440 Hz from 0.25 to 0.4 seconds and 1320 Hz from 0.6 to 0.7: when was which tone?
fn sound(folder: &Path, device: &Device) -> anyhow::Result<()> {
    let tone = |time: f32, hertz: f32, from: f32, to: f32| {
        let on = f32::from(u8::from((from..to).contains(&time)));
        0.7 * on * (TAU * hertz * time).sin()
    };
    let tones = (0..RATE)
        .map(|sample| sample as f32 / RATE as f32)
        .map(|time| tone(time, TONES[0], 0.25, 0.4) + tone(time, TONES[2], 0.6, 0.7));
    let tones = TensorData::new(tones.collect(), [1, 1, RATE]);
    let noise = Tensor::random([1, 1, RATE], Distribution::Normal(0.0, 0.25), device);
    let sound = Tensor::<3>::from_data(tones, device) + noise;

    let net = Network::capture(&Listener::new(device), sound.clone(), Listener::forward)?;
    let signal = Signal::from_tensor(sound.clone().flatten(0, 1))?;
    let mut sheet = ContactSheet::new().with_columns(1).with_max_side(960);
    for (class, hertz) in TONES.into_iter().enumerate().step_by(2) {
        // A filter bank has no convolution after it: the map is that of the rectified filters.
        let cam = GradCam::at("relu").attribute(&net, sound.clone(), Class(class))?;
        let overlay = signal.overlay(&cam.heatmap(0)?)?.with_gray_photo(false);
        sheet = sheet.with_picture(format!("Grad-CAM: {hertz} Hz"), overlay.render()?);
        let path = IntegratedGradients::new().attribute(&net, sound.clone(), Class(class))?;
        let curve = Signal::from_tensor(path.tensor::<3>()?.flatten(0, 1))?;
        sheet = sheet.with_picture(
            format!("Integrated Gradients: {hertz} Hz"),
            curve.photo().picture(),
        );
    }
    let file = folder.join("signals.png");
    sheet.save(&file)?;
    println!("{}: each tone is found when it sounds", file.display());
    Ok(())
}

/// A noisy scan with a small spot in front and a large one at the back: where is which?
fn scan(folder: &Path, device: &Device) -> anyhow::Result<()> {
    let side = 32;
    let spots = [([8.0, 9.0, 22.0], RADII[0]), ([21.0, 20.0, 11.0], RADII[1])];
    let voxel = |cell: usize| {
        let place = [cell / (side * side), cell / side % side, cell % side].map(|at| at as f32);
        let inside = |(center, radius): &([f32; 3], f32)| {
            let squares = place
                .iter()
                .zip(center)
                .map(|(at, center)| (at - center).powi(2));
            squares.sum::<f32>().sqrt() <= *radius
        };
        f32::from(u8::from(spots.iter().any(inside)))
    };
    let voxels = TensorData::new(
        (0..side.pow(3)).map(voxel).collect(),
        [1, 1, side, side, side],
    );
    let noise = Tensor::random(
        [1, 1, side, side, side],
        Distribution::Normal(0.0, 0.2),
        device,
    );
    let scan = Tensor::<5>::from_data(voxels, device) + noise;

    let net = Network::capture(&Scanner::new(device), scan.clone(), Scanner::forward)?;
    let volume = Volume::from_tensor(scan.clone().reshape([side; 3]), 12)?;
    let mut sheet = ContactSheet::new().with_columns(2).with_max_side(700);
    for (class, name) in ["small", "large"].into_iter().enumerate() {
        let cam = GradCam::new().attribute(&net, scan.clone(), Class(class))?;
        let overlay = volume.overlay(cam.volume(0)?)?.render()?;
        sheet = sheet.with_picture(format!("Grad-CAM: {name} spots"), overlay);
        let path = IntegratedGradients::new().with_steps(10);
        let path = path.attribute(&net, scan.clone(), Class(class))?;
        let overlay = volume.overlay(path.volume(0)?)?;
        let overlay = overlay
            .with_color_map(ColorMap::BlueRed)
            .with_scaling(Scaling::Symmetric);
        sheet = sheet.with_picture(
            format!("Integrated Gradients: {name} spots"),
            overlay.render()?,
        );
    }
    let file = folder.join("signals-scan.png");
    sheet.save(&file)?;
    println!("{}: each filter finds the spot of its size", file.display());
    Ok(())
}
