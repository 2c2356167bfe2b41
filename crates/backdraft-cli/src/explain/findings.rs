//! All that was found out about one photo.

use backdraft::evaluation::Report;

use crate::answer::{Prediction, Target};
use crate::explain::explanation::Explanation;
use crate::subject::Subject;

/// All that was found out about one photo.
pub struct Findings {
    pub subject: Subject,
    /// The class that is explained.
    pub target: Target,
    /// The most probable classes.
    pub top5: Vec<Prediction>,
    pub explanations: Explanations,
    /// Which axioms each method keeps, if that was asked for.
    pub checks: Vec<Report>,
}

/// The results of all methods, without their pictures, which would fill the memory.
pub enum Explanations {
    /// Of the only method.
    One(Box<Explanation>),
    /// Of each method, in order.
    Several(Vec<Explanation>),
}
