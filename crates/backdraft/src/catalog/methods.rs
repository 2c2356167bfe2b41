//! The rows.

use super::entry::Entry;
use super::setup::{Setting, Setup};
use super::words::{Access, Family, Gives, Need};
use crate::noise::NoiseTunnel;
use crate::noise::statistic::Statistic;
use crate::{
    AblationCam, AttentionRelevance, AttentionRollout, Banzhaf, BlurIg, Cam, Deconvnet,
    DeepFeatureFactorization, DeepLift, DeepLiftShap, EigenCam, EigenGradCam, Error,
    FeatureAblation, FeaturePermutation, FullGrad, GradCam, GradCamElementWise, GradCamPlusPlus,
    GradientShap, GuidedBackprop, GuidedGradCam, GuidedIg, HiResCam, Hsic, Idgi, InputXGradient,
    IntegratedGradients, InternalInfluence, KernelShap, LayerActivation, LayerCam,
    LayerConductance, LayerDeepLift, LayerGradientXActivation, LayerIntegratedGradients, LeGrad,
    Lime, MeaningfulPerturbation, Method, NeuronConductance, Occlusion, OwenValues, Rise, Saliency,
    ScoreCam, SegEigenCam, ShapleyCam, ShapleyInteractions, ShapleySampling, ShapleyValues,
    SimpleFullGrad, SmoothGrad, SmoothGradCamPlusPlus, SmoothGradSquared, SobolIndices, VarGrad,
    XGradCam, Xrai,
};

/// Builds a map of a layer.
macro_rules! layer_map {
    ($method:ident) => {
        |setup| {
            let method = setup.layer_or($method::new, $method::at);
            let method = set(method, setup.relu, $method::with_relu);
            boxed(set(method, setup.tokens, $method::with_tokens))
        }
    };
}

/// Builds a method that replaces regions.
macro_rules! replacing {
    ($method:ident, $setup:ident) => {{
        let method = $method::new().with_baseline($setup.baseline());
        boxed(set(method, $setup.regions.clone(), $method::with_regions))
    }};
}

/// Builds a method that replaces regions in some random samples.
macro_rules! sampling {
    ($method:ident, $setup:ident) => {{
        let method = $method::new().with_baseline($setup.baseline());
        let method = set(method, $setup.regions.clone(), $method::with_regions);
        let method = set(method, $setup.draws, $method::with_draws);
        boxed(set(method, $setup.seed, $method::with_seed))
    }};
}

