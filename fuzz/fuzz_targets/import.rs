//! Imports: tables of balances and original genesis blocks.
#![no_main]

use etm_execution::genesis::import::{Labels, import_csv, import_v1};
use etm_execution::{ChainParams, Draft};
use etm_types::{Beacon, DialAddress, MinerKeys, Signature};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let empty = Draft::new("etm-fuzz", ChainParams::devnet(), 0, Beacon([0; 32]));
    for labels in [Labels::Refuse, Labels::Unspendable] {
        let mut draft = empty.clone();
        if import_csv(&mut draft, text, labels).is_err() {
            assert_eq!(draft, empty);
        }
    }
    let mut draft = empty.clone();
    let keys = MinerKeys {
        node: [0; 32].into(),
        bls: [0; 96].into(),
        node_proof: Signature([0; 64]),
        bls_proof: [0; 48].into(),
    };
    let Ok(dial) = DialAddress::new("localhost:1") else {
        return;
    };
    let supply = |_: usize, _: &_, _: &_| (keys.clone(), dial.clone());
    if import_v1(&mut draft, text, supply).is_err() {
        assert_eq!(draft, empty);
    }
});
