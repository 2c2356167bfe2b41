//! A map over the photo, or alone.

use backdraft::Attribution;
use backdraft::image::Heatmap;

use crate::ReportError;
use crate::shown::backdrop::Backdrop;
use crate::shown::extreme::Extreme;
use crate::shown::layer::{self, Sign};
use crate::shown::marks;
use crate::shown::range::Range;

/// The longer side of a map without photo.
const SIDE: f64 = 800.0;
/// The least height of a map without photo, such as that of a signal, which has one row.
const MIN_HEIGHT: f64 = 60.0;

/// Maps with at most so many rows and columns are also shown as a table.
const TABLE_SIDE: usize = 14;

/// A map, drawn.
pub(crate) struct Map {
    /// Width and height of the picture, in its own units.
    pub(crate) size: (f64, f64),
    /// Left and top edge, width and height of the part that the map covers.
    pub(crate) area: [f64; 4],
    /// Whether it lies over the photo.
    pub(crate) on_photo: bool,
    /// The largest value, with its place in the picture.
    pub(crate) largest: Option<Extreme>,
    /// The most negative value, with its place in the picture.
    pub(crate) smallest: Option<Extreme>,
    /// What is drawn of a map that isn't flat.
    pub(crate) drawing: Option<Drawing>,
    /// The value that a flat map has everywhere, and every other one somewhere.
    pub(crate) any_value: f32,
    /// The values of a coarse map, row by row.
    pub(crate) rows: Option<Vec<Vec<f32>>>,
}

/// Layers of values in color, and what the colors stand for.
pub(crate) struct Drawing {
    pub(crate) range: Range,
    pub(crate) for_it: String,
    /// Of a signed map.
    pub(crate) against: Option<String>,
    /// The signs of a signed map.
    pub(crate) marks: Option<String>,
}

impl Map {
    /// A map of a method whose values can be negative, or can't.
    pub(crate) fn new(
        map: &Heatmap,
        attribution: &Attribution,
        signed: bool,
        backdrop: Option<&Backdrop>,
    ) -> Result<Self, ReportError> {
        let (size, area) = placed(map, backdrop);
        let in_picture = |it: Extreme| Extreme {
            place: in_picture(it.place, size, area),
            ..it
        };
        let smallest = Extreme::most_negative(map, attribution.places())?;
        Ok(Self {
            size,
            area,
            on_photo: backdrop.is_some(),
            largest: Extreme::largest(map).map(in_picture),
            smallest: smallest.map(in_picture),
            drawing: Drawing::of(map, signed, area)?,
            any_value: map.values()[0],
            rows: rows(map),
        })
    }
}

impl Drawing {
    fn of(map: &Heatmap, signed: bool, area: [f64; 4]) -> Result<Option<Self>, ReportError> {
        if map.is_flat() {
            return Ok(None);
        }
        let range = Range::of(map, signed);
        let mut drawing = Self {
            range,
            for_it: layer::url(map, &range, Sign::For)?,
            against: None,
            marks: None,
        };
        if range.signed {
            drawing.against = Some(layer::url(map, &range, Sign::Against)?);
            drawing.marks = Some(marks::path(map, &range, area)?);
        }
        Ok(Some(drawing))
    }
}

/// The values of a map that is coarse enough for a table.
fn rows(map: &Heatmap) -> Option<Vec<Vec<f32>>> {
    let fits = map.width().max(map.height()) <= TABLE_SIDE;
    fits.then(|| {
        map.values()
            .chunks(map.width())
            .map(<[f32]>::to_vec)
            .collect()
    })
}

/// The size of the picture, and the part of it that the map covers.
fn placed(map: &Heatmap, backdrop: Option<&Backdrop>) -> ((f64, f64), [f64; 4]) {
    if let Some(Backdrop { view, .. }) = backdrop {
        let (width, height) = view.photo_size();
        let area = [view.x(), view.y(), view.width(), view.height()];
        return ((width.into(), height.into()), area);
    }
    let (width, height) = (map.width() as f64, map.height() as f64);
    let scale = SIDE / width.max(height);
    let side = |cells: f64| (cells * scale).max(MIN_HEIGHT);
    let (width, height) = (side(width), side(height));
    ((width, height), [0.0, 0.0, width, height])
}

/// A place of the map as fractions of the picture.
fn in_picture((x, y): (f64, f64), size: (f64, f64), area: [f64; 4]) -> (f64, f64) {
    let [left, top, width, height] = area;
    ((left + x * width) / size.0, (top + y * height) / size.1)
}
