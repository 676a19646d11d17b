//! The `etm` command.
fn main() {}
