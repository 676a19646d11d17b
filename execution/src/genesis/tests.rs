use super::*;
use crate::tests::harness::{address, draft, etm, secrets, small_params};
use proptest::prelude::*;

mod bounds;

#[test]
fn json_and_toml_round_trip() {
    let draft = draft(small_params(), 4);
    let json = draft.to_json();
    assert_eq!(Draft::from_json(&json), Ok(draft.clone()));
    let value: toml::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        Draft::from_toml(&toml::to_string(&value).unwrap()),
        Ok(draft.clone())
    );
    assert_eq!(
        codec::from_bytes::<Draft>(&codec::to_bytes(&draft)),
        Ok(draft)
    );
}

#[test]
fn a_file_says_where_it_is_wrong() {
    let json = draft(small_params(), 4).to_json();
    let error = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        Draft::from_json(&json.replacen(from, to, 1))
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    assert!(error("\"etm-genesis/1\"", "\"etm-genesis/2\"").starts_with("format: "));
    assert!(error("\"slot_ms\"", "\"slots_ms\"").contains("unknown field `slots_ms`"));
    assert!(error("\"slot_ms\": 500", "\"slot_ms\": -1").contains("line "));
    assert!(
        error("\"dial\": \"127.0.0.1:4002\"", "\"dial\": \"nowhere\"")
            .starts_with("miners[2].dial: ")
    );
    assert!(error("\"name\": \"m1\"", "\"name\": \"M1\"").starts_with("miners[1].name: "));
    assert!(error("\"fee\": \"10000000\"", "\"fee\": \"1.5\"").starts_with("parameters.fee: "));
    assert!(
        error("\"fee\": \"10000000\"", "\"fee\": \"18446744073709551616\"")
            .starts_with("parameters.fee: ")
    );
    assert!(error("\"time_gain\": 2", "\"time_gain\": 33").contains("must be 1 to 32"));
    let first = address("alice").to_string();
    assert!(error(&first, "A123").contains("].address: "));
    let second = address("bob").to_string();
    assert!(error(&first, &second).contains("listed twice"));
}

#[test]
fn a_draft_says_why_it_is_no_genesis() {
    let good = draft(small_params(), 4);
    let error = |change: &dyn Fn(&mut Draft)| {
        let mut draft = good.clone();
        change(&mut draft);
        Genesis::new(draft).map(|_| ()).unwrap_err().to_string()
    };
    assert!(Genesis::new(good.clone()).is_ok());
    assert!(error(&|d| d.name = "Upper".into()).starts_with("name: "));
    assert!(error(&|d| d.name = String::new()).starts_with("name: "));
    assert!(error(&|d| d.params.slot_ms = 0).contains("slot_ms must be 10 to"));
    assert!(error(&|d| d.params.mechanism.committee = 5_000).contains("committee"));
    assert!(error(&|d| d.params.mechanism.blocks_per_round = 1).contains("2"));
    assert!(error(&|d| d.params.max_block_bytes = 10).contains("max_block_bytes"));
    assert!(
        error(&|d| d.miners[3].keys = secrets(3).prove(&address("bob"))).starts_with("miners[3]: ")
    );
    assert!(
        error(&|d| d.miners[3].keys = secrets(2).prove(&address("m3")))
            .contains("belongs to an earlier miner")
    );
    assert!(error(&|d| d.miners[3].name = d.miners[2].name).contains("miners[3]"));
    assert!(
        error(&|d| {
            d.miners[3].owner = d.miners[2].owner;
            d.miners[3].keys = secrets(3).prove(&d.miners[2].owner);
        })
        .contains("miners[3]")
    );
    assert!(error(&|d| d.positions.clear()).contains("at least 2 must"));
    assert!(
        error(&|d| {
            d.accounts.insert(address("alice"), Units(u64::MAX));
        })
        .contains("to be issued may be 9223372036854775807 units at most")
    );
    assert!(
        error(&|d| {
            let position = d.positions.get_mut(&address("v1")).unwrap();
            position.miner = Some(MinerId(4));
        })
        .contains("no miner 4")
    );
    assert!(
        error(&|d| {
            let position = d.positions.get_mut(&address("v1")).unwrap();
            position.locked = Units(1);
        })
        .contains("least lock")
    );
}

