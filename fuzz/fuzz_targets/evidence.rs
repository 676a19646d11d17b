//! Documents for light clients: what decodes encodes to the same bytes, and no check of any bytes panics.
#![no_main]

use etm_mechanism::Params;
use etm_types::{Round, Beacon, ChainId, Hash, StateKey};
use etm_verify::{Boundaries, Evidence, Facts, StateProof, Trust, VotesEvidence};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(evidence) = Evidence::from_bytes(bytes) {
        assert_eq!(evidence.to_bytes(), bytes);
    }
    if let Ok(boundaries) = Boundaries::from_bytes(bytes) {
        assert_eq!(boundaries.to_bytes(), bytes);
    }
    if let Ok(votes) = VotesEvidence::from_bytes(bytes) {
        assert_eq!(votes.to_bytes(), bytes);
    }
    if let Ok((tree, proof)) = StateProof::from_database(bytes) {
        let _ = tree.root(&StateKey([1; 32]), bytes, &proof);
    }
    if let Ok(trust) = Trust::from_bytes(bytes) {
        assert_eq!(trust.to_bytes(), bytes);
    }
    let _ = Trust::genesis(bytes);
    let facts = Facts {
        chain: ChainId([1; 32]),
        params: Params::mainnet(),
        timestamp_ms: 0,
        beacon: Beacon([1; 32]),
    };
    let mut trust = Trust::at(facts, Round(0), [Hash::ZERO; 2]);
    let _ = trust.walk(bytes);
    let _ = trust.check(bytes);
    let _ = trust.check_votes(bytes);
});
