use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One result of a reference library: what was computed, and of what.
///
/// The result itself is the fixture's tensor [`key`](Self::key).
#[derive(Debug, Deserialize)]
pub struct Case {
    /// Key of the result's tensor, such as `layer_gradcam.relu/t1_8/conv2`.
    #[serde(skip)]
    pub key: String,
    /// The library that computed it: `captum`, `zennit`, `grad-cam`, ...
    pub library: String,
    /// The library's name of the method, such as `Saliency`.
    pub method: String,
    /// The method's options by the library's names, such as `abs` of `Saliency`.
    #[serde(default)]
    pub args: Value,
    /// Keys of the tensors that are explained, such as `input/x2`. What else the network reads, such as
    /// the question beside an image, is not among them.
    #[serde(rename = "input", deserialize_with = "keys")]
    pub inputs: Vec<String>,
    /// What is explained; `None` where that is the layer or the neuron alone.
    pub target: Option<CaseTarget>,
    /// Name of the layer, whose output is meant.
    pub layer: Option<String>,
    /// Index of the neuron in the layer's output, without the batch.
    pub neuron: Option<Vec<usize>>,
    /// Key of the baseline, to be read with [`Fixture::baseline`](crate::Fixture::baseline).
    pub baseline: Option<String>,
    /// Whether the library needed another net of the same weights and function.
    #[serde(default)]
    pub equivalent_net: bool,
    /// What the library had to be taught, as it does not support the net by itself.
    pub patched: Option<String>,
    /// Relative L2 error of the result, which is in float32, against float64.
    pub f64_rel_l2: Option<f64>,
    /// Shape of the result.
    pub shape: Vec<usize>,
    /// Remarks.
    pub notes: Option<String>,
}

/// The target of a [`Case`].
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(from = "Entry")]
pub enum CaseTarget {
    /// The class for each row of the input.
    Classes(Vec<usize>),
    /// The log-probability of a caption: `score (sum over steps of ...)`.
    Score,
    /// The logit of one token at one step: `raw logit [step 3, token 6] for both rows`.
    Logit {
        /// The place in the caption.
        step: usize,
        /// The token's number.
        token: usize,
    },
    /// Anything else, in words.
    Words(String),
}

/// A target as `meta.json` has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Classes(Vec<usize>),
    Words(String),
}

impl From<Entry> for CaseTarget {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::Classes(classes) => Self::Classes(classes),
            Entry::Words(words) if words.starts_with("score") => Self::Score,
            Entry::Words(words) => logit(&words).unwrap_or(Self::Words(words)),
        }
    }
}

/// Reads `raw logit [step 3, token 6]`, whatever follows.
fn logit(words: &str) -> Option<CaseTarget> {
    let place = words.strip_prefix("raw logit [step ")?;
    let (step, rest) = place.split_once(", token ")?;
    let (token, _) = rest.split_once(']')?;
    Some(CaseTarget::Logit {
        step: step.parse().ok()?,
        token: token.parse().ok()?,
    })
}

/// The keys in an entry such as `image_x2, emb_x2 (+tokens_x2)`, without those in brackets.
fn keys<'de, D: Deserializer<'de>>(entry: D) -> Result<Vec<String>, D::Error> {
    let entry = String::deserialize(entry)?;
    let explained = entry.split(" (").next().unwrap_or_default();
    // Most entries leave the folder of an input's key out.
    let key = |key: &str| match key.split_once('/') {
        Some(_) => key.to_owned(),
        None => format!("input/{key}"),
    };
    Ok(explained.split(", ").map(key).collect())
}

impl Case {
    /// Name of the batch, which all inputs have in common: `x2` of `input/image_x2`.
    ///
    /// # Panics
    /// If no input is explained.
    pub fn batch(&self) -> &str {
        let key = self.inputs.first().expect("an input is explained");
        key.rsplit(['/', '_']).next().unwrap_or(key)
    }

    /// The class for each row of the input; empty where no class is explained.
    pub fn classes(&self) -> &[usize] {
        match &self.target {
            Some(CaseTarget::Classes(classes)) => classes,
            _ => &[],
        }
    }

    /// Whether the sign of each row of the result means nothing.
    pub fn is_sign_free(&self) -> bool {
        let notes = self.notes.as_deref().unwrap_or_default();
        self.method == "EigenCAM" || notes.contains("sign arbitrary")
    }

