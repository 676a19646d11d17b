//! Receipts.
#![no_main]

use etm_types::Receipt;
use etm_types::codec::{from_bytes, to_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(receipt) = from_bytes::<Receipt>(bytes) {
        assert_eq!(to_bytes(&receipt), bytes);
    }
});
