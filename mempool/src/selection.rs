//! What a block takes of the transactions it is offered.

use std::collections::BTreeMap;

use etm_execution::{Invalid, Scarce, admit, is_late};
use etm_types::Height;

use crate::facts::{AccountView, Facts};

/// What a block has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Transactions.
    pub count: usize,
    /// Bytes of transactions.
    pub bytes: usize,
    /// Things of which it may hold few.
    pub scarce: Scarce,
}

/// After so many transactions that were too large for what is left of the bytes, a block counts as full.
const MAX_TOO_LARGE: usize = 256;

/// Chooses for one block, from transactions in the order of [`Mempool::in_order`](crate::Mempool::in_order), those for which there is
/// room and that their accounts can pay, as of the state the block is built on. What is passed over takes no place, and everything after
/// it of the same account is passed over too.
pub struct Selection<A> {
    /// Of the block.
    height: Height,
    room: Room,
    too_large: usize,
    /// What is left of the accounts that were looked at; none for those that are passed over.
    accounts: BTreeMap<A, Option<AccountView>>,
}

impl<A: Clone + Ord> Selection<A> {
    /// Nothing chosen yet.
    pub const fn new(height: Height, room: Room) -> Self {
        Self {
            height,
            room,
            too_large: 0,
            accounts: BTreeMap::new(),
        }
    }

    /// Whether nothing more can be chosen.
    pub const fn is_full(&self) -> bool {
        self.room.count == 0 || self.too_large >= MAX_TOO_LARGE
    }

    /// Whether a transaction's account has to be looked at before the transaction is offered: not if it is known, or if there is no
    /// room for the transaction anyway.
    pub fn needs(&mut self, transaction: &Facts<A>) -> bool {
        if transaction.is_free || self.accounts.contains_key(&transaction.account) {
            return false;
        }
        let fits = self.room_after(transaction).is_some();
        if !fits {
            self.accounts.insert(transaction.account.clone(), None);
        }
        fits
    }

    /// Whether a transaction is its account's next and there is room for it, so that only its fee is left to be asked for.
    pub fn is_next(&self, transaction: &Facts<A>) -> bool {
        let view = self.accounts.get(&transaction.account).copied().flatten();
        view.is_some_and(|view| view.nonce == transaction.nonce)
            && self.room_without(transaction).is_some()
    }

    /// Tells of an account, as of the state the block is built on; none if there is no such account.
    pub fn look(&mut self, account: A, view: Option<AccountView>) {
        self.accounts.insert(account, view);
    }

    /// Whether a transaction is chosen. Free ones need no account, and take no other's place.
    pub fn offer(&mut self, transaction: &Facts<A>) -> bool {
        if transaction.is_free {
            if is_late(transaction.expires_at, self.height) {
                return false;
            }
            let bytes = self.room.bytes.checked_sub(transaction.size);
            self.room.bytes = bytes.unwrap_or(self.room.bytes);
            return bytes.is_some();
        }
        let account = &transaction.account;
        let Some(Some(view)) = self.accounts.get(account).copied() else {
            return false;
        };
        // A block that is not final yet has it: those after it may come.
        if transaction.nonce < view.nonce {
            return false;
        }
        let left = self.take(transaction, view);
        self.accounts.insert(account.clone(), left);
        left.is_some()
    }

    /// Takes a transaction's room, and tells what is left of its account.
    fn take(&mut self, transaction: &Facts<A>, view: AccountView) -> Option<AccountView> {
        let paid = view.balance.checked_sub(transaction.fee);
        let pay = |_| Ok::<_, Invalid>(paid.is_some());
        admit(self.height, Some(view.nonce), &transaction.terms(), pay).ok()?;
        let balance = paid?;
        self.room = self.room_after(transaction)?;
        Some(AccountView {
            nonce: view.nonce.checked_add(1)?,
            balance: balance.saturating_sub(transaction.spends),
        })
    }

    /// The room that a transaction leaves, if there is room for it.
    fn room_without(&self, transaction: &Facts<A>) -> Option<Room> {
        Some(Room {
            count: self.room.count.checked_sub(1)?,
            bytes: self.room.bytes.checked_sub(transaction.size)?,
            scarce: self.room.scarce.less(transaction.scarce)?,
        })
    }

    /// The same, which notes what is too large.
    fn room_after(&mut self, transaction: &Facts<A>) -> Option<Room> {
        self.too_large += usize::from(transaction.size > self.room.bytes);
        self.room_without(transaction)
    }
}
