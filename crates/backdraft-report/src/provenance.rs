//! Where results come from: version, network, processor, time.

use backdraft::{Layer, Network};
use serde::Serialize;
use sysinfo::{CpuRefreshKind, RefreshKind, System};

/// Where the results of a report come from.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Provenance {
    pub(crate) backdraft: &'static str,
    pub(crate) network: Option<NetworkFacts>,
    pub(crate) processor: String,
    pub(crate) system: String,
    pub(crate) time: Option<String>,
}

/// What a report says of the network.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NetworkFacts {
    pub(crate) name: String,
    /// The device, and with it the backend; unknown of a network of which only the name is given.
    pub(crate) device: Option<String>,
    pub(crate) layers: Vec<LayerRow>,
}

/// A row of the table of layers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LayerRow {
    pub(crate) name: String,
    pub(crate) operation: String,
    pub(crate) output: Vec<usize>,
    pub(crate) axes: String,
    pub(crate) parameters: usize,
}

impl Provenance {
    /// This version on this machine.
    pub(crate) fn here() -> Self {
        Self {
            backdraft: env!("CARGO_PKG_VERSION"),
            network: None,
            processor: processor(),
            system: system(),
            time: None,
        }
    }
}

impl NetworkFacts {
    pub(crate) fn named(name: String) -> Self {
        Self {
            name,
            device: None,
            layers: Vec::new(),
        }
    }

    pub(crate) fn of(name: String, network: &Network) -> Self {
        Self {
            name,
            device: Some(device(network)),
            layers: network.layers().iter().map(LayerRow::of).collect(),
        }
    }

    pub(crate) fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.parameters).sum()
    }
}

impl LayerRow {
    fn of(layer: &Layer) -> Self {
        Self {
            name: layer.name().into(),
            operation: layer.op().into(),
            output: layer.output_shape().to_vec(),
            axes: layer.axes().to_string(),
            parameters: layer.parameter_count(),
        }
    }
}

/// Backend and device, as Burn writes them, such as `Flex(Cpu)`.
fn device(network: &Network) -> String {
    let text = format!("{:?}", network.device());
    let inner = text.strip_prefix("Device<");
    let inner = inner.and_then(|text| text.strip_suffix('>'));
    inner.map_or(text.clone(), ToOwned::to_owned)
}

/// The processor's name and how many cores it shows.
fn processor() -> String {
    let cpus = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
    let system = System::new_with_specifics(cpus);
    let cores = system.cpus();
    let brand = cores.first().map_or("", |core| core.brand().trim());
    let brand = if brand.is_empty() {
        "unknown processor"
    } else {
        brand
    };
    format!("{brand}, {}", crate::number::count(cores.len(), "core"))
}

fn system() -> String {
    let name = System::long_os_version().unwrap_or_else(|| std::env::consts::OS.into());
    format!("{name}, {}", System::cpu_arch())
}
