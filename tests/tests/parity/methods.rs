//! Our method for a case.
//!
//! A method with a library's name in the catalog is found there. Here is what needs more than the catalog's options.

use backdraft::{
    AtLayer, Baseline, Cam, DeepLift, DeepLiftShap, FeatureAblation, GradCam, GuidedGradCam,
    IntegratedGradients, InternalInfluence, LayerConductance, LayerDeepLift,
    LayerIntegratedGradients, Method, NeuronConductance, Occlusion, Quadrature, Regions, Saliency,
    ShapleyValues, Target, Upsampling,
};
use backdraft_tests::Case;

use crate::ablation::FarBelow;
use crate::conductance::{CAPTUM_CONDUCTANCE, CaptumConductance};
use crate::full_grad::Part;
use crate::per_step::PerStep;
use crate::references::Reference;
use crate::relevance::relevance;

/// What a method of feature maps is called where it is applied to a token sequence.
pub(crate) const ON_TOKENS: &str = " on tokens";

/// The method's name in the summary. What it is applied to is left out: `Saliency` of `Saliency on (image,
/// embeddings)`.
pub(crate) fn name(case: &Case) -> String {
    let name = case.method.split([' ', '(']).next().unwrap_or_default();
    let name = match name {
        "GradCAM++" => "GradCAMPlusPlus",
        name => name,
    };
    if case.args["reshape_transform"].is_string() {
        format!("{name}{ON_TOKENS}")
    } else if name == "LayerConductance" && quadrature(case) == Quadrature::GaussLegendre {
        CAPTUM_CONDUCTANCE.to_owned()
    } else {
        name.to_owned()
    }
}

impl Reference {
    /// Our method for a case; `None` for one that we don't have.
    pub(crate) fn method(&self, case: &Case) -> Option<Box<dyn Method>> {
        let given = || Baseline::tensor(self.baselines(case));
        let inputs = || Baseline::inputs(self.baseline_inputs(case));
        let method: Box<dyn Method> = match name(case).as_str() {
            "Saliency" | "NeuronGradient" => Box::new(Saliency::new()),
            "IntegratedGradients" | "NeuronIntegratedGradients" => {
                Box::new(integrated(case).with_baseline(given()))
            }
            "DeepLiftShap" => Box::new(DeepLiftShap::new(Baseline::distribution(
                self.baselines(case),
            ))),
            "LayerGradCam" if case.key.contains("per_step") => Box::new(self.cam_per_step(case)),
            "LayerGradCam" => {
                let relu = case.args["relu_attributions"] == true;
                Box::new(GradCam::at(self.layer(case)).with_relu(relu))
            }
            "GuidedGradCam" => {
                let nearest = case.args["interpolate_mode"] == "nearest";
                let upsampling = [Upsampling::Bilinear, Upsampling::Nearest][usize::from(nearest)];
                Box::new(GuidedGradCam::at(self.layer(case)).with_upsampling(upsampling))
            }
            "Occlusion" => {
                let sizes = numbers(case, "sliding_window_shapes");
                let windows = Regions::windows(sizes, numbers(case, "strides"));
                Box::new(
                    Occlusion::new()
                        .with_regions(windows)
                        .with_baseline(given()),
                )
            }
            "FeatureAblation" => Box::new(
                FeatureAblation::new()
                    .with_regions(self.groups(case))
                    .with_baseline(given()),
            ),
            "FullGrad" => Box::new(Part::of(case)),
            "ShapleyValues" => Box::new(
                ShapleyValues::new()
                    .with_regions(self.groups(case))
                    .with_baseline(given()),
            ),
            "AblationCAM" if has_negative_activation(case) => Box::new(FarBelow {
                layer: self.layer(case),
            }),
            "CAM" => Box::new(Cam::new()),
            "LayerGradientXActivation" if case.args["multiply_by_inputs"] == false => {
                Box::new(AtLayer::<Saliency>::at(self.layer(case)))
            }
            "LayerIntegratedGradients" => Box::new(LayerIntegratedGradients::new(
                integrated(case).with_baseline(inputs()),
                self.layer(case),
            )),
            "LayerDeepLift" => Box::new(LayerDeepLift::new(
                DeepLift::new().with_baseline(inputs()),
                self.layer(case),
            )),
            // Captum's points at equal distances, the last one for its activation alone.
            "LayerConductance" => Box::new(
                LayerConductance::at(self.layer(case))
                    .with_steps(steps(case))
                    .with_quadrature(Quadrature::Left)
                    .with_baseline(given()),
            ),
            CAPTUM_CONDUCTANCE => Box::new(CaptumConductance::new(
                self.layer(case),
                self.baselines(case),
                steps(case),
            )),
            "InternalInfluence" => Box::new(
                InternalInfluence::at(self.layer(case))
                    .with_steps(steps(case))
                    .with_quadrature(quadrature(case))
                    .with_baseline(given()),
            ),
            "NeuronConductance" => {
                let neuron = case.neuron.clone().expect("the method looks at a neuron");
                Box::new(
                    NeuronConductance::at(self.layer(case), neuron)
                        .with_steps(steps(case))
                        .with_quadrature(quadrature(case))
                        .with_baseline(given()),
                )
            }
            name => match relevance(case) {
                Some(method) => Box::new(method),
                None => self.catalogued(case, name)?,
            },
        };
        Some(self.at_words(case, method))
    }

