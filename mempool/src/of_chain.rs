//! The chain's own transactions in the pool.

use etm_execution::{ChainParams, CheckedTransaction, Scarce, Unverified};
use etm_types::{Address, Payload, Transaction};

use crate::facts::{Facts, Included, Pooled};

/// What the pool goes by of a transaction whose fields are right on a chain with these parameters. Nobody has to have signed it yet.
pub fn facts_of(transaction: &Unverified, params: &ChainParams) -> Facts<Address> {
    let unsigned = &transaction.transaction().unsigned;
    let payload = &unsigned.payload;
    let expires_at = match payload {
        // Nobody takes it after its round.
        Payload::Heartbeat { round, .. } => params.last_height(*round).min(unsigned.expires_at),
        _ => unsigned.expires_at,
    };
    Facts {
        hash: transaction.hash().0,
        account: *transaction.sender(),
        nonce: unsigned.nonce,
        fee: unsigned.fee.0,
        spends: payload.takes(params.mechanism.deposit).0,
        expires_at,
        size: transaction.bytes(),
        is_free: payload.is_heartbeat(),
        scarce: Scarce::of(payload),
    }
}

/// A transaction that passed every check that needs no state, and what the pool goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PooledTransaction {
    checked: CheckedTransaction,
    facts: Facts<Address>,
}

impl PooledTransaction {
    /// The transaction with its own facts, as they were taken before its signature was checked.
    pub const fn new(checked: CheckedTransaction, facts: Facts<Address>) -> Self {
        Self { checked, facts }
    }

    /// Who sent it; for heartbeats the address of the node key, which is no account's.
    pub const fn sender(&self) -> &Address {
        self.checked.sender()
    }

    pub const fn transaction(&self) -> &Transaction {
        self.checked.transaction()
    }

    pub const fn checked(&self) -> &CheckedTransaction {
        &self.checked
    }
}

impl Pooled for PooledTransaction {
    type Account = Address;

    fn facts(&self) -> Facts<Address> {
        self.facts
    }
}

impl From<&Transaction> for Included<Address> {
    fn from(transaction: &Transaction) -> Self {
        let free = transaction.payload().is_heartbeat();
        Self {
            hash: transaction.hash().0,
            account: transaction.sender(),
            nonce: (!free).then_some(transaction.unsigned.nonce),
        }
    }
}
