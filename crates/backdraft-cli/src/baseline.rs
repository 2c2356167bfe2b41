//! Baselines by name.

use std::str::FromStr;

use backdraft::Baseline;
use backdraft::image::Normalization;

/// What a photo is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BaselineName {
    Zero,
    Black,
    White,
    Gray,
    /// With a standard deviation in pixels of what the network sees.
    Blur(f64),
    Uniform,
    Gaussian,
    Average,
    Background,
}

impl BaselineName {
    pub const HELP: &str = "What the photo is compared with: zero (for the network), black, white, \
        gray, blur or blur:SIGMA (20 pixels if left out), uniform or gaussian (noise), average (of \
        black, white and blur), background (a set of colors, blurs and noise). Average if left \
        out, background for gradient-shap and deep-lift-shap, and blur for methods that replace regions";

    /// The standard deviation of a blur, if it isn't given.
    pub const SIGMA: f64 = 20.0;

    /// Whether it depends on the seed.
    pub fn is_random(self) -> bool {
        matches!(self, Self::Uniform | Self::Gaussian | Self::Background)
    }

    /// The baseline for photos that are normalized as the network wants.
    pub fn build(self, seed: u64, normalization: &Normalization) -> Baseline {
        let gray = |level: f32| Baseline::color([level; 3], normalization);
        match self {
            Self::Zero => Baseline::zeros(),
            Self::Black => gray(0.0),
            Self::White => gray(1.0),
            Self::Gray => gray(0.5),
            Self::Blur(sigma) => Baseline::blurred(sigma),
            Self::Uniform => uniform(seed, normalization),
            Self::Gaussian => Baseline::gaussian(0.0, 0.5, seed),
            Self::Average => {
                let names = [Self::Black, Self::White, Self::Blur(Self::SIGMA)];
                Baseline::average(names.map(|name| name.build(seed, normalization)))
            }
            Self::Background => background(seed, normalization),
        }
    }
}

/// Every value between black and white.
fn uniform(seed: u64, normalization: &Normalization) -> Baseline {
    // The network normalizes all channels alike.
    let [black, ..] = normalization.value_of([0.0; 3]);
    let [white, ..] = normalization.value_of([1.0; 3]);
    Baseline::uniform(black, white, seed)
}

/// Photos without content: what is in all of them is not what the network sees in a photo.
fn background(seed: u64, normalization: &Normalization) -> Baseline {
    let grays = [0.0, 0.25, 0.5, 0.75, 1.0].map(|level| [level; 3]);
    let colors = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let colors =
        (grays.into_iter().chain(colors)).map(|color| Baseline::color(color, normalization));
    let blurs = [10.0, 20.0, 40.0].map(Baseline::blurred);
    let noise = (0..3).map(|draw| uniform(seed.wrapping_add(draw), normalization));
    Baseline::average(colors.chain(blurs).chain(noise))
}

impl FromStr for BaselineName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "zero" => Self::Zero,
            "black" => Self::Black,
            "white" => Self::White,
            "gray" => Self::Gray,
            "blur" => Self::Blur(Self::SIGMA),
            "uniform" | "noise" => Self::Uniform,
            "gaussian" => Self::Gaussian,
            "average" => Self::Average,
            "background" => Self::Background,
            _ => Self::Blur(sigma(name)?),
        })
    }
}

fn sigma(name: &str) -> Result<f64, String> {
    let sigma = name.strip_prefix("blur:").ok_or(
        "choose one of zero, black, white, gray, blur, blur:SIGMA, uniform, gaussian, average, \
         background",
    )?;
    let number = sigma.parse().ok();
    (number.filter(|sigma: &f64| sigma.is_finite() && *sigma > 0.0))
        .ok_or_else(|| format!("`{sigma}` is not a positive number of pixels"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blur_takes_its_width() {
        assert_eq!("blur".parse(), Ok(BaselineName::Blur(20.0)));
        assert_eq!("blur:3.5".parse(), Ok(BaselineName::Blur(3.5)));
    }

    #[test]
    fn other_words_are_refused() {
        for name in ["blur:", "blur:0", "blur:-1", "blur:NaN", "blur:wide"] {
            let error = name.parse::<BaselineName>().unwrap_err();
            assert!(
                error.ends_with("is not a positive number of pixels"),
                "{error}"
            );
        }
        let error = "purple".parse::<BaselineName>().unwrap_err();
        assert!(error.starts_with("choose one of zero, black"), "{error}");
    }
}
