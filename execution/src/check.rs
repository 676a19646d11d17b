//! Checks that need no state: size, chain, fee, amounts, signatures and proofs of possession.

use crate::chain::Chain;
use crate::error::Invalid;
use etm_types::codec;
use etm_types::keys::verify_batch;
use etm_types::limits::MAX_TRANSACTION_BYTES;
use etm_types::{Address, Hash, Payload, Transaction, Units};
use rayon::prelude::*;

/// Signatures checked together on one core.
const BATCH: usize = 256;

/// A transaction that passed the checks that need no state. They hold for ever on its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedTransaction {
    transaction: Transaction,
    hash: Hash,
    sender: Address,
    bytes: usize,
}

impl CheckedTransaction {
    pub const fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    pub fn into_transaction(self) -> Transaction {
        self.transaction
    }

    pub const fn hash(&self) -> &Hash {
        &self.hash
    }

    /// The address of its sender's key (of the node key, for heartbeats).
    pub const fn sender(&self) -> &Address {
        &self.sender
    }

    /// The length of its encoding, in bytes.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}

/// A transaction whose size, chain, fee and amounts are right. Whoever has more to ask before the dearer checks makes them one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified(CheckedTransaction);

/// One that its sender has signed. The proofs of possession in it, if any, are not checked: they cost forty times as much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed(CheckedTransaction);

impl Unverified {
    pub const fn transaction(&self) -> &Transaction {
        &self.0.transaction
    }

    pub const fn hash(&self) -> &Hash {
        &self.0.hash
    }

    /// The address of its sender's key (of the node key, for heartbeats).
    pub const fn sender(&self) -> &Address {
        &self.0.sender
    }

    /// The length of its encoding, in bytes.
    pub const fn bytes(&self) -> usize {
        self.0.bytes
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`Invalid::WrongSignature`]
    pub fn verify_signature(self) -> Result<Signed, Invalid> {
        self.0.transaction.verify_signature()?;
        Ok(Signed(self.0))
    }
}

impl Signed {
    pub const fn transaction(&self) -> &Transaction {
        &self.0.transaction
    }

    /// The address of its sender's key (of the node key, for heartbeats).
    pub const fn sender(&self) -> &Address {
        &self.0.sender
    }

