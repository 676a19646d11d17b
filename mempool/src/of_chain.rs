//! The chain's own transactions in the pool.

use etm_types::codec::to_bytes;
use etm_types::{Address, Payload, Transaction, Units};

use crate::{Included, Pooled, Scarce};

/// What the pool has to know of a chain's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What a registration deposits.
    pub deposit: Units,
    pub blocks_per_round: u32,
}

/// A transaction of the chain with its hash and size, which are computed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PooledTransaction {
    transaction: Transaction,
    sender: Address,
    hash: [u8; 32],
    size: usize,
    spends: Units,
    expires_at: u64,
}

impl PooledTransaction {
    /// Wraps a transaction of a chain with these rules.
    pub fn new(transaction: Transaction, rules: Rules) -> Self {
        let encoding = to_bytes(&transaction);
        let hash = Transaction::hash_of_encoding(&encoding).0;
        let spends = transaction.payload().takes(rules.deposit);
        let expires_at = match transaction.payload() {
            // Nobody takes it after its round.
            Payload::Heartbeat { round, .. } => round
                .saturating_add(1)
                .saturating_mul(rules.blocks_per_round.into())
                .saturating_sub(1)
                .min(transaction.unsigned.expires_at),
            _ => transaction.unsigned.expires_at,
        };
        Self {
            sender: transaction.sender(),
            hash,
            size: encoding.len(),
            spends,
            expires_at,
            transaction,
        }
    }

    /// Who sent it; for heartbeats the address of the node key, which is no account's.
    pub const fn sender(&self) -> &Address {
        &self.sender
    }

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
    fn spends(&self) -> u64 {
        self.spends.0
    }
    fn expires_at(&self) -> u64 {
        self.expires_at
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
            resignations: usize::from(*payload == Payload::Resign),
        }
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
