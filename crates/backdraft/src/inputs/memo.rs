//! What was computed of some inputs already.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{AnyTensor, Network};

/// For how many networks values are remembered: those of one explanation and of the networks it cuts off.
const NETWORKS: usize = 4;

/// Values of networks at the same inputs, so that methods which are given these inputs share work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo(Arc<Mutex<Vec<Known>>>);

#[derive(Debug)]
struct Known {
    net: Network,
    values: HashMap<String, Box<dyn Any + Send>>,
}

impl Memo {
    pub(crate) fn outputs(&self, net: &Network) -> Option<Vec<AnyTensor>> {
        self.recall(net, "outputs")
    }

    pub(crate) fn remember_outputs(&self, net: &Network, outputs: &[AnyTensor]) {
        let outputs: Vec<AnyTensor> = outputs
            .iter()
            .cloned()
            .map(AnyTensor::without_autodiff)
            .collect();
        self.remember(net, "outputs", outputs);
    }

    pub(crate) fn activation(&self, net: &Network, layer: &str) -> Option<AnyTensor> {
        self.recall(net, &format!("activation of {layer}"))
    }

    pub(crate) fn remember_activation(&self, net: &Network, layer: &str, activation: &AnyTensor) {
        let activation = activation.clone().without_autodiff();
        self.remember(net, &format!("activation of {layer}"), activation);
    }

    /// What was remembered of a network under this name.
    pub(crate) fn recall<T: Clone + 'static>(&self, net: &Network, name: &str) -> Option<T> {
        let mut known = self.lock();
        let value = at(&mut known, net).values.get(name)?;
        value.downcast_ref().cloned()
    }

    pub(crate) fn remember<T: Send + 'static>(&self, net: &Network, name: &str, value: T) {
        at(&mut self.lock(), net)
            .values
            .insert(name.into(), Box::new(value));
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
            values: HashMap::new(),
        },
    };
    if known.len() == NETWORKS {
        known.remove(0);
    }
    known.push(entry);
    known.last_mut().expect("it was just pushed")
}
