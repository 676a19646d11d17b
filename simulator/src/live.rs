//! What if, on a live network: a world from an `etm-scenario/1` document of its state, as it is and changed.

use crate::{
    args::SimulateArgs,
    files,
    results::{Live, VariantRecord},
    study::{Behaviour, Locks, Miners, Owners, Params, Population, Run, Study, Uptime},
    time_gain::halved,
    world::{Miner, NOBODY, Voter, World},
};
use etm_scenario::Scenario as Document;
use etm_types::Hash;
use std::{collections::BTreeMap, path::Path};

/// What distinguishes the network as it is from the changed one among the values of a variant.
pub const VARIED: &str = "network";
/// A genesis at this time or later is written in milliseconds.
const MILLISECONDS_FROM: u64 = 100_000_000_000;
/// The largest document read, bytes.
pub const DOCUMENT_MAX: u64 = 1 << 30;

/// What a node says of its network.
pub struct NodeState {
    /// Its state, an `etm-scenario/1` document.
    pub document: String,
    pub slot_ms: u64,
}

/// Asks the node at a URL; the lab itself opens no connection.
pub type Ask<'a> = dyn Fn(&str) -> Result<NodeState, String> + 'a;

/// The network as it is, or changed.
pub struct LiveVariant {
    /// What goes into the results.
    pub record: VariantRecord,
    /// The world, the same for all seeds.
    pub world: World,
}

/// A document as a world, with the names it uses.
struct Network {
    world: World,
    params: Params,
    miners: BTreeMap<String, u32>,
    accounts: BTreeMap<String, u32>,
    /// Least lock in units, which need not be whole ETM.
    min_lock: u64,
}

/// The network at `source`, and what the arguments make of it.
pub fn variants(args: &SimulateArgs, source: &str, ask: &Ask) -> Result<Vec<LiveVariant>, String> {
    let (text, slot_ms) = read(args, source, ask)?;
    let document = Document::parse(&text).map_err(|error| format!("{source}: {error}"))?;
    let digest = Hash::of(&[text.as_bytes()]).to_string();
    let mut network =
        Network::new(&document, slot_ms).map_err(|error| format!("{source}: {error}"))?;
    let now = network.variant(args, &digest, "as it is", Vec::new())?;
    let changes = network.change(args)?;
    if changes.is_empty() {
        return Ok(vec![now]);
    }
    let changed = network.variant(args, &digest, "changed", changes)?;
    Ok(vec![now, changed])
}

/// The document, and the length of a slot, which no document says: a node does.
fn read(args: &SimulateArgs, source: &str, ask: &Ask) -> Result<(String, u64), String> {
    if ["http://", "https://"]
        .iter()
        .any(|scheme| source.starts_with(scheme))
    {
        let node = ask(source).map_err(|reason| format!("{source}: {reason}"))?;
        return Ok((node.document, args.slot_ms.unwrap_or(node.slot_ms)));
    }
    let text = files::read_text(Path::new(source), DOCUMENT_MAX);
    let text = text.map_err(|reason| format!("{source}: {reason}"))?;
    let slot_ms = args.slot_ms.unwrap_or(Params::default().slot_ms);
    Ok((text, slot_ms))
}

/// The length of a day in seconds. A chain with a finer clock writes milliseconds for seconds (scenario-format.md): no
/// genesis is 100,000,000,000 seconds after 1970.
fn day_seconds(document: &Document) -> u64 {
    let stated = document.params.resolve().day_seconds;
    match document.params.day_seconds {
        Some(_) if document.genesis.timestamp >= MILLISECONDS_FROM => (stated / 1_000).max(1),
        _ => stated,
    }
}

