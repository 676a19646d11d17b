//! What somebody does, in words: one place for all that show it, before and after a signature.

use crate::{context::miner_text, figures::etm};
use etm_mechanism::Request;
use etm_types::{
    MinerId, Payload, Units,
    api::{Amount, MinerRef, request, transaction},
};
use std::fmt;

/// What a transaction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Send so much.
    Send {
        amount: Amount,
        /// To whom.
        to: String,
    },
    Lock(Amount),
    Unlock(Amount),
    Vote(MinerRef),
    Withdraw,
    /// Register under this name.
    Register(String),
    Update,
    Resign,
    Heartbeat {
        miner: MinerRef,
        round: u64,
    },
}

impl Verb {
    /// What the mechanism is asked, with accounts and miners as `account` and `miner` name them.
    pub fn asked<A>(
        request: &Request<A>,
        account: impl FnOnce(&A) -> String,
        miner: impl FnOnce(MinerId) -> MinerRef,
    ) -> Self {
        let amount = |units: &Units| Amount::from(*units);
        match request {
            Request::Transfer { to, amount: units } => Self::Send {
                amount: amount(units),
                to: account(to),
            },
            Request::Lock(units) => Self::Lock(amount(units)),
            Request::Unlock(units) => Self::Unlock(amount(units)),
            Request::Vote(voted) => Self::Vote(miner(*voted)),
            Request::Withdraw => Self::Withdraw,
            Request::Register(name) => Self::Register(name.to_string()),
            Request::Resign => Self::Resign,
        }
    }

    /// The same as a line begins.
    pub fn begun(&self) -> String {
        let text = self.to_string();
        let mut letters = text.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A number alone does not say of what.
        let called = |miner: &MinerRef| match miner.name.is_empty() {
            true => format!("miner {}", miner_text(miner)),
            false => miner_text(miner),
        };
        match self {
            Self::Send { amount, to } => write!(out, "send {} to {to}", etm(*amount)),
            Self::Lock(amount) => write!(out, "lock {}", etm(*amount)),
            Self::Unlock(amount) => write!(out, "unlock {}", etm(*amount)),
            Self::Vote(miner) => write!(out, "vote for {}", called(miner)),
            Self::Withdraw => out.write_str("withdraw the vote"),
            Self::Register(name) => write!(out, "register as miner {name}"),
            Self::Update => out.write_str("update the miner"),
            Self::Resign => out.write_str("resign as a miner"),
            Self::Heartbeat { miner, round } => {
                write!(out, "heartbeat of {} in round {round}", called(miner))
            }
        }
    }
}

/// A miner of which the number alone is known.
const fn numbered(MinerId(id): MinerId) -> MinerRef {
    MinerRef {
        id,
        name: String::new(),
    }
}

impl From<&Payload> for Verb {
    fn from(payload: &Payload) -> Self {
        match (payload.request(), payload) {
            (Some(request), _) => Self::asked(&request, ToString::to_string, numbered),
            (None, Payload::Heartbeat { miner, round, .. }) => Self::Heartbeat {
                miner: numbered(*miner),
                round: round.0,
            },
            (None, _) => Self::Update,
        }
    }
}

impl From<&request::Request> for Verb {
    fn from(request: &request::Request) -> Self {
        match request {
            request::Request::Lock { amount } => Self::Lock(*amount),
            request::Request::Unlock { amount } => Self::Unlock(*amount),
            request::Request::Vote { miner } => Self::Vote(miner.clone()),
            request::Request::Withdraw => Self::Withdraw,
            request::Request::Register { name } => Self::Register(name.clone()),
            request::Request::Resign => Self::Resign,
        }
    }
}

impl From<&transaction::Payload> for Verb {
    fn from(payload: &transaction::Payload) -> Self {
        match (payload.request(), payload) {
            (Some(request), _) => Self::from(&request),
            (
                None,
                transaction::Payload::Transfer {
                    recipient, amount, ..
                },
            ) => Self::Send {
                amount: *amount,
                to: recipient.clone(),
            },
            (None, transaction::Payload::Heartbeat { miner, round }) => Self::Heartbeat {
                miner: miner.clone(),
                round: *round,
            },
            (None, _) => Self::Update,
        }
    }
}

#[cfg(test)]
mod tests;
