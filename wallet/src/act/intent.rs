//! What a person wants.

use super::{preview::Change, reach::Probe};
use crate::failure::Result;
use etm_mechanism::Request;
use etm_types::{Address, Contact, DialAddress, Memo, MinerName, MinerSecrets, Units};

/// What a person wants, as it was typed.
#[derive(Clone, Debug)]
pub enum Intent {
    /// Send tokens.
    Transfer {
        /// Who gets them.
        to: Address,
        /// The contact or key that was named.
        name: Option<String>,
        amount: Units,
        memo: Memo,
    },
    /// Lock, unlock, withdraw the vote or resign, as it is.
    Asks(Request<String>),
    /// Lock all there is but a few fees.
    LockAll,
    /// Unlock all there is.
    UnlockAll,
    /// Vote for the miner with this name or id.
    Vote(String),
    Register {
        name: MinerName,
        /// The secret keys of the node, which prove that it has them.
        secrets: MinerSecrets,
        /// Where the node listens.
        dial: DialAddress,
        /// How people reach the miner.
        contact: Option<Contact>,
        /// How to see whether a node answers there, unless that is not wanted.
        probe: Option<Probe>,
    },
    /// Change what the miner registered; what is not given stays.
    Update {
        /// New keys.
        secrets: Option<MinerSecrets>,
        /// A new dial address.
        dial: Option<DialAddress>,
        /// A new contact, or none from now on.
        contact: Option<Option<Contact>>,
        /// How to see whether a node answers there, unless that is not wanted.
        probe: Option<Probe>,
    },
}

/// What a person leaves open: how much, or who.
#[derive(Clone, Copy, Debug)]
pub enum Open<'a> {
    LockAll,
    UnlockAll,
    Vote(&'a str),
}

impl Intent {
    /// What is to be done; `find` knows what was left open.
    pub fn change(&self, find: impl FnOnce(Open<'_>) -> Result<Request<String>>) -> Result<Change> {
        Ok(Change::Asks(match self {
            Self::Transfer { to, amount, .. } => Request::Transfer {
                to: to.to_string(),
                amount: *amount,
            },
            Self::Asks(request) => request.clone(),
            Self::Register { name, .. } => Request::Register(*name),
            Self::Update { .. } => return Ok(Change::Update),
            Self::LockAll => find(Open::LockAll)?,
            Self::UnlockAll => find(Open::UnlockAll)?,
            Self::Vote(named) => find(Open::Vote(named))?,
        }))
    }

    /// Whether what it does depends on miners.
    pub const fn needs_miners(&self) -> bool {
        // A name that somebody has is refused before the deposit is looked at.
        self.needs_position() || matches!(self, Self::Asks(_) | Self::Register { .. })
    }

    /// Whether what it costs depends on the position.
    pub const fn needs_position(&self) -> bool {
        match self {
            Self::Asks(request) => !matches!(request, Request::Resign),
            Self::LockAll | Self::UnlockAll | Self::Vote(_) => true,
            Self::Transfer { .. } | Self::Register { .. } | Self::Update { .. } => false,
        }
    }

    /// The secret keys of a node that are to be registered.
    pub const fn keys(&self) -> Option<&MinerSecrets> {
        match self {
            Self::Register { secrets, .. } => Some(secrets),
            Self::Update { secrets, .. } => secrets.as_ref(),
            _ => None,
        }
    }

    /// Where a miner's node is to answer from now on, and how to see whether one does.
    pub const fn dialled(&self) -> Option<(&DialAddress, Option<Probe>)> {
        match self {
            Self::Register { dial, probe, .. } => Some((dial, *probe)),
            Self::Update {
                dial: Some(dial),
                probe,
                ..
            } => Some((dial, *probe)),
            _ => None,
        }
    }
}
