//! Names of the 1000 classes of ImageNet-1k, in the order of a classifier's outputs.

use std::sync::LazyLock;

static SYNSETS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../assets/imagenet_classes.json"))
        .expect("the built-in list of classes is valid JSON")
});

/// The 1000 classes by index, each as its `WordNet` synonyms separated by commas.
///
/// # Example
/// ```
/// use backdraft_models::imagenet;
///
/// assert_eq!(imagenet::synsets()[281], "tabby, tabby cat");
/// ```
pub fn synsets() -> &'static [&'static str] {
    &SYNSETS
}

/// The short name of a class: the first of its synonyms. `None` from index 1000 on.
///
/// Two pairs of classes share a short name: `crane` (134 and 517) and `maillot` (638 and 639).
///
/// # Example
/// ```
/// use backdraft_models::imagenet::class_name;
///
/// assert_eq!(class_name(281), Some("tabby"));
/// assert_eq!(class_name(1000), None);
/// ```
pub fn class_name(index: usize) -> Option<&'static str> {
    synsets().get(index)?.split(',').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_name_for_each_of_1000_classes() {
        assert_eq!(synsets().len(), 1000);
        assert!((0..1000).all(|i| class_name(i).is_some_and(|name| !name.trim().is_empty())));
        assert_eq!(class_name(0), Some("tench"));
        assert_eq!(class_name(282), Some("tiger cat"));
        assert_eq!(class_name(967), Some("espresso"));
        assert_eq!(class_name(999), Some("toilet tissue"));
    }

    #[test]
    fn there_is_no_class_1000() {
        assert_eq!(class_name(1000), None);
    }
}