impl Network {
    fn new(document: &Document, slot_ms: u64) -> Result<Self, String> {
        // The scenario's own runner says whether the genesis is valid, in its own words.
        etm_scenario::Runner::new(&document.params, &document.genesis)
            .map_err(|error| error.to_string())?;
        if !document.rounds.is_empty() {
            return Err("the document holds rounds; a state without rounds is needed (etm replay runs documents with rounds)".into());
        }
        let genesis = &document.genesis;
        let resolved = document.params.resolve();
        let mut accounts = BTreeMap::new();
        let mut world = World {
            stake: Vec::new(),
            vote: Vec::new(),
            time_gain: Vec::new(),
            voter: Vec::new(),
            miners: Vec::new(),
            actors: Vec::new(),
            honest: genesis.positions.len(),
            left_out: 0,
        };
        for position in &genesis.positions {
            accounts.insert(position.account.clone(), accounts.len() as u32);
            world.stake.push(position.locked.0);
            world.vote.push(position.miner.unwrap_or(NOBODY));
            world.time_gain.push(position.t);
            world.voter.push(Voter::Loyal);
        }
        let mut miners = BTreeMap::new();
        for (id, miner) in genesis.miners.iter().enumerate() {
            let next = accounts.len() as u32;
            let owner = *accounts.entry(miner.owner.clone()).or_insert(next);
            world.miners.push(Miner {
                owner,
                uptime: 1.0,
                outages: Vec::new(),
            });
            miners.insert(miner.name.clone(), id as u32);
        }
        let params = Params {
            committee: resolved.committee,
            blocks_per_round: resolved.blocks_per_round,
            min_committee: resolved.min_committee,
            day_seconds: day_seconds(document),
            slot_ms,
            min_lock: 1,
        };
        Ok(Self {
            world,
            params,
            miners,
            accounts,
            min_lock: resolved.min_lock.0,
        })
    }

    fn miner(&self, text: &str) -> Result<u32, String> {
        if let Some(id) = self.miners.get(text) {
            return Ok(*id);
        }
        match text.parse::<u32>() {
            Ok(id) if (id as usize) < self.world.miners.len() => Ok(id),
            _ => Err(format!(
                "{text:?} is no miner of the network: a name or an id below {} is",
                self.world.miners.len()
            )),
        }
    }

    /// The names of the miners by id.
    fn names(&self) -> Vec<String> {
        let mut names = vec![String::new(); self.world.miners.len()];
        for (name, id) in &self.miners {
            names[*id as usize].clone_from(name);
        }
        names
    }

    /// Makes the changes asked for and says what they are.
    fn change(&mut self, args: &SimulateArgs) -> Result<Vec<String>, String> {
        let mut changes = Vec::new();
        for text in &args.add_miner {
            changes.push(
                self.add_miner(text)
                    .map_err(|error| format!("--add-miner {text}: {error}"))?,
            );
        }
        for text in &args.move_votes {
            changes.push(
                self.move_votes(text)
                    .map_err(|error| format!("--move-votes {text}: {error}"))?,
            );
        }
        if let Some(committee) = args.committee {
            self.params.committee = committee;
            changes.push(format!("committee of {committee}"));
        }
        Ok(changes)
    }

    fn add_miner(&mut self, text: &str) -> Result<String, String> {
        let (name, amount) = match text.split_once('=') {
            Some((name, amount)) => (name, Some(amount)),
            None => (text, None),
        };
        etm_mechanism::MinerName::new(name).map_err(|error| error.to_string())?;
        if self.miners.contains_key(name) {
            return Err("the name is taken".into());
        }
        let id = self.world.miners.len() as u32;
        // Accounts with a position come first: those of owners without one move up.
        let position = self.world.stake.len() as u32;
        let owner = match amount {
            None => self.world.account_count() as u32,
            Some(amount) => {
                let etm: u64 = amount
                    .parse()
                    .map_err(|_| "the amount is a whole number of ETM".to_string())?;
                let units = etm
                    .checked_mul(crate::units::ETM)
                    .filter(|units| *units >= self.min_lock);
                let units = units.ok_or("the amount is out of range")?;
                for miner in self
                    .world
                    .miners
                    .iter_mut()
                    .filter(|miner| miner.owner >= position)
                {
                    miner.owner += 1;
                }
                for account in self
                    .accounts
                    .values_mut()
                    .filter(|account| **account >= position)
                {
                    *account += 1;
                }
                self.world.stake.push(units);
                self.world.vote.push(id);
                self.world.time_gain.push(1);
                self.world.voter.push(Voter::Loyal);
                self.world.honest += 1;
                position
            }
        };
        self.world.miners.push(Miner {
            owner,
            uptime: 1.0,
            outages: Vec::new(),
        });
        self.miners.insert(name.to_string(), id);
        Ok(match amount {
            Some(amount) => format!("miner {name}, which locks {amount} ETM for itself"),
            None => format!("miner {name}"),
        })
    }

