//! Chains in memory whose blocks are executed and finalized.

use etm_execution::genesis::{Draft, Genesis};
use etm_history::testing::{ChainParams, TestChain, genesis, miner_secrets};
use etm_mechanism::Params;
use etm_types::state::CandidateList;
use etm_types::{
    BlsSignature, ChainId, Committee, FinalizedBlock, Header, Height, Member, MinerId, Payload,
    Receipt, Round, Units, codec, namespace,
};
use etm_verify::{Boundaries, Certificate, ChosenReceipts, Evidence, Previous, Trust};
use std::{collections::BTreeMap, sync::Mutex};

/// A chain with its blocks from height 1 on.
pub struct World {
    pub chain: TestChain,
    pub blocks: Vec<FinalizedBlock>,
}

/// Parameters of the small chains: committees of `committee`, rounds of `blocks` blocks, days of ten minutes.
pub fn params(committee: u32, blocks: u32, min_committee: u32) -> ChainParams {
    ChainParams {
        mechanism: Params {
            committee,
            blocks_per_round: blocks,
            min_committee,
            day_seconds: 600,
            deposit: Units(10 * Units::ETM.0),
            ..Params::mainnet()
        },
        slot_ms: 1_000,
        ..ChainParams::mainnet()
    }
}

/// A certificate of a block by those members, in the order of their node keys, for whom `signs` says so.
pub fn certify(
    chain: &ChainId,
    committee: &Committee,
    header: &Header,
    signs: impl Fn(usize) -> bool,
) -> Certificate {
    let mut members: Vec<&Member> = committee.members.iter().collect();
    members.sort_by_key(|member| member.node);
    let mut certificate = Certificate {
        view: header.slot,
        parent_view: header.parent_slot,
        bitmap: vec![0; members.len().div_ceil(8)],
        signature: BlsSignature([0; 48]),
    };
    // What is signed stands before the number of members.
    let whole = certificate.to_finalization(header.round, &header.hash(), members.len());
    let message = &whole[..whole.len() - 48 - certificate.bitmap.len() - 8];
    let name = [namespace::consensus(chain).as_slice(), b"_FINALIZE"].concat();
    let mut signatures = Vec::new();
    for (place, member) in members
        .iter()
        .enumerate()
        .filter(|(place, _)| signs(*place))
    {
        certificate.bitmap[place / 8] |= 1 << (place % 8);
        let secrets = miner_secrets(u8::try_from(member.miner.0).unwrap());
        signatures.push(secrets.bls.sign(&name, message));
    }
    if let Some(sum) = BlsSignature::sum(&signatures).unwrap() {
        certificate.signature = sum;
    }
    certificate
}

impl World {
    /// A chain of its own: the name makes it another than all others.
    pub fn new(name: &str, params: ChainParams, miners: u8, holders: u8) -> Self {
        let draft = Draft {
            name: name.to_owned(),
            ..genesis(params, miners, holders).draft().clone()
        };
        Self::of(Genesis::new(draft).unwrap())
    }

    pub fn of(genesis: Genesis) -> Self {
        Self {
            chain: TestChain::new(genesis),
            blocks: Vec::new(),
        }
    }

    /// The same chain with votes for nobody but the miners named.
    pub fn with_votes_for(self, voted: &[u32]) -> Self {
        let mut draft: Draft = self.chain.genesis.draft().clone();
        for position in draft.positions.values_mut() {
            position.miner = position.miner.filter(|miner| voted.contains(&miner.0));
        }
        Self::of(Genesis::new(draft).unwrap())
    }

    pub fn id(&self) -> ChainId {
        self.chain.genesis.chain().id
    }

    pub fn blocks_per_round(&self) -> u64 {
        let params = &self.chain.genesis.chain().params;
        params.mechanism.blocks_per_round.into()
    }

    /// Makes a block with what the accounts ask for, `skipped` slots late and `ms` milliseconds after the earliest moment.
    pub fn block(&mut self, requests: &[(u8, Payload)], skipped: u64, ms: u64) {
        let transactions = requests
            .iter()
            .map(|(number, payload)| self.chain.sign(*number, 0, payload.clone()))
            .collect();
        let block = self.chain.produce(transactions, skipped, ms);
        assert_eq!(
            block.block.body.transactions.len(),
            requests.len(),
            "a request of the test was not accepted"
        );
        self.blocks.push(block);
    }

