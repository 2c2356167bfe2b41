//! Which axioms a method keeps, as `docs/axioms.md` says.

/// Its table is what the suite of axioms finds on ten networks.
const PAGE: &str = include_str!("../../../../docs/axioms.md");
/// How the table begins.
const HEADER: &str = "| method |";
/// No counterexample was found.
const KEPT: &str = "yes";

/// Whether a method keeps an axiom, by the names of both.
pub fn keeps(method: &str, axiom: &str) -> bool {
    let mut table = (PAGE.lines())
        .skip_while(|line| !line.starts_with(HEADER))
        .map(cells);
    let header = table.next().unwrap_or_default();
    let column = header.iter().position(|cell| *cell == axiom);
    let row = table.find(|cells| cells.first() == Some(&method));
    match (row, column) {
        (Some(row), Some(column)) => row.get(column) == Some(&KEPT),
        _ => false,
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use backdraft::axioms;

    use super::*;

    #[test]
    fn the_page_knows_what_is_known_of_methods() {
        assert!(keeps("saliency", "implementation invariance"));
        assert!(!keeps("saliency", "completeness"));
        assert!(!keeps("guided-backprop", "implementation invariance"));
        assert!(!keeps("deep-lift", "implementation invariance"));
    }

    #[test]
    fn integrated_gradients_keep_every_axiom() {
        for axiom in axioms::all() {
            let name = axiom.name().name();
            assert!(keeps("integrated-gradients", name), "{name}");
        }
    }

    #[test]
    fn nothing_is_promised_of_what_the_page_does_not_have() {
        assert!(!keeps("grad-cam", "completeness"));
        assert!(!keeps("saliency", "beauty"));
    }
}
