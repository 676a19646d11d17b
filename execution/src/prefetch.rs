//! Which records a block touches, so that they can be read in a few batches before it is executed.
//!
//! The plan is asked again after every batch, since some records name others (an account its miner, a miner its owner, a
//! position its cohort). It names all that execution can ask for, whatever happens in the block: a block is executed once.
//! Tests hold it to that. Should it forget a record, the result is the same, only slower.
//!
//! What makes this possible: a position ends up in one of three places at the end of a round. Its cohort stays with its
//! miner, perhaps merged into another live cohort of that miner; or the miner resigns, and it is among those who vote for
//! nobody; or a request takes it to the miner that the request names. So the live cohorts of those three, whose nodes need
//! not be read ([`Overlay::know_live`]), are all it can meet.

use crate::chain::{Chain, ChainParams};
use crate::check::CheckedTransaction;
use crate::context::BlockContext;
use crate::overlay::{Key, Overlay};
use etm_mechanism::{Action, CohortNode, MinerId, Standings, Units, Votes};
use etm_types::{Address, Payload};
use std::collections::{BTreeMap, BTreeSet};

/// Chains of merged cohorts are short; a damaged state may hold a circle.
const MAX_CHAIN: usize = 64;

struct Plan<'a> {
    overlay: &'a Overlay,
    deposit: Units,
    wanted: BTreeSet<Key>,
    /// Whose live cohorts positions can end up in.
    entered: BTreeSet<Option<MinerId>>,
}

/// The records from which it follows whether a block stands at the right place.
pub(crate) fn place(context: &BlockContext) -> BTreeSet<Key> {
    BTreeSet::from([
        Key::Chain(()),
        Key::Globals(()),
        Key::Committee(context.round),
    ])
}

/// The records that are needed and not loaded, as far as is known from those that are.
pub(crate) fn missing(
    overlay: &mut Overlay,
    chain: &Chain,
    context: &BlockContext,
    producer: MinerId,
    transactions: &[CheckedTransaction],
) -> BTreeSet<Key> {
    let mut plan = Plan {
        overlay,
        deposit: chain.params.mechanism.deposit,
        wanted: BTreeSet::new(),
        entered: BTreeSet::new(),
    };
    plan.want(Key::Tally(()));
    plan.want(Key::Requests(chain.params.block_of_round(context.height)));
    plan.owner(producer);
    plan.want(Key::Presence(Standings::page_of(producer)));
    plan.transactions(transactions);
    if chain.params.is_last_of_round(context.height) {
        plan.end_of_round(&chain.params, context);
        for transaction in transactions {
            plan.effect_of(transaction);
        }
    }
    let Plan {
        wanted, entered, ..
    } = plan;
    for miner in entered {
        overlay.know_live(miner);
    }
    wanted
}

/// The records that requests of one account name: what else they touch, few of them share.
pub(crate) fn named(sender: Address, payloads: &[&Payload]) -> BTreeSet<Key> {
    let mut plan = Plan {
        overlay: &Overlay::default(),
        deposit: Units::ZERO,
        wanted: BTreeSet::new(),
        entered: BTreeSet::new(),
    };
    for payload in payloads {
        plan.request(sender, payload);
    }
    plan.wanted
}

