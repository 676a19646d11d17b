//! What an account asks for that happens at the end of a round, what was accepted of it, and why it isn't
//! (`docs/spec/mechanism.md` section 3).

use crate::{MinerId, MinerName, Units};

/// What an accepted request does at the end of the round. Of a registration it tells `R`: the deposit, which is already taken from
/// the balance, as long as it waits; in a receipt the id that the miner got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action<R = Units> {
    /// Lock this amount, which is already taken from the balance.
    Lock(Units),
    /// Unlock this amount.
    Unlock(Units),
    Vote(MinerId),
    Withdraw,
    Register(MinerName, R),
    Resign,
}

impl Action {
    /// What it takes from the balance as soon as it is accepted.
    pub const fn takes(&self) -> Units {
        match *self {
            Self::Lock(amount) | Self::Register(_, amount) => amount,
            Self::Unlock(_) | Self::Vote(_) | Self::Withdraw | Self::Resign => Units::ZERO,
        }
    }
}

impl<R> Action<R> {
    /// Whether it is about the account's position.
    pub const fn is_of_position(&self) -> bool {
        !matches!(self, Self::Register(..) | Self::Resign)
    }

    /// The same, with something else told of a registration.
    pub fn with_registration<Q>(&self, registration: Q) -> Action<Q> {
        match *self {
            Self::Lock(amount) => Action::Lock(amount),
            Self::Unlock(amount) => Action::Unlock(amount),
            Self::Vote(miner) => Action::Vote(miner),
            Self::Withdraw => Action::Withdraw,
            Self::Register(name, _) => Action::Register(name, registration),
            Self::Resign => Action::Resign,
        }
    }
}

/// The projected position of an account and its other accepted requests (section 3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pending {
    /// The projected `T`; 0 if there will be no position.
    pub locked: Units,
    /// The miner the projected position votes for.
    pub vote: Option<MinerId>,
    /// Whether a registration was accepted in this round.
    pub registers: bool,
    /// Whether a resignation was accepted in this round.
    pub resigns: bool,
}

/// Why a request is not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Rejection {
    /// An amount of 0.
    #[error("the amount is at least 1 unit")]
    NoAmount,
    /// The account has never received anything.
    #[error("the account does not exist: it has never received anything")]
    NoAccount,
    /// The balance is too small.
    #[error("{needed} units are needed, the balance is {balance}")]
    Balance {
        /// What the request takes.
        needed: Units,
        /// Free and earned.
        balance: Units,
    },
    /// The position would hold too little.
    #[error("a position of {locked} units is below the least lock of {min_lock}")]
    BelowMinLock {
        /// What it would hold.
        locked: Units,
        /// The least it may hold.
        min_lock: Units,
    },
    /// More than is locked.
    #[error("{asked} units are asked for, {locked} are locked")]
    AboveLocked {
        /// What the request asks for.
        asked: Units,
        /// What the projected position holds.
        locked: Units,
    },
    /// There will be no position.
    #[error("there is no position")]
    NoPosition,
    /// The position will vote for nobody.
    #[error("the position votes for no miner")]
    NoVote,
    #[error("miner {0} is not registered as of the end of the last round")]
    NotRegistered(MinerId),
    /// The name is not free.
    #[error("the name {0} is taken")]
    NameTaken(MinerName),
    /// The account owns a registered miner.
    #[error("the account owns miner {0} already")]
    OwnsMiner(MinerId),
    /// The account asked for a miner in this round already.
    #[error("the account has a registration in this round already")]
    RegistersAlready,
    /// The account owns no registered miner.
    #[error("the account owns no registered miner")]
    OwnsNoMiner,
    /// The account resigned in this round already.
    #[error("the account has a resignation in this round already")]
    ResignsAlready,
}
