//! Blocks, headers and committees.
#![no_main]

use etm_types::codec::{from_bytes, to_bytes};
use etm_types::{Block, Committee, Header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(block) = Block::from_bytes(bytes) {
        assert_eq!(to_bytes(&block), bytes);
        let _ = block.commits_to_body();
    }
    if let Ok(header) = from_bytes::<Header>(bytes) {
        assert_eq!(to_bytes(&header), bytes);
    }
    if let Ok(committee) = from_bytes::<Committee>(bytes) {
        assert_eq!(to_bytes(&committee), bytes);
    }
});
