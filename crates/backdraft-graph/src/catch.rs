//! Panics of Burn and of users' forward passes, caught without a word on stderr.
//!
//! A panic hook runs before a panic is caught, and Rust's own prints. The first call of [`catch`] therefore puts a hook
//! of ours before the one that there is. It is silent about what `catch` catches, and hands on every other panic,
//! those on other threads included.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;
use std::thread;

thread_local! {
    /// How many calls of `catch` this thread is in.
    static CATCHING: Cell<usize> = const { Cell::new(0) };
    /// Where the last panic in them was raised.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught.
pub(crate) struct Panic {
    pub(crate) message: String,
    /// File, line and column.
    pub(crate) place: Option<String>,
    /// What it carries.
    pub(crate) payload: Box<dyn Any + Send>,
}

/// The result of `work`, or its panic, after which nothing that `work` changed must be relied on.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    install_hook();
    let caught = {
        let _catching = Catching::begin();
        panic::catch_unwind(AssertUnwindSafe(work))
    };
    caught.map_err(|payload| Panic {
        message: message(payload.as_ref()),
        place: PLACE.take(),
        payload,
    })
}

/// Counts a call of [`catch`] while it lives.
struct Catching;

impl Catching {
    fn begin() -> Self {
        CATCHING.set(CATCHING.get() + 1);
        Self
    }
}

impl Drop for Catching {
    fn drop(&mut self) {
        CATCHING.set(CATCHING.get() - 1);
    }
}

fn install_hook() {
    static INSTALLED: Once = Once::new();
    // Where panics abort none is caught, and Rust allows no new hook while a thread unwinds.
    if cfg!(panic = "abort") || thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| match CATCHING.get() {
            0 => previous(info),
            _ => PLACE.set(place(info)),
        }));
    });
}

fn place(info: &PanicHookInfo<'_>) -> Option<String> {
    info.location().map(ToString::to_string)
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = (payload.downcast_ref::<String>().cloned())
        .or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
    text.map_or("no message".into(), |text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_its_message_and_its_place() {
        let panic = catch(|| panic!("too deep")).err().unwrap();
        assert_eq!(panic.message, "too deep");
        let place = panic.place.unwrap();
        assert!(place.contains("catch.rs:"), "{place}");
        assert_eq!(catch(|| 3).ok(), Some(3));
    }

    #[test]
    fn calls_inside_one_another_are_counted() {
        let outer = catch(|| {
            let inner = catch(|| panic!("inside")).err().unwrap();
            panic!("outside of {}", inner.message);
        });
        assert_eq!(outer.err().unwrap().message, "outside of inside");
        assert_eq!(CATCHING.get(), 0);
    }
}
