//! Sorting and ranking.

use burn::tensor::Tensor;
use burn::tensor::kind::Ordered;

use crate::coverage::case::{Case, op};
use crate::coverage::inputs::Input;

type T<K> = Tensor<3, K>;

pub fn cases<K: Ordered>(values: fn() -> Input) -> Vec<Case> {
    let cases = vec![
        op("sort", [values()], |x: T<K>| x.sort(2)),
        op("sort_descending", [values()], |x: T<K>| {
            x.sort_descending(1)
        }),
        op("sort_with_indices", [values()], |x: T<K>| {
            x.sort_with_indices(2)
        }),
        op("argsort", [values()], |x: T<K>| x.argsort(2)),
        op("argsort_descending", [values()], |x: T<K>| {
            x.argsort_descending(2)
        }),
        op("topk", [values()], |x: T<K>| x.topk(2, 2)),
        op("topk_with_indices", [values()], |x: T<K>| {
            x.topk_with_indices(2, 2)
        }),
        op("argtopk", [values()], |x: T<K>| x.argtopk(2, 2)),
        op("argmax", [values()], |x: T<K>| x.argmax(2)),
        op("argmin", [values()], |x: T<K>| x.argmin(1)),
    ];
    let kind = K::name().to_lowercase();
    let named = |case: Case| Case {
        name: format!("{} of {kind}", case.name),
        ..case
    };
    cases.into_iter().map(named).collect()
}
