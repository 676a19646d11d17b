//! A node that lies: it stands before a real one, and changes what that says.

mod lie;

use crate::{
    devnet::Devnet,
    home::Home,
    life::{eventually, round},
};
use lie::{
    another_block, anothers_rows, dear, dear_without_genesis, elsewhere, far_ahead, final_at_once,
    generous, harmless, little_t, more_for_voters, none_refused, other_amount, other_receipts,
    other_reward, other_transfer, rich, swapped, swapped_in_the_table, with_a_unit_more,
    with_a_vote_more, without_genesis,
};
use serde_json::Value;
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What becomes of an answer in JSON: of a method and a path, and what the honest node says.
type Lie = fn(&str, &mut Value);

/// How a node lies: what it asks the honest one instead of what it was asked, and what it makes of the bytes of an answer.
trait Liar: Send + Sync + 'static {
    fn ask(&self, asked: &str) -> String {
        asked.to_owned()
    }

    fn say(&self, asked: &str, answer: Vec<u8>) -> Vec<u8> {
        let _ = asked;
        answer
    }
}

impl Liar for Lie {
    fn say(&self, asked: &str, answer: Vec<u8>) -> Vec<u8> {
        let Ok(mut told) = serde_json::from_slice(&answer) else {
            return answer;
        };
        self(asked, &mut told);
        serde_json::to_vec(&told).unwrap()
    }
}

/// It answers the question for `asked` with the truth about `told`.
struct Instead {
    asked: String,
    told: String,
}

impl Liar for Instead {
    fn ask(&self, asked: &str) -> String {
        asked.replace(&self.asked, &self.told)
    }
}

/// It has nothing at some paths, and lies at the others.
struct Withholds(&'static [&'static str], Lie);

impl Liar for Withholds {
    fn ask(&self, asked: &str) -> String {
        let withheld = self.0.iter().any(|path| asked.contains(path));
        match (withheld, asked.split_once(" /api/v1/")) {
            (true, Some((method, path))) => format!("{method} /api/v1/nothing/{path}"),
            _ => asked.to_owned(),
        }
    }

    fn say(&self, asked: &str, answer: Vec<u8>) -> Vec<u8> {
        self.1.say(asked, answer)
    }
}

/// It gives the first evidence of votes that it saw again and again.
#[derive(Default)]
struct Old(Mutex<Option<Vec<u8>>>);

impl Liar for Old {
    fn say(&self, asked: &str, answer: Vec<u8>) -> Vec<u8> {
        match asked.contains("proofs/votes") {
            true => self.0.lock().unwrap().get_or_insert(answer).clone(),
            false => answer,
        }
    }
}

/// It is slow: by the time its first evidence of votes arrives, the round of that is over. So it says it once more, and is up to date then.
#[derive(Default)]
struct Slow(Mutex<Vec<Vec<u8>>>);

impl Liar for Slow {
    fn say(&self, asked: &str, answer: Vec<u8>) -> Vec<u8> {
        if !asked.contains("proofs/votes") {
            return answer;
        }
        let mut said = self.0.lock().unwrap();
        let answer = match said.as_slice() {
            [first] => first.clone(),
            _ => answer,
        };
        said.push(answer.clone());
        answer
    }
}

/// It answers each question as it did the first time.
#[derive(Default)]
struct Frozen(Mutex<HashMap<String, Vec<u8>>>);

impl Liar for Frozen {
    fn say(&self, asked: &str, answer: Vec<u8>) -> Vec<u8> {
        let mut first = self.0.lock().unwrap();
        first.entry(asked.to_owned()).or_insert(answer).clone()
    }
}

/// It has none of the blocks that it tells of.
struct NoBlocks;

impl Liar for NoBlocks {
    fn ask(&self, asked: &str) -> String {
        match asked.split_once("/chain/blocks/") {
            Some((before, after)) => {
                let rest = after.split_once(' ').unwrap().1;
                format!("{before}/chain/blocks/900000001-900000002 {rest}")
            }
            None => asked.to_owned(),
        }
    }
}

/// It tells of a chain that ended with a block.
struct NoBlocksAfter(u64);

impl Liar for NoBlocksAfter {
    fn ask(&self, asked: &str) -> String {
        let Some((before, after)) = asked.split_once("/chain/blocks/") else {
            return asked.to_owned();
        };
        let (range, rest) = after.split_once(' ').unwrap();
        let first: u64 = range.split('-').next().unwrap().parse().unwrap();
        let (first, last) = match first > self.0 {
            true => (900_000_001, 900_000_002),
            false => (first, self.0),
        };
        format!("{before}/chain/blocks/{first}-{last} {rest}")
    }

