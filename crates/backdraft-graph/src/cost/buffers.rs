//! Buffers that come and go, and the most that was alive at once.

/// A buffer by its place in the tracker.
pub(super) type Buffer = usize;

#[derive(Debug, Default)]
pub(super) struct BufferTracker {
    entries: Vec<Entry>,
    live: u64,
    peak: u64,
}

#[derive(Debug)]
struct Entry {
    bytes: u64,
    owners: usize,
}

impl BufferTracker {
    /// A new buffer with one owner.
    pub(super) fn allocate(&mut self, bytes: u64) -> Buffer {
        self.live += bytes;
        self.peak = self.peak.max(self.live);
        self.entries.push(Entry { bytes, owners: 1 });
        self.entries.len() - 1
    }

    /// A buffer that exists before and after: it counts nothing and has another owner.
    pub(super) fn foreign(&mut self) -> Buffer {
        let buffer = self.allocate(0);
        self.share(buffer)
    }

    /// A further owner.
    pub(super) fn share(&mut self, buffer: Buffer) -> Buffer {
        self.entries[buffer].owners += 1;
        buffer
    }

    /// An owner less; the last one frees the buffer.
    pub(super) fn release(&mut self, buffer: Buffer) {
        let entry = &mut self.entries[buffer];
        entry.owners -= 1;
        if entry.owners == 0 {
            self.live -= entry.bytes;
        }
    }

    /// Whether its only owner may overwrite it with a result of this size.
    pub(super) fn can_become(&self, buffer: Buffer, bytes: u64) -> bool {
        let entry = &self.entries[buffer];
        entry.owners == 1 && entry.bytes == bytes
    }

    /// Memory that is needed for a moment.
    pub(super) fn burst(&mut self, bytes: u64) {
        self.peak = self.peak.max(self.live + bytes);
    }

    pub(super) fn peak(&self) -> u64 {
        self.peak
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_counts_what_is_alive_at_once() {
        let mut tracker = BufferTracker::default();
        let first = tracker.allocate(10);
        let same = tracker.share(first);
        tracker.release(first);
        let second = tracker.allocate(5);
        assert_eq!(tracker.peak(), 15);
        tracker.release(same);
        // 5 are alive.
        tracker.burst(9);
        assert_eq!(tracker.peak(), 15);
        tracker.burst(11);
        assert_eq!(tracker.peak(), 16);
        tracker.release(second);
        assert_eq!(tracker.live, 0);
    }

    #[test]
    fn only_a_buffer_of_one_owner_is_overwritten() {
        let mut tracker = BufferTracker::default();
        let buffer = tracker.allocate(8);
        assert!(tracker.can_become(buffer, 8));
        assert!(!tracker.can_become(buffer, 4));
        let shared = tracker.share(buffer);
        assert!(!tracker.can_become(shared, 8));
        let foreign = tracker.foreign();
        assert!(!tracker.can_become(foreign, 0));
    }
}
