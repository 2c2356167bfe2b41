//! A tensor's values before they are known.

#![expect(
    unsafe_code,
    reason = "pointers without bounds checks in the innermost loops"
)]

/// Values that tasks write where no other task does.
pub(crate) struct Output(Vec<f32>, *mut f32);

// SAFETY: the pointer is that of the vector, which isn't touched before `finish`.
unsafe impl Sync for Output {}

impl Output {
    pub fn new(length: usize) -> Self {
        let mut values = Vec::with_capacity(length);
        let pointer = values.as_mut_ptr();
        Self(values, pointer)
    }

    pub fn pointer(&self) -> *mut f32 {
        self.1
    }

    /// # Safety
    ///
    /// All `length` values must have been written.
    pub unsafe fn finish(mut self, length: usize) -> Vec<f32> {
        // SAFETY: as promised by the caller; `new` reserved them.
        unsafe { self.0.set_len(length) };
        self.0
    }
}
