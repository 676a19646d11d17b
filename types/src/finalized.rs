//! A final block with all that execution found out about it, as it passes from the node to whoever follows the chain.
//!
//! The encoding of an outcome stands in a node's own archive only. It never travels: the chain commits to the receipts, and whoever has
//! the blocks can compute the rest.

use std::sync::Arc;

use crate::address::Address;
use crate::block::Block;
use crate::codec::{DecodeError, Reader, Wire, Writer};
use crate::hash::Hash;
use crate::limits::{MAX_COMMITTEE_MEMBERS, MAX_RECEIPTS};
use crate::receipt::Receipt;
use etm_mechanism::{
    Applied, DepositReturn, DrawReceipt, Height, MemberReport, MinerId, Pick, Round, RoundReport,
};

/// A final block. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalizedBlock {
    pub block: Arc<Block>,
    pub hash: Hash,
    /// The encoded finalization. Empty if the block became final with a later one and has none of its own; the last
    /// block of a round always has one.
    pub certificate: Vec<u8>,
    /// What executing it brought.
    pub outcome: Arc<BlockOutcome>,
}

impl FinalizedBlock {
    /// The block's height.
    pub fn height(&self) -> Height {
        self.block.header.height
    }
}

/// What executing a block brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockOutcome {
    /// Its receipts, in order.
    pub receipts: Vec<Receipt>,
    /// In the last block of a round: what its end did.
    pub report: Option<RoundReport<Address>>,
    /// The chain's time when this node had the block final and executed, in milliseconds.
    pub executed_ms: u64,
}

impl Wire for BlockOutcome {
    fn write(&self, out: &mut Writer) {
        out.u64(self.executed_ms);
        out.list(&self.receipts);
        out.option(self.report.as_ref());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            executed_ms: input.u64("time of execution")?,
            receipts: input.list("receipts", 0, MAX_RECEIPTS)?,
            report: input.option("report flag")?,
        })
    }
}

impl Wire for RoundReport<Address> {
    fn write(&self, out: &mut Writer) {
        out.u64(self.round.0);
        out.u64(self.first_height.0);
        out.u64(self.last_height.0);
        self.fees.write(out);
        self.fee_share.write(out);
        self.fees_pending.write(out);
        self.bonus.write(out);
        self.lucky.write(out);
        self.carry.write(out);
        out.list(&self.members);
        out.u64(self.days);
        out.list(&self.requests);
        out.u64(self.average);
        self.draw.write(out);
        out.list(&self.deposits);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            round: input.u64("round").map(Round)?,
            first_height: input.u64("first height").map(Height)?,
            last_height: input.u64("last height").map(Height)?,
            fees: Wire::read(input)?,
            fee_share: Wire::read(input)?,
            fees_pending: Wire::read(input)?,
            bonus: Wire::read(input)?,
            lucky: Wire::read(input)?,
            carry: Wire::read(input)?,
            members: input.list("members", 0, MAX_COMMITTEE_MEMBERS)?,
            days: input.u64("days")?,
            requests: input.list("requests", 0, MAX_RECEIPTS)?,
            average: input.u64("average")?,
            draw: Wire::read(input)?,
            deposits: input.list("deposits", 0, MAX_RECEIPTS)?,
        })
    }
}

impl Wire for MemberReport<Address> {
    fn write(&self, out: &mut Writer) {
        self.owner.write(out);
        out.u64(self.produced);
        out.u64(self.missed);
        self.fees.write(out);
        self.votes.write(out);
        self.pool.write(out);
        (self.miner, self.standing).write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let owner = Wire::read(input)?;
        let (produced, missed) = (input.u64("produced")?, input.u64("missed")?);
        let (fees, votes, pool) = (Wire::read(input)?, Wire::read(input)?, Wire::read(input)?);
        let (miner, standing) = Wire::read(input)?;
        Ok(Self {
            miner,
            owner,
            produced,
            missed,
            fees,
            votes,
            pool,
            standing,
        })
    }
}

impl Wire for Applied<Address> {
    fn write(&self, out: &mut Writer) {
        out.u32(self.block);
        self.account.write(out);
        self.action.write(out);
        out.bool(self.effective);
        out.option(self.miner.as_ref());
        self.settled.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            block: input.u32("block of the round")?,
            account: Wire::read(input)?,
            action: Wire::read(input)?,
            effective: input.bool("effective")?,
            miner: input.option("miner flag")?,
            settled: Wire::read(input)?,
        })
    }
}

impl Wire for DepositReturn<Address> {
    fn write(&self, out: &mut Writer) {
        self.miner.write(out);
        self.owner.write(out);
        self.amount.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            miner: Wire::read(input)?,
            owner: Wire::read(input)?,
            amount: Wire::read(input)?,
        })
    }
}

impl Wire for DrawReceipt {
    fn write(&self, out: &mut Writer) {
        out.u64(self.round.0);
        out.raw(&self.beacon);
        out.u32(self.committee);
        out.u32(self.min_committee);
        out.u64(self.average);
        out.list(&self.candidates);
        out.list::<MinerId>(&self.previous);
        out.bool(self.kept);
        out.list(&self.picks);
        out.list::<MinerId>(&self.members);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            round: Round(input.u64("round drawn for")?),
            beacon: input.array("beacon")?,
            committee: input.u32("committee")?,
            min_committee: input.u32("least committee")?,
            average: input.u64("average")?,
            candidates: input.list("candidates", 0, MAX_RECEIPTS)?,
            previous: input.list("previous members", 0, MAX_COMMITTEE_MEMBERS)?,
            kept: input.bool("kept")?,
            picks: input.list("picks", 0, MAX_COMMITTEE_MEMBERS)?,
            members: input.list("members", 0, MAX_COMMITTEE_MEMBERS)?,
        })
    }
}

impl Wire for Pick {
    fn write(&self, out: &mut Writer) {
        out.raw(&self.hash);
        self.total.write(out);
        self.point.write(out);
        self.miner.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            hash: input.array("hash of a pick")?,
            total: Wire::read(input)?,
            point: Wire::read(input)?,
            miner: Wire::read(input)?,
        })
    }
}