/// Every method, in the order in which lists and contact sheets show them.
pub const METHODS: &[Entry] = &[
    CAM,
    GRAD_CAM,
    Entry {
        name: "hires-cam",
        type_name: "HiResCam",
        summary: "gradient times activation, place by place",
        captum: None,
        pytorch_grad_cam: Some("HiResCAM"),
        build: layer_map!(HiResCam),
        ..GRAD_CAM
    },
    Entry {
        name: "grad-cam++",
        type_name: "GradCamPlusPlus",
        summary: "Grad-CAM with weights that count small objects as much as large ones",
        captum: None,
        pytorch_grad_cam: Some("GradCAMPlusPlus"),
        build: layer_map!(GradCamPlusPlus),
        ..GRAD_CAM
    },
    Entry {
        name: "xgrad-cam",
        type_name: "XGradCam",
        summary: "Grad-CAM with gradients weighted by activation",
        captum: None,
        pytorch_grad_cam: Some("XGradCAM"),
        build: layer_map!(XGradCam),
        ..GRAD_CAM
    },
    Entry {
        name: "layer-cam",
        type_name: "LayerCam",
        summary: "positive gradients times activation, place by place",
        captum: None,
        pytorch_grad_cam: Some("LayerCAM"),
        build: layer_map!(LayerCam),
        ..GRAD_CAM
    },
    Entry {
        name: "grad-cam-element-wise",
        type_name: "GradCamElementWise",
        summary: "the positive part of gradient times activation",
        captum: None,
        pytorch_grad_cam: Some("GradCAMElementWise"),
        build: layer_map!(GradCamElementWise),
        ..GRAD_CAM
    },
    Entry {
        name: "eigen-cam",
        type_name: "EigenCam",
        summary: "the first principal component of a layer's activation, whatever the target",
        caution: Some("The map is the same for every target."),
        captum: None,
        pytorch_grad_cam: Some("EigenCAM"),
        build: layer_map!(EigenCam),
        ..GRAD_CAM
    },
    Entry {
        name: "eigen-grad-cam",
        type_name: "EigenGradCam",
        summary: "the first principal component of gradient times activation",
        caution: NO_SIGN,
        captum: None,
        pytorch_grad_cam: Some("EigenGradCAM"),
        build: layer_map!(EigenGradCam),
        ..GRAD_CAM
    },
    Entry {
        name: "seg-eigen-cam",
        type_name: "SegEigenCam",
        summary: "the first principal component of a layer's activation where the target is sensitive to it",
        caution: NO_SIGN,
        captum: None,
        pytorch_grad_cam: Some("SegEigenCAM"),
        build: layer_map!(SegEigenCam),
        ..GRAD_CAM
    },
    Entry {
        name: "shapley-cam",
        type_name: "ShapleyCam",
        summary: "Grad-CAM with gradients corrected by half the curvature",
        captum: None,
        pytorch_grad_cam: Some("ShapleyCAM"),
        build: layer_map!(ShapleyCam),
        ..GRAD_CAM
    },
    Entry {
        name: "smooth-grad-cam++",
        type_name: "SmoothGradCamPlusPlus",
        summary: "Grad-CAM++ with higher derivatives averaged over noisy copies of the input",
        needs: &[Need::FloatInputs, Need::SpatialLayer],
        settings: &[
            Setting::Layer,
            Setting::Tokens,
            Setting::Relu,
            Setting::Draws,
            Setting::Seed,
        ],
        captum: None,
        pytorch_grad_cam: None,
        build: |setup| {
            let method = setup.layer_or(SmoothGradCamPlusPlus::new, SmoothGradCamPlusPlus::at);
            let method = set(method, setup.relu, SmoothGradCamPlusPlus::with_relu);
            let method = set(method, setup.tokens, SmoothGradCamPlusPlus::with_tokens);
            let method = set(method, setup.draws, SmoothGradCamPlusPlus::with_draws);
            boxed(set(method, setup.seed, SmoothGradCamPlusPlus::with_seed))
        },
        ..GRAD_CAM
    },
    Entry {
        name: "deep-feature-factorization",
        type_name: "DeepFeatureFactorization",
        summary: "where the concept is that contributes most, of the few that a layer's activation is the sum of",
        settings: &[Setting::Layer, Setting::Tokens, Setting::Seed],
        captum: None,
        pytorch_grad_cam: Some("DeepFeatureFactorization"),
        build: |setup| {
            let method =
                setup.layer_or(DeepFeatureFactorization::new, DeepFeatureFactorization::at);
            let method = set(method, setup.tokens, DeepFeatureFactorization::with_tokens);
            boxed(set(method, setup.seed, DeepFeatureFactorization::with_seed))
        },
        ..GRAD_CAM
    },
    Entry {
        name: "score-cam",
        type_name: "ScoreCam",
        summary: "a layer's channels, weighted with the score of the input where they are active",
        captum: None,
        pytorch_grad_cam: Some("ScoreCAM"),
        build: layer_map!(ScoreCam),
        ..GRAD_CAM
    },
    Entry {
        name: "ablation-cam",
        type_name: "AblationCam",
        summary: "a layer's channels, weighted with what the score loses without them",
        captum: None,
        pytorch_grad_cam: Some("AblationCAM"),
        build: layer_map!(AblationCam),
        ..GRAD_CAM
    },
    Entry {
        name: "guided-grad-cam",
        type_name: "GuidedGradCam",
        summary: "Guided Backprop where Grad-CAM finds evidence",
        needs: &[Need::FloatInputs, Need::Rectifiers, Need::SpatialLayer],
        gives: Gives::Features,
        signed: true,
        settings: &[Setting::Layer, Setting::Tokens],
        captum: Some("GuidedGradCam"),
        pytorch_grad_cam: None,
        build: |setup| {
            let method = setup.layer_or(GuidedGradCam::new, GuidedGradCam::at);
            boxed(set(method, setup.tokens, GuidedGradCam::with_tokens))
        },
        ..GRAD_CAM
    },
    GUIDED_BACKPROP,
    Entry {
        name: "deconvnet",
        type_name: "Deconvnet",
        summary: "the gradient, where rectifiers rectify it in place of the activation",
        captum: Some("Deconvolution"),
        pytorch_grad_cam: None,
        zennit: Some("DeconvNet"),
        build: |_| boxed(Deconvnet::new()),
        ..GUIDED_BACKPROP
    },
    SALIENCY,
    Entry {
        name: "input-x-gradient",
        type_name: "InputXGradient",
        summary: "the gradient times the input",
        captum: Some("InputXGradient"),
        zennit: None,
        build: |_| boxed(InputXGradient::new()),
        ..SALIENCY
    },
    FULL_GRAD,
    Entry {
        name: "simple-full-grad",
        type_name: "SimpleFullGrad",
        summary: "the size of the gradient at the inputs and at every bias, layer by layer scaled alike",
        pytorch_grad_cam: None,
        build: |_| boxed(SimpleFullGrad::new()),
        ..FULL_GRAD
    },
    SMOOTH_GRAD,
    Entry {
        name: "smooth-grad-squared",
        type_name: "SmoothGradSquared",
        summary: "the mean of any method's squares over noisy copies of the input",
        signed: false,
        captum: Some("NoiseTunnel with smoothgrad_sq"),
        zennit: None,
        reported: Some("smooth-grad-squared of saliency"),
        build: |setup| noisy(SmoothGradSquared::new(Saliency::new()), setup),
        ..SMOOTH_GRAD
    },
    Entry {
        name: "var-grad",
        type_name: "VarGrad",
        summary: "the variance of any method over noisy copies of the input",
        signed: false,
        captum: Some("NoiseTunnel with vargrad"),
        zennit: None,
        reported: Some("var-grad of saliency"),
        build: |setup| noisy(VarGrad::new(Saliency::new()), setup),
        ..SMOOTH_GRAD
    },
    INTEGRATED_GRADIENTS,
    Entry {
        name: "guided-ig",
        type_name: "GuidedIg",
        summary: "gradients integrated along a path that avoids large ones",
        settings: &[Setting::Baseline, Setting::Steps],
        captum: None,
        zennit: None,
        build: |setup| {
            let method = GuidedIg::new().with_baseline(setup.baseline());
            boxed(set(method, setup.steps, GuidedIg::with_steps))
        },
        ..INTEGRATED_GRADIENTS
    },
    Entry {
        name: "blur-ig",
        type_name: "BlurIg",
        summary: "gradients integrated while a blurred image gets sharp",
        needs: &[Need::FloatInputs, Need::Space],
        settings: &[Setting::Steps],
        captum: None,
        zennit: None,
        build: |setup| boxed(set(BlurIg::new(), setup.steps, BlurIg::with_steps)),
        ..INTEGRATED_GRADIENTS
    },
    Entry {
        name: "idgi",
        type_name: "Idgi",
        summary: "what the score changes by along a path, shared by squared gradients",
        settings: &[Setting::Baseline, Setting::Steps],
        captum: None,
        zennit: None,
        build: |setup| {
            let method = Idgi::new().with_baseline(setup.baseline());
            boxed(set(method, setup.steps, Idgi::with_steps))
        },
        ..INTEGRATED_GRADIENTS
    },
    Entry {
        name: "xrai",
        type_name: "Xrai",
        summary: "segments of an image, ranked by the mean of any method's values",
        needs: &[Need::FloatInputs, Need::Space],
        captum: None,
        zennit: None,
        reported: Some("xrai of integrated-gradients"),
        build: |setup| boxed(Xrai::new(integrated_gradients(setup))),
        ..INTEGRATED_GRADIENTS
    },
    Entry {
        name: "gradient-shap",
        also: &["expected-gradients"],
        type_name: "GradientShap",
        summary: "gradients at random points between random baselines and the input",
        family: Family::Shap,
        settings: &[Setting::Baseline, Setting::Draws, Setting::Seed],
        captum: Some("GradientShap"),
        zennit: None,
        build: |setup| {
            let method = GradientShap::new(setup.baseline());
            let method = set(method, setup.draws, GradientShap::with_draws);
            boxed(set(method, setup.seed, GradientShap::with_seed))
        },
        ..INTEGRATED_GRADIENTS
    },
    DEEP_LIFT,
    Entry {
        name: "deep-lift-shap",
        type_name: "DeepLiftShap",
        summary: "DeepLIFT on average over a set of baselines",
        family: Family::Shap,
        captum: Some("DeepLiftShap"),
        build: |setup| boxed(DeepLiftShap::new(setup.baseline())),
        ..DEEP_LIFT
    },
    #[cfg(feature = "lrp")]
    LRP,
    #[cfg(feature = "lrp")]
    Entry {
        name: "excitation-backprop",
        type_name: "ExcitationBackprop",
        summary: "how likely a random walk from the output comes by, which follows what excites",
        caution: NOT_DISCRIMINATIVE,
        settings: &[],
        captum: None,
        zennit: Some("ExcitationBackprop"),
        build: |_| boxed(crate::ExcitationBackprop::new()),
        ..LRP
    },
    FEATURE_ABLATION,
    Entry {
        name: "occlusion",
        type_name: "Occlusion",
        summary: "what the score loses without a window, window by window",
        captum: Some("Occlusion"),
        build: |setup| replacing!(Occlusion, setup),
        ..FEATURE_ABLATION
    },
    Entry {
        name: "feature-permutation",
        type_name: "FeaturePermutation",
        summary: "what the score loses with a region of another row of the batch",
        needs: &[Need::SeveralSamples],
        caution: Some("A sample's values depend on the other samples of the batch."),
        settings: &[Setting::Regions, Setting::Draws, Setting::Seed],
        captum: Some("FeaturePermutation"),
        build: |setup| {
            let method = FeaturePermutation::new();
            let regions = setup.regions.clone();
            let method = set(method, regions, FeaturePermutation::with_regions);
            let method = set(method, setup.draws, FeaturePermutation::with_draws);
            boxed(set(method, setup.seed, FeaturePermutation::with_seed))
        },
        ..FEATURE_ABLATION
    },
    Entry {
        name: "shapley-values",
        type_name: "ShapleyValues",
        summary: "every region's mean contribution over all orders, exact",
        captum: Some("ShapleyValues"),
        build: |setup| replacing!(ShapleyValues, setup),
        ..FEATURE_ABLATION
    },
    Entry {
        name: "shapley-sampling",
        type_name: "ShapleySampling",
        summary: "every region's mean contribution over some orders, with standard errors",
        settings: SAMPLED,
        captum: Some("ShapleyValueSampling"),
        build: |setup| sampling!(ShapleySampling, setup),
        ..FEATURE_ABLATION
    },
    Entry {
        name: "owen-values",
        type_name: "OwenValues",
        summary: "Shapley values where neighboring regions belong together",
        captum: None,
        build: |setup| replacing!(OwenValues, setup),
        ..FEATURE_ABLATION
    },
    Entry {
        name: "meaningful-perturbation",
        type_name: "MeaningfulPerturbation",
        summary: "the smallest soft mask without which the score is gone",
        access: Access::Gradients,
        needs: &[Need::FloatInputs],
        signed: false,
        settings: &[Setting::Baseline, Setting::Steps],
        captum: None,
        build: |setup| {
            let method = MeaningfulPerturbation::new().with_baseline(setup.baseline());
            boxed(set(method, setup.steps, MeaningfulPerturbation::with_steps))
        },
        ..FEATURE_ABLATION
    },
    Entry {
        name: "kernel-shap",
        type_name: "KernelShap",
        summary: "Shapley values by a regression over coalitions, with standard errors",
        settings: SAMPLED,
        captum: Some("KernelShap"),
        build: |setup| sampling!(KernelShap, setup),
        ..FEATURE_ABLATION
    },
    Entry {
        name: "lime",
        type_name: "Lime",
        summary: "a linear model of the score near the input, with standard errors",
        settings: SAMPLED,
        captum: Some("Lime"),
        build: |setup| sampling!(Lime, setup),
        ..FEATURE_ABLATION
    },
    Entry {
        name: "banzhaf",
        type_name: "Banzhaf",
        summary: "every region's mean contribution over all coalitions",
        captum: None,
        build: |setup| replacing!(Banzhaf, setup),
        ..FEATURE_ABLATION
    },
    Entry {
        name: "shapley-interactions",
        type_name: "ShapleyInteractions",
        summary: "what pairs of regions do together beyond what each does alone",
        gives: Gives::Pairs,
        captum: None,
        build: |setup| replacing!(ShapleyInteractions, setup),
        ..FEATURE_ABLATION
    },
    Entry {
        name: "rise",
        type_name: "Rise",
        summary: "what the score is on average where a position is in view",
        needs: &[Need::Space],
        signed: false,
        settings: &[Setting::Baseline, Setting::Draws, Setting::Seed],
        captum: None,
        build: |setup| {
            let method = Rise::new().with_baseline(setup.baseline());
            let method = set(method, setup.draws, Rise::with_draws);
            boxed(set(method, setup.seed, Rise::with_seed))
        },
        ..FEATURE_ABLATION
    },
    Entry {
        name: "sobol-indices",
        type_name: "SobolIndices",
        summary: "the part of the score's variance that a region has a share in",
        needs: &[Need::FloatInputs],
        caution: NO_DIRECTION,
        signed: false,
        settings: SAMPLED,
        captum: None,
        build: |setup| sampling!(SobolIndices, setup),
        ..FEATURE_ABLATION
    },
    Entry {
        name: "hsic",
        type_name: "Hsic",
        summary: "how much the score depends on whether a region is in place",
        caution: NO_DIRECTION,
        signed: false,
        settings: SAMPLED,
        captum: None,
        build: |setup| sampling!(Hsic, setup),
        ..FEATURE_ABLATION
    },
    ATTENTION_ROLLOUT,
    Entry {
        name: "attention-relevance",
        type_name: "AttentionRelevance",
        summary: "attention weighted with its gradient, multiplied through the layers",
        caution: None,
        build: |setup| {
            let method = AttentionRelevance::new();
            boxed(set(method, setup.tokens, AttentionRelevance::with_tokens))
        },
        ..ATTENTION_ROLLOUT
    },
    Entry {
        name: "le-grad",
        type_name: "LeGrad",
        summary: "how strongly attention to a token would raise the score, on average over the layers",
        caution: Some(
            "A token that has nearly all attention already may get little: more of it wouldn't change the score.",
        ),
        build: |setup| boxed(set(LeGrad::new(), setup.tokens, LeGrad::with_tokens)),
        ..ATTENTION_ROLLOUT
    },
    LAYER_ACTIVATION,
    Entry {
        name: "layer-gradient-x-activation",
        type_name: "LayerGradientXActivation",
        summary: "the gradient at a layer times what the layer computes",
        caution: None,
        captum: Some("LayerGradientXActivation"),
        reported: Some("input-x-gradient"),
        build: |setup| boxed(LayerGradientXActivation::at(setup.layer()?)),
        ..LAYER_ACTIVATION
    },
    Entry {
        name: "layer-integrated-gradients",
        type_name: "LayerIntegratedGradients",
        summary: "integrated gradients with a layer in place of the inputs",
        caution: None,
        settings: &[
            Setting::Layer,
            Setting::Baseline,
            Setting::Steps,
            Setting::Tolerance,
        ],
        captum: Some("LayerIntegratedGradients"),
        reported: Some("integrated-gradients"),
        build: |setup| {
            let method = integrated_gradients(setup);
            boxed(LayerIntegratedGradients::new(method, setup.layer()?))
        },
        ..LAYER_ACTIVATION
    },
    Entry {
        name: "layer-deep-lift",
        type_name: "LayerDeepLift",
        summary: "DeepLIFT with a layer in place of the inputs",
        caution: None,
        settings: &[Setting::Layer, Setting::Baseline],
        captum: Some("LayerDeepLift"),
        reported: Some("deep-lift"),
        build: |setup| boxed(LayerDeepLift::new(deep_lift(setup), setup.layer()?)),
        ..LAYER_ACTIVATION
    },
    LAYER_CONDUCTANCE,
    Entry {
        name: "internal-influence",
        type_name: "InternalInfluence",
        summary: "the gradient at a layer, on average over a path of the inputs",
        captum: Some("InternalInfluence"),
        build: |setup| {
            let method = InternalInfluence::at(setup.layer()?).with_baseline(setup.baseline());
            boxed(set(method, setup.steps, InternalInfluence::with_steps))
        },
        ..LAYER_CONDUCTANCE
    },
    Entry {
        name: "neuron-conductance",
        type_name: "NeuronConductance",
        summary: "what flows from the inputs through one neuron",
        needs: &[Need::FloatInputs, Need::LayerName, Need::Neuron],
        gives: Gives::Features,
        settings: &[
            Setting::Layer,
            Setting::Neuron,
            Setting::Baseline,
            Setting::Steps,
        ],
        captum: Some("NeuronConductance"),
        build: |setup| {
            let method = NeuronConductance::at(setup.layer()?, setup.neuron()?);
            let method = method.with_baseline(setup.baseline());
            boxed(set(method, setup.steps, NeuronConductance::with_steps))
        },
        ..LAYER_CONDUCTANCE
    },
];

