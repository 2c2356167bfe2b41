use std::fmt;
use std::time::{Duration, Instant};

/// How long the pairs of one ratio may take, unless there would be too few of them.
const BUDGET: Duration = Duration::from_secs(10);

/// How many pairs a ratio is the median of.
const PAIRS: std::ops::RangeInclusive<usize> = 5..=25;

/// Ratios of two times, with their goals. Displayed as a Markdown table.
#[derive(Debug, Default)]
pub struct Ratios(Vec<Ratio>);

#[derive(Debug)]
struct Ratio {
    name: String,
    goal: Option<f64>,
    /// Lower quartile, median, upper quartile.
    quartiles: [f64; 3],
    ours: Duration,
    theirs: Duration,
}

impl Ratios {
    /// Times both sides in turns, and prints and keeps the median of the ratios of each pair. `goal` is how
    /// large it may be.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        goal: impl Into<Option<f64>>,
        mut ours: impl FnMut(),
        mut theirs: impl FnMut(),
    ) {
        let warm_up = (time(&mut ours) + time(&mut theirs)).as_secs_f64();
        let pairs = (BUDGET.as_secs_f64() / warm_up) as usize;
        let pairs = pairs.clamp(*PAIRS.start(), *PAIRS.end());
        let times: Vec<_> = (0..pairs)
            .map(|_| [time(&mut ours), time(&mut theirs)])
            .collect();
        let ratio = Ratio::new(name.into(), goal.into(), &times);
        println!("ratio: {ratio}");
        self.0.push(ratio);
    }
}

impl Ratio {
    fn new(name: String, goal: Option<f64>, times: &[[Duration; 2]]) -> Self {
        let ratios = times
            .iter()
            .map(|[ours, theirs]| ours.as_secs_f64() / theirs.as_secs_f64());
        let mut ratios: Vec<f64> = ratios.collect();
        ratios.sort_by(f64::total_cmp);
        let median_of = |side: usize| {
            let mut times: Vec<Duration> = times.iter().map(|pair| pair[side]).collect();
            times.sort();
            times[times.len() / 2]
        };
        Self {
            name,
            goal,
            quartiles: [1, 2, 3].map(|quarter| ratios[quarter * ratios.len() / 4]),
            ours: median_of(0),
            theirs: median_of(1),
        }
    }

    fn is_met(&self) -> Option<bool> {
        self.goal.map(|goal| self.quartiles[1] <= goal)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, median, high] = self.quartiles;
        write!(f, "{}: {median:.3} ({low:.3} to {high:.3})", self.name)?;
        match (self.goal, self.is_met()) {
            (Some(goal), Some(true)) => write!(f, ", goal {goal:.2} met"),
            (Some(goal), _) => write!(f, ", goal {goal:.2} MISSED"),
            (None, _) => Ok(()),
        }
    }
}

impl fmt::Display for Ratios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| ours / by hand | ours | by hand | ratio | quartiles | goal | met |\n\
             |---|--:|--:|--:|---|--:|---|"
        )?;
        for ratio in &self.0 {
            let [low, median, high] = ratio.quartiles;
            let [ours, theirs] = [ratio.ours, ratio.theirs].map(|time| time.as_secs_f64() * 1e3);
            let goal = ratio.goal.map_or("-".into(), |goal| format!("{goal:.2}"));
            let met = ratio
                .is_met()
                .map_or("-", |met| if met { "yes" } else { "NO" });
            writeln!(
                f,
                "| {} | {ours:.1} ms | {theirs:.1} ms | {median:.3} | {low:.3} to {high:.3} | {goal} | {met} |",
                ratio.name
            )?;
        }
        Ok(())
    }
}

fn time(work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(goal: Option<f64>) -> Ratio {
        let pair = |ours, theirs| [ours, theirs].map(Duration::from_millis);
        let times = [pair(6, 2), pair(1, 2), pair(4, 2), pair(2, 2), pair(10, 2)];
        Ratio::new("a / b".into(), goal, &times)
    }

    #[test]
    fn the_ratio_is_the_median_of_the_pairs() {
        // 0.5, 1, 2, 3, 5.
        assert_eq!(ratio(None).to_string(), "a / b: 2.000 (1.000 to 3.000)");
    }

    #[test]
    fn the_table_says_whether_the_goal_was_met() {
        let rows = [Some(2.0), Some(1.9), None].map(ratio);
        let table = Ratios(rows.into()).to_string();
        let rows: Vec<&str> = table.lines().skip(2).collect();
        let start = "| a / b | 4.0 ms | 2.0 ms | 2.000 | 1.000 to 3.000";
        let ends = ["2.00 | yes |", "1.90 | NO |", "- | - |"];
        assert_eq!(rows, ends.map(|end| format!("{start} | {end}")));
    }

    #[test]
    fn both_sides_run_equally_often() {
        let (mut ours, mut theirs) = (0, 0);
        Ratios::default().add("nothing", 1.0, || ours += 1, || theirs += 1);
        assert_eq!((ours, theirs), (26, 26));
    }
}
