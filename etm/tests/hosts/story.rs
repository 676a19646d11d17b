//! What happens on the network, one thing after the other.

use crate::{
    home::{self, HOME},
    support::{eventually_within, get_from},
    world::{API, PEERS, World},
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// Seats of a committee.
const MEMBERS: usize = 4;
/// Blocks of a round.
const ROUND: u64 = 10;
/// The newcomer's host.
const NEWCOMER: &str = "late";
/// Units of an ETM.
const ETM: u64 = 100_000_000;

pub fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    // A connection whose other end is gone is given up after a minute, and not tried again at once.
    eventually_within(Duration::from_secs(300), what, ask)
}

pub fn tell() {
    let all = ["a", "b", "c", "d", "e", "f", "g"];
    let count = std::env::var("HOSTS").map_or(5, |count| count.parse().unwrap());
    let founders = &all[..count];
    let mut world = World::new(&[founders, &[NEWCOMER, HOME]].concat());
    world.network("link 100 20 1");
    let net = found(&world, founders);
    for name in founders {
        let data = net.join(folder(&world, name)).join("node-0");
        world.start(name, &data, API);
    }
    calm(&world, founders);
    let liars = home::begin(&mut world, MEMBERS);
    let joined = joins_while_another_is_cut_off(&mut world, &net, founders, &liars);
    let short = std::env::var("HOSTS_STORY").is_ok_and(|story| story == "short");
    if !short {
        changes(&mut world, &net, joined, founders.len() - 1);
    }
    // Whose keys were changed runs on another port, from another folder.
    let changed = |name: &str| !short && name == "d";
    let others: Vec<&str> = founders
        .iter()
        .copied()
        .filter(|name| !changed(name))
        .collect();
    agree(&world, &others);
    home::is_well(&world);
    home::end(&mut world);
    for name in founders {
        let api = if changed(name) { API + 1 } else { API };
        assert_eq!(world.stop(name, api), 0, "{name}");
    }
    world.say("all stopped");
}

/// A node goes on in another folder, a host gets another address, a miner other keys, and the newcomer, which had so much before it came, leaves.
fn changes(world: &mut World, net: &Path, joined: u64, last: usize) {
    let elsewhere = goes_elsewhere(world, net, last);
    let moved = moves(world, net);
    let rotated = rotates(world, net);
    produces_again(world, moved, rotated);
    let block = produced(world, &format!("miner.{last}"), elsewhere);
    world.say(&format!(
        "a node produced block {block} from its new folder"
    ));
    let dropped = world.stop("d", API);
    assert_eq!(dropped, 0);
    leaves(world, joined);
}

/// Hosts are named in all three ways there are.
fn dial(world: &World, name: &str) -> String {
    match name {
        "a" => format!("a.test:{PEERS}"),
        "b" => format!("[fd77::2]:{PEERS}"),
        _ => format!("{}:{PEERS}", world.address_of(name)),
    }
}

fn folder(world: &World, name: &str) -> String {
    let dial = dial(world, name);
    let host = dial.rsplit_once(':').unwrap().0;
    host.trim_matches(['[', ']']).replace(':', "_")
}

fn found(world: &World, founders: &[&str]) -> PathBuf {
    let home = world.home.path();
    fs::write(home.join("pass"), "correct horse battery staple").unwrap();
    let made: Value = serde_json::from_str(&world.etm(&[
        "keys",
        "new",
        "owner",
        "--passphrase-file",
        "pass",
        "--json",
    ]))
    .unwrap();
    let address = made["address"].as_str().unwrap();
    fs::write(
        home.join("fund.csv"),
        format!("address,balance\n{address},20000\n"),
    )
    .unwrap();
    let dials: Vec<String> = founders.iter().map(|name| dial(world, name)).collect();
    let mut arguments = vec!["testnet", "init", "--out", "net", "--fund", "fund.csv"];
    let (members, round) = (MEMBERS.to_string(), ROUND.to_string());
    arguments.extend(["--committee", &members, "--round", &round]);
    arguments.extend(["--slot", "500ms", "--day", "60s"]);
    for dial in &dials {
        arguments.extend(["--host", dial]);
    }
    world.etm(&arguments);
    home.join("net")
}

/// Blocks come, although every message takes its time and every hundredth packet is lost.
fn calm(world: &World, founders: &[&str]) {
    for name in founders {
        eventually("two rounds everywhere", || {
            world.height(name).filter(|height| *height > 2 * ROUND)
        });
    }
    agree(world, founders);
    let status = world.get("a", "status").unwrap();
    let finality = &status["finality"];
    world.say(&format!(
        "block {}: final {} ms after their timestamps in the mean, blocks every {} ms",
        status["tip"]["height"], finality["mean_ms"], finality["block_interval_ms"]
    ));
}

