//! What the library says of the dimensions of networks of about twenty families, layer by layer.
//!
//! `cargo test --release -p backdraft-tests --test axes -- --nocapture` prints the table.

#[path = "axes/blocks.rs"]
mod blocks;
#[path = "axes/families.rs"]
mod families;

use families::Family;

#[test]
fn every_layer_of_every_family_has_the_axes_that_its_authors_meant() {
    let families = families::all();
    let mut wrong = Vec::new();
    for Family {
        name,
        net,
        expected,
    } in &families
    {
        println!("\n{name}");
        for &(layer, axes) in *expected {
            let found = match net.layer(layer) {
                Ok(found) => found.axes().to_string(),
                Err(error) => error.to_string(),
            };
            println!("  {layer:24} {found}");
            if found != axes {
                wrong.push(format!("{name}, `{layer}`: {found} instead of {axes}"));
            }
        }
        if std::env::var_os("BACKDRAFT_ALL_AXES").is_some() {
            println!("{net}");
        }
    }
    println!("\naxes: {} families, {} wrong", families.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
