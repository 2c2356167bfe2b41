//! The options of `explain`.

use std::path::PathBuf;

use bytesize::ByteSize;

use crate::baseline::BaselineName;
use crate::composite::CompositeName;
use crate::explain::asked::Asked;
use crate::failure::Failure;
use crate::method::{Choice, MethodName};
use crate::network::NetworkArgs;
use crate::regions::RegionsName;

/// Shows what EfficientNet-Lite0, trained on ImageNet, looks at in photos.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Photos (JPEG, PNG, WebP, GIF, BMP or TIFF), folders of them, or `-` for one from standard input; the built-in
    /// photo of a cat if left out. Several photos, and those of a folder, have a folder each in the one of `--out`
    #[arg(value_name = "PHOTO")]
    pub photos: Vec<PathBuf>,
    /// Take the photos of folders in folders as well
    #[arg(long)]
    pub recursive: bool,
    /// How to explain; methods whose name begins with `layer-`, and `internal-influence`, need `--layer`
    #[arg(long, default_value = "grad-cam", value_parser = MethodName::parser())]
    pub method: MethodName,
    /// Several methods, separated by commas, or `all` for those that need no further option: a picture for each, and
    /// all of them on one sheet
    #[arg(
        long,
        conflicts_with = "method",
        value_delimiter = ',',
        value_parser = Choice::parser(MethodName::all()),
        hide_possible_values = true
    )]
    pub methods: Vec<Choice>,
    /// The ImageNet class to explain, 0 to 999; the most probable one if left out
    #[arg(long)]
    pub class: Option<usize>,
    /// The layer to look at; for Grad-CAM and its variants the last one with spatial extent if left out
    #[arg(long)]
    pub layer: Option<String>,
    /// Points on the path or random draws, with `--tolerance` at most so many points; if left out as many as suit the
    /// method: 50 for paths and noise, from 10 to 4,000 where regions are replaced
    #[arg(long)]
    pub steps: Option<usize>,
    /// Refine the path of integrated gradients until the gap is below this fraction of the score's
    /// change
    #[arg(long)]
    pub tolerance: Option<f64>,
    #[arg(long, help = BaselineName::HELP)]
    pub baseline: Option<BaselineName>,
    #[arg(long, help = RegionsName::HELP)]
    pub regions: Option<RegionsName>,
    #[arg(
        long,
        value_name = "COMPOSITE",
        value_delimiter = ',',
        value_parser = CompositeName::parser(),
        help = CompositeName::HELP
    )]
    pub composite: Vec<CompositeName>,
    /// Have lrp hand on what biases and stabilizers would keep of the relevance, so that all of it arrives
    #[arg(long)]
    pub conserving: bool,
    /// The most memory that the process may hold, such as `512MB`, for methods that look at many points; a quarter of
    /// what is free if left out
    #[arg(long)]
    pub memory: Option<ByteSize>,
    /// What random draws and noise depend on; 0 if left out
    #[arg(long)]
    pub seed: Option<u64>,
    /// List the network's layers and stop, as the subcommand `layers` does
    #[arg(long)]
    pub layers: bool,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// What is written, and where.
#[derive(Debug, clap::Args)]
pub struct OutputArgs {
    /// The folder for overlay.png, heatmap.png, attribution.safetensors and manifest.json; for several methods a
    /// picture and an attribution with the name of each, sheet.png and manifest.json; methods that replace regions have a
    /// chart too, chart.svg or one with their name
    #[arg(long, default_value = "out")]
    pub out: PathBuf,
    /// Draw pictures as large as the photo, instead of at most 1600 pixels on the longer side
    #[arg(long)]
    pub full_size: bool,
    /// Print the manifest on standard output, and nothing else there
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub report: ReportArgs,
}

/// Whether a report is written.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct ReportArgs {
    /// Write report.html too, a page that needs nothing else, and the folder `evidence` with the raw values and a hash
    /// of every file
    #[arg(long = "report")]
    pub is_wanted: bool,
    /// Look for counterexamples to each axiom too, and say in the report which ones the methods keep: of methods that
    /// look at many points this takes minutes
    #[arg(long, requires = "is_wanted")]
    pub axioms: bool,
    /// Replace an older folder of evidence
    #[arg(long, requires = "is_wanted")]
    pub force: bool,
}

/// An option that not every method uses.
struct Special {
    name: &'static str,
    given: bool,
    used_by: fn(&Args, MethodName) -> bool,
}

impl Args {
    /// The methods, each once.
    pub fn chosen(&self) -> Vec<MethodName> {
        if self.methods.is_empty() {
            return vec![self.method];
        }
        Choice::methods(&self.methods)
    }

