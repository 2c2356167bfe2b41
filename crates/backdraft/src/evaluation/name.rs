//! The names of checks.

use std::fmt;

use serde::{Serialize, Serializer};

/// The kind and the name of a check.
///
/// It prints as the name, and serializes as the kind with the name in kebab case: `"axiom": "sensitivity-a"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CheckName {
    /// A property that a method has or lacks.
    Axiom(#[serde(serialize_with = "kebab_case")] &'static str),
    /// A quality that is measured.
    Metric(#[serde(serialize_with = "kebab_case")] &'static str),
}

impl CheckName {
    /// The name alone: `implementation invariance`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Axiom(name) | Self::Metric(name) => name,
        }
    }

    /// The kind: `axiom` or `metric`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Axiom(_) => "axiom",
            Self::Metric(_) => "metric",
        }
    }
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

fn kebab_case<S: Serializer>(name: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let words: Vec<&str> = name
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    serializer.serialize_str(&words.join("-").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_serializes_in_kebab_case() {
        let json = |name| serde_json::to_value(name).unwrap();
        assert_eq!(
            json(CheckName::Axiom("sensitivity (a)"))["axiom"],
            "sensitivity-a"
        );
        assert_eq!(
            json(CheckName::Metric("Deletion AUC"))["metric"],
            "deletion-auc"
        );
    }
}
