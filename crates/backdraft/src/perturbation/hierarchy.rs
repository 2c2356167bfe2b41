//! Groups of regions, and groups of these.

use crate::Error;
use crate::perturbation::regions::{Center, ResolvedRegions};

/// Which regions belong together, in groups within groups, as [`OwenValues`](crate::OwenValues) follows them.
///
/// By [default](Self::halving) neighbors belong together: the inputs are halved until single regions are left.
///
/// ```
/// use backdraft::{BlackBox, Class, Group, Hierarchy, Method, OwenValues};
/// use burn::tensor::{Device, Float, Tensor};
///
/// // A pair needs the left glove, the first element, and one of two right ones.
/// let pairs = BlackBox::new(|inputs: &[backdraft::AnyTensor]| {
///     let gloves = inputs[0].to_tensor::<2, Float>()?;
///     let right = gloves.clone().slice_dim(1, 1..3).max_dim(1);
///     Ok(vec![(gloves.slice_dim(1, 0..1) * right).into()])
/// });
/// let gloves = Tensor::<2>::ones([1, 3], &Device::default());
/// // The left glove and a right one belong together.
/// let hierarchy = Hierarchy::new([Group::from([0, 1]), Group::from(2)]);
/// let owen = OwenValues::new().with_hierarchy(hierarchy);
/// let owen = owen.attribute(&pairs, gloves, Class(0))?;
/// assert_eq!(owen.regions().unwrap().values(0), [0.75, 0.25, 0.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Hierarchy(Form);

#[derive(Clone, Debug, Default)]
enum Form {
    #[default]
    Halving,
    Flat,
    Given(Group),
}

/// A region, or a group of groups.
///
/// ```
/// use backdraft::Group;
///
/// let pair = Group::from([0, 1]);
/// assert_eq!(pair, Group::Of(vec![Group::Region(0), Group::Region(1)]));
/// let nested = Group::from([pair, Group::from(2)]);
/// assert_eq!(nested, Group::Of(vec![Group::from([0, 1]), Group::Region(2)]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// The region with this index, in the order of the [regions](crate::Regions).
    Region(usize),
    /// What belongs together.
    Of(Vec<Self>),
}

