//! Readers over a [`Source`]: what the API, the wallet and the metrics want to know.
//!
//! A reader only touches the records it names. So it can also be run on a [`MemorySource`](crate::MemorySource) that
//! holds nothing but records a client was given with proofs: then its answer is proven, too.

mod dry_run;

pub use dry_run::{DryRun, Keys, Stopped, Trial, dry_run};

use crate::chain::ChainParams;
use crate::error::{ExecutionError, Halt};
use crate::load::{load, load_with_chains};
use crate::overlay::{Key, Miss, Overlay, free_by_totals, read};
use crate::source::Source;
use etm_mechanism::{
    Action, Globals, Mechanism, Miner, MinerId, NameHolder, Position, ProjectedPosition, Queued,
    Standing, Standings, Store as _, Tally, Units, Votes,
};
use etm_types::state::{AccountRecord, ChainRecord, NodeRecord, PresenceEntry, RoundRecord};
use etm_types::{Address, Committee, Height, MinerName, Round};
use std::collections::BTreeSet;

type Error<S> = ExecutionError<<S as Source>::Error>;

/// An account and all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// Whether the chain knows it.
    pub exists: bool,
    /// Free balance, next nonce, miner.
    pub record: AccountRecord,
    /// Earned bonus that is not drawn: spendable like `free`.
    pub earned: Units,
    /// Its position, as it is now.
    pub position: Option<Position>,
    /// Its position once the accepted requests of the round are in effect.
    pub projected: Option<ProjectedPosition>,
    /// Its accepted requests of the round, in order.
    pub requests: Vec<Asked>,
    /// Its deposits: of its miner, of a registration of the round, and of miners that resigned and may still serve.
    pub deposit: Units,
}

/// An accepted request of the running round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The block of the round (from 0) that holds it.
    pub block: u32,
    /// Its place among the requests of that block.
    pub place: u32,
    /// What it will do.
    pub action: Action,
}

impl AccountView {
    /// Free and earned: what can be spent.
    pub const fn balance(&self) -> Units {
        // Parts of a supply that fits.
        Units(self.record.free.0.saturating_add(self.earned.0))
    }

    /// What accepted locks of the round took, which is not in the position yet.
    pub fn locking(&self) -> Units {
        self.sum(|action| match action {
            Action::Lock(amount) => Some(*amount),
            _ => None,
        })
    }

    /// What accepted unlocks of the round will set free, which is still in the position.
    pub fn unlocking(&self) -> Units {
        self.sum(|action| match action {
            Action::Unlock(amount) => Some(*amount),
            _ => None,
        })
    }

    fn sum(&self, amount: impl Fn(&Action) -> Option<Units>) -> Units {
        let amounts = self
            .requests
            .iter()
            .filter_map(|asked| amount(&asked.action));
        amounts.fold(Units::ZERO, |sum, amount| {
            Units(sum.0.saturating_add(amount.0))
        })
    }
}

/// A miner and all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinerView {
    pub id: MinerId,
    /// Its owner, name and deposit.
    pub miner: Miner<Address>,
    pub node: NodeRecord,
    /// Votes and counters as of the end of the last round.
    pub standing: Standing,
    /// `v`, times 2^32.
    pub coefficient: u64,
    /// `R`.
    pub weight: Votes,
    /// When its node was last seen; none if never.
    pub presence: Option<PresenceEntry>,
    /// Whether it is ready: can be drawn at the end of the running round, as far as is known now.
    pub ready: bool,
}

/// Where all tokens are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supply {
    pub chain: ChainRecord,
    /// The mechanism's totals.
    pub globals: Globals,
    /// All there is: genesis supply and what was issued since.
    pub total: Units,
    /// Bonus issued and not yet drawn: the earned bonus of all positions and the escrow.
    pub bonus_held: Units,
    /// Whether the free balances, summed up account by account, are what the mechanism's totals leave for them
    /// (invariant 1). False means that tokens came out of nothing or vanished.
    pub conserved: bool,
}

/// Runs `view` over the mechanism until all it reads is loaded: a few times, since with a record that was missing come all
/// others of its kind that the view can ask for.
async fn with<S: Source, T>(
    source: &S,
    params: &ChainParams,
    first: BTreeSet<Key>,
    view: impl Fn(&mut Mechanism<&mut Overlay>) -> Result<T, Halt>,
) -> Result<T, Error<S>> {
    let mut overlay = Overlay::default();
    load_with_chains(source, &mut overlay, first).await?;
    loop {
        let mut mechanism = Mechanism::open(params.mechanism, &mut overlay);
        match view(&mut mechanism) {
            Ok(value) => return Ok(value),
            Err(Halt::NotLoaded(key)) => {
                overlay.reset();
                let wanted = of_its_kind(&overlay, params, key);
                load_with_chains(source, &mut overlay, wanted).await?;
            }
            Err(halt) => return Err(halt.into_error()),
        }
    }
}

