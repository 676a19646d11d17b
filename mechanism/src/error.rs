//! Errors: a store that fails, a caller that breaks the order of things. Rejected requests are no errors.

use crate::{Height, MinerId, MinerName, ParamsError, Round, Units};

/// Why a call of the mechanism did not happen. After an error the store may hold a part of the call's changes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error<E> {
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(E),
    /// The store lacks or contradicts a record that must be there.
    #[error("the state is damaged: {0}")]
    Damaged(&'static str),
    /// A sum left its range; only amounts from outside (fees) can bring this about.
    #[error("out of range: {0}")]
    Overflow(&'static str),
    /// The round has all its blocks: `end_round` comes first.
    #[error("round {0} has all its blocks, it must be ended first")]
    RoundComplete(Round),
    /// The round lacks blocks.
    #[error("round {round} ends with height {last}, the last block has height {height}")]
    RoundIncomplete {
        /// The running round.
        round: Round,
        last: Height,
        /// The height reached.
        height: Height,
    },
    /// A producer or a miner with a missed slot is not in the round's committee.
    #[error("miner {miner} is not in the committee of round {round}")]
    NotInCommittee {
        miner: MinerId,
        /// The running round.
        round: Round,
    },
    /// A block is older than its parent.
    #[error("a block at {timestamp} s can't follow one at {parent} s")]
    Timestamp {
        /// Of the block, seconds.
        timestamp: u64,
        /// Of its parent, seconds.
        parent: u64,
    },
}

impl<E> From<E> for Error<E> {
    fn from(error: E) -> Self {
        Self::Store(error)
    }
}

/// Why a genesis is invalid.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GenesisError<A, E> {
    /// A parameter is out of range.
    #[error("{0}")]
    Params(#[from] ParamsError),
    /// The store failed or is damaged.
    #[error("{0}")]
    Mechanism(Error<E>),
    /// An account is listed twice, at this index.
    #[error("accounts[{index}]: the account is listed twice")]
    AccountTwice {
        /// Index of the second.
        index: usize,
        account: A,
    },
    /// An account owns two miners.
    #[error("miners[{index}]: the owner has a miner already")]
    OwnerTwice {
        /// Index of the second.
        index: usize,
        account: A,
    },
    /// Two miners have a name.
    #[error("miners[{index}]: the name {name} is taken")]
    NameTwice {
        /// Index of the second.
        index: usize,
        name: MinerName,
    },
    /// An account has two positions.
    #[error("positions[{index}]: the account has a position already")]
    PositionTwice {
        /// Index of the second.
        index: usize,
        account: A,
    },
    /// A position holds too little.
    #[error("positions[{index}]: {locked} units are below the least lock of {min_lock}")]
    BelowMinLock {
        /// Index of the position.
        index: usize,
        /// What it holds.
        locked: Units,
        /// The least it may hold.
        min_lock: Units,
    },
    /// A position votes for a miner that is not there.
    #[error("positions[{index}]: there is no miner {miner}")]
    UnknownMiner {
        /// Index of the position.
        index: usize,
        /// The miner voted for.
        miner: MinerId,
    },
    /// More miners than ids.
    #[error("there are more miners than miner ids")]
    TooManyMiners,
    /// Free and locked amounts and all that will be issued exceed `u64::MAX` units.
    #[error(
        "all amounts together with 265,000,000 ETM to be issued exceed 18446744073709551615 units"
    )]
    Supply,
    /// Too few miners have votes.
    #[error("{candidates} miners have votes, at least {required} must")]
    TooFewCandidates {
        /// Miners with votes.
        candidates: usize,
        /// `MIN_COMMITTEE`.
        required: u32,
    },
}
