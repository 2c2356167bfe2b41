//! Where minimal filtering pays.

use crate::convolution::Convolution;
use crate::shifts::Axis;
use crate::store::LANES;
use crate::winograd::grid::{Grid, POINTS};

/// What else is to be done, counted in products that take as long, for each point: to transform a value of the
/// source and a result of a tile, and a weight. Measured with AVX-512; with AVX2 products take longer.
const SOURCE: usize = 24;
const RESULT: usize = 15;
const WEIGHT: usize = 44;

/// Images that share the transformed weights. What pays for a few loses little for one, and of the ways that pay the
/// best one for many images is taken.
const FEW: usize = 2;
const MANY: usize = 8;

/// Rows of results in a tile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rows {
    Two,
    Four,
}

impl Rows {
    /// Those of the tiles that take the least, if that is less than a direct sum takes.
    ///
    /// `size` is that of an image of results, `channels` are those of the source and of the result. How many images
    /// there are doesn't matter: an image has the same results, to the last bit, in any batch. So scores of images
    /// that differ in nothing a network looks at are equal, wherever they were computed.
    pub fn choose(size: [usize; 2], channels: [usize; 2]) -> Option<Self> {
        let [source, result] = channels;
        let direct = 9 * FEW * size[0] * size[1] * source * result;
        let products = |rows: Self, images: usize| {
            let tiles = Grid::new(images, size, rows.number()).tiles();
            let tiles = tiles.next_multiple_of(LANES);
            let each = tiles * (source * result + source * SOURCE + result * RESULT);
            (rows.number() + 2) * POINTS * (each + source * result * WEIGHT)
        };
        let ways = [Self::Two, Self::Four].into_iter();
        ways.filter(|&rows| products(rows, FEW) < direct)
            .min_by_key(|&rows| products(rows, MANY))
    }

    fn number(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }
}

/// On each axis the places in a kernel of three whose taps read from shifts 0, 1 and 2, if the convolution is such.
pub(crate) fn kernels(work: &Convolution) -> Option<[[usize; 3]; 2]> {
    let [y, x] = &work.axes;
    Some([kernel(y)?, kernel(x)?])
}

fn kernel(axis: &Axis) -> Option<[usize; 3]> {
    let [class] = &axis.classes[..] else {
        return None;
    };
    let place = |shift| {
        let tap = class.taps.iter().find(|tap| tap.shift == shift)?;
        Some(tap.kernel)
    };
    let dense = axis.stride == 1 && axis.step == 1 && class.taps.len() == 3;
    dense.then_some([place(0)?, place(1)?, place(2)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_with_many_tiles_and_channels_are_worth_it() {
        assert_eq!(Rows::choose([56, 56], [64, 64]), Some(Rows::Four));
        assert_eq!(Rows::choose([14, 14], [256, 256]), Some(Rows::Four));
    }

    #[test]
    fn few_tiles_do_not_pay_for_the_weights() {
        assert_eq!(Rows::choose([7, 7], [512, 512]), None);
    }

    #[test]
    fn few_channels_do_not_pay_for_the_tiles() {
        assert_eq!(Rows::choose([224, 224], [3, 64]), None);
        assert_eq!(Rows::choose([224, 224], [64, 3]), None);
        assert_eq!(Rows::choose([112, 112], [1, 1]), None);
    }

    #[test]
    fn tiles_that_fit_the_image_are_taken() {
        assert_eq!(Rows::choose([2, 512], [128, 128]), Some(Rows::Two));
        assert_eq!(Rows::choose([4, 512], [128, 128]), Some(Rows::Four));
    }
}
