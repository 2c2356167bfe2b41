use serde::Deserialize;
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
    /// Key of the input's tensor, such as `input/x2`.
    pub input: String,
    /// The class explained for each row of the input; empty where no class is.
    #[serde(default, rename = "target")]
    pub targets: Vec<usize>,
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

impl Case {
    /// Reads an entry of `meta.json`; `None` if it is a detail of another entry's result.
    pub(crate) fn parse(key: &str, entry: &Value) -> Option<Self> {
        entry.get("method")?;
        let mut case = Self::deserialize(entry)
            .unwrap_or_else(|error| panic!("case {key} is not as expected: {error}"));
        key.clone_into(&mut case.key);
        // Some networks' entries leave the folder of an input's key out.
        if !case.input.contains('/') {
            case.input.insert_str(0, "input/");
        }
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
        assert_eq!(case.input, "input/x2");
        assert_eq!(case.targets, [1, 8]);
        assert_eq!(case.layer.as_deref(), Some("conv2"));
        assert_eq!(case.args["relu_attributions"], true);
        assert_eq!(case.f64_rel_l2, Some(2e-7));
        assert!(!case.equivalent_net);
    }

    #[test]
    fn a_full_input_key_is_kept() {
        let entry = json!({"library": "a", "method": "b", "input": "input/chelsea", "shape": [1]});
        assert_eq!(Case::parse("k", &entry).unwrap().input, "input/chelsea");
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
