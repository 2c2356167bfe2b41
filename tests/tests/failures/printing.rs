//! What a caught panic prints.

use std::process::Command;
use std::{env, panic, thread};

use crate::*;

const CHILD: &str = "BACKDRAFT_TEST_PRINTING";

/// Runs in a process of its own, for a panic hook is the whole process's.
#[test]
fn a_panic_that_becomes_an_error_prints_nothing() {
    if env::var_os(CHILD).is_some() {
        panics();
        return;
    }
    let output = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "printing::a_panic_that_becomes_an_error_prints_nothing",
        ])
        .arg("--nocapture")
        .env(CHILD, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}");
    for silent in ["too deep", "Lanczos"] {
        assert!(!printed.contains(silent), "{printed}");
    }
    for heard in ["before", "beside", "after", "the hook of the user"] {
        assert!(printed.contains(heard), "no `{heard}` in {printed}");
    }
}

fn panics() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        eprintln!("the hook of the user");
        previous(info);
    }));
    assert!(panic::catch_unwind(|| panic!("before")).is_err());
    let forward = |_: &Classifier, _: Tensor<4>| -> Tensor<2> {
        assert!(thread::spawn(|| panic!("beside")).join().is_err());
        panic!("too deep")
    };
    let device = Device::flex();
    let error = Network::capture(&Classifier::new(&device), images(1, &device), forward);
    assert!(matches!(
        error,
        Err(Error::Capture(CaptureError::ForwardPanicked { .. }))
    ));
    let error = differentiating::lanczos(&Classifier::new(&device)).unwrap_err();
    assert!(matches!(error, Error::Pass(PassError::Backward { .. })));
    assert!(panic::catch_unwind(|| panic!("after")).is_err());
}
