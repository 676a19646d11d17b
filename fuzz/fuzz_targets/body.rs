//! Bodies of requests to the API, as the node reads them, and what its queries hold.
#![no_main]

use etm_types::api::devnet::{FaucetRequest, TimeTravelRequest};
use etm_types::api::transaction::SubmitRequest;
use etm_types::{Transaction, codec};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

/// A body that is read is written and read again as the same.
fn body<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(bytes).ok()?;
    let written = serde_json::to_vec(&read).unwrap();
    assert_eq!(serde_json::from_slice::<T>(&written).unwrap(), read);
    Some(read)
}

fuzz_target!(|bytes: &[u8]| {
    if let Some(submitted) = body::<SubmitRequest>(bytes)
        && let Ok(transaction) = Transaction::from_bytes(&submitted.transaction.0)
    {
        assert_eq!(codec::to_bytes(&transaction), submitted.transaction.0);
    }
    let _ = body::<FaucetRequest>(bytes);
    let _ = body::<TimeTravelRequest>(bytes);
});
