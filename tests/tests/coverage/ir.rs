//! Every operation of Burn's intermediate representation, and why some can't occur.

use burn::backend::ir::{
    ActivationOperationIr, BaseOperationIr, BoolOperationIr, FloatOperationIr, IntOperationIr,
    ModuleOperationIr, NumericOperationIr, OperationIr,
};

use crate::recording::Variants;

macro_rules! variants {
    ($($list:ident = $enum:ident { $($variant:ident),* $(,)? })*) => { $(
        const $list: &[&str] = &[$(stringify!($variant)),*];

        // Doesn't compile when Burn gains or loses an operation.
        const _: fn(&$enum) = |op| match op {
            $($enum::$variant(_) => (),)*
        };
    )* };
}

variants! {
    BASE = BaseOperationIr {
        Reshape, SwapDims, Permute, Flip, Expand, Unfold, Slice, SliceAssign, Select,
        SelectAssign, MaskWhere, MaskFill, Gather, Scatter, ScatterNd, GatherNd, Equal,
        EqualElem, RepeatDim, Cat, Cast, Empty, Ones, Zeros, NotEqual, NotEqualElem, All,
        Any, AllDim, AnyDim,
    }
    NUMERIC = NumericOperationIr {
        Add, AddScalar, Sub, SubScalar, Div, DivScalar, Rem, RemScalar, Mul, MulScalar, Abs,
        Full, MeanDim, Mean, Sum, SumDim, SumDims, Prod, ProdDim, Greater, GreaterElem,
        GreaterEqual, GreaterEqualElem, Lower, LowerElem, LowerEqual, LowerEqualElem, ArgMax,
        ArgTopK, TopK, TopKWithIndices, ArgMin, Max, MaxDimWithIndices, MinDimWithIndices,
        Min, MaxDim, MinDim, MaxAbs, MaxAbsDim, Clamp, IntRandom, Powi, PowiScalar, CumSum,
        CumProd, CumMin, CumMax, Neg, Sign, ClampMin, ClampMax, Sort, SortWithIndices,
        ArgSort, Pad,
    }
    FLOAT = FloatOperationIr {
        Exp, Log, Log1p, Erf, PowfScalar, Sqrt, Cos, Cosh, Sin, Sinh, Tan, Tanh, ArcCos,
        ArcCosh, ArcSin, ArcSinh, ArcTan, ArcTanh, ArcTan2, Round, Floor, Ceil, Trunc,
        IntoInt, Matmul, Cross, Random, Recip, IsNan, IsInf, Quantize, Dequantize,
        GridSample2d, Powf, Hypot,
    }
    INT = IntOperationIr {
        IntoFloat, BitwiseAnd, BitwiseAndScalar, BitwiseOr, BitwiseOrScalar, BitwiseXor,
        BitwiseXorScalar, BitwiseNot, BitwiseLeftShift, BitwiseLeftShiftScalar,
        BitwiseRightShift, BitwiseRightShiftScalar, Matmul,
    }
    BOOL = BoolOperationIr {
        IntoFloat, IntoInt, Not, And, Or, Xor,
    }
    MODULE = ModuleOperationIr {
        BatchNorm, Embedding, EmbeddingBackward, Linear, LinearXBackward,
        LinearWeightBackward, LinearBiasBackward, Conv1d, Conv1dXBackward,
        Conv1dWeightBackward, Conv1dBiasBackward, Conv2d, Conv2dXBackward,
        Conv2dWeightBackward, Conv2dBiasBackward, Conv3d, Conv3dXBackward,
        Conv3dWeightBackward, Conv3dBiasBackward, DeformableConv2d, DeformableConv2dBackward,
        ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, AvgPool1d, AvgPool2d,
        AvgPool1dBackward, AvgPool2dBackward, AdaptiveAvgPool1d, AdaptiveAvgPool2d,
        AdaptiveAvgPool1dBackward, AdaptiveAvgPool2dBackward, AdaptiveAvgPool3d,
        AdaptiveAvgPool3dBackward, MaxPool1d, MaxPool1dWithIndices,
        MaxPool1dWithIndicesBackward, MaxPool2d, MaxPool2dWithIndices,
        MaxPool2dWithIndicesBackward, Interpolate, InterpolateBackward, Attention, CtcLoss,
        CtcLossBackward, LayerNorm, Unfold4d, ConvTranspose1dWeightBackward,
        ConvTranspose1dBiasBackward, ConvTranspose2dWeightBackward,
        ConvTranspose2dBiasBackward, ConvTranspose3dWeightBackward,
        ConvTranspose3dBiasBackward,
    }
    ACTIVATION = ActivationOperationIr {
        Relu, ReluBackward, LeakyRelu, PRelu, Gelu, GeluBackward, Sigmoid, SigmoidBackward,
        HardSigmoid, LogSigmoid, LogSigmoidBackward, Softmax, LogSoftmax, Softmin,
    }
}

