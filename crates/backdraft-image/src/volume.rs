use burn::tensor::Tensor;
use image::{Rgb, RgbImage};

use crate::heatmap::{check_size, neighbors};
use crate::{Heatmap, ImageError, Overlay, Photo, Scaling, View, grid::Grid};

/// Pixels between slices.
const GAP: u32 = 4;
/// The least height of a slice, in pixels.
const HEIGHT: usize = 96;

/// A volume, such as a scan or a short film, drawn as a sheet of slices in gray.
///
/// The drawing is a [`Photo`] on which a map of the volume shows where something mattered, with one scale for all
/// slices.
///
/// # Example
///
/// ```
/// use backdraft_image::Volume;
/// use burn::tensor::{Device, Distribution, Tensor};
///
/// let device = Device::flex();
/// let scan = Tensor::<3>::random([16, 32, 32], Distribution::Default, &device);
/// let volume = Volume::from_tensor(scan, 6)?;
/// // What a layer found, at its own resolution.
/// let map = Tensor::<3>::random([4, 8, 8], Distribution::Default, &device);
/// let picture = volume.overlay(map)?.render()?;
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Volume {
    photo: Photo,
    sheet: Sheet,
}

impl Volume {
    /// Draws so many slices at equal distances, the first one top left, in shades from the smallest to the largest
    /// value of the volume. Small volumes are enlarged, so that a slice is at least 96 pixels high; between
    /// the centers of cells, values are interpolated.
    ///
    /// # Shapes
    ///
    /// - tensor: `[depth, height, width]`
    ///
    /// # Errors
    ///
    /// When the tensor is empty, has values that are NaN or infinite or cannot be read from its device, when
    /// `slices` is not within 1 and the depth, or when the sheet would be too large.
    pub fn from_tensor(tensor: Tensor<3>, slices: usize) -> Result<Self, ImageError> {
        let [depth, height, width] = tensor.dims();
        if slices == 0 || slices > depth {
            return Err(ImageError::SliceCount { slices, depth });
        }
        let planes = Planes::from_tensor(tensor)?;
        let zoom = HEIGHT.div_ceil(height);
        let sheet = Sheet::new(slices, (width * zoom) as u32, (height * zoom) as u32)?;
        // Black around the slices.
        let shades = sheet.draw(&planes, planes.least())?;
        let scale = Scaling::MinMax.fit(&shades)?;
        let shade = |x, y| {
            let value = shades.values()[y as usize * shades.width() + x as usize];
            Rgb([(255.0 * scale.intensity(value)).round() as u8; 3])
        };
        let (width, height) = sheet.grid.size();
        Ok(Self {
            photo: Photo::from_image(RgbImage::from_fn(width, height, shade))?,
            sheet,
        })
    }

    /// The slices, as a photo.
    pub fn photo(&self) -> &Photo {
        &self.photo
    }

    /// Lays a map over the slices. It covers the whole volume, whatever its own resolution, and is interpolated
    /// between the centers of its cells.
    ///
    /// # Shapes
    ///
    /// - map: `[depth, height, width]`
    ///
    /// # Errors
    ///
    /// When the map is empty, has values that are NaN or infinite, or cannot be read from its device.
    pub fn overlay(&self, map: Tensor<3>) -> Result<Overlay<'_>, ImageError> {
        let planes = Planes::from_tensor(map)?;
        let map = self.sheet.draw(&planes, planes.nearest_to_zero())?;
        let whole = View::whole(&self.photo);
        Ok(map.overlay(&self.photo).with_view(whole))
    }
}

/// Numbers in three dimensions, plane by plane.
struct Planes(Vec<Heatmap>);

impl Planes {
    fn from_tensor(tensor: Tensor<3>) -> Result<Self, ImageError> {
        let [depth, height, width] = tensor.dims();
        check_size(width, depth * height)?;
        let all = Heatmap::from_tensor(tensor.reshape([depth * height, width]))?;
        let planes = all.values().chunks(height * width);
        let planes = planes.map(|values| Heatmap::new(width, height, values.to_vec()));
        planes.collect::<Result<_, _>>().map(Self)
    }

    fn least(&self) -> f32 {
        let least = self.0.iter().map(Heatmap::min);
        least.fold(f32::INFINITY, f32::min)
    }

