//! The parameters of a chain. They are part of genesis and never change.

use etm_mechanism::{Params, ParamsError, Units};
use etm_types::codec::{DecodeError, Reader, Wire, Writer};
use etm_types::limits::{
    MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_BLOCKS_PER_ROUND, MAX_COMMITTEE_MEMBERS,
    MAX_DAY_SECONDS, MAX_SUPPLY, MAX_TRANSACTION_BYTES, READY_ROUNDS, SLOT_MS,
};
use etm_types::{ChainId, Header, Height, MinerName, Round};
use thiserror::Error;

/// A chain, as execution needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its id: signatures are made for it.
    pub id: ChainId,
    /// The name people know it by.
    pub name: String,
    pub params: ChainParams,
    /// Timestamp of genesis, in milliseconds.
    pub genesis_timestamp_ms: u64,
}

/// All parameters of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainParams {
    /// Those of the mechanism.
    pub mechanism: Params,
    /// The least time between a block and its parent, in milliseconds.
    pub slot_ms: u64,
    /// The least fee of a transaction that is no heartbeat.
    pub fee: Units,
    /// A miner is ready if it produced a block or sent a heartbeat within this many rounds.
    pub ready_rounds: u64,
    /// The most transactions of a block.
    pub max_block_transactions: u32,
    /// The most bytes of an encoded block.
    pub max_block_bytes: u32,
    /// Whether the chain is for trying things out: nodes may then hand out tokens and move their clock.
    pub devnet: bool,
}

impl ChainParams {
    /// Registrations and changes of keys a block may hold: each costs two milliseconds to check.
    pub const MAX_BLOCK_PROOFS: usize = 16;
    /// Requests that may wait for the end of a round, all blocks of the round together. The last block executes them all,
    /// well within the timeouts of consensus: some 10 microseconds each where the state is in memory, and more from disk.
    pub const MAX_ROUND_REQUESTS: u32 = 16_384;
    /// Resignations a block may hold: at the end of the round each moves up to 32 cohorts, as much work as some 10 other
    /// requests. There can't be more of them than there were registrations.
    pub const MAX_BLOCK_RESIGNATIONS: usize = Self::MAX_BLOCK_PROOFS;
    /// Slots that may be missed between a block and its parent (weeks of them), so that execution stays bounded.
    pub const MAX_MISSED_SLOTS: u64 = 1 << 20;
    /// What all amounts of genesis and all that will be issued may sum to.
    pub const MAX_SUPPLY: u64 = MAX_SUPPLY;
    /// Rounds for which the state keeps [`RoundRecord`](etm_types::state::RoundRecord)s.
    pub const ROUND_RECORDS_KEPT: u64 = 1024;

    /// The values of `docs/spec/mechanism.md`, 3 s slots and a fee of 0.1 ETM.
    pub const fn mainnet() -> Self {
        Self {
            mechanism: Params::mainnet(),
            slot_ms: 3_000,
            fee: Units(Units::ETM.0 / 10),
            ready_rounds: 10,
            max_block_transactions: MAX_BLOCK_TRANSACTIONS as u32,
            max_block_bytes: MAX_BLOCK_BYTES as u32,
            devnet: false,
        }
    }

    /// Small and fast: committees of 5, rounds of 20 blocks, 0.5 s slots, days of a minute, a deposit of 10 ETM.
    pub const fn devnet() -> Self {
        Self {
            mechanism: Params {
                committee: 5,
                blocks_per_round: 20,
                day_seconds: 60,
                deposit: Units(10 * Units::ETM.0),
                ..Params::mainnet()
            },
            slot_ms: 500,
            devnet: true,
            ..Self::mainnet()
        }
    }

    /// For networks of several hosts that people try things out on: committees of 21, rounds of 50 blocks, 1 s slots, days of an
    /// hour, a deposit of 100 ETM. Nodes hand out nothing and move no clock.
    pub const fn testnet() -> Self {
        Self {
            mechanism: Params {
                committee: 21,
                blocks_per_round: 50,
                day_seconds: 3_600,
                deposit: Units(100 * Units::ETM.0),
                ..Params::mainnet()
            },
            slot_ms: 1_000,
            ..Self::mainnet()
        }
    }

