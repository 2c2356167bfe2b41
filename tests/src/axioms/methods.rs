//! The methods of the table, as functions of their baseline.

use backdraft::{
    Baseline, Deconvnet, DeepLift, DeepLiftShap, GradientShap, GuidedBackprop, InputXGradient,
    IntegratedGradients, Method, Saliency, SmoothGrad, SmoothGradSquared, VarGrad,
};

/// A method for each baseline.
pub type Family = fn(Baseline) -> Box<dyn Method>;

/// With default options, but for integrated gradients: their fifty steps leave a gap of 1.6% on the small
/// residual network.
pub const METHODS: &[(&str, Family)] = &[
    ("saliency", |_| Box::new(Saliency::new())),
    ("input-x-gradient", |_| Box::new(InputXGradient::new())),
    ("deconvnet", |_| Box::new(Deconvnet::new())),
    ("guided-backprop", |_| Box::new(GuidedBackprop::new())),
    ("smooth-grad", |_| {
        Box::new(SmoothGrad::new(Saliency::new()))
    }),
    ("smooth-grad-squared", |_| {
        Box::new(SmoothGradSquared::new(Saliency::new()))
    }),
    ("var-grad", |_| Box::new(VarGrad::new(Saliency::new()))),
    ("deep-lift", |baseline| {
        Box::new(DeepLift::new().with_baseline(baseline))
    }),
    ("deep-lift-shap", |baseline| {
        Box::new(DeepLiftShap::new(baseline))
    }),
    ("gradient-shap", |baseline| {
        Box::new(GradientShap::new(baseline))
    }),
    ("integrated-gradients", |baseline| {
        let method = IntegratedGradients::new().with_baseline(baseline);
        Box::new(method.with_steps(200))
    }),
];
