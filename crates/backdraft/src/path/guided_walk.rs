//! The steps of a path that avoids large gradients.

/// By how much a distance may be off, as a part of it.
const CLOSE: f64 = 1e-9;

/// The positions on the straight line between which every feature has to be at the end of a step.
pub(super) struct Range {
    position: f64,
    least: f64,
    most: f64,
}

impl Range {
    /// Around a position, so far away from it.
    pub(super) fn around(position: f64, distance: f64) -> Self {
        Self {
            position,
            least: (position - distance).max(0.0),
            most: (position + distance).min(1.0),
        }
    }
}

/// A sample on its way from the baseline to the input.
pub(super) struct GuidedWalk {
    start: Vec<f64>,
    end: Vec<f64>,
    fraction: f64,
    /// The distance between both ends, which is that of all features together.
    whole: f64,
    point: Vec<f64>,
    values: Vec<f64>,
}

impl GuidedWalk {
    /// From one end to the other, moving this fraction of the features at a time.
    pub(super) fn new(start: Vec<f64>, end: Vec<f64>, fraction: f64) -> Self {
        Self {
            fraction,
            whole: distance(&start, &end),
            point: start.clone(),
            values: vec![0.0; start.len()],
            start,
            end,
        }
    }

    /// Where it is.
    pub(super) fn point(&self) -> &[f64] {
        &self.point
    }

    /// What its steps add up to: gradients times movements.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Moves on until the point is as near to the end as the position says.
    pub(super) fn step(&mut self, range: &Range, gradients: &[f64]) {
        let remaining = self.whole * (1.0 - range.position);
        let before = self.point.clone();
        self.catch_up(range);
        // Features that are as far as they may be don't move.
        let mut free: Vec<usize> = (0..self.point.len()).collect();
        loop {
            let excess = distance(&self.point, &self.end) - remaining;
            free.retain(|&feature| self.room(feature, range) > 0.0);
            if excess <= CLOSE * remaining.max(1.0) || free.is_empty() {
                break;
            }
            let moving = self.smallest(&free, gradients);
            let rooms = moving.iter().map(|&feature| self.room(feature, range));
            let reach: f64 = rooms.sum();
            for feature in moving {
                let most = self.most(feature, range);
                self.point[feature] = if excess > reach {
                    most
                } else {
                    self.point[feature] + (most - self.point[feature]) * (excess / reach)
                };
            }
            if excess <= reach {
                break;
            }
        }
        let moves = self.point.iter().zip(&before).zip(gradients);
        for (value, ((after, before), gradient)) in self.values.iter_mut().zip(moves) {
            *value += (after - before) * gradient;
        }
    }

    /// Moves features that are too far behind.
    fn catch_up(&mut self, range: &Range) {
        for feature in 0..self.point.len() {
            let (start, end) = (self.start[feature], self.end[feature]);
            let position = (self.point[feature] - start) / (end - start);
            if position < range.least {
                self.point[feature] = on_line(start, end, range.least);
            }
        }
    }

    /// How far a feature may still move.
    fn room(&self, feature: usize, range: &Range) -> f64 {
        (self.most(feature, range) - self.point[feature]).abs()
    }

    /// The furthest value that a feature may have.
    fn most(&self, feature: usize, range: &Range) -> f64 {
        on_line(self.start[feature], self.end[feature], range.most)
    }

    /// The free features with the smallest absolute gradients: those up to the fraction's quantile among all features.
    fn smallest(&self, free: &[usize], gradients: &[f64]) -> Vec<usize> {
        let size = |&feature: &usize| gradients[feature].abs();
        let rank = (self.fraction * (self.point.len() - 1) as f64) as usize;
        let mut sizes: Vec<f64> = free.iter().map(size).collect();
        if rank >= sizes.len() {
            return free.to_vec();
        }
        let (_, threshold, _) = sizes.select_nth_unstable_by(rank, f64::total_cmp);
        let threshold = *threshold;
        free.iter()
            .copied()
            .filter(|feature| size(feature) <= threshold)
            .collect()
    }
}

fn on_line(start: f64, end: f64, position: f64) -> f64 {
    start + (end - start) * position
}

/// The sum of absolute differences.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(fraction: f64) -> GuidedWalk {
        GuidedWalk::new(vec![0.0; 4], vec![1.0, 2.0, 0.0, 4.0], fraction)
    }

    #[test]
    fn features_with_small_gradients_move_first() {
        // Half of seven: the third one is there already, the second has the smallest gradient, then the fourth.
        let mut walk = walk(0.25);
        let gradients = [5.0, -1.0, 0.0, 2.0];
        walk.step(&Range::around(0.5, 1.0), &gradients);
        assert_eq!(walk.point(), [0.0, 2.0, 0.0, 1.5]);
        assert_eq!(walk.values(), [0.0, -2.0, 0.0, 3.0]);
        walk.step(&Range::around(1.0, 1.0), &gradients);
        assert_eq!(walk.point(), [1.0, 2.0, 0.0, 4.0]);
        assert_eq!(walk.values(), [5.0, -2.0, 0.0, 8.0]);
    }

    #[test]
    fn without_distance_it_is_the_straight_line() {
        let mut walk = walk(0.25);
        for (position, expected) in [(0.25, [0.25, 0.5, 0.0, 1.0]), (0.75, [0.75, 1.5, 0.0, 3.0])] {
            walk.step(&Range::around(position, 0.0), &[5.0, -1.0, 0.0, 2.0]);
            assert_eq!(walk.point(), expected);
        }
    }

    #[test]
    fn what_falls_behind_catches_up() {
        let mut walk = walk(0.0);
        let range = Range::around(0.5, 0.25);
        walk.step(&range, &[1.0, 2.0, 0.0, 3.0]);
        // A quarter at least and three quarters at most: 3.5 in all, of which the quarters are 1.75.
        assert_eq!(walk.point(), [0.75, 1.5, 0.0, 1.25]);
    }

    #[test]
    fn the_end_itself_is_never_left() {
        let mut walk = GuidedWalk::new(vec![1.0, 1.0], vec![1.0, 1.0], 0.5);
        walk.step(&Range::around(0.5, 0.1), &[1.0, 2.0]);
        assert_eq!(
            (walk.point(), walk.values()),
            (&[1.0, 1.0][..], &[0.0, 0.0][..])
        );
    }
}
