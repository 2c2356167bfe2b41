//! The photos of a command line, one after the other.

use std::error::Error;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use crate::explain::args::Args;
use crate::explain::files::Files;
use crate::explain::folders::Folders;
use crate::explain::manifest::{self, Manifest};
use crate::explain::overview::Overview;
use crate::explain::photos::Photos;
use crate::explain::single::Explainer;
use crate::failure::Failure;
use crate::layers;
use crate::network::Classifier;
use crate::source::Source;
use crate::terminal::Terminal;

pub fn run(args: &Args, terminal: &Terminal) -> Result<(), Box<dyn Error>> {
    args.check()?;
    let start = Instant::now();
    let classifier = Classifier::new(&args.network)?;
    let seconds = start.elapsed().as_secs_f64();
    terminal.note(format_args!("{} loaded in {seconds:.2} s", classifier.name));
    if args.layers {
        return layers::list(&classifier.net, terminal);
    }
    let photos = Photos::find(&args.photos, args.recursive, &args.output.out)?;
    let explainer = Explainer {
        args,
        classifier: &classifier,
        terminal,
        alone: matches!(photos, Photos::One(_)),
    };
    match photos {
        Photos::One(source) => {
            let findings = explainer.explain(&source, &args.output.out)?;
            Ok(terminal.json(&Manifest::new(&classifier, &findings))?)
        }
        Photos::Several(sources) => several(&explainer, &sources),
    }
}

/// Explains each photo into a folder of its own. One that fails doesn't keep the others from being explained.
fn several(explainer: &Explainer, sources: &[Source]) -> Result<(), Box<dyn Error>> {
    let Explainer {
        args,
        classifier,
        terminal,
        ..
    } = explainer;
    let bar = terminal.bars().add(bar(sources.len()));
    let mut folders = Folders::new();
    let mut overview = Overview::new(classifier);
    for source in sources {
        bar.set_message(source.name());
        let folder = folders.name(&source.stem());
        match explainer.explain(source, &args.output.out.join(&folder)) {
            Ok(findings) => overview.explained(findings, folder),
            Err(error) => {
                let error = error.to_string();
                terminal.error(about(source, &error));
                overview.failed(source, error);
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    std::fs::create_dir_all(&args.output.out)
        .map_err(|error| format!("cannot create {}: {error}", args.output.out.display()))?;
    manifest::save(&overview, &args.output.out)?;
    terminal.json(&overview)?;
    let (failed, total) = (overview.failures(), sources.len());
    terminal.say(format_args!(
        "{} of {total} photos explained in {}",
        total - failed,
        args.output.out.join(Files::MANIFEST).display()
    ))?;
    verdict(failed, total)
}

/// An error with the name of its photo, unless it names it.
fn about(source: &Source, error: &str) -> String {
    let name = source.name();
    if error.contains(&name) {
        return error.into();
    }
    format!("{name}: {error}")
}

fn verdict(failed: usize, total: usize) -> Result<(), Box<dyn Error>> {
    match failed {
        0 => Ok(()),
        _ if failed == total => Err("no photo could be explained".into()),
        _ => Err(Failure::SomePhotos { failed, total }.into()),
    }
}

fn bar(photos: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{pos} of {len} photos [{bar:40}] {msg}");
    ProgressBar::new(photos as u64).with_style(style.expect("the template is valid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_photo_once() {
        let source = Source::of("a.png".into());
        assert_eq!(about(&source, "no class 7"), "a.png: no class 7");
        assert_eq!(about(&source, "`a.png` is cut off"), "`a.png` is cut off");
    }

    #[test]
    fn only_if_all_photos_fail_the_whole_fails() {
        assert!(verdict(0, 3).is_ok());
        let some = verdict(1, 3).unwrap_err();
        assert!(some.is::<Failure>());
        assert!(!verdict(3, 3).unwrap_err().is::<Failure>());
    }
}
