//! A game whose values are known by hand.

use burn::tensor::{Device, Float, Int, Tensor};

use crate::{AnyTensor, BlackBox, Class, Method, Model, Regions};

/// `x0 x1 + x2` as class 0, and `x0 + x1 + x2` as class 1.
pub(super) fn product_and_sum() -> impl Model {
    BlackBox::new(|inputs: &[AnyTensor]| {
        let x = inputs[0].to_tensor::<2, Float>()?;
        let [a, b, c] = [0, 1, 2].map(|column| x.clone().narrow(1, column, 1));
        let classes = Tensor::cat(vec![a.clone() * b.clone() + c.clone(), a + b + c], 1);
        Ok(vec![classes.into()])
    })
}

pub(super) fn x() -> Tensor<2> {
    Tensor::from_data([[2.0, 3.0, 5.0], [2.0, -1.0, 0.0]], &Device::flex())
}

/// The regions' values of both samples, for class 0.
pub(super) fn values<T>(method: &T) -> [Vec<f32>; 2]
where
    T: Method<dyn Model>,
{
    let model = product_and_sum();
    let model: &dyn Model = &model;
    let result = method.attribute(model, x(), Class(0)).unwrap();
    [0, 1].map(|sample| result.regions().unwrap().values(sample).to_vec())
}

/// Checks that rows whose regions differ get what each gets if its regions are those of all.
pub(super) fn assert_rows_have_their_own<T>(method: impl Fn(Regions) -> T)
where
    T: Method<dyn Model>,
{
    let labels = [[0, 1, 1], [1, 0, 1]];
    let of = |labels: Tensor<2, Int>| values(&method(Regions::labels(labels)));
    let together = of(Tensor::from_data(labels, &Device::flex()));
    for (row, labels) in labels.into_iter().enumerate() {
        let alone = of(Tensor::from_data([labels], &Device::flex()));
        assert_eq!(together[row], alone[row], "row {row}");
    }
}
