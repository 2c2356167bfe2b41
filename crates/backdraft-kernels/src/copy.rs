//! Copies of short rows, where a call of `memcpy` takes longer than the copy.

/// Values that can be read a few at a time.
pub(crate) trait Read {
    /// `N` values from `at` on.
    fn read<const N: usize>(&self, at: usize) -> [f32; N];
}

/// The values themselves.
pub(crate) struct All<'a>(pub &'a [f32]);

/// Every second value.
pub(crate) struct EverySecond<'a>(pub &'a [f32]);

/// Values, or 0 where the output isn't strictly between the limits, unless it is NaN.
pub(crate) struct Masked<R> {
    pub values: R,
    pub outputs: R,
    pub limits: (f32, f32),
}

impl Read for All<'_> {
    #[inline(always)]
    fn read<const N: usize>(&self, at: usize) -> [f32; N] {
        chunk(self.0, at)
    }
}

impl Read for EverySecond<'_> {
    #[inline(always)]
    fn read<const N: usize>(&self, at: usize) -> [f32; N] {
        let values = &self.0[2 * at..2 * (at + N) - 1];
        std::array::from_fn(|index| values[2 * index])
    }
}

impl<R: Read> Read for Masked<R> {
    #[inline(always)]
    fn read<const N: usize>(&self, at: usize) -> [f32; N] {
        let (values, outputs) = (self.values.read::<N>(at), self.outputs.read::<N>(at));
        let (min, max) = self.limits;
        let mut masked = values;
        for (value, output) in masked.iter_mut().zip(outputs) {
            *value = if output <= min || output >= max {
                0.0
            } else {
                *value
            };
        }
        masked
    }
}

#[inline(always)]
fn chunk<const N: usize>(values: &[f32], at: usize) -> [f32; N] {
    let mut chunk = [0.0; N];
    chunk.copy_from_slice(&values[at..at + N]);
    chunk
}

/// Copies as many values as `target` holds.
#[inline(always)]
pub(crate) fn copy(target: &mut [f32], values: impl Read) {
    match target.len() {
        0 => {}
        1 => target.copy_from_slice(&values.read::<1>(0)),
        2..4 => ends::<2>(target, values),
        4..8 => ends::<4>(target, values),
        8..16 => ends::<8>(target, values),
        16..32 => ends::<16>(target, values),
        length => {
            for at in (0..length - 31).step_by(16) {
                target[at..at + 16].copy_from_slice(&values.read::<16>(at));
            }
            let rest = length - length % 16 - 16;
            target[rest..rest + 16].copy_from_slice(&values.read::<16>(rest));
            target[length - 16..].copy_from_slice(&values.read::<16>(length - 16));
        }
    }
}

/// The first `N` and the last `N`, which may overlap.
#[inline(always)]
fn ends<const N: usize>(target: &mut [f32], values: impl Read) {
    let last = target.len() - N;
    target[..N].copy_from_slice(&values.read::<N>(0));
    target[last..].copy_from_slice(&values.read::<N>(last));
}

/// Writes `first` and `second` alternately.
#[inline(always)]
pub(crate) fn interleave(target: &mut [f32], first: &[f32], second: &[f32]) {
    let (pairs, _) = target.as_chunks_mut::<2>();
    for ((pair, &first), &second) in pairs.iter_mut().zip(first).zip(second) {
        *pair = [first, second];
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "copies are exact")]
mod tests {
    use super::*;

    #[test]
    fn rows_of_every_length_are_copied() {
        let values: Vec<_> = (0_u8..140).map(f32::from).collect();
        for length in 0..70 {
            let mut target = vec![-1.0; length];
            copy(&mut target, All(&values[..length]));
            assert_eq!(target, values[..length]);
            copy(
                &mut target,
                EverySecond(&values[..(2 * length).saturating_sub(1)]),
            );
            assert!(
                target
                    .iter()
                    .zip(values.iter().step_by(2))
                    .all(|(target, value)| target == value)
            );
            let outputs = values.iter().map(|value| value % 3.0).collect::<Vec<_>>();
            let masked = Masked {
                values: All(&values[..length]),
                outputs: All(&outputs[..length]),
                limits: (0.0, 2.0),
            };
            copy(&mut target, masked);
            assert!(
                (0..length)
                    .all(|index| target[index] == if index % 3 == 1 { values[index] } else { 0.0 })
            );
        }
    }

    #[test]
    fn two_rows_take_turns() {
        let mut target = [0.0; 4];
        interleave(&mut target, &[1.0, 3.0], &[2.0, 4.0]);
        assert_eq!(target, [1.0, 2.0, 3.0, 4.0]);
    }
}
