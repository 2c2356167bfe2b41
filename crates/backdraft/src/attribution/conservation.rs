//! Whether relevance arrived.

/// What became of one sample's relevance between two places, from the outputs to the inputs as a rule.
///
/// Rules of layer-wise relevance propagation conserve it but for what they leave in biases and in stabilizers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conservation {
    /// What there was: of a class, its score.
    pub given: f64,
    /// What arrived.
    pub received: f64,
}

impl Conservation {
    /// What was lost on the way: what there was less what arrived.
    pub fn lost(&self) -> f64 {
        self.given - self.received
    }

    /// The same as a fraction of what there was: negative if more arrived, above one if what arrived has the other sign;
    /// `None` if there was nothing.
    pub fn relative(&self) -> Option<f64> {
        (self.given != 0.0).then(|| self.lost() / self.given)
    }
}

#[cfg(test)]
mod tests {
    use super::Conservation;

    #[test]
    fn what_is_lost_is_relative_to_what_there_was() {
        let of = |given, received| {
            let conservation = Conservation { given, received };
            (conservation.lost(), conservation.relative())
        };
        assert_eq!(of(4.0, 3.0), (1.0, Some(0.25)));
        assert_eq!(of(-4.0, -3.0), (-1.0, Some(0.25)));
        assert_eq!(of(4.0, 6.0), (-2.0, Some(-0.5)));
        assert_eq!(of(0.0, 1.0), (-1.0, None));
    }
}
