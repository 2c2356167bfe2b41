//! Owen values.

use crate::perturbation::coalition::Coalition;
use crate::perturbation::error::RegionError;
use crate::perturbation::game::{coalitions, orders};
use crate::perturbation::hierarchy::{Hierarchy, Node, Tree};
use crate::perturbation::regions::ResolvedRegions;
use crate::perturbation::replacement::{Replacement, replacement_options};
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::run::batching::Work;
use crate::{Attribution, Error, Model};

/// How many groups are opened at a time.
const AT_ONCE: usize = 16;

/// Owen values: Shapley values where regions belong together, in groups within groups.
///
/// A group is put back as a whole, before or after the groups beside it, and within the group its parts come in every
/// order, be there groups beside it or not:
///
/// ```text
/// A_r = mean over orders that keep every group together of v(the regions up to r) - v(those before r)
/// ```
///
/// with `v(S)` the score with the regions of `S` in place and the others replaced. Owen, *Values of Games with a Priori
/// Unions*, 1977; with halves within halves it is the partition explainer of SHAP (Lundberg & Lee, 2017). The values of
/// the regions sum to the difference between the scores with all and with none of them.
///
/// | option | default |
/// |---|---|
/// | [`with_hierarchy`](Self::with_hierarchy) | [`Hierarchy::halving`]: neighbors belong together |
/// | [`with_evaluations`](Self::with_evaluations) | 2,000 |
/// | [`with_regions`](Self::with_regions) | a grid of 7 x 7 cells for an image, else every element |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// Halves within halves of `n` regions take about `2/3 · n²` evaluations in place of the `2ⁿ` of
/// [`ShapleyValues`](crate::ShapleyValues), and what they give is exact. Where that is more than is allowed, the groups
/// are opened first that change a score most, and regions of a group that stays closed have equal shares of what it
/// brings; the result's option `exact` is `false` then. All samples and targets that are explained together open the same
/// groups.
///
/// ```
/// use backdraft::{Class, Method, Network, OwenValues};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[2.0, 3.0, 1.0, 4.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.prod_dim(1);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let owen = OwenValues::new().attribute(&net, x, Class(0))?;
/// assert_eq!(owen.regions().unwrap().values(0), [6.0; 4]);
/// assert_eq!(owen.gap().unwrap()[0].absolute, 0.0);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "PartitionExplainer")]
#[derive(Clone, Debug)]
pub struct OwenValues {
    replacement: Replacement,
    hierarchy: Hierarchy,
    evaluations: usize,
}

impl Default for OwenValues {
    fn default() -> Self {
        Self {
            replacement: Replacement::default(),
            hierarchy: Hierarchy::default(),
            evaluations: 2000,
        }
    }
}

impl OwenValues {
    /// Neighboring regions in groups, replaced by zeros.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which regions belong together.
    #[must_use]
    pub fn with_hierarchy(mut self, hierarchy: Hierarchy) -> Self {
        self.hierarchy = hierarchy;
        self
    }

    /// How many coalitions are looked at, at most. The outermost groups must be among them: `2ᵍ - 2` for `g` of them.
    #[must_use]
    pub fn with_evaluations(mut self, evaluations: usize) -> Self {
        self.evaluations = evaluations;
        self
    }

    replacement_options!();

    /// The hierarchy of given regions, if its groups can be opened.
    fn tree(&self, regions: &ResolvedRegions) -> Result<Tree, Error> {
        let tree = self.hierarchy.resolve(regions)?;
        for node in tree.nodes() {
            coalitions(node.parts.len(), Self::NAME)?;
        }
        let root = tree.root();
        if inner(root) > self.evaluations {
            return Err(RegionError::TooFew {
                coalitions: self.evaluations,
                regions: root.parts.len(),
            }
            .into());
        }
        Ok(tree)
    }
}

impl SweepMethod for OwenValues {
    const NAME: &'static str = "owen-values";

    fn replacement(&self) -> &Replacement {
        &self.replacement
    }

