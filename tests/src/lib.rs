//! Suites that span backdraft's crates: parity with reference libraries, coverage of Burn's modules, failures.