const CAM: Entry = Entry {
    name: "cam",
    type_name: "Cam",
    summary: "the pooled activation, weighted with the class's weights",
    family: Family::Cam,
    access: Access::Graph,
    needs: &[Need::PooledHead],
    caution: None,
    gives: Gives::Map,
    signed: true,
    settings: &[],
    captum: None,
    pytorch_grad_cam: None,
    zennit: None,
    also: &[],
    reported: None,
    build: |_| boxed(Cam::new()),
};

const GRAD_CAM: Entry = Entry {
    name: "grad-cam",
    type_name: "GradCam",
    summary: "a layer's channels, weighted with their mean gradient",
    needs: &[Need::SpatialLayer],
    signed: false,
    settings: &[Setting::Layer, Setting::Tokens, Setting::Relu],
    captum: Some("LayerGradCam"),
    pytorch_grad_cam: Some("GradCAM"),
    build: layer_map!(GradCam),
    ..CAM
};

/// Of principal components.
const NO_SIGN: Option<&str> =
    Some("Its strongest part is drawn as evidence for the target, whichever it is.");

const SALIENCY: Entry = Entry {
    name: "saliency",
    type_name: "Saliency",
    summary: "the gradient",
    family: Family::Gradient,
    access: Access::Gradients,
    needs: &[Need::FloatInputs],
    caution: None,
    gives: Gives::Features,
    signed: true,
    settings: &[],
    captum: Some("Saliency"),
    pytorch_grad_cam: None,
    zennit: Some("Gradient"),
    also: &[],
    reported: None,
    build: |_| boxed(Saliency::new()),
};