    /// Bounds of every parameter, each with its name, its value, the least and the most it may be. Amounts are bounded by what exists as
    /// well ([`Genesis::new`](crate::Genesis::new)), and the least committee by the number of candidates.
    pub fn bounds(&self) -> [(&'static str, u64, u64, u64); 11] {
        let mechanism = &self.mechanism;
        let members = MAX_COMMITTEE_MEMBERS as u64;
        let least_block = Header::SIZE + MAX_TRANSACTION_BYTES + self.committee_bytes();
        [
            // Messages of consensus are sized for so many.
            ("committee", mechanism.committee.into(), 1, members),
            (
                "blocks_per_round",
                mechanism.blocks_per_round.into(),
                2,
                MAX_BLOCKS_PER_ROUND.into(),
            ),
            (
                "min_committee",
                mechanism.min_committee.into(),
                1,
                u32::MAX.into(),
            ),
            ("min_lock", mechanism.min_lock.0, 1, Self::MAX_SUPPLY),
            ("deposit", mechanism.deposit.0, 0, Self::MAX_SUPPLY),
            ("day_seconds", mechanism.day_seconds, 1, MAX_DAY_SECONDS),
            ("slot_ms", self.slot_ms, *SLOT_MS.start(), *SLOT_MS.end()),
            // Where it is free to send, anybody fills every block.
            ("fee", self.fee.0, u64::from(!self.devnet), Self::MAX_SUPPLY),
            (
                "ready_rounds",
                self.ready_rounds,
                *READY_ROUNDS.start(),
                *READY_ROUNDS.end(),
            ),
            (
                "max_block_transactions",
                self.max_block_transactions.into(),
                1,
                MAX_BLOCK_TRANSACTIONS as u64,
            ),
            (
                "max_block_bytes",
                self.max_block_bytes.into(),
                least_block as u64,
                MAX_BLOCK_BYTES as u64,
            ),
        ]
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// [`ChainParamsError`] for the first that is out of range.
    pub fn check(&self) -> Result<(), ChainParamsError> {
        for (name, value, min, max) in self.bounds() {
            if !(min..=max).contains(&value) {
                if (name, value) == ("fee", 0) {
                    return Err(ChainParamsError::Free);
                }
                return Err(ChainParamsError::Range {
                    name,
                    value,
                    min,
                    max,
                });
            }
        }
        Ok(self.mechanism.check()?)
    }

    pub fn round_of(&self, height: Height) -> Round {
        self.mechanism.round_of(height)
    }

    /// The first height of a round that earns something (genesis earns nothing).
    pub fn first_height(&self, round: Round) -> Height {
        self.mechanism.first_height(round).unwrap_or(Height::MAX)
    }

    pub fn last_height(&self, round: Round) -> Height {
        self.mechanism.last_height(round).unwrap_or(Height::MAX)
    }

    /// Whether a height is the last of its round.
    pub fn is_last_of_round(&self, height: Height) -> bool {
        height.0 % u64::from(self.mechanism.blocks_per_round).max(1)
            == u64::from(self.mechanism.blocks_per_round).max(1) - 1
    }

    /// The place of a height in its round, counting blocks from 0 (genesis is no block).
    pub(crate) fn block_of_round(&self, height: Height) -> u32 {
        let blocks = u64::from(self.mechanism.blocks_per_round).max(1);
        let place = height.0 % blocks;
        let place = if height.0 < blocks {
            place.saturating_sub(1)
        } else {
            place
        };
        // Below `blocks_per_round`, a u32.
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    /// The most requests that wait for the end of the round a block may hold: its share of
    /// [`MAX_ROUND_REQUESTS`](Self::MAX_ROUND_REQUESTS).
    pub fn block_requests(&self) -> usize {
        let share = Self::MAX_ROUND_REQUESTS / self.mechanism.blocks_per_round.max(1);
        usize::try_from(share.max(1)).unwrap_or(usize::MAX)
    }

    /// The most bytes a committee takes in a block.
    fn committee_bytes(&self) -> usize {
        const MEMBER: usize = 4 + 32 + 96 + 1 + 128 + 1 + MinerName::MAX_LENGTH;
        let members = usize::try_from(self.mechanism.committee).unwrap_or(usize::MAX);
        members.saturating_mul(MEMBER).saturating_add(12)
    }

    /// The most bytes the transactions of a block at `height` may take together. The last block of a round leaves
    /// room for the committee it carries.
    pub fn transaction_bytes(&self, height: Height) -> usize {
        const FRAME: usize = Header::SIZE + 4 + 1;
        let committee = if self.is_last_of_round(height) {
            self.committee_bytes()
        } else {
            0
        };
        usize::try_from(self.max_block_bytes)
            .unwrap_or(usize::MAX)
            .saturating_sub(FRAME)
            .saturating_sub(committee)
    }
}

impl Wire for ChainParams {
    fn write(&self, out: &mut Writer) {
        let mechanism = &self.mechanism;
        out.u32(mechanism.committee);
        out.u32(mechanism.blocks_per_round);
        out.u32(mechanism.min_committee);
        mechanism.min_lock.write(out);
        mechanism.deposit.write(out);
        out.u64(mechanism.day_seconds);
        out.u64(self.slot_ms);
        self.fee.write(out);
        out.u64(self.ready_rounds);
        out.u32(self.max_block_transactions);
        out.u32(self.max_block_bytes);
        out.bool(self.devnet);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            mechanism: Params {
                committee: input.u32("committee")?,
                blocks_per_round: input.u32("blocks per round")?,
                min_committee: input.u32("least committee")?,
                min_lock: Wire::read(input)?,
                deposit: Wire::read(input)?,
                day_seconds: input.u64("day")?,
            },
            slot_ms: input.u64("slot")?,
            fee: Wire::read(input)?,
            ready_rounds: input.u64("ready rounds")?,
            max_block_transactions: input.u32("block transactions")?,
            max_block_bytes: input.u32("block bytes")?,
            devnet: input.bool("devnet")?,
        })
    }
}

/// A parameter is out of range.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ChainParamsError {
    #[error(transparent)]
    Mechanism(#[from] ParamsError),
    /// One of the chain.
    #[error("{name} must be {min} to {max}, not {value}")]
    Range {
        name: &'static str,
        value: u64,
        /// The least allowed.
        min: u64,
        max: u64,
    },
    /// A fee of 0 where it matters.
    #[error(
        "fee must be at least 1 unit, not 0: only on a devnet may it cost nothing to fill every block"
    )]
    Free,
}