impl Plan<'_> {
    fn want(&mut self, key: Key) {
        if !self.overlay.is_loaded(&key) {
            self.wanted.insert(key);
        }
    }

    fn transactions(&mut self, transactions: &[CheckedTransaction]) {
        let mut taken: BTreeMap<Address, u128> = BTreeMap::new();
        for checked in transactions {
            let payload = checked.transaction().payload();
            if let Payload::Heartbeat { miner, .. } = payload {
                self.heartbeat(*miner);
                continue;
            }
            let sender = *checked.sender();
            self.want(Key::Account(sender));
            self.request(sender, payload);
            let amount = payload.takes(self.deposit);
            let fee = checked.transaction().unsigned.fee;
            *taken.entry(sender).or_default() += u128::from(fee.0) + u128::from(amount.0);
        }
        for (sender, taken) in taken {
            let Some(account) = self.overlay.accounts.get(&sender) else {
                continue;
            };
            // Where free amounts don't cover all it sends, earned bonus may have to help out, whatever comes in before.
            if account.map_or(0, |account| u128::from(account.free.0)) < taken {
                self.want(Key::Position(sender));
                if let Some(miner) = self.live_miner(sender) {
                    self.want(Key::Cohorts(miner));
                }
            }
        }
    }

    fn heartbeat(&mut self, miner: MinerId) {
        self.want(Key::Node(miner));
        self.want(Key::Miner(miner));
        self.want(Key::Standings(Standings::page_of(miner)));
        self.want(Key::Presence(Standings::page_of(miner)));
    }

    /// What judging a request takes, but for the sender's balance.
    fn request(&mut self, sender: Address, payload: &Payload) {
        match payload {
            Payload::Transfer { recipient, .. } => self.want(Key::Account(*recipient)),
            Payload::Lock { .. } | Payload::Unlock { .. } | Payload::Withdraw | Payload::Resign => {
                self.projection(sender)
            }
            Payload::Vote { miner } => {
                self.projection(sender);
                self.want(Key::Standings(Standings::page_of(*miner)));
            }
            Payload::Register { name, keys, .. } => {
                self.projection(sender);
                self.want(Key::Name(*name));
                self.want(Key::NodeKey(keys.node));
                self.want(Key::BlsKey(keys.bls));
                self.want(Key::Registration(sender));
            }
            Payload::Update { keys, .. } => {
                self.want(Key::Registration(sender));
                if let Some(keys) = keys {
                    self.want(Key::NodeKey(keys.node));
                    self.want(Key::BlsKey(keys.bls));
                }
                if let Some(miner) = self.miner_of(&sender) {
                    self.want(Key::Node(miner));
                }
            }
            Payload::Heartbeat { .. } => {}
        }
    }

    fn miner_of(&self, address: &Address) -> Option<MinerId> {
        self.overlay.accounts.get(address).flatten()?.miner
    }

    /// A position, what is pending for it, and where its cohort leads.
    fn projection(&mut self, account: Address) {
        self.want(Key::Position(account));
        self.want(Key::Pending(account));
        self.live_miner(account);
    }

    /// Follows a position's cohort to the live one and answers whose that is.
    fn live_miner(&mut self, account: Address) -> Option<Option<MinerId>> {
        let mut cohort = self.overlay.positions.get(&account)??.cohort;
        for _ in 0..=MAX_CHAIN {
            match self.overlay.cohort_nodes.get(&cohort) {
                None => {
                    self.want(Key::CohortNode(cohort));
                    return None;
                }
                Some(None) => return None,
                Some(Some(CohortNode::Live(miner))) => return Some(*miner),
                Some(Some(CohortNode::Merged { into, .. })) => cohort = *into,
            }
        }
        None
    }

    /// A miner's record and its owner's account.
    fn owner(&mut self, miner: MinerId) {
        self.want(Key::Miner(miner));
        if let Some(Some(record)) = self.overlay.miners.get(&miner) {
            let owner = record.owner;
            self.want(Key::Account(owner));
        }
    }

    /// Cohorts that positions leave or join.
    fn enter(&mut self, miner: Option<MinerId>) {
        self.want(Key::Cohorts(miner));
        self.entered.insert(miner);
    }

    fn end_of_round(&mut self, params: &ChainParams, context: &BlockContext) {
        let overlay = self.overlay;
        self.want(Key::Committee(context.round.next()));
        self.want(Key::Directory(()));
        self.want(Key::Retiring(()));
        self.enter(None);
        self.want(Key::Round(context.round));
        if let Some(old) = context.round.checked_sub(ChainParams::ROUND_RECORDS_KEPT) {
            self.want(Key::Round(old));
        }
        for block in 0..=params.block_of_round(context.height) {
            self.want(Key::Requests(block));
            for queued in overlay.requests.get(&block).flatten().into_iter().flatten() {
                self.effect(queued.account, &queued.action);
            }
        }
        for page in overlay.directory.get(&()).flatten().into_iter().flatten() {
            self.want(Key::Standings(*page));
            self.want(Key::Presence(*page));
        }
        if let Some(Some(committee)) = overlay.committees.get(&context.round) {
            for member in &committee.members {
                self.owner(member.miner);
                self.want(Key::Cohorts(Some(member.miner)));
            }
        }
        for miner in overlay.retiring.get(&()).flatten().into_iter().flatten() {
            self.owner(*miner);
            self.want(Key::Node(*miner));
        }
        if self.crosses_a_day(params, context) {
            for page in overlay.directory.get(&()).flatten().into_iter().flatten() {
                let standings = overlay.standings.get(page).flatten();
                for (miner, standing) in standings.map_or(&[][..], |page| &page.0) {
                    if standing.votes > Votes::ZERO {
                        self.want(Key::Cohorts(Some(*miner)));
                    }
                }
            }
        }
    }

    fn crosses_a_day(&self, params: &ChainParams, context: &BlockContext) -> bool {
        let Some(Some(globals)) = self.overlay.globals.get(&()) else {
            return false;
        };
        let timestamp = context.timestamp_ms / 1_000;
        params
            .mechanism
            .day_of(timestamp, globals.genesis_timestamp)
            > globals.day
    }

    /// What a request of this very block will touch when the round ends with it.
    fn effect_of(&mut self, checked: &CheckedTransaction) {
        let request = checked.transaction().payload().request();
        if let Some(action) = request.and_then(|request| request.action(self.deposit)) {
            self.effect(*checked.sender(), &action);
        }
    }

    fn effect(&mut self, account: Address, action: &Action) {
        self.want(Key::Account(account));
        self.want(Key::Pending(account));
        match action {
            Action::Lock(_) | Action::Unlock(_) | Action::Withdraw => self.moved(account),
            Action::Vote(miner) => {
                self.moved(account);
                self.enter(Some(*miner));
            }
            Action::Register(name, _) => {
                self.want(Key::Name(*name));
                self.want(Key::Registration(account));
            }
            Action::Resign => {
                if let Some(miner) = self.miner_of(&account) {
                    self.owner(miner);
                    self.want(Key::Node(miner));
                    self.enter(Some(miner));
                    if let Some(Some(record)) = self.overlay.miners.get(&miner) {
                        let name = record.name;
                        self.want(Key::Name(name));
                    }
                }
            }
        }
    }

    /// A position that leaves its cohort.
    fn moved(&mut self, account: Address) {
        self.want(Key::Position(account));
        if let Some(miner) = self.live_miner(account) {
            self.enter(miner);
        }
    }
}
