//! Transactions of the account that wait for a block: a request is judged by what they leave, so that no foreseeable refusal costs its fee.

use super::preview::{Change, Preview, Scene, costs};
use crate::{
    failure::{Failure, Result},
    figures::counted,
};
use etm_mechanism::Request;
use etm_types::{
    Units,
    api::{
        Amount,
        account::Account,
        chain::Parameters,
        miner::{MinerPage, MinerState},
        transaction::{Payload, TransactionSummary},
    },
};

/// The account and the miners as a transaction will find them.
pub(super) struct Counted {
    pub(super) account: Account,
    pub(super) miners: MinerPage,
    /// The account as it is.
    pub(super) now: Account,
}

/// Counts in what waits before a transaction with this nonce. One that will be refused takes its fee and nothing else.
pub(super) fn count_in(
    account: &Account,
    parameters: &Parameters,
    miners: MinerPage,
    nonce: u64,
) -> Counted {
    let mut before: Vec<TransactionSummary> = account
        .pending_transactions
        .iter()
        .filter(|transaction| (account.nonce..nonce).contains(&transaction.nonce))
        .cloned()
        .collect();
    before.sort_by_key(|transaction| transaction.nonce);
    let mut now = account.clone();
    now.pending_transactions.clear();
    let mut counted = Counted {
        account: now.clone(),
        miners,
        now,
    };
    for transaction in before {
        let fee = Units(transaction.fee.0);
        let scene = counted.scene(parameters);
        let change = change(&transaction.payload);
        let preview = change
            .as_ref()
            .map(|change| Preview::new(&scene, change, fee));
        let balance = counted.account.balance;
        match preview {
            Some(Ok(mut preview)) => {
                if let Payload::Transfer {
                    recipient, amount, ..
                } = &transaction.payload
                    && *recipient == counted.account.address
                {
                    preview.comes_to_oneself(Units(amount.0));
                }
                (counted.account, counted.miners) =
                    after(&counted.account, &counted.miners, &preview);
                if change == Some(Change::Asks(Request::Resign)) {
                    counted.resign();
                }
            }
            _ => counted.account.balance = Amount(balance.0.saturating_sub(fee.0)),
        }
        counted.account.pending_transactions.push(transaction);
    }
    counted
}

impl Counted {
    /// What the request is judged by.
    pub(super) const fn scene<'a>(&'a self, parameters: &'a Parameters) -> Scene<'a> {
        Scene {
            account: &self.account,
            parameters,
            miners: &self.miners,
        }
    }

    /// A vote for its miner comes to nothing from now on.
    fn resign(&mut self) {
        let own = self.account.miner.as_ref().map(|own| own.id);
        let miners = self.miners.miners.iter_mut();
        for miner in miners.filter(|miner| Some(miner.id) == own) {
            miner.state = MinerState::Resigning;
        }
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> u32 {
        u32::try_from(self.account.pending_transactions.len()).unwrap_or(u32::MAX)
    }

    /// Says of a refusal that what waits is counted in.
    pub(super) fn explain<T>(&self, judged: Result<T>) -> Result<T> {
        judged.map_err(|failure| match self.account.pending_transactions.len() {
            0 => failure,
            waiting => {
                let message = format!(
                    "{}; {} counted in",
                    failure.message,
                    counted(
                        waiting,
                        "transaction of this account that waits for a block is",
                        "transactions of this account that wait for a block are"
                    )
                );
                // What they spend is spent when they are through.
                let hint = match costs::is_for_money(&failure) {
                    true => "`etm position` shows them, `etm tx cancel` takes one back",
                    false => "try again when they are through: `etm position` shows them",
                };
                Failure::new(failure.exit, failure.code, message).hint(hint)
            }
        })
    }
}

/// What a transaction that waits will do; none if nobody could sign it for an account.
fn change(payload: &Payload) -> Option<Change> {
    match payload {
        Payload::Update { .. } => Some(Change::Update),
        payload => payload.asked().map(Change::Asks),
    }
}

/// The account and the miners as the next transaction will find them: the one before is accepted, its fee is paid.
pub(super) fn after(
    account: &Account,
    miners: &MinerPage,
    accepted: &Preview,
) -> (Account, MinerPage) {
    let mut account = account.clone();
    account.balance = accepted.balance_after;
    account.projected.clone_from(&accepted.after);
    account.projected_best.clone_from(&accepted.after_best);
    account.projected_worst.clone_from(&accepted.after_worst);
    let mut miners = miners.clone();
    for effect in &accepted.miners {
        let found = miners.miners.iter_mut();
        for miner in found.filter(|miner| miner.id == effect.miner.id) {
            miner.outlook.votes = effect.votes_after;
        }
    }
    (account, miners)
}

#[cfg(test)]
mod tests;
