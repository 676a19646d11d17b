//! Who lives on a devnet: holders sampled from a real distribution, test accounts, miners' owners, the faucet.
//!
//! Their keys follow from public secrets of the original network's form (the ed25519 seed is the SHA-256 of the UTF-8
//! secret), so that every wallet can take them over with `etm keys import --v1-secret`. Nobody should use them elsewhere.

use etm_types::{Address, SecretKey};
use sha2::{Digest, Sha256};

/// The balances of 400 real holders, one of every hundred.
const HOLDERS: &str = include_str!("../../data/holders-400.csv");

/// Names of the accounts for people who try things out.
pub const TEST_ACCOUNTS: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

/// An inhabitant.
#[derive(Clone, Debug)]
pub struct Person {
    /// What it is called.
    pub name: String,
    /// From which its key follows.
    pub secret: String,
}

impl Person {
    /// The person whose secret is `devnet NAME`.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            secret: format!("devnet {name}"),
        }
    }

    pub fn key(&self) -> SecretKey {
        SecretKey::from_seed(Sha256::digest(self.secret.as_bytes()).into())
    }

    pub fn address(&self) -> Address {
        Address::of(&self.key().public_key())
    }
}

/// The holders and what each of them holds in the sample, in ten-thousandths.
pub fn holders() -> Vec<(Person, u64)> {
    HOLDERS
        .lines()
        .skip(1)
        .filter_map(|line| {
            let (name, balance) = line.split_once(',')?;
            let (whole, fraction) = balance.split_once('.')?;
            Some((
                Person::new(name),
                whole.parse::<u64>().ok()? * 10_000 + fraction.parse::<u64>().ok()?,
            ))
        })
        .collect()
}

/// The owner of the miner with this number.
pub fn owner(number: u16) -> Person {
    Person::new(&format!("miner {number}"))
}

/// Names for miners: the first are easy to tell apart in a terminal.
pub fn miner_name(number: u16) -> String {
    const NAMES: [&str; 16] = [
        "amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heron", "iris", "jade",
        "kelp", "lotus", "maple", "north", "opal", "pine",
    ];
    NAMES
        .get(usize::from(number))
        .map_or_else(|| format!("miner.{number}"), |name| (*name).to_owned())
}

/// Who fills other people's accounts on request.
pub fn faucet() -> Person {
    Person::new("faucet")
}

#[cfg(test)]
mod tests;
