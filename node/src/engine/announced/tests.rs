use commonware_cryptography::{Signer as _, ed25519};

use super::*;
use crate::pool::tests::Network;
use etm_execution::{ChainParams, StateRoots};
use etm_types::Hash;

fn peer(number: u64) -> PublicKey {
    ed25519::PrivateKey::from_seed(number).public_key()
}

fn at(height: u64) -> Announcement {
    Announcement::own(Height(height))
}

fn read(bytes: &[u8]) -> Result<Announcement, DecodeError> {
    let mut input = Reader::new(bytes);
    let announcement = Announcement::read(&mut input)?;
    input.finish()?;
    Ok(announcement)
}

#[test]
fn versions_are_short_and_visible() {
    let written = |version: &str| {
        let mut out = Writer::default();
        Announcement {
            version: version.to_owned(),
            height: Height(1),
        }
        .write(&mut out);
        out.into_bytes()
    };
    for good in ["1", "1.2.3-rc.1+abc", &"9".repeat(MAX_VERSION)] {
        assert_eq!(read(&written(good)).unwrap().version, good);
    }
    for wrong in ["", "1 2", "1\n", "\u{1b}[2J", "\u{e9}", "\u{202e}1"] {
        assert!(read(&written(wrong)).is_err(), "{wrong:?}");
    }
    assert!(read(&written(&"9".repeat(MAX_VERSION + 1))).is_err());
}

#[test]
fn those_that_spoke_last_are_kept() {
    let announced = Announced::new(4);
    for number in 1..=6 {
        announced.hear(peer(number), at(number));
        // The first goes on talking.
        announced.hear(peer(0), at(100 + number));
    }
    let known = |number| announced.of(&peer(number)).map(|said| said.height.0);
    assert_eq!(known(0), Some(106));
    for gone in 1..=3 {
        assert_eq!(known(gone), None);
    }
    for kept in 4..=6 {
        assert_eq!(known(kept), Some(kept));
    }
    assert_eq!(announced.inner().peers.len(), 4);
}

#[test]
fn heights_there_was_no_time_for_are_told_apart() {
    let chain = Network::new(1, ChainParams::devnet(), []);
    let roots = StateRoots {
        state_root: Hash::ZERO,
        ops_root: Hash::ZERO,
        ops_start: 0,
        ops_end: 0,
    };
    let mut tip = chain.genesis.block(roots).header;
    tip.height = Height(1_000);
    let now = |slots: u64| tip.timestamp_ms + slots * 500;
    let possible = |height, slots| is_possible(Height(height), &tip, now(slots), 500);
    assert!(possible(0, 0) && possible(1_000, 0) && possible(1_064, 0));
    assert!(!possible(1_065, 0));
    assert!(possible(1_074, 10) && !possible(1_075, 10));
    // A clock that is behind what was confirmed, a slot of nothing and the largest height are no trouble.
    let at = |height| is_possible(Height(height), &tip, 0, 500);
    assert!(at(1_064) && !at(1_065));
    assert!(!is_possible(Height(u64::MAX), &tip, tip.timestamp_ms, 0));
}
