//! Every fuzz target on golden vectors and changes of them. A campaign (`cargo xtask fuzz`) searches by coverage and for longer;
//! this holds in every run that the targets compile, that what they say is true of the vectors, and that they catch on nothing near them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::{prelude::*, sample::Index};
use std::{collections::BTreeSet, fs, path::Path, sync::LazyLock};

/// Calls each target of the folder by a test of its name: with one of so many vectors, and so often near one.
macro_rules! targets {
    ($($name:ident $path:literal $every:literal $cases:literal;)*) => {
        $(
            #[path = $path]
            #[allow(
                dead_code,
                unused_attributes,
                clippy::module_inception,
                clippy::panic,
                clippy::unwrap_used,
                reason = "a program of its own elsewhere"
            )]
            mod $name;
        )*

        const NAMES: &[&str] = &[$(stringify!($name)),*];

        mod holds {
            use super::*;

            $(
                #[test]
                fn $name() {
                    for seed in SEEDS.iter().step_by($every) {
                        super::$name::run(seed);
                    }
                    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases($cases) };
                    proptest!(config, |(input in near_a_vector())| super::$name::run(&input));
                }
            )*
        }
    };
}

targets! {
    block "../../fuzz_targets/block.rs" 1 2000;
    body "../../fuzz_targets/body.rs" 1 2000;
    certificate "../../fuzz_targets/certificate.rs" 1 2000;
    evidence "../../fuzz_targets/evidence.rs" 1 500;
    execution "../../fuzz_targets/execution.rs" 100 5;
    genesis "../../fuzz_targets/genesis.rs" 1 500;
    import "../../fuzz_targets/import.rs" 1 500;
    proof "../../fuzz_targets/proof.rs" 1 2000;
    range "../../fuzz_targets/range.rs" 1 2000;
    receipt "../../fuzz_targets/receipt.rs" 1 2000;
    round_info "../../fuzz_targets/round_info.rs" 1 500;
    scenario "../../fuzz_targets/scenario.rs" 1 100;
    state "../../fuzz_targets/state.rs" 1 2000;
    text "../../fuzz_targets/text.rs" 1 2000;
    transaction "../../fuzz_targets/transaction.rs" 1 2000;
}

/// Longer ones are left to campaigns.
const MAX_SEED: usize = 4096;

/// Texts and encodings of the golden vectors of wire and verification, each once.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    let mut seeds = BTreeSet::from([Vec::new()]);
    for folder in ["wire", "verify"] {
        for entry in fs::read_dir(vectors.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "json") {
                let text = fs::read_to_string(path).unwrap();
                gather(&serde_json::from_str(&text).unwrap(), &mut seeds);
            }
        }
    }
    assert!(seeds.len() > 200, "{}", seeds.len());
    seeds.into_iter().collect()
});

fn gather(value: &serde_json::Value, seeds: &mut BTreeSet<Vec<u8>>) {
    let parts: Vec<_> = match value {
        serde_json::Value::Array(parts) => parts.iter().collect(),
        serde_json::Value::Object(parts) => parts.values().collect(),
        serde_json::Value::String(text) if text.len() <= 2 * MAX_SEED => {
            seeds.extend(const_hex::decode(text));
            seeds.insert(text.as_bytes().to_vec());
            Vec::new()
        }
        _ => Vec::new(),
    };
    for part in parts {
        gather(part, seeds);
    }
}

/// A seed, perhaps behind one more byte (some targets choose by it), a few bytes of which are others, perhaps cut short.
fn near_a_vector() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<Index>(), any::<u8>()), 0..4);
    (
        any::<Index>(),
        any::<Option<u8>>(),
        changes,
        any::<Option<Index>>(),
    )
        .prop_map(|(seed, kind, changes, end)| {
            let mut input: Vec<u8> = kind.into_iter().collect();
            input.extend(&SEEDS[seed.index(SEEDS.len())]);
            for (place, byte) in changes {
                if !input.is_empty() {
                    let place = place.index(input.len());
                    input[place] = byte;
                }
            }
            if let Some(end) = end {
                input.truncate(end.index(input.len() + 1));
            }
            input
        })
}

#[test]
fn no_target_is_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz_targets");
    let targets: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.trim_end_matches(".rs").to_owned()
        })
        .collect();
    assert_eq!(
        targets,
        NAMES.iter().map(|name| (*name).to_owned()).collect()
    );
}
