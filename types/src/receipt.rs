//! Receipts: everything a block did, in order. The transactions come first, then missed slots and the reward, then,
//! in the last block of a round, the steps of `docs/spec/mechanism.md`, section 8.

use crate::address::Address;
use crate::amount::format_etm;
use crate::codec::{DecodeError, Reader, Wire, Writer};
use crate::hash::Hash;
use crate::limits::MAX_COMMITTEE_MEMBERS;
use etm_mechanism::{Action, MinerId, Rejection, Round, Slot, Units, Votes};

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident = $tag:literal, $code:literal, $message:literal;)*) => {
        /// Why the request of an included transaction was not accepted. The fee is charged, nothing else happens.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Refusal {
            $($(#[$doc])* $variant,)*
        }

        impl Refusal {
            /// All refusals.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, in snake case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What was wrong and what would be right.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }

            const fn tag(self) -> u8 {
                match self { $(Self::$variant => $tag,)* }
            }

            const fn from_tag(tag: u8) -> Option<Self> {
                match tag { $($tag => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

refusals! {
    /// The balance (free plus earned bonus) does not cover the amount.
    InsufficientBalance = 0, "insufficient_balance", "the balance (free and earned bonus), after the fee, does not cover the amount";
    /// The position would hold less than the minimum lock, but not nothing.
    BelowMinimumLock = 1, "below_minimum_lock", "the position would hold less than the minimum lock; lock more, or unlock all";
    /// More is to be unlocked than the position holds.
    UnlockExceedsPosition = 2, "unlock_exceeds_position", "the position does not hold as much as is to be unlocked";
    /// There is no position.
    NoPosition = 3, "no_position", "the account has no position; lock tokens first";
    /// The position does not vote.
    NoVote = 4, "no_vote", "the position votes for no miner";
    /// The miner is not registered.
    MinerNotRegistered = 5, "miner_not_registered", "no miner with this id was registered at the end of the previous round";
    NameTaken = 6, "name_taken", "the name belongs to a registered miner, or another registration of this round asked for it";
    /// The account owns a miner.
    AlreadyRegistered = 7, "already_registered", "the account owns a registered miner, or has a registration in this round";
    /// The account owns no miner.
    NotAMiner = 8, "not_a_miner", "the account owns no registered miner";
    /// The account has a resignation in this round.
    AlreadyResigned = 9, "already_resigned", "the account's miner has a resignation in this round";
    /// A key is or was in use by another account.
    KeyTaken = 10, "key_taken", "the node key or the BLS key is or was in use by another miner; make new keys";
    /// Something else that the rules of the mechanism do not allow.
    NotAllowed = 11, "invalid_payload", "the rules of the mechanism do not allow this request";
}

impl From<&Rejection> for Refusal {
    fn from(rejection: &Rejection) -> Self {
        match rejection {
            // Refused before a fee is taken.
            Rejection::NoAmount => Self::NotAllowed,
            Rejection::NoAccount | Rejection::Balance { .. } => Self::InsufficientBalance,
            Rejection::BelowMinLock { .. } => Self::BelowMinimumLock,
            Rejection::AboveLocked { .. } => Self::UnlockExceedsPosition,
            Rejection::NoPosition => Self::NoPosition,
            Rejection::NoVote => Self::NoVote,
            Rejection::NotRegistered(_) => Self::MinerNotRegistered,
            Rejection::NameTaken(_) => Self::NameTaken,
            Rejection::OwnsMiner(_) | Rejection::RegistersAlready => Self::AlreadyRegistered,
            Rejection::OwnsNoMiner => Self::NotAMiner,
            Rejection::ResignsAlready => Self::AlreadyResigned,
        }
    }
}

/// What was wrong with a request and what would be right, in ETM: [`Refusal::message`] with the figures.
pub fn explain(rejection: &Rejection) -> String {
    let etm = |amount: &Units| format!("{} ETM", format_etm(*amount));
    match rejection {
        Rejection::Balance { needed, balance } => format!(
            "{} are needed, the balance (free and earned bonus) is {}",
            etm(needed),
            etm(balance)
        ),
        Rejection::BelowMinLock { locked, min_lock } => format!(
            "the position would hold {}, a position holds at least {}; lock more, or unlock all",
            etm(locked),
            etm(min_lock)
        ),
        Rejection::AboveLocked { asked, locked } => format!(
            "{} are to be unlocked, the position holds {}",
            etm(asked),
            etm(locked)
        ),
        Rejection::NoPosition
        | Rejection::NoVote
        | Rejection::NoAmount
        | Rejection::NoAccount
        | Rejection::NotRegistered(_)
        | Rejection::NameTaken(_)
        | Rejection::OwnsMiner(_)
        | Rejection::RegistersAlready
        | Rejection::OwnsNoMiner
        | Rejection::ResignsAlready => rejection.to_string(),
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.message())
    }
}

/// What the chain made of an included transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The request was accepted: done at once, or to take effect at the end of the round.
    Accepted,
    /// The request was refused.
    Refused(Refusal),
}

impl Wire for Outcome {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Accepted => out.u8(0),
            Self::Refused(refusal) => {
                out.u8(1);
                out.u8(refusal.tag());
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if !input.bool("outcome")? {
            return Ok(Self::Accepted);
        }
        let offset = input.offset();
        let tag = input.u8("refusal")?;
        Refusal::from_tag(tag)
            .map(Self::Refused)
            .ok_or(DecodeError::UnknownTag {
                field: "refusal",
                offset,
                tag,
                max: u8::try_from(Refusal::ALL.len() - 1).unwrap_or(u8::MAX),
            })
    }
}

/// A request of section 3 that took effect, or was void, at the end of a round: a registration with the id that the miner got.
pub type RequestSummary = Action<MinerId>;

/// One thing a block did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// A transaction, one receipt each, in their order.
    Transaction {
        hash: Hash,
        /// Who sent it (the owner's address for heartbeats).
        sender: Address,
        /// The fee charged.
        fee: Units,
        /// What became of its request.
        outcome: Outcome,
    },
    /// A slot between the parent and this block that its member missed.
    Missed {
        slot: Slot,
        /// The member on turn.
        miner: MinerId,
    },
    /// The producer's reward (section 7).
    Reward {
        /// The producer.
        miner: MinerId,
        /// Its owner, who gets it.
        owner: Address,
        amount: Units,
    },
    /// A member's share of the round's fees (section 8, step 1).
    FeeShare {
        /// The member.
        miner: MinerId,
        /// Its owner, who gets it.
        owner: Address,
        /// Blocks it produced in the round.
        blocks: u64,
        amount: Units,
    },
    /// How the round's bonus is cut (step 2).
    Bonus {
        /// `B`: what there is, the carry included.
        total: Units,
        /// `a`: the pool of every member.
        pool: Units,
        /// `B - A`: what the lucky member's pool gets on top.
        lucky: Units,
        /// What is carried into the next round.
        carry: Units,
    },
    /// The lucky member of the round (step 2).
    Lucky {
        /// The member.
        miner: MinerId,
        /// What its pool gets on top.
        amount: Units,
    },
    /// A member's pool, for its voters (step 3); it joins the carry if there are no votes.
    Pool {
        /// The member.
        miner: MinerId,
        /// The pool.
        amount: Units,
        /// The member's votes `S`.
        votes: Votes,
    },
    /// The time gain of a miner's voters was halved once a block (step 5).
    Halving {
        miner: MinerId,
        /// Blocks it produced in the round.
        blocks: u64,
    },
    /// Day boundaries were crossed: every time gain grew (step 6).
    DayTick {
        /// How many.
        days: u64,
    },
    /// A request took effect, or was void (step 7).
    Request {
        /// Whose.
        account: Address,
        /// What was asked.
        request: RequestSummary,
        /// False if a resignation of the same round made it void.
        applied: bool,
    },
    /// The average coefficient was updated (step 8).
    Average {
        /// `v_avg`, times 2^32.
        v_avg: u64,
    },
    /// A committee was drawn (step 9).
    Draw {
        /// The round it serves in.
        round: Round,
        /// How many candidates there were.
        candidates: u32,
        /// [`CandidateList::hash`](crate::state::CandidateList::hash) of them.
        candidates_hash: Hash,
        /// The sum of their weights `R`.
        total: Votes,
        /// The members in the order drawn.
        members: Vec<MinerId>,
        /// True if there were too few candidates, and the committee of the round before serves again.
        kept: bool,
    },
    /// A resigned miner's deposit was returned (step 10).
    DepositReturned {
        miner: MinerId,
        /// Its owner, who gets it.
        owner: Address,
        amount: Units,
    },
    /// The fees of the round (step 1).
    Fees {
        /// What there was to share, the remainder of the round before included.
        total: Units,
        /// What each block earned its producer.
        per_block: Units,
        /// What joins the fees of the next round.
        remainder: Units,
    },
}

const LAST_TAG: u8 = 13;

impl Wire for Receipt {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Transaction {
                hash,
                sender,
                fee,
                outcome,
            } => {
                out.u8(0);
                hash.write(out);
                sender.write(out);
                fee.write(out);
                outcome.write(out);
            }
            Self::Missed { slot, miner } => {
                out.u8(1);
                out.u64(slot.0);
                miner.write(out);
            }
            Self::Reward {
                miner,
                owner,
                amount,
            } => {
                out.u8(2);
                miner.write(out);
                owner.write(out);
                amount.write(out);
            }
            Self::FeeShare {
                miner,
                owner,
                blocks,
                amount,
            } => {
                out.u8(3);
                miner.write(out);
                owner.write(out);
                out.u64(*blocks);
                amount.write(out);
            }
            Self::Bonus {
                total,
                pool,
                lucky,
                carry,
            } => {
                out.u8(4);
                total.write(out);
                pool.write(out);
                lucky.write(out);
                carry.write(out);
            }
            Self::Lucky { miner, amount } => {
                out.u8(5);
                miner.write(out);
                amount.write(out);
            }
            Self::Pool {
                miner,
                amount,
                votes,
            } => {
                out.u8(6);
                miner.write(out);
                amount.write(out);
                votes.write(out);
            }
            Self::Halving { miner, blocks } => {
                out.u8(7);
                miner.write(out);
                out.u64(*blocks);
            }
            Self::DayTick { days } => {
                out.u8(8);
                out.u64(*days);
            }
            Self::Request {
                account,
                request,
                applied,
            } => {
                out.u8(9);
                account.write(out);
                request.write(out);
                out.bool(*applied);
            }
            Self::Average { v_avg } => {
                out.u8(10);
                out.u64(*v_avg);
            }
            Self::Draw {
                round,
                candidates,
                candidates_hash,
                total,
                members,
                kept,
            } => {
                out.u8(11);
                out.u64(round.0);
                out.u32(*candidates);
                candidates_hash.write(out);
                total.write(out);
                out.list(members);
                out.bool(*kept);
            }
            Self::DepositReturned {
                miner,
                owner,
                amount,
            } => {
                out.u8(12);
                miner.write(out);
                owner.write(out);
                amount.write(out);
            }
            Self::Fees {
                total,
                per_block,
                remainder,
            } => {
                out.u8(LAST_TAG);
                total.write(out);
                per_block.write(out);
                remainder.write(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match input.tag("receipt kind", LAST_TAG)? {
            0 => Self::Transaction {
                hash: Wire::read(input)?,
                sender: Wire::read(input)?,
                fee: Wire::read(input)?,
                outcome: Wire::read(input)?,
            },
            1 => Self::Missed {
                slot: input.u64("missed slot").map(Slot)?,
                miner: Wire::read(input)?,
            },
            2 => Self::Reward {
                miner: Wire::read(input)?,
                owner: Wire::read(input)?,
                amount: Wire::read(input)?,
            },
            3 => Self::FeeShare {
                miner: Wire::read(input)?,
                owner: Wire::read(input)?,
                blocks: input.u64("blocks")?,
                amount: Wire::read(input)?,
            },
            4 => Self::Bonus {
                total: Wire::read(input)?,
                pool: Wire::read(input)?,
                lucky: Wire::read(input)?,
                carry: Wire::read(input)?,
            },
            5 => Self::Lucky {
                miner: Wire::read(input)?,
                amount: Wire::read(input)?,
            },
            6 => Self::Pool {
                miner: Wire::read(input)?,
                amount: Wire::read(input)?,
                votes: Wire::read(input)?,
            },
            7 => Self::Halving {
                miner: Wire::read(input)?,
                blocks: input.u64("blocks")?,
            },
            8 => Self::DayTick {
                days: input.u64("days")?,
            },
            9 => Self::Request {
                account: Wire::read(input)?,
                request: Wire::read(input)?,
                applied: input.bool("applied")?,
            },
            10 => Self::Average {
                v_avg: input.u64("average")?,
            },
            11 => Self::Draw {
                round: input.u64("draw round").map(Round)?,
                candidates: input.u32("candidates")?,
                candidates_hash: Wire::read(input)?,
                total: Wire::read(input)?,
                members: input.list("members", 0, MAX_COMMITTEE_MEMBERS)?,
                kept: input.bool("kept")?,
            },
            12 => Self::DepositReturned {
                miner: Wire::read(input)?,
                owner: Wire::read(input)?,
                amount: Wire::read(input)?,
            },
            _ => Self::Fees {
                total: Wire::read(input)?,
                per_block: Wire::read(input)?,
                remainder: Wire::read(input)?,
            },
        })
    }
}