    fn coalitions(&self, regions: &ResolvedRegions) -> Result<usize, Error> {
        let tree = self.tree(regions)?;
        Ok(needed(&tree, tree.root()).min(self.evaluations))
    }

    fn explain<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
        none: &[Scores],
    ) -> Result<Vec<RegionTable>, Error> {
        let tree = self.tree(sweep.regions())?;
        let mut search = Search::new(&tree, self.evaluations, sweep, none);
        loop {
            let opened = search.next();
            if opened.is_empty() {
                return Ok(search.tables(sweep.rows()));
            }
            let coalitions = opened.iter().flat_map(|group| group.coalitions(&tree));
            let tables = sweep.scores(work, coalitions.collect::<Vec<_>>())?;
            let mut scores = by_coalition(&tables);
            for group in opened {
                search.open(&group, scores.by_ref());
            }
        }
    }

    fn recorded(&self, attribution: Attribution) -> Attribution {
        attribution.with_option("evaluations", self.evaluations)
    }
}

sweep_method!(OwenValues);

/// How many coalitions lie between none and all of a group's parts.
fn inner(node: &Node) -> usize {
    (1_usize << node.parts.len()).saturating_sub(2)
}

/// How many coalitions it takes to open a group, and all groups in it with every coalition of those beside them.
fn needed(tree: &Tree, node: &Node) -> usize {
    let others = 1_usize << node.parts.len().saturating_sub(1);
    let parts = node.parts.iter().map(|&part| {
        let part = needed(tree, tree.node(part));
        part.saturating_mul(others)
    });
    parts.fold(inner(node), usize::saturating_add)
}

/// For each coalition the scores of all rows, target by target.
fn by_coalition(tables: &[Scores]) -> impl Iterator<Item = Vec<f64>> {
    let count = tables.first().map_or(0, Vec::len);
    (0..count).map(|coalition| {
        tables
            .iter()
            .flat_map(|scores| scores[coalition].clone())
            .collect()
    })
}

/// A group that is put back while others are there, or not.
struct Candidate {
    node: usize,
    /// The groups beside it, and beside those that it is in, that are there.
    others: Vec<usize>,
    /// The scores without it and with it, of all rows and targets.
    ends: [Vec<f64>; 2],
    /// In which part of the orders exactly these others come before it.
    weight: f64,
}

impl Candidate {
    /// How much it counts to know more about the group.
    fn priority(&self) -> f64 {
        let [without, with] = &self.ends;
        let changes = with
            .iter()
            .zip(without)
            .map(|(with, without)| (with - without).abs());
        self.weight * changes.fold(0.0, f64::max)
    }

    /// The coalitions between none and all of its parts.
    fn coalitions<'a>(&'a self, tree: &'a Tree) -> impl Iterator<Item = Coalition> + 'a {
        let node = tree.node(self.node);
        (1..=inner(node)).map(|subset| {
            let mut kept = vec![false; tree.root().regions.len()];
            for group in self.others.iter().copied().chain(members(node, subset)) {
                for &region in &tree.node(group).regions {
                    kept[region] = true;
                }
            }
            Coalition::Of(kept)
        })
    }
}

/// The parts of a group whose bits are set.
fn members(node: &Node, subset: usize) -> impl Iterator<Item = usize> {
    let parts = node.parts.iter().enumerate();
    parts.filter_map(move |(bit, &part)| (subset >> bit & 1 == 1).then_some(part))
}

/// What is known of the groups.
struct Search<'a> {
    tree: &'a Tree,
    /// How many coalitions may still be looked at.
    evaluations: usize,
    closed: Vec<Candidate>,
    /// For each region its value for all rows and targets.
    values: Vec<Vec<f64>>,
}

