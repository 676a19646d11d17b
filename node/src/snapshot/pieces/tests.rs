//! Pieces as a node gives them.

use std::collections::BTreeMap;

use commonware_runtime::{Runner as _, deterministic};
use etm_execution::{ChainParams, StateRoots};
use etm_types::{Hash, StateKey};

use super::*;
use crate::{
    engine::{state, storage},
    pool::tests::Network,
};

/// Takes a state with these values in pieces of at most so many bytes: the operations and bytes of each.
fn taken(values: impl IntoIterator<Item = usize>, room: usize) -> Vec<(u64, usize)> {
    let keys = (0u64..).map(|number| StateKey(Hash::of(&[&number.to_be_bytes()]).0));
    let values = values.into_iter().map(|length| vec![7; length]);
    let values: BTreeMap<StateKey, Vec<u8>> = keys.zip(values).collect();
    deterministic::Runner::default().start(|context| async move {
        let config = state::config("pieces", storage::cache());
        let database = state::genesis_database(context, config, &values)
            .await
            .unwrap();
        let commitment = state::commitment(&database);
        let roots = StateRoots {
            state_root: Hash(commitment.root),
            ops_root: Hash(commitment.ops_root),
            ops_start: commitment.ops_start,
            ops_end: commitment.ops_end,
        };
        let header = Network::new(1, ChainParams::devnet(), [])
            .genesis
            .block(roots)
            .header;
        let mut place = Place::first(&header).unwrap();
        let mut pieces = Vec::new();
        while let Some(request) = place.request() {
            let bytes = state::operations(&database, request, room).await.unwrap();
            let bytes = bytes.unwrap();
            let (_, before) = place.progress();
            place.check(&bytes).unwrap();
            let (_, there) = place.progress();
            pieces.push((there - before, bytes.len()));
        }
        let (all, there) = place.progress();
        assert_eq!(all, there);
        assert!(all >= values.len() as u64);
        pieces
    })
}

#[test]
fn small_values_come_many_at_once() {
    let pieces = taken(std::iter::repeat_n(20, 40_000), MAX_PIECE_BYTES);
    // The boundary, if there is one, and as few as can be.
    let most = 40_000u64.div_ceil(MAX_PIECE_OPERATIONS.get()) as usize + 2;
    assert!(pieces.len() <= most, "{pieces:?}");
}

#[test]
fn a_piece_has_room_for_what_is_in_it() {
    let room = 1 << 16;
    // None, many to a piece, few, and one that has no room: in turns, so that what comes is never like what came.
    let lengths = (0..6_000).map(|number| match number % 3_000 {
        0..1_500 => 10,
        1_500..2_900 => 300,
        2_900..2_999 => 9_000,
        _ => 100_000,
    });
    let pieces = taken(lengths, room);
    assert!(
        pieces
            .iter()
            .all(|(count, bytes)| *bytes <= room || *count == 1)
    );
    assert_eq!(pieces.iter().filter(|(_, bytes)| *bytes > room).count(), 2);
    // Not one by one: at the least a quarter full, the last apart, and those before a large one.
    let bytes: usize = pieces.iter().map(|(_, bytes)| bytes).sum();
    assert!(pieces.len() <= 4 * bytes.div_ceil(room) + 4, "{pieces:?}");
}