const FULL_GRAD: Entry = Entry {
    name: "full-grad",
    type_name: "FullGrad",
    summary: "how much the inputs and every bias contribute, on one map",
    access: Access::Graph,
    needs: &[Need::FloatInputs, Need::Rectifiers, Need::Space],
    gives: Gives::Map,
    signed: false,
    captum: None,
    pytorch_grad_cam: Some("FullGrad"),
    zennit: None,
    build: |_| boxed(FullGrad::new()),
    ..SALIENCY
};

/// Of rules that let whatever is strong pass, whatever it speaks for.
const NOT_DISCRIMINATIVE: Option<&str> =
    Some("It hardly tells classes apart: maps of different targets are nearly the same.");

const GUIDED_BACKPROP: Entry = Entry {
    name: "guided-backprop",
    type_name: "GuidedBackprop",
    summary: "the gradient, where rectifiers let only positive evidence through",
    family: Family::Backprop,
    access: Access::Graph,
    needs: &[Need::FloatInputs, Need::Rectifiers],
    caution: NOT_DISCRIMINATIVE,
    captum: Some("GuidedBackprop"),
    pytorch_grad_cam: Some("GuidedBackpropReLUModel"),
    zennit: Some("GuidedBackprop"),
    build: |_| boxed(GuidedBackprop::new()),
    ..SALIENCY
};

