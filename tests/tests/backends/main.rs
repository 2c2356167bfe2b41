//! The same numbers on every backend: methods, Burn's modules and operations, and axioms, next to Flex; half
//! precision next to single precision.
//!
//! `cargo test --release -p backdraft-tests --features ndarray,wgpu --test backends -- --nocapture` prints the
//! largest differences, a row for each method, family and axiom on each backend. A backend takes part if its cargo
//! feature is on and this machine has a device for it: `BACKDRAFT_REQUIRE_WGPU=1` makes a missing one a failure.

mod axioms;
mod backend;
mod coverage;
mod methods;
mod precision;
mod table;
mod tolerance;

use table::Table;

#[test]
fn every_backend_gives_the_numbers_of_flex() {
    let backends = backend::available();
    let mut table = Table::default();
    methods::compare(&backends, &mut table);
    coverage::compare(&backends, &mut table);
    axioms::compare(&backends, &mut table);
    precision::compare(&backends, &mut table);
    println!("{table}");
    table.assert_ok();
}
