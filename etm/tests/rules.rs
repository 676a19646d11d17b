//! Every kind of transaction and every rule of mechanism.md section 3 over the API of a real devnet, whose run, exported as a
//! scenario and replayed, gives the same figures to the unit.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

#[path = "support/http.rs"]
mod http;

use etm_types::{
    Beacon, Contact, DialAddress, Memo, MinerId, MinerName, MinerSecrets, Payload, Round, Units,
};
use http::{ETM, Http, address_of, eventually, key_of, submission, units};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

const PEOPLE: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];
/// Blocks of a round: an act has to fit into one.
const ROUND: u64 = 30;
/// The id of the first miner that registers.
const NEWCOMER: u32 = 5;

struct Devnet(Child);

impl Devnet {
    fn start(data: &Path, port: u16) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_etm"))
            .args(["devnet", "--quiet-voters", "--no-lazy-miner"])
            .args(["--miners", "5", "--committee", "4", "--slot", "200ms"])
            .args(["--day", "3s", "--round", &ROUND.to_string()])
            .args(["--port", &port.to_string(), "--data"])
            .arg(data)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What became of a transaction.
#[derive(Debug, PartialEq)]
enum Fate {
    Accepted,
    Refused(String),
}

fn refused(code: &str) -> Fate {
    Fate::Refused(code.to_owned())
}

/// An account at the end of a round.
#[derive(Debug, PartialEq)]
struct Holding {
    free: u64,
    earned: u64,
    locked: u64,
    time_gain: u64,
    miner: Option<u64>,
}

struct World {
    http: Http,
    /// What the API said of the people after each round that was looked at.
    seen: BTreeMap<u64, BTreeMap<&'static str, Holding>>,
}

impl World {
    /// Sends transactions of one account at once, in order; all must come into blocks of `round`.
    async fn act(&self, round: u64, name: &str, payloads: Vec<Payload>) -> Vec<Fate> {
        let key = key_of(name);
        let first = self.http.sign(&key, payloads[0].clone()).await.unsigned;
        let mut hashes = Vec::new();
        for (nonce, payload) in (first.nonce..).zip(payloads) {
            let mut unsigned = first.clone();
            (unsigned.nonce, unsigned.payload) = (nonce, payload);
            let transaction = unsigned.sign(&key);
            let (status, answer) = self
                .http
                .post("transactions", &submission(&transaction))
                .await;
            assert_eq!(status, 202, "{answer}");
            hashes.push(answer["hash"].as_str().unwrap().to_owned());
        }
        let mut fates = Vec::new();
        for hash in hashes {
            let path = format!("transactions/{hash}");
            let included = eventually(&path, async || {
                let transaction = self.http.get(&path).await;
                (transaction["status"] == "finalized").then_some(transaction)
            })
            .await;
            let height = included["height"].as_u64().unwrap();
            assert_eq!(height / ROUND, round, "the act did not fit into its round");
            let outcome = &included["outcome"];
            fates.push(if outcome["accepted"] == true {
                Fate::Accepted
            } else {
                refused(outcome["refused"]["code"].as_str().unwrap())
            });
        }
        fates
    }

    /// Waits for a round that has just begun, and looks at what the one before left.
    async fn next_round(&mut self) -> u64 {
        let after = self.seen.last_key_value().map_or(0, |(round, _)| round + 1);
        let round = eventually("a round that has just begun", async || {
            let progress = self.http.get("status").await["progress"].clone();
            let round = progress["round"].as_u64().unwrap();
            (round > after && progress["blocks_done"].as_u64().unwrap() < 4).then_some(round)
        })
        .await;
        let mut holdings = BTreeMap::new();
        for name in PEOPLE {
            let account = self.account(name).await;
            let height = account["height"].as_u64().unwrap();
            assert_eq!((height + 1) / ROUND, round, "the state after that round");
            let position = &account["position"];
            let holding = Holding {
                free: units(&account["free"]),
                earned: units(&account["earned"]),
                locked: units(&account["locked"]),
                time_gain: position["time_gain"].as_u64().unwrap_or(0),
                miner: position["miner"]["id"].as_u64(),
            };
            holdings.insert(name, holding);
        }
        self.seen.insert(round - 1, holdings);
        round
    }

