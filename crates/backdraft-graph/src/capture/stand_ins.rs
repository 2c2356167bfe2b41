//! What takes the place of a model's parameters while it is recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::backend::capture::TensorId;
use burn::module::{self, Module, ModuleMapper, Param};
use burn::tensor::kind::{Basic, Kind};
use burn::tensor::{Bool, Device, Int, Shape, Tensor};

use crate::AnyTensor;
use crate::capture::origin::Origin;
use crate::capture::parameters::{Parameter, parameters_of, placeholder};
use crate::capture::recording::recorded_id;

/// How a parameter takes part in a recording. Each form costs more than the one before, and can do more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// An uninitialized tensor on the capture device.
    Placeholder,
    /// A copy on the capture device: the forward pass can read it.
    Copy,
    /// The parameter on its own device: the forward pass can read what it computes of it. Nothing of that is recorded,
    /// so it can't meet what is.
    Original,
}

/// The parameters of a model, in the order in which Burn visits them, and their forms.
#[derive(Clone)]
pub(super) struct StandIns {
    parameters: Arc<[Parameter]>,
    forms: Vec<Form>,
}

impl StandIns {
    /// Placeholders for all parameters.
    pub(super) fn new(parameters: Vec<Parameter>) -> Self {
        Self {
            forms: vec![Form::Placeholder; parameters.len()],
            parameters: parameters.into(),
        }
    }

    pub(super) fn path(&self, position: usize) -> &str {
        &self.parameters[position].path
    }

    pub(super) fn paths(&self) -> Vec<String> {
        let parameters = self.parameters.iter();
        parameters.map(|parameter| parameter.path.clone()).collect()
    }

    /// The parameters that stay on their own device.
    pub(super) fn originals(&self) -> impl Iterator<Item = usize> {
        (0..self.forms.len()).filter(|&position| self.forms[position] == Form::Original)
    }

    /// Gives parameters forms in which the forward pass can read the tensor of this origin. `false` if it can't be
    /// read, or can be already.
    pub(super) fn make_readable(&mut self, origin: &Origin) -> bool {
        if !origin.inputs.is_empty() {
            return false;
        }
        let mut changed = false;
        for &position in &origin.parameters {
            changed |= if origin.is_parameter {
                self.copy_up_to(position)
            } else {
                self.keep(position)
            };
        }
        changed
    }

    /// Where one parameter is read, so are others, small ones as a rule: all that are no larger become copies at once,
    /// and a model that reads a hundred shapes is recorded twice, not a hundred times.
    fn copy_up_to(&mut self, position: usize) -> bool {
        let size = |parameter: &Parameter| parameter.value.shape().num_elements();
        let largest = size(&self.parameters[position]);
        let readable = self.forms[position] >= Form::Copy;
        for (form, parameter) in self.forms.iter_mut().zip(self.parameters.iter()) {
            if size(parameter) <= largest {
                *form = Form::Copy.max(*form);
            }
        }
        !readable
    }

    fn keep(&mut self, position: usize) -> bool {
        std::mem::replace(&mut self.forms[position], Form::Original) != Form::Original
    }

    /// The model with stand-ins for its parameters on a capture device, and with its other tensors there too. And the
    /// first difference, if its parameters aren't these: they are moved as they are.
    pub(super) fn stand_in<M: Module>(&self, model: M, device: &Device) -> (M, Option<String>) {
        let (model, difference) = self.replace(model, |parameter, form| {
            Some(match form {
                Form::Copy => parameter.value.to_device(device),
                Form::Placeholder | Form::Original => placeholder(&parameter.value, device),
            })
        });
        let model = model.to_device(device);
        if self.originals().next().is_none() {
            return (model, difference);
        }
        let (model, _) = self.replace(model, |parameter, form| {
            (form == Form::Original).then(|| parameter.value.clone())
        });
        (model, difference)
    }

    /// What the parameters of a model with stand-ins are in a recording: those that are on the capture device.
    pub(super) fn recorded<M: Module>(&self, model: &M) -> BTreeMap<TensorId, usize> {
        let parameters = parameters_of(model).into_iter().zip(0..self.forms.len());
        parameters
            .filter_map(|(parameter, position)| Some((recorded_id(&parameter.value)?, position)))
            .collect()
    }

    fn replace<M: Module>(
        &self,
        model: M,
        value: impl Fn(&Parameter, Form) -> Option<AnyTensor>,
    ) -> (M, Option<String>) {
        let mut replace = Replace {
            stand_ins: self,
            value,
            path: Vec::new(),
            next: 0,
            difference: None,
        };
        let model = model.map(&mut replace);
        let missing = self.parameters.get(replace.next);
        let missing = missing.map(|parameter| format!("it lacks `{}`", parameter.path));
        (model, replace.difference.or(missing))
    }
}

/// Replaces parameters, which are mapped in the order in which they are visited.
struct Replace<'a, F> {
    stand_ins: &'a StandIns,
    value: F,
    path: Vec<String>,
    /// The position of the next parameter.
    next: usize,
    /// The first parameter that isn't what it should be.
    difference: Option<String>,
}

impl<F: Fn(&Parameter, Form) -> Option<AnyTensor>> Replace<'_, F> {
    // What isn't replaced isn't looked at: reading a lazy parameter's value would compute it.
    fn put<const D: usize, K: Basic>(&mut self, param: Param<Tensor<D, K>>) -> Param<Tensor<D, K>>
    where
        Tensor<D, K>: module::Parameter,
    {
        let position = self.next;
        self.next += 1;
        let (path, shape) = (self.path.join("."), param.lazy_shape());
        let parameter = self.stand_ins.parameters.get(position);
        let Some(parameter) = parameter.filter(|it| is_like(it, &path, K::KIND, &shape)) else {
            self.difference
                .get_or_insert_with(|| format!("it has `{path}` of shape {:?}", shape.as_slice()));
            return param;
        };
        match (self.value)(parameter, self.stand_ins.forms[position]) {
            Some(value) => {
                Param::initialized(param.id, Tensor::from_dispatch(value.into_dispatch()))
            }
            None => param,
        }
    }
}

fn is_like(parameter: &Parameter, path: &str, kind: Kind, shape: &Shape) -> bool {
    let value = &parameter.value;
    parameter.path == path && value.kind() == Some(kind) && value.shape() == *shape
}

impl<F: Fn(&Parameter, Form) -> Option<AnyTensor>> ModuleMapper for Replace<'_, F> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.put(param)
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        self.put(param)
    }

    fn map_bool<const D: usize>(
        &mut self,
        param: Param<Tensor<D, Bool>>,
    ) -> Param<Tensor<D, Bool>> {
        self.put(param)
    }

    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
}