impl<'a> Search<'a> {
    fn new<M: Model + ?Sized>(
        tree: &'a Tree,
        evaluations: usize,
        sweep: &Sweep<'_, M>,
        none: &[Scores],
    ) -> Self {
        let without = none.iter().flat_map(|scores| scores[0].clone());
        let with = (0..none.len()).flat_map(|target| sweep.whole(target));
        let ends = [without.collect::<Vec<f64>>(), with.collect()];
        let mut search = Self {
            tree,
            evaluations,
            closed: Vec::new(),
            values: vec![vec![0.0; ends[0].len()]; sweep.regions().len()],
        };
        search.add(Candidate {
            node: tree.nodes().len() - 1,
            others: Vec::new(),
            ends,
            weight: 1.0,
        });
        search
    }

    /// Adds what a group brings: to its region if it is a single one, else to what may be opened.
    fn add(&mut self, candidate: Candidate) {
        if self.tree.node(candidate.node).parts.is_empty() {
            self.share(&candidate);
        } else {
            self.closed.push(candidate);
        }
    }

    /// Gives every region of a group an equal share of what the group brings.
    fn share(&mut self, candidate: &Candidate) {
        let [without, with] = &candidate.ends;
        let regions = &self.tree.node(candidate.node).regions;
        let share = candidate.weight / regions.len() as f64;
        for &region in regions {
            let values = self.values[region].iter_mut();
            for (value, (with, without)) in values.zip(with.iter().zip(without)) {
                *value += share * (with - without);
            }
        }
    }

    /// The groups that are opened next: those that count most, as many as may be.
    fn next(&mut self) -> Vec<Candidate> {
        self.closed
            .sort_by(|a, b| b.priority().total_cmp(&a.priority()));
        let (tree, left) = (self.tree, &mut self.evaluations);
        let fits = |candidate: &&Candidate| {
            let rest = left.checked_sub(inner(tree.node(candidate.node)));
            *left = rest.unwrap_or(*left);
            rest.is_some()
        };
        let count = self.closed.iter().take(AT_ONCE).take_while(fits).count();
        self.closed.drain(..count).collect()
    }

    /// Goes on to the parts of a group, given the scores between none and all of them.
    fn open(&mut self, group: &Candidate, scores: impl Iterator<Item = Vec<f64>>) {
        let node = self.tree.node(group.node);
        let [without, with] = group.ends.clone();
        let mut worth = vec![without];
        worth.extend(scores.take(inner(node)));
        worth.push(with);
        for (bit, &part) in node.parts.iter().enumerate() {
            for before in (0..worth.len()).filter(|subset| subset >> bit & 1 == 0) {
                let size = before.count_ones() as usize;
                self.add(Candidate {
                    node: part,
                    others: group
                        .others
                        .iter()
                        .copied()
                        .chain(members(node, before))
                        .collect(),
                    ends: [before, before | 1 << bit].map(|subset| worth[subset].clone()),
                    weight: group.weight * orders(node.parts.len(), 1, size),
                });
            }
        }
    }

