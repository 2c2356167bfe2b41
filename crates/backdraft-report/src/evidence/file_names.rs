//! Names of files that no label can lead astray.

use std::path::{Component, Path};

pub(super) const REPORT: &str = "report.html";
pub(super) const MANIFEST: &str = "manifest.json";

/// The longest part of a file name that comes from a label.
const LENGTH: usize = 60;

/// The file of an explanation's values. The number, counted from 1, keeps it apart from all others.
pub(super) fn of_values(number: usize, label: &str) -> String {
    match plain(label) {
        label if label.is_empty() => format!("{number:02}.safetensors"),
        label => format!("{number:02}-{label}.safetensors"),
    }
}

/// The photo's file, with the extension of the one that was given.
pub(super) fn of_photo(given: &str) -> String {
    let extension = Path::new(given).extension().and_then(|it| it.to_str());
    match extension.map(plain) {
        Some(extension) if !extension.is_empty() => format!("photo.{extension}"),
        _ => "photo".into(),
    }
}

/// Whether this is the name of a file in the folder itself.
pub(super) fn is_plain(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let first = components.next();
    matches!(first, Some(Component::Normal(it)) if it == name) && components.next().is_none()
}

/// The letters and digits of a text in small letters, with single hyphens for everything else.
fn plain(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        letter if letter.is_ascii_alphanumeric() => letter.to_ascii_lowercase(),
        _ => ' ',
    });
    let spaced: String = letters.collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut name = words.join("-");
    name.truncate(LENGTH);
    name.trim_end_matches('-').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_plain_names() {
        assert_eq!(of_values(1, "Grad-CAM++"), "01-grad-cam.safetensors");
        assert_eq!(
            of_values(2, "../../etc/passwd"),
            "02-etc-passwd.safetensors"
        );
        assert_eq!(of_values(12, "<script>"), "12-script.safetensors");
        assert_eq!(of_values(3, "猫"), "03.safetensors");
        let long = of_values(4, &"long ".repeat(100));
        assert!(long.len() < 80 && is_plain(&long), "{long}");
    }

    #[test]
    fn the_photo_keeps_its_extension() {
        assert_eq!(of_photo("/photos/cat.JPG"), "photo.jpg");
        assert_eq!(of_photo("cat"), "photo");
        assert_eq!(of_photo("cat./.."), "photo");
    }

    #[test]
    fn a_plain_name_stays_in_the_folder() {
        assert!(is_plain("report.html"));
        for name in ["", ".", "..", "a/b", "/a", "../a", "a/"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