/// All have the same newest common block.
fn agree(world: &World, founders: &[&str]) {
    let heights = founders
        .iter()
        .map(|name| eventually("a height", || world.height(name)));
    let common = heights.min().unwrap();
    let hash = |name: &str| {
        eventually("a block", || {
            let block = world.get(name, &format!("blocks/{common}"))?;
            Some(block["hash"].as_str()?.to_owned())
        })
    };
    let first = hash(founders[0]);
    for name in founders {
        assert_eq!(hash(name), first, "block {common} of {name}");
    }
}

/// A host is cut off for 30 s; meanwhile a stranger joins. Answers what its owner had before it registered.
fn joins_while_another_is_cut_off(
    world: &mut World,
    net: &Path,
    founders: &[&str],
    liars: &[String],
) -> u64 {
    let lost = founders[founders.len() - 1];
    world.network(&format!("cut {lost}"));
    let (cut, height) = (Instant::now(), world.height("a").unwrap());
    world.say(&format!("{lost} is cut off at block {height}"));

    // All a stranger has is the chain id and the address of some node.
    let genesis: Value =
        serde_json::from_str(&fs::read_to_string(net.join("genesis.json")).unwrap()).unwrap();
    assert_eq!(genesis["format"], "etm-genesis/1");
    let status = world.get("b", "status").unwrap();
    let id = status["chain"]["id"].as_str().unwrap();
    let url = format!("http://{}:8080", world.address_of("b"));
    let dial = format!("{}:{PEERS}", world.address_of(NEWCOMER));
    let listen = format!("0.0.0.0:{PEERS}");
    world.etm(&[
        "node",
        "init",
        "--genesis",
        &url,
        "--chain-id",
        id,
        "--miner",
        "--external",
        &dial,
        "--listen",
        &listen,
        "--private-addresses",
        "true",
        "--sync",
        "snapshot",
        "--data",
        "late",
    ]);
    let before = spendable(world, "b");
    let register = ["miner", "register", "latecomer", "--dial", &dial];
    world.sign(
        "b",
        "owner",
        &[
            &register[..],
            &["--node-keys", "late/node.key", "--no-check"],
        ]
        .concat(),
    );
    world.say("the newcomer is registered");
    let data = world.home.path().join("late");
    world.start(NEWCOMER, &data, API);
    eventually("the newcomer begins with a snapshot", || {
        let node = (world.address_of(NEWCOMER), API);
        let (status, body) = get_from(node, "/api/v1/blocks/1")?;
        (status == 410 && body.contains("began with a snapshot")).then_some(())
    });
    world.say("the newcomer goes on from a snapshot");
    world.sign("b", "owner", &["lock", "5000"]);
    eventually("the newcomer can be voted for", || {
        let miner = world.get("b", "miners/latecomer")?;
        (miner["state"] == "registered").then_some(())
    });
    // Nothing proves the name of a miner that nobody votes for yet.
    world.sign("b", "owner", &["vote", "latecomer", "--anyway"]);
    // There is time until then.
    home::knows_liars(world, liars);
    while cut.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let meanwhile = world.height("a").unwrap();
    assert!(
        meanwhile > height + ROUND,
        "the chain went on from {height} to {meanwhile}"
    );
    world.network(&format!("heal {lost}"));
    let healed = Instant::now();
    eventually("the host that was cut off is back", || {
        let (own, others) = (world.height(lost)?, world.height("a")?);
        (own > meanwhile && own + 3 >= others).then_some(())
    });
    world.say(&format!(
        "{lost} missed {} blocks and is back {:.1} s after the network was",
        meanwhile - height,
        healed.elapsed().as_secs_f64()
    ));
    let produced = eventually("the newcomer was drawn and produced", || {
        let miner = world.get("b", "miners/latecomer")?;
        miner["last_block"].as_u64()
    });
    world.say(&format!("the newcomer produced block {produced}"));
    let own = owner(world);
    eventually("its voter is paid", || {
        let account = world.get("b", &format!("accounts/{own}"))?;
        (units(&account["earned"]) > 0).then_some(())
    });
    world.say("the newcomer's voter is paid");
    before
}

