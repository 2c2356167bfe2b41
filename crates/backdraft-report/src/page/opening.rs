//! The title, the photo, and what the network says of it.

use backdraft::image::{DynamicImage, ImageFormat, Photo};
use maud::{Markup, html};

use crate::encode::data_url;
use crate::number::percent;
use crate::{Prediction, Report, ReportError};

/// The longer side of the photo: more than that a screen doesn't show.
const MAX_SIDE: u32 = 1600;

pub(super) fn of(report: &Report) -> Result<Markup, ReportError> {
    let photo = report.photo.as_ref();
    let photo = photo.map(|photo| figure(report, photo)).transpose()?;
    Ok(html! {
        header {
            h1 { (report.title) }
            p.lead { (lead(report)) }
        }
        @if photo.is_some() || !report.predictions.is_empty() {
            section.opening {
                @if let Some(photo) = photo {
                    (photo)
                }
                @if !report.predictions.is_empty() {
                    (predictions(&report.predictions))
                }
            }
        }
    })
}

/// Network and time, as far as they are known.
fn lead(report: &Report) -> String {
    let provenance = &report.provenance;
    let network = provenance.network.as_ref();
    let network = network.map(|network| format!("Network: {}.", network.name));
    let time = provenance.time.as_ref().map(|time| format!("Made {time}."));
    let version = format!("By backdraft {}.", provenance.backdraft);
    let known = [network, time, Some(version)].into_iter().flatten();
    known.collect::<Vec<_>>().join(" ")
}

fn figure(report: &Report, photo: &Photo) -> Result<Markup, ReportError> {
    let shown = photo.shrunk(MAX_SIDE);
    let url = data_url(
        &DynamicImage::from(shown.pixels().clone()),
        ImageFormat::Jpeg,
    )?;
    let size = format!("{} × {} pixels", photo.width(), photo.height());
    let file = report.photo_file.as_ref().map(|file| file.name.as_str());
    let name = file.map_or_else(String::new, |name| format!("{name}, "));
    Ok(html! {
        figure.photo {
            img src=(url) width=(shown.width()) height=(shown.height()) alt=(format!("The photo that is explained: {name}{size}."));
            figcaption { (name) (size) }
        }
    })
}

fn predictions(predictions: &[Prediction]) -> Markup {
    html! {
        div.table {
            table.predictions {
                caption { "What the network predicts" }
                thead {
                    tr {
                        th scope="col" { "Class" }
                        th.number scope="col" { "Probability" }
                        td aria-hidden="true" {}
                    }
                }
                tbody {
                    @for it in predictions {
                        tr {
                            th scope="row" { (it.name) " " small { (it.class) } }
                            td.number { (percent(it.probability.into())) }
                            td.bar aria-hidden="true" {
                                svg viewBox="0 0 100 8" preserveAspectRatio="none" {
                                    rect.fill width=(format!("{:.1}", 100.0 * it.probability)) height="8" {}
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