/// The operations by family, as `OperationIr` has them.
const FAMILIES: [(&str, &[&str]); 10] = [
    ("BaseFloat", BASE),
    ("BaseInt", BASE),
    ("BaseBool", BASE),
    ("NumericFloat", NUMERIC),
    ("NumericInt", NUMERIC),
    ("Float", FLOAT),
    ("Int", INT),
    ("Bool", BOOL),
    ("Module", MODULE),
    ("Activation", ACTIVATION),
];

/// Operations of inference that no row can contain, with the reason.
pub const UNREACHABLE: &[(&str, &str, &str)] = &[
    ("BaseBool", "Cast", "recorded as IntoInt or IntoFloat"),
    ("BaseBool", "Gather", "Burn's run-time dispatch panics"),
    ("BaseBool", "GatherNd", "Burn has it for numbers only"),
    ("BaseBool", "ScatterNd", "Burn has it for numbers only"),
    ("BaseBool", "Select", "Burn's run-time dispatch panics"),
    ("Float", "Dequantize", "quantized tensors are refused"),
    ("Float", "IsInf", "recorded as Abs and EqualElem"),
    ("Float", "IsNan", "recorded as NotEqual to itself"),
    ("Float", "Quantize", "quantized tensors are refused"),
    ("Float", "Random", "random numbers are refused"),
    ("Module", "CtcLoss", "recorded as its steps"),
    (
        "Module",
        "Linear",
        "recorded as Matmul and Add, of which the capture makes one Linear",
    ),
    ("NumericFloat", "IntRandom", "random numbers are refused"),
    ("NumericFloat", "Powi", "recorded as Powf"),
    ("NumericInt", "IntRandom", "random numbers are refused"),
    (
        "NumericInt",
        "SumDims",
        "recorded as one SumDim after the other",
    ),
];

/// Every operation, backward passes aside: networks are captured in inference.
pub fn all() -> Variants {
    let named = |(family, names): (&'static str, &[&str])| {
        let forward = names.iter().filter(|name| !name.ends_with("Backward"));
        forward
            .map(|name| (family, (*name).to_owned()))
            .collect::<Vec<_>>()
    };
    FAMILIES.into_iter().flat_map(named).collect()
}

/// Family and name of an operation.
pub fn variant(op: &OperationIr) -> (&'static str, String) {
    match op {
        OperationIr::BaseFloat(op) => ("BaseFloat", name(op)),
        OperationIr::BaseInt(op) => ("BaseInt", name(op)),
        OperationIr::BaseBool(op) => ("BaseBool", name(op)),
        OperationIr::NumericFloat(_, op) => ("NumericFloat", name(op)),
        OperationIr::NumericInt(_, op) => ("NumericInt", name(op)),
        OperationIr::Bool(op) => ("Bool", name(op)),
        OperationIr::Int(op) => ("Int", name(op)),
        OperationIr::Float(_, op) => ("Float", name(op)),
        OperationIr::Module(op) => ("Module", name(op)),
        OperationIr::Activation(op) => ("Activation", name(op)),
        OperationIr::Init(_)
        | OperationIr::Custom(_)
        | OperationIr::Drop(_)
        | OperationIr::Distributed(_) => ("Other", name(op)),
    }
}

fn name(op: &impl std::fmt::Debug) -> String {
    let text = format!("{op:?}");
    text.split('(').next().unwrap_or_default().to_owned()
}