    /// The method at the embedding, where a case explains it in place of the words.
    pub(crate) fn at_words(&self, case: &Case, method: Box<dyn Method>) -> Box<dyn Method> {
        let words = |key: &String| key.starts_with("input/emb_");
        if !case.inputs.iter().any(words) {
            return method;
        }
        let method = AtLayer::new(method, self.layer_named("emb"));
        match case.inputs.len() {
            1 => Box::new(method),
            _ => Box::new(method.with_inputs()),
        }
    }

    /// The groups of features of a case, in one tensor for each input.
    fn groups(&self, case: &Case) -> Regions {
        let masks = case.args["feature_mask"].as_str();
        let masks = masks.expect("the method has groups").split(", ");
        Regions::labels(masks.map(|mask| self.tensor(mask)).collect::<Vec<_>>())
    }

    fn cam_per_step(&self, case: &Case) -> PerStep<GradCam> {
        let steps = 0..self.caption_steps(case.batch());
        let step = |step| Box::new(self.caption(case.batch(), Some(step))) as Box<dyn Target>;
        PerStep {
            method: GradCam::at(self.layer(case)).with_relu(false),
            steps: steps.map(step).collect(),
        }
    }
}

fn integrated(case: &Case) -> IntegratedGradients {
    IntegratedGradients::new()
        .with_steps(steps(case))
        .with_quadrature(quadrature(case))
}

/// As the remark of an ablation says: "minimum activation per image = [-16.28, -15.79]".
fn has_negative_activation(case: &Case) -> bool {
    let notes = case.notes.as_deref().unwrap_or_default();
    notes.contains("minimum activation per image = [-")
}

fn steps(case: &Case) -> usize {
    let steps = case.args["n_steps"].as_u64();
    steps.expect("the method takes steps") as usize
}

/// A number for each dimension.
fn numbers(case: &Case, option: &str) -> Vec<usize> {
    let numbers = case.args[option].as_array();
    let numbers = numbers.unwrap_or_else(|| panic!("{}: no {option}", case.key));
    let number = |number: &serde_json::Value| number.as_u64().expect("a size") as usize;
    numbers.iter().map(number).collect()
}

/// Captum's default is Gauss-Legendre.
pub(crate) fn quadrature(case: &Case) -> Quadrature {
    let rule = case.args["method"].as_str().unwrap_or("gausslegendre");
    match rule.split(' ').next() {
        Some("gausslegendre") => Quadrature::GaussLegendre,
        Some("riemann_trapezoid") => Quadrature::Trapezoid,
        other => panic!("{}: no rule is called {other:?}", case.key),
    }
}
