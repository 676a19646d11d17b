//! The golden vectors in `vectors/wire`, by which implementations in other languages are held to this one.
//!
//! The test compares the files with what the code says. After a wanted change of the format, write them anew with
//! `ETM_WRITE_VECTORS=1 cargo test -p etm-types --test vectors`, and look at the difference.

#![allow(clippy::unwrap_used, reason = "a test")]

use serde_json::Value;
use std::path::PathBuf;

#[path = "vectors/block.rs"]
mod block;
#[path = "vectors/facts.rs"]
mod facts;
#[path = "vectors/keys.rs"]
mod keys;
#[path = "vectors/order.rs"]
mod order;
#[path = "vectors/receipt.rs"]
mod receipt;
#[path = "vectors/state.rs"]
mod state;
#[path = "vectors/transaction.rs"]
mod transaction;

fn compare(name: &str, value: &Value) {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "vectors", "wire", name]
        .iter()
        .collect();
    let text = format!("{}\n", serde_json::to_string_pretty(value).unwrap());
    if std::env::var_os("ETM_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    // Line by line, so that a difference is short.
    for (line, (stored, computed)) in stored.lines().zip(text.lines()).enumerate() {
        assert_eq!(stored, computed, "vectors/wire/{name}, line {}", line + 1);
    }
    assert_eq!(stored.len(), text.len(), "vectors/wire/{name}");
}

/// Bytes that count up from `start`.
fn bytes<const N: usize>(start: u8) -> [u8; N] {
    core::array::from_fn(|index| start.wrapping_add(index as u8))
}

#[test]
fn keys_agree() {
    compare("keys.json", &keys::vectors());
}

#[test]
fn transactions_agree() {
    compare("transactions.json", &transaction::vectors());
}

#[test]
fn facts_agree() {
    compare("facts.json", &facts::vectors());
}

#[test]
fn blocks_agree() {
    compare("blocks.json", &block::vectors());
}

#[test]
fn receipts_agree() {
    compare("receipts.json", &receipt::vectors());
}

#[test]
fn state_agrees() {
    compare("state.json", &state::vectors());
}

#[test]
fn orders_agree() {
    compare("order.json", &order::vectors());
}