    fn say(&self, asked: &str, answer: Vec<u8>) -> Vec<u8> {
        if !asked.contains("/status") {
            return answer;
        }
        let mut told: Value = serde_json::from_slice(&answer).unwrap();
        told["tip"]["height"] = self.0.into();
        serde_json::to_vec(&told).unwrap()
    }
}

/// A node that tells of a chain, and gives no block of it.
pub fn without_blocks(devnet: &Devnet) -> String {
    before(devnet.port(), NoBlocks)
}

/// Serves the node at `to` with every answer changed; its own URL. It ends with the tests.
fn before(to: u16, lie: impl Liar) -> String {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", door.local_addr().unwrap());
    let lie = Arc::new(lie);
    thread::spawn(move || {
        for visitor in door.incoming().flatten() {
            let lie = Arc::clone(&lie);
            thread::spawn(move || serve(visitor, to, &*lie));
        }
    });
    url
}

/// Reads a head and as much of a body as it promises.
fn message(stream: &TcpStream) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let lower = line.to_lowercase();
        if let Some(told) = lower.strip_prefix("content-length:") {
            length = told.trim().parse().ok()?;
        }
        let passed = ["accept-encoding:", "connection:", "content-length:"];
        if line == "\r\n" {
            break;
        }
        if !passed.iter().any(|name| lower.starts_with(name)) {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn send(mut stream: &TcpStream, head: &str, body: &[u8]) -> Option<()> {
    let length = body.len();
    let head = format!("{head}connection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()
}

fn serve(visitor: TcpStream, to: u16, lie: &impl Liar) -> Option<()> {
    let (asked, body) = message(&visitor)?;
    let node = TcpStream::connect(("127.0.0.1", to)).ok()?;
    send(&node, &lie.ask(&asked), &body)?;
    let (said, body) = message(&node)?;
    send(&visitor, &said, &lie.say(asked.lines().next()?, body))
}

/// A node that proves no name gets no vote under one without a question apart, but for those of genesis, whose hash is the chain's id.
fn withheld_proofs(wallet: &Home, devnet: &Devnet) {
    let ended = |url: &str, command: &[&str]| {
        let end = ["--node", url, "--yes", "--passphrase-file", "pass"];
        wallet.run(&[command, &end, &["--json"]].concat())
    };
    let count = || wallet.json(&["history", "voter"])["total"].clone();
    let sent = count();
    let honest: Lie = |_, _| {};
    let proofs = &["proofs/votes"];
    let all = &["proofs/votes", "v1/genesis"];
    let to_file = ["vote", "amber", "--out", "for-amber.json"];
    // The name follows from genesis; that the position is as the node says does not.
    let url = before(devnet.port(), Withholds(proofs, honest));
    let by_genesis = ended(&url, &to_file);
    assert_eq!(by_genesis.code, 1, "{by_genesis:?}");
    assert!(
        by_genesis.err.contains("gives no proof of them"),
        "{by_genesis:?}"
    );
    let anyway = ended(&url, &[&to_file[..], &["--anyway"]].concat());
    assert_eq!(anyway.code, 0, "{anyway:?}");
    let another = ended(&before(devnet.port(), Withholds(proofs, swapped)), &to_file);
    assert_eq!(another.code, 1, "{another:?}");
    assert!(
        another.err.contains("in the state its name is"),
        "{another:?}"
    );
    for lie in [honest, swapped] {
        let url = before(devnet.port(), Withholds(all, lie));
        for command in [
            &["vote", "amber"][..],
            &["vote", "amber", "--unsigned", "--out", "unsigned.json"],
            &["lock", "100", "--vote", "amber"],
        ] {
            let asked = ended(&url, command);
            assert_eq!(asked.code, 1, "{command:?}: {asked:?}");
            assert!(
                asked.err.contains("not_confirmed"),
                "{command:?}: {asked:?}"
            );
            assert!(
                asked.err.contains("is the node's word alone"),
                "{command:?}: {asked:?}"
            );
        }
    }
    assert_eq!(count(), sent, "nothing was sent");
    let anyway = ["vote", "amber", "--anyway", "--out", "anyway.json"];
    let anyway = ended(&before(devnet.port(), Withholds(all, honest)), &anyway);
    assert_eq!(anyway.code, 0, "{anyway:?}");
}

/// Nothing is signed on the word of a node that says of its chain what its genesis, or its state, does not.
pub fn lies(wallet: &Home, devnet: &Devnet) {
    let liar = |lie: Lie| before(devnet.port(), lie);
    let refused = |url: &str, command: &[&str], with: &str| {
        let end = ["--node", url, "--yes", "--passphrase-file", "pass"];
        let ended = wallet.run(&[command, &end].concat());
        assert_eq!(ended.code, 1, "{command:?}: {ended:?}");
        assert!(ended.err.contains(with), "{command:?}: {ended:?}");
    };
    let to = wallet.address("voter");
    let send = ["send", &to, "5"];
    let lock = ["lock", "100", "--vote", "dune"];
    let swaps = liar(swapped);
    refused(&swaps, &["vote", "amber"], "in the state its name is");
    refused(&swaps, &lock, "in the state its name is");
    let table = liar(swapped_in_the_table);
    refused(&table, &["vote", "amber"], "in the state its name is");
    refused(&table, &lock, "in the state its name is");
    // What is lost with t is not hidden.
    let hides = liar(little_t);
    for command in [&["unlock", "1"][..], &["unvote"], &["lock", "1"], &lock] {
        refused(&hides, command, "proved by the state after block");
    }
    refused(&hides, &["vote", "dune"], "the node tells that t is");
    // A signature would count for centuries.
    let ahead = liar(far_ahead);
    refused(&ahead, &send, "there was time for");
    refused(&ahead, &lock, "there was time for");
    let evades = liar(another_block);
    refused(&evades, &send, "could not be compared");
    refused(&evades, &lock, "could not be compared");
    // The genesis that an earlier command saw is remembered.
    for (lie, with) in [
        (dear as Lie, "min_fee is 5000000000"),
        (harmless, "chain is harmless-testnet"),
        (dear_without_genesis, "min_fee is 5000000000"),
    ] {
        let url = liar(lie);
        refused(&url, &send, with);
        refused(&url, &lock, with);
    }
    withheld_proofs(wallet, devnet);
    // A node that takes a transaction and then tells nothing of it: whoever would send another one knows that this one is on its way.
    let silent = before(devnet.port(), Withholds(&["/transactions/"], |_, _| {}));
    let end = ["--node", &silent, "--yes", "--passphrase-file", "pass"];
    let sent = wallet.run(&[&send[..], &end, &["--wait", "--json"]].concat());
    assert_eq!(sent.code, 4, "{sent:?}");
    let told: Value = serde_json::from_str(&sent.err).unwrap();
    assert_eq!(told["error"]["code"], "not_known", "{sent:?}");
    let hint = told["error"]["hint"].as_str().unwrap();
    let sent = hint
        .split(' ')
        .find(|word| word.len() == 64)
        .unwrap_or_else(|| panic!("{hint}"));
    assert_eq!(wallet.json(&["tx", sent])["hash"], *sent);
    let hash = wallet.signed(&send)["hash"].as_str().unwrap().to_owned();
    let looked = wallet.run(&["tx", &hash, "--node", &liar(other_amount)]);
    assert_eq!(looked.code, 3, "{looked:?}");
    assert!(looked.err.contains("is not what was signed"), "{looked:?}");
    // That something is final is its word; with --prove it is not taken.
    let finals = liar(final_at_once);
    let wait = [&send[..], &["--wait", "--prove"]].concat();
    refused(
        &finals,
        &wait,
        "does not verify: transaction: it is not among",
    );
    // Who has seen none is asked about the fee, and about all that only the node says.
    let unseen = |lie: Lie, with: &str| {
        let end = ["--node", &liar(lie), "--yes", "--passphrase-file", "pass"];
        let mut command = wallet.command(&[&send[..], &end].concat());
        let chains = wallet.path("no-chains");
        let ended = command.env("ETM_CHAINS", chains).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains(with), "{said}");
    };
    unseen(dear_without_genesis, "the least that this node names");
    unseen(without_genesis, "the node gives no genesis");
    // What was checked once has to be the same chain at every command.
    let honest = wallet.json(&["status"])["chain"]["id"].clone();
    let changes = liar(elsewhere);
    wallet.text(&["verify-round", "1", "--node", &devnet.url(), "--new-chain"]);
    assert_eq!(wallet.json(&["status"])["chain"]["id"], honest);
    let pins = std::fs::read_to_string(wallet.path(".local/share/etm/chains/pins.toml")).unwrap();
    std::fs::write(
        wallet.path(".local/share/etm/chains/pins.toml"),
        pins.replace(&devnet.url(), &changes),
    )
    .unwrap();
    refused(&changes, &send, "before it was");
    let looked = wallet.run(&["status", "--node", &changes]);
    assert_eq!(looked.code, 1, "{looked:?}");
    std::fs::write(wallet.path(".local/share/etm/chains/pins.toml"), pins).unwrap();
}

/// What a node proves of another account, or proved in another round, is not what was asked for.
pub fn true_answers_to_other_questions(wallet: &Home, devnet: &Devnet) {
    let position = wallet.json(&["position", "voter"])["account"]["position"].clone();
    let miner = position["miner"]["name"].as_str().unwrap().to_owned();
    let (voter, nobody) = (
        wallet.address("voter"),
        "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c",
    );
    let genesis = devnet.genesis();
    let genesis = genesis.to_str().unwrap();
    let refused = |url: &str, command: &[&str], with: &str| {
        let end = ["--node", url, "--genesis", genesis];
        let ended = wallet.run(&[command, &end].concat());
        assert_eq!(ended.code, 1, "{command:?}: {ended:?}");
        assert!(ended.err.contains(with), "{command:?}: {ended:?}");
        assert!(!ended.out.contains("locked"), "{command:?}: {ended:?}");
    };
    let anothers = before(
        devnet.port(),
        Instead {
            asked: nobody.to_owned(),
            told: voter.clone(),
        },
    );
    refused(
        &anothers,
        &["verify-votes", &miner, "--address", nobody],
        &format!("it is of {voter}, not of {nobody}"),
    );
    let unasked = before(
        devnet.port(),
        Instead {
            asked: format!("proofs/votes/{miner}"),
            told: format!("proofs/votes/{miner}?address={voter}"),
        },
    );
    refused(
        &unasked,
        &["verify-votes", &miner],
        &format!("it is of {voter}, and none was asked for"),
    );
    let old = before(devnet.port(), Old::default());
    let fresh = ["verify-votes", &miner, "--node", &old, "--genesis", genesis];
    let begun = wallet.json(&fresh)["read"]["round"].as_u64().unwrap();
    eventually("the round after", || round(wallet) > begun);
    refused(
        &old,
        &["verify-votes", &miner],
        &format!("the votes are those of round {begun}, and the node says that round"),
    );
}

/// A round that ends between two answers of an honest node makes no liar of it.
pub fn a_slow_node(wallet: &Home, devnet: &Devnet) {
    let position = wallet.json(&["position", "voter"])["account"]["position"].clone();
    let miner = position["miner"]["name"].as_str().unwrap().to_owned();
    let genesis = devnet.genesis();
    let genesis = genesis.to_str().unwrap();
    let votes = ["verify-votes", &miner, "--address", "voter"];
    for (command, chains) in [(&votes[..], "slow-1"), (&["unvote", "--dry-run"], "slow-2")] {
        let slow = before(devnet.port(), Slow::default());
        let first = [&votes[..], &["--node", &slow, "--genesis", genesis]].concat();
        let begun = wallet.json(&first)["read"]["round"].as_u64().unwrap();
        eventually("the round after", || round(wallet) > begun);
        let mut command = wallet.command(&[command, &["--node", &slow]].concat());
        let ended = command
            .env("ETM_CHAINS", wallet.path(chains))
            .output()
            .unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(0), "{said}");
    }
}

