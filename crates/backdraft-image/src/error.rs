use std::path::PathBuf;

use burn::tensor::TensorReadError;

use crate::{ColorMap, Scaling};

/// Everything that can go wrong between a photo on disk and a picture on disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The path of a photo leads nowhere.
    #[error("there is no photo at `{path}`: check the path and the working folder")]
    PhotoNotFound {
        /// The path as given.
        path: PathBuf,
    },

    /// The path of a photo leads to something that cannot be read, such as a folder.
    #[error("cannot read the photo `{path}`: {source}")]
    PhotoUnreadable {
        /// The path as given.
        path: PathBuf,
        /// What the system answered.
        source: std::io::Error,
    },

    /// The bytes are not a picture in a known format, or are damaged.
    #[error("{origin} is not an intact JPEG, PNG, WebP, GIF, BMP or TIFF picture: {source}")]
    NotAnImage {
        /// The path of the file, or "the given data".
        origin: String,
        /// What the decoder found.
        source: image::ImageError,
    },

    /// A JPEG file ends before its picture does, as after an interrupted download.
    #[error("{origin} is cut off: the JPEG data ends before the picture does, so copy it again")]
    TruncatedImage {
        /// The path of the file, or "the given data".
        origin: String,
    },

    /// A photo without a single pixel.
    #[error("a photo of {width} x {height} pixels is empty: both sides must be at least 1")]
    EmptyPhoto {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },

    /// A mean or standard deviation that no pixel can be normalized with.
    #[error(
        "channel {channel} cannot be normalized with mean {mean} and standard deviation {std}: \
         both must be finite and the standard deviation above 0"
    )]
    InvalidNormalization {
        /// 0 is red, 1 green, 2 blue; of one channel 0 is gray.
        channel: usize,
        /// The mean as given.
        mean: f32,
        /// The standard deviation as given.
        std: f32,
    },

    /// A picture with colors where one channel is needed.
    #[error(
        "{origin} has colors ({color}), not one channel: read it as a `Photo`, or make it gray first, with \
         `DynamicImage::to_luma16`"
    )]
    NotGray {
        /// The path of the file, "the given data" or "the given picture".
        origin: String,
        /// Its kind of pixels.
        color: String,
    },

    /// A tensor that does not hold pictures of as many channels.
    #[error("expected pictures of shape [batch, {channels}, height, width], found {shape:?}")]
    WrongChannels {
        /// How many channels are needed.
        channels: usize,
        /// The shape of the tensor.
        shape: [usize; 4],
    },

    /// A crop that does not fit into the resized photo.
    #[error(
        "cannot crop {crop} x {crop} pixels from a photo whose shorter side is resized to \
         {resize}: the crop must be at least 1 and at most {resize}"
    )]
    InvalidCrop {
        /// Length of the shorter side after resizing, in pixels.
        resize: u32,
        /// Side of the square crop, in pixels.
        crop: u32,
    },

    /// A photo so long and thin that resizing its shorter side makes the longer one enormous.
    #[error(
        "a photo of {width} x {height} pixels is too elongated: with its shorter side resized to \
         {resize}, its longer side would exceed {limit} pixels, so crop the photo first"
    )]
    PhotoTooElongated {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Length of the shorter side after resizing, in pixels.
        resize: u32,
        /// The most pixels that the longer side may have after resizing.
        limit: u32,
    },

    /// A batch of no photos.
    #[error("cannot stack an empty list of photos: give at least one")]
    EmptyBatch,

    /// A map of several rows for a signal, which has one.
    #[error("a signal needs a heat map of one row, got {rows} rows: reduce the channels first")]
    NotOneRow {
        /// Number of rows.
        rows: usize,
    },

    /// A signal of more curves than a picture shows.
    #[error("a signal of {channels} channels can't be drawn: choose at most {limit} of them")]
    TooManyChannels {
        /// Number of channels.
        channels: usize,
        /// The most that are drawn.
        limit: usize,
    },

    /// A number of slices that a volume doesn't have.
    #[error("a volume of depth {depth} can't be drawn as {slices} slices: ask for 1 to {depth}")]
    SliceCount {
        /// Number of slices asked for.
        slices: usize,
        /// Depth of the volume.
        depth: usize,
    },

    /// A view that is empty, not finite, or not within its photo.
    #[error(
        "a view of {width} x {height} pixels at ({x}, {y}) does not lie within a photo of \
         {photo_width} x {photo_height} pixels"
    )]
    InvalidView {
        /// Left edge, in photo pixels.
        x: f64,
        /// Top edge, in photo pixels.
        y: f64,
        /// Width in photo pixels.
        width: f64,
        /// Height in photo pixels.
        height: f64,
        /// Width of the photo in pixels.
        photo_width: u32,
        /// Height of the photo in pixels.
        photo_height: u32,
    },

    /// A view into one photo, used with another.
    #[error(
        "the view belongs to a photo of {expected:?} pixels, this photo has {found:?}: \
         make the view from this photo"
    )]
    WrongView {
        /// Width and height of the photo that the view was made for.
        expected: (u32, u32),
        /// Width and height of the photo at hand.
        found: (u32, u32),
    },

    /// A heat map without a single cell.
    #[error("a heat map of {width} x {height} cells is empty: both sides must be at least 1")]
    EmptyHeatmap {
        /// Width in cells.
        width: usize,
        /// Height in cells.
        height: usize,
    },

    /// A heat map whose values do not fill its cells.
    #[error(
        "a heat map of {width} x {height} cells needs exactly one value per cell, found {found}"
    )]
    HeatmapLength {
        /// Width in cells.
        width: usize,
        /// Height in cells.
        height: usize,
        /// How many values were given.
        found: usize,
    },

    /// Places that aren't those of a heat map's columns or rows.
    #[error(
        "{places} places were given for {cells} columns or rows of a heat map: there must be one for each, \
         finite and in ascending order"
    )]
    HeatmapPlaces {
        /// How many columns or rows there are.
        cells: usize,
        /// How many places were given.
        places: usize,
    },

    /// A heat map with values that have no color.
    #[error(
        "{count} of the heat map's {total} values are NaN or infinite, first {value} at column \
         {x}, row {y}: a picture would hide that, so find where they come from"
    )]
    NonFiniteHeatmap {
        /// How many values are NaN or infinite.
        count: usize,
        /// How many values there are.
        total: usize,
        /// Column of the first one.
        x: usize,
        /// Row of the first one.
        y: usize,
        /// The first one.
        value: f32,
    },

    /// The values of a heat map could not be read from their device.
    #[error("cannot read the heat map from its device: {0}")]
    ReadTensor(#[from] TensorReadError),

    /// A fixed range that holds no interval of numbers.
    #[error("{min} to {max} is not a range: both ends must be finite and the first the smaller")]
    InvalidRange {
        /// Lower end.
        min: f32,
        /// Upper end.
        max: f32,
    },

    /// A percentile that is none.
    #[error("{percentile} is not a percentile to clip at: it must be above 0 and at most 100")]
    InvalidPercentile {
        /// The percentile as given.
        percentile: f32,
    },

    /// A name that no color map has.
    #[error("there is no color map `{name}`: choose one of {}", ColorMap::names())]
    UnknownColorMap {
        /// The name as given.
        name: String,
    },

    /// A diverging color map whose neutral middle would not stand for zero.
    #[error(
        "`{color_map}` shows zero as its neutral middle, but {scaling:?} does not put zero in \
         the middle: use a scaling that does, such as `Scaling::Symmetric`, or a sequential \
         color map such as `{}`",
        ColorMap::default()
    )]
    ZeroOffCenter {
        /// The diverging color map.
        color_map: ColorMap,
        /// The scaling that does not center zero.
        scaling: Scaling,
    },

    /// A tensor that is no gradient of a picture.
    #[error(
        "a gradient image needs a tensor of shape [3, height, width], or [1, height, width] for \
         gray, found {shape:?}"
    )]
    NotGradientImage {
        /// The shape of the tensor.
        shape: [usize; 3],
    },

    /// A scaling that would move the mid-gray of a gradient image away from zero.
    #[error(
        "a gradient image shows zero as mid-gray, but {scaling:?} does not put zero in the \
         middle: use a scaling that does, such as `Scaling::SignedPercentile(99.0)`"
    )]
    UnsignedScaling {
        /// The scaling that does not center zero.
        scaling: Scaling,
    },

    /// An opacity that is none.
    #[error("{alpha} is not an opacity: it must be between 0 (invisible) and 1 (opaque)")]
    InvalidAlpha {
        /// The opacity as given.
        alpha: f32,
    },

    /// A heat map that cannot cover the whole photo without being stretched.
    #[error(
        "a heat map of {map:?} cells does not have the shape of a photo of {photo:?} pixels, so \
         the network saw a part of it or a squeezed copy: say which with \
         `.with_view(preprocess.view(&photo)?)` or `.with_view(View::whole(&photo))`"
    )]
    ShapeMismatch {
        /// Width and height of the heat map in cells.
        map: (usize, usize),
        /// Width and height of the photo in pixels.
        photo: (u32, u32),
    },

    /// A contact sheet of no pictures.
    #[error("a contact sheet needs at least one picture: add it with `.with_picture(title, ..)`")]
    EmptySheet,

    /// A contact sheet with no room for pictures.
    #[error("`with_{option}(0)` leaves no room for pictures on the contact sheet: give at least 1")]
    InvalidSheet {
        /// Which option is 0.
        option: &'static str,
    },

    /// A contact sheet too large to be held in memory.
    #[error(
        "a contact sheet of {width} x {height} pixels exceeds {limit} pixels: use fewer pictures, \
         a smaller `with_max_side` or a smaller `with_gap`"
    )]
    SheetTooLarge {
        /// Width in pixels.
        width: u64,
        /// Height in pixels.
        height: u64,
        /// The most pixels that a sheet may have.
        limit: u64,
    },

    /// The folder that a picture should be saved in does not exist.
    #[error("cannot save `{path}`: create the folder `{folder}` first")]
    MissingFolder {
        /// The path as given.
        path: PathBuf,
        /// Its parent folder.
        folder: PathBuf,
    },

    /// A picture could not be saved.
    #[error("cannot save `{path}` (the name should end in .png or .jpg): {source}")]
    CannotSave {
        /// The path as given.
        path: PathBuf,
        /// What the encoder or the system answered.
        source: image::ImageError,
    },
}
