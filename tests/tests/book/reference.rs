//! The tables of `docs/reference`.

use std::fmt::Display;

use backdraft::catalog::{Entry, Family, METHODS};
use backdraft::evaluation::axioms;
use backdraft_tests::Page;

/// The families in the order of the catalog.
fn families() -> Vec<Family> {
    let mut families: Vec<Family> = METHODS.iter().map(|entry| entry.family).collect();
    let mut seen = Vec::new();
    families.retain(|family| {
        !seen.contains(family) && {
            seen.push(*family);
            true
        }
    });
    families
}

fn listed(items: impl IntoIterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.join(", ")
}

/// A word of the catalog as it is written in tables.
fn word(word: impl std::fmt::Debug) -> String {
    format!("{word:?}").to_lowercase()
}

fn family(family: Family) -> String {
    let link = format!("https://docs.rs/backdraft/latest/backdraft/{family}/");
    let head = "| name | type | what it computes | sees | needs | gives | signed | options |\n\
                |---|---|---|---|---|---|---|---|\n";
    let methods = METHODS.iter().filter(|entry| entry.family == family);
    let rows: String = methods.map(row).collect();
    format!("## [`{family}`]({link})\n\n{head}{rows}")
}

fn row(entry: &Entry) -> String {
    format!(
        "| `{}` | `{}` | {} | {} | {} | {} | {} | {} |\n",
        entry.name,
        entry.type_name,
        entry.summary,
        word(entry.access),
        listed(entry.needs),
        word(entry.gives),
        if entry.signed { "yes" } else { "no" },
        listed(entry.settings),
    )
}

fn elsewhere() -> String {
    let head = "| here | Captum | pytorch-grad-cam | zennit |\n|---|---|---|---|\n";
    let rows = METHODS.iter().filter_map(|entry| {
        let names = [entry.captum, entry.pytorch_grad_cam, entry.zennit];
        let cells = names.map(|name| name.map(|name| format!("`{name}`")).unwrap_or_default());
        let known = names.iter().any(Option::is_some);
        known.then(|| format!("| `{}` | {} |\n", entry.type_name, cells.join(" | ")))
    });
    format!("{head}{}", rows.collect::<String>())
}

#[test]
fn the_page_of_methods_is_the_catalog() {
    let by_family: Vec<String> = families().into_iter().map(family).collect();
    Page::open("docs/reference/methods.md")
        .assert_parts(&[("methods", by_family.join("\n")), ("names", elsewhere())]);
}

/// The rows of a table in the documentation of a module, without their first and last bar.
fn rows<'a>(source: &'a str, head: &str) -> Vec<&'a str> {
    let (_, table) = source.split_once(head).expect("the table is there");
    let lines = table.lines().skip(2);
    let rows = lines.map_while(|line| line.strip_prefix("//! | ")?.strip_suffix(" |"));
    rows.collect()
}

#[test]
fn the_page_of_checks_has_every_axiom() {
    let module = Page::open("crates/backdraft/src/evaluation/axioms/mod.rs");
    let described = rows(module.text(), "//! | axiom | check |");
    let checks = axioms::all();
    assert_eq!(described.len(), checks.len());
    let rows = checks.iter().zip(described).map(|(check, row)| {
        let (meaning, name) = row.split_once(" | ").expect("two columns");
        let name = name.trim_matches(['[', ']']);
        format!("| {} | {name} | {meaning} |\n", check.name())
    });
    let head = "| axiom | type | what it asks for |\n|---|---|---|\n";
    let table = format!("{head}{}", rows.collect::<String>());
    Page::open("docs/reference/checks.md").assert_parts(&[("axioms", table)]);
}

/// The cargo features of the crate, `default` aside.
fn features(manifest: &str) -> Vec<&str> {
    let (_, section) = manifest
        .split_once("[features]\n")
        .expect("there are features");
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let names = lines
        .filter_map(|line| line.split_once(" = ["))
        .map(|(name, _)| name);
    names.filter(|name| *name != "default").collect()
}

#[test]
fn the_page_of_backends_has_every_feature() {
    let library = Page::open("crates/backdraft/src/lib.rs");
    let described = rows(library.text(), "//! | feature | what it runs on | device |");
    let manifest = Page::open("crates/backdraft/Cargo.toml");
    let features = features(manifest.text());
    assert_eq!(features.len(), described.len(), "{features:?}");
    for feature in features {
        let cell = format!("`{feature}`");
        assert!(
            described.iter().any(|row| row.starts_with(&cell)),
            "no row has {feature}"
        );
    }
    let head = "| feature | what it runs on | device |\n|---|---|---|\n";
    let rows = described.iter().map(|row| format!("| {row} |\n"));
    let table = rows
        .collect::<String>()
        .replace("[`", "`")
        .replace("`]", "`");
    Page::open("docs/reference/backends.md")
        .assert_parts(&[("features", format!("{head}{table}"))]);
}
