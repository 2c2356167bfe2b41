//! Which pictures and values are written, and what is said about them.

use std::error::Error;
use std::fs;
use std::path::Path;

use backdraft::image::ContactSheet;
use backdraft_report::chart::Chart;

use crate::explain::explanation::Explanation;
use crate::explain::files::Files;
use crate::explain::pictures::Pictures;
use crate::subject::Subject;
use crate::terminal::{self, Terminal};

/// The most regions that have a chart.
const MOST_REGIONS: usize = 1000;
/// The most regions that a terminal lists.
const BARS: usize = 8;

/// The folder of a photo.
pub struct Output<'a> {
    pub folder: &'a Path,
    pub terminal: &'a Terminal,
}

impl Output<'_> {
    /// Writes the two pictures of one method, and its values.
    pub fn one(&self, explanation: &Explanation, subject: &Subject) -> Result<(), Box<dyn Error>> {
        let files = Files::single();
        let overlay = self.folder.join(files.picture);
        let pictures = Pictures::draw(explanation, subject)?;
        pictures.plain.save(self.folder.join(Files::HEATMAP))?;
        pictures.overlay.save(&overlay)?;
        (explanation.result).save(self.folder.join(files.attribution))?;
        if let Some(chart) = self.chart(explanation, &files.chart)? {
            let chart = chart.with_limit(BARS).text(0, terminal::width())?;
            self.terminal.say(chart.trim_end())?;
        }
        self.terminal.say(format_args!(
            "{explanation} written to {}",
            overlay.display()
        ))?;
        self.remark(explanation);
        Ok(())
    }

    /// Writes one picture and the values of each method, and all pictures on a sheet.
    pub fn several<E: Into<Box<dyn Error>>>(
        &self,
        explanations: impl Iterator<Item = Result<Explanation, E>>,
        subject: &Subject,
    ) -> Result<Vec<Explanation>, Box<dyn Error>> {
        let mut sheet = ContactSheet::new().with_picture("photo", subject.photo.picture());
        let mut written = Vec::new();
        for explanation in explanations {
            let explanation = explanation.map_err(Into::into)?;
            sheet = self.one_of_several(&explanation, subject, sheet)?;
            written.push(explanation);
        }
        let path = self.folder.join(Files::SHEET);
        sheet.save(&path)?;
        self.terminal.say(format_args!(
            "{} methods written to {}",
            written.len(),
            path.display()
        ))?;
        Ok(written)
    }

    fn one_of_several(
        &self,
        explanation: &Explanation,
        subject: &Subject,
        sheet: ContactSheet,
    ) -> Result<ContactSheet, Box<dyn Error>> {
        let name = explanation.asked.to_string();
        let files = Files::of(explanation.asked);
        let pictures = Pictures::draw(explanation, subject)?;
        let picture = pictures.best();
        picture.save(self.folder.join(files.picture))?;
        (explanation.result).save(self.folder.join(files.attribution))?;
        self.chart(explanation, &files.chart)?;
        self.terminal.say(explanation)?;
        self.remark(explanation);
        Ok(match explanation.facts() {
            Some(facts) => sheet.with_captioned_picture(name, facts, picture.clone()),
            None => sheet.with_picture(name, picture.clone()),
        })
    }

    /// Writes the chart of a method that replaces regions, unless they are so many that only a map shows them.
    fn chart(
        &self,
        explanation: &Explanation,
        file: &str,
    ) -> Result<Option<Chart>, Box<dyn Error>> {
        let regions = explanation.result.regions();
        if regions.is_none_or(|regions| regions.len() > MOST_REGIONS) {
            return Ok(None);
        }
        let chart = Chart::new(explanation.result.clone());
        let path = self.folder.join(file);
        fs::write(&path, chart.bars(0)?)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        Ok(Some(chart))
    }

    fn remark(&self, explanation: &Explanation) {
        for warning in explanation.warnings() {
            self.terminal.warn(warning);
        }
        let seconds = explanation.time.as_secs_f64();
        self.terminal
            .note(format_args!("{} took {seconds:.2} s", explanation.asked));
    }
}
