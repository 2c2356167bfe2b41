//! The order in which segments are added to a map.

/// How [`Xrai`](super::Xrai) ranks segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ranking {
    /// Always the segment with the largest mean value over what isn't covered yet.
    #[default]
    Full,
    /// The order of the segments' mean values, whatever covers them before. Less exact where segments overlap.
    Fast,
}

impl Ranking {
    /// As in options: `full`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Fast => "fast",
        }
    }

    /// The map of values at positions: each segment has the mean of what it adds, and what no segment adds has the mean of
    /// the rest. Segments that add fewer than `least` positions, or none, are left out.
    pub(super) fn map(self, values: &[f64], segments: &[Vec<usize>], least: usize) -> Vec<f64> {
        let mut map = Map::new(values);
        match self {
            Self::Full => full(&mut map, segments, least.max(1)),
            Self::Fast => fast(&mut map, segments, least.max(1)),
        }
        map.filled()
    }
}

fn full(map: &mut Map<'_>, segments: &[Vec<usize>], least: usize) {
    let mut holders: Vec<Vec<usize>> = vec![Vec::new(); map.values.len()];
    for (index, segment) in segments.iter().enumerate() {
        for &position in segment {
            holders[position].push(index);
        }
    }
    // For each segment the sum and the number of the values that aren't covered yet.
    let sum = |segment: &Vec<usize>| segment.iter().map(|&it| map.values[it]).sum::<f64>();
    let mut open: Vec<(f64, usize)> = segments.iter().map(|it| (sum(it), it.len())).collect();
    loop {
        let mut best: Option<(usize, f64)> = None;
        for (index, &(sum, count)) in open.iter().enumerate() {
            let mean = sum / count as f64;
            if count >= least && best.is_none_or(|(_, most)| mean > most) {
                best = Some((index, mean));
            }
        }
        let Some((best, _)) = best else {
            return;
        };
        for position in map.add(&segments[best]) {
            for &holder in &holders[position] {
                open[holder].0 -= map.values[position];
                open[holder].1 -= 1;
            }
        }
    }
}

fn fast(map: &mut Map<'_>, segments: &[Vec<usize>], least: usize) {
    let mut ranked: Vec<(f64, &Vec<usize>)> = segments
        .iter()
        .filter(|segment| !segment.is_empty())
        .map(|segment| (mean(map.values, segment), segment))
        .collect();
    ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    for (_, segment) in ranked {
        if map.open(segment).count() >= least {
            map.add(segment);
        }
    }
}

/// A map that segments are added to.
struct Map<'a> {
    values: &'a [f64],
    /// The values of positions that are covered.
    means: Vec<Option<f64>>,
}

impl<'a> Map<'a> {
    fn new(values: &'a [f64]) -> Self {
        Self {
            values,
            means: vec![None; values.len()],
        }
    }

    /// The positions of a segment that aren't covered yet.
    fn open(&self, segment: &[usize]) -> impl Iterator<Item = usize> {
        let positions = segment.iter().copied();
        positions.filter(|&position| self.means[position].is_none())
    }

    /// Covers what a segment adds, and tells what that is.
    fn add(&mut self, segment: &[usize]) -> Vec<usize> {
        let added: Vec<usize> = self.open(segment).collect();
        let mean = mean(self.values, &added);
        for &position in &added {
            self.means[position] = Some(mean);
        }
        added
    }

    /// The means, with that of the rest where nothing was added.
    fn filled(mut self) -> Vec<f64> {
        let all: Vec<usize> = (0..self.values.len()).collect();
        self.add(&all);
        self.means.into_iter().flatten().collect()
    }
}

fn mean(values: &[f64], positions: &[usize]) -> f64 {
    let sum: f64 = positions.iter().map(|&position| values[position]).sum();
    sum / positions.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two segments that overlap, and one position that is in none.
    const VALUES: [f64; 5] = [3.0, 9.0, 1.0, 7.0, -2.0];

    fn segments() -> Vec<Vec<usize>> {
        vec![vec![0, 1], vec![1, 2], vec![3]]
    }

    #[test]
    fn the_full_ranking_counts_what_is_new() {
        // 7 first, then (3 + 9) / 2 = 6 rather than (9 + 1) / 2, then what the second adds: 1.
        let map = Ranking::Full.map(&VALUES, &segments(), 1);
        assert_eq!(map, [6.0, 6.0, 1.0, 7.0, -2.0]);
    }

    #[test]
    fn what_adds_too_little_is_left_to_the_rest() {
        // Only the first segment has two positions, and after it the second has one: (1 + 7 - 2) / 3.
        for ranking in [Ranking::Full, Ranking::Fast] {
            let map = ranking.map(&VALUES, &segments(), 2);
            assert_eq!(map, [6.0, 6.0, 2.0, 2.0, 2.0]);
        }
    }

    #[test]
    fn the_fast_ranking_keeps_the_order_of_whole_segments() {
        // Means 4, 3 and 2.5: after the first one the third would add 5 and the second 0.
        let values = [8.0, 0.0, 6.0, 5.0];
        let segments = [vec![0, 1], vec![1, 2], vec![1, 3]];
        assert_eq!(
            Ranking::Fast.map(&values, &segments, 1),
            [4.0, 4.0, 6.0, 5.0]
        );
        // Means 6, 5.5 and 5: the second adds 1 after the first, the third 5.
        let values = [2.0, 10.0, 1.0, 5.0];
        let segments = [vec![0, 1], vec![1, 2], vec![3]];
        assert_eq!(
            Ranking::Fast.map(&values, &segments, 1),
            [6.0, 6.0, 1.0, 5.0]
        );
        assert_eq!(
            Ranking::Fast.map(&values, &[vec![], vec![0]], 0),
            [2.0, 16.0 / 3.0, 16.0 / 3.0, 16.0 / 3.0]
        );
    }

    #[test]
    fn the_sum_stays() {
        for ranking in [Ranking::Full, Ranking::Fast] {
            let sum: f64 = ranking.map(&VALUES, &segments(), 1).iter().sum();
            assert!((sum - 18.0).abs() < 1e-12);
        }
    }
}
