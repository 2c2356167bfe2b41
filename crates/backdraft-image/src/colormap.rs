use std::fmt;

use colorgrad::{Gradient, preset};

/// From intensity to color.
///
/// Equal steps of intensity look like about equal steps of color. *Sequential* maps run from dark
/// (0) to light (1), so that lightness alone tells the order, in gray print and to color-blind
/// eyes. *Diverging* maps grow darker from a neutral, nearly white middle (0) to two ends: one
/// color for negative, one for positive values. Rainbow maps such as jet and turbo are left out,
/// because they draw edges where the data has none.
///
/// Names for [`FromStr`](std::str::FromStr) are the lower-case ones below.
///
/// # Example
///
/// ```
/// use backdraft_image::ColorMap;
///
/// let map: ColorMap = "viridis".parse()?;
/// assert_eq!(map, ColorMap::Viridis);
/// assert!("jet".parse::<ColorMap>().is_err());
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ColorMap {
    /// `inferno`: black, purple, orange, pale yellow. The default for sequential intensities.
    #[default]
    Inferno,
    /// `magma`: black, purple, pink, cream.
    Magma,
    /// `plasma`: blue, pink, yellow.
    Plasma,
    /// `viridis`: purple, green, yellow.
    Viridis,
    /// `cividis`: blue, gray, yellow; looks nearly the same with and without red-green blindness.
    Cividis,
    /// `blue-red`: diverging, blue for negative and red for positive. The default for signed
    /// intensities.
    BlueRed,
    /// `purple-orange`: diverging, purple for negative and orange for positive, for photos in
    /// which blue or red would drown.
    PurpleOrange,
}

impl ColorMap {
    /// All color maps, sequential ones first.
    pub const ALL: [Self; 7] = [
        Self::Inferno,
        Self::Magma,
        Self::Plasma,
        Self::Viridis,
        Self::Cividis,
        Self::BlueRed,
        Self::PurpleOrange,
    ];

    /// Whether zero is a neutral middle between two colors.
    pub fn is_diverging(self) -> bool {
        matches!(self, Self::BlueRed | Self::PurpleOrange)
    }

    /// The name, as accepted by [`FromStr`](std::str::FromStr).
    pub fn name(self) -> &'static str {
        match self {
            Self::Inferno => "inferno",
            Self::Magma => "magma",
            Self::Plasma => "plasma",
            Self::Viridis => "viridis",
            Self::Cividis => "cividis",
            Self::BlueRed => "blue-red",
            Self::PurpleOrange => "purple-orange",
        }
    }

    /// All names, for messages.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// The color at a place of the map, from 0 (first color) to 1 (last color), as red, green
    /// and blue. Zero of a diverging map is at 0.5.
    pub fn color(self, place: f32) -> [u8; 3] {
        self.pick(&*self.gradient(), place)
    }

    /// All colors of the map in even steps, for drawing many pixels.
    pub(crate) fn palette(self) -> Palette {
        let gradient = self.gradient();
        Palette(
            (0..=Palette::STEPS)
                .map(|step| self.pick(&*gradient, Palette::place(step)))
                .collect(),
        )
    }

    fn pick(self, gradient: &dyn Gradient, place: f32) -> [u8; 3] {
        // The gradient of this name starts with red; positive values are to be red.
        let place = if self == Self::BlueRed {
            1.0 - place
        } else {
            place
        };
        let [red, green, blue, _] = gradient.at(place).to_rgba8();
        [red, green, blue]
    }

    fn gradient(self) -> Box<dyn Gradient> {
        match self {
            Self::Inferno => Box::new(preset::inferno()),
            Self::Magma => Box::new(preset::magma()),
            Self::Plasma => Box::new(preset::plasma()),
            Self::Viridis => Box::new(preset::viridis()),
            Self::Cividis => Box::new(preset::cividis()),
            Self::BlueRed => Box::new(preset::rd_bu()),
            Self::PurpleOrange => Box::new(preset::pu_or()),
        }
    }
}

/// The colors of a map in even steps from its first to its last.
pub(crate) struct Palette(Vec<[u8; 3]>);

impl Palette {
    /// Even, so that the middle of a diverging map is hit exactly, and finer than 8-bit color.
    const STEPS: usize = 512;

    /// The color nearest to a place from 0 to 1.
    pub(crate) fn at(&self, place: f32) -> [u8; 3] {
        self.0[(place.clamp(0.0, 1.0) * Self::STEPS as f32).round() as usize]
    }

    fn place(step: usize) -> f32 {
        step as f32 / Self::STEPS as f32
    }
}

impl fmt::Display for ColorMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How light a color looks: the luma weights of Rec. 709 on linear light, to the power that
    /// perception has.
    fn lightness(color: [u8; 3]) -> f64 {
        let linear = color.map(|channel| (f64::from(channel) / 255.0).powf(2.2));
        (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]).cbrt()
    }

    fn lightness_along(map: ColorMap, from: f32, to: f32) -> Vec<f64> {
        (0..=20)
            .map(|i| lightness(map.color(from + (to - from) * i as f32 / 20.0)))
            .collect()
    }

    #[test]
    fn sequential_maps_grow_lighter_all_the_way() {
        for map in ColorMap::ALL.into_iter().filter(|map| !map.is_diverging()) {
            let lightness = lightness_along(map, 0.0, 1.0);
            assert!(lightness.is_sorted_by(|a, b| a < b), "{map}: {lightness:?}");
        }
    }

    #[test]
    fn diverging_maps_grow_darker_from_a_neutral_middle() {
        for map in ColorMap::ALL.into_iter().filter(|map| map.is_diverging()) {
            let middle = map.color(0.5);
            let spread = middle.iter().max().unwrap() - middle.iter().min().unwrap();
            assert!(spread <= 10 && middle[0] > 230, "{map}: {middle:?}");
            for end in [0.0, 1.0] {
                let lightness = lightness_along(map, 0.5, end);
                assert!(
                    lightness.is_sorted_by(|a, b| *a > b - 0.001),
                    "{map}: {lightness:?}"
                );
            }
        }
    }

    #[test]
    fn signs_have_the_colors_of_the_name() {
        let [red, _, blue] = ColorMap::BlueRed.color(0.9);
        assert!(red > 150 && blue < 80);
        let [red, _, blue] = ColorMap::BlueRed.color(0.1);
        assert!(red < 80 && blue > 150);
        let [red, _, blue] = ColorMap::PurpleOrange.color(0.9);
        assert!(red > 150 && blue < 80);
    }

    #[test]
    fn known_ends() {
        assert_eq!(ColorMap::Inferno.color(0.0), [0, 0, 4]);
        assert_eq!(ColorMap::Inferno.color(1.0), [252, 255, 164]);
    }

    #[test]
    fn the_palette_holds_the_colors_of_the_map() {
        for map in ColorMap::ALL {
            let palette = map.palette();
            for place in [0.0, 0.25, 0.5, 1.0] {
                assert_eq!(palette.at(place), map.color(place), "{map} at {place}");
            }
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let message = "jet".parse::<ColorMap>().unwrap_err().to_string();
        assert!(
            message.contains("`jet`") && message.contains("inferno"),
            "{message}"
        );
        assert!(message.contains("purple-orange"), "{message}");
    }
}
