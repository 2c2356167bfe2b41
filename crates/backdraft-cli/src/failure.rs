//! What the exit code tells.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

/// A failure with an exit code of its own; any other error has 1.
#[derive(Debug)]
pub enum Failure {
    /// The command line asks for what doesn't fit together.
    Usage(String),
    /// Some photos couldn't be explained, the others are.
    SomePhotos { failed: usize, total: usize },
}

/// The exit code of an error.
pub fn exit_code(error: &(dyn Error + 'static)) -> ExitCode {
    ExitCode::from(code(error))
}

fn code(error: &(dyn Error + 'static)) -> u8 {
    match error.downcast_ref() {
        Some(Failure::Usage(_)) => 2,
        Some(Failure::SomePhotos { .. }) => 3,
        None => 1,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(reason) => f.write_str(reason),
            Self::SomePhotos { failed, total } => {
                write!(f, "{failed} of {total} photos could not be explained")
            }
        }
    }
}

impl Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_exit_code() {
        let code = |error: Box<dyn Error>| code(&*error);
        assert_eq!(code("any error".into()), 1);
        assert_eq!(code(Failure::Usage("wrong".into()).into()), 2);
        let some = Failure::SomePhotos {
            failed: 1,
            total: 3,
        };
        assert_eq!(some.to_string(), "1 of 3 photos could not be explained");
        assert_eq!(code(some.into()), 3);
    }
}
