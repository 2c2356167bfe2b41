//! The catalog, next to what methods, networks and documents say.

use std::collections::BTreeSet;

use backdraft::Class;
use backdraft::catalog::{Family, METHODS, find};
use backdraft_tests::{Page, SUBJECTS};
use burn::tensor::Device;

fn families() -> BTreeSet<Family> {
    METHODS.iter().map(|entry| entry.family).collect()
}

/// The names in backticks, which are types if they begin with a capital letter.
fn types(text: &str) -> Vec<&str> {
    let names = text.split('`').skip(1).step_by(2);
    names
        .filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))
        .collect()
}

/// The first table after a heading, a line for each row; the first two are its head.
fn table<'a>(text: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, rest) = text.split_once(heading).expect("the heading is there");
    let lines = rest.lines().map(|line| line.trim_start_matches("//! "));
    lines
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .collect()
}

/// A table has a row for each family, whose column "such as" names methods of it.
fn assert_families(table: &[&str], link: fn(Family) -> String) {
    let [head, _, rows @ ..] = table else {
        panic!("a table has a head");
    };
    let column = head.split(" | ").position(|title| title == "such as");
    let column = column.expect("the column is there");
    assert_eq!(rows.len(), families().len());
    for family in families() {
        let link = link(family);
        let row = rows.iter().find(|row| row.contains(&link));
        let row = row.unwrap_or_else(|| panic!("no row has {link}"));
        let cell = row.split(" | ").nth(column);
        let named = types(cell.unwrap_or_default());
        assert!(!named.is_empty(), "{row}");
        for name in named {
            let entry = METHODS.iter().find(|entry| entry.type_name == name);
            let entry = entry.unwrap_or_else(|| panic!("{name} is no method"));
            assert_eq!(entry.family, family, "{name}");
        }
    }
}

#[test]
fn the_tables_of_families_are_those_of_the_catalog() {
    let readme = Page::open("README.md");
    assert_families(&table(readme.text(), "## Methods\n"), |family| {
        format!("https://docs.rs/backdraft/latest/backdraft/{family}/")
    });
    let library = Page::open("crates/backdraft/src/lib.rs");
    assert_families(&table(library.text(), "//! # Methods\n"), |family| {
        format!("[`{family}`]")
    });
}

#[test]
fn the_guide_compares_every_map_of_a_layer() {
    let guide = Page::open("docs/guide/convolutional.md");
    let (_, rest) = guide.text().split_once("| method | map |").unwrap();
    let rows = rest
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    for name in rows.flat_map(types) {
        let entry = METHODS.iter().find(|entry| entry.type_name == name);
        assert_eq!(entry.map(|entry| entry.family), Some(Family::Cam), "{name}");
    }
}

#[test]
fn networks_offer_what_they_are_said_to() {
    for subject in SUBJECTS {
        let (net, inputs) = (
            subject.net(&Device::flex()),
            subject.inputs(&Device::flex()),
        );
        for entry in METHODS {
            let lacks = entry.lacks(&net, &inputs, &subject.setup_of(entry));
            assert_eq!(
                subject.suits(entry),
                lacks.is_none(),
                "{} on {}: {lacks:?}",
                entry.name,
                subject.name
            );
        }
    }
}

#[test]
fn results_carry_the_names_of_the_catalog() {
    for entry in METHODS {
        let subject = SUBJECTS.into_iter().find(|subject| subject.suits(entry));
        let subject = subject.unwrap_or_else(|| panic!("no network suits {}", entry.name));
        let setup = subject.setup_of(entry).with_steps(2).with_draws(4);
        let method = entry.build(&setup).unwrap();
        let (net, inputs) = (
            subject.net(&Device::flex()),
            subject.inputs(&Device::flex()),
        );
        let result = method.compute(&net, &inputs, &Class(1)).unwrap();
        assert_eq!(result.method(), entry.reported_name());
        assert!(find(entry.name).is_ok());
    }
}