/// A record that a view asked for, and those it will ask for next.
fn of_its_kind(overlay: &Overlay, params: &ChainParams, key: Key) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    match &key {
        Key::Requests(_) => {
            let blocks = params.mechanism.blocks_per_round;
            keys.extend((0..blocks).map(Key::Requests));
        }
        Key::Miner(_) => {
            let retiring = overlay.retiring.get(&()).flatten();
            keys.extend(retiring.into_iter().flatten().copied().map(Key::Miner));
        }
        _ => {}
    }
    keys.retain(|key| !overlay.is_loaded(key));
    keys.insert(key);
    keys
}

/// An account. One that does not exist has zeros.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn account<S: Source>(
    source: &S,
    params: &ChainParams,
    address: &Address,
) -> Result<AccountView, Error<S>> {
    let address = *address;
    let first = BTreeSet::from([
        Key::Globals(()),
        Key::Account(address),
        Key::Position(address),
        Key::Pending(address),
        Key::Retiring(()),
    ]);
    with(source, params, first, |mechanism| {
        let record = mechanism.store().account_record(&address)?;
        let position = mechanism.position(&address)?;
        let projected = mechanism.projected_position(&address)?;
        let overlay = mechanism.store();
        let mut requests = Vec::new();
        if overlay.pending(&address)?.is_some() {
            let mut next = (0, 0);
            for (block, queued) in queued_requests(overlay, params)? {
                let place = if next.0 == block { next.1 } else { 0 };
                next = (block, place + 1);
                if queued.account == address {
                    let action = queued.action;
                    requests.push(Asked {
                        block,
                        place,
                        action,
                    });
                }
            }
        }
        let deposit = deposits(overlay, &address, record, &requests)?;
        Ok(AccountView {
            exists: record.is_some(),
            record: record.unwrap_or_default(),
            earned: position.map_or(Units::ZERO, |position| position.earned),
            position: position.map(|view| view.position),
            projected,
            requests,
            deposit,
        })
    })
    .await
}

/// What an account can spend, and the nonce of its next transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purse {
    /// The nonce.
    pub nonce: u64,
    /// Free and earned.
    pub balance: Units,
}

/// The purse of an account: a few records, whatever it and others asked for in the round. One that does not exist has zeros.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn purse<S: Source>(
    source: &S,
    params: &ChainParams,
    address: &Address,
) -> Result<Purse, Error<S>> {
    let address = *address;
    let first = BTreeSet::from([
        Key::Globals(()),
        Key::Account(address),
        Key::Position(address),
    ]);
    with(source, params, first, |mechanism| {
        let record = mechanism
            .store()
            .account_record(&address)?
            .unwrap_or_default();
        let position = mechanism.position(&address)?;
        let earned = position.map_or(Units::ZERO, |position| position.earned);
        Ok(Purse {
            nonce: record.nonce,
            // Parts of a supply that fits.
            balance: Units(record.free.0.saturating_add(earned.0)),
        })
    })
    .await
}

/// All deposits of an account.
fn deposits(
    overlay: &Overlay,
    address: &Address,
    record: Option<AccountRecord>,
    requests: &[Asked],
) -> Result<Units, Miss> {
    let mut owned: BTreeSet<MinerId> = record.and_then(|record| record.miner).into_iter().collect();
    owned.extend(overlay.retiring()?);
    let mut sum: u64 = 0;
    for miner in owned {
        if let Some(miner) = overlay
            .miner(miner)?
            .filter(|miner| miner.owner == *address)
        {
            sum = sum.saturating_add(miner.deposit.0);
        }
    }
    for asked in requests {
        if let Action::Register(_, deposit) = asked.action {
            sum = sum.saturating_add(deposit.0);
        }
    }
    Ok(Units(sum))
}

/// The accepted requests of the running round so far.
fn queued_requests(
    overlay: &Overlay,
    params: &ChainParams,
) -> Result<Vec<(u32, Queued<Address>)>, Miss> {
    let globals = overlay.globals()?;
    let mut requests = Vec::new();
    if globals.height == Height::ZERO || params.is_last_of_round(globals.height) {
        return Ok(requests);
    }
    for block in 0..=params.block_of_round(globals.height) {
        requests.extend(
            overlay
                .requests(block)?
                .into_iter()
                .map(|queued| (block, queued)),
        );
    }
    Ok(requests)
}