fn owner(world: &World) -> String {
    let shown = world.etm(&["keys", "show", "owner", "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    shown["address"].as_str().unwrap().to_owned()
}

fn units(amount: &Value) -> u64 {
    amount.as_str().unwrap().parse().unwrap()
}

fn spendable(world: &World, node: &str) -> u64 {
    let account = eventually("an account", || {
        world.get(node, &format!("accounts/{}", owner(world)))
    });
    units(&account["balance"])
}

/// The key of the account that owns a miner, in the wallet.
fn take_owner(world: &World, net: &Path, miner: u16, name: &str) {
    let seed = net
        .join("owners")
        .join(format!("miner-{miner}"))
        .join("owner.key");
    let import = [
        "keys",
        "import",
        name,
        "--seed",
        "--passphrase-file",
        "pass",
    ];
    world.etm(&[&import[..], &["--secret-file", seed.to_str().unwrap()]].concat());
}

/// A host gets another address: its owner says so on the chain. Answers at which block.
fn moves(world: &mut World, net: &Path) -> u64 {
    take_owner(world, net, 2, "third");
    world.address("c", 33);
    let dial = format!("10.77.0.33:{PEERS}");
    world.sign("a", "third", &["miner", "update", "--dial", &dial]);
    let moved = world.height("a").unwrap();
    world.say(&format!("c has moved at block {moved}"));
    moved
}

/// A miner gets other keys, which run in a node of their own beside the old one. Answers at which block.
fn rotates(world: &mut World, net: &Path) -> u64 {
    take_owner(world, net, 3, "fourth");
    let (listen, dial) = (
        format!("0.0.0.0:{}", PEERS + 1),
        format!("{}:{}", world.address_of("d"), PEERS + 1),
    );
    let genesis = net.join("genesis.json");
    let init = [
        "node",
        "init",
        "--genesis",
        genesis.to_str().unwrap(),
        "--data",
        "other",
    ];
    world.etm(
        &[
            &init[..],
            &[
                "--miner",
                "--listen",
                &listen,
                "--private-addresses",
                "true",
            ],
        ]
        .concat(),
    );
    let data = world.home.path().join("other");
    world.start("d", &data, API + 1);
    let update = [
        "miner",
        "update",
        "--dial",
        &dial,
        "--node-keys",
        "other/node.key",
    ];
    world.sign("a", "fourth", &update);
    let rotated = world.height("a").unwrap();
    world.say(&format!("d has other keys at block {rotated}"));
    rotated
}

/// The node of the last founder is stopped, copied whole into another folder, and started there. Answers at which block.
fn goes_elsewhere(world: &mut World, net: &Path, last: usize) -> u64 {
    let name = ["a", "b", "c", "d", "e", "f", "g"][last];
    let old = net.join(folder(world, name)).join("node-0");
    let new = world.home.path().join("elsewhere");
    assert_eq!(world.stop(name, API), 0);
    let copied = Command::new("cp").arg("-a").arg(&old).arg(&new).status();
    assert!(copied.unwrap().success());
    fs::remove_dir_all(&old).unwrap();
    world.start(name, &new, API);
    let height = world.height("a").unwrap();
    world.say(&format!(
        "{name} runs from another folder at block {height}"
    ));
    height
}

/// A miner produced a block above `after`.
fn produced(world: &World, miner: &str, after: u64) -> u64 {
    eventually("a block of a miner that changed", || {
        let miner = world.get("a", &format!("miners/{miner}"))?;
        miner["last_block"].as_u64().filter(|block| *block > after)
    })
}

/// Both miners go on: one at its new address, one with its new keys.
fn produces_again(world: &World, moved: u64, rotated: u64) {
    let dial = format!("10.77.0.33:{PEERS}");
    eventually("c is known and connected at its new address", || {
        let peers = world.get("a", "peers")?;
        let peers = peers["peers"].as_array()?;
        peers
            .iter()
            .any(|peer| peer["address"] == *dial && peer["connected"] == true)
            .then_some(())
    });
    let block = produced(world, "miner.2", moved);
    world.say(&format!("c produced block {block} from its new address"));
    // Committees that were drawn before know the old keys: of the running round, the next, and the one that is drawn at the end of the
    // round in which the change is not yet in effect.
    let block = produced(world, "miner.3", (rotated / ROUND + 4) * ROUND);
    world.say(&format!("d produced block {block} with its new keys"));
}

/// A miner resigns and gets its deposit back.
fn leaves(world: &World, before: u64) {
    world.sign("b", "owner", &["unlock", "all"]);
    world.sign("b", "owner", &["miner", "resign"]);
    world.say("the newcomer resigns");
    // Fees are all that is gone: of a registration, a lock, a vote, an unlock and a resignation.
    let least = before - 5 * ETM / 10;
    eventually("the deposit and what was locked are back", || {
        (spendable(world, "b") >= least).then_some(())
    });
    world.say("its deposit is back");
}
