//! What follows from the genesis of a chain. Its hash is the chain id, so whoever trusts the id trusts all of it.

use etm_mechanism::{Candidate, Params, draw, weight};
use etm_types::codec::{DecodeError, Reader, Wire, Writer};
use etm_types::limits::{
    MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_BLOCKS_PER_ROUND, MAX_CHAIN_NAME,
    MAX_COMMITTEE_MEMBERS, MAX_DAY_SECONDS, MAX_GENESIS_MS, MAX_SUPPLY, READY_ROUNDS, SLOT_MS,
    is_chain_name,
};
use etm_types::{
    Address, Beacon, ChainId, Committee, Contact, DialAddress, Member, MinerId, MinerKeys,
    MinerName, Round, TimeGain, Units, Votes,
};

const MAX: usize = 1 << 28;

/// What a check needs of a chain's genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub chain: ChainId,
    /// The constants of the mechanism.
    pub params: Params,
    /// The time of genesis, in milliseconds since 1970.
    pub timestamp_ms: u64,
    /// The beacon of genesis.
    pub beacon: Beacon,
}

impl Wire for Facts {
    fn write(&self, out: &mut Writer) {
        self.chain.write(out);
        out.u32(self.params.committee);
        out.u32(self.params.blocks_per_round);
        out.u32(self.params.min_committee);
        self.params.min_lock.write(out);
        self.params.deposit.write(out);
        out.u64(self.params.day_seconds);
        out.u64(self.timestamp_ms);
        self.beacon.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let chain = Wire::read(input)?;
        let params = params(input)?;
        Ok(Self {
            chain,
            params,
            timestamp_ms: input.u64("timestamp")?,
            beacon: Wire::read(input)?,
        })
    }
}

fn params(input: &mut Reader<'_>) -> Result<Params, DecodeError> {
    let offset = input.offset();
    let params = Params {
        committee: input.u32("committee")?,
        blocks_per_round: input.u32("blocks per round")?,
        min_committee: input.u32("least committee")?,
        min_lock: Wire::read(input)?,
        deposit: Wire::read(input)?,
        day_seconds: input.u64("day")?,
    };
    let most = MAX_COMMITTEE_MEMBERS as u64;
    let within = params.check().is_ok()
        && u64::from(params.committee) <= most
        && params.blocks_per_round <= MAX_BLOCKS_PER_ROUND
        && (1..=MAX_SUPPLY).contains(&params.min_lock.0)
        && params.deposit.0 <= MAX_SUPPLY
        && params.day_seconds <= MAX_DAY_SECONDS;
    match within {
        true => Ok(params),
        false => Err(out_of_bounds(offset)),
    }
}

fn out_of_bounds(offset: usize) -> DecodeError {
    Reader::invalid("parameters", offset, "must be within their bounds")
}

/// Slot, fee, ready rounds, transactions and bytes of a block, whether it is a devnet: nothing of it is needed here, but a chain that can't be is none.
fn other_params(input: &mut Reader<'_>) -> Result<(), DecodeError> {
    let offset = input.offset();
    let slot_ms = input.u64("slot")?;
    let fee = input.u64("fee")?;
    let ready_rounds = input.u64("ready rounds")?;
    let transactions = input.u32("transactions of a block")?;
    let bytes = input.u32("bytes of a block")?;
    let devnet = input.bool("devnet")?;
    let up_to = |value: u32, most: usize| value > 0 && u64::from(value) <= most as u64;
    let within = SLOT_MS.contains(&slot_ms)
        && (u64::from(!devnet)..=MAX_SUPPLY).contains(&fee)
        && READY_ROUNDS.contains(&ready_rounds)
        && up_to(transactions, MAX_BLOCK_TRANSACTIONS)
        && up_to(bytes, MAX_BLOCK_BYTES);
    match within {
        true => Ok(()),
        false => Err(out_of_bounds(offset)),
    }
}

/// Reads an address above the one read before it.
fn rising(input: &mut Reader<'_>, before: &mut Option<Address>) -> Result<(), DecodeError> {
    let offset = input.offset();
    let address = Address::read(input)?;
    if before
        .replace(address)
        .is_some_and(|before| before >= address)
    {
        return Err(Reader::invalid(
            "address",
            offset,
            "must stand in rising order",
        ));
    }
    Ok(())
}

