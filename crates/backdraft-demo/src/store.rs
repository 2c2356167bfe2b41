//! Things that are kept in memory for a while.

use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

/// Values by a name that can't be guessed, at most so many bytes of them: the ones that weren't asked for longest go first.
pub struct Store<T> {
    most: usize,
    kept: Mutex<Kept<T>>,
}

struct Kept<T> {
    bytes: usize,
    values: LruCache<String, (usize, Arc<T>)>,
}

impl<T> Store<T> {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::new(Kept {
                bytes: 0,
                values: LruCache::unbounded(),
            }),
        }
    }

    /// Keeps a value that takes so many bytes, and says under which name.
    pub fn keep(&self, value: T, bytes: usize) -> String {
        let name = new_name();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += bytes;
        kept.values.put(name.clone(), (bytes, Arc::new(value)));
        while kept.bytes > self.most && kept.values.len() > 1 {
            if let Some((_, (bytes, _))) = kept.values.pop_lru() {
                kept.bytes -= bytes;
            }
        }
        name
    }

    pub fn get(&self, name: &str) -> Option<Arc<T>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.values.get(name).map(|(_, value)| Arc::clone(value))
    }
}

/// A random name.
pub fn new_name() -> String {
    format!("{:032x}", rand::random::<u128>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_longest_goes_first() {
        let store = Store::new(10);
        let [first, second] = [1, 2].map(|value| store.keep(value, 5));
        assert_eq!(store.get(&first).as_deref(), Some(&1));
        let third = store.keep(3, 5);
        assert_eq!(store.get(&second), None);
        assert_eq!(
            (store.get(&first).as_deref(), store.get(&third).as_deref()),
            (Some(&1), Some(&3))
        );
    }

    #[test]
    fn names_are_long_and_differ() {
        let (one, other) = (new_name(), new_name());
        assert!(one.len() == 32 && one != other);
    }
}