    async fn account(&self, name: &str) -> Value {
        self.http
            .get(&format!("accounts/{}", address_of(name)))
            .await
    }

    /// As the round that was looked at last left it.
    fn last(&self, name: &str) -> &Holding {
        &self.seen.last_key_value().unwrap().1[name]
    }
}

fn lock(amount: u64) -> Payload {
    Payload::Lock {
        amount: Units(amount),
    }
}

fn unlock(amount: u64) -> Payload {
    Payload::Unlock {
        amount: Units(amount),
    }
}

fn vote(miner: u32) -> Payload {
    Payload::Vote {
        miner: MinerId(miner),
    }
}

fn transfer(to: &str, amount: u64) -> Payload {
    Payload::Transfer {
        recipient: address_of(to),
        amount: Units(amount),
        memo: Memo::new("for you").unwrap(),
    }
}

fn register(owner: &str, name: &str, secrets: &MinerSecrets) -> Payload {
    Payload::Register {
        name: MinerName::new(name).unwrap(),
        keys: Box::new(secrets.prove(&address_of(owner))),
        dial: DialAddress::new("127.0.0.1:9").unwrap(),
        contact: None,
    }
}

fn update(contact: &str) -> Payload {
    Payload::Update {
        keys: None,
        dial: DialAddress::new("127.0.0.1:10").unwrap(),
        contact: Some(Contact::new(contact).unwrap()),
    }
}

/// Nobody has a position: what needs one is refused, with its fee taken; and a first lock, vote and registration.
async fn without_a_position(world: &mut World) {
    let round = world.next_round().await;
    let (free, erin) = (world.last("alice").free, world.last("erin").free);
    let secrets = MinerSecrets::from_seed([77; 32]);
    let alice = vec![
        unlock(ETM),
        Payload::Withdraw,
        vote(0),
        lock(ETM / 2),
        Payload::Resign,
        update("x"),
        // What asks for more than there is comes last: nodes take nothing behind it before it is final.
        lock(200_000 * ETM),
    ];
    let alice_later = vec![
        // The projected position counts: a lock may be voted with, and unlocked from, in its own round.
        lock(100 * ETM),
        vote(0),
        vote(1),
        unlock(200 * ETM),
        unlock(100 * ETM - ETM / 2),
        transfer("bob", 200_000 * ETM),
    ];
    let bob = vec![
        register("bob", "quince", &secrets),
        register("bob", "quince2", &secrets),
    ];
    // The least lock, and a transfer, which is done at once.
    let dave = vec![lock(ETM), transfer("erin", 5 * ETM)];
    let (alice, bob, dave) = tokio::join!(
        async {
            let mut fates = world.act(round, "alice", alice).await;
            fates.extend(world.act(round, "alice", alice_later).await);
            fates
        },
        world.act(round, "bob", bob),
        world.act(round, "dave", dave)
    );
    assert_eq!(
        alice,
        [
            refused("no_position"),
            refused("no_position"),
            refused("no_position"),
            refused("below_minimum_lock"),
            refused("not_a_miner"),
            refused("not_a_miner"),
            refused("insufficient_balance"),
            Fate::Accepted,
            Fate::Accepted,
            Fate::Accepted,
            refused("unlock_exceeds_position"),
            refused("below_minimum_lock"),
            refused("insufficient_balance"),
        ]
    );
    assert_eq!(bob, [Fate::Accepted, refused("already_registered")]);
    assert_eq!(dave, [Fate::Accepted, Fate::Accepted]);
    let others = MinerSecrets::from_seed([78; 32]);
    let carol = vec![
        register("carol", "quince", &others),
        register("carol", "rowan", &secrets),
        lock(50 * ETM),
        // A registration of this round does not count yet.
        vote(NEWCOMER),
        vote(4_000_000_000),
    ];
    assert_eq!(
        world.act(round, "carol", carol).await,
        [
            refused("name_taken"),
            refused("key_taken"),
            Fate::Accepted,
            refused("miner_not_registered"),
            refused("miner_not_registered")
        ]
    );
    assert_eq!(units(&world.account("erin").await["free"]), erin + 5 * ETM);
    let fees = 13 * ETM / 10;
    let left = units(&world.account("alice").await["free"]);
    assert_eq!(
        left,
        free - 100 * ETM - fees,
        "fees of refused requests are taken, too"
    );
}

/// A resignation makes a vote of the same round void; the votes before it end with it.
async fn resigning(world: &mut World) {
    let round = world.next_round().await;
    let alice = world.last("alice");
    assert_eq!((alice.locked, alice.miner), (100 * ETM, Some(1)));
    assert_eq!(world.last("carol").locked, 50 * ETM);
    let (alice, dave) = tokio::join!(
        world.act(round, "alice", vec![Payload::Withdraw, Payload::Withdraw]),
        world.act(round, "dave", vec![vote(NEWCOMER)])
    );
    assert_eq!(alice, [Fate::Accepted, refused("no_vote")]);
    assert_eq!(dave, [Fate::Accepted]);
    heartbeats(world, round, &MinerSecrets::from_seed([77; 32])).await;
    let bob = vec![
        update("bob@example.org"),
        Payload::Resign,
        Payload::Resign,
        register("bob", "quince", &MinerSecrets::from_seed([77; 32])),
    ];
    assert_eq!(
        world.act(round, "bob", bob).await,
        [
            Fate::Accepted,
            Fate::Accepted,
            refused("already_resigned"),
            refused("already_registered")
        ]
    );
    // The resignation is not in effect: a vote is accepted, and will be void.
    assert_eq!(
        world.act(round, "carol", vec![vote(NEWCOMER)]).await,
        [Fate::Accepted]
    );
    let shown = world.http.get(&format!("miners/{NEWCOMER}")).await;
    assert_eq!(shown["contact"], "bob@example.org");
    assert_eq!(units(&world.account("bob").await["deposit"]), 10 * ETM);
}

/// Positions that end, begin anew and grow.
async fn unlocking(world: &mut World) {
    let round = world.next_round().await;
    for name in ["alice", "carol", "dave"] {
        assert_eq!(world.last(name).miner, None, "{name}");
    }
    assert_eq!(units(&world.account("bob").await["deposit"]), 0);
    let path = format!("accounts/{}/transactions", address_of("carol"));
    let newest = world.http.get(&path).await["transactions"][0].clone();
    assert_eq!(newest["outcome"]["effect"]["state"], "void");
    let (alice, carol, erin) = tokio::join!(
        world.act(round, "alice", vec![unlock(100 * ETM), vote(0)]),
        world.act(
            round,
            "carol",
            vec![unlock(50 * ETM), lock(5 * ETM), vote(2)]
        ),
        world.act(round, "erin", vec![lock(30_000 * ETM), vote(0)])
    );
    assert_eq!(alice, [Fate::Accepted, refused("no_position")]);
    assert_eq!(carol, [Fate::Accepted, Fate::Accepted, Fate::Accepted]);
    assert_eq!(erin, [Fate::Accepted, Fate::Accepted]);
}

/// What costs time gain: a top-up and a switch; a first vote does not.
async fn time_gain(world: &mut World) {
    let round = world.next_round().await;
    assert_eq!(world.last("alice").locked, 0);
    let carol = world.last("carol");
    assert_eq!((carol.locked, carol.time_gain), (5 * ETM, 1));
    let before = world.last("dave").time_gain;
    assert!(before >= 3, "days have passed: {before}");
    assert_eq!(
        world.act(round, "dave", vec![lock(1), vote(3)]).await,
        [Fate::Accepted, Fate::Accepted]
    );
    // What the days of this round add comes before its requests.
    let round = world.next_round().await;
    let passed = world.http.get(&format!("rounds/{}", round - 1)).await["days"]
        .as_u64()
        .unwrap();
    let dave = world.last("dave");
    let (locked, expected) = (ETM + 1, (before + passed).min(32));
    assert_eq!(
        (dave.locked, dave.time_gain, dave.miner),
        (locked, (expected * ETM + 1) / (ETM + 1), Some(3))
    );
    assert_eq!(
        world.act(round, "dave", vec![vote(4)]).await,
        [Fate::Accepted]
    );
    let _ = world.next_round().await;
    assert_eq!(world.last("dave").miner, Some(4));
}

/// The run, replayed by `etm replay`, has the figures that the API gave.
async fn replayed(world: &World, folder: &Path) {
    let rounds = world.http.replayed(folder).await;
    assert!(world.seen.len() >= 6);
    for (round, holdings) in &world.seen {
        let state = &rounds[usize::try_from(*round).unwrap()];
        for (name, holding) in holdings {
            let address = address_of(name).to_string();
            let find = |list: &str, key: &str| {
                let list = state[list].as_array().unwrap().iter();
                list.clone().find(|entry| entry[key] == *address).cloned()
            };
            let account = find("accounts", "id").unwrap();
            let position = find("positions", "account").unwrap_or_default();
            let replayed = Holding {
                free: units(&account["free"]),
                earned: position["earned"]
                    .as_str()
                    .map_or(0, |x| x.parse().unwrap()),
                locked: position["locked"]
                    .as_str()
                    .map_or(0, |x| x.parse().unwrap()),
                time_gain: position["t"].as_u64().unwrap_or(0),
                miner: position["miner"].as_u64(),
            };
            assert_eq!(replayed, *holding, "{name} after round {round}");
        }
    }
    // Every miner in every round.
    for miner in 0..5 {
        let path = format!("miners/{miner}/history?limit=500");
        let history = world.http.get(&path).await;
        for row in history["rounds"].as_array().unwrap() {
            let round = usize::try_from(row["round"].as_u64().unwrap()).unwrap();
            let Some(state) = rounds.get(round) else {
                continue;
            };
            let replayed = &state["miners"][miner];
            for (ours, theirs) in [
                ("votes", "S"),
                ("weight", "R"),
                ("coefficient", "v"),
                ("produced_total", "m"),
                ("slots_total", "n"),
            ] {
                assert_eq!(
                    row[ours], replayed[theirs],
                    "{ours}, miner {miner}, round {round}"
                );
            }
        }
    }
}

/// A node shows that it runs: free, by its node key, once in a while, with the seed of the running round.
async fn heartbeats(world: &World, round: u64, secrets: &MinerSecrets) {
    let running = world.http.get(&format!("rounds/{round}")).await;
    let seed: Beacon = running["seed"].as_str().unwrap().parse().unwrap();
    let bob = world.http.sign(&key_of("bob"), Payload::Resign).await;
    let heartbeat = |seed: Beacon, later: u64| {
        let mut unsigned = bob.unsigned.clone();
        unsigned.sender = secrets.node.public_key();
        (unsigned.nonce, unsigned.fee) = (0, Units(0));
        unsigned.expires_at = unsigned.expires_at.saturating_add(later);
        unsigned.payload = Payload::Heartbeat {
            miner: MinerId(NEWCOMER),
            round: Round(round),
            seed,
        };
        submission(&unsigned.sign(&secrets.node))
    };
    let path = "transactions?wait=finalized";
    let (status, answer) = world.http.post(path, &heartbeat(Beacon([0; 32]), 0)).await;
    let code = answer["error"]["code"].clone();
    assert_eq!((status / 100, code), (4, "expired".into()), "{answer}");
    let (status, answer) = world.http.post(path, &heartbeat(seed, 0)).await;
    assert_eq!(status, 200, "{answer}");
    let height = answer["height"].as_u64().unwrap();
    assert_eq!(height / ROUND, round);
    assert_eq!(answer["outcome"]["accepted"], true, "{answer}");
    // The pool lets go of what is final a moment after the block is known.
    let (status, code, answer) =
        eventually("the heartbeat that is final leaves the pool", async || {
            let (status, answer) = world.http.post(path, &heartbeat(seed, 1)).await;
            let code = answer["error"]["code"].clone();
            (code != "already_pending").then_some((status, code, answer))
        })
        .await;
    assert_eq!(
        (status, code),
        (422, "heartbeat_too_early".into()),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_holds_over_the_api_and_in_the_replay() {
    let folder = tempfile::tempdir().unwrap();
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port().min(u16::MAX - 5)
    };
    let _devnet = Devnet::start(&folder.path().join("devnet"), port);
    let client = reqwest::Client::new();
    let mut world = World {
        http: Http { client, port },
        seen: BTreeMap::new(),
    };
    without_a_position(&mut world).await;
    resigning(&mut world).await;
    unlocking(&mut world).await;
    time_gain(&mut world).await;
    replayed(&world, folder.path()).await;
}
