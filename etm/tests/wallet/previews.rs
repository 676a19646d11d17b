//! What previews say, beside what then comes: random requests of several accounts on a devnet, shown and sent by the command line,
//! asked of the node, too, and looked at once their block is final and again after the end of their round.
//!
//! A few run with the other tests; many with `cargo xtask previews`, which lets the page compute the same cases on its own.

mod ask;
mod settle;
mod tally;
mod wish;

use crate::{devnet::Devnet, home::Home};
use ask::Asked;
use etm_client::Client;
use etm_types::{
    Address, ChainId, Memo, Payload, SecretKey, Units,
    api::{
        account::Account,
        chain::Parameters,
        devnet::TimeTravelRequest,
        miner::MinerPage,
        query::{MinerSort, MinersQuery},
    },
};
use serde_json::{Value, json};
use settle::Resigned;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use tally::Tally;

const ETM: u64 = 100_000_000;
/// Blocks of a round.
const ROUND: u64 = 24;
/// Blocks within which a request is looked at, signed and final.
const BLOCKS_FOR_ONE: u32 = 5;
/// The miners of genesis whose owners act, too: fewer than there may be without a whole committee.
const OWNED: [u8; 2] = [7, 6];

#[test]
fn previews_of_some_requests_are_what_comes() {
    let (tally, _) = Play::new(&["--no-lazy-miner"], 11, 2).run(8);
    assert!(
        tally.compared("positions after each request") > 0,
        "{tally}"
    );
}

/// So many as `PREVIEWS_REQUESTS` says, of the seed `PREVIEWS_SEED`: four fifths where all slots are used but by chance, the others
/// where a miner misses some. What the page is to compute is left in the file `PREVIEWS_OUT`.
#[test]
#[ignore = "takes minutes: cargo xtask previews"]
fn previews_of_many_requests_are_what_comes() {
    let number = |name: &str, usual: u64| {
        let told = std::env::var(name).ok();
        told.map_or(usual, |text| text.parse().unwrap())
    };
    let (requests, seed) = (number("PREVIEWS_REQUESTS", 500), number("PREVIEWS_SEED", 1));
    let late = requests / 5;
    let parts: [(&str, &[&str], u64, u64); 2] = [
        (
            "all slots used but by chance",
            &["--no-lazy-miner"],
            seed,
            requests - late,
        ),
        ("a miner misses slots", &[], seed ^ 1 << 63, late),
    ];
    let mut cases = Vec::new();
    for (name, options, seed, requests) in parts {
        if requests > 0 {
            let (tally, of_it) = Play::new(options, seed, 10).run(requests);
            println!("no difference where {name}:\n{tally}");
            cases.push(of_it);
        }
    }
    if let Some(file) = std::env::var_os("PREVIEWS_OUT") {
        let parameters = cases.first().map(|(parameters, _)| parameters);
        let cases: Vec<&Value> = cases.iter().flat_map(|(_, cases)| cases).collect();
        let kept = json!({ "parameters": parameters, "cases": cases });
        std::fs::write(file, kept.to_string()).unwrap();
    }
}

/// Numbers that look random: SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Somebody who acts: the wallet's key, and the same for what the wallet would not sign.
struct Actor {
    name: String,
    key: SecretKey,
    address: Address,
    /// Its miner makes blocks, and is paid for them.
    paid: bool,
}

/// A devnet and those who act on it.
struct Play {
    client: Client,
    runtime: tokio::runtime::Runtime,
    dice: Dice,
    chain: ChainId,
    slot_ms: u64,
    fee: u64,
    actors: Vec<Actor>,
    /// Requests that are final, and whose round is not over.
    open: Vec<Asked>,
    /// The accounts of the running round as they were after their last requests.
    accounts: BTreeMap<usize, Account>,
    /// Resignations that were accepted in the running round.
    resigned: Vec<Resigned>,
    /// Who has sent something in the running round whose end nobody could know, and behind how many requests that was.
    gapped: BTreeSet<usize>,
    unknown: u64,
    orders: u64,
    tally: Tally,
    /// What the page is to compute.
    cases: Vec<Value>,
    registered: u32,
    home: Home,
    /// Dropped last.
    _devnet: Devnet,
}