struct Miner {
    member: Member,
    votes: Votes,
}

impl Wire for Miner {
    fn write(&self, _: &mut Writer) {}

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Address::read(input)?;
        let name = MinerName::read(input)?;
        let keys = MinerKeys::read(input)?;
        let dial = DialAddress::read(input)?;
        input.option::<Contact>("contact flag")?;
        Ok(Self {
            member: Member {
                miner: MinerId(0),
                node: keys.node,
                bls: keys.bls,
                dial,
                name,
            },
            votes: Votes(0),
        })
    }
}

/// Reads a canonical genesis and draws the committees of rounds 0 and 1.
pub(crate) fn read(bytes: &[u8]) -> Result<(Facts, [Committee; 2]), DecodeError> {
    let mut input = Reader::new(bytes);
    if !is_chain_name(input.short_text("name", 1, MAX_CHAIN_NAME)?) {
        return Err(Reader::invalid("name", 0, "may only contain a-z 0-9 -"));
    }
    let offset = input.offset();
    let timestamp_ms = input.u64("timestamp")?;
    if timestamp_ms > MAX_GENESIS_MS {
        let rule = "must not come after the year 9999";
        return Err(Reader::invalid("timestamp", offset, rule));
    }
    let beacon = Beacon::read(&mut input)?;
    let params = params(&mut input)?;
    other_params(&mut input)?;
    let mut account = None;
    for _ in 0..input.count("accounts", 0, MAX)? {
        rising(&mut input, &mut account)?;
        input.u64("balance")?;
    }
    let mut miners: Vec<Miner> = input.list("miners", 0, MAX)?;
    for (id, miner) in (0u32..).zip(&mut miners) {
        miner.member.miner = MinerId(id);
    }
    let mut holder = None;
    for _ in 0..input.count("positions", 0, MAX)? {
        rising(&mut input, &mut holder)?;
        let (locked, time_gain) = (Units::read(&mut input)?, TimeGain::read(&mut input)?);
        let offset = input.offset();
        let Some(id) = input.option::<MinerId>("miner flag")? else {
            continue;
        };
        let miner = usize::try_from(id.0)
            .ok()
            .and_then(|place| miners.get_mut(place));
        let votes = weight::votes(locked, time_gain).0;
        let sum = miner.and_then(|miner| {
            miner.votes = Votes(miner.votes.0.checked_add(votes)?);
            Some(())
        });
        sum.ok_or_else(|| Reader::invalid("position", offset, "must vote for a miner"))?;
    }
    let end = input.offset();
    input.finish()?;
    let facts = Facts {
        chain: ChainId::of_genesis(bytes),
        params,
        timestamp_ms,
        beacon,
    };
    let drawn = |round| committee(&facts, &miners, round);
    match (drawn(Round(0)), drawn(Round(1))) {
        (Some(first), Some(second)) => Ok((facts, [first, second])),
        _ => Err(Reader::invalid(
            "miners",
            end,
            "enough of them must have votes for a committee",
        )),
    }
}

/// The committee of a round that genesis draws: nobody has produced yet and the average is 1, so every weight equals the votes.
fn committee(facts: &Facts, miners: &[Miner], round: Round) -> Option<Committee> {
    let candidates: Vec<Candidate> = miners
        .iter()
        .filter(|miner| miner.votes > Votes(0))
        .map(|miner| Candidate {
            miner: miner.member.miner,
            votes: miner.votes,
            produced: 0,
            slots: 0,
            weight: miner.votes,
        })
        .collect();
    let least = usize::try_from(facts.params.min_committee).ok()?;
    if candidates.len() < least {
        return None;
    }
    let size = usize::try_from(facts.params.committee).ok()?;
    let picks = draw::draw(round, &facts.beacon.0, &candidates, size)?;
    let members = picks.iter().map(|pick| {
        let place = usize::try_from(pick.miner.0).ok()?;
        miners.get(place).map(|miner| miner.member.clone())
    });
    Some(Committee {
        round,
        members: members.collect::<Option<_>>()?,
    })
}
