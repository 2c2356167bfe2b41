//! Values of regions.

/// What a method found for each region that it replaced, in the order of the [regions](crate::Regions), sample by sample.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionValues {
    values: Vec<Vec<f32>>,
    errors: Option<Vec<Vec<f32>>>,
    fits: Option<Vec<f32>>,
    /// None, one for each region, or one for each region of every sample.
    names: Vec<String>,
    /// Whether every region has all channels of each position that it has.
    whole_channels: bool,
}

impl RegionValues {
    /// The values of every sample's regions, their standard errors if they are estimates, and how well they fit if they
    /// were fitted.
    pub(crate) fn new(
        values: &[Vec<f64>],
        errors: Option<&[Vec<f64>]>,
        fits: Option<&[f64]>,
    ) -> Self {
        let single = |row: &[f64]| row.iter().map(|&value| value as f32).collect();
        let all = |rows: &[Vec<f64>]| rows.iter().map(|row| single(row)).collect();
        Self {
            values: all(values),
            errors: errors.map(all),
            fits: fits.map(single),
            names: Vec::new(),
            whole_channels: false,
        }
    }

    /// From what a file holds.
    pub(super) fn of_rows(
        values: Vec<Vec<f32>>,
        errors: Option<Vec<Vec<f32>>>,
        fits: Option<Vec<f32>>,
    ) -> Self {
        Self {
            values,
            errors,
            fits,
            names: Vec::new(),
            whole_channels: false,
        }
    }

    /// The same with names: none, one for each region, or one for each region of every sample.
    pub(crate) fn with_names(mut self, names: Vec<String>) -> Self {
        self.names = names;
        self
    }

    /// The same, where it is known whether every region has all channels of each position that it has.
    pub(crate) fn with_whole_channels(mut self, whole: bool) -> Self {
        self.whole_channels = whole;
        self
    }

    /// Whether every region has all channels of each position that it has, so that they all have its value.
    pub(super) fn have_whole_channels(&self) -> bool {
        self.whole_channels
    }

    /// How many regions there are.
    pub fn len(&self) -> usize {
        self.values.first().map_or(0, Vec::len)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of one sample's regions.
    ///
    /// # Panics
    ///
    /// If there is no such sample.
    pub fn values(&self, sample: usize) -> &[f32] {
        &self.values[sample]
    }

    /// The standard errors of one sample's values, of a method that draws at random.
    ///
    /// # Panics
    ///
    /// If there is no such sample.
    pub fn standard_errors(&self, sample: usize) -> Option<&[f32]> {
        Some(&self.errors.as_ref()?[sample])
    }

    /// How well one sample's values explain the scores that they were fitted to, of a method that fits a model, such as
    /// [`Lime`](crate::Lime): the coefficient of determination R², which is 1 if they explain everything, and 0 if they
    /// explain no more than the mean score does.
    ///
    /// # Panics
    ///
    /// If there is no such sample.
    pub fn fit(&self, sample: usize) -> Option<f32> {
        Some(self.fits.as_ref()?[sample])
    }

    /// What one sample's regions are called, if they have [names](crate::Regions::with_names), or where they are in the only
    /// picture, first and last pixels: `region 46 (x 112-140, y 30-55)`.
    ///
    /// # Panics
    ///
    /// If there is no such sample.
    pub fn names(&self, sample: usize) -> Option<&[String]> {
        assert!(sample < self.values.len(), "there is no sample {sample}");
        let regions = self.len();
        let own = self.names.get(sample * regions..(sample + 1) * regions);
        own.or_else(|| self.names.get(..regions))
            .filter(|names| !names.is_empty())
    }

    /// What every sample's values sum to.
    pub(super) fn sums(&self, of: impl Fn(f64) -> f64) -> Vec<f64> {
        let sum = |row: &Vec<f32>| row.iter().map(|&value| of(f64::from(value))).sum();
        self.values.iter().map(sum).collect()
    }

    pub(super) fn all_names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn all_values(&self) -> &[Vec<f32>] {
        &self.values
    }

    pub(super) fn all_fits(&self) -> Option<&[f32]> {
        self.fits.as_deref()
    }

    pub(super) fn all_errors(&self) -> Option<&[Vec<f32>]> {
        self.errors.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_for_all_samples_or_for_each() {
        let values = RegionValues::new(&[vec![1.0, 2.0], vec![3.0, 4.0]], None, None);
        assert_eq!(values.names(1), None);
        let named = |names: &[&str]| {
            let names = names.iter().map(|&name| name.into()).collect();
            values.clone().with_names(names)
        };
        assert_eq!(named(&["age", "city"]).names(1).unwrap(), ["age", "city"]);
        let words = named(&["not", "bad", "very", "good"]);
        assert_eq!(words.names(0).unwrap(), ["not", "bad"]);
        assert_eq!(words.names(1).unwrap(), ["very", "good"]);
    }
}
