//! The columns of a table, by name.

use crate::perturbation::error::RegionError;
use crate::perturbation::regions::resolved::Region;

/// A region for every distinct name; columns are the indices of every input's last dimension.
pub(super) fn regions(shapes: &[Vec<usize>], names: &[String]) -> Result<Vec<Region>, RegionError> {
    let columns: Vec<usize> = shapes
        .iter()
        .map(|it| it.last().copied().unwrap_or(1))
        .collect();
    let total: usize = columns.iter().sum();
    if names.len() != total {
        return Err(RegionError::WrongRegions {
            input: 0,
            expected: format!("columns with a name for each of {total}"),
            actual: format!("{} names", names.len()),
        });
    }
    let distinct = distinct(names);
    let mut regions = vec![Region::empty(shapes.len()); distinct.len()];
    let mut first = 0;
    for (input, (shape, columns)) in shapes.iter().zip(columns).enumerate() {
        for element in 0..shape.iter().product() {
            let name = &names[first + element % columns];
            let region = distinct.iter().position(|it| it == name);
            regions[region.expect("every name is one of the distinct ones")].push(input, element);
        }
        first += columns;
    }
    Ok(regions)
}

/// The names in the order in which they come first.
pub(super) fn distinct(names: &[String]) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        if !distinct.contains(name) {
            distinct.push(name.clone());
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
        names.map(String::from).to_vec()
    }

    #[test]
    fn columns_of_one_name_belong_together() {
        // Two rows of three columns, and one column of another input.
        let shapes = [vec![2, 3], vec![1]];
        let regions = regions(&shapes, &names(["city", "age", "city", "age"])).unwrap();
        let elements = |region: usize, input| regions[region].elements(input).collect::<Vec<_>>();
        assert_eq!(elements(0, 0), [0, 2, 3, 5]);
        assert_eq!(elements(1, 0), [1, 4]);
        assert_eq!((elements(0, 1), elements(1, 1)), (vec![], vec![0]));
    }

    #[test]
    fn every_column_needs_a_name() {
        let error = regions(&[vec![3]], &names(["age", "city"]))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("each of 3") && error.contains("2 names"),
            "{error}"
        );
    }
}