const SMOOTH_GRAD: Entry = Entry {
    name: "smooth-grad",
    type_name: "SmoothGrad",
    summary: "the mean of any method over noisy copies of the input",
    family: Family::Noise,
    settings: &[Setting::Draws, Setting::Seed],
    captum: Some("NoiseTunnel with smoothgrad"),
    zennit: Some("SmoothGrad"),
    reported: Some("smooth-grad of saliency"),
    build: |setup| noisy(SmoothGrad::new(Saliency::new()), setup),
    ..SALIENCY
};

const INTEGRATED_GRADIENTS: Entry = Entry {
    name: "integrated-gradients",
    type_name: "IntegratedGradients",
    summary: "gradients averaged on the line from a baseline to the input",
    family: Family::Path,
    settings: &[Setting::Baseline, Setting::Steps, Setting::Tolerance],
    captum: Some("IntegratedGradients"),
    zennit: Some("IntegratedGradients"),
    build: |setup| boxed(integrated_gradients(setup)),
    ..SALIENCY
};

const DEEP_LIFT: Entry = Entry {
    name: "deep-lift",
    type_name: "DeepLift",
    summary: "the difference to a baseline, followed through every activation",
    family: Family::Backprop,
    access: Access::Graph,
    settings: &[Setting::Baseline],
    captum: Some("DeepLift"),
    zennit: None,
    build: |setup| boxed(deep_lift(setup)),
    ..SALIENCY
};

