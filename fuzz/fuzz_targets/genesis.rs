//! Genesis files (JSON, TOML) and the canonical encoding behind the chain id.
#![no_main]

use etm_execution::{Draft, Genesis};
use etm_types::codec::{from_bytes, to_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(draft) = from_bytes::<Draft>(bytes) {
        assert_eq!(to_bytes(&draft), bytes);
        let _ = Genesis::new(draft);
    }
    let Ok(text) = core::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(draft) = Draft::from_json(text) {
        assert_eq!(Draft::from_json(&draft.to_json()), Ok(draft.clone()));
        let _ = Genesis::new(draft);
    }
    let _ = Draft::from_toml(text);
});
