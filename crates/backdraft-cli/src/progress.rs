//! Progress bars for work that takes longer than a moment.

use std::ops::ControlFlow;
use std::sync::Once;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner needs no bar.
const MOMENT: Duration = Duration::from_secs(1);

/// A bar on standard error, if that is a terminal; it goes when it is dropped.
pub struct Bar {
    bar: ProgressBar,
    bars: MultiProgress,
}

impl Bar {
    /// A bar with a title among others, invisible at first.
    pub fn new(title: impl Into<String>, bars: &MultiProgress) -> Self {
        let style = ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len}");
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self {
            bar: bar
                .with_style(style.expect("the template is valid"))
                .with_message(title.into()),
            bars: bars.clone(),
        }
    }

    /// What work reports its progress to: how much is done, and of how much.
    pub fn callback(&self) -> impl Fn(usize, usize) -> ControlFlow<()> + Send + Sync + 'static {
        let (bar, bars) = (self.bar.clone(), self.bars.clone());
        let (start, shown) = (Instant::now(), Once::new());
        move |done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
            if start.elapsed() > MOMENT {
                shown.call_once(|| bars.add(bar.clone()).tick());
            }
            ControlFlow::Continue(())
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.bars.remove(&self.bar);
    }
}
