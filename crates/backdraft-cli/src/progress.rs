//! A progress bar for work that takes longer than a moment.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner needs no bar.
const MOMENT: Duration = Duration::from_secs(1);

/// A bar on standard error, if that is a terminal; it goes when it is dropped.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar with a title, invisible at first.
    pub fn new(title: String) -> Self {
        let style = ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len}");
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self(
            bar.with_style(style.expect("the template is valid"))
                .with_message(title),
        )
    }

    /// What a method reports its progress to.
    pub fn callback(&self) -> impl Fn(usize, usize) -> ControlFlow<()> + Send + Sync + 'static {
        let (bar, start) = (self.0.clone(), Instant::now());
        move |done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
            if bar.is_hidden() && start.elapsed() > MOMENT {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.tick();
            }
            ControlFlow::Continue(())
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