#[test]
fn the_chain_id_commits_to_everything() {
    let good = draft(small_params(), 4);
    let id = |change: &dyn Fn(&mut Draft)| {
        let mut draft = good.clone();
        change(&mut draft);
        draft.chain_id()
    };
    let ids = [
        id(&|_| {}),
        id(&|d| d.name.push('x')),
        id(&|d| d.timestamp_ms += 1),
        id(&|d| d.beacon.0[0] ^= 1),
        id(&|d| d.params.fee.0 += 1),
        id(&|d| d.params.ready_rounds += 1),
        id(&|d| d.params.devnet = false),
        id(&|d| {
            d.accounts.insert(address("alice"), etm(1));
        }),
        id(&|d| d.miners.swap(0, 1)),
        id(&|d| {
            d.positions.remove(&address("v1"));
        }),
    ];
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn genesis_gives_the_first_block_and_committees() {
    let genesis = Genesis::new(draft(small_params(), 4)).unwrap();
    let roots = StateRoots {
        state_root: Hash::ZERO,
        ops_root: Hash::ZERO,
        ops_start: 0,
        ops_end: 9,
    };
    let block = genesis.block(roots);
    assert_eq!(
        (block.header.height, block.header.timestamp_ms),
        (Height(0), genesis.draft().timestamp_ms)
    );
    assert!(block.commits_to_body());
    assert_eq!(Block::from_bytes(&codec::to_bytes(&block)), Ok(block));
    let [first, second] = genesis.committees().unwrap();
    assert_eq!(
        (first.round, second.round, first.members.len()),
        (Round(0), Round(1), 3)
    );
    let state = genesis.state().unwrap();
    let largest = state.values().map(Vec::len).max();
    assert!(largest.is_some_and(|bytes| bytes < etm_types::limits::MAX_STATE_VALUE_BYTES));
}

#[test]
fn what_was_checked_is_derived_only_when_it_is_asked_for() {
    let draft = draft(small_params(), 4);
    let checked = Genesis::new(draft.clone()).unwrap();
    assert_eq!(checked.times_made(), 1);
    let id = checked.chain().id;
    let known = Genesis::known(draft.clone(), id).unwrap();
    assert_eq!((known.chain(), known.draft()), (checked.chain(), &draft));
    assert_eq!(known.times_made(), 0);
    for _ in 0..3 {
        assert_eq!(known.committees(), checked.committees());
    }
    assert_eq!(known.times_made(), 1);
    assert_eq!(known.state(), checked.state());
    assert_eq!(known.times_made(), 2);

    // Another draft than the one that was checked is checked, whatever it is said to be.
    let mut other = draft.clone();
    other.name = "other".into();
    let other = Genesis::known(other, id).unwrap();
    assert_ne!(other.chain().id, id);
    assert_eq!(other.times_made(), 1);
    let mut wrong = draft;
    wrong.miners[1].keys = wrong.miners[0].keys.clone();
    let refused = Genesis::known(wrong, id).map(|_| ());
    assert_eq!(refused, Err(GenesisError::KeyTwice { index: 1 }));
}

#[test]
fn what_is_falsely_said_to_be_checked_gives_no_state() {
    let mut draft = draft(small_params(), 4);
    draft.positions.values_mut().next().unwrap().miner = Some(MinerId(9));
    let known = Genesis::known(draft.clone(), draft.chain_id()).unwrap();
    assert_eq!(known.state(), Err(Genesis::new(draft).unwrap_err()));
    assert!(known.committees().is_err());
}

proptest! {
    #[test]
    fn no_text_or_bytes_panic(text in "\\PC{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Draft::from_json(&text);
        let _ = Draft::from_toml(&text);
        if let Ok(draft) = codec::from_bytes::<Draft>(&bytes) {
            prop_assert_eq!(codec::to_bytes(&draft), bytes);
        }
    }

    #[test]
    fn changed_files_are_read_or_refused(position: prop::sample::Index, character in prop::char::range(' ', '~')) {
        let json = draft(small_params(), 2).to_json();
        let position = position.index(json.len());
        let mut bytes = json.into_bytes();
        bytes[position] = character as u8;
        if let Ok(draft) = Draft::from_json(&String::from_utf8(bytes).unwrap()) {
            let _ = draft.chain_id();
        }
    }
}
