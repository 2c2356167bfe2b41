//! Every axiom, checked on a photo for one method after the other.

use std::time::Instant;

use backdraft::evaluation::{Check, Problem, Subject as Method};
use backdraft::{Baseline, Class, Error, axioms};

use crate::answer::{Answer, Target};
use crate::axioms::args::Args;
use crate::axioms::checked::{Checked, CheckedAxiom, CheckedMethod};
use crate::axioms::report::report;
use crate::method::MethodName;
use crate::network::Classifier;
use crate::progress::Bar;
use crate::source::Source;
use crate::subject::Subject;
use crate::terminal::{self, Terminal};

pub fn run(args: &Args, terminal: &Terminal) -> Result<(), Box<dyn std::error::Error>> {
    let classifier = Classifier::new(&args.network)?;
    let source = args.photo.clone().map_or(Source::BuiltIn, Source::of);
    let subject = Subject::open(&source, false, &classifier)?;
    let target = Answer::of(&classifier, &subject)?.target(args.class)?;
    let baseline = args.baseline.build(args.seed, &classifier.normalization);
    terminal.say(format_args!(
        "{}, {target}, compared with {baseline}\n",
        subject.name
    ))?;
    let suite = Suite::new(args, &classifier, &subject, &target, baseline.clone())?;
    let checked = Checked {
        methods: suite.check_all(args, terminal)?,
        photo: subject.name,
        network: classifier.name,
        backend: classifier.backend.clone(),
        target,
        baseline: baseline.to_string(),
        seed: args.seed,
        version: env!("CARGO_PKG_VERSION"),
    };
    terminal.json(&checked)?;
    terminal.say(report(&checked, terminal::width()))?;
    match checked.broken().as_slice() {
        [] => Ok(()),
        broken => Err(format!(
            "there is a counterexample to what docs/axioms.md says of a method: {}",
            broken.join("; ")
        )
        .into()),
    }
}

/// What methods are checked on.
struct Suite<'a> {
    problem: Problem<'a>,
    axioms: Vec<Box<dyn Check + 'a>>,
}

impl<'a> Suite<'a> {
    fn new(
        args: &Args,
        classifier: &'a Classifier,
        subject: &Subject,
        target: &Target,
        baseline: Baseline,
    ) -> Result<Self, Error> {
        let (net, image) = (&classifier.net, subject.image.clone());
        let problem = Problem::new(net, image, baseline, Class(target.class))?;
        Ok(Self {
            problem: problem.with_seed(args.seed),
            axioms: axioms::all(),
        })
    }

    fn check_all(&self, args: &Args, terminal: &Terminal) -> Result<Vec<CheckedMethod>, String> {
        let methods = args.chosen();
        let bar = Bar::new("axioms", terminal.bars());
        let report = bar.callback();
        let total = methods.len() * self.axioms.len();
        let mut done = 0;
        let mut progress = || {
            let _ = report(done, total);
            done += 1;
        };
        let check = |method| {
            let start = Instant::now();
            let checked = self.check(method, args, &mut progress)?;
            let seconds = start.elapsed().as_secs_f64();
            terminal.note(format_args!("{method} took {seconds:.1} s"));
            Ok(checked)
        };
        methods.into_iter().map(check).collect()
    }

    fn check(
        &self,
        method: MethodName,
        args: &Args,
        progress: &mut impl FnMut(),
    ) -> Result<CheckedMethod, String> {
        let family = family(method, args);
        let checks = self.axioms.iter().map(|axiom| {
            progress();
            let outcome = axiom.run(&self.problem, &family);
            let outcome =
                outcome.map_err(|error| format!("{method}, {}: {error}", axiom.name()))?;
            Ok(CheckedAxiom::new(method.name(), outcome))
        });
        Ok(CheckedMethod {
            method: method.name(),
            checks: checks.collect::<Result<_, String>>()?,
        })
    }
}

/// A method as a function of its baseline.
fn family(method: MethodName, args: &Args) -> Method<'static> {
    let (entry, setup) = (method.entry(), args.setup());
    Method::new(move |baseline| {
        let built = entry.build(&setup.clone().with_baseline(baseline));
        built.expect("the methods that can be chosen need no further option")
    })
}