    /// The values of all regions for each target, once nothing more is opened.
    fn tables(mut self, rows: usize) -> Vec<RegionTable> {
        let is_exact = self.closed.is_empty();
        for candidate in std::mem::take(&mut self.closed) {
            self.share(&candidate);
        }
        let columns = self.values.first().map_or(0, Vec::len);
        let row = |column: usize| self.values.iter().map(|values| values[column]).collect();
        let all: Vec<Vec<f64>> = (0..columns).map(row).collect();
        let tables = all.chunks(rows).map(|values| RegionTable {
            values: values.to_vec(),
            is_exact: Some(is_exact),
            ..RegionTable::default()
        });
        tables.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::{product_and_sum, values, x};
    use crate::{AnyTensor, BlackBox, Class, Group, Method, Regions, ShapleyValues};
    use burn::tensor::{Device, Float, Int, Tensor};

    /// One row of numbers as a sample.
    fn row<const N: usize>(numbers: [f32; N]) -> Tensor<2> {
        Tensor::from_data([numbers], &Device::flex())
    }

    /// A model with one score.
    fn model(score: fn(Tensor<2>) -> Tensor<2>) -> impl Model {
        BlackBox::new(move |inputs: &[AnyTensor]| {
            Ok(vec![score(inputs[0].to_tensor::<2, Float>()?).into()])
        })
    }

    fn explained<const N: usize>(
        method: &OwenValues,
        score: fn(Tensor<2>) -> Tensor<2>,
        x: [f32; N],
    ) -> Vec<f32> {
        let result = method.attribute(&model(score), row(x), Class(0)).unwrap();
        let gap = &result.gap().unwrap()[0];
        assert!(gap.absolute.abs() < 1e-5, "{gap:?}");
        result.regions().unwrap().values(0).to_vec()
    }

    fn assert_close(actual: &[f32], expected: &[f32]) {
        assert_eq!(actual.len(), expected.len());
        for (a, b) in actual.iter().zip(expected) {
            assert!((a - b).abs() < 1e-5, "{actual:?} {expected:?}");
        }
    }

    /// A left glove and two right ones: a pair is worth one.
    fn gloves(x: Tensor<2>) -> Tensor<2> {
        let right = x.clone().slice_dim(1, 1..3).max_dim(1);
        x.slice_dim(1, 0..1) * right
    }

    /// What four numbers are worth together is more than their sum.
    fn mixed(x: Tensor<2>) -> Tensor<2> {
        let neighbors = x.clone().slice_dim(1, 0..3) * x.clone().slice_dim(1, 1..4);
        x.clone().exp().sum_dim(1) + neighbors.sum_dim(1) + x.prod_dim(1)
    }

    #[test]
    fn halves_of_a_product_and_a_sum() {
        assert_eq!(
            values(&OwenValues::new()),
            [[3.0, 3.0, 5.0], [-1.0, -1.0, 0.0]]
        );
    }

    #[test]
    fn without_groups_they_are_shapley_values() {
        let flat = OwenValues::new().with_hierarchy(Hierarchy::flat());
        let owen = explained(&flat, gloves, [1.0; 3]);
        assert_close(&owen, &[2.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0]);
        let x = [0.5, -1.0, 2.0, 1.5];
        let shapley = ShapleyValues::new().attribute(&model(mixed), row(x), Class(0));
        let shapley = shapley.unwrap().regions().unwrap().values(0).to_vec();
        assert_close(&explained(&flat, mixed, x), &shapley);
    }

    #[test]
    fn a_left_glove_in_a_group_with_a_right_one_gets_more() {
        let pair = Hierarchy::new([Group::from([0, 1]), Group::from(2)]);
        let owen = explained(&OwenValues::new().with_hierarchy(pair), gloves, [1.0; 3]);
        assert_close(&owen, &[0.75, 0.25, 0.0]);
        // Both right ones as a group have as much to offer as the left one.
        let union = Hierarchy::new([Group::from(0), Group::from([1, 2])]);
        let owen = explained(&OwenValues::new().with_hierarchy(union), gloves, [1.0; 3]);
        assert_close(&owen, &[0.5, 0.25, 0.25]);
    }

    #[test]
    fn every_order_that_keeps_groups_together_counts_the_same() {
        let x = [0.5, -1.0, 2.0, 1.5];
        let worth = |kept: &[usize]| {
            let mut version = [0.0; 4];
            for &region in kept {
                version[region] = x[region];
            }
            mixed(row(version)).into_scalar::<f32>()
        };
        let mut expected = [0.0; 4];
        for halves in [[[0, 1], [2, 3]], [[2, 3], [0, 1]]] {
            for turned in 0..4 {
                let mut order = halves.concat();
                if turned & 1 == 1 {
                    order.swap(0, 1);
                }
                if turned & 2 == 2 {
                    order.swap(2, 3);
                }
                for (place, &region) in order.iter().enumerate() {
                    expected[region] += (worth(&order[..=place]) - worth(&order[..place])) / 8.0;
                }
            }
        }
        assert_close(&explained(&OwenValues::new(), mixed, x), &expected);
    }

    #[test]
    fn groups_that_change_most_are_opened_first() {
        let score = |x: Tensor<2>| {
            let weights = Tensor::from_data([[0.1, 0.2, 3.0, 5.0]], &Device::flex());
            (x * weights).sum_dim(1)
        };
        let limited = |evaluations| OwenValues::new().with_evaluations(evaluations);
        // The halves, and the second half with and without the first.
        assert_close(
            &explained(&limited(6), score, [1.0; 4]),
            &[0.15, 0.15, 3.0, 5.0],
        );
        assert_close(
            &explained(&limited(2), score, [1.0; 4]),
            &[0.15, 0.15, 4.0, 4.0],
        );
        assert_close(
            &explained(&limited(10), score, [1.0; 4]),
            &[0.1, 0.2, 3.0, 5.0],
        );
    }

    #[test]
    fn a_result_says_whether_it_is_exact() {
        let exact = |evaluations| {
            let method = OwenValues::new().with_evaluations(evaluations);
            let result = method.attribute(&product_and_sum(), x(), Class(0)).unwrap();
            result.option("exact") == Some("true")
        };
        // The halves, and the two regions of one with and without the other.
        assert!(exact(6) && !exact(5) && !exact(2));
    }

    #[test]
    fn the_plan_counts_every_coalition_once() {
        let plan = |method: OwenValues| {
            let plan = method.plan(&model(mixed), row([1.0; 4])).unwrap();
            plan.forward_evaluations()
        };
        // As it is, without any region, the halves, and each half in four parts with and without the other.
        assert_eq!(plan(OwenValues::new()), 1 + 1 + 2 + 4 * 2);
        assert_eq!(plan(OwenValues::new().with_evaluations(6)), 1 + 1 + 6);
        let flat = OwenValues::new().with_hierarchy(Hierarchy::flat());
        assert_eq!(plan(flat), 1 + 1 + 14);
    }

    #[test]
    fn hierarchies_that_do_not_fit_are_refused() {
        let error = |method: OwenValues| {
            let result = method.attribute(&product_and_sum(), x(), Class(0));
            result.unwrap_err().to_string()
        };
        let of = |group: Group| error(OwenValues::new().with_hierarchy(Hierarchy::new(group)));
        assert!(of(Group::from([0, 1])).contains("[0, 1] of 3 regions"));
        assert!(of(Group::from([0, 1, 2, 2])).contains("[0, 1, 2, 2] of 3 regions"));
        assert!(of(Group::from([0, 1, 3])).contains("it names every region once, from 0 on"));
        assert!(of(Group::Of(vec![Group::from([0, 1, 2]), Group::Of(vec![])])).contains("empty"));
        assert!(error(OwenValues::new().with_evaluations(1)).contains("allow more evaluations"));
    }

    #[test]
    fn regions_of_every_samples_own_are_not_halved() {
        let labels = Tensor::<2, Int>::from_data([[0, 0, 1], [0, 1, 1]], &Device::flex());
        let owen = OwenValues::new().with_regions(Regions::labels(labels));
        let error = owen
            .attribute(&product_and_sum(), x(), Class(0))
            .unwrap_err();
        assert!(
            error.to_string().contains("one sample at a time"),
            "{error}"
        );
        let owen = owen.with_hierarchy(Hierarchy::flat());
        let [first, second] = values(&owen);
        assert_eq!((first, second), (vec![6.0, 5.0], vec![-1.0, -1.0]));
    }

    #[test]
    fn more_groups_than_can_be_enumerated_are_refused() {
        let flat = OwenValues::new().with_hierarchy(Hierarchy::flat());
        let result = flat.attribute(&model(|x| x.sum_dim(1)), row([1.0; 30]), Class(0));
        let error = result.unwrap_err().to_string();
        assert!(
            error.contains("2^30: give it at most 20 regions"),
            "{error}"
        );
    }
}
