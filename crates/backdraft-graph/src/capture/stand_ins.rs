//! What takes the place of a model's parameters while it is recorded.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use burn::backend::capture::TensorId;
use burn::module::{self, Module, ModuleMapper, Param};
use burn::tensor::kind::{Basic, Kind};
use burn::tensor::{Bool, Device, Int, Shape, Tensor};

use crate::capture::origin::Origin;
use crate::capture::parameters::{Parameter, parameters_of, placeholder};
use crate::capture::recording::recorded_id;
use crate::{AnyTensor, CaptureError};

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
    positions: Arc<HashMap<String, usize>>,
    forms: Vec<Form>,
}

impl StandIns {
    /// Placeholders for all parameters.
    pub(super) fn new(parameters: Vec<Parameter>) -> Self {
        let paths = parameters.iter().map(|parameter| parameter.path.clone());
        Self {
            positions: Arc::new(paths.zip(0..).collect()),
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
        match origin.is_parameter {
            true => (origin.parameters.iter()).any(|&position| self.copy_up_to(position)),
            false => {
                (origin.parameters.iter()).fold(false, |any, &position| self.keep(position) || any)
            }
        }
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

    /// The model with stand-ins for its parameters on a capture device, and with its other tensors there too.
    pub(super) fn stand_in<M: Module>(&self, model: M, device: &Device) -> Result<M, CaptureError> {
        let model = self.replace(model, |parameter, form| {
            Some(match form {
                Form::Copy => parameter.value.to_device(device),
                Form::Placeholder | Form::Original => placeholder(&parameter.value, device),
            })
        })?;
        let model = model.to_device(device);
        if self.originals().next().is_none() {
            return Ok(model);
        }
        self.replace(model, |parameter, form| {
            (form == Form::Original).then(|| parameter.value.clone())
        })
    }

    /// What the parameters of a model with stand-ins are in a recording: those that are on the capture device.
    pub(super) fn recorded<M: Module>(&self, model: &M) -> BTreeMap<TensorId, usize> {
        let parameters = parameters_of(model).into_iter();
        parameters
            .filter_map(|p| Some((recorded_id(&p.value)?, self.positions[&p.path])))
            .collect()
    }

    fn replace<M: Module>(
        &self,
        model: M,
        value: impl Fn(&Parameter, Form) -> Option<AnyTensor>,
    ) -> Result<M, CaptureError> {
        let mut replace = Replace {
            stand_ins: self,
            value,
            path: Vec::new(),
            found: vec![false; self.parameters.len()],
            additional: None,
        };
        let model = model.map(&mut replace);
        let missing = replace.found.iter().position(|found| !found);
        let missing = missing.map(|position| format!("lacks `{}`", self.path(position)));
        match replace.additional.or(missing) {
            Some(difference) => Err(CaptureError::BuiltOtherwise { difference }),
            None => Ok(model),
        }
    }
}

/// Replaces parameters by their paths.
struct Replace<'a, F> {
    stand_ins: &'a StandIns,
    value: F,
    path: Vec<String>,
    /// A flag for each parameter.
    found: Vec<bool>,
    /// The first parameter that isn't one of them.
    additional: Option<String>,
}

impl<F: Fn(&Parameter, Form) -> Option<AnyTensor>> Replace<'_, F> {
    // What isn't replaced isn't looked at: reading a lazy parameter's value would compute it.
    fn put<const D: usize, K: Basic>(&mut self, param: Param<Tensor<D, K>>) -> Param<Tensor<D, K>>
    where
        Tensor<D, K>: module::Parameter,
    {
        let path = self.path.join(".");
        let shape = param.lazy_shape();
        let Some(position) = self.find(&path, K::KIND, &shape) else {
            self.additional
                .get_or_insert_with(|| format!("has `{path}` of shape {:?}", shape.as_slice()));
            return param;
        };
        self.found[position] = true;
        let parameter = &self.stand_ins.parameters[position];
        match (self.value)(parameter, self.stand_ins.forms[position]) {
            Some(value) => {
                Param::initialized(param.id, Tensor::from_dispatch(value.into_dispatch()))
            }
            None => param,
        }
    }

    fn find(&self, path: &str, kind: Kind, shape: &Shape) -> Option<usize> {
        let position = *self.stand_ins.positions.get(path)?;
        let value = &self.stand_ins.parameters[position].value;
        (value.kind() == Some(kind) && value.shape() == *shape).then_some(position)
    }
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
