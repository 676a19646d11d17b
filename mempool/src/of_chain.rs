//! The chain's own transactions in the pool.

use etm_types::codec::to_bytes;
use etm_types::{Address, Transaction};

use crate::{Pooled, Scarce};

/// A transaction of the chain with its hash and size, which are computed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PooledTransaction {
    transaction: Transaction,
    sender: Address,
    hash: [u8; 32],
    size: usize,
}

impl PooledTransaction {
    /// Wraps a transaction.
    pub fn new(transaction: Transaction) -> Self {
        let encoding = to_bytes(&transaction);
        let hash = Transaction::hash_of_encoding(&encoding).0;
        Self {
            sender: transaction.sender(),
            hash,
            size: encoding.len(),
            transaction,
        }
    }

    /// Who sent it; for heartbeats the address of the node key, which is no account's.
    pub const fn sender(&self) -> &Address {
        &self.sender
    }

    /// The transaction.
    pub const fn transaction(&self) -> &Transaction {
        &self.transaction
    }
}

impl Pooled for PooledTransaction {
    type Account = Address;

    fn hash(&self) -> [u8; 32] {
        self.hash
    }
    fn account(&self) -> Address {
        self.sender
    }
    fn nonce(&self) -> u64 {
        self.transaction.unsigned.nonce
    }
    fn fee(&self) -> u64 {
        self.transaction.unsigned.fee.0
    }
    fn expires_at(&self) -> u64 {
        self.transaction.unsigned.expires_at
    }
    fn size(&self) -> usize {
        self.size
    }
    fn is_free(&self) -> bool {
        self.transaction.payload().is_heartbeat()
    }
    fn scarce(&self) -> Scarce {
        let payload = self.transaction.payload();
        Scarce {
            requests: usize::from(payload.waits_for_round_end()),
            proofs: usize::from(payload.has_proofs()),
        }
    }
}
