//! What a person wants.

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
        /// How much.
        amount: Units,
        /// A note.
        memo: Memo,
    },
    /// Lock tokens.
    Lock(Units),
    /// Lock all there is but a few fees.
    LockAll,
    /// Unlock tokens.
    Unlock(Units),
    /// Unlock all there is.
    UnlockAll,
    /// Vote for the miner with this name or id.
    Vote(String),
    /// Withdraw the vote.
    Withdraw,
    /// Register as a miner.
    Register {
        /// The name.
        name: MinerName,
        /// The secret keys of the node, which prove that it has them.
        secrets: MinerSecrets,
        /// Where the node listens.
        dial: DialAddress,
        /// How people reach the miner.
        contact: Option<Contact>,
    },
    /// Change what the miner registered; what is not given stays.
    Update {
        /// New keys.
        secrets: Option<MinerSecrets>,
        /// A new dial address.
        dial: Option<DialAddress>,
        /// A new contact, or none from now on.
        contact: Option<Option<Contact>>,
    },
    /// Resign as a miner.
    Resign,
}
