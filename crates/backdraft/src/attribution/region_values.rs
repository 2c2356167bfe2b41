//! Values of regions.

/// What a method found for each region that it replaced, in the order of the [regions](crate::Regions), sample by sample.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionValues {
    values: Vec<Vec<f32>>,
    errors: Option<Vec<Vec<f32>>>,
}

impl RegionValues {
    /// The values of every sample's regions, and their standard errors, if they are estimates.
    pub(crate) fn new(values: &[Vec<f64>], errors: Option<&[Vec<f64>]>) -> Self {
        let single = |rows: &[Vec<f64>]| {
            let row = |row: &Vec<f64>| row.iter().map(|&value| value as f32).collect();
            rows.iter().map(row).collect()
        };
        Self {
            values: single(values),
            errors: errors.map(single),
        }
    }

    /// From what a file holds.
    pub(super) fn of_rows(values: Vec<Vec<f32>>, errors: Option<Vec<Vec<f32>>>) -> Self {
        Self { values, errors }
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

    /// What every sample's values sum to.
    pub(super) fn sums(&self, of: impl Fn(f64) -> f64) -> Vec<f64> {
        let sum = |row: &Vec<f32>| row.iter().map(|&value| of(f64::from(value))).sum();
        self.values.iter().map(sum).collect()
    }

    pub(super) fn all_values(&self) -> &[Vec<f32>] {
        &self.values
    }

    pub(super) fn all_errors(&self) -> Option<&[Vec<f32>]> {
        self.errors.as_deref()
    }
}
