//! What methods replace together, as a command line says it.

use std::num::NonZeroUsize;
use std::str::FromStr;

use backdraft::Regions;

/// What methods replace together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegionsName {
    Elements,
    Positions,
    Channels,
    /// Cells along each dimension, or along all.
    Grid(Vec<usize>),
    /// Height and width of a window, and of its steps.
    Windows {
        sizes: Vec<usize>,
        strides: Vec<usize>,
    },
    Slic(usize),
}

impl RegionsName {
    pub const HELP: &str = "What is replaced together, for methods that replace regions: grid:7 or grid:7x5 (cells), \
        slic:60 (superpixels), window:32/16 or window:32x16/16x8 (size and step in pixels of what the network sees), \
        positions, channels, elements. Left out, windows of a seventh of each side for occlusion, a grid of 7 for methods \
        that look at some coalitions, and of 3 for those that look at all";

    /// The regions of photos.
    pub fn build(&self) -> Regions {
        match self {
            Self::Elements => Regions::elements(),
            Self::Positions => Regions::positions(),
            Self::Channels => Regions::channels(),
            Self::Grid(cells) => Regions::grid(cells.clone()),
            Self::Windows { sizes, strides } => Regions::windows(sizes.clone(), strides.clone()),
            Self::Slic(count) => Regions::superpixels(*count),
        }
    }
}

impl FromStr for RegionsName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, rest) = match text.split_once(':') {
            Some((kind, rest)) => (kind, Some(rest)),
            None => (text, None),
        };
        match (kind, rest) {
            ("elements", None) => Ok(Self::Elements),
            ("positions", None) => Ok(Self::Positions),
            ("channels", None) => Ok(Self::Channels),
            ("grid", Some(cells)) if cells.contains('x') => Ok(Self::Grid(sides(cells)?)),
            ("grid", Some(cells)) => Ok(Self::Grid(vec![number(cells)?])),
            ("slic", Some(count)) => Ok(Self::Slic(number(count)?)),
            ("window", Some(window)) => {
                let (sizes, strides) = window.split_once('/').ok_or_else(|| {
                    format!("`{text}` has no step: say window:SIZE/STEP, such as window:32/16")
                })?;
                Ok(Self::Windows {
                    sizes: sides(sizes)?,
                    strides: sides(strides)?,
                })
            }
            ("grid" | "slic", None) => Err(format!("`{kind}` needs a number, such as {kind}:9")),
            ("window", None) => Err("`window` needs a size and a step, such as window:32/16".into()),
            _ => Err(
                "choose one of grid:CELLS, slic:COUNT, window:SIZE/STEP, positions, channels, elements"
                    .into(),
            ),
        }
    }
}

/// Height and width, or one number for both.
fn sides(text: &str) -> Result<Vec<usize>, String> {
    match text.split_once('x') {
        Some((height, width)) => Ok(vec![number(height)?, number(width)?]),
        None => Ok(vec![number(text)?; 2]),
    }
}

fn number(text: &str) -> Result<usize, String> {
    let number: Result<NonZeroUsize, _> = text.parse();
    let number = number.map_err(|_| format!("`{text}` is not a whole number above zero"))?;
    Ok(number.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_said_in_a_word() {
        let windows = |sizes: [usize; 2], strides: [usize; 2]| RegionsName::Windows {
            sizes: sizes.to_vec(),
            strides: strides.to_vec(),
        };
        for (text, expected) in [
            ("elements", RegionsName::Elements),
            ("positions", RegionsName::Positions),
            ("channels", RegionsName::Channels),
            ("grid:7", RegionsName::Grid(vec![7])),
            ("grid:7x5", RegionsName::Grid(vec![7, 5])),
            ("slic:60", RegionsName::Slic(60)),
            ("window:32/16", windows([32, 32], [16, 16])),
            ("window:32x16/8", windows([32, 16], [8, 8])),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            ("grid", "`grid` needs a number, such as grid:9"),
            ("slic", "`slic` needs a number, such as slic:9"),
            (
                "window",
                "`window` needs a size and a step, such as window:32/16",
            ),
            (
                "window:32",
                "`window:32` has no step: say window:SIZE/STEP, such as window:32/16",
            ),
            ("slic:0", "`0` is not a whole number above zero"),
            ("grid:7x", "`` is not a whole number above zero"),
            ("grid:1x2x3", "`2x3` is not a whole number above zero"),
            ("window:a/2", "`a` is not a whole number above zero"),
        ] {
            assert_eq!(text.parse::<RegionsName>(), Err(expected.into()), "{text}");
        }
        for text in ["", "cells:3", "elements:3"] {
            let error = text.parse::<RegionsName>().unwrap_err();
            assert!(error.starts_with("choose one of grid:CELLS"), "{error}");
        }
    }
}
