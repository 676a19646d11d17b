//! What a person wants.

use super::reach::Probe;
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
    Lock(Units),
    /// Lock all there is but a few fees.
    LockAll,
    Unlock(Units),
    /// Unlock all there is.
    UnlockAll,
    /// Vote for the miner with this name or id.
    Vote(String),
    Withdraw,
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
    Resign,
}

impl Intent {
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
