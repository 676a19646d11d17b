//! One transaction against the state: nonce and fee, then the request.

use crate::admit::{Terms, admit, in_time};
use crate::chain::Chain;
use crate::check::CheckedTransaction;
use crate::context::BlockContext;
use crate::error::{Halt, Invalid};
use crate::heartbeat::Heartbeat;
use crate::overlay::{Key, Miss, Overlay, read};
use etm_mechanism::{Mechanism, MinerId, Standings, Store as _, Verdict};
use etm_types::state::{NodeRecord, PresenceEntry};
use etm_types::{
    Address, BlsPublicKey, Contact, DialAddress, Height, MinerKeys, NodeKey, Outcome, Payload,
    Receipt, Refusal,
};

/// What stopped a transaction.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It is invalid; nothing happened.
    Invalid(Invalid),
    /// The attempt is over.
    Halt(Halt),
}

impl<E: Into<Halt>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Halt(error.into())
    }
}

impl From<Invalid> for Stop {
    fn from(reason: Invalid) -> Self {
        Self::Invalid(reason)
    }
}

/// Executes a transaction. If it is invalid, nothing has changed.
pub(crate) fn apply(
    mechanism: &mut Mechanism<&mut Overlay>,
    chain: &Chain,
    context: &BlockContext,
    checked: &CheckedTransaction,
) -> Result<Receipt, Stop> {
    let unsigned = &checked.transaction().unsigned;
    let terms = Terms::from(unsigned);
    let (sender, outcome) = if let Some(sign) = Heartbeat::of(checked.transaction()) {
        in_time(&terms, context.height)?;
        (
            heartbeat(mechanism, chain, context, &sign)?,
            Outcome::Accepted,
        )
    } else {
        let sender = *checked.sender();
        charge(mechanism, &sender, context.height, &terms)?;
        (sender, request(mechanism, sender, &unsigned.payload)?)
    };
    Ok(Receipt::Transaction {
        hash: *checked.hash(),
        sender,
        fee: unsigned.fee,
        outcome,
    })
}

/// Lets a transaction in: takes the fee and counts the nonce up.
fn charge(
    mechanism: &mut Mechanism<&mut Overlay>,
    sender: &Address,
    height: Height,
    terms: &Terms,
) -> Result<(), Stop> {
    let account = mechanism.store().account_record(sender)?;
    let next = account.map(|account| account.nonce);
    admit(height, next, terms, |fee| {
        Ok::<_, Stop>(mechanism.charge_fee(sender, fee)?.is_some())
    })?;
    let account = mechanism.store_mut().accounts.get_mut(sender);
    let account = account.and_then(Option::as_mut);
    let account = account.ok_or(Miss::Absent("the account that paid a fee"))?;
    // A transaction whose nonce isn't counted could be executed again and again.
    account.nonce = terms
        .nonce
        .checked_add(1)
        .ok_or_else(|| Halt::Damaged(format!("account {sender} has used up its nonces")))?;
    Ok(())
}

/// What a block makes of a request whose fee is paid.
pub(crate) fn request(
    mechanism: &mut Mechanism<&mut Overlay>,
    sender: Address,
    payload: &Payload,
) -> Result<Outcome, Halt> {
    match payload {
        Payload::Register {
            keys,
            dial,
            contact,
            ..
        } => {
            if key_taken(mechanism.store(), &sender, &keys.node, &keys.bls)? {
                return Ok(Outcome::Refused(Refusal::KeyTaken));
            }
            let outcome = judge(mechanism, &sender, payload)?;
            if outcome == Outcome::Accepted {
                let overlay = mechanism.store_mut();
                claim(overlay, &sender, keys);
                let record = node_record(keys, dial, contact);
                overlay.registrations.put(sender, Some(record));
            }
            Ok(outcome)
        }
        Payload::Update {
            keys,
            dial,
            contact,
        } => update(mechanism, &sender, keys.as_deref(), dial, contact),
        payload => judge(mechanism, &sender, payload),
    }
}

/// Where a request of a block meets the mechanism (`read/dry_run.rs` tries what is previewed).
fn judge(
    mechanism: &mut Mechanism<&mut Overlay>,
    sender: &Address,
    payload: &Payload,
) -> Result<Outcome, Halt> {
    // Heartbeats have no account that asks for something.
    let Some(request) = payload.request() else {
        let reason = format!("a {} was taken for a request", payload.kind());
        return Err(Halt::Damaged(reason));
    };
    Ok(match mechanism.request(sender, request)? {
        Verdict::Accepted(_) => Outcome::Accepted,
        Verdict::Rejected(rejection) => Outcome::Refused(Refusal::from(&rejection)),
    })
}