/// All that a node says may fit together and be proved, and be of yesterday.
pub fn a_node_that_stands_still(wallet: &Home, devnet: &Devnet) {
    let position = wallet.json(&["position", "voter"])["account"]["position"].clone();
    let miner = position["miner"]["name"].as_str().unwrap().to_owned();
    let genesis = devnet.genesis();
    let genesis = genesis.to_str().unwrap();
    let frozen = before(devnet.port(), Frozen::default());
    let votes = [
        "verify-votes",
        &miner,
        "--node",
        &frozen,
        "--genesis",
        genesis,
    ];
    let sign = ["unvote", "--dry-run", "--node", &frozen];
    // A round may end between two answers, which then stay as they are.
    let begun = wallet.json(&votes)["read"]["round"].as_u64().unwrap();
    wallet.json(&sign);
    eventually("two rounds more", || round(wallet) > begun + 2);
    let url = devnet.url();
    wallet.json(&["verify-round", "--node", &url, "--genesis", genesis]);
    for command in [&votes[..], &sign] {
        let ended = wallet.run(command);
        assert_eq!(ended.code, 1, "{command:?}: {ended:?}");
        let said = format!("it is the state of round {begun}, and the end of round ");
        let later = format!(
            "it is the state of round {}, and the end of round ",
            begun + 1
        );
        let behind = "is running, and the end of round ";
        let says = [said.as_str(), &later, behind];
        let says = says.iter().any(|says| ended.err.contains(says));
        assert!(says, "{command:?}: {ended:?}");
    }
    // Whatever blocks it has agree; that there are more of them was proved.
    let halted = before(devnet.port(), NoBlocksAfter(29));
    let audit = ["audit", "--node", &halted, "--genesis", genesis];
    let old = wallet.json(&audit)["warnings"].to_string();
    assert!(old.contains("was proved here before"), "{old}");
    let ended = wallet.run(&["verify-round", "--node", &frozen, "--genesis", genesis]);
    assert!(ended.err.contains("it is behind"), "{ended:?}");
}