impl From<usize> for Group {
    fn from(region: usize) -> Self {
        Self::Region(region)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Group {
    fn from(groups: Vec<T>) -> Self {
        Self::Of(groups.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>, const N: usize> From<[T; N]> for Group {
    fn from(groups: [T; N]) -> Self {
        Self::from(Vec::from(groups))
    }
}

impl Hierarchy {
    /// The outermost groups. Together they name every region once.
    pub fn new(groups: impl Into<Group>) -> Self {
        Self(Form::Given(groups.into()))
    }

    /// Groups of neighbors: all regions are cut in two at the middle of the longest side on which they lie, and so are
    /// both halves, until every region is alone. Regions lie where their elements do on average. Several inputs are
    /// told apart first. Several samples whose regions differ, such as superpixels, can't be halved together.
    pub fn halving() -> Self {
        Self(Form::Halving)
    }

    /// No groups: every region by itself.
    pub fn flat() -> Self {
        Self(Form::Flat)
    }

    /// The hierarchy of these regions.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] if it doesn't name every region once, a group is empty, or it isn't said which regions
    /// belong together and they lie elsewhere in every sample.
    pub(crate) fn resolve(&self, regions: &ResolvedRegions) -> Result<Tree, Error> {
        let all = || (0..regions.len()).collect::<Vec<_>>();
        let group = match &self.0 {
            Form::Halving if regions.differ() => {
                return Err(Error::InvalidOption {
                    option: "the hierarchy",
                    value: "halves of regions that lie elsewhere in every sample".into(),
                    requirement: "explain one sample at a time, or say which regions belong together",
                });
            }
            Form::Halving => halved(&regions.centers(), all()),
            Form::Flat => Group::from(all()),
            Form::Given(group) => group.clone(),
        };
        let mut tree = Tree { nodes: Vec::new() };
        tree.grow(&group)?;
        let mut named = tree.root().regions.clone();
        named.sort_unstable();
        if named != all() {
            return Err(wrong(format!("{named:?} of {} regions", regions.len())));
        }
        Ok(tree)
    }
}

fn wrong(value: String) -> Error {
    Error::InvalidOption {
        option: "the hierarchy",
        value,
        requirement: "it names every region once, from 0 on, and no group in it is empty",
    }
}

/// Groups of neighbors among regions with these centers.
fn halved(centers: &[Center], regions: Vec<usize>) -> Group {
    if let [region] = regions[..] {
        return Group::Region(region);
    }
    let (first, second) = halves(centers, regions);
    Group::Of(vec![halved(centers, first), halved(centers, second)])
}

/// Those of the first input and the others, or both sides of the middle of the longest side on which regions lie.
fn halves(centers: &[Center], mut regions: Vec<usize>) -> (Vec<usize>, Vec<usize>) {
    let inputs = regions.iter().map(|&region| centers[region].input);
    let (first, last) = (inputs.clone().min(), inputs.max());
    if first != last {
        let is_first = |region: &usize| Some(centers[*region].input) == first;
        return regions.into_iter().partition(is_first);
    }
    let sides = (0..centers[regions[0]].place.len()).map(|axis| {
        let along = regions.iter().map(|&region| centers[region].place[axis]);
        let low = along.clone().fold(f64::INFINITY, f64::min);
        let high = along.fold(f64::NEG_INFINITY, f64::max);
        (axis, low, high)
    });
    // Of sides of the same length the first.
    let longest = sides.reduce(|a, b| if b.2 - b.1 > a.2 - a.1 { b } else { a });
    match longest {
        Some((axis, low, high)) if low < high => {
            let middle = f64::midpoint(low, high);
            let is_before = |region: &usize| centers[*region].place[axis] < middle;
            regions.into_iter().partition(is_before)
        }
        // All lie at the same place.
        _ => {
            let second = regions.split_off(regions.len() / 2);
            (regions, second)
        }
    }
}

/// A hierarchy of given regions.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The parts of a group come before it, and the group of all regions last.
    nodes: Vec<Node>,
}

/// A group, or a single region.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) regions: Vec<usize>,
    /// The indices of the groups in it; none of a single region.
    pub(crate) parts: Vec<usize>,
}

impl Tree {
    /// Adds a group after its parts.
    fn grow(&mut self, group: &Group) -> Result<usize, Error> {
        let node = match group {
            Group::Region(region) => Node {
                regions: vec![*region],
                parts: Vec::new(),
            },
            Group::Of(groups) if groups.is_empty() => return Err(wrong("an empty group".into())),
            Group::Of(groups) => {
                let parts = groups.iter().map(|group| self.grow(group));
                let parts = parts.collect::<Result<Vec<usize>, _>>()?;
                let regions = parts.iter().flat_map(|&part| &self.nodes[part].regions);
                Node {
                    regions: regions.copied().collect(),
                    parts,
                }
            }
        };
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    /// The group of all regions.
    pub(crate) fn root(&self) -> &Node {
        &self.nodes[self.nodes.len() - 1]
    }

    pub(crate) fn node(&self, index: usize) -> &Node {
        &self.nodes[index]
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn centers(input: usize, places: &[[f64; 2]]) -> Vec<Center> {
        let center = |place: &[f64; 2]| Center {
            input,
            place: place.to_vec(),
        };
        places.iter().map(center).collect()
    }

    fn groups(centers: &[Center]) -> Group {
        halved(centers, (0..centers.len()).collect())
    }

    #[test]
    fn the_longest_side_is_cut_first() {
        // Two rows and three columns.
        let grid = [[0., 0.], [0., 1.], [0., 2.], [1., 0.], [1., 1.], [1., 2.]];
        let left = Group::from([0, 3]);
        let right = Group::from([[1, 2], [4, 5]]);
        assert_eq!(groups(&centers(0, &grid)), Group::from([left, right]));
    }

    #[test]
    fn a_sentence_is_cut_in_the_middle() {
        let words = [[0., 0.], [1., 0.], [2., 0.], [3., 0.]];
        let expected = Group::from([[0, 1], [2, 3]]);
        assert_eq!(groups(&centers(0, &words)), expected);
    }

    #[test]
    fn inputs_are_told_apart_first() {
        let mut both = centers(0, &[[0., 0.], [90., 0.]]);
        both.insert(1, centers(1, &[[50., 0.]]).remove(0));
        assert_eq!(
            groups(&both),
            Group::from([Group::from([0, 2]), Group::from(1)])
        );
    }

    #[test]
    fn what_lies_at_the_same_place_is_cut_by_its_order() {
        let expected = Group::from([Group::from(0), Group::from([1, 2])]);
        assert_eq!(groups(&centers(0, &[[0.5, 0.5]; 3])), expected);
    }
}