    /// Makes blocks until round `round` is finished; every third misses a slot if `late`.
    pub fn finish(&mut self, round: Round, late: bool) {
        let last = round.next().0 * self.blocks_per_round() - 1;
        while self.chain.height() < Height(last) {
            let skipped = u64::from(late && self.chain.height().0 % 3 == 1);
            self.block(&[], skipped, 7);
        }
    }

    /// Makes round 1, with so many slots missed before its first two blocks together, and so many before the third.
    pub fn miss(&mut self, most: u64, more: u64) {
        self.finish(Round(0), false);
        for skipped in [most / 2, most - most / 2, more] {
            self.block(&[], skipped, 0);
        }
        self.finish(Round(1), false);
    }

    pub fn last(&self, round: Round) -> &FinalizedBlock {
        let height = round.next().0 * self.blocks_per_round() - 1;
        &self.blocks[usize::try_from(height).unwrap() - 1]
    }

    pub fn committee(&self, round: Round) -> Committee {
        match round.checked_sub(2) {
            None => {
                self.chain.genesis.committees().unwrap()[usize::try_from(round.0).unwrap()].clone()
            }
            Some(before) => self.last(before).block.body.committee.clone().unwrap(),
        }
    }

    pub fn certificate(&self, round: Round) -> Certificate {
        let committee = self.committee(round);
        let absent = committee.members.len() / 4;
        certify(
            &self.id(),
            &committee,
            &self.last(round).block.header,
            // Some are absent, never more than a third.
            |place| place >= absent.min((committee.members.len() - 1) / 3),
        )
    }

    /// The evidence of a finished round.
    pub fn evidence(&self, round: Round) -> Evidence {
        let length = usize::try_from(self.blocks_per_round()).unwrap();
        let first = usize::try_from(round.0).unwrap() * length;
        let from = first.saturating_sub(1);
        let until = first + length - 1;
        let last = self.last(round);
        let report = last.outcome.report.as_ref().unwrap();
        Evidence {
            committee: self.committee(round),
            drawn: self.committee(round.saturating_add(2)),
            certificate: self.certificate(round),
            previous: round.checked_sub(1).map(|before| {
                let block = self.last(before);
                Previous {
                    header: block.block.header.clone(),
                    receipts: ChosenReceipts::of_previous(&block.outcome.receipts).unwrap(),
                }
            }),
            headers: self.blocks[from..until]
                .iter()
                .map(|block| block.block.header.clone())
                .collect(),
            receipts: ChosenReceipts::of_round(&last.outcome.receipts).unwrap(),
            candidates: CandidateList(report.draw.candidates.clone()),
        }
    }

    /// The ends of the rounds `first` to `last`.
    pub fn boundaries(&self, first: u64, last: u64) -> Vec<u8> {
        let mut boundaries = Boundaries::new(
            &self.committee(Round(first)),
            &self.committee(Round(first + 1)),
        )
        .unwrap();
        for round in first..=last {
            let header = &self.last(Round(round)).block.header;
            assert!(boundaries.push(
                header,
                self.certificate(Round(round)),
                &self.committee(Round(round + 2))
            ));
        }
        boundaries.to_bytes()
    }

    /// What is known from genesis alone.
    pub fn genesis(&self) -> Trust {
        Trust::genesis(&codec::to_bytes(self.chain.genesis.draft())).unwrap()
    }

    /// What is known after the walk to a round.
    pub fn trust(&self, round: Round) -> Trust {
        let mut trust = self.genesis();
        if round > Round(1) {
            trust
                .walk(&self.boundaries(0, round.saturating_sub(2).0))
                .unwrap();
        }
        if round > Round(0) {
            trust
                .walk(&self.boundaries(trust.next().0, round.saturating_sub(1).0))
                .unwrap();
        }
        trust
    }

