//! Blocks: verifying one ([`execute`]) and making one ([`build`]).

use crate::apply::{Stop, apply};
use crate::chain::{Chain, ChainParams};
use crate::check::CheckedTransaction;
use crate::context::{BlockContext, vrf_message};
use crate::error::{BlockError, ExecutionError, Halt, Invalid};
use crate::limits::{Scarce, check_limits};
use crate::load::{load, load_with_chains, read_ahead};
use crate::overlay::{Key, Miss, Overlay, read};
use crate::prefetch;
use crate::round;
use crate::source::Source;
use etm_mechanism::{Mechanism, MinerId, RoundReport, Standings, beacon};
use etm_types::block::receipts_root;
use etm_types::namespace;
use etm_types::state::{ChainRecord, PresenceEntry};
use etm_types::{
    Address, Beacon, Block, Committee, Height, Receipt, Round, Slot, StateKey, Transaction, Units,
};
use std::collections::{BTreeMap, BTreeSet};

/// What executing a block came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Every record of the state that changes; `None` removes it. The same on every node.
    pub changes: BTreeMap<StateKey, Option<Vec<u8>>>,
    /// Everything the block did, in order.
    pub receipts: Vec<Receipt>,
    /// The block's beacon.
    pub beacon: Beacon,
    /// The miner that made it.
    pub producer: MinerId,
    /// What it got for it.
    pub reward: Units,
    /// In the last block of round `r`, the committee of round `r + 2`.
    pub committee: Option<Committee>,
    /// In the last block of a round, all that its end did.
    pub report: Option<RoundReport<Address>>,
}

impl Outcome {
    /// What of a block's header and body does not follow from its execution, if anything. The roots of the state are not looked at.
    pub fn contradicts(&self, block: &Block) -> Option<&'static str> {
        let Block { header, body } = block;
        let parts = [
            (self.producer == header.producer, "producer"),
            (self.beacon == header.beacon, "beacon"),
            (
                receipts_root(&self.receipts) == header.receipts_root,
                "receipts root",
            ),
            (self.committee == body.committee, "committee"),
        ];
        parts
            .iter()
            .find(|(follows, _)| !follows)
            .map(|(_, what)| *what)
    }
}

/// A block's transactions, chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The transactions included, in order.
    pub included: Vec<Transaction>,
    /// The indexes of candidates that were passed over, and why.
    pub dropped: Vec<(usize, Invalid)>,
    /// What executing them came to.
    pub outcome: Outcome,
}

/// Executes a block as it is. Nothing is written: the caller applies the changes.
///
/// # Errors
/// [`ExecutionError::Invalid`] if the block breaks any rule; otherwise the state can't be read or is damaged.
pub async fn execute<S: Source>(
    source: &S,
    chain: &Chain,
    context: &BlockContext,
    transactions: &[CheckedTransaction],
) -> Result<Outcome, ExecutionError<S::Error>> {
    let (outcome, _) = execute_by(source, chain, context, transactions, Reading::Ahead).await?;
    Ok(outcome)
}

/// As [`execute`]; tells the number of passes, too.
pub(crate) async fn execute_by<S: Source>(
    source: &S,
    chain: &Chain,
    context: &BlockContext,
    transactions: &[CheckedTransaction],
    reading: Reading,
) -> Result<(Outcome, usize), ExecutionError<S::Error>> {
    check_limits(&chain.params, context, transactions)?;
    let attempt = |overlay: &mut Overlay, mut start: Start| {
        let mut mechanism = Mechanism::open(chain.params.mechanism, overlay);
        for (index, transaction) in transactions.iter().enumerate() {
            match apply(&mut mechanism, chain, context, transaction) {
                Ok(receipt) => start.receipts.push(receipt),
                Err(Stop::Invalid(reason)) => {
                    return Err(BlockError::Transaction { index, reason }.into());
                }
                Err(Stop::Halt(halt)) => return Err(halt),
            }
        }
        Ok((finish(&mut mechanism, chain, context, start)?, ()))
    };
    let run = run(source, chain, context, transactions, reading, attempt).await?;
    Ok((run.outcome, run.passes))
}

