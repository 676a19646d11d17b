//! Keys: how they are derived, kept and used.
//!
//! * [`derivation`]: 24 words (BIP-39) to an ed25519 seed (SLIP-0010), and the secrets of the original network.
//! * [`keystore`]: one encrypted file a key.
//! * [`commands`]: `etm keys ...`.

pub mod commands;
pub mod derivation;
pub mod keystore;
mod record;
pub(crate) mod sealed;
