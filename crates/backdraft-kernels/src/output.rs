//! A tensor's values before they are known.

#![expect(unsafe_code, reason = "tasks write to pieces of one vector")]

/// Values that tasks write where no other task does.
pub(crate) struct Output {
    values: Vec<f32>,
    pointer: *mut f32,
}

// SAFETY: the pointer is that of the vector, which isn't touched before `finish`.
unsafe impl Sync for Output {}

impl Output {
    pub fn new(length: usize) -> Self {
        let mut values = Vec::with_capacity(length);
        Self {
            pointer: values.as_mut_ptr(),
            values,
        }
    }

    pub fn pointer(&self) -> *mut f32 {
        self.pointer
    }

    /// A piece to write.
    ///
    /// # Safety
    ///
    /// The piece must lie within the length, and no other task may use it.
    #[expect(clippy::mut_from_ref, reason = "pieces don't overlap")]
    #[inline(always)]
    pub unsafe fn piece(&self, place: usize, length: usize) -> &mut [f32] {
        // SAFETY: as promised by the caller; a piece is written before it is read.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.add(place), length) }
    }

    /// # Safety
    ///
    /// All `length` values must have been written.
    pub unsafe fn finish(mut self, length: usize) -> Vec<f32> {
        // SAFETY: as promised by the caller; `new` reserved them.
        unsafe { self.values.set_len(length) };
        self.values
    }
}
