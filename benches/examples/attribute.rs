//! One method on one network, timed in a process of its own: what `captum/run.py` compares with its twin
//! `captum/attribute.py`.
//!
//! Prints one line of JSON: seconds of every run, and the process's memory before the first run and at its peak.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use backdraft::lrp::Composite;
use backdraft::{
    Attribution, Baseline, Class, DeepLift, GradCam, GradientShap, GuidedBackprop, GuidedGradCam,
    InputXGradient, IntegratedGradients, KernelShap, Lrp, Method, Network, NoiseLevel, Occlusion,
    Regions, Rise, Saliency, ScoreCam, SmoothGrad,
};
use backdraft_models::{EfficientNetLite0, ResNet18};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use burn_store::{ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};
use clap::{Parser, ValueEnum};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::json;

const CLASS: Class = Class(282);
const POINTS: usize = 50;
const NOISE: NoiseLevel = NoiseLevel::Absolute(0.2);
const WINDOW: [usize; 2] = [15, 15];
const STRIDE: [usize; 2] = [8, 8];
const CELLS: [usize; 1] = [8];
const COALITIONS: usize = 2048;
const MASKS: usize = 4000;

#[derive(Parser)]
struct Arguments {
    network: Architecture,
    method: Name,
    /// Name of the images in the folder's inputs.
    input: String,
    #[arg(long)]
    folder: PathBuf,
    /// Where to save the attribution.
    #[arg(long)]
    out: Option<PathBuf>,
    /// How long to repeat the method.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// What computes.
    #[arg(long, value_enum, default_value_t = Engine::Flex)]
    engine: Engine,
}

/// Of a first run that takes so many seconds no warming up is seen: it counts, and isn't repeated.
const WARM: f64 = 10.0;

#[derive(Clone, Copy, ValueEnum)]
enum Engine {
    Flex,
    /// PyTorch's own.
    #[cfg(feature = "tch")]
    Libtorch,
}

#[derive(Clone, Copy, ValueEnum)]
enum Architecture {
    Resnet18,
    EfficientnetLite0,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    Saliency,
    InputXGradient,
    GuidedBackprop,
    GradCam,
    GuidedGradCam,
    DeepLift,
    LrpEpsilon,
    LrpEpsilonPlus,
    IntegratedGradients,
    SmoothGrad,
    GradientShap,
    Occlusion,
    KernelShap,
    Rise,
    ScoreCam,
}

// Burn deprecates LibTorch; here it serves to have the same engine on both sides.
#[cfg_attr(feature = "tch", allow(deprecated))]
fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let device = match arguments.engine {
        Engine::Flex => Device::flex(),
        #[cfg(feature = "tch")]
        Engine::Libtorch => Device::libtorch(),
    };
    let net = arguments.network.captured(&arguments.folder, &device)?;
    let mut inputs = read(&arguments.folder.join("inputs.safetensors"), &device)?;
    let mut input = |name: &str| {
        let input = inputs.remove(name);
        input.with_context(|| format!("there are no images named {name}"))
    };
    let (images, background) = (input(&arguments.input)?, input("background")?);
    let method = arguments.method.method(background);
    let attribute =
        || -> Result<Attribution> { Ok(method.attribute(&net, images.clone(), CLASS)?) };

    let before = memory("VmRSS")?;
    let timed = || -> Result<(Attribution, f64)> {
        let start = Instant::now();
        let attribution = attribute()?;
        Ok((attribution, start.elapsed().as_secs_f64()))
    };
    let (attribution, first) = timed()?;
    let mut seconds = Vec::new();
    if first >= WARM {
        seconds.push(first);
    } else {
        while seconds.iter().sum::<f64>() < arguments.seconds || seconds.len() < 2 {
            seconds.push(timed()?.1);
        }
    }
    let peak = memory("VmHWM")?;
    println!(
        "{}",
        json!({ "seconds": seconds, "before": before, "peak": peak })
    );
    match arguments.out {
        Some(path) => write(&path, attribution.tensor::<4>()?),
        None => Ok(()),
    }
}