fn node_record(keys: &MinerKeys, dial: &DialAddress, contact: &Option<Contact>) -> NodeRecord {
    NodeRecord {
        node: keys.node,
        bls: keys.bls,
        dial: dial.clone(),
        contact: contact.clone(),
    }
}

/// Whether another account ever registered one of the keys. Keys are never freed: a committee that is drawn already
/// may hold them, and a committee must not hold a key twice.
pub(crate) fn key_taken(
    overlay: &Overlay,
    sender: &Address,
    node: &NodeKey,
    bls: &BlsPublicKey,
) -> Result<bool, Miss> {
    let node = read!(overlay, node_keys, NodeKey, node)?;
    let bls = read!(overlay, bls_keys, BlsKey, bls)?;
    let foreign = |owner: Option<&Address>| owner.is_some_and(|owner| owner != sender);
    Ok(foreign(node) || foreign(bls))
}

fn claim(overlay: &mut Overlay, owner: &Address, keys: &MinerKeys) {
    overlay.node_keys.put(keys.node, Some(*owner));
    overlay.bls_keys.put(keys.bls, Some(*owner));
}

/// Replaces what the sender's miner registered, or what its registration of this round will.
fn update(
    mechanism: &mut Mechanism<&mut Overlay>,
    sender: &Address,
    keys: Option<&MinerKeys>,
    dial: &DialAddress,
    contact: &Option<Contact>,
) -> Result<Outcome, Halt> {
    let overlay = mechanism.store();
    let (miner, record) =
        match updatable(overlay, sender, keys.map(|keys| (&keys.node, &keys.bls)))? {
            Ok(found) => found,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
    let (node, bls) = keys.map_or((record.node, record.bls), |keys| (keys.node, keys.bls));
    let record = NodeRecord {
        node,
        bls,
        dial: dial.clone(),
        contact: contact.clone(),
    };
    let overlay = mechanism.store_mut();
    if let Some(keys) = keys {
        claim(overlay, sender, keys);
    }
    match miner {
        Some(miner) => overlay.nodes.put(miner, Some(record)),
        None => overlay.registrations.put(*sender, Some(record)),
    }
    Ok(Outcome::Accepted)
}

/// What an account has registered, with its miner if it is one already, if these keys may take the place of those it has.
pub(crate) fn updatable(
    overlay: &Overlay,
    sender: &Address,
    keys: Option<(&NodeKey, &BlsPublicKey)>,
) -> Result<Result<(Option<MinerId>, NodeRecord), Refusal>, Halt> {
    let miner = overlay
        .account_record(sender)?
        .and_then(|account| account.miner);
    let registration = read!(overlay, registrations, Registration, sender)?.cloned();
    let record = match (miner, registration) {
        (Some(miner), _) => read!(overlay, nodes, Node, &miner)?
            .cloned()
            .ok_or(Miss::Absent("the node record of a miner"))?,
        (None, Some(registration)) => registration,
        (None, None) => return Ok(Err(Refusal::NotAMiner)),
    };
    if let Some((node, bls)) = keys
        && key_taken(overlay, sender, node, bls)?
    {
        return Ok(Err(Refusal::KeyTaken));
    }
    Ok(Ok((miner, record)))
}

/// A sign of life of a miner's node. Answers the miner's owner.
fn heartbeat(
    mechanism: &mut Mechanism<&mut Overlay>,
    chain: &Chain,
    context: &BlockContext,
    heartbeat: &Heartbeat<'_>,
) -> Result<Address, Stop> {
    let miner = heartbeat.miner;
    let beacon = mechanism.store().globals()?.beacon;
    let registered = mechanism
        .standing(miner)?
        .is_some_and(|standing| standing.registered);
    let page = Standings::page_of(miner);
    let overlay = mechanism.store_mut();
    let record = read!(overlay, miners, Miner, &miner)?.filter(|_| registered);
    let owner = record.map(|record| record.owner);
    let node = read!(overlay, nodes, Node, &miner)?;
    let mut presence = read!(overlay, presence, Presence, &page)?
        .cloned()
        .unwrap_or_default();
    let last = presence.get(miner).and_then(|entry| entry.heartbeat);
    let known = owner.and(node).map(|node| (&node.node, last));
    heartbeat
        .is_due(&chain.params, context.round, &beacon, known)
        .map_err(Stop::Invalid)?;
    presence.set(PresenceEntry {
        miner,
        seen: heartbeat.round,
        heartbeat: Some(heartbeat.round),
    });
    overlay.presence.put(page, Some(presence));
    owner.ok_or(Stop::Invalid(Invalid::MinerNotRegistered(miner)))
}
