//! Which axioms the methods keep on a photo, for the report.

use backdraft::evaluation::{Report, Suite};
use backdraft::{Baseline, Class, Error};

use crate::explain::args::Args;
use crate::explain::explanation::setup;
use crate::method::MethodName;
use crate::network::Classifier;
use crate::progress::Bar;
use crate::subject::Subject;
use crate::terminal::Terminal;

/// What is found about each method, where the photo is compared with zeros.
pub fn of(
    args: &Args,
    classifier: &Classifier,
    subject: &Subject,
    class: usize,
    terminal: &Terminal,
) -> Result<Vec<Report>, Error> {
    let image = subject.image.clone();
    let zeros = Baseline::zeros();
    let suite = Suite::new(&subject.name, &classifier.net, image, zeros, Class(class))?;
    let suite = suite.with_seed(args.seed());
    let chosen = args.chosen();
    let bar = Bar::new("axioms", terminal.bars());
    let progress = bar.callback();
    let check = |(done, method): (usize, &MethodName)| {
        let _ = progress(done, chosen.len());
        let setup = setup(*method, args, &classifier.normalization);
        // Built once before, to have its error: a baseline changes nothing about that.
        method.entry().build(&setup)?;
        suite.run(method.name(), |baseline| {
            let built = method.entry().build(&setup.clone().with_baseline(baseline));
            built.expect("the method has been built")
        })
    };
    chosen.iter().enumerate().map(check).collect()
}