/// Makes a block of those candidates, in their order, that are valid and fit.
///
/// A candidate whose nonce comes later than the account's next is passed over, so candidates of one account must stand
/// in the order of their nonces. Put heartbeats first: they pay nothing, and miners depend on them.
///
/// # Errors
/// As [`execute`], for the block as such; candidates cause none.
pub async fn build<S: Source>(
    source: &S,
    chain: &Chain,
    context: &BlockContext,
    candidates: &[CheckedTransaction],
) -> Result<Built, ExecutionError<S::Error>> {
    let max_count = usize::try_from(chain.params.max_block_transactions).unwrap_or(usize::MAX);
    // Twice as many as fit may be passed over; the rest stays for later blocks.
    let considered = candidates
        .get(..max_count.saturating_mul(2))
        .unwrap_or(candidates);
    let max_bytes = chain.params.transaction_bytes(context.height);
    let attempt = |overlay: &mut Overlay, mut start: Start| {
        let mut mechanism = Mechanism::open(chain.params.mechanism, overlay);
        let (mut included, mut dropped) = (Vec::new(), Vec::new());
        let (mut bytes, mut scarce) = (0usize, Scarce::default());
        for (index, candidate) in considered.iter().enumerate() {
            let with_it = scarce.with(candidate.transaction().payload());
            if included.len() >= max_count
                || bytes.saturating_add(candidate.bytes()) > max_bytes
                || with_it.check(&chain.params).is_err()
            {
                dropped.push((index, Invalid::NoRoom));
                continue;
            }
            match apply(&mut mechanism, chain, context, candidate) {
                Ok(receipt) => {
                    start.receipts.push(receipt);
                    bytes += candidate.bytes();
                    scarce = with_it;
                    included.push(index);
                }
                Err(Stop::Invalid(reason)) => dropped.push((index, reason)),
                Err(Stop::Halt(halt)) => return Err(halt),
            }
        }
        let done = finish(&mut mechanism, chain, context, start)?;
        Ok((done, (included, dropped)))
    };
    let run = run(source, chain, context, considered, Reading::Ahead, attempt).await?;
    let (included, dropped) = run.extra;
    Ok(Built {
        included: included
            .into_iter()
            .filter_map(|index| considered.get(index))
            .map(|checked| checked.transaction().clone())
            .collect(),
        dropped,
        outcome: run.outcome,
    })
}

/// What is known of a block before its transactions.
#[derive(Clone)]
struct Start {
    record: ChainRecord,
    producer: MinerId,
    missed: Vec<(Slot, MinerId)>,
    beacon: Beacon,
    receipts: Vec<Receipt>,
}

impl Start {
    /// Checks the block's place: height, slot, producer, timestamp, beacon contribution (sections 2 and 6).
    fn new(overlay: &Overlay, chain: &Chain, context: &BlockContext) -> Result<Self, Halt> {
        use etm_mechanism::Store as _;
        let record = overlay.chain_record()?;
        let params = &chain.params;
        if context.height == Height::ZERO || record.height.checked_add(1) != Some(context.height) {
            return Err(Halt::Invalid(BlockError::Height {
                state: record.height,
                block: context.height,
            }));
        }
        let expected = params.round_of(context.height);
        if context.round != expected {
            return Err(Halt::Invalid(BlockError::Round {
                height: context.height,
                expected,
                found: context.round,
            }));
        }
        let parent_slot = if params.round_of(record.height) == context.round {
            record.slot
        } else {
            Slot::ZERO
        };
        if context.parent_slot != parent_slot || context.parent_beacon != record.beacon {
            return Err(Halt::Invalid(BlockError::Parent));
        }
        let missed_slots = context.slot.0.checked_sub(parent_slot.next().0);
        if missed_slots.is_none_or(|count| count > ChainParams::MAX_MISSED_SLOTS) {
            return Err(Halt::Invalid(BlockError::Slot {
                slot: context.slot,
                parent: parent_slot,
            }));
        }
        let earliest = record.timestamp_ms.checked_add(params.slot_ms.max(1));
        if earliest.is_none_or(|earliest| context.timestamp_ms < earliest) {
            return Err(Halt::Invalid(BlockError::Timestamp {
                earliest: earliest.unwrap_or(u64::MAX),
                found: context.timestamp_ms,
            }));
        }
        let globals = overlay.globals()?;
        let committee = overlay
            .full_committee(context.round)?
            .ok_or(Miss::Absent("the committee of the running round"))?;
        let on_turn = |slot| {
            let place = beacon::on_turn(
                context.round,
                &globals.beacon,
                slot,
                committee.members.len(),
            );
            committee
                .members
                .get(place)
                .ok_or(Miss::Absent("a member of the running committee"))
        };
        let member = on_turn(context.slot)?;
        if member.node != context.leader {
            return Err(Halt::Invalid(BlockError::Leader {
                slot: context.slot,
                expected: member.node,
                found: context.leader,
            }));
        }
        member
            .bls
            .verify(
                &namespace::vrf(&chain.id),
                &vrf_message(&record.beacon, context.height),
                &context.vrf,
            )
            .map_err(|reason| Halt::Invalid(BlockError::Vrf(reason)))?;
        let missed = parent_slot
            .next()
            .until(context.slot)
            .map(|slot| Ok((slot, on_turn(slot)?.miner)))
            .collect::<Result<_, Miss>>()?;
        Ok(Self {
            record,
            producer: member.miner,
            missed,
            beacon: Beacon(beacon::next(&record.beacon.0, context.vrf.as_bytes())),
            receipts: Vec::new(),
        })
    }
}

/// What an attempt came to, before the changes are collected.
struct Done {
    record: ChainRecord,
    producer: MinerId,
    reward: Units,
    receipts: Vec<Receipt>,
    report: Option<RoundReport<Address>>,
}