    /// Reads an entry of `meta.json`; `None` if it is a detail of another entry's result.
    pub(crate) fn parse(key: &str, entry: &Value) -> Option<Self> {
        entry.get("method")?;
        let mut case = Self::deserialize(entry)
            .unwrap_or_else(|error| panic!("case {key} is not as expected: {error}"));
        key.clone_into(&mut case.key);
        Some(case)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_entry_becomes_a_case() {
        let entry = json!({
            "library": "captum", "method": "LayerGradCam", "args": {"relu_attributions": true},
            "layer": "conv2", "target": [1, 8], "input": "x2", "shape": [2, 1, 16, 16],
            "max_abs": 0.05, "f64_rel_l2": 2e-7,
        });
        let case = Case::parse("layer_gradcam.relu/t1_8/conv2", &entry).unwrap();
        assert_eq!(case.key, "layer_gradcam.relu/t1_8/conv2");
        assert_eq!(case.inputs, ["input/x2"]);
        assert_eq!(case.classes(), [1, 8]);
        assert_eq!(case.layer.as_deref(), Some("conv2"));
        assert_eq!(case.args["relu_attributions"], true);
        assert_eq!(case.f64_rel_l2, Some(2e-7));
        assert!(!case.equivalent_net);
    }

    fn with_input(input: &str) -> Case {
        let entry = json!({"library": "a", "method": "b", "input": input, "shape": [1]});
        Case::parse("k", &entry).unwrap()
    }

    #[test]
    fn a_full_input_key_is_kept() {
        let case = with_input("input/chelsea");
        assert_eq!(case.inputs, ["input/chelsea"]);
        assert_eq!(case.batch(), "chelsea");
    }

    #[test]
    fn several_inputs_are_explained_but_none_in_brackets() {
        let joint = with_input("image_x2, emb_x2");
        assert_eq!(joint.inputs, ["input/image_x2", "input/emb_x2"]);
        let image = with_input("image_x1 (+tokens_x1, next_x1)");
        assert_eq!(image.inputs, ["input/image_x1"]);
        assert_eq!(image.batch(), "x1");
    }

    #[test]
    fn a_target_is_classes_a_score_a_logit_words_or_none() {
        let of = |target: Value| {
            let entry = json!({
                "library": "a", "method": "b", "input": "x2", "shape": [1], "target": target,
            });
            Case::parse("k", &entry).unwrap()
        };
        assert_eq!(of(json!([3, 7])).classes(), [3, 7]);
        for words in ["score", "score (sum over steps of log-softmax)"] {
            let score = of(json!(words));
            assert_eq!(score.target, Some(CaseTarget::Score));
            assert!(score.classes().is_empty());
        }
        let logit = of(json!("raw logit [step 12, token 6] for both rows"));
        let (step, token) = (12, 6);
        assert_eq!(logit.target, Some(CaseTarget::Logit { step, token }));
        let other = of(json!("raw logit [step one]"));
        let words = "raw logit [step one]".to_owned();
        assert_eq!(other.target, Some(CaseTarget::Words(words)));
        assert_eq!(of(Value::Null).target, None);
    }

    #[test]
    fn the_sign_of_a_principal_component_means_nothing() {
        let of = |method: &str, notes: Option<&str>| {
            let entry = json!({
                "library": "a", "method": method, "input": "x2", "shape": [1], "notes": notes,
            });
            Case::parse("k", &entry).unwrap().is_sign_free()
        };
        assert!(of("EigenCAM", None));
        assert!(of("Other", Some("RAW; sign arbitrary: compare up to it")));
        assert!(!of("GradCAM", Some("RAW get_cam_image")));
        assert!(!of("GradCAM", None));
    }

    #[test]
    fn the_delta_of_another_case_is_no_case() {
        let entry = json!({"of": "ig/t3/zero", "what": "convergence delta", "shape": [1]});
        assert!(Case::parse("ig/t3/zero.delta", &entry).is_none());
    }

    #[test]
    #[should_panic(expected = "case broken is not as expected")]
    fn an_incomplete_entry_is_reported() {
        Case::parse("broken", &json!({"method": "Saliency"}));
    }
}
