//! The methods by name: which options they take, and how they are made from them.

use backdraft::noise::NoiseTunnel;
use backdraft::noise::statistic::Statistic;
use backdraft::{
    Baseline, Cam, Deconvnet, DeepLift, DeepLiftShap, GradCam, GradCamPlusPlus, GradientShap,
    GuidedBackprop, GuidedGradCam, HiResCam, InputXGradient, IntegratedGradients, LayerCam, Method,
    Saliency, SmoothGrad, SmoothGradSquared, VarGrad, XGradCam,
};
use clap::ValueEnum;

use crate::args::Args;
use crate::baseline::BaselineName;

/// Points on a path or random draws, if not given.
const STEPS: usize = 50;
/// The most points of a path that is refined, if not given.
const MAX_STEPS: usize = 1000;

/// The methods, by the names they have in `manifest.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MethodName {
    Cam,
    GradCam,
    #[value(name = "hires-cam")]
    HiResCam,
    #[value(name = "grad-cam++")]
    GradCamPlusPlus,
    #[value(name = "xgrad-cam")]
    XGradCam,
    LayerCam,
    GuidedGradCam,
    GuidedBackprop,
    Deconvnet,
    Saliency,
    InputXGradient,
    SmoothGrad,
    SmoothGradSquared,
    VarGrad,
    IntegratedGradients,
    GradientShap,
    DeepLift,
    DeepLiftShap,
}

impl MethodName {
    /// Whether it looks at a layer of choice.
    pub fn takes_layer(self) -> bool {
        self.is_map() || self == Self::GuidedGradCam
    }

    /// Whether it gives a coarse map of where evidence is: Grad-CAM or one of its kin.
    pub fn is_map(self) -> bool {
        matches!(
            self,
            Self::GradCam
                | Self::HiResCam
                | Self::GradCamPlusPlus
                | Self::XGradCam
                | Self::LayerCam
        )
    }

    /// Whether it looks at many points.
    pub fn takes_steps(self) -> bool {
        self.draws() || self.takes_tolerance()
    }

    /// Whether it can refine its path.
    pub fn takes_tolerance(self) -> bool {
        self == Self::IntegratedGradients
    }

    /// Whether it can be told how much memory to take.
    pub fn takes_memory(self) -> bool {
        self.draws() || self.default_baseline().is_some()
    }

    /// Whether it draws random points.
    pub fn draws(self) -> bool {
        matches!(
            self,
            Self::GradientShap | Self::SmoothGrad | Self::SmoothGradSquared | Self::VarGrad
        )
    }

    /// The baseline where none is given, if it has one.
    pub fn default_baseline(self) -> Option<BaselineName> {
        match self {
            Self::IntegratedGradients | Self::DeepLift => Some(BaselineName::Average),
            Self::GradientShap | Self::DeepLiftShap => Some(BaselineName::Background),
            _ => None,
        }
    }

    /// The method with the options that it takes.
    pub fn build(self, args: &Args) -> Box<dyn Method> {
        let layer = args.layer.as_ref();
        let baseline = args.baseline_of(self).map(|name| name.build(args.seed()));
        let baseline = baseline.unwrap_or_default();
        match self {
            Self::Cam => Box::new(Cam::new()),
            Self::GradCam => Box::new(layer.map_or_else(GradCam::new, GradCam::at)),
            Self::HiResCam => Box::new(layer.map_or_else(HiResCam::new, HiResCam::at)),
            Self::GradCamPlusPlus => {
                Box::new(layer.map_or_else(GradCamPlusPlus::new, GradCamPlusPlus::at))
            }
            Self::XGradCam => Box::new(layer.map_or_else(XGradCam::new, XGradCam::at)),
            Self::LayerCam => Box::new(layer.map_or_else(LayerCam::new, LayerCam::at)),
            Self::GuidedGradCam => {
                Box::new(layer.map_or_else(GuidedGradCam::new, GuidedGradCam::at))
            }
            Self::GuidedBackprop => Box::new(GuidedBackprop::new()),
            Self::Deconvnet => Box::new(Deconvnet::new()),
            Self::Saliency => Box::new(Saliency::new()),
            Self::InputXGradient => Box::new(InputXGradient::new()),
            Self::SmoothGrad => noisy(SmoothGrad::new(Saliency::new()), args),
            Self::SmoothGradSquared => noisy(SmoothGradSquared::new(Saliency::new()), args),
            Self::VarGrad => noisy(VarGrad::new(Saliency::new()), args),
            Self::IntegratedGradients => Box::new(integrated_gradients(baseline, args)),
            Self::GradientShap => Box::new(gradient_shap(baseline, args)),
            Self::DeepLift => Box::new(DeepLift::new().with_baseline(baseline)),
            Self::DeepLiftShap => Box::new(DeepLiftShap::new(baseline)),
        }
    }
}

fn integrated_gradients(baseline: Baseline, args: &Args) -> IntegratedGradients {
    let method = IntegratedGradients::new().with_baseline(baseline);
    match args.tolerance {
        None => method.with_steps(args.steps.unwrap_or(STEPS)),
        Some(tolerance) => method
            .with_tolerance(tolerance)
            .with_max_steps(args.steps.unwrap_or(MAX_STEPS)),
    }
}

fn gradient_shap(baselines: Baseline, args: &Args) -> GradientShap {
    GradientShap::new(baselines)
        .with_draws(args.steps.unwrap_or(STEPS))
        .with_seed(args.seed())
}

fn noisy<S>(method: NoiseTunnel<Saliency, S>, args: &Args) -> Box<dyn Method>
where
    S: Statistic + 'static,
{
    let steps = args.steps.unwrap_or(STEPS);
    Box::new(method.with_draws(steps).with_seed(args.seed()))
}