/// An answer is about what was asked, or it is none; and what it says of an account has to be possible.
pub fn answers_about_something_else(wallet: &Home, devnet: &Devnet) {
    let refused = |url: &str, command: &[&str], with: &str| {
        let ended = wallet.run(&[command, &["--node", url]].concat());
        assert_eq!(ended.code, 3, "{command:?}: {ended:?}");
        assert!(ended.err.contains(with), "{command:?}: {ended:?}");
        assert_eq!(ended.out, "", "{command:?}");
    };
    let instead = |asked: &str, told: &str| {
        let (asked, told) = (format!("{asked} "), format!("{told} "));
        before(devnet.port(), Instead { asked, told })
    };
    let voter = wallet.address("voter");
    let alice = wallet.address("alice");
    let round = instead("/rounds/2", "/rounds/1");
    refused(
        &round,
        &["round", "2"],
        "answered about round 1, which is finished, asked was round 2",
    );
    let old = instead("/rounds/current", "/rounds/1");
    refused(&old, &["round", "current"], "asked was round current");
    let other = before(
        devnet.port(),
        Instead {
            asked: "/miners/amber".to_owned(),
            told: "/miners/birch".to_owned(),
        },
    );
    refused(
        &other,
        &["miner", "show", "amber"],
        "answered about the miner birch (#1), asked was the miner amber",
    );
    let anothers = before(
        devnet.port(),
        Instead {
            asked: voter.clone(),
            told: alice.clone(),
        },
    );
    let with = format!("answered about the account {alice}, asked was the account {voter}");
    for command in ["balance", "position", "rewards"] {
        refused(&anothers, &[command, "voter"], &with);
    }
    let liar = |lie: Lie| before(devnet.port(), lie);
    let with = format!("asked was the account {voter}");
    refused(&liar(anothers_rows), &["history", "voter"], &with);
    for (lie, with) in [
        (rich as Lie, "in all"),
        (with_a_unit_more, "which its parts don't make"),
        (with_a_vote_more, "don't make"),
    ] {
        let url = liar(lie);
        refused(&url, &["balance", "voter"], with);
        refused(&url, &["position", "voter"], with);
    }
    refused(&liar(generous), &["rewards", "voter"], "don't earn");
    for (lie, with) in [
        (other_reward as Lie, "is not what the node tells of it"),
        (other_receipts, "are not those of block 1"),
    ] {
        refused(&liar(lie), &["block", "1", "--receipts"], with);
        refused(&liar(lie), &["block", "1"], with);
    }
    let transfers = wallet.json(&["history", "voter", "--limit", "0"])["transactions"].clone();
    let mut transfers = transfers.as_array().unwrap().iter();
    let transfer = transfers.find(|row| row["payload"]["kind"] == "transfer");
    let height = transfer.unwrap()["height"].to_string();
    let shown = ["block", &height];
    assert_eq!(wallet.json(&shown)["held"], true);
    for (lie, with) in [
        (other_transfer as Lie, "is not what the node tells of it"),
        (none_refused, "the outcomes that the node tells of"),
        (more_for_voters, "the reward and the bonus that the node"),
    ] {
        refused(&liar(lie), &shown, with);
    }
    // Without the block itself its transactions are told of, and whose word that is.
    let without = before(devnet.port(), Withholds(&["chain/blocks"], |_, _| {}));
    let told = wallet.text(&["block", &height, "--node", &without]);
    assert!(
        told.contains("doesn't give it: what its transactions say"),
        "{told}"
    );
    let faucet = ["faucet", "voter", "--amount", "5", "--wait"];
    let with = format!("asked was the transfer of 5 ETM to {voter}");
    refused(&liar(other_amount), &faucet, &with);
}