    /// All receipts of a round's last block.
    pub fn receipts(&self, round: Round) -> Vec<Receipt> {
        self.last(round).outcome.receipts.clone()
    }
}

/// A round of which much is known.
pub struct Case {
    pub name: &'static str,
    pub world: World,
    pub round: Round,
    /// What is known after the walk to the round.
    pub trust: Trust,
}

impl Case {
    fn new(name: &'static str, world: World, round: Round) -> Self {
        let trust = world.trust(round);
        Self {
            name,
            world,
            round,
            trust,
        }
    }
}

fn vote(miner: u32) -> Payload {
    Payload::Vote {
        miner: MinerId(miner),
    }
}

/// The names of small rounds in which things happen.
pub const NAMES: [&str; 8] = [
    "first-round",
    "missed-slots",
    "day-boundary",
    "resignation",
    "carried",
    "committee-of-one",
    "kept-committee",
    "many-missed",
];

static MADE: Mutex<BTreeMap<&str, &Case>> = Mutex::new(BTreeMap::new());

/// The round of that name; made once, when it is asked for.
pub fn case(name: &str) -> &'static Case {
    let mut made = MADE.lock().unwrap();
    if let Some(case) = made.get(name) {
        return case;
    }
    let name = *NAMES.iter().find(|known| **known == name).unwrap();
    let (world, round) = make(name);
    let case: &Case = Box::leak(Box::new(Case::new(name, world, Round(round))));
    made.insert(name, case);
    case
}

/// All of them.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    NAMES.into_iter().map(case)
}

fn make(name: &str) -> (World, u64) {
    let world = |miners, holders| World::new(name, params(5, 6, 4), miners, holders);
    match name {
        "first-round" => {
            let mut world = world(7, 3);
            world.finish(Round(0), true);
            (world, 0)
        }
        "missed-slots" => {
            let mut world = world(7, 3);
            world.finish(Round(1), false);
            world.finish(Round(2), true);
            (world, 2)
        }
        "day-boundary" => {
            let mut world = world(7, 3);
            world.finish(Round(1), false);
            world.block(&[], 0, 1_300_000);
            world.finish(Round(2), false);
            (world, 2)
        }
        // Requests of many kinds, and a resignation of a member.
        "resignation" => {
            let mut world = world(7, 3);
            world.finish(Round(0), false);
            let amount = Units(500 * Units::ETM.0);
            let lock = Payload::Lock { amount };
            world.block(&[(7, lock.clone()), (8, lock)], 0, 0);
            world.finish(Round(1), false);
            world.block(&[(7, vote(1)), (8, vote(2)), (0, Payload::Withdraw)], 0, 0);
            world.block(&[(3, Payload::Resign)], 1, 0);
            world.finish(Round(2), false);
            (world, 2)
        }
        // Members whose votes went away carry their pools on, from one round to the next.
        "carried" => {
            let mut world = world(7, 1);
            let members = world.committee(Round(1)).members;
            let voteless: Vec<(u8, Payload)> = members[..2]
                .iter()
                .map(|member| (u8::try_from(member.miner.0).unwrap(), Payload::Withdraw))
                .collect();
            world.block(&voteless, 0, 0);
            world.finish(Round(2), true);
            (world, 2)
        }
        "committee-of-one" => {
            let mut world = World::new(name, params(1, 6, 1), 2, 1).with_votes_for(&[0, 1]);
            world.finish(Round(2), true);
            (world, 2)
        }
        // More than a check tells apart.
        "many-missed" => {
            let mut world = world(7, 3);
            world.miss(1 << 17, 1);
            (world, 1)
        }
        // Too few candidates: the committee serves again.
        _ => {
            let mut world = World::new(name, params(5, 6, 5), 5, 1);
            world.block(&[(2, Payload::Resign)], 0, 0);
            world.finish(Round(1), false);
            (world, 1)
        }
    }
}

/// A round of mainnet's size.
pub fn mainnet() -> Case {
    let mut world = World::new("members-101", params(101, 101, 4), 101, 1);
    world.finish(Round(1), true);
    Case::new("members-101", world, Round(1))
}
