//! Layers.

use burn::backend::ir::ModuleOperationIr as Op;

use crate::OpKind;
use crate::ir::semantics::refusal::GRADIENT;
use crate::ir::semantics::row::{Flops, Hidden, KeptOperands, Placement, Semantics};

pub(super) fn of(op: &Op) -> Semantics {
    // Most keep their operands even where only the shape matters.
    let layer = |kind| Semantics::new(kind).keeping_operands(KeptOperands::All);
    match op {
        Op::Conv1d(_) | Op::Conv2d(_) | Op::Conv3d(_) | Op::DeformableConv2d(_) => {
            layer(OpKind::Convolution).counted(Flops::Convolution)
        }
        Op::ConvTranspose1d(_) | Op::ConvTranspose2d(_) | Op::ConvTranspose3d(_) => {
            layer(OpKind::TransposedConvolution).counted(Flops::TransposedConvolution)
        }
        Op::Linear(_) => Semantics::new(OpKind::Linear)
            .keeping_operands(KeptOperands::Factors)
            .counted(Flops::Products),
        Op::Embedding(_) => Semantics::new(OpKind::Embedding).counted(Flops::Nothing),
        Op::BatchNorm(_) => Semantics::elementwise(OpKind::BatchNorm),
        Op::LayerNorm(_) => Semantics::new(OpKind::LayerNorm).hiding(Hidden::Results(1)),
        Op::MaxPool1d(_) => Semantics::new(OpKind::MaxPool)
            .keeping(&[0])
            .hiding(Hidden::Indices),
        // Its output.
        Op::MaxPool2d(_) => Semantics::new(OpKind::MaxPool)
            .keeping(&[0])
            .hiding(Hidden::Results(1)),
        Op::MaxPool1dWithIndices(_) | Op::MaxPool2dWithIndices(_) => layer(OpKind::MaxPool),
        Op::AvgPool1d(_)
        | Op::AvgPool2d(_)
        | Op::AdaptiveAvgPool1d(_)
        | Op::AdaptiveAvgPool2d(_)
        | Op::AdaptiveAvgPool3d(_) => layer(OpKind::AveragePool),
        Op::Attention(_) => Semantics::new(OpKind::Attention)
            .keeping(&[0, 1, 2])
            .hiding(Hidden::Scores(3))
            .counted(Flops::Attention),
        Op::Interpolate(_) => layer(OpKind::Affine).placed(Placement::New, Placement::New),
        Op::Unfold4d(_) => Semantics::new(OpKind::Shape).counted(Flops::Nothing),
        // A loss.
        Op::CtcLoss(_) => layer(OpKind::Other),
        Op::EmbeddingBackward(_)
        | Op::LinearXBackward(_)
        | Op::LinearWeightBackward(_)
        | Op::LinearBiasBackward(_)
        | Op::Conv1dXBackward(_)
        | Op::Conv1dWeightBackward(_)
        | Op::Conv1dBiasBackward(_)
        | Op::Conv2dXBackward(_)
        | Op::Conv2dWeightBackward(_)
        | Op::Conv2dBiasBackward(_)
        | Op::Conv3dXBackward(_)
        | Op::Conv3dWeightBackward(_)
        | Op::Conv3dBiasBackward(_)
        | Op::DeformableConv2dBackward(_)
        | Op::AvgPool1dBackward(_)
        | Op::AvgPool2dBackward(_)
        | Op::AdaptiveAvgPool1dBackward(_)
        | Op::AdaptiveAvgPool2dBackward(_)
        | Op::AdaptiveAvgPool3dBackward(_)
        | Op::MaxPool1dWithIndicesBackward(_)
        | Op::MaxPool2dWithIndicesBackward(_)
        | Op::InterpolateBackward(_)
        | Op::CtcLossBackward(_)
        | Op::ConvTranspose1dWeightBackward(_)
        | Op::ConvTranspose1dBiasBackward(_)
        | Op::ConvTranspose2dWeightBackward(_)
        | Op::ConvTranspose2dBiasBackward(_)
        | Op::ConvTranspose3dWeightBackward(_)
        | Op::ConvTranspose3dBiasBackward(_) => Semantics::refused(GRADIENT),
    }
}
