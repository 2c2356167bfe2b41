//! How the positions of an operation's output depend on those of its operands.

use burn::backend::ir::{
    ActivationOperationIr as Activation, BaseOperationIr as Base, FloatOperationIr as Float,
    ModuleOperationIr as Module, NumericOperationIr as Numeric, OperationIr,
};

use crate::patch::window::Window;

/// What an output position sees.
#[derive(Clone, Debug)]
pub(super) enum Reach {
    /// The same position of every operand, or the only one where it is repeated.
    Position,
    /// The same position of every operand, which are put together and not repeated.
    Channels,
    /// A window of the first operand, and weights.
    Window(Box<Windowed>),
}

/// An operation on windows.
#[derive(Clone, Debug)]
pub(super) struct Windowed {
    /// Along each dimension of space.
    pub(super) windows: Vec<Window>,
    /// What the padding holds.
    pub(super) outside: f32,
    /// The operation without padding.
    pub(super) op: OperationIr,
}

/// What an output position sees; `None` if that isn't known, or it is more than that: everything else mixes, ends or
/// rearranges space.
pub(super) fn of(op: &OperationIr) -> Option<Reach> {
    match op {
        OperationIr::NumericFloat(_, op) => numeric(op),
        OperationIr::Float(_, op) => float(op),
        OperationIr::Activation(op) => activation(op),
        OperationIr::BaseFloat(Base::Cat(cat)) => (cat.dim == 1).then_some(Reach::Channels),
        OperationIr::Module(Module::BatchNorm(_)) => Some(Reach::Position),
        OperationIr::Module(op) => windowed(op).map(|it| Reach::Window(Box::new(it))),
        _ => None,
    }
}

fn numeric(op: &Numeric) -> Option<Reach> {
    let is_by_position = matches!(
        op,
        Numeric::Add(_)
            | Numeric::AddScalar(_)
            | Numeric::Sub(_)
            | Numeric::SubScalar(_)
            | Numeric::Mul(_)
            | Numeric::MulScalar(_)
            | Numeric::Div(_)
            | Numeric::DivScalar(_)
            | Numeric::Abs(_)
            | Numeric::Neg(_)
            | Numeric::Sign(_)
            | Numeric::PowiScalar(_)
            | Numeric::Clamp(_)
            | Numeric::ClampMin(_)
            | Numeric::ClampMax(_)
    );
    is_by_position.then_some(Reach::Position)
}

fn float(op: &Float) -> Option<Reach> {
    let is_by_position = matches!(
        op,
        Float::Exp(_)
            | Float::Log(_)
            | Float::Log1p(_)
            | Float::Erf(_)
            | Float::PowfScalar(_)
            | Float::Sqrt(_)
            | Float::Recip(_)
            | Float::Tanh(_)
            | Float::Sin(_)
            | Float::Cos(_)
    );
    is_by_position.then_some(Reach::Position)
}

fn activation(op: &Activation) -> Option<Reach> {
    let is_by_position = matches!(
        op,
        Activation::Relu(_)
            | Activation::LeakyRelu(_)
            | Activation::Gelu(_)
            | Activation::Sigmoid(_)
            | Activation::HardSigmoid(_)
            | Activation::LogSigmoid(_)
    );
    is_by_position.then_some(Reach::Position)
}

/// An average over a window that reaches into padding, which it doesn't count, depends on where the window is: such
/// an operation is none of these.
fn windowed(op: &Module) -> Option<Windowed> {
    let mut op = op.clone();
    let (windows, outside) = match &mut op {
        Module::Conv1d(op) => {
            let options = &mut op.options;
            let padding = std::mem::take(&mut options.padding).map(|it| it.0);
            let size = [op.weight.shape[2]];
            (
                Window::each(size, options.stride, padding, options.dilation),
                0.0,
            )
        }
        Module::Conv2d(op) => {
            let options = &mut op.options;
            let padding = std::mem::take(&mut options.padding).map(|it| it.0);
            let size = [2, 3].map(|axis| op.weight.shape[axis]);
            (
                Window::each(size, options.stride, padding, options.dilation),
                0.0,
            )
        }
        Module::Conv3d(op) => {
            let options = &mut op.options;
            let padding = std::mem::take(&mut options.padding);
            let size = [2, 3, 4].map(|axis| op.weight.shape[axis]);
            (
                Window::each(size, options.stride, padding, options.dilation),
                0.0,
            )
        }
        Module::MaxPool1d(op) => {
            op.ceil_mode = false;
            let padding = std::mem::take(&mut op.padding);
            let windows = Window::each([op.kernel_size], [op.stride], [padding], [op.dilation]);
            (windows, f32::NEG_INFINITY)
        }
        Module::MaxPool2d(op) => {
            op.ceil_mode = false;
            let padding = std::mem::take(&mut op.padding);
            let windows = Window::each(op.kernel_size, op.stride, padding, op.dilation);
            (windows, f32::NEG_INFINITY)
        }
        Module::AvgPool1d(op) if !op.ceil_mode && (op.count_include_pad || op.padding == 0) => {
            let padding = std::mem::take(&mut op.padding);
            (
                Window::each([op.kernel_size], [op.stride], [padding], [1]),
                0.0,
            )
        }
        Module::AvgPool2d(op)
            if !op.ceil_mode && (op.count_include_pad || op.padding == [0; 2]) =>
        {
            let padding = std::mem::take(&mut op.padding);
            (
                Window::each(op.kernel_size, op.stride, padding, [1; 2]),
                0.0,
            )
        }
        _ => return None,
    };
    Some(Windowed {
        windows,
        outside,
        op: OperationIr::Module(op),
    })
}
