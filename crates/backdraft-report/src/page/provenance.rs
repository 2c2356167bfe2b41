//! Where the results come from.

use maud::{Markup, html};

use crate::number::count;
use crate::provenance::{LayerRow, NetworkFacts, Provenance};

pub(super) fn of(provenance: &Provenance) -> Markup {
    html! {
        section id="provenance" {
            h2 { "Where this comes from" }
            dl {
                dt { "Made by" } dd { "backdraft " (provenance.backdraft) }
                @if let Some(network) = &provenance.network {
                    dt { "Network" } dd { (summary(network)) }
                    @if let Some(device) = &network.device {
                        dt { "Backend and device" } dd { (device) }
                    }
                }
                dt { "Processor" } dd { (provenance.processor) }
                dt { "System" } dd { (provenance.system) }
                @if let Some(time) = &provenance.time {
                    dt { "Time" } dd { (time) }
                }
            }
            @if let Some(network) = &provenance.network {
                (layers(network))
            }
        }
    }
}

fn summary(network: &NetworkFacts) -> String {
    if network.layers.is_empty() {
        return network.name.clone();
    }
    format!(
        "{}: {}, {}",
        network.name,
        count(network.layers.len(), "layer"),
        count(network.parameters(), "parameter")
    )
}

fn layers(network: &NetworkFacts) -> Markup {
    if network.layers.is_empty() {
        return Markup::default();
    }
    html! {
        details {
            summary { "The network's layers" }
            div.table.wide tabindex="0" role="region" aria-label="The network's layers" {
                table.layers {
                    caption { "Layers of " (network.name) ", in order of execution" }
                    thead {
                        tr {
                            th scope="col" { "Layer" }
                            th scope="col" { "Operation" }
                            th scope="col" { "Output" }
                            th scope="col" { "Axes" }
                            th.number scope="col" { "Parameters" }
                        }
                    }
                    tbody {
                        @for layer in &network.layers {
                            (row(layer))
                        }
                    }
                }
            }
        }
    }
}

fn row(layer: &LayerRow) -> Markup {
    html! {
        tr {
            th scope="row" { (layer.name) }
            td { (layer.operation) }
            td { (format!("{:?}", layer.output)) }
            td { (layer.axes) }
            td.number { @if layer.parameters > 0 { (layer.parameters) } }
        }
    }
}
