//! One photo, explained.

use std::error::Error;
use std::path::Path;

use crate::answer::Answer;
use crate::explain::args::Args;
use crate::explain::checks;
use crate::explain::explanation::Explanation;
use crate::explain::files::Files;
use crate::explain::findings::{Explanations, Findings};
use crate::explain::manifest::{self, Manifest};
use crate::explain::output::Output;
use crate::explain::report;
use crate::network::Classifier;
use crate::source::Source;
use crate::subject::Subject;
use crate::terminal::Terminal;

/// What is the same for all photos.
pub struct Explainer<'a> {
    pub args: &'a Args,
    pub classifier: &'a Classifier,
    pub terminal: &'a Terminal,
    /// Whether there is one photo, of which more is told.
    pub alone: bool,
}

impl Explainer<'_> {
    /// Explains a photo, and writes everything about it into a folder.
    pub fn explain(&self, source: &Source, folder: &Path) -> Result<Findings, Box<dyn Error>> {
        let subject = Subject::open(source, self.args.output.full_size, self.classifier)?;
        let answer = Answer::of(self.classifier, &subject)?;
        let top5 = answer.top5();
        self.terminal.say(&subject.name)?;
        for prediction in &top5 {
            self.terminal.say(prediction)?;
        }
        let target = answer.target(self.args.class)?;
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
        let wanted = self.args.output.report;
        let explanations = self.explanations(&subject, target.class, folder)?;
        let findings = Findings {
            explanations,
            checks: if wanted.axioms {
                checks::of(
                    self.args,
                    self.classifier,
                    &subject,
                    target.class,
                    self.terminal,
                )?
            } else {
                Vec::new()
            },
            subject,
            target,
            top5,
        };
        manifest::save(&Manifest::new(self.classifier, &findings), folder)?;
        if wanted.is_wanted {
            report::save(&findings, self.classifier, folder, wanted.force)?;
            let page = folder.join(Files::REPORT);
            self.terminal
                .say(format_args!("report written to {}", page.display()))?;
        }
        Ok(findings)
    }

    fn explanations(
        &self,
        subject: &Subject,
        class: usize,
        folder: &Path,
    ) -> Result<Explanations, Box<dyn Error>> {
        let Self {
            args,
            classifier,
            terminal,
            alone,
        } = self;
        let output = Output { folder, terminal };
        let explain = |asked| Explanation::new(asked, args, classifier, subject, class, terminal);
        if let Some(only) = args.only() {
            if *alone {
                terminal.say(Explanation::plan(only, args, classifier, subject)?)?;
            }
            let explanation = explain(only)?;
            output.one(&explanation, subject)?;
            return Ok(Explanations::One(Box::new(explanation)));
        }
        let explanations = args
            .asked()
            .into_iter()
            .map(|asked| explain(asked).map_err(|error| format!("{asked}: {error}")));
        Ok(Explanations::Several(
            output.several(explanations, subject)?,
        ))
    }
}