    fn move_votes(&mut self, text: &str) -> Result<String, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let (chosen, to, what) = match parts[..] {
            [account, to] => {
                let to = self.miner(to)?;
                let place = self
                    .accounts
                    .get(account)
                    .copied()
                    .filter(|place| (*place as usize) < self.world.stake.len());
                let place = place.ok_or_else(|| format!("{account:?} has no position"))?;
                (
                    vec![place as usize],
                    to,
                    format!("{account} votes for {}", parts[1]),
                )
            }
            [from, to, percent] => {
                let (from, to) = (self.miner(from)?, self.miner(to)?);
                let percent: f64 = percent
                    .trim_end_matches('%')
                    .parse()
                    .map_err(|_| "the last part is a percentage".to_string())?;
                if !(0.0..=100.0).contains(&percent) {
                    return Err(format!("{percent} % is not between 0 and 100"));
                }
                let chosen = self.voters_of(from, percent / 100.0);
                (
                    chosen,
                    to,
                    format!(
                        "{percent} % of the stake behind {} moves to {}",
                        parts[0], parts[1]
                    ),
                )
            }
            _ => return Err("FROM:TO:PERCENT or ACCOUNT:TO is right".into()),
        };
        for place in chosen {
            let from = self.world.vote[place];
            if from == to {
                continue;
            }
            if from != NOBODY {
                let t = &mut self.world.time_gain[place];
                *t = halved(*t, 1);
            }
            self.world.vote[place] = to;
        }
        Ok(what)
    }

    /// Voters of a miner from the largest until they have `share` of the stake behind it, as nearly as whole ones can.
    fn voters_of(&self, miner: u32, share: f64) -> Vec<usize> {
        let votes = self.world.vote.iter().enumerate();
        let mut voters: Vec<usize> = votes
            .filter(|(_, vote)| **vote == miner)
            .map(|(place, _)| place)
            .collect();
        voters.sort_by_key(|place| (std::cmp::Reverse(self.world.stake[*place]), *place));
        let total: f64 = voters
            .iter()
            .map(|place| self.world.stake[*place] as f64)
            .sum();
        let mut left = total * share;
        let mut chosen = Vec::new();
        for place in voters {
            let stake = self.world.stake[place] as f64;
            // Taken if that ends nearer to the share than leaving it.
            if stake <= left || stake - left < left {
                left -= stake;
                chosen.push(place);
            }
            if left <= 0.0 {
                break;
            }
        }
        chosen
    }

    fn variant(
        &self,
        args: &SimulateArgs,
        digest: &str,
        name: &str,
        changes: Vec<String>,
    ) -> Result<LiveVariant, String> {
        let question = match changes.is_empty() {
            true => "The network as it is, if all voters stay.".to_string(),
            false => format!("What if: {}?", changes.join("; ")),
        };
        let run = Run::default();
        let mut params = self.params.clone();
        params.min_lock = (self.min_lock / crate::units::ETM).max(1);
        let study = Study {
            name: "live network".into(),
            question,
            population: Population::Network {
                positions: self.world.stake.len(),
            },
            locks: Locks::default(),
            miners: Miners {
                count: self.world.miners.len() as u32,
                popularity: 0.0,
                owners: Owners::Independent,
                uptime: Uptime::Equal { value: 1.0 },
            },
            outages: Vec::new(),
            behaviour: Behaviour::default(),
            adversaries: Vec::new(),
            params,
            run: Run {
                rounds: args.rounds.unwrap_or(run.rounds),
                seed: args.seed.unwrap_or(run.seed),
                seeds: args.seeds.unwrap_or(run.seeds),
                policies: if args.policies.is_empty() {
                    run.policies
                } else {
                    args.policies.clone()
                },
                every_round: false,
            },
        };
        args.overrides()?;
        study.check().map_err(|error| error.to_string())?;
        self.world
            .check(&study)
            .map_err(|error| error.to_string())?;
        Ok(LiveVariant {
            record: VariantRecord {
                values: vec![(VARIED.into(), name.into())],
                study,
                live: Some(Live {
                    digest: digest.into(),
                    changes,
                    miners: self.names(),
                }),
            },
            world: self.world.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
