//! The end of the running round as it comes if things go on as they do: every member on turn makes its block in time,
//! and nobody asks for anything more. Made by ending the round in memory, with the code that will end it.

use crate::chain::{Chain, ChainParams};
use crate::context::BlockContext;
use crate::error::{ExecutionError, Halt};
use crate::load::{load, load_with_chains, read_ahead};
use crate::overlay::{Miss, Overlay};
use crate::prefetch;
use crate::read::{self, Asked};
use crate::source::Source;
use etm_mechanism::{
    Action, Inapplicable, Mechanism, MinerId, Position, Standing, Store as _, TallyEntry, beacon,
};
use etm_types::{BlsSignature, Height, NodeKey, Round, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// Where an accepted request stands: its block of the round (from 0), and its place among the requests of that block.
pub type Place = (u32, u32);

/// What is known of the end of the running round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The running round.
    pub round: Round,
    pub last_height: Height,
    /// Blocks of it that are still to come, at least 1.
    pub remaining: u64,
    /// The members of its committee.
    pub members: BTreeMap<MinerId, Turns>,
    /// Day boundaries it will have crossed if all slots are used: never fewer.
    pub days: u64,
    /// Day boundaries if every second slot from now on is missed, each for half as long again as a slot.
    pub days_late: u64,
    /// All standings after it, by rising miner id.
    pub standings: Vec<(MinerId, Standing)>,
    /// The miners whose node will have shown that it runs.
    pub ready: BTreeSet<MinerId>,
    /// `v_avg` after it, times 2^32.
    pub average: u64,
    /// The accepted resignations in order: the place of each among the requests, and the miner.
    pub resignations: Vec<(Place, MinerId)>,
}

/// The blocks of a member in the running round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    /// What it did so far.
    pub done: TallyEntry,
    /// Blocks that are its turn if no slot is missed from now on.
    pub to_come: u64,
}

/// How the rest of the round may go for a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Its miner adds no more block, and time passes.
    Best,
    /// All slots are used.
    Expected,
    /// Its miner, if it is a member, adds all blocks that are to come.
    Worst,
}

impl Outlook {
    /// How often the time gain of a miner's voters will be halved.
    pub fn halvings(&self, miner: Option<MinerId>, case: Case) -> u64 {
        let turns = miner.and_then(|miner| self.members.get(&miner));
        turns.map_or(0, |turns| {
            let more = match case {
                Case::Best => 0,
                Case::Expected => turns.to_come,
                Case::Worst => self.remaining,
            };
            turns.done.produced.saturating_add(more)
        })
    }

    /// The day boundaries that will be crossed.
    pub const fn days(&self, case: Case) -> u64 {
        match case {
            Case::Best => self.days_late,
            Case::Expected | Case::Worst => self.days,
        }
    }

    /// A miner's standing after the round.
    pub fn standing(&self, miner: MinerId) -> Option<&Standing> {
        let index = self.standings.binary_search_by_key(&miner, |(id, _)| *id);
        index
            .ok()
            .and_then(|index| self.standings.get(index))
            .map(|(_, standing)| standing)
    }

    /// An account's position after the round: as it is `now`, with its accepted requests, and with `more` if they are
    /// accepted next. `owns` is the miner the account owns.
    pub fn position(
        &self,
        now: Option<Position>,
        requests: &[Asked],
        more: &[Action],
        owns: Option<MinerId>,
        case: Case,
    ) -> Option<Position> {
        let miner = now.and_then(|position| position.miner);
        let (blocks, days) = (self.halvings(miner, case), self.days(case));
        let mut position = now.map(|position| position.after_round(blocks, days));
        let mut gone = BTreeSet::new();
        let mut resignations = self.resignations.iter().peekable();
        let accepted = requests.iter();
        let accepted = accepted.map(|asked| ((asked.block, asked.place), asked.action));
        let next = more.iter().map(|action| ((u32::MAX, u32::MAX), *action));
        for (place, action) in accepted.chain(next) {
            while let Some((_, miner)) = resignations.next_if(|(at, _)| *at <= place) {
                position = position.map(|position| position.abandoned_by(*miner));
                gone.insert(*miner);
            }
            match Position::after(position, &action, |miner| !gone.contains(&miner)) {
                Ok(after) => position = after,
                Err(Inapplicable::Void | Inapplicable::Impossible) => {}
            }
            if let (Action::Resign, Some(miner)) = (action, owns) {
                position = position.map(|position| position.abandoned_by(miner));
                gone.insert(miner);
            }
        }
        resignations.fold(position, |position, (_, miner)| {
            position.map(|position| position.abandoned_by(*miner))
        })
    }
}

