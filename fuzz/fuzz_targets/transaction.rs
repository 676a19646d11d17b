//! Transactions: what decodes encodes to the same bytes, and every check answers.
#![no_main]

use etm_types::Transaction;
use etm_types::codec::to_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(transaction) = Transaction::from_bytes(bytes) {
        assert_eq!(to_bytes(&transaction), bytes);
        assert_eq!(transaction.hash(), Transaction::hash_of_encoding(bytes));
        let _ = transaction.verify_signature();
    }
});
