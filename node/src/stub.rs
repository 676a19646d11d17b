//! A stand-in with the shape of execution.
#![allow(missing_docs, reason = "replaced by etm-execution")]

use etm_types::{
    Beacon, BlsSignature, ChainId, Committee, Hash, Member, MinerId, NodeKey, Receipt, StateKey,
    Transaction,
};
use std::{collections::BTreeMap, future::Future};

/// Something the state can be read from.
pub trait Source: Sync {
    /// Why a read failed.
    type Error: Send;
    /// Values of `keys`, in their order.
    fn get_many(
        &self,
        keys: &[StateKey],
    ) -> impl Future<Output = Result<Vec<Option<Vec<u8>>>, Self::Error>> + Send;
}

/// What a block is executed in.
#[derive(Clone, Debug)]
pub struct BlockContext {
    pub height: u64,
    pub round: u64,
    pub slot: u64,
    pub parent_slot: u64,
    pub parent_beacon: Beacon,
    pub timestamp_ms: u64,
    pub vrf: BlsSignature,
    pub leader: NodeKey,
}

/// What executing gives.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub changes: BTreeMap<StateKey, Option<Vec<u8>>>,
    pub receipts: Vec<Receipt>,
    pub beacon: Beacon,
    pub producer: MinerId,
    pub committee: Option<Committee>,
}

/// The parameters of the tiny chain.
#[derive(Clone, Debug)]
pub struct Genesis {
    pub chain: ChainId,
    pub timestamp_ms: u64,
    pub beacon: Beacon,
    pub slot_ms: u64,
    pub blocks_per_round: u64,
    pub committee: usize,
    pub candidates: Vec<Member>,
}

impl Genesis {
    pub fn draw(&self, round: u64, beacon: &Beacon) -> Committee {
        let mut members = self.candidates.clone();
        members.sort_by_key(|m| {
            Hash::of(&[
                &round.to_be_bytes(),
                beacon.as_bytes(),
                &m.miner.0.to_be_bytes(),
            ])
        });
        members.truncate(self.committee);
        Committee { round, members }
    }
    pub fn changes(&self) -> Vec<(StateKey, Vec<u8>)> {
        vec![(StateKey([7; 32]), 0u64.to_be_bytes().to_vec())]
    }
}

/// Runs a block.
pub async fn execute<S: Source>(
    source: &S,
    genesis: &Genesis,
    context: &BlockContext,
    _transactions: &[Transaction],
) -> Result<Outcome, S::Error> {
    let beacon = Beacon(
        Hash::of(&[
            b"etm/beacon/v1",
            context.parent_beacon.as_bytes(),
            context.vrf.as_bytes(),
        ])
        .0,
    );
    let count = source.get_many(&[StateKey([7; 32])]).await?;
    let count = count
        .first()
        .and_then(|v| v.as_ref())
        .and_then(|v| v.as_slice().try_into().ok())
        .map_or(0, u64::from_be_bytes);
    let mut changes = BTreeMap::new();
    changes.insert(StateKey([7; 32]), Some((count + 1).to_be_bytes().to_vec()));
    changes.insert(
        StateKey(Hash::of(&[&context.height.to_be_bytes()]).0),
        Some(context.timestamp_ms.to_be_bytes().to_vec()),
    );
    let last = (context.height + 1).is_multiple_of(genesis.blocks_per_round);
    Ok(Outcome {
        changes,
        receipts: Vec::new(),
        beacon,
        producer: MinerId(0),
        committee: last.then(|| genesis.draw(context.round + 2, &beacon)),
    })
}
