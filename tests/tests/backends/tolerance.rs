//! How far a backend's numbers may be from those of Flex, and why.

use backdraft_tests::precision::roundings;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Attributions of small networks, as [`relative_l2`](backdraft_tests::relative_l2) of all values.
    Method,
    /// Outputs and input gradients of a module or an operation: the largest difference, relative to the largest
    /// value.
    Family,
    /// How far an axiom is from holding, which is a relative number.
    Axiom,
    /// Attributions in half precision, next to single precision on the same backend.
    Precision,
}

/// Backends add in another order, and have other approximations of `exp` and its relatives.
///
/// Where a unit's input is within rounding of zero, it may open on one backend and stay closed on another, which
/// changes what flows through it altogether. With these networks and inputs that doesn't happen.
pub fn tolerance(part: Part, backend: &str, what: &str) -> f64 {
    match (part, backend) {
        (Part::Family, "wgpu") if is_apart(backend, what) => 1e-3,
        (Part::Method, _) => of_method(what),
        // Ten times the largest seen, which is 1.6e-6.
        (Part::Family, _) => 1e-5,
        // Where contributions cancel relevance is divided by what is left of them: 2.9e-4 was seen, of LRP on a network
        // with biases of both signs.
        (Part::Axiom, _) if what == "completeness" => 1e-3,
        // Quotients of small differences: 6.6e-6 was seen.
        (Part::Axiom, _) => 1e-4,
        (Part::Precision, _) => roundings(what) * epsilon(what),
    }
}

/// How far the values of a method may be apart: ten times the largest seen, which is 1.6e-6, except where a method divides
/// by little.
fn of_method(name: &str) -> f64 {
    match name {
        // Windows of a blurred image are nearly equal, so that rounding chooses their maximum: 1.5e-3 was seen.
        "blur-ig" => 1e-2,
        // A difference of gradients a hundredth apart: 1.8e-5 was seen.
        "shapley-cam" => 1e-4,
        // The denominator of its weights passes near zero: 3.3e-4 was seen.
        "smooth-grad-cam++" => 3e-3,
        _ => 1e-5,
    }
}

/// From one to the next larger number of a precision.
fn epsilon(what: &str) -> f64 {
    2f64.powi(if what.starts_with("F16") { -10 } else { -7 })
}

/// Whether a case has a row of its own. WGSL's `asin` and `acos` may be off by a few units in 10^-4, and the
/// software driver's are.
pub fn is_apart(backend: &str, case: &str) -> bool {
    backend == "wgpu" && matches!(case, "acos" | "asin")
}
