//! The genesis of a devnet: real holders at a devnet's scale, miners they vote for, accounts to try things out with.

use crate::devnet::{options::Options, people};
use etm_execution::{
    ChainParams,
    genesis::{Draft, DraftMiner, DraftPosition, Genesis, GenesisError},
};
use etm_mechanism::schedule::GENESIS_SUPPLY;
use etm_types::{Address, Beacon, DialAddress, MinerId, MinerName, MinerSecrets, TimeGain, Units};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use std::net::SocketAddr;

/// What the sampled holders have together.
const HOLDERS_SHARE: u64 = 200_000_000 * Units::ETM.0;
/// What each test account has.
const TEST_BALANCE: u64 = 100_000 * Units::ETM.0;
/// What the owner of each miner has, for deposits and fees.
const OWNER_BALANCE: u64 = 10_000 * Units::ETM.0;

/// A miner of the devnet: its keys and where its node listens.
#[derive(Debug)]
pub struct Site {
    /// Its place, from 0.
    pub number: u16,
    /// The secrets its node runs with.
    pub secrets: MinerSecrets,
    /// Where its node listens for peers.
    pub dial: SocketAddr,
}

/// Makes the genesis of a devnet with these miners, at `genesis_ms` of the machine's clock.
///
/// Every fourth holder keeps out; the others lock three fifths of what they have and vote, each for a miner found by a
/// generator that is seeded with `seed`, so that some miners have many votes and some have few.
///
/// # Errors
/// [`GenesisError`] if the options contradict each other (a committee larger than the miners is only smaller in effect).
pub fn genesis(
    options: &Options,
    sites: &[Site],
    genesis_ms: u64,
    seed: u64,
) -> Result<Genesis, GenesisError> {
    let mut params = ChainParams::devnet();
    params.mechanism.committee = options.committee().into();
    params.mechanism.blocks_per_round = options.round();
    params.mechanism.min_committee = params
        .mechanism
        .min_committee
        .min(options.committee().min(options.miners()).into());
    params.mechanism.day_seconds = options.day_seconds();
    params.slot_ms = options.slot_ms();
    let mut random = SmallRng::seed_from_u64(seed);
    let beacon = Beacon(random.random());
    let mut draft = Draft::new("etm-devnet", params, genesis_ms, beacon);
    for site in sites {
        let owner = people::owner(site.number).address();
        draft.miners.push(DraftMiner {
            owner,
            name: MinerName::new(&people::miner_name(site.number))
                .map_err(|error| GenesisError::Mechanism(error.to_string()))?,
            keys: site.secrets.prove(&owner),
            dial: DialAddress::new(site.dial.to_string())
                .map_err(|error| GenesisError::Mechanism(error.to_string()))?,
            contact: None,
        });
        draft.accounts.insert(owner, Units(OWNER_BALANCE));
    }
    let holders = people::holders();
    let sample: u64 = holders.iter().map(|(_, balance)| balance).sum();
    for (index, (person, balance)) in holders.iter().enumerate() {
        let units = scale(*balance, sample);
        populate(
            &mut draft,
            person.address(),
            units,
            index,
            options.miners(),
            &mut random,
        );
    }
    for name in people::TEST_ACCOUNTS {
        draft
            .accounts
            .insert(people::Person::new(name).address(), Units(TEST_BALANCE));
    }
    let given: u64 = draft.accounts.values().map(|units| units.0).sum::<u64>()
        + draft
            .positions
            .values()
            .map(|position| position.locked.0)
            .sum::<u64>();
    draft.accounts.insert(
        people::faucet().address(),
        Units(GENESIS_SUPPLY.0.saturating_sub(given)),
    );
    Genesis::new(draft)
}

/// The part of [`HOLDERS_SHARE`] that is due to `balance` of `sample`, rounded down.
fn scale(balance: u64, sample: u64) -> u64 {
    let units = u128::from(balance) * u128::from(HOLDERS_SHARE) / u128::from(sample.max(1));
    u64::try_from(units).unwrap_or(u64::MAX)
}

fn populate(
    draft: &mut Draft,
    address: Address,
    units: u64,
    index: usize,
    miners: u16,
    random: &mut SmallRng,
) {
    let locked = if index % 4 == 3 { 0 } else { units / 5 * 3 };
    if locked < Units::ETM.0 {
        draft.accounts.insert(address, Units(units));
        return;
    }
    draft.accounts.insert(address, Units(units - locked));
    // The smaller of two draws: lower numbers get more votes, as known miners do.
    let miner = random
        .random_range(0..miners)
        .min(random.random_range(0..miners));
    let time_gain = TimeGain::new(random.random_range(1..=8)).unwrap_or(TimeGain::MIN);
    let position = DraftPosition {
        locked: Units(locked),
        time_gain,
        miner: Some(MinerId(miner.into())),
    };
    draft.positions.insert(address, position);
}

#[cfg(test)]
mod tests;