/// What follows the transactions: missed slots, the reward and, in the last block, the end of the round.
fn finish(
    mechanism: &mut Mechanism<&mut Overlay>,
    chain: &Chain,
    context: &BlockContext,
    start: Start,
) -> Result<Done, Halt> {
    let Start {
        record,
        producer,
        missed,
        beacon,
        mut receipts,
    } = start;
    let miners: Vec<MinerId> = missed.iter().map(|(_, miner)| *miner).collect();
    let reward = mechanism.block(producer, &miners, context.timestamp_ms / 1000)?;
    let overlay = mechanism.store_mut();
    receipts.extend(
        missed
            .into_iter()
            .map(|(slot, miner)| Receipt::Missed { slot, miner }),
    );
    if reward > Units::ZERO {
        let owner = read!(overlay, miners, Miner, &producer)?
            .ok_or(Miss::Absent("the record of the producer"))?
            .owner;
        receipts.push(Receipt::Reward {
            miner: producer,
            owner,
            amount: reward,
        });
    }
    see(overlay, producer, context.round)?;
    let report = if chain.params.is_last_of_round(context.height) {
        Some(round::end(
            mechanism,
            chain,
            context,
            &beacon,
            &mut receipts,
        )?)
    } else {
        None
    };
    Ok(Done {
        record: ChainRecord {
            height: context.height,
            slot: context.slot,
            timestamp_ms: context.timestamp_ms,
            beacon,
            ..record
        },
        producer,
        reward,
        receipts,
        report,
    })
}

/// Notes that a miner's node was seen in a round.
fn see(overlay: &mut Overlay, miner: MinerId, round: Round) -> Result<(), Miss> {
    let page = Standings::page_of(miner);
    let presence = read!(overlay, presence, Presence, &page)?;
    let entry = presence.and_then(|presence| presence.get(miner)).copied();
    if entry.is_some_and(|entry| entry.seen == round) {
        return Ok(());
    }
    let mut presence = presence.cloned().unwrap_or_default();
    presence.set(PresenceEntry {
        miner,
        seen: round,
        heartbeat: entry.and_then(|entry| entry.heartbeat),
    });
    overlay.presence.put(page, Some(presence));
    Ok(())
}

/// How the records a block needs come into the overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// All of them before the block is executed, in one pass.
    Ahead,
    /// One by one, when execution asks: slow, and needs no plan that could be wrong.
    #[cfg(test)]
    OnDemand,
}

/// What [`run`] came to.
struct Run<T> {
    outcome: Outcome,
    extra: T,
    /// How often the block was executed until nothing was missing.
    passes: usize,
}

/// Checks the block's place, loads what it needs, executes it and collects the changes.
///
/// The plan of [`prefetch`] names every record a block can touch, so that one pass is enough. Should it forget one, the
/// block is executed again with that record: slower, with the same result.
async fn run<S: Source, T>(
    source: &S,
    chain: &Chain,
    context: &BlockContext,
    transactions: &[CheckedTransaction],
    reading: Reading,
    attempt: impl Fn(&mut Overlay, Start) -> Result<(Done, T), Halt>,
) -> Result<Run<T>, ExecutionError<S::Error>> {
    let mut overlay = Overlay::default();
    // A block of somebody who is not on turn costs no more than this.
    load(source, &mut overlay, &prefetch::place(context)).await?;
    let start = Start::new(&overlay, chain, context).map_err(Halt::into_error)?;
    let mut passes = 0;
    let (done, extra) = loop {
        if reading == Reading::Ahead {
            read_ahead(
                source,
                &mut overlay,
                chain,
                context,
                start.producer,
                transactions,
            )
            .await?;
        }
        passes += 1;
        match attempt(&mut overlay, start.clone()) {
            Ok(done) => break done,
            Err(Halt::NotLoaded(key)) => {
                overlay.reset();
                load_with_chains(source, &mut overlay, BTreeSet::from([key])).await?;
            }
            Err(halt) => return Err(halt.into_error()),
        }
    };
    let damaged = |miss: Miss| ExecutionError::Damaged(miss.to_string());
    let mut committee = None;
    if let Some(report) = &done.report {
        let wanted = round::committee_records(&overlay, report);
        load(source, &mut overlay, &wanted).await?;
        committee = Some(round::complete_committee(&mut overlay, report).map_err(damaged)?);
    }
    if reading == Reading::Ahead {
        overlay.infer();
    }
    let unknown = overlay.unknown();
    load(source, &mut overlay, &unknown).await?;
    let record = count_accounts(&overlay, done.record)
        .ok_or_else(|| ExecutionError::Damaged("the sum of all free balances overflows".into()))?;
    overlay.chain.put((), Some(record));
    let outcome = Outcome {
        changes: overlay.changes(),
        receipts: done.receipts,
        beacon: record.beacon,
        producer: done.producer,
        reward: done.reward,
        committee,
        report: done.report,
    };
    Ok(Run {
        outcome,
        extra,
        passes,
    })
}

/// Brings the sum of all free balances and the number of accounts up to date.
pub(crate) fn count_accounts(overlay: &Overlay, record: ChainRecord) -> Option<ChainRecord> {
    let (added, removed, created) = overlay.account_changes();
    let total = u128::from(record.free_total.0)
        .checked_add(added)?
        .checked_sub(removed)?;
    Some(ChainRecord {
        free_total: Units(u64::try_from(total).ok()?),
        accounts: record.accounts.checked_add(created)?,
        ..record
    })
}
