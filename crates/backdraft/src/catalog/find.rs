//! Methods by name.

use super::entry::Entry;
use super::methods::METHODS;
use crate::Error;
use crate::nearest::nearest;

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
        nearest: nearest(name, METHODS.iter().map(|entry| entry.name)),
    })
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
