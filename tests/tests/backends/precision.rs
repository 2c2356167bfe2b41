//! Half precision where a backend has it, next to single precision on the same backend.

use backdraft_tests::precision::errors;
use burn::tensor::DType;

use crate::backend::Backend;
use crate::table::Table;
use crate::tolerance::Part;

/// Prints which backends lack which precision.
pub fn compare(backends: &[Backend], table: &mut Table) {
    for Backend { name, device } in backends {
        for precision in [DType::F16, DType::BF16] {
            if !device.supports_dtype(precision) {
                println!("{precision:?} on {name}: the device has none");
                continue;
            }
            for (method, error) in errors(device, precision, precision) {
                let what = format!("{precision:?}, {method}");
                table.add(Part::Precision, &what, name, "", error);
            }
        }
    }
}