#[cfg(feature = "lrp")]
const LRP: Entry = Entry {
    name: "lrp",
    type_name: "Lrp",
    summary: "the output's relevance, handed back layer by layer in proportion to contributions",
    family: Family::Backprop,
    access: Access::Graph,
    settings: &[Setting::Composite],
    captum: Some("LRP"),
    zennit: Some("EpsilonPlusFlat"),
    build: |setup| {
        let composite = setup.composite.clone();
        boxed(composite.map_or_else(crate::Lrp::new, crate::Lrp::with_composite))
    },
    ..SALIENCY
};

const FEATURE_ABLATION: Entry = Entry {
    name: "feature-ablation",
    type_name: "FeatureAblation",
    summary: "what the score loses without a region",
    family: Family::Perturbation,
    access: Access::Outputs,
    needs: &[],
    settings: &[Setting::Baseline, Setting::Regions],
    captum: Some("FeatureAblation"),
    zennit: None,
    build: |setup| replacing!(FeatureAblation, setup),
    ..SALIENCY
};

/// Of values that say how much a score depends on a region.
const NO_DIRECTION: Option<&str> = Some(
    "A value says how much the score depends on a region, not whether it speaks for or against the target.",
);

/// The settings of methods that look at some coalitions.
const SAMPLED: &[Setting] = &[
    Setting::Baseline,
    Setting::Regions,
    Setting::Draws,
    Setting::Seed,
];

