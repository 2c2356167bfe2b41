//! Whoever searches the documentation for a name of another library finds the method.

use std::collections::BTreeMap;

use backdraft::catalog::METHODS;
use syn::{Attribute, Ident, Item};

use crate::sources::{arguments, items};

/// The other names under which the documentation finds a type.
fn aliases() -> BTreeMap<String, Vec<String>> {
    let items = items("backdraft");
    let types = items.iter().filter_map(documented);
    let named = types.map(|(name, attributes)| {
        let documentation = arguments(attributes, "doc");
        let aliases = documentation
            .iter()
            .filter_map(|text| text.strip_prefix("alias = "));
        (
            name.to_string(),
            aliases
                .map(|name| name.trim_matches('"').to_lowercase())
                .collect(),
        )
    });
    named.collect()
}

fn documented(item: &Item) -> Option<(&Ident, &[Attribute])> {
    match item {
        Item::Struct(item) => Some((&item.ident, &item.attrs)),
        Item::Type(item) => Some((&item.ident, &item.attrs)),
        _ => None,
    }
}

#[test]
fn names_of_other_libraries_are_found() {
    let aliases = aliases();
    for entry in METHODS {
        let names = [entry.captum, entry.pytorch_grad_cam, entry.zennit];
        // "NoiseTunnel with smoothgrad" is found as the former.
        let names = names
            .into_iter()
            .flatten()
            .filter_map(|name| name.split(' ').next());
        for name in names.map(str::to_lowercase) {
            let own = name == entry.type_name.to_lowercase()
                || aliases.contains_key("NoiseTunnel") && name == "noisetunnel";
            let found = own || aliases[entry.type_name].contains(&name);
            assert!(
                found,
                "{} needs #[doc(alias = \"{name}\")]",
                entry.type_name
            );
        }
    }
}
