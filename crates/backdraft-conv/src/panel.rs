//! The innermost loops: a few vectors of positions times a few channels, held in registers.

#![expect(
    unsafe_code,
    reason = "pointers without bounds checks in the innermost loops"
)]

use pulp::{Simd, WithSimd};

/// The most vectors of positions in a panel.
pub(crate) const VECTORS: usize = 4;
/// The most channels in a panel.
pub(crate) const CHANNELS: usize = 6;

/// What a panel computes: `tile[channel][vector]`, on its way out of the registers.
pub(crate) type Tile<S> = [[<S as Simd>::f32s; VECTORS]; CHANNELS];

/// Where a tap finds its source and its weight, from those of the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Offsets {
    pub source: usize,
    pub weight: usize,
}

/// The sum over all channels and taps of the source, of the vector of positions from each of `starts` on, times the
/// weights of `bias.len()` channels, plus their bias, within the bounds.
pub(crate) struct Panel<'a, S: Simd> {
    pub source: *const f32,
    pub weight: *const f32,
    pub taps: &'a [Offsets],
    /// Channels of the source, and how far apart they lie in the source and in the weights.
    pub channels: usize,
    pub source_channel: usize,
    pub weight_channel: usize,
    /// How far apart the weights of neighbouring channels of the result lie.
    pub weight_row: usize,
    pub starts: &'a [usize],
    pub bias: &'a [f32],
    pub bounds: (f32, f32),
    pub tile: &'a mut Tile<S>,
}

/// As many vectors as leave room in the registers for the accumulators of `CHANNELS` channels.
pub(crate) fn vectors<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 {
        VECTORS
    } else {
        VECTORS / 2
    }
}

impl<S: Simd> Panel<'_, S> {
    /// # Safety
    ///
    /// For each channel, tap and start, a vector of the source and a weight for each of `bias` must be readable at the
    /// sum of their offsets.
    #[inline(always)]
    pub unsafe fn compute(self, simd: S) {
        match self.starts.len() {
            1 => self.of_vectors::<1>(simd),
            2 => self.of_vectors::<2>(simd),
            3 => self.of_vectors::<3>(simd),
            _ => self.of_vectors::<4>(simd),
        }
    }

    #[inline(always)]
    fn of_vectors<const V: usize>(self, simd: S) {
        match self.bias.len() {
            1 => simd.vectorize(Sized::<S, V, 1>(self)),
            2 => simd.vectorize(Sized::<S, V, 2>(self)),
            3 => simd.vectorize(Sized::<S, V, 3>(self)),
            4 => simd.vectorize(Sized::<S, V, 4>(self)),
            5 => simd.vectorize(Sized::<S, V, 5>(self)),
            _ => simd.vectorize(Sized::<S, V, 6>(self)),
        }
    }
}

/// A panel of `V` vectors and `N` channels.
struct Sized<'a, S: Simd, const V: usize, const N: usize>(Panel<'a, S>);

impl<P: Simd, const V: usize, const N: usize> WithSimd for Sized<'_, P, V, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let panel = self.0;
        let mut sums = [[simd.splat_f32s(0.0); V]; N];
        for (sums, &bias) in sums.iter_mut().zip(panel.bias) {
            *sums = [simd.splat_f32s(bias); V];
        }
        let mut starts = [0; V];
        starts.copy_from_slice(&panel.starts[..V]);
        for channel in 0..panel.channels {
            // SAFETY: within what the caller of `compute` vouches for.
            let source = unsafe { panel.source.add(channel * panel.source_channel) };
            let weight = unsafe { panel.weight.add(channel * panel.weight_channel) };
            for tap in panel.taps {
                let source = unsafe { source.add(tap.source) };
                let weight = unsafe { weight.add(tap.weight) };
                let mut values = [simd.splat_f32s(0.0); V];
                for v in 0..V {
                    values[v] = unsafe { source.add(starts[v]).cast::<S::f32s>().read_unaligned() };
                }
                for n in 0..N {
                    let factor = simd.splat_f32s(unsafe { *weight.add(n * panel.weight_row) });
                    for v in 0..V {
                        sums[n][v] = simd.mul_add_e_f32s(values[v], factor, sums[n][v]);
                    }
                }
            }
        }
        let (min, max) = (
            simd.splat_f32s(panel.bounds.0),
            simd.splat_f32s(panel.bounds.1),
        );
        for n in 0..N {
            for v in 0..V {
                let low = simd.less_than_f32s(sums[n][v], min);
                let value = simd.select_f32s(low, min, sums[n][v]);
                let high = simd.less_than_f32s(max, value);
                let value = simd.select_f32s(high, max, value);
                let tile: *mut P::f32s = &mut panel.tile[n][v];
                unsafe { tile.cast::<S::f32s>().write_unaligned(value) };
            }
        }
    }
}