    /// The methods, by each composite that is named.
    pub fn asked(&self) -> Vec<Asked> {
        let mut composites = Vec::new();
        for composite in &self.composite {
            if !composites.contains(composite) {
                composites.push(*composite);
            }
        }
        let methods = self.chosen().into_iter();
        methods
            .flat_map(|method| Asked::each(method, &composites))
            .collect()
    }

    /// The only method, if its files are named after what they are rather than after it.
    pub fn only(&self) -> Option<Asked> {
        match self.asked()[..] {
            [only] if self.methods.is_empty() => Some(only),
            _ => None,
        }
    }

    /// Refuses options that all chosen methods would ignore.
    pub fn check(&self) -> Result<(), Failure> {
        let chosen = self.chosen();
        for option in self.specials() {
            let used_by = |method: &MethodName| (option.used_by)(self, *method);
            if option.given && !chosen.iter().any(used_by) {
                let users: Vec<_> = MethodName::all().filter(used_by).collect();
                return Err(Failure::Usage(format!(
                    "`{}` is for {}: leave it out for {}",
                    option.name,
                    names(&users),
                    names(&chosen)
                )));
            }
        }
        Ok(())
    }

    fn specials(&self) -> [Special; 9] {
        [
            Special {
                name: "--layer",
                given: self.layer.is_some(),
                used_by: |_, method| method.takes_layer(),
            },
            Special {
                name: "--steps",
                given: self.steps.is_some(),
                used_by: |_, method| method.takes_steps(),
            },
            Special {
                name: "--tolerance",
                given: self.tolerance.is_some(),
                used_by: |_, method| method.takes_tolerance(),
            },
            Special {
                name: "--baseline",
                given: self.baseline.is_some(),
                used_by: |_, method| method.default_baseline().is_some(),
            },
            Special {
                name: "--regions",
                given: self.regions.is_some(),
                used_by: |_, method| method.takes_regions(),
            },
            Special {
                name: "--composite",
                given: !self.composite.is_empty(),
                used_by: |_, method| method.takes_composite(),
            },
            Special {
                name: "--conserving",
                given: self.conserving,
                used_by: |_, method| method.takes_composite(),
            },
            Special {
                name: "--memory",
                given: self.memory.is_some(),
                used_by: |_, method| method.takes_memory(),
            },
            Special {
                name: "--seed",
                given: self.seed.is_some(),
                used_by: |args, method| {
                    method.draws()
                        || args
                            .baseline_of(method)
                            .is_some_and(BaselineName::is_random)
                },
            },
        ]
    }

    /// The baseline of a method that has one.
    pub fn baseline_of(&self, method: MethodName) -> Option<BaselineName> {
        let default = method.default_baseline()?;
        Some(self.baseline.unwrap_or(default))
    }

    /// The seed, given or not.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }
}