const ATTENTION_ROLLOUT: Entry = Entry {
    name: "attention-rollout",
    type_name: "AttentionRollout",
    summary: "attention weights, multiplied through the layers",
    family: Family::Attention,
    access: Access::Graph,
    needs: &[Need::Attention],
    caution: Some("The values are the same for every target."),
    gives: Gives::Tokens,
    signed: false,
    settings: &[Setting::Tokens],
    captum: None,
    zennit: None,
    build: |setup| {
        let method = AttentionRollout::new();
        boxed(set(method, setup.tokens, AttentionRollout::with_tokens))
    },
    ..SALIENCY
};

const LAYER_ACTIVATION: Entry = Entry {
    name: "layer-activation",
    type_name: "LayerActivation",
    summary: "what a layer computes",
    caution: Some("The values are the same for every target."),
    family: Family::Layer,
    access: Access::Graph,
    needs: &[Need::LayerName],
    gives: Gives::Layer,
    settings: &[Setting::Layer],
    captum: Some("LayerActivation"),
    zennit: None,
    build: |setup| boxed(LayerActivation::at(setup.layer()?)),
    ..SALIENCY
};

const LAYER_CONDUCTANCE: Entry = Entry {
    name: "layer-conductance",
    type_name: "LayerConductance",
    summary: "what flows from the inputs through each neuron of a layer",
    caution: None,
    needs: &[Need::FloatInputs, Need::LayerName],
    settings: &[Setting::Layer, Setting::Baseline, Setting::Steps],
    captum: Some("LayerConductance"),
    build: |setup| {
        let method = LayerConductance::at(setup.layer()?).with_baseline(setup.baseline());
        boxed(set(method, setup.steps, LayerConductance::with_steps))
    },
    ..LAYER_ACTIVATION
};

type Built = Result<Box<dyn Method>, Error>;

#[expect(
    clippy::unnecessary_wraps,
    reason = "constructors of other rows can fail"
)]
fn boxed(method: impl Method + 'static) -> Built {
    Ok(Box::new(method))
}

/// The method with an option, if there is one.
fn set<T, V>(method: T, value: Option<V>, with: fn(T, V) -> T) -> T {
    match value {
        Some(value) => with(method, value),
        None => method,
    }
}

fn integrated_gradients(setup: &Setup) -> IntegratedGradients {
    let method = IntegratedGradients::new().with_baseline(setup.baseline());
    match setup.tolerance {
        None => set(method, setup.steps, IntegratedGradients::with_steps),
        Some(tolerance) => set(
            method.with_tolerance(tolerance),
            setup.steps,
            IntegratedGradients::with_max_steps,
        ),
    }
}

