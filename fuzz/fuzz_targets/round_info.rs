//! What a node stores about a round, to start its consensus again.
#![no_main]

use bytes::Buf as _;
use commonware_codec::{Copying, Encode, EncodeSize, Read as _};
use libfuzzer_sys::fuzz_target;
use round_info::RoundInfo;

#[path = "../../node/src/engine/round_info.rs"]
#[allow(dead_code)]
mod round_info;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = Copying(bytes);
    if let Ok(info) = RoundInfo::read_cfg(&mut rest, &()) {
        let length = bytes.len() - rest.remaining();
        assert_eq!(info.encode().as_ref(), &bytes[..length]);
        assert_eq!(info.encode_size(), length);
    }
});
