//! What requests would come to, tried with the code that would execute them.

use super::{Error, with};
use crate::apply;
use crate::chain::ChainParams;
use crate::error::Halt;
use crate::overlay::{Key, Overlay};
use crate::prefetch;
use crate::source::Source;
use etm_mechanism::{Action, Mechanism, Rejection, Request, Units, Verdict};
use etm_types::{Address, BlsPublicKey, NodeKey, Outcome, Payload, Refusal, UnsignedTransaction};

/// What would become of requests if they stood in the next block, one after the other, each with this fee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryRun {
    /// The balance before the first of them, behind those that wait.
    pub before: Units,
    /// What those that wait ask for, as far as it is accepted.
    pub waiting: Vec<Action>,
    /// The first of them that fails, by its index, and why; what comes after it was not tried.
    pub stopped: Option<(usize, Stopped)>,
    /// The balance afterwards.
    pub balance: Units,
}

/// Why a request failed in a dry run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The balance is only this when the fee is due: the transaction could not stand in a block.
    Fee(Units),
    /// The mechanism rejects it: the fee would be gone.
    Rejected(Rejection),
    /// The chain refuses it for a reason of its own: the fee would be gone.
    Refused(Refusal),
}

/// What a dry run tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trial {
    /// A request, with the keys of a node that it registers, if they are known.
    Request(Request<Address>, Option<Keys>),
    /// A change of what the account's miner has registered, with new keys if it brings such.
    Update(Option<Keys>),
}

/// The keys of a miner's node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Known to peers and consensus.
    pub node: NodeKey,
    /// Signs votes and beacon contributions.
    pub bls: BlsPublicKey,
}

/// Runs requests of an account as the next block would (nonces and what only the chain knows apart), behind its transactions that
/// `wait`, in this order, with the code that would run them. Nothing changes.
///
/// # Errors
/// If the state can't be read or is damaged, or if the round has all its blocks.
pub async fn dry_run<S: Source>(
    source: &S,
    params: &ChainParams,
    address: &Address,
    wait: &[&UnsignedTransaction],
    fee: Units,
    trials: &[Trial],
) -> Result<DryRun, Error<S>> {
    let payloads: Vec<&Payload> = wait.iter().map(|waiting| &waiting.payload).collect();
    let mut first = prefetch::named(*address, &payloads);
    first.extend([
        Key::Globals(()),
        Key::Account(*address),
        Key::Position(*address),
        Key::Pending(*address),
    ]);
    with(source, params, first, |mechanism| {
        let mut waiting = Vec::new();
        for transaction in wait {
            // One that can't pay its fee never gets into a block.
            if mechanism.charge_fee(address, transaction.fee)?.is_none() {
                continue;
            }
            let payload = &transaction.payload;
            if apply::request(mechanism, *address, payload)? == Outcome::Accepted {
                let request = payload.request();
                let deposit = params.mechanism.deposit;
                waiting.extend(request.and_then(|request| request.action(deposit)));
            }
        }
        let before = mechanism.balance(address)?;
        let mut stopped = None;
        for (index, trial) in trials.iter().enumerate() {
            let balance = mechanism.balance(address)?;
            if mechanism.charge_fee(address, fee)?.is_none() {
                stopped = Some((index, Stopped::Fee(balance)));
                break;
            }
            if let Some(why) = attempt(mechanism, address, trial)? {
                stopped = Some((index, why));
                break;
            }
        }
        let balance = mechanism.balance(address)?;
        Ok(DryRun {
            before,
            waiting,
            stopped,
            balance,
        })
    })
    .await
}

/// Tries one, and says why it fails if it does: the keys are judged before the mechanism judges the request, as in a block.
fn attempt(
    mechanism: &mut Mechanism<&mut Overlay>,
    address: &Address,
    trial: &Trial,
) -> Result<Option<Stopped>, Halt> {
    let overlay = mechanism.store();
    match trial {
        Trial::Update(keys) => {
            let keys = keys.as_ref().map(|keys| (&keys.node, &keys.bls));
            let refused = apply::updatable(overlay, address, keys)?.err();
            Ok(refused.map(Stopped::Refused))
        }
        Trial::Request(_, Some(keys))
            if apply::key_taken(overlay, address, &keys.node, &keys.bls)? =>
        {
            Ok(Some(Stopped::Refused(Refusal::KeyTaken)))
        }
        Trial::Request(request, _) => Ok(match mechanism.request(address, request.clone())? {
            Verdict::Rejected(why) => Some(Stopped::Rejected(why)),
            Verdict::Accepted(_) => None,
        }),
    }
}
