use super::*;
use crate::codec::{from_bytes, to_bytes};

#[test]
fn miner_keys_prove_possession_for_one_owner() {
    let owner = Address([1; 20]);
    let keys = MinerSecrets::from_seed([7; 32]).prove(&owner);
    assert_eq!(keys.verify(&owner), Ok(()));
    assert_eq!(from_bytes::<MinerKeys>(&to_bytes(&keys)), Ok(keys.clone()));
    // Neither another owner nor another pairing of keys is accepted.
    assert!(matches!(
        keys.verify(&Address([2; 20])),
        Err(ProofError::Node(_))
    ));
    let other = MinerSecrets::from_seed([8; 32]).prove(&owner);
    let mixed = MinerKeys {
        bls: other.bls,
        bls_proof: other.bls_proof,
        ..keys.clone()
    };
    assert!(matches!(mixed.verify(&owner), Err(ProofError::Node(_))));
    let stolen = MinerKeys {
        bls_proof: other.bls_proof,
        ..keys
    };
    assert!(matches!(stolen.verify(&owner), Err(ProofError::Bls(_))));
}
