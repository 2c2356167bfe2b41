//! What a case explains.

use backdraft::{Class, Classes, Neuron, SequenceLogProbability, Target};
use backdraft_tests::{Case, CaseTarget};

use crate::references::Reference;

/// The neuron that is explained. Conductance goes through a neuron, but explains the class.
pub(crate) fn neuron(case: &Case) -> Option<&[usize]> {
    let neuron = case.neuron.as_deref();
    neuron.filter(|_| case.method != "NeuronConductance")
}

impl Reference {
    pub(crate) fn target(&self, case: &Case) -> Box<dyn Target> {
        if let Some(neuron) = neuron(case) {
            return Box::new(Neuron::new(neuron));
        }
        match &case.target {
            Some(CaseTarget::Classes(classes)) => Box::new(Classes(classes.clone())),
            Some(CaseTarget::Logit { step, token }) => Box::new(Neuron::new([*step, *token])),
            Some(CaseTarget::Score) => Box::new(self.caption(case.batch(), None)),
            Some(CaseTarget::Words(words)) => panic!("{}: what is {words}?", case.key),
            // What a layer computes has nothing to do with the target.
            None if self.fixture.network() == "captioner" => {
                Box::new(self.caption(case.batch(), None))
            }
            None => Box::new(Class(0)),
        }
    }

    /// The log-probability of the next words of a batch, of all steps or of one.
    pub(crate) fn caption(&self, batch: &str, step: Option<usize>) -> SequenceLogProbability {
        let key = format!("input/next_{batch}");
        let words = self
            .fixture
            .values(&key)
            .into_iter()
            .map(|word| word as usize);
        let words: Vec<usize> = words.collect();
        let captions = words
            .chunks(self.caption_steps(batch))
            .map(<[usize]>::to_vec);
        let caption = SequenceLogProbability::new(captions.collect());
        match step {
            Some(step) => caption.at_step(step),
            None => caption,
        }
    }

    /// How many words the captions of a batch have.
    pub(crate) fn caption_steps(&self, batch: &str) -> usize {
        self.fixture.shape(&format!("input/next_{batch}"))[1]
    }
}
