//! What is a genesis, and what is none: to the node, to this crate and to the page, by one file. `ETM_WRITE_VECTORS=1` writes it anew.

use crate::golden::compare;
use crate::world::{World, params};
use etm_execution::genesis::{Draft, Genesis};
use etm_types::bytes::hex;
use etm_types::{ChainId, MinerName, Round, Units, codec};
use etm_verify::Trust;
use serde_json::{Value, json};

fn draft() -> Draft {
    let world = World::new("genesis", params(4, 5, 4), 5, 2);
    world.chain.genesis.draft().clone()
}

/// The canonical bytes of a draft that was changed.
fn changed(change: impl FnOnce(&mut Draft)) -> Vec<u8> {
    let mut draft = draft();
    change(&mut draft);
    codec::to_bytes(&draft)
}

/// The canonical bytes with a piece of them put in the place of another, wherever it stands first.
fn patched(from: &[u8], to: &[u8]) -> Vec<u8> {
    let bytes = codec::to_bytes(&draft());
    let place = bytes.windows(from.len()).position(|piece| piece == from);
    let (before, rest) = bytes.split_at(place.unwrap());
    [before, to, &rest[from.len()..]].concat()
}

fn text(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// Two neighbours of the sorted list of accounts or positions, `size` bytes each from `place` on, swapped.
fn swapped(place: usize, size: usize) -> Vec<u8> {
    let mut bytes = codec::to_bytes(&draft());
    let (first, second) = bytes[place..place + 2 * size].split_at_mut(size);
    first.swap_with_slice(second);
    bytes
}

/// Where the accounts begin: after the name, the time, the beacon, the parameters and their number.
fn accounts() -> usize {
    text(&draft().name).len() + 8 + 32 + 3 * 4 + 3 * 8 + 3 * 8 + 2 * 4 + 1 + 4
}

type Set = fn(&mut Draft, u64);

/// Each parameter with what is allowed at its ends, and what is not any more.
fn bounds() -> Vec<(&'static str, Set, Vec<u64>, Vec<u64>)> {
    vec![
        (
            "committee",
            |d, v| d.params.mechanism.committee = v as u32,
            vec![1, 101],
            vec![0, 102, u64::from(u32::MAX)],
        ),
        (
            "blocks_per_round",
            |d, v| d.params.mechanism.blocks_per_round = v as u32,
            vec![2, 10_000],
            vec![0, 1, 10_001],
        ),
        (
            "min_committee",
            |d, v| d.params.mechanism.min_committee = v as u32,
            vec![1, 5],
            vec![0, 6, u64::from(u32::MAX)],
        ),
        (
            "min_lock",
            |d, v| d.params.mechanism.min_lock = Units(v),
            vec![1],
            vec![0, 1 << 63],
        ),
        (
            "deposit",
            |d, v| d.params.mechanism.deposit = Units(v),
            vec![0],
            vec![1 << 63],
        ),
        (
            "day_seconds",
            |d, v| d.params.mechanism.day_seconds = v,
            vec![1, 31_536_000],
            vec![0, 31_536_001],
        ),
        (
            "slot_ms",
            |d, v| d.params.slot_ms = v,
            vec![10, 600_000],
            vec![9, 600_001],
        ),
        (
            "fee",
            |d, v| d.params.fee = Units(v),
            vec![1],
            vec![0, 1 << 63],
        ),
        (
            "ready_rounds",
            |d, v| d.params.ready_rounds = v,
            vec![2, 1_000],
            vec![1, 1_001],
        ),
        (
            "max_block_transactions",
            |d, v| d.params.max_block_transactions = v as u32,
            vec![1, 4_096],
            vec![0, 4_097],
        ),
        (
            "max_block_bytes",
            |d, v| d.params.max_block_bytes = v as u32,
            vec![1 << 20],
            vec![0, (1 << 20) + 1],
        ),
        (
            "timestamp",
            |d, v| d.timestamp_ms = v,
            vec![0, 253_402_300_799_999],
            vec![253_402_300_800_000],
        ),
    ]
}

fn cases() -> Vec<(String, bool, Vec<u8>)> {
    let mut cases = vec![
        ("as it is".to_owned(), true, codec::to_bytes(&draft())),
        (
            "a free devnet".to_owned(),
            true,
            changed(|d| (d.params.devnet, d.params.fee) = (true, Units(0))),
        ),
    ];
    for (name, set, right, wrong) in bounds() {
        let values = right.into_iter().map(|value| (value, true));
        for (value, accepted) in values.chain(wrong.into_iter().map(|value| (value, false))) {
            cases.push((
                format!("{name} = {value}"),
                accepted,
                changed(|d| set(d, value)),
            ));
        }
    }
    for (name, accepted) in [
        ("a-1", true),
        ("etm mainnet", false),
        ("Etm", false),
        ("\u{e9}tm", false),
        ("", false),
    ] {
        cases.push((
            format!("called {name:?}"),
            accepted,
            patched(&text("genesis"), &text(name)),
        ));
    }
    let miner = draft().miners[1].clone();
    let (name, dial) = (text(miner.name.as_str()), text(miner.dial.as_str()));
    for (other, accepted) in [
        ("b!@$&_.9", true),
        ("Upper", false),
        ("a b", false),
        ("\u{430}", false),
        ("", false),
        ("abcdefghijklmnopqrstu", false),
    ] {
        cases.push((
            format!("a miner called {other:?}"),
            accepted,
            patched(&name, &text(other)),
        ));
    }
    for (other, accepted) in [
        ("node-1.example.org:4000", true),
        ("[2001:db8::7]:65535", true),
        ("nowhere", false),
        ("a:0", false),
        ("a:65536", false),
        ("-a:80", false),
        ("a..b:80", false),
        ("[::g]:80", false),
        ("::1:80", false),
        ("a b:80", false),
    ] {
        cases.push((
            format!("a miner at {other:?}"),
            accepted,
            patched(&dial, &text(other)),
        ));
    }
    let contact = |contact: &str| {
        let mut bytes = dial.clone();
        bytes.push(1);
        bytes.extend(text(contact));
        patched(&[dial.as_slice(), &[0]].concat(), &bytes)
    };
    for (other, accepted) in [
        ("mail@example.org", true),
        ("a\u{7f}", false),
        ("\u{e9}", false),
        ("", false),
    ] {
        cases.push((
            format!("a miner reached by {other:?}"),
            accepted,
            contact(other),
        ));
    }
    let whole = codec::to_bytes(&draft());
    let voteless = changed(|d| {
        d.positions
            .values_mut()
            .for_each(|position| position.miner = None)
    });
    let stranger = changed(|d| {
        let position = d.positions.values_mut().next().unwrap();
        position.miner = Some(etm_types::MinerId(5));
    });
    cases.extend([
        ("nobody votes".to_owned(), false, voteless),
        ("a vote for nobody's miner".to_owned(), false, stranger),
        (
            "accounts out of order".to_owned(),
            false,
            swapped(accounts(), 28),
        ),
        (
            "a byte behind it".to_owned(),
            false,
            [&whole[..], &[0]].concat(),
        ),
        (
            "a byte less".to_owned(),
            false,
            whole[..whole.len() - 1].to_vec(),
        ),
        ("nothing".to_owned(), false, Vec::new()),
    ]);
    cases
}

#[test]
fn node_and_verifiers_agree_on_what_is_a_genesis() {
    assert!(MinerName::new(draft().miners[1].name.as_str()).is_ok());
    let file: Vec<Value> = cases()
        .into_iter()
        .map(|(what, accepted, bytes)| {
            let trust = Trust::genesis(&bytes);
            assert_eq!(trust.is_ok(), accepted, "{what}: {trust:?}");
            let founded = codec::from_bytes::<Draft>(&bytes)
                .map_err(|error| error.to_string())
                .and_then(|draft| Genesis::new(draft).map_err(|error| error.to_string()));
            let reason = founded.as_ref().err();
            assert_eq!(founded.is_ok(), accepted, "{what}: the node says {reason:?}");
            let roots = trust.ok().map(|trust| {
                [Round(0), Round(1)].map(|round| trust.root(round).unwrap().to_string())
            });
            json!({ "what": what, "canonical": hex(&bytes), "chain": ChainId::of_genesis(&bytes).to_string(), "roots": roots })
        })
        .collect();
    compare("genesis", "cases", &json!(file));
}
