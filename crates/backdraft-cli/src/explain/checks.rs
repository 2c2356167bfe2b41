//! Which axioms the methods keep on a photo, for the report.

use backdraft::evaluation::{Report, Suite};
use backdraft::{Baseline, Class, Error};

use crate::explain::args::Args;
use crate::explain::asked::Asked;
use crate::explain::explanation::setup;
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
    let asked = args.asked();
    let bar = Bar::new("axioms", terminal.bars());
    let progress = bar.callback();
    let check = |(done, one): (usize, &Asked)| {
        let _ = progress(done, asked.len());
        let setup = setup(*one, args, &classifier.normalization);
        let entry = one.method.entry();
        // Built once before, to have its error: a baseline changes nothing about that.
        entry.build(&setup)?;
        suite.run(one.to_string(), |baseline| {
            let built = entry.build(&setup.clone().with_baseline(baseline));
            built.expect("the method has been built")
        })
    };
    asked.iter().enumerate().map(check).collect()
}