/// The accepted requests of the running round so far, with the block of the round (from 0) that holds each.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn requests<S: Source>(
    source: &S,
    params: &ChainParams,
) -> Result<Vec<(u32, Queued<Address>)>, Error<S>> {
    let mut first = BTreeSet::from([Key::Globals(())]);
    first.extend((0..params.mechanism.blocks_per_round).map(Key::Requests));
    with(source, params, first, |mechanism| {
        Ok(queued_requests(mechanism.store(), params)?)
    })
    .await
}

/// All miners that are registered or serve, by rising id: reads two records of each, and their pages.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn miners<S: Source>(
    source: &S,
    params: &ChainParams,
) -> Result<Vec<MinerView>, Error<S>> {
    let mut overlay = load_roll(source).await?;
    let all = standings(&overlay).map_err(damaged)?;
    let ids: Vec<MinerId> = all.into_iter().map(|(id, _)| id).collect();
    views(source, params, &mut overlay, ids).await
}

/// Registered miners in the order of ids, around from `turn * step` on: `count` of them, or all. Whoever takes the first `step` of them turn by
/// turn comes to every miner, newcomers too, within as many turns as there are ids, divided by `step`. Reads all pages of standings, but the
/// records of these only.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn miners_in_turn<S: Source>(
    source: &S,
    params: &ChainParams,
    turn: u64,
    step: usize,
    count: usize,
) -> Result<Vec<MinerView>, Error<S>> {
    let mut overlay = load_roll(source).await?;
    let all = standings(&overlay).map_err(damaged)?;
    let ids = all.last().map_or(0, |(id, _)| u64::from(id.0) + 1);
    // Whole turns around: the last of them may reach into the next.
    let step = u64::try_from(step).unwrap_or(u64::MAX).max(1);
    let start = turn
        .checked_rem(ids.div_ceil(step))
        .map_or(0, |turn| turn.saturating_mul(step));
    let registered = all.iter().filter(|(_, standing)| standing.registered);
    let mut ids: Vec<MinerId> = registered.map(|(id, _)| *id).collect();
    let first = ids.partition_point(|id| u64::from(id.0) < start);
    ids.rotate_left(first);
    ids.truncate(count);
    views(source, params, &mut overlay, ids).await
}

/// The globals and all pages of standings and presence.
async fn load_roll<S: Source>(source: &S) -> Result<Overlay, Error<S>> {
    let mut overlay = Overlay::default();
    let first = BTreeSet::from([Key::Globals(()), Key::Directory(())]);
    load(source, &mut overlay, &first).await?;
    let pages = overlay.directory().map_err(damaged)?;
    let keys = pages
        .iter()
        .flat_map(|page| [Key::Standings(*page), Key::Presence(*page)]);
    load(source, &mut overlay, &keys.collect()).await?;
    Ok(overlay)
}

/// All standings by rising miner id.
fn standings(overlay: &Overlay) -> Result<Vec<(MinerId, Standing)>, Miss> {
    let mut all = Vec::new();
    for page in overlay.directory()? {
        all.extend(overlay.standings(page)?.0);
    }
    Ok(all)
}

/// Miners in the order of `ids`, whose pages are loaded.
async fn views<S: Source>(
    source: &S,
    params: &ChainParams,
    overlay: &mut Overlay,
    ids: Vec<MinerId>,
) -> Result<Vec<MinerView>, Error<S>> {
    let keys = ids.iter().flat_map(|id| [Key::Miner(*id), Key::Node(*id)]);
    load(source, overlay, &keys.collect()).await?;
    let views = ids.into_iter().map(|id| view_of(overlay, params, id));
    let views: Result<Vec<_>, Miss> = views.collect();
    Ok(views.map_err(damaged)?.into_iter().flatten().collect())
}

fn damaged<E>(miss: Miss) -> ExecutionError<E> {
    Halt::from(miss).into_error()
}

/// One miner; none if it neither is registered nor serves.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn miner<S: Source>(
    source: &S,
    params: &ChainParams,
    id: MinerId,
) -> Result<Option<MinerView>, Error<S>> {
    let page = Standings::page_of(id);
    let first = BTreeSet::from([
        Key::Globals(()),
        Key::Standings(page),
        Key::Presence(page),
        Key::Miner(id),
        Key::Node(id),
    ]);
    with(source, params, first, |mechanism| {
        Ok(view_of(mechanism.store(), params, id)?)
    })
    .await
}

