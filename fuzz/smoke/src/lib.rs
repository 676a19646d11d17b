//! Nothing: `tests/targets.rs` is what this package is for.
