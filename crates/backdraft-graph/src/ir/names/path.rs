//! Paths of modules: the fields' names with dots between them; empty for the model itself.

pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

pub(super) fn join(place: &str, name: &str) -> String {
    if place.is_empty() {
        return name.into();
    }
    format!("{place}.{name}")
}

/// Whether `path` is the module itself or inside it.
pub(super) fn is_within(path: &str, module: &str) -> bool {
    let rest = path.strip_prefix(module);
    module.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The innermost module that both are within.
pub(super) fn common<'a>(path: &'a str, other: &str) -> &'a str {
    let mut common = path;
    while !is_within(other, common) {
        common = parent(common);
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_compared_by_whole_names() {
        assert_eq!(
            common("blocks.0.attn.query", "blocks.0.attn.key"),
            "blocks.0.attn"
        );
        assert_eq!(common("blocks.1", "blocks.10.fc"), "blocks");
        assert_eq!(common("inc", "down"), "");
        assert!(is_within("a.b", "a") && is_within("a", "a") && !is_within("ab", "a"));
    }
}
