//! The input on which a map is drawn.

use backdraft_graph::Planes;

use crate::{Error, Inputs};

/// The input that is explained, which must be one, with channels and space.
pub(crate) fn only_input_with_space(
    inputs: &Inputs,
    what: &'static str,
    help: &'static str,
) -> Result<(usize, Planes), Error> {
    let explained: Vec<usize> = inputs.explained().collect();
    let has_space = |input: usize| inputs.tensors()[input].shape().num_dims() > 2;
    let is_known = |position: usize| inputs.planes()[position].is_some();
    match explained[..] {
        [input] if is_known(0) || has_space(input) => Ok((input, inputs.image_planes()[0])),
        _ => {
            let shapes = explained.iter().map(|&it| inputs.tensors()[it].shape());
            let shapes: Vec<String> = shapes.map(|it| format!("{:?}", it.as_slice())).collect();
            Err(Error::WrongShape {
                what,
                needs: "one explained input with channels and space",
                shape: shapes.join(", "),
                help,
            })
        }
    }
}

/// The sizes of its dimensions of space.
pub(crate) fn space_of_the_only_input(
    inputs: &Inputs,
    what: &'static str,
) -> Result<Vec<usize>, Error> {
    let (_, planes) = only_input_with_space(inputs, what, "")?;
    let input = &inputs.floats()?[0];
    let arranged = planes.channels_first(&input.shape()).apply(input);
    Ok(arranged
        .shape()
        .iter()
        .skip(2 + planes.frames)
        .copied()
        .collect())
}
