//! Methods by name.

use super::entry::Entry;
use super::methods::METHODS;
use crate::Error;

/// The method with this name, or with this [other name](Entry::also).
///
/// # Errors
///
/// [`Error::UnknownMethod`] with the most similar names if there is none.
pub fn find(name: &str) -> Result<&'static Entry, Error> {
    let mut entries = METHODS.iter();
    let found = entries.find(|entry| entry.name == name || entry.also.contains(&name));
    found.ok_or_else(|| Error::UnknownMethod {
        name: name.into(),
        nearest: nearest(name),
    })
}

/// The three most similar names, unless none resembles it.
fn nearest(name: &str) -> Vec<&'static str> {
    let names = METHODS.iter().map(|entry| entry.name);
    let mut scored: Vec<_> = names
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let similar = scored.into_iter().take(3).filter(|(score, _)| *score > 0.6);
    similar.map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_name_finds_its_method() {
        assert_eq!(find("grad-cam++").unwrap().type_name, "GradCamPlusPlus");
        let expected_gradients = find("expected-gradients").unwrap();
        assert_eq!(expected_gradients.type_name, "GradientShap");
    }

    #[test]
    fn another_name_gets_similar_ones() {
        assert_eq!(
            find("gradcam").unwrap_err().to_string(),
            "no method is called `gradcam`; did you mean `grad-cam`, `grad-cam++`, `xgrad-cam`?"
        );
        let error = find("").unwrap_err().to_string();
        assert_eq!(
            error,
            "no method is called ``; `catalog::METHODS` lists them all"
        );
    }
}