fn names(methods: &[MethodName]) -> String {
    let names: Vec<_> = methods.iter().map(|method| method.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use std::iter::once;

    use backdraft::image::Normalization;
    use clap::Parser;

    use super::*;
    use crate::explain::explanation::build;

    #[derive(Parser)]
    struct Explain {
        #[command(flatten)]
        args: Args,
    }

    fn parse(line: &str) -> Args {
        let words = once("explain").chain(line.split_whitespace());
        Explain::try_parse_from(words).unwrap().args
    }

    fn assert_sound(args: &Args) {
        args.check().unwrap();
    }

    fn method(name: &str) -> MethodName {
        MethodName::find(name).unwrap()
    }

    fn refusal(line: &str) -> String {
        parse(line).check().unwrap_err().to_string()
    }

    #[test]
    fn without_a_word_grad_cam_explains() {
        let args = parse("");
        assert_eq!(args.chosen(), [method("grad-cam")]);
        assert_sound(&args);
    }

    #[test]
    fn several_methods_come_in_the_given_order_and_once() {
        let args = parse("--methods smooth-grad,saliency,smooth-grad");
        assert_eq!(args.chosen(), [method("smooth-grad"), method("saliency")]);
        let all = parse("--methods saliency,all").chosen();
        assert_eq!(all.len(), MethodName::without_options().count());
        assert_eq!(all[0], method("saliency"));
    }

    #[test]
    fn all_are_those_that_need_no_layer_and_no_attention() {
        let all = parse("--methods all").chosen();
        for name in ["cam", "grad-cam-element-wise", "deep-lift-shap"] {
            assert!(all.contains(&method(name)), "{name}");
        }
        for name in ["layer-activation", "attention-rollout"] {
            assert!(!all.contains(&method(name)), "{name}");
        }
    }

    #[test]
    fn a_layer_method_is_built_with_a_layer_only() {
        let line = "--method layer-conductance";
        let args = parse(&format!("{line} --layer head"));
        assert_sound(&args);
        assert!(
            build(
                args.only().unwrap(),
                &args,
                &Normalization::efficientnet_lite()
            )
            .is_ok()
        );
        let args = parse(line);
        let error = build(
            args.only().unwrap(),
            &args,
            &Normalization::efficientnet_lite(),
        )
        .err()
        .unwrap()
        .to_string();
        assert!(error.contains("layer can't be left out"), "{error}");
    }

    #[test]
    fn options_that_a_method_would_ignore_are_refused() {
        let layered: Vec<&str> = MethodName::all()
            .filter(|method| method.takes_layer())
            .map(MethodName::name)
            .collect();
        assert_eq!(
            refusal("--method saliency --layer head"),
            format!(
                "`--layer` is for {}: leave it out for saliency",
                layered.join(", ")
            )
        );
        assert!(layered.contains(&"grad-cam") && !layered.contains(&"cam"));
        assert_eq!(
            refusal("--methods grad-cam,smooth-grad --tolerance 0.1"),
            "`--tolerance` is for integrated-gradients, xrai, layer-integrated-gradients: leave it out for grad-cam, \
             smooth-grad"
        );
        let text = refusal("--steps 5");
        assert!(text.starts_with("`--steps` is for ") && text.contains(" smooth-grad,"));
        let text = refusal("--baseline zero");
        assert!(
            text.starts_with("`--baseline` is for ") && text.contains(" integrated-gradients,")
        );
        let text = refusal("--seed 5");
        assert!(text.starts_with("`--seed` is for ") && text.contains(" smooth-grad,"));
    }

    #[test]
    fn an_option_needs_one_method_that_uses_it() {
        assert_sound(&parse("--methods saliency,var-grad --steps 5"));
        assert_sound(&parse("--methods all --layer head --tolerance 1"));
    }

    #[test]
    fn regions_are_for_methods_that_replace_them() {
        assert_sound(&parse("--method kernel-shap --regions slic:60"));
        let text = refusal("--regions grid:7");
        assert!(
            text.starts_with("`--regions` is for feature-ablation, occlusion"),
            "{text}"
        );
        assert!(text.ends_with("leave it out for grad-cam"), "{text}");
    }

    #[test]
    fn composites_are_for_relevance() {
        let args = parse("--method lrp --composite epsilon-gamma-box");
        assert_sound(&args);
        let only = args.only().unwrap();
        assert_eq!(only.to_string(), "lrp");
        let method = build(only, &args, &Normalization::efficientnet_lite());
        assert!(method.is_ok());
        assert_eq!(
            refusal("--composite epsilon"),
            "`--composite` is for lrp: leave it out for grad-cam"
        );
        let line = [
            "explain",
            "--method",
            "lrp",
            "--composite",
            "epsilon-gama-box",
        ];
        let error = Explain::try_parse_from(line).err().unwrap().to_string();
        assert!(error.contains("'epsilon-gamma-box'"), "{error}");
    }

    #[test]
    fn several_composites_are_several_results() {
        let line = "--composite epsilon,deep-taylor,epsilon --method";
        let names = |method: &str| -> Vec<String> {
            let args = parse(&format!("{line} {method}"));
            assert!(args.only().is_none());
            args.asked().iter().map(ToString::to_string).collect()
        };
        assert_eq!(names("lrp"), ["lrp-epsilon", "lrp-deep-taylor"]);
        let args = parse("--methods saliency,lrp --composite epsilon,deep-taylor");
        let asked: Vec<_> = args.asked().iter().map(ToString::to_string).collect();
        assert_eq!(asked, ["saliency", "lrp-epsilon", "lrp-deep-taylor"]);
        let args = parse("--methods saliency,lrp --composite epsilon");
        assert_eq!(args.asked()[1].to_string(), "lrp");
    }

    #[test]
    fn memory_is_given_with_its_unit() {
        let args = parse("--method integrated-gradients --memory 512MB");
        assert_eq!(args.memory, Some(ByteSize::mb(512)));
        assert_sound(&args);
        let text = refusal("--memory 512MB");
        assert!(text.starts_with("`--memory` is for ") && text.contains(" score-cam,"));
    }

    #[test]
    fn a_random_baseline_takes_a_seed() {
        let line = "--method integrated-gradients --seed 5 --baseline";
        assert_sound(&parse(&format!("{line} gaussian")));
        assert!(refusal(&format!("{line} black")).starts_with("`--seed` is for"));
    }
}