fn deep_lift(setup: &Setup) -> DeepLift {
    DeepLift::new().with_baseline(setup.baseline())
}

fn noisy<S: Statistic + 'static>(method: NoiseTunnel<Saliency, S>, setup: &Setup) -> Built {
    let method = set(method, setup.draws, NoiseTunnel::with_draws);
    boxed(set(method, setup.seed, NoiseTunnel::with_seed))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn assert_distinct(names: impl Iterator<Item = &'static str>) {
        let mut seen = BTreeSet::new();
        for name in names {
            assert!(seen.insert(name), "two methods are called {name}");
        }
    }

    #[test]
    fn every_name_means_one_method() {
        let others = METHODS.iter().flat_map(|entry| entry.also);
        assert_distinct(
            METHODS
                .iter()
                .map(|entry| entry.name)
                .chain(others.copied()),
        );
        assert_distinct(METHODS.iter().map(|entry| entry.type_name));
        assert_distinct(METHODS.iter().map(|entry| entry.summary));
        assert_distinct(METHODS.iter().filter_map(|entry| entry.captum));
        assert_distinct(METHODS.iter().filter_map(|entry| entry.pytorch_grad_cam));
        assert_distinct(METHODS.iter().filter_map(|entry| entry.zennit));
    }

    #[test]
    fn what_is_needed_can_be_given() {
        let of = |need, setting: Setting| {
            let needing = METHODS
                .iter()
                .filter(move |entry| entry.needs.contains(&need));
            needing.filter(move |entry| !entry.takes(setting))
        };
        assert_eq!(of(Need::LayerName, Setting::Layer).count(), 0);
        assert_eq!(of(Need::SpatialLayer, Setting::Layer).count(), 0);
        assert_eq!(of(Need::SpatialLayer, Setting::Tokens).count(), 0);
        assert_eq!(of(Need::Neuron, Setting::Neuron).count(), 0);
    }

    #[test]
    fn a_method_is_built_if_it_has_the_layer_and_the_neuron_that_it_needs() {
        let layer = Setup::new().with_layer("conv");
        let both = layer.clone().with_neuron([0, 1]);
        for entry in METHODS {
            let needs = |need| entry.needs.contains(&need);
            assert_eq!(entry.build(&Setup::new()).is_err(), needs(Need::LayerName));
            assert_eq!(entry.build(&layer).is_err(), needs(Need::Neuron));
            assert!(entry.build(&both).is_ok(), "{}", entry.name);
        }
    }

    #[cfg(feature = "lrp")]
    #[test]
    fn relevance_is_propagated_by_the_composite_that_is_given() {
        use burn::nn::{Linear, LinearConfig};
        use burn::tensor::{Device, Tensor};

        let model: Linear = LinearConfig::new(2, 1).init(&Device::flex());
        let x = Tensor::<2>::ones([1, 2], &Device::flex());
        let forward = |model: &Linear, x: Tensor<2>| model.forward(x);
        let net = crate::Network::capture(&model, x.clone(), forward).unwrap();
        let reported = |setup: Setup| {
            let method = LRP.build(&setup).unwrap();
            let result = method.attribute(&net, x.clone(), crate::Class(0)).unwrap();
            result.option("composite").unwrap().to_owned()
        };
        assert_eq!(reported(Setup::new()), "EpsilonPlusFlat");
        let composite = crate::Composite::by_name("attn-lrp").unwrap();
        let setup = Setup::new().with_composite(composite);
        assert!(setup.has(Setting::Composite) && LRP.takes(Setting::Composite));
        assert_eq!(reported(setup), "AttnLRP");
    }

    #[test]
    fn what_is_left_out_is_named() {
        let error = |entry: Entry, setup: &Setup| entry.build(setup).err().unwrap().to_string();
        assert_eq!(
            error(LAYER_ACTIVATION, &Setup::new()),
            "layer can't be left out: the method looks at one, so give its name"
        );
        let conductance = crate::catalog::find("neuron-conductance").unwrap();
        assert_eq!(
            error(*conductance, &Setup::new().with_layer("conv")),
            "neuron can't be left out: the method looks at one, so give its index in the layer's output"
        );
    }
}
