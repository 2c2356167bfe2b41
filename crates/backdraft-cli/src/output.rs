//! Which files are written, and what is said about them.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

use backdraft::image::ContactSheet;

use crate::explanation::Explanation;
use crate::manifest::Entry;
use crate::subject::Subject;

/// Writes the two pictures of one method, and its values.
pub fn one(
    explanation: &Explanation,
    subject: &Subject,
    out: &Path,
) -> Result<Entry, Box<dyn Error>> {
    const OVERLAY: &str = "overlay.png";
    const ATTRIBUTION: &str = "attribution.safetensors";
    let pictures = &explanation.pictures;
    pictures.plain.save(out.join("heatmap.png"))?;
    pictures.overlay.save(out.join(OVERLAY))?;
    explanation.result.save(out.join(ATTRIBUTION))?;
    print_line(format_args!(
        "{explanation} written to {}",
        out.join(OVERLAY).display()
    ))?;
    warn(explanation);
    Ok(Entry::new(explanation, OVERLAY, ATTRIBUTION, subject))
}

/// Writes one picture and the values of each method, and all pictures on a sheet.
pub fn several<E: Into<Box<dyn Error>>>(
    explanations: impl Iterator<Item = Result<Explanation, E>>,
    subject: &Subject,
    out: &Path,
) -> Result<Vec<Entry>, Box<dyn Error>> {
    let mut sheet = ContactSheet::new().with_picture("photo", subject.photo.picture());
    let mut entries = Vec::new();
    for explanation in explanations {
        let explanation = explanation.map_err(Into::into)?;
        let method = explanation.method.name();
        let file = format!("{method}.png");
        let values = format!("{method}.safetensors");
        let picture = explanation.pictures.best();
        picture.save(out.join(&file))?;
        explanation.result.save(out.join(&values))?;
        print_line(&explanation)?;
        warn(&explanation);
        sheet = match explanation.facts() {
            Some(facts) => sheet.with_captioned_picture(method, facts, picture.clone()),
            None => sheet.with_picture(method, picture.clone()),
        };
        entries.push(Entry::new(&explanation, &file, &values, subject));
    }
    let path = out.join("sheet.png");
    sheet.save(&path)?;
    print_line(format_args!(
        "{} methods written to {}",
        entries.len(),
        path.display()
    ))?;
    Ok(entries)
}

/// Prints; whoever reads only the beginning (`| head`) has seen enough.
pub fn print_line(text: impl Display) -> io::Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

fn warn(explanation: &Explanation) {
    for warning in explanation.warnings() {
        eprintln!("warning: {warning}");
    }
}
