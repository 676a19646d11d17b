//! What needs namespaces: a network over hosts, the real program in network namespaces with the delays and losses of a
//! wide-area network between them; and a node on a disk that fills up.
//!
//! `cargo xtask hosts` runs it in a namespace of its own, in which it makes those of the hosts; nothing of it is left behind.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

#[path = "../node/support.rs"]
mod support;

#[path = "../../../node/tests/network/forge.rs"]
mod forge;
mod full;
mod home;
mod liar;
mod story;
mod world;

#[test]
#[ignore = "needs namespaces: cargo xtask hosts"]
fn hosts() {
    story::tell();
}

#[test]
#[ignore = "needs a disk of its own: cargo xtask hosts"]
fn a_full_disk() {
    full::goes_on_when_there_is_room();
}