/// Looks ahead to the end of the running round: reads what its last block will read.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn outlook<S: Source>(
    source: &S,
    chain: &Chain,
) -> Result<Outlook, ExecutionError<S::Error>> {
    let params = &chain.params;
    let record = read::chain_record(source).await?;
    let round = params.round_of(record.height.next());
    let last_height = params.last_height(round);
    let remaining = last_height.since(record.height);
    let rest_ms = remaining.saturating_mul(params.slot_ms);
    let context = BlockContext {
        height: last_height,
        round,
        slot: Slot::ZERO,
        parent_slot: Slot::ZERO,
        parent_beacon: record.beacon,
        timestamp_ms: record.timestamp_ms.saturating_add(rest_ms),
        vrf: BlsSignature([0; 48]),
        leader: NodeKey([0; 32]),
    };
    let damaged = |miss: Miss| Halt::from(miss).into_error();
    let mut overlay = Overlay::default();
    load(source, &mut overlay, &prefetch::place(&context)).await?;
    let parent_slot = match params.round_of(record.height) == round {
        true => record.slot,
        false => Slot::ZERO,
    };
    let producers = on_turn(&overlay, round, parent_slot, remaining).map_err(damaged)?;
    let Some(any) = producers.first().copied() else {
        return Err(ExecutionError::Damaged("a round has no block".into()));
    };
    read_ahead(source, &mut overlay, chain, &context, any, &[]).await?;
    loop {
        match end(&mut overlay, chain, &context, &producers) {
            Ok(mut outlook) => {
                let globals = overlay.globals().map_err(damaged)?;
                // The round was ended in memory: `globals` are those after it.
                let late_ms = rest_ms.saturating_mul(5) / 2;
                let late = record.timestamp_ms.saturating_add(late_ms) / 1_000;
                let late = params.mechanism.day_of(late, globals.genesis_timestamp);
                outlook.days_late = outlook.days + late.since(globals.day);
                return Ok(outlook);
            }
            // The plan names all there is; should it forget something, this is only slower.
            Err(Halt::NotLoaded(key)) => {
                overlay.reset();
                let wanted = BTreeSet::from([key]);
                load_with_chains(source, &mut overlay, wanted).await?;
            }
            Err(halt) => return Err(halt.into_error()),
        }
    }
}

/// Who makes the blocks that are to come if no slot is missed.
fn on_turn(
    overlay: &Overlay,
    round: Round,
    parent_slot: Slot,
    remaining: u64,
) -> Result<Vec<MinerId>, Miss> {
    let globals = overlay.globals()?;
    let committee = overlay
        .committee(round)?
        .ok_or(Miss::Absent("the committee of the running round"))?;
    let slots = (1..=remaining).map(|slot| parent_slot.saturating_add(slot));
    Ok(slots
        .filter_map(|slot| {
            let place = beacon::on_turn(round, &globals.beacon, slot, committee.len());
            committee.get(place).copied()
        })
        .collect())
}

/// Ends the round in memory.
fn end(
    overlay: &mut Overlay,
    chain: &Chain,
    context: &BlockContext,
    producers: &[MinerId],
) -> Result<Outlook, Halt> {
    let params = &chain.params;
    let mut ready = crate::round::ready_miners(overlay, params, context.round)?;
    ready.extend(producers);
    let resignations = resignations(overlay, params, context)?;
    let committee = overlay
        .committee(context.round)?
        .ok_or(Miss::Absent("the committee of the running round"))?;
    let tally = overlay.tally()?.0;
    let members = committee.iter().zip(tally).map(|(miner, done)| {
        let turns = producers.iter().filter(|producer| *producer == miner);
        let to_come = turns.count() as u64;
        (*miner, Turns { done, to_come })
    });
    let members: BTreeMap<MinerId, Turns> = members.collect();
    let mut mechanism = Mechanism::open(params.mechanism, overlay);
    for producer in producers {
        mechanism.block(*producer, &[], context.timestamp_ms / 1_000)?;
    }
    // Whom the beacon draws is not known yet: only what the draw will see is.
    let report = mechanism.end_round(&context.parent_beacon.0, |miner| ready.contains(&miner))?;
    let standings = mechanism.standings()?;
    Ok(Outlook {
        round: context.round,
        last_height: context.height,
        remaining: producers.len() as u64,
        members,
        days: report.days,
        days_late: report.days,
        standings,
        ready,
        average: report.average,
        resignations,
    })
}

fn resignations(
    overlay: &Overlay,
    params: &ChainParams,
    context: &BlockContext,
) -> Result<Vec<(Place, MinerId)>, Miss> {
    let mut found = Vec::new();
    for block in 0..=params.block_of_round(context.height) {
        for (place, queued) in (0u32..).zip(overlay.requests(block)?) {
            if queued.action == Action::Resign {
                let owner = overlay.account(&queued.account)?;
                let miner = owner.and_then(|owner| owner.miner);
                let miner = miner.ok_or(Miss::Absent("the miner of one that resigns"))?;
                found.push(((block, place), miner));
            }
        }
    }
    Ok(found)
}