    /// Checks the proofs of possession.
    ///
    /// # Errors
    /// [`Invalid::WrongProof`]
    pub fn verify_proofs(self) -> Result<CheckedTransaction, Invalid> {
        check_proofs(&self.0)?;
        Ok(self.0)
    }
}

/// Checks one transaction.
///
/// # Errors
/// [`Invalid`], the cheapest check that fails.
pub fn check(chain: &Chain, transaction: Transaction) -> Result<CheckedTransaction, Invalid> {
    examine(chain, transaction)?
        .verify_signature()?
        .verify_proofs()
}

/// Checks what costs next to nothing: size, chain, fee and amounts.
///
/// # Errors
/// [`Invalid`]
pub fn examine(chain: &Chain, transaction: Transaction) -> Result<Unverified, Invalid> {
    check_fields(chain, transaction).map(Unverified)
}

/// Checks the signatures of several transactions together, which costs half as much as one by one. Each has its own
/// answer: where one is wrong, all are checked again alone.
pub fn verify_signatures(transactions: Vec<Unverified>) -> Vec<Result<Signed, Invalid>> {
    let all: Vec<&CheckedTransaction> = transactions.iter().map(|checked| &checked.0).collect();
    if all.len() > 1 && are_signed(&all) {
        let signed = transactions.into_iter();
        return signed.map(|checked| Ok(Signed(checked.0))).collect();
    }
    let alone = transactions.into_iter();
    alone.map(Unverified::verify_signature).collect()
}

/// Checks the transactions of a block: signatures in batches, on all cores.
///
/// A full block takes tens of milliseconds of every core, so call it where blocking is allowed.
///
/// # Errors
/// The index of an invalid transaction, and what is wrong with it. If several are invalid, it is the first of those
/// whose fields are wrong, or else the first whose signature or proof is.
pub fn check_all(
    chain: &Chain,
    transactions: Vec<Transaction>,
) -> Result<Vec<CheckedTransaction>, (usize, Invalid)> {
    check_unknown(chain, transactions, |_| false)
}

/// As [`check_all`], where signatures and proofs of the transactions that `known` says so of, by their hashes, were
/// checked before.
///
/// # Errors
/// As those of [`check_all`].
pub fn check_unknown(
    chain: &Chain,
    transactions: Vec<Transaction>,
    known: impl Fn(&Hash) -> bool,
) -> Result<Vec<CheckedTransaction>, (usize, Invalid)> {
    let checked = transactions
        .into_par_iter()
        .with_min_len(64)
        .enumerate()
        .map(|(index, transaction)| {
            check_fields(chain, transaction).map_err(|reason| (index, reason))
        })
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    let unknown: Vec<(usize, &CheckedTransaction)> = checked
        .iter()
        .enumerate()
        .filter(|(_, checked)| !known(&checked.hash))
        .collect();
    let failures: Vec<(usize, Invalid)> = unknown
        .par_chunks(BATCH)
        .filter_map(|transactions| check_signatures(transactions).err())
        .collect();
    match failures.into_iter().min_by_key(|(index, _)| *index) {
        Some(failure) => Err(failure),
        None => Ok(checked),
    }
}

fn check_signatures(transactions: &[(usize, &CheckedTransaction)]) -> Result<(), (usize, Invalid)> {
    let all: Vec<&CheckedTransaction> = transactions.iter().map(|(_, checked)| *checked).collect();
    if !are_signed(&all) {
        for (index, checked) in transactions {
            checked
                .transaction
                .verify_signature()
                .map_err(|reason| (*index, reason.into()))?;
        }
    }
    transactions
        .iter()
        .try_for_each(|(index, checked)| check_proofs(checked).map_err(|reason| (*index, reason)))
}

/// Whether all signatures hold.
fn are_signed(transactions: &[&CheckedTransaction]) -> bool {
    let messages: Vec<Vec<u8>> = transactions
        .iter()
        .map(|checked| checked.transaction.unsigned.signing_bytes())
        .collect();
    let batch = transactions
        .iter()
        .zip(&messages)
        .map(|(checked, message)| checked.transaction.signed_message(message));
    verify_batch(batch).is_ok()
}

fn check_fields(chain: &Chain, transaction: Transaction) -> Result<CheckedTransaction, Invalid> {
    let encoding = codec::to_bytes(&transaction);
    if encoding.len() > MAX_TRANSACTION_BYTES {
        return Err(Invalid::TooLarge {
            length: encoding.len(),
            max: MAX_TRANSACTION_BYTES,
        });
    }
    let unsigned = &transaction.unsigned;
    if unsigned.chain != chain.id {
        return Err(Invalid::WrongChain);
    }
    if unsigned.payload.is_heartbeat() {
        if unsigned.fee != Units::ZERO || unsigned.nonce != 0 {
            return Err(Invalid::HeartbeatFields);
        }
    } else if unsigned.fee < chain.params.fee {
        return Err(Invalid::FeeTooLow {
            fee: unsigned.fee,
            min: chain.params.fee,
        });
    }
    match &unsigned.payload {
        Payload::Transfer { amount, .. }
        | Payload::Lock { amount }
        | Payload::Unlock { amount }
            if *amount == Units::ZERO =>
        {
            return Err(Invalid::NoAmount);
        }
        _ => {}
    }
    Ok(CheckedTransaction {
        hash: Transaction::hash_of_encoding(&encoding),
        sender: transaction.sender(),
        bytes: encoding.len(),
        transaction,
    })
}

fn check_proofs(checked: &CheckedTransaction) -> Result<(), Invalid> {
    match checked.transaction.payload() {
        Payload::Register { keys, .. }
        | Payload::Update {
            keys: Some(keys), ..
        } => Ok(keys.verify(&checked.sender)?),
        _ => Ok(()),
    }
}
