//! Encodings of the mechanism's records.

use crate::address::Address;
use crate::codec::{DecodeError, Reader, Wire, Writer};
use crate::limits::{MAX_BLOCK_TRANSACTIONS, MAX_COMMITTEE_MEMBERS};
use etm_mechanism::{
    Action, Cohort, CohortId, CohortNode, Cohorts, Day, Globals, Height, Miner, MinerId,
    NameHolder, Pending, PositionRecord, Queued, Round, Standing, Standings, Tally, TallyEntry,
};

impl Wire for Globals {
    fn write(&self, out: &mut Writer) {
        out.u64(self.round.0);
        out.u64(self.height.0);
        out.u64(self.genesis_timestamp);
        out.u64(self.timestamp);
        out.u64(self.day.0);
        out.raw(&self.beacon);
        out.u32(self.next_miner);
        out.u64(self.next_cohort);
        out.u64(self.average);
        self.carry.write(out);
        self.fees_pending.write(out);
        self.genesis_supply.write(out);
        self.outside_fees.write(out);
        self.rewards_issued.write(out);
        self.bonus_issued.write(out);
        self.bonus_drawn.write(out);
        self.locked.write(out);
        self.deposits.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            round: input.u64("round").map(Round)?,
            height: input.u64("height").map(Height)?,
            genesis_timestamp: input.u64("genesis timestamp")?,
            timestamp: input.u64("timestamp")?,
            day: input.u64("day").map(Day)?,
            beacon: input.array("beacon")?,
            next_miner: input.u32("next miner")?,
            next_cohort: input.u64("next cohort")?,
            average: input.u64("average")?,
            carry: Wire::read(input)?,
            fees_pending: Wire::read(input)?,
            genesis_supply: Wire::read(input)?,
            outside_fees: Wire::read(input)?,
            rewards_issued: Wire::read(input)?,
            bonus_issued: Wire::read(input)?,
            bonus_drawn: Wire::read(input)?,
            locked: Wire::read(input)?,
            deposits: Wire::read(input)?,
        })
    }
}

impl Wire for TallyEntry {
    fn write(&self, out: &mut Writer) {
        out.u64(self.produced);
        out.u64(self.missed);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            produced: input.u64("produced")?,
            missed: input.u64("missed")?,
        })
    }
}

impl Wire for Tally {
    fn write(&self, out: &mut Writer) {
        out.list(&self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.list("tally", 0, MAX_COMMITTEE_MEMBERS).map(Self)
    }
}

impl Wire for CohortId {
    fn write(&self, out: &mut Writer) {
        out.u64(self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.u64("cohort id").map(Self)
    }
}

impl Wire for PositionRecord {
    fn write(&self, out: &mut Writer) {
        self.locked.write(out);
        out.u64(self.weight);
        self.cohort.write(out);
        out.u128(self.base);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            locked: Wire::read(input)?,
            weight: input.u64("weight")?,
            cohort: Wire::read(input)?,
            base: input.u128("base")?,
        })
    }
}

impl Wire for Pending {
    fn write(&self, out: &mut Writer) {
        self.locked.write(out);
        out.option(self.vote.as_ref());
        out.bool(self.registers);
        out.bool(self.resigns);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            locked: Wire::read(input)?,
            vote: input.option("vote flag")?,
            registers: input.bool("registers")?,
            resigns: input.bool("resigns")?,
        })
    }
}

impl Wire for Miner<Address> {
    fn write(&self, out: &mut Writer) {
        self.owner.write(out);
        self.name.write(out);
        self.deposit.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            owner: Wire::read(input)?,
            name: Wire::read(input)?,
            deposit: Wire::read(input)?,
        })
    }
}

impl Wire for (MinerId, Standing) {
    fn write(&self, out: &mut Writer) {
        let (miner, standing) = self;
        miner.write(out);
        standing.votes.write(out);
        out.u64(standing.produced);
        out.u64(standing.slots);
        out.bool(standing.registered);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok((
            Wire::read(input)?,
            Standing {
                votes: Wire::read(input)?,
                produced: input.u64("produced")?,
                slots: input.u64("slots")?,
                registered: input.bool("registered")?,
            },
        ))
    }
}

