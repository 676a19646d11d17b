use super::*;
use crate::codec::{from_bytes, to_bytes};
use crate::testing::{any_transaction, registration};
use proptest::prelude::*;

#[test]
fn a_signature_is_for_one_chain_and_every_field() {
    let key = SecretKey::from_seed([1; 32]);
    let unsigned = UnsignedTransaction {
        chain: ChainId([2; 32]),
        sender: key.public_key(),
        nonce: 3,
        fee: Units(4),
        expires_at: Height(5),
        payload: Payload::Lock { amount: Units(6) },
    };
    let signed = unsigned.clone().sign(&key);
    assert_eq!(signed.verify_signature(), Ok(()));
    assert_eq!(signed.sender(), Address::of(&key.public_key()));
    let bytes = to_bytes(&signed);
    let unsigned_bytes = bytes.len() - 64;
    for position in 0..unsigned_bytes {
        let mut changed = bytes.clone();
        changed[position] ^= 1;
        if let Ok(other) = from_bytes::<Transaction>(&changed) {
            assert!(other.verify_signature().is_err(), "byte {position}");
            assert_ne!(other.hash(), signed.hash());
        }
    }
}

#[test]
fn the_largest_transaction_is_within_the_limit() {
    let bytes = to_bytes(&registration(20, 128, Some(128)));
    assert!(bytes.len() <= MAX_TRANSACTION_BYTES, "{}", bytes.len());
    assert!(Transaction::from_bytes(&bytes).is_ok());
    assert!(matches!(
        Transaction::from_bytes(&[0; MAX_TRANSACTION_BYTES + 1]),
        Err(DecodeError::TooLong { .. })
    ));
}

proptest! {
    #[test]
    fn transactions_round_trip(transaction in any_transaction()) {
        let bytes = to_bytes(&transaction);
        prop_assert_eq!(Transaction::from_bytes(&bytes), Ok(transaction.clone()));
        prop_assert_eq!(Transaction::hash_of_encoding(&bytes), transaction.hash());
        for end in 0..bytes.len() {
            prop_assert!(Transaction::from_bytes(&bytes[..end]).is_err());
        }
        let mut longer = bytes;
        longer.push(0);
        let trailing = matches!(
            Transaction::from_bytes(&longer),
            Err(DecodeError::TrailingBytes { left: 1, .. })
        );
        prop_assert!(trailing);
    }

    #[test]
    fn what_decodes_is_canonical(transaction in any_transaction(), position: prop::sample::Index, value: u8) {
        let mut bytes = to_bytes(&transaction);
        let position = position.index(bytes.len());
        bytes[position] = value;
        if let Ok(decoded) = Transaction::from_bytes(&bytes) {
            prop_assert_eq!(to_bytes(&decoded), bytes);
        }
    }
}
