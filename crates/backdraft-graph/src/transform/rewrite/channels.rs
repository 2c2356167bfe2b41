//! Changing the channels of a hidden layer on both sides.

use burn::tensor::Tensor;

use crate::Error;
use crate::analysis::linear_layer::viewed;
use crate::transform::rewrite::channel_pairs::ChannelPair;
use crate::transform::rewrite::draft::Draft;

/// Changes how a hidden layer's channels are written, and how they are read. Both changes work on the middle
/// one of three dimensions.
pub(super) fn change(
    draft: &mut Draft<'_>,
    hidden: ChannelPair,
    written: impl Fn(Tensor<3>) -> Tensor<3>,
    read: impl Fn(Tensor<3>) -> Tensor<3>,
) -> Result<(), Error> {
    let mut writer = draft.linear_layer(hidden.writer);
    let weight = draft.value(&writer.weight)?;
    writer.weight = draft.constant(viewed(&weight, hidden.written, &written));
    if let Some(bias) = &mut writer.bias {
        let value = draft.value(bias)?;
        *bias = draft.constant(viewed(&value, [1, hidden.channels(), 1], &written));
    }
    draft.write(hidden.writer, writer);

    let mut reader = draft.linear_layer(hidden.reader);
    let weight = draft.value(&reader.weight)?;
    reader.weight = draft.constant(viewed(&weight, hidden.read, &read));
    draft.write(hidden.reader, reader);
    Ok(())
}
