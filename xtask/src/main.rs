//! `cargo xtask`: the checks and tests of the workspace.
fn main() {}