impl Wire for Standings {
    fn write(&self, out: &mut Writer) {
        out.list(&self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = input.offset();
        let list: Vec<(MinerId, Standing)> = input.list("standings", 0, 64)?;
        if list.is_sorted_by(|(left, _), (right, _)| left < right) {
            Ok(Self(list))
        } else {
            Err(Reader::invalid(
                "standings",
                offset,
                "must stand in the order of miner ids",
            ))
        }
    }
}

impl Wire for Cohort {
    fn write(&self, out: &mut Writer) {
        self.id.write(out);
        self.t.write(out);
        out.u8(self.rank);
        out.u64(self.references);
        out.u64(self.weight);
        out.u128(self.gain);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: Wire::read(input)?,
            t: Wire::read(input)?,
            rank: input.u8("rank")?,
            references: input.u64("references")?,
            weight: input.u64("weight")?,
            gain: input.u128("gain")?,
        })
    }
}

impl Wire for Cohorts {
    fn write(&self, out: &mut Writer) {
        out.list(self.as_slice());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = input.offset();
        Self::new(input.list("cohorts", 0, 32)?).ok_or_else(|| {
            Reader::invalid("cohorts", offset, "must stand in the order of time gains")
        })
    }
}

impl Wire for CohortNode {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Live(miner) => {
                out.u8(0);
                out.option(miner.as_ref());
            }
            Self::Merged {
                into,
                shift,
                references,
            } => {
                out.u8(1);
                into.write(out);
                out.u128(*shift);
                out.u64(*references);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(if input.bool("cohort kind")? {
            Self::Merged {
                into: Wire::read(input)?,
                shift: input.u128("shift")?,
                references: input.u64("references")?,
            }
        } else {
            Self::Live(input.option("miner flag")?)
        })
    }
}

impl Wire for NameHolder {
    fn write(&self, out: &mut Writer) {
        out.option(match self {
            Self::Miner(miner) => Some(miner),
            Self::Asked => None,
        });
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(input
            .option("holder kind")?
            .map_or(Self::Asked, Self::Miner))
    }
}

impl<R: Wire> Wire for Action<R> {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Lock(amount) => {
                out.u8(0);
                amount.write(out);
            }
            Self::Unlock(amount) => {
                out.u8(1);
                amount.write(out);
            }
            Self::Vote(miner) => {
                out.u8(2);
                miner.write(out);
            }
            Self::Withdraw => out.u8(3),
            Self::Register(name, registration) => {
                out.u8(4);
                name.write(out);
                registration.write(out);
            }
            Self::Resign => out.u8(5),
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match input.tag("action kind", 5)? {
            0 => Self::Lock(Wire::read(input)?),
            1 => Self::Unlock(Wire::read(input)?),
            2 => Self::Vote(Wire::read(input)?),
            3 => Self::Withdraw,
            4 => Self::Register(Wire::read(input)?, Wire::read(input)?),
            _ => Self::Resign,
        })
    }
}

impl Wire for Queued<Address> {
    fn write(&self, out: &mut Writer) {
        self.account.write(out);
        self.action.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            account: Wire::read(input)?,
            action: Wire::read(input)?,
        })
    }
}

impl Wire for Vec<Queued<Address>> {
    fn write(&self, out: &mut Writer) {
        out.list(self);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.list("requests", 0, MAX_BLOCK_TRANSACTIONS)
    }
}

impl Wire for Vec<MinerId> {
    fn write(&self, out: &mut Writer) {
        out.list(self);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.list("miner ids", 0, crate::limits::MAX_STATE_VALUE_BYTES / 4)
    }
}

impl Wire for Vec<u32> {
    fn write(&self, out: &mut Writer) {
        out.u32(u32::try_from(self.len()).unwrap_or(u32::MAX));
        for page in self {
            out.u32(*page);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = input.count("pages", 0, crate::limits::MAX_STATE_VALUE_BYTES / 4)?;
        let mut pages = Self::with_capacity(count.min(input.left()));
        for _ in 0..count {
            pages.push(input.u32("page")?);
        }
        Ok(pages)
    }
}