impl Architecture {
    fn captured(self, folder: &Path, device: &Device) -> Result<Network> {
        match self {
            Self::Resnet18 => capture(
                load(ResNet18::new(device), &folder.join("resnet18.safetensors"))?,
                device,
                ResNet18::forward,
            ),
            Self::EfficientnetLite0 => capture(
                EfficientNetLite0::pretrained(device)?,
                device,
                EfficientNetLite0::forward,
            ),
        }
    }
}

impl Name {
    fn method(self, background: Tensor<4>) -> Box<dyn Method> {
        match self {
            Self::Saliency => Box::new(Saliency::new()),
            Self::InputXGradient => Box::new(InputXGradient::new()),
            Self::GuidedBackprop => Box::new(GuidedBackprop::new()),
            Self::GradCam => Box::new(GradCam::new()),
            Self::GuidedGradCam => Box::new(GuidedGradCam::new()),
            Self::DeepLift => Box::new(DeepLift::new()),
            Self::LrpEpsilon => Box::new(Lrp::with_composite(Composite::epsilon(1e-6))),
            Self::LrpEpsilonPlus => Box::new(Lrp::with_composite(Composite::epsilon_plus())),
            Self::IntegratedGradients => Box::new(IntegratedGradients::new().with_steps(POINTS)),
            Self::SmoothGrad => {
                let smooth = SmoothGrad::new(Saliency::new()).with_draws(POINTS);
                Box::new(smooth.with_noise(NOISE))
            }
            Self::GradientShap => {
                let shap = GradientShap::new(Baseline::distribution(background));
                Box::new(shap.with_draws(POINTS))
            }
            Self::Occlusion => {
                Box::new(Occlusion::new().with_regions(Regions::windows(WINDOW, STRIDE)))
            }
            Self::KernelShap => {
                let shap = KernelShap::new().with_regions(Regions::grid(CELLS));
                Box::new(shap.with_evaluations(COALITIONS))
            }
            Self::Rise => Box::new(Rise::new().with_cells(CELLS[0]).with_draws(MASKS)),
            Self::ScoreCam => Box::new(ScoreCam::new()),
        }
    }
}

fn load<M: ModuleSnapshot>(mut model: M, path: &Path) -> Result<M> {
    let mut store = SafetensorsStore::from_file(path).with_from_adapter(PyTorchToBurnAdapter);
    let result = model.load_from(&mut store)?;
    ensure!(result.unused.is_empty(), "unused: {:?}", result.unused);
    Ok(model)
}

fn capture<M: Module + Sync + 'static>(
    model: M,
    device: &Device,
    forward: fn(&M, Tensor<4>) -> Tensor<2>,
) -> Result<Network> {
    let example = Tensor::zeros([1, 3, 224, 224], device);
    Ok(Network::capture(&model, example, forward)?)
}

/// All tensors of a file, which are images.
fn read(path: &Path, device: &Device) -> Result<HashMap<String, Tensor<4>>> {
    let bytes = fs::read(path)?;
    let file = SafeTensors::deserialize(&bytes)?;
    let images = file.tensors().into_iter().map(|(name, view)| {
        let bytes = view.data().chunks_exact(4);
        let values: Vec<f32> = bytes
            .map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes")))
            .collect();
        let data = TensorData::new(values, view.shape().to_vec());
        (name, Tensor::from_data(data, device))
    });
    Ok(images.collect())
}

fn write(path: &Path, values: Tensor<4>) -> Result<()> {
    let shape = values.dims().to_vec();
    let bytes: Vec<u8> = values
        .into_data()
        .iter::<f32>()
        .flat_map(f32::to_le_bytes)
        .collect();
    let view = TensorView::new(Dtype::F32, shape, &bytes)?;
    Ok(safetensors::serialize_to_file(
        [("values", view)],
        None,
        path,
    )?)
}

/// A figure of this process in MB, as Linux counts it.
fn memory(field: &str) -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    let kilobytes = kilobytes.ok_or_else(|| anyhow!("/proc/self/status has no {field}"))?;
    Ok(kilobytes / 1024.0)
}