impl Play {
    /// With so many accounts beside two owners of miners.
    fn new(options: &[&str], seed: u64, accounts: u8) -> Self {
        let rounds = ROUND.to_string();
        let common = [
            "--quiet-voters",
            "--round",
            &rounds,
            "--slot",
            "500ms",
            "--day",
            "40s",
        ];
        let devnet = Devnet::start_with(&[&common, options].concat());
        let client = Client::new(&devnet.url()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let parameters = runtime.block_on(client.parameters()).unwrap();
        let mut play = Self {
            home: Home::new(&devnet),
            client,
            runtime,
            dice: Dice(seed),
            chain: ChainId(parameters.chain.id.0),
            slot_ms: parameters.slot_ms,
            fee: parameters.min_fee.0,
            actors: Vec::new(),
            open: Vec::new(),
            accounts: BTreeMap::new(),
            resigned: Vec::new(),
            gapped: BTreeSet::new(),
            unknown: 0,
            orders: 0,
            tally: Tally::default(),
            cases: Vec::new(),
            registered: 0,
            _devnet: devnet,
        };
        for number in 0..accounts {
            play.enter(format!("account-{number}"), [number + 1; 32], false);
        }
        for number in OWNED {
            let seed = Sha256::digest(format!("devnet miner {number}")).into();
            play.enter(format!("owner-{number}"), seed, true);
        }
        play.endow();
        play
    }

    /// Gives the wallet a key.
    fn enter(&mut self, name: String, seed: [u8; 32], paid: bool) {
        let key = SecretKey::from_seed(seed);
        let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
        self.home.write("seed", &hex);
        let words = ["keys", "import", &name, "--seed", "--yes"];
        let files = ["--secret-file", "seed", "--passphrase-file", "pass"];
        self.home.text(&[&words[..], &files].concat());
        self.actors.push(Actor {
            address: Address::of(&key.public_key()),
            name,
            key,
            paid,
        });
    }

    /// Everybody gets something.
    fn endow(&mut self) {
        let rich = SecretKey::from_seed(Sha256::digest(b"devnet alice").into());
        let rich_address = Address::of(&rich.public_key());
        let balance = self.account(&rich_address).balance.0;
        for actor in &self.actors {
            let payload = Payload::Transfer {
                recipient: actor.address,
                amount: Units(balance / 2 / self.actors.len() as u64),
                memo: Memo::empty(),
            };
            let nonce = self.account(&rich_address).next_nonce;
            let sent = self.send(&rich, nonce, payload);
            assert!(sent.is_ok_and(|(_, refused)| refused.is_none()));
        }
    }

    /// Asks and follows so many; and the chain's parameters with what the page is to compute.
    fn run(mut self, requests: u64) -> (Tally, (Parameters, Vec<Value>)) {
        let (mut round, mut said) = (0, 0);
        while self.tally.requests() < requests {
            let now = self.round();
            self.settle(now);
            if now != round {
                round = now;
                self.travel();
            }
            let left = u32::try_from(requests - self.tally.requests()).unwrap();
            self.ask(left);
            if self.tally.requests() >= said + 25 {
                said = self.tally.requests();
                match said % 100 < 25 {
                    true => println!("{said} of {requests}:\n{}", self.tally),
                    false => println!("{said} of {requests}"),
                }
            }
        }
        while !self.open.is_empty() {
            self.next_round();
        }
        let parameters = self.runtime.block_on(self.client.parameters()).unwrap();
        (self.tally, (parameters, self.cases))
    }

    /// Waits until the running round is over, and looks what has come.
    fn next_round(&mut self) {
        let before = self.round();
        crate::life::eventually("the next round", || self.round() > before);
        let now = self.round();
        self.settle(now);
    }

    fn account(&self, address: &Address) -> Account {
        let address = address.to_string();
        let asked = self.client.account(&address);
        self.runtime.block_on(asked).unwrap()
    }

    fn miners(&self) -> MinerPage {
        let query = MinersQuery {
            sort: Some(MinerSort::Id),
            limit: Some(500),
            ..MinersQuery::default()
        };
        self.runtime.block_on(self.client.miners(&query)).unwrap()
    }

    fn round(&self) -> u64 {
        let status = self.runtime.block_on(self.client.status()).unwrap();
        status.progress.round
    }

    /// The time of the last block, and the slots missed in the running round.
    fn course(&self) -> (u64, u64) {
        let status = self.runtime.block_on(self.client.status()).unwrap();
        (status.tip.timestamp_ms, status.progress.missed)
    }

    /// Now and then days pass, at the beginning of a round that nobody has asked in yet: a time gain is something to lose.
    fn travel(&mut self) {
        if !self.open.is_empty() || self.dice.below(3) > 0 {
            return;
        }
        let days = u32::try_from(1 + self.dice.below(31)).unwrap();
        let request = TimeTravelRequest {
            days: Some(days),
            rounds: None,
        };
        let there = self
            .runtime
            .block_on(self.client.time_travel(&request))
            .unwrap();
        let arrived = || {
            let status = self.runtime.block_on(self.client.status()).unwrap();
            status.tip.timestamp_ms >= there.to_ms
        };
        crate::life::eventually("the days are over", arrived);
        self.tally.compare("times of travel");
    }

    /// Accounts whose figures somebody changed.
    fn look_again(&mut self, of: BTreeSet<usize>) {
        for own in of {
            let account = self.account(&self.actors[own].address);
            self.accounts.insert(own, account);
        }
    }
}
