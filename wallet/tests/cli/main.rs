//! The wallet as a program.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

mod config;
mod endless;
mod first_use;
mod inclusion;
mod keys;
mod misuse;
mod node;
mod prompts;
mod secrets;
mod support;
mod verify;
