//! The genesis block of the original network.
//!
//! Taken: transfers (type 0), delegates (type 2, as miners under their names), votes (type 3) and lock-ups (type 101,
//! as positions at time gain 1). Everybody keeps the address. The block's generator pays out what it never received:
//! that is the original supply; its account, left below zero, is not taken. Signatures of the original network are not
//! checked: the file is trusted as the operator trusts it. A delegate has no node there, so the caller supplies its keys.

use super::super::{Draft, DraftMiner, DraftPosition};
use etm_mechanism::TimeGain;
use etm_types::{Address, DialAddress, MinerId, MinerKeys, MinerName, PublicKey, Units};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use thiserror::Error;

/// What was taken from an original genesis block, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct V1Summary {
    pub transfers: usize,
    /// Accounts with a free balance.
    pub accounts: usize,
    /// Delegates, now miners.
    pub miners: usize,
    /// Lock-ups, now positions.
    pub positions: usize,
    /// Votes of positions.
    pub votes: usize,
    /// Free and locked amounts together.
    pub total: Units,
    /// What was left out, in words.
    pub left_out: Vec<String>,
}

/// Why an original genesis block is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum V1Error {
    /// It is not JSON of the right shape.
    #[error("{0}")]
    Shape(String),
    /// A transaction is wrong.
    #[error("transactions[{index}]: {reason}")]
    Transaction { index: usize, reason: String },
    /// An account other than the generator's spends more than it received.
    #[error("account {0} spends more than it received")]
    Overdrawn(Address),
    /// The draft has accounts, miners or positions already.
    #[error("the draft is not empty")]
    DraftNotEmpty,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct V1Block {
    generator_public_key: String,
    transactions: Vec<V1Transaction>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct V1Transaction {
    r#type: u32,
    amount: u64,
    #[serde(default)]
    recipient_id: Option<String>,
    sender_id: String,
    sender_public_key: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    asset: V1Asset,
}

#[derive(Default, Deserialize)]
struct V1Asset {
    delegate: Option<V1Delegate>,
    vote: Option<V1Vote>,
}

#[derive(Deserialize)]
struct V1Delegate {
    username: String,
}

#[derive(Deserialize)]
struct V1Vote {
    votes: Vec<String>,
}

/// What the transactions add up to.
#[derive(Default)]
struct Ledger {
    balances: BTreeMap<Address, i128>,
    locks: BTreeMap<Address, u64>,
    delegates: Vec<(Address, MinerName)>,
    votes: BTreeMap<Address, Address>,
    summary: V1Summary,
}

/// Fills an empty draft from an original genesis block. `node` supplies each delegate's keys, with proofs of possession
/// for the address it is given, and where its node listens.
///
/// # Errors
/// [`V1Error`]; the draft is then unchanged.
pub fn import_v1(
    draft: &mut Draft,
    text: &str,
    mut node: impl FnMut(usize, &Address, &MinerName) -> (MinerKeys, DialAddress),
) -> Result<V1Summary, V1Error> {
    if !(draft.accounts.is_empty() && draft.miners.is_empty() && draft.positions.is_empty()) {
        return Err(V1Error::DraftNotEmpty);
    }
    let block: V1Block =
        serde_json::from_str(text).map_err(|error| V1Error::Shape(error.to_string()))?;
    let generator: PublicKey = block
        .generator_public_key
        .parse()
        .map_err(|error| V1Error::Shape(format!("generatorPublicKey: {error}")))?;
    let generator = Address::of(&generator);
    let mut ledger = Ledger::default();
    for (index, transaction) in block.transactions.iter().enumerate() {
        ledger
            .add(index, transaction)
            .map_err(|reason| V1Error::Transaction { index, reason })?;
    }
    ledger.fill(draft, &generator, &mut node)
}

impl Ledger {
    fn add(&mut self, index: usize, transaction: &V1Transaction) -> Result<(), String> {
        let sender: Address = transaction
            .sender_id
            .parse()
            .map_err(|error| format!("senderId: {error}"))?;
        let key: PublicKey = transaction
            .sender_public_key
            .parse()
            .map_err(|error| format!("senderPublicKey: {error}"))?;
        if Address::of(&key) != sender {
            return Err("senderId is not the address of senderPublicKey".into());
        }
        match transaction.r#type {
            0 => {
                let recipient = transaction.recipient_id.as_deref();
                let recipient: Address = recipient
                    .ok_or("a transfer has no recipientId")?
                    .parse()
                    .map_err(|error| format!("recipientId: {error}"))?;
                *self.balances.entry(sender).or_default() -= i128::from(transaction.amount);
                *self.balances.entry(recipient).or_default() += i128::from(transaction.amount);
                self.summary.transfers += 1;
            }
            2 => {
                let delegate = transaction.asset.delegate.as_ref();
                let name = &delegate.ok_or("there is no asset.delegate")?.username;
                let name = MinerName::new(name).map_err(|error| format!("username: {error}"))?;
                if self
                    .delegates
                    .iter()
                    .any(|(owner, other)| *owner == sender || *other == name)
                {
                    return Err("the account or the name is a delegate already".into());
                }
                self.delegates.push((sender, name));
            }
            3 => self.vote(index, sender, transaction)?,
            101 => {
                let amount = transaction
                    .args
                    .first()
                    .ok_or("there is no amount to lock")?;
                let amount: u64 = amount
                    .parse()
                    .map_err(|_| "the amount to lock is no number of units")?;
                let locked = self.locks.entry(sender).or_default();
                *locked = locked.checked_add(amount).ok_or("too much is locked")?;
            }
            other => {
                let text = format!("transactions[{index}]: type {other} is not known");
                self.summary.left_out.push(text);
            }
        }
        Ok(())
    }

    fn vote(
        &mut self,
        index: usize,
        sender: Address,
        transaction: &V1Transaction,
    ) -> Result<(), String> {
        let vote = transaction
            .asset
            .vote
            .as_ref()
            .ok_or("there is no asset.vote")?;
        for entry in &vote.votes {
            let Some(key) = entry.strip_prefix('+') else {
                let text = format!("transactions[{index}]: {entry:.80} does not add a vote");
                self.summary.left_out.push(text);
                continue;
            };
            let key: PublicKey = key.parse().map_err(|error| format!("vote: {error}"))?;
            match self.votes.entry(sender) {
                Entry::Vacant(entry) => {
                    entry.insert(Address::of(&key));
                }
                Entry::Occupied(_) => {
                    let text = format!(
                        "transactions[{index}]: a further vote of {sender}: a position votes for one miner"
                    );
                    self.summary.left_out.push(text);
                }
            }
        }
        Ok(())
    }

    fn fill(
        mut self,
        draft: &mut Draft,
        generator: &Address,
        node: &mut impl FnMut(usize, &Address, &MinerName) -> (MinerKeys, DialAddress),
    ) -> Result<V1Summary, V1Error> {
        let mut total: u128 = 0;
        let mut positions = BTreeMap::new();
        for (account, locked) in &self.locks {
            *self.balances.entry(*account).or_default() -= i128::from(*locked);
            let miner = self.votes.remove(account).and_then(|delegate| {
                let index = self
                    .delegates
                    .iter()
                    .position(|(owner, _)| *owner == delegate);
                if index.is_none() {
                    let text = format!("the vote of {account} for {delegate}, who is no delegate");
                    self.summary.left_out.push(text);
                }
                index
            });
            self.summary.votes += usize::from(miner.is_some());
            total += u128::from(*locked);
            positions.insert(
                *account,
                DraftPosition {
                    locked: Units(*locked),
                    time_gain: TimeGain::MIN,
                    miner: miner
                        .and_then(|index| u32::try_from(index).ok())
                        .map(MinerId),
                },
            );
        }
        for account in self.votes.keys() {
            let text = format!("the vote of {account}, which locks nothing");
            self.summary.left_out.push(text);
        }
        let mut accounts = BTreeMap::new();
        for (account, balance) in &self.balances {
            match u64::try_from(*balance) {
                Ok(0) => {}
                Ok(balance) => {
                    total += u128::from(balance);
                    accounts.insert(*account, Units(balance));
                }
                Err(_) if account == generator => {
                    let text = format!("the generator {account}, which paid out the supply");
                    self.summary.left_out.push(text);
                }
                Err(_) => return Err(V1Error::Overdrawn(*account)),
            }
        }
        self.summary.total = u64::try_from(total)
            .map(Units)
            .map_err(|_| V1Error::Shape("all amounts together exceed 2^64 units".into()))?;
        for (index, (owner, name)) in self.delegates.iter().enumerate() {
            let (keys, dial) = node(index, owner, name);
            draft.miners.push(DraftMiner {
                owner: *owner,
                name: *name,
                keys,
                dial,
                contact: None,
            });
        }
        self.summary.accounts = accounts.len();
        self.summary.miners = draft.miners.len();
        self.summary.positions = positions.len();
        draft.accounts = accounts;
        draft.positions = positions;
        Ok(self.summary)
    }
}
