//! How much memory a node takes at most, whatever hostile members of a committee send it, ask of it, and do not read.

use etm_types::limits::MAX_BLOCK_BYTES;

use crate::{
    engine::{
        BLOCKS_OF_A_PEER, CHANNELS, announced::Announced, max_engine_message_size,
        peers::max_peers, upstream,
    },
    feed,
    network::{
        MAILBOX,
        bounds::{RECEIVED_AT_ONCE, RECEIVED_PER_SECOND, UNSENT},
    },
    runtime::names,
};

/// A node with its history and API that nobody hurts, connections apart. A committee of 101 was measured at 54 MB of own memory a node.
const AT_REST: u64 = 160 << 20;
/// A place in a queue, whatever is in it.
const PLACE: u64 = 128;
/// What is set aside to read from a connection.
const READ_BUFFER: u64 = 64 * 1024;
/// Within so many seconds the node's tasks look at what has come. Where a machine is slower, more piles up.
const LOOKED_AT_WITHIN: u64 = 1;
/// What a transaction takes in the pool for each byte of its encoding.
const POOLED: u64 = 2;

/// A part of the sum: what it is, and the bytes.
pub type Part = (&'static str, u64);

/// What a node takes at most in a network with committees of `committee`, of whose peers so many are `hostile`, part by part.
pub fn bound(committee: u32, hostile: u64) -> Vec<Part> {
    let peers = max_peers(committee).get() as u64;
    let bursts: u64 = CHANNELS
        .iter()
        .map(|(_, quota)| u64::from(quota.burst_size().get()))
        .sum();
    let message = u64::from(max_engine_message_size());
    let block = MAX_BLOCK_BYTES as u64;
    let unsent = message.max(UNSENT as u64);
    let received = RECEIVED_AT_ONCE + RECEIVED_PER_SECOND * LOOKED_AT_WITHIN;
    let pool = etm_mempool::Limits::default().bytes as u64;
    vec![
        ("a node that nobody hurts", AT_REST),
        // Two sets of peers, and two directions.
        (
            "places for a burst of every peer",
            4 * peers * bursts * PLACE,
        ),
        (
            "connections",
            peers * (READ_BUFFER + 2 * MAILBOX as u64 * PLACE),
        ),
        ("messages of hostile peers that wait", hostile * received),
        // Once as it came, and once decrypted.
        ("one more of each on its way in", hostile * 2 * message),
        (
            "blocks heard of, until consensus asks",
            u64::from(committee) * BLOCKS_OF_A_PEER as u64 * block,
        ),
        ("this node's block on its way to all", peers * message),
        // Once as it is, and once encrypted.
        (
            "answers that hostile peers don't read",
            hostile * 2 * unsent,
        ),
        (
            "what peers say of themselves",
            2 * peers * Announced::bytes_of_one(),
        ),
        ("pending transactions", POOLED * pool),
        (
            "blocks of upstreams, and a range",
            (upstream::HELD_BYTES + etm_types::range::MAX_BYTES) as u64,
        ),
        (
            "the newest blocks, for followers",
            feed::RECENT as u64 * block,
        ),
        (
            "names of hostile peers that are looked up",
            hostile.min(names::MOST as u64) * names::STACK as u64,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes in MiB, up.
    const fn mib(bytes: u64) -> u64 {
        bytes.div_ceil(1 << 20)
    }

    fn sum(committee: u32, hostile: u64) -> u64 {
        bound(committee, hostile)
            .iter()
            .map(|(_, bytes)| bytes)
            .sum()
    }

    #[test]
    fn the_most_hostile_members_stay_under_a_gibibyte() {
        let committee = 101;
        let hostile = (u64::from(committee) - 1) / 3;
        assert!(
            sum(committee, hostile) < 1 << 30,
            "{:?}",
            bound(committee, hostile)
        );
    }

    /// The table in docs/architecture.md says what the constants come to.
    #[test]
    fn the_documented_sum_is_the_computed_one() {
        let documented = include_str!("../../docs/architecture.md");
        let (third, all) = (bound(101, 33), bound(101, 87));
        let rows = third.iter().zip(&all).map(|((what, third), (_, all))| {
            format!("| {what} | {} | {} |", mib(*third), mib(*all))
        });
        let total = format!(
            "| **together** | **{}** | **{}** |",
            mib(sum(101, 33)),
            mib(sum(101, 87))
        );
        let rows: Vec<String> = rows.chain([total]).collect();
        for row in &rows {
            assert!(
                documented.contains(row),
                "the rows are\n{}",
                rows.join("\n")
            );
        }
    }
}
