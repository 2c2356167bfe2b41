//! The weights of an LSTM, from `PyTorch`'s layout to Burn's.

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

/// `PyTorch` stacks the gates in this order.
const GATES: [&str; 4] = ["input_gate", "forget_gate", "cell_gate", "output_gate"];

/// What `PyTorch` calls the parts of a layer's one gate, and what Burn does.
const PARTS: [(&str, &str); 4] = [
    ("weight_ih_l0", "input_transform.weight"),
    ("weight_hh_l0", "hidden_transform.weight"),
    ("bias_ih_l0", "input_transform.bias"),
    ("bias_hh_l0", "hidden_transform.bias"),
];

/// A safetensors file in which every gate of an LSTM has tensors of its own, as in [`burn::nn::Lstm`].
///
/// `PyTorch` stacks the four gates in one tensor. Each gate's part stays as `PyTorch` lays out the
/// weights of a linear layer, and all other tensors stay as they are.
///
/// # Panics
/// If `file` is no safetensors file, or an LSTM's tensor does not have four equal parts.
pub(super) fn separate_gates(file: &[u8]) -> Vec<u8> {
    let tensors = SafeTensors::deserialize(file).expect("a safetensors file");
    let separated = tensors
        .iter()
        .flat_map(|(name, tensor)| match burn_part(name) {
            Some((lstm, part)) => gates(&tensor)
                .map(|(gate, view)| (format!("{lstm}.{gate}.{part}"), view))
                .collect(),
            None => vec![(name.to_owned(), tensor)],
        });
    safetensors::serialize(separated, None).expect("the tensors can be written")
}

/// The path of the LSTM that this tensor is a part of, and Burn's name of the part.
fn burn_part(name: &str) -> Option<(&str, &'static str)> {
    let (lstm, part) = name.rsplit_once('.')?;
    let mut parts = PARTS.iter();
    let &(_, burn) = parts.find(|(pytorch, _)| *pytorch == part)?;
    Some((lstm, burn))
}

/// The four gates' rows of a tensor.
fn gates<'a>(stacked: &TensorView<'a>) -> impl Iterator<Item = (&'static str, TensorView<'a>)> {
    let mut shape = stacked.shape().to_vec();
    assert_eq!(shape[0] % 4, 0, "an LSTM has four gates");
    shape[0] /= 4;
    let dtype = stacked.dtype();
    let chunks = stacked.data().chunks_exact(stacked.data().len() / 4);
    GATES.into_iter().zip(chunks).map(move |(gate, bytes)| {
        let view = TensorView::new(dtype, shape.clone(), bytes).expect("a quarter of the bytes");
        (gate, view)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::Dtype;

    fn view(shape: &[usize], bytes: &'static [u8]) -> TensorView<'static> {
        TensorView::new(Dtype::U8, shape.to_vec(), bytes).unwrap()
    }

    #[test]
    fn every_gate_gets_its_rows() {
        let file = [
            ("a.lstm.weight_hh_l0", view(&[4, 2], b"iIfFcCoO")),
            ("a.lstm.bias_ih_l0", view(&[8], b"iIfFcCoO")),
            ("fc.weight", view(&[1, 3], b"xyz")),
        ];
        let separated = separate_gates(&safetensors::serialize(file, None).unwrap());
        let separated = SafeTensors::deserialize(&separated).unwrap();
        assert_eq!(separated.len(), 9);
        let check = |name: &str, shape: &[usize], bytes: &[u8]| {
            let tensor = separated.tensor(name).unwrap();
            assert_eq!((tensor.shape(), tensor.data()), (shape, bytes), "{name}");
        };
        check("a.lstm.input_gate.hidden_transform.weight", &[1, 2], b"iI");
        check("a.lstm.cell_gate.hidden_transform.weight", &[1, 2], b"cC");
        check("a.lstm.forget_gate.input_transform.bias", &[2], b"fF");
        check("a.lstm.output_gate.input_transform.bias", &[2], b"oO");
        check("fc.weight", &[1, 3], b"xyz");
    }

    #[test]
    #[should_panic(expected = "four gates")]
    fn a_tensor_without_four_gates_is_refused() {
        let file = [("lstm.bias_ih_l0", view(&[3], b"abc"))];
        separate_gates(&safetensors::serialize(file, None).unwrap());
    }
}
