//! The names of classes.

use std::fs;
use std::path::Path;

use backdraft_models::imagenet;

/// The names in a file, one a line.
pub fn read(path: &Path, classes: usize) -> Result<Vec<String>, String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("cannot read the names in `{}`: {error}", path.display()))?;
    let names = parse(&text);
    if names.len() == classes {
        return Ok(names);
    }
    Err(format!(
        "`{}` has {} names, but the network has {classes} classes: write one a line",
        path.display(),
        names.len()
    ))
}

/// Lines at the end may be empty.
fn parse(text: &str) -> Vec<String> {
    let lines = text.trim_end().lines();
    lines.map(|line| line.trim().to_owned()).collect()
}

/// The names of `ImageNet`'s classes if there are as many, numbers otherwise.
pub fn of_imagenet(classes: usize) -> Vec<String> {
    let known = imagenet::synsets().len() == classes;
    let name = |class| known.then(|| imagenet::class_name(class)).flatten();
    (0..classes)
        .map(|class| name(class).map_or_else(|| format!("class {class}"), Into::into))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_name() {
        assert_eq!(
            parse("cat\r\n hot dog \n\nmouse\n\n"),
            ["cat", "hot dog", "", "mouse"]
        );
        assert!(parse("\n").is_empty());
    }

    #[test]
    fn only_a_thousand_classes_are_those_of_imagenet() {
        assert_eq!(of_imagenet(1000)[282], "tiger cat");
        assert_eq!(of_imagenet(2), ["class 0", "class 1"]);
    }
}
