//! Buffers that come and go, and the most that was alive at once.

/// A buffer by its place in the ledger.
pub(super) type Buffer = usize;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: Vec<Entry>,
    live: u64,
    peak: u64,
}

#[derive(Debug)]
struct Entry {
    bytes: u64,
    owners: usize,
}

impl Ledger {
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
        let mut ledger = Ledger::default();
        let first = ledger.allocate(10);
        let same = ledger.share(first);
        ledger.release(first);
        let second = ledger.allocate(5);
        assert_eq!(ledger.peak(), 15);
        ledger.release(same);
        // 5 are alive.
        ledger.burst(9);
        assert_eq!(ledger.peak(), 15);
        ledger.burst(11);
        assert_eq!(ledger.peak(), 16);
        ledger.release(second);
        assert_eq!(ledger.live, 0);
    }

    #[test]
    fn only_a_buffer_of_one_owner_is_overwritten() {
        let mut ledger = Ledger::default();
        let buffer = ledger.allocate(8);
        assert!(ledger.can_become(buffer, 8));
        assert!(!ledger.can_become(buffer, 4));
        let shared = ledger.share(buffer);
        assert!(!ledger.can_become(shared, 8));
        let foreign = ledger.foreign();
        assert!(!ledger.can_become(foreign, 0));
    }
}
