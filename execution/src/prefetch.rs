//! Which records a block will need, so that they can be read in a few batches.
//!
//! The plan is asked again after every batch, since some records name others (a position its cohort, a miner its
//! owner). It may forget a record: execution then asks for it by itself. It never changes a result.

use crate::block::BlockContext;
use crate::chain::{Chain, ChainParams};
use crate::check::CheckedTransaction;
use crate::overlay::{Key, Overlay};
use etm_mechanism::{Action, CohortNode, MinerId, Standings, beacon};
use etm_types::{Address, Payload};
use std::collections::BTreeSet;

/// Chains of merged cohorts are short; a damaged state may hold a circle.
const MAX_CHAIN: usize = 64;

struct Plan<'a> {
    overlay: &'a Overlay,
    thorough: bool,
    wanted: BTreeSet<Key>,
}

/// The records that are needed and not loaded, as far as is known from those that are. Once something was missing after
/// all, the plan is `thorough`: it wants everything a sender's balance could depend on, so that a hostile block can't make
/// execution start over again and again.
pub(crate) fn missing(
    overlay: &Overlay,
    thorough: bool,
    chain: &Chain,
    context: &BlockContext,
    transactions: &[CheckedTransaction],
) -> BTreeSet<Key> {
    let mut plan = Plan {
        overlay,
        thorough,
        wanted: BTreeSet::new(),
    };
    plan.want(Key::Chain(()));
    plan.want(Key::Globals(()));
    plan.want(Key::Tally(()));
    plan.want(Key::Committee(context.round));
    plan.want(Key::Requests(chain.params.block_of_round(context.height)));
    for transaction in transactions {
        plan.transaction(transaction);
    }
    plan.producer(context);
    if chain.params.is_last_of_round(context.height) {
        plan.end_of_round(&chain.params, context);
        for transaction in transactions {
            plan.effect_of(transaction);
        }
    }
    plan.wanted
}

impl Plan<'_> {
    fn want(&mut self, key: Key) {
        if !self.overlay.is_loaded(&key) {
            self.wanted.insert(key);
        }
    }

    fn transaction(&mut self, checked: &CheckedTransaction) {
        let sender = *checked.sender();
        let unsigned = &checked.transaction().unsigned;
        let payload = &unsigned.payload;
        if let Payload::Heartbeat { miner, .. } = payload {
            self.want(Key::Node(*miner));
            self.want(Key::Miner(*miner));
            self.want(Key::Standings(Standings::page_of(*miner)));
            self.want(Key::Presence(Standings::page_of(*miner)));
            return;
        }
        self.want(Key::Account(sender));
        let mut taken = u128::from(unsigned.fee.0);
        match payload {
            Payload::Transfer {
                recipient, amount, ..
            } => {
                self.want(Key::Account(*recipient));
                taken += u128::from(amount.0);
            }
            Payload::Lock { amount } => {
                self.position(sender);
                taken += u128::from(amount.0);
            }
            Payload::Unlock { .. } | Payload::Withdraw | Payload::Resign => self.position(sender),
            Payload::Vote { miner } => {
                self.position(sender);
                self.want(Key::Standings(Standings::page_of(*miner)));
            }
            Payload::Register { name, keys, .. } => {
                self.position(sender);
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
        let free = match self.overlay.accounts.get(&sender) {
            Some(Some(account)) => u128::from(account.free.0),
            _ => u128::MAX,
        };
        if free < taken || self.thorough {
            // Earned bonus may have to help out.
            self.position(sender);
            self.cohort_of(sender);
        }
    }

    fn miner_of(&self, address: &Address) -> Option<MinerId> {
        self.overlay.accounts.get(address).flatten()?.miner
    }

    /// A position, what is pending for it, and where its cohort leads.
    fn position(&mut self, account: Address) {
        self.want(Key::Position(account));
        self.want(Key::Pending(account));
        self.live_miner(account);
    }

    /// The cohorts among which a position's is.
    fn cohort_of(&mut self, account: Address) {
        if let Some(miner) = self.live_miner(account) {
            self.want(Key::Cohorts(miner));
        }
    }

    /// Follows a position's cohort to the live one and answers whose that is.
    fn live_miner(&mut self, account: Address) -> Option<Option<MinerId>> {
        let mut cohort = self.overlay.positions.get(&account)??.cohort;
        for _ in 0..MAX_CHAIN {
            self.want(Key::CohortNode(cohort));
            match self.overlay.cohort_nodes.get(&cohort)?? {
                CohortNode::Live(miner) => return Some(*miner),
                CohortNode::Merged { into, .. } => cohort = *into,
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

    fn producer(&mut self, context: &BlockContext) {
        let (Some(Some(committee)), Some(Some(globals))) = (
            self.overlay.committees.get(&context.round),
            self.overlay.globals.get(&()),
        ) else {
            return;
        };
        let place = beacon::on_turn(
            context.round,
            &globals.beacon,
            context.slot,
            committee.members.len(),
        );
        if let Some(member) = committee.members.get(place) {
            let miner = member.miner;
            self.owner(miner);
            self.want(Key::Presence(Standings::page_of(miner)));
        }
    }

    fn end_of_round(&mut self, params: &ChainParams, context: &BlockContext) {
        let overlay = self.overlay;
        self.want(Key::Committee(context.round.saturating_add(1)));
        self.want(Key::Directory(()));
        self.want(Key::Retiring(()));
        self.want(Key::Cohorts(None));
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
                for (miner, _) in overlay
                    .standings
                    .get(page)
                    .flatten()
                    .map_or(&[][..], |s| &s.0)
                {
                    self.want(Key::Cohorts(Some(*miner)));
                }
            }
        }
    }

    fn crosses_a_day(&self, params: &ChainParams, context: &BlockContext) -> bool {
        let Some(Some(globals)) = self.overlay.globals.get(&()) else {
            return false;
        };
        let since = (context.timestamp_ms / 1000).saturating_sub(globals.genesis_timestamp);
        since / params.mechanism.day_seconds.max(1) > globals.day
    }

    /// What a request of this very block will touch when the round ends with it.
    fn effect_of(&mut self, checked: &CheckedTransaction) {
        let account = *checked.sender();
        let action = match checked.transaction().payload() {
            Payload::Lock { amount } => Action::Lock(*amount),
            Payload::Unlock { amount } => Action::Unlock(*amount),
            Payload::Vote { miner } => Action::Vote(*miner),
            Payload::Withdraw => Action::Withdraw,
            Payload::Register { name, .. } => Action::Register(*name, Default::default()),
            Payload::Resign => Action::Resign,
            _ => return,
        };
        self.effect(account, &action);
    }

    fn effect(&mut self, account: Address, action: &Action) {
        self.want(Key::Account(account));
        self.want(Key::Pending(account));
        match action {
            Action::Lock(_) | Action::Unlock(_) | Action::Withdraw => {
                self.want(Key::Position(account));
                self.cohort_of(account);
            }
            Action::Vote(miner) => {
                self.want(Key::Position(account));
                self.cohort_of(account);
                self.want(Key::Cohorts(Some(*miner)));
            }
            Action::Register(name, _) => {
                self.want(Key::Name(*name));
                self.want(Key::Registration(account));
            }
            Action::Resign => {
                if let Some(miner) = self.miner_of(&account) {
                    self.owner(miner);
                    self.want(Key::Cohorts(Some(miner)));
                    if let Some(Some(record)) = self.overlay.miners.get(&miner) {
                        let name = record.name;
                        self.want(Key::Name(name));
                    }
                }
            }
        }
    }
}
