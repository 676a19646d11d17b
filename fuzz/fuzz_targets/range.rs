//! Ranges of blocks, as one node gives them to another.
#![no_main]

use etm_types::range::{Range, RangeWriter};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(range) = Range::from_bytes(bytes) {
        let mut writer = RangeWriter::new(range.chain, range.first);
        for block in &range.blocks {
            assert!(writer.push(&block.certificate, &block.block));
        }
        assert_eq!(writer.finish().as_deref(), Some(bytes));
    }
});
