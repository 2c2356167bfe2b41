//! The innermost loops: a few vectors of positions times a few channels, held in registers.

#![expect(unsafe_code, reason = "loads without bounds checks")]

use crate::store::Line;
use pulp::{Arch, Simd, WithSimd};

/// The most vectors of positions in a panel.
pub(crate) const VECTORS: usize = 4;
/// The most channels in a panel.
pub(crate) const CHANNELS: usize = 6;

/// The fewest products to sum one after the other, see [`Panel::block`].
const SUMMANDS: usize = 64;

/// Bounds that no value exceeds.
pub(crate) const UNBOUNDED: (f32, f32) = (f32::NEG_INFINITY, f32::INFINITY);

/// The results of a panel.
pub(crate) type Tile = [[Line; VECTORS]; CHANNELS];

/// Where a panel leaves its results.
pub(crate) enum Target<'a> {
    Tile(&'a mut Tile),
    /// From `first` on the first vector of the first channel, the others `vectors` and `channel` further on.
    Output {
        first: *mut f32,
        vectors: [usize; VECTORS],
        channel: usize,
    },
}

/// Where a tap finds its source and its weight, from those of the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Offsets {
    pub source: usize,
    pub weight: usize,
}

/// The sum over all channels and taps of the source, of the vector of positions from each of the first `starts` on,
/// times the weights of `bias.len()` channels, plus their bias, within the bounds.
pub(crate) struct Panel<'a> {
    pub source: *const f32,
    pub weight: *const f32,
    pub taps: &'a [Offsets],
    /// Channels of the source, and how far apart they lie in the source and in the weights.
    pub channels: usize,
    pub source_channel: usize,
    pub weight_channel: usize,
    /// How far apart the weights of neighboring channels of the result lie.
    pub weight_row: usize,
    pub starts: [usize; VECTORS],
    pub vectors: usize,
    pub bias: &'a [f32],
    pub bounds: (f32, f32),
    pub target: Target<'a>,
}

impl Panel<'_> {
    /// # Safety
    ///
    /// For each channel, tap and start, a vector of the source and a weight for each of `bias` must be readable at
    /// the sum of their offsets, and an output must be writable at all its vectors.
    pub unsafe fn compute(self, arch: Arch) {
        match self.vectors {
            1 => self.of_vectors::<1>(arch),
            2 => self.of_vectors::<2>(arch),
            3 => self.of_vectors::<3>(arch),
            _ => self.of_vectors::<4>(arch),
        }
    }

    /// How many taps of how many channels to sum one after the other, before the sum is added to the total. The
    /// error of a sum in single precision grows with the root of its length, and is least if it is made of about as
    /// many sums as each of them has summands.
    fn block(&self) -> (usize, usize) {
        let taps = self.taps.len().max(1);
        let summands = (self.channels * taps).isqrt().max(SUMMANDS);
        (summands.min(taps), (summands / taps).max(1))
    }

    fn of_vectors<const V: usize>(self, arch: Arch) {
        match self.bias.len() {
            1 => arch.dispatch(Sized::<V, 1>(self)),
            2 => arch.dispatch(Sized::<V, 2>(self)),
            3 => arch.dispatch(Sized::<V, 3>(self)),
            4 => arch.dispatch(Sized::<V, 4>(self)),
            5 => arch.dispatch(Sized::<V, 5>(self)),
            _ => arch.dispatch(Sized::<V, 6>(self)),
        }
    }
}

/// A panel of `V` vectors and `N` channels.
struct Sized<'a, const V: usize, const N: usize>(Panel<'a>);

impl<const V: usize, const N: usize> WithSimd for Sized<'_, V, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let panel = self.0;
        let zeros = [[simd.splat_f32s(0.0); V]; N];
        let mut totals = zeros;
        for (totals, &bias) in totals.iter_mut().zip(panel.bias) {
            *totals = [simd.splat_f32s(bias); V];
        }
        let mut starts = [0; V];
        starts.copy_from_slice(&panel.starts[..V]);
        let (taps, channels) = panel.block();
        for taps in panel.taps.chunks(taps) {
            for first in (0..panel.channels).step_by(channels) {
                let mut sums = zeros;
                for channel in first..panel.channels.min(first + channels) {
                    // SAFETY: the caller of `compute` vouches for all that channels, taps and starts reach.
                    unsafe {
                        let source = panel.source.add(channel * panel.source_channel);
                        let weight = panel.weight.add(channel * panel.weight_channel);
                        for tap in taps {
                            let source = source.add(tap.source);
                            let weight = weight.add(tap.weight);
                            let mut values = [simd.splat_f32s(0.0); V];
                            for v in 0..V {
                                values[v] =
                                    source.add(starts[v]).cast::<S::f32s>().read_unaligned();
                            }
                            for n in 0..N {
                                let factor = simd.splat_f32s(*weight.add(n * panel.weight_row));
                                for v in 0..V {
                                    sums[n][v] = simd.mul_add_e_f32s(values[v], factor, sums[n][v]);
                                }
                            }
                        }
                    }
                }
                add(simd, &mut totals, &sums);
            }
        }
        if panel.bounds != UNBOUNDED {
            for totals in &mut totals {
                for total in totals {
                    *total = clamp(simd, *total, panel.bounds);
                }
            }
        }
        match panel.target {
            Target::Tile(tile) => {
                for n in 0..N {
                    for v in 0..V {
                        S::as_mut_simd_f32s(&mut tile[n][v].0).0[0] = totals[n][v];
                    }
                }
            }
            Target::Output {
                first,
                vectors,
                channel,
            } => {
                for n in 0..N {
                    for v in 0..V {
                        // SAFETY: as above.
                        unsafe {
                            let target = first.add(n * channel + vectors[v]);
                            target.cast::<S::f32s>().write_unaligned(totals[n][v]);
                        }
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn add<S: Simd, const V: usize, const N: usize>(
    simd: S,
    totals: &mut [[S::f32s; V]; N],
    sums: &[[S::f32s; V]; N],
) {
    for (totals, sums) in totals.iter_mut().zip(sums) {
        for (total, &sum) in totals.iter_mut().zip(sums) {
            *total = simd.add_f32s(*total, sum);
        }
    }
}

/// Within the bounds; NaN stays NaN.
#[inline(always)]
pub(crate) fn clamp<S: Simd>(simd: S, values: S::f32s, (min, max): (f32, f32)) -> S::f32s {
    let (min, max) = (simd.splat_f32s(min), simd.splat_f32s(max));
    let values = simd.select_f32s(simd.less_than_f32s(values, min), min, values);
    simd.select_f32s(simd.less_than_f32s(max, values), max, values)
}
