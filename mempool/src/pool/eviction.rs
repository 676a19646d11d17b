//! What has to go when there is too much.

use std::cmp::Reverse;

use super::{Mempool, removal};
use crate::facts::{Pooled, Removal, RemovalReason};
use crate::not_admitted::NotAdmitted;
use crate::queue::{Entry, Tail};
use crate::scarcities::Kind;

/// A transaction that was taken out, with what is needed to put it back.
pub(super) struct Gone<T> {
    pub(super) entry: Entry<T>,
    pub(super) reason: RemovalReason,
    /// The next nonce of its account.
    pub(super) next: u64,
}

/// What the pool has too many of.
enum TooMany {
    /// Of what uses up one scarce thing.
    Scarce(Kind),
    /// Of all; the worst of them.
    All(Tail),
}

impl<T: Pooled> Mempool<T> {
    /// Evicts the worst until the pool is within its bounds: of what is scarce first, then of all. If `newcomer` turns out to be the worst,
    /// everything is put back.
    pub(super) fn make_room(
        &mut self,
        newcomer: [u8; 32],
        before: Vec<Gone<T>>,
    ) -> Result<Vec<Removal>, NotAdmitted> {
        let mut gone = before;
        while let Some((why, account, nonce)) = self.one_too_many() {
            let next = self.accounts.get(&account).map_or(0, |queue| queue.next);
            let Some(entry) = self.take(&account, nonce) else {
                break;
            };
            if entry.transaction.facts().hash != newcomer {
                gone.push(Gone {
                    entry,
                    reason: RemovalReason::Evicted,
                    next,
                });
                continue;
            }
            for old in gone {
                self.put(&old.entry.transaction.facts().account, old.next, old.entry);
            }
            let fee = entry.transaction.facts().fee;
            return Err(match (why, self.worst()) {
                (TooMany::Scarce(kind), _) => NotAdmitted::ScarceFull {
                    fee,
                    worst: self.scarce.worst(kind).map_or(fee, |(rank, _)| rank),
                },
                (TooMany::All(Tail::Held(Reverse(held), _)), _) => {
                    NotAdmitted::PoolFullForHeld { held }
                }
                (TooMany::All(Tail::Ready(..)), Some(Tail::Ready(worst, _))) => {
                    NotAdmitted::PoolFull { fee, worst }
                }
                // Those that are held and went before it did not make room enough.
                (TooMany::All(Tail::Ready(..)), _) => NotAdmitted::PoolFull { fee, worst: fee },
            });
        }
        Ok(gone
            .iter()
            .map(|gone| removal(&gone.entry, gone.reason))
            .collect())
    }

    /// What has to go, and why; none if the pool is within its bounds.
    fn one_too_many(&self) -> Option<(TooMany, T::Account, u64)> {
        if let Some((kind, account, nonce)) = self.scarce.beyond(self.limits.scarce) {
            return Some((TooMany::Scarce(kind), account, nonce));
        }
        if self.by_hash.len() <= self.limits.count && self.bytes <= self.limits.bytes {
            return None;
        }
        let (tail, account) = self.tails.first()?;
        let (last, _) = self.accounts.get(account)?.entries.last_key_value()?;
        Some((TooMany::All(*tail), account.clone(), *last))
    }
}
