//! What was computed of some inputs already.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{AnyTensor, Network};

/// For how many networks values are remembered: those of one explanation and of the networks it cuts off.
const NETWORKS: usize = 4;

/// Values of networks at the same inputs, so that methods which are given these inputs share a forward pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo(Arc<Mutex<Vec<Known>>>);

#[derive(Debug)]
struct Known {
    net: Network,
    outputs: Option<Vec<AnyTensor>>,
    activations: HashMap<String, AnyTensor>,
}

impl Memo {
    pub(crate) fn outputs(&self, net: &Network) -> Option<Vec<AnyTensor>> {
        let mut known = self.lock();
        at(&mut known, net).outputs.clone()
    }

    pub(crate) fn remember_outputs(&self, net: &Network, outputs: &[AnyTensor]) {
        let outputs = outputs.iter().cloned().map(AnyTensor::without_autodiff);
        at(&mut self.lock(), net).outputs = Some(outputs.collect());
    }

    pub(crate) fn activation(&self, net: &Network, layer: &str) -> Option<AnyTensor> {
        let mut known = self.lock();
        at(&mut known, net).activations.get(layer).cloned()
    }

    pub(crate) fn remember_activation(&self, net: &Network, layer: &str, activation: &AnyTensor) {
        let activation = activation.clone().without_autodiff();
        let mut known = self.lock();
        at(&mut known, net)
            .activations
            .insert(layer.into(), activation);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of a network; the one that was asked for least recently makes room for a new one.
fn at<'a>(known: &'a mut Vec<Known>, net: &Network) -> &'a mut Known {
    let found = known.iter().position(|known| known.net.ptr_eq(net));
    let entry = match found {
        Some(position) => known.remove(position),
        None => Known {
            net: net.clone(),
            outputs: None,
            activations: HashMap::new(),
        },
    };
    if known.len() == NETWORKS {
        known.remove(0);
    }
    known.push(entry);
    known.last_mut().expect("it was just pushed")
}
