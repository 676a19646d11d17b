//! Checks a file of `vectors/verify`: the roots of the committees it names, then the evidence.
//!
//! `cargo run -p etm-verify --example check -- vectors/verify/carried.json`

use etm_mechanism::Params;
use etm_types::{Beacon, ChainId, Hash, Round};
use etm_verify::{Facts, Trust};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let hex = |value: &serde_json::Value| const_hex::decode(value.as_str().unwrap_or_default());
    let hash = |value| {
        hex(value)?
            .try_into()
            .map_err(|_| const_hex::FromHexError::OddLength)
    };
    let number = |name: &str| file["genesis"][name].as_u64().unwrap_or_default();
    // A wallet takes these from the genesis, whose hash is the chain id: `Trust::genesis`.
    let facts = Facts {
        chain: ChainId(hash(&file["genesis"]["chain"])?),
        params: Params {
            committee: number("committee").try_into()?,
            blocks_per_round: number("blocks").try_into()?,
            min_committee: number("min_committee").try_into()?,
            day_seconds: number("day_seconds"),
            ..Params::mainnet()
        },
        timestamp_ms: number("timestamp_ms"),
        beacon: Beacon(hash(&file["genesis"]["beacon"])?),
    };
    let roots = [
        Hash(hash(&file["roots"][0])?),
        Hash(hash(&file["roots"][1])?),
    ];
    let mut trust = Trust::at(
        facts,
        Round(file["first"].as_u64().unwrap_or_default()),
        roots,
    );
    if let Some(boundaries) = file.get("boundaries") {
        println!("{} rounds walked", trust.walk(&hex(boundaries)?)?);
    }
    for step in trust.check(&hex(&file["evidence"])?).steps {
        println!(
            "{} {}: {}",
            if step.ok { "ok" } else { "DIFFERS" },
            step.check,
            step.detail
        );
    }
    Ok(())
}
