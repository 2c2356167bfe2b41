//! What a command line asks for.

use std::fmt;

use crate::composite::CompositeName;
use crate::method::MethodName;

/// A method, with the composite by which it propagates relevance, if it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    pub method: MethodName,
    pub composite: Option<CompositeName>,
    /// Whether the method is asked for by other composites as well.
    is_one_of_several: bool,
}

impl Asked {
    /// The method, by each of the composites if it takes one: by the default one if there is none.
    pub fn each(method: MethodName, composites: &[CompositeName]) -> Vec<Self> {
        let asked = |composite| Self {
            method,
            composite,
            is_one_of_several: composites.len() > 1,
        };
        match composites {
            _ if !method.takes_composite() => vec![asked(None)],
            [] => vec![asked(Some(CompositeName::default()))],
            _ => composites.iter().copied().map(Some).map(asked).collect(),
        }
    }
}

/// The method's name; among several composites the composite's too: `lrp-epsilon-plus`.
impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.method)?;
        match self.composite {
            Some(composite) if self.is_one_of_several => write!(f, "-{composite}"),
            _ => Ok(()),
        }
    }
}
