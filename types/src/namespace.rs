//! What a signature is for. Bytes signed in one namespace mean nothing in another.

use crate::hash::ChainId;

/// Of transactions (the chain id is part of the signed bytes).
pub const TRANSACTION: &[u8] = b"etm/tx/v1";
/// Of beacon contributions.
pub const VRF: &[u8] = b"etm/vrf/v1";
/// Of proofs of possession.
pub const POSSESSION: &[u8] = b"etm/pop/v1";
/// Of consensus votes.
pub const CONSENSUS: &[u8] = b"etm/consensus/v1";

/// `u8(length of name) || name || message`, the bytes that are signed. Consensus and p2p put namespaces in front the same way.
pub fn in_namespace(name: &[u8], message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + name.len() + message.len());
    // Every namespace is below 128 bytes, where this byte is also commonware's variable-length integer.
    bytes.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(message);
    bytes
}

/// The namespace of beacon contributions on `chain`: `"etm/vrf/v1" || chain id`.
pub fn vrf(chain: &ChainId) -> Vec<u8> {
    [VRF, chain.as_bytes()].concat()
}

/// The namespace of consensus on `chain`: `"etm/consensus/v1" || chain id`.
pub fn consensus(chain: &ChainId) -> Vec<u8> {
    [CONSENSUS, chain.as_bytes()].concat()
}

/// The namespace of proofs of possession by `owner`: `"etm/pop/v1" || 20 bytes of the address`.
pub fn possession(owner: &[u8; 20]) -> Vec<u8> {
    [POSSESSION, &owner[..]].concat()
}