    /// The value that shows no heat.
    fn nearest_to_zero(&self) -> f32 {
        let values = self.0.iter().flat_map(Heatmap::values).copied();
        values
            .reduce(|a, b| if b.abs() < a.abs() { b } else { a })
            .unwrap_or(0.0)
    }

    /// The value at a point, given as fractions of width, height and depth.
    fn sample(&self, x: f64, y: f64, z: f64) -> f32 {
        let (front, back, part) = neighbors(z, self.0.len());
        let at = |plane: usize| f64::from(self.0[plane].sample(x, y));
        (at(front) * (1.0 - part) + at(back) * part) as f32
    }
}

/// Where slices are drawn.
#[derive(Debug, Clone)]
struct Sheet {
    grid: Grid,
    slices: usize,
    size: (u32, u32),
}

impl Sheet {
    fn new(slices: usize, width: u32, height: u32) -> Result<Self, ImageError> {
        let size = (width, height);
        let columns = Grid::best_columns(slices as u32, |_| (size, GAP));
        Ok(Self {
            grid: Grid::of_equal(slices as u32, columns, size, GAP)?,
            slices,
            size,
        })
    }

    /// The slices of a volume, with another value in the gaps.
    fn draw(&self, planes: &Planes, gap: f32) -> Result<Heatmap, ImageError> {
        let (width, height) = self.grid.size();
        let mut values = vec![gap; (width * height) as usize];
        let fraction = |pixel: u32, pixels: u32| (f64::from(pixel) + 0.5) / f64::from(pixels);
        for slice in 0..self.slices {
            let z = (slice as f64 + 0.5) / self.slices as f64;
            let (left, top) = self.grid.corner(slice as u32);
            for row in 0..self.size.1 {
                let start = (top + row) * width + left;
                let y = fraction(row, self.size.1);
                for column in 0..self.size.0 {
                    let x = fraction(column, self.size.0);
                    values[(start + column) as usize] = planes.sample(x, y, z);
                }
            }
        }
        Heatmap::new(width as usize, height as usize, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// One bright voxel at depth 2, row 1, column 0.
    fn voxel() -> Tensor<3> {
        let values = Tensor::<3>::zeros([4, 3, 2], &Device::flex());
        let one = Tensor::<3>::ones([1, 1, 1], &Device::flex());
        values.slice_assign([2..3, 1..2, 0..1], one)
    }

    #[test]
    fn a_voxel_shines_in_its_slice() {
        let volume = Volume::from_tensor(voxel(), 4).unwrap();
        let image = volume.photo().pixels();
        // Slices of 64 x 96 pixels in a grid of two rows.
        assert_eq!(volume.sheet.size, (64, 96));
        let shade = |slice: u32, x: u32, y: u32| {
            let (left, top) = volume.sheet.grid.corner(slice);
            image.get_pixel(left + x, top + y).0[0]
        };
        assert!(shade(2, 15, 48) > 250);
        assert!(shade(2, 60, 48) < 5 && shade(2, 15, 5) < 5);
        assert!(shade(1, 15, 48) < 5 && shade(3, 15, 48) < 5);
    }

    #[test]
    fn a_coarse_map_covers_the_whole_volume() {
        let volume = Volume::from_tensor(voxel(), 2).unwrap();
        let map = Tensor::<3>::from_data([[[0.0]], [[1.0]]], &Device::flex());
        let overlay = volume.overlay(map).unwrap();
        let picture = overlay.render().unwrap();
        let pixel = |slice: u32| {
            let (left, top) = volume.sheet.grid.corner(slice);
            *picture.image().get_pixel(left + 50, top + 10)
        };
        assert_eq!(pixel(0).0, [0; 3]);
        assert_ne!(pixel(1).0, [0; 3]);
    }

    #[test]
    fn the_number_of_slices_is_checked() {
        for slices in [0, 5] {
            let error = Volume::from_tensor(voxel(), slices).unwrap_err();
            assert!(error.to_string().contains("1 to 4"), "{error}");
        }
        let empty = Tensor::<3>::zeros([2, 0, 2], &Device::flex());
        assert!(Volume::from_tensor(empty.clone(), 1).is_err());
        assert!(
            Volume::from_tensor(voxel(), 1)
                .unwrap()
                .overlay(empty)
                .is_err()
        );
        let nan = voxel() * f32::NAN;
        assert!(Volume::from_tensor(nan, 1).is_err());
    }
}
