use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One result in the second folder.
///
/// Tensors are named by links: `first:input/x2` is `input/x2` of the network's first fixture, and a link without
/// `first:` is a tensor beside the result.
#[derive(Debug, Deserialize)]
pub struct SecondCase {
    /// Key of the result's tensor, such as `occlusion.3s1/t2_1/rand`.
    #[serde(skip)]
    pub key: String,
    /// The method's options by the library's names.
    #[serde(default)]
    pub args: Value,
    /// Links to what is explained.
    #[serde(default, rename = "input", deserialize_with = "links")]
    pub inputs: Vec<String>,
    /// Links to what takes the place of inputs, one for each.
    #[serde(default, rename = "baseline", deserialize_with = "baselines")]
    pub baselines: Vec<String>,
    /// Names of the layers whose outputs are looked at.
    #[serde(default, rename = "layer", deserialize_with = "links")]
    pub layers: Vec<String>,
    /// Whether the layers compute token sequences, which become maps of the patches.
    #[serde(default, rename = "reshape", deserialize_with = "is_there")]
    pub is_of_tokens: bool,
    /// How the result was derived a second time.
    second: Derivation,
    #[serde(default)]
    target: Value,
}

#[derive(Debug, Deserialize)]
struct Derivation {
    /// Relative L2 distance between both derivations.
    rel: f64,
}

/// One link, several, or none.
#[derive(Deserialize)]
#[serde(untagged)]
enum Links {
    One(String),
    Several(Vec<String>),
}

fn links<'de, D: Deserializer<'de>>(entry: D) -> Result<Vec<String>, D::Error> {
    Ok(match Option::<Links>::deserialize(entry)? {
        None => Vec::new(),
        Some(Links::One(link)) => vec![link],
        Some(Links::Several(links)) => links,
    })
}

/// Whether there is an entry, whatever it says.
fn is_there<'de, D: Deserializer<'de>>(entry: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(entry).map(|_| true)
}

/// A baseline of the first fixture may go by its name alone: `rand` of `first:baseline/rand`.
fn baselines<'de, D: Deserializer<'de>>(entry: D) -> Result<Vec<String>, D::Error> {
    let whole = |link: String| {
        if link.contains('/') {
            link
        } else {
            format!("first:baseline/{link}")
        }
    };
    Ok(links(entry)?.into_iter().map(whole).collect())
}

impl SecondCase {
    /// The family of methods that it belongs to: `kernel_shap` of `kernel_shap.exact/t2_1/rand`.
    pub fn family(&self) -> &str {
        self.key.split(['.', '/']).next().unwrap_or_default()
    }

    /// The variant of the method, without those of its options that the key names: `captum.list` of
    /// `kernel_shap.captum.list/t2_1/rand`.
    pub fn variant(&self) -> &str {
        let method = self.key.split('/').next().unwrap_or_default();
        method.split_once('.').map_or("", |(_, variant)| variant)
    }

    /// The class for each row of the inputs.
    ///
    /// # Panics
    /// If something else is explained.
    pub fn classes(&self) -> Vec<usize> {
        let classes = Vec::deserialize(&self.target);
        classes.unwrap_or_else(|error| panic!("{}: target: {error}", self.key))
    }

    /// The links of an option, such as `feature_mask`.
    ///
    /// # Panics
    /// If the case has no such option.
    pub fn links(&self, option: &str) -> Vec<String> {
        let found = links(&self.args[option]);
        let found = found.unwrap_or_else(|error| panic!("{}: {option}: {error}", self.key));
        assert!(!found.is_empty(), "{}: no {option}", self.key);
        found
    }

    /// The numbers of an option, such as `strides`.
    ///
    /// # Panics
    /// If the case has no such option.
    pub fn numbers(&self, option: &str) -> Vec<usize> {
        let numbers = Vec::deserialize(&self.args[option]);
        numbers.unwrap_or_else(|error| panic!("{}: {option}: {error}", self.key))
    }

    /// A number of an option, such as `alpha`.
    ///
    /// # Panics
    /// If the case has no such option.
    pub fn number(&self, option: &str) -> f64 {
        let number = self.args[option].as_f64();
        number.unwrap_or_else(|| panic!("{}: no {option}", self.key))
    }

    /// A list of numbers for each row, such as `comparison`.
    ///
    /// # Panics
    /// If the case has no such option.
    pub fn lists(&self, option: &str) -> Vec<Vec<usize>> {
        let lists = Vec::deserialize(&self.args[option]);
        lists.unwrap_or_else(|error| panic!("{}: {option}: {error}", self.key))
    }

    /// The largest relative L2 error that is accepted: 1e-4, or ten times how far the result's two derivations are apart
    /// where that is more.
    pub fn tolerance(&self) -> f64 {
        (10.0 * self.second.rel).max(1e-4)
    }

    /// Reads an entry of `meta.json`.
    pub(super) fn parse(key: &str, entry: &Value) -> Self {
        let mut case = Self::deserialize(entry)
            .unwrap_or_else(|error| panic!("case {key} is not as expected: {error}"));
        key.clone_into(&mut case.key);
        case
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn case(key: &str, entry: &Value) -> SecondCase {
        SecondCase::parse(key, entry)
    }

    #[test]
    fn an_entry_becomes_a_case() {
        let case = case(
            "kernel_shap.captum.list/t2_1/rand",
            &json!({
                "input": "first:input/x2", "baseline": "rand", "target": [2, 1],
                "args": {"strides": [3, 1], "players": "mask/players", "max_sigma": 6.5}, "second": {"rel": 3e-5},
            }),
        );
        assert_eq!(case.family(), "kernel_shap");
        assert_eq!(case.variant(), "captum.list");
        assert_eq!(case.inputs, ["first:input/x2"]);
        assert_eq!(case.baselines, ["first:baseline/rand"]);
        assert_eq!(case.classes(), [2, 1]);
        assert_eq!(case.numbers("strides"), [3, 1]);
        assert!((case.number("max_sigma") - 6.5).abs() < 1e-12);
        assert_eq!(case.links("players"), ["mask/players"]);
        assert!((case.tolerance() - 3e-4).abs() < 1e-12);
    }

    #[test]
    fn what_is_explained_and_replaced_is_one_tensor_several_or_none() {
        let second = json!({"rel": 0.0});
        let several = case(
            "feature_ablation.multi/t5_1",
            &json!({
                "input": ["first:input/image_x2", "first:input/tokens_x2"],
                "baseline": ["first:baseline/image_rand", "zero"], "second": second,
            }),
        );
        assert_eq!(several.inputs.len(), 2);
        assert_eq!(
            several.baselines,
            ["first:baseline/image_rand", "first:baseline/zero"]
        );
        let none = case("occlusion/t1", &json!({"second": second}));
        assert!(none.inputs.is_empty() && none.baselines.is_empty());
        assert_eq!((none.variant(), none.tolerance()), ("", 1e-4));
    }

    #[test]
    #[should_panic(expected = "rise/t1: no masks")]
    fn an_option_that_is_missing_is_named() {
        case("rise/t1", &json!({"second": {"rel": 0.0}})).links("masks");
    }

    #[test]
    #[should_panic(expected = "case broken is not as expected")]
    fn an_incomplete_entry_is_reported() {
        case("broken", &json!({"input": "x2"}));
    }
}