/// The registered miner with a name.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn miner_by_name<S: Source>(
    source: &S,
    params: &ChainParams,
    name: &MinerName,
) -> Result<Option<MinerId>, Error<S>> {
    let first = BTreeSet::from([Key::Name(*name)]);
    with(source, params, first, |mechanism| {
        Ok(match mechanism.store().name(name)? {
            Some(NameHolder::Miner(miner)) => Some(miner),
            _ => None,
        })
    })
    .await
}

fn view_of(
    overlay: &Overlay,
    params: &ChainParams,
    id: MinerId,
) -> Result<Option<MinerView>, Miss> {
    let globals = overlay.globals()?;
    let page = Standings::page_of(id);
    let standings = read!(overlay, standings, Standings, &page)?;
    let Some(standing) = standings.and_then(|page| page.get(id)).copied() else {
        return Ok(None);
    };
    let miner = overlay
        .miner(id)?
        .ok_or(Miss::Absent("the record of a miner"))?;
    let node = read!(overlay, nodes, Node, &id)?
        .cloned()
        .ok_or(Miss::Absent("the node record of a miner"))?;
    let presence = presence_of(overlay, id)?;
    Ok(Some(MinerView {
        id,
        miner,
        node,
        standing,
        coefficient: standing.coefficient(globals.average),
        weight: standing.weight(globals.average),
        presence,
        ready: is_ready(&globals, params, &standing, presence.as_ref()),
    }))
}

fn presence_of(overlay: &Overlay, id: MinerId) -> Result<Option<PresenceEntry>, Miss> {
    let presence = read!(overlay, presence, Presence, &Standings::page_of(id))?;
    Ok(presence.and_then(|presence| presence.get(id)).copied())
}

/// Whether a miner can be drawn at the end of the running round, as far as is known now.
fn is_ready(
    globals: &Globals,
    params: &ChainParams,
    standing: &Standing,
    presence: Option<&PresenceEntry>,
) -> bool {
    standing.registered && presence.is_some_and(|entry| params.is_ready(globals.round, entry.seen))
}

/// The chain record: height, slot, timestamp and beacon of the last block.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn chain_record<S: Source>(source: &S) -> Result<ChainRecord, Error<S>> {
    let mut overlay = Overlay::default();
    load(source, &mut overlay, &BTreeSet::from([Key::Chain(())])).await?;
    overlay.chain_record().map_err(damaged)
}

/// The mechanism's totals, and the counts of the running committee.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn globals<S: Source>(source: &S) -> Result<(Globals, Tally), Error<S>> {
    let mut overlay = Overlay::default();
    let keys = BTreeSet::from([Key::Globals(()), Key::Tally(())]);
    load(source, &mut overlay, &keys).await?;
    let both = overlay
        .globals()
        .and_then(|globals| Ok((globals, overlay.tally()?)));
    both.map_err(damaged)
}

/// The committee of a round: known for the running round and the next.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn committee<S: Source>(source: &S, round: Round) -> Result<Option<Committee>, Error<S>> {
    let mut overlay = Overlay::default();
    load(
        source,
        &mut overlay,
        &BTreeSet::from([Key::Committee(round)]),
    )
    .await?;
    let committee = overlay.full_committee(round);
    Ok(committee.map_err(damaged)?.cloned())
}

/// The record of a finished round; none if it is not finished, or too long ago.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn round<S: Source>(source: &S, round: Round) -> Result<Option<RoundRecord>, Error<S>> {
    let mut overlay = Overlay::default();
    load(source, &mut overlay, &BTreeSet::from([Key::Round(round)])).await?;
    let record: Result<_, Miss> = read!(overlay, rounds, Round, &round);
    Ok(record.map_err(damaged)?.cloned())
}

/// Where all tokens are, and whether none is missing: two reads, cheap enough for every block.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn supply<S: Source>(source: &S) -> Result<Supply, Error<S>> {
    let mut overlay = Overlay::default();
    let keys = BTreeSet::from([Key::Chain(()), Key::Globals(())]);
    load(source, &mut overlay, &keys).await?;
    let both = overlay
        .chain_record()
        .and_then(|chain| Ok((chain, overlay.globals()?)));
    let (chain, globals) = both.map_err(damaged)?;
    let overflow = || ExecutionError::Damaged("the supply is out of range".into());
    let total = [
        globals.rewards_issued,
        globals.bonus_issued,
        globals.outside_fees,
    ]
    .into_iter()
    .try_fold(globals.genesis_supply, Units::checked_add)
    .ok_or_else(overflow)?;
    Ok(Supply {
        total,
        bonus_held: globals
            .bonus_issued
            .checked_sub(globals.bonus_drawn)
            .ok_or_else(overflow)?,
        conserved: free_by_totals(&globals) == Some(chain.free_total),
        chain,
        globals,
    })
}
