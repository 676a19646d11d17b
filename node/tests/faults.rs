//! A stopped node whose files were damaged: it goes on with the same chain, or says in one sentence which file it is.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use etm_execution::{ChainParams, Draft, DraftMiner, DraftPosition, Genesis};
use etm_mechanism::{Params, TimeGain};
use etm_node::{NodeConfig, NodeHandle, engine::clock::ChainClock, feed::FeedError, start};
use etm_types::{
    Address, Beacon, Block, DialAddress, Hash, Height, MinerId, MinerName, MinerSecrets, SecretKey,
    Units,
};
use tokio::runtime::Runtime;

/// Nodes at a time.
const WORKERS: usize = 4;

/// How the names of files begin that are told together.
const TOGETHER: [&str; 3] = ["node-blocks-", "node-state-", "node-marshal-cache-"];

/// Panics that nobody caught and turned into a sentence.
static LOUD: AtomicUsize = AtomicUsize::new(0);

/// The blocks a node went through, and whether they were ever others.
#[derive(Default)]
struct Chain {
    blocks: Mutex<Vec<Option<Hash>>>,
    forked: AtomicUsize,
}

impl Chain {
    fn height(&self) -> Height {
        Height(self.blocks.lock().unwrap().len() as u64)
    }

    /// Takes the next block of a node, if it is there.
    fn follow(&self, runtime: &Runtime, node: &NodeHandle) {
        let height = self.height().next();
        match runtime.block_on(node.feed().get(height)) {
            Ok(next) => {
                self.take(Some(next.block));
            }
            Err(FeedError::Ahead(_) | FeedError::Closed | FeedError::Uncertified(_)) => {}
            // What was found out about it is what was damaged: followers are told, and the chain goes on. The block is
            // still one of this chain, if it can be read.
            Err(_) => self.take(runtime.block_on(node.feed().block(height)).ok()),
        }
    }

    fn take(&self, block: Option<Arc<Block>>) {
        let mut blocks = self.blocks.lock().unwrap();
        // A block names all before it.
        let last = blocks.last().copied().flatten();
        if let (Some(block), Some(last)) = (&block, last)
            && last != block.header.parent
        {
            self.forked.fetch_add(1, Ordering::SeqCst);
        }
        blocks.push(block.map(|block| block.hash()));
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

/// A chain of one miner.
struct Alone {
    genesis: Arc<Genesis>,
    secrets: MinerSecrets,
}

impl Alone {
    fn new() -> Self {
        let params = ChainParams {
            mechanism: Params {
                committee: 1,
                min_committee: 1,
                blocks_per_round: 6,
                ..ChainParams::devnet().mechanism
            },
            slot_ms: 50,
            ..ChainParams::devnet()
        };
        let now = ChainClock::default().system_now_ms();
        let mut draft = Draft::new("etm-faults", params, now, Beacon([1; 32]));
        let secrets = MinerSecrets::from_seed([1; 32]);
        let owner = Address::of(&SecretKey::from_seed([50; 32]).public_key());
        draft.accounts.insert(owner, Units(1_000 * Units::ETM.0));
        draft.positions.insert(
            owner,
            DraftPosition {
                locked: Units(1_000 * Units::ETM.0),
                time_gain: TimeGain::new(1).unwrap(),
                miner: Some(MinerId(0)),
            },
        );
        draft.miners.push(DraftMiner {
            owner,
            name: MinerName::new("alone").unwrap(),
            keys: secrets.prove(&owner),
            dial: DialAddress::new("127.0.0.1:1".to_owned()).unwrap(),
            contact: None,
        });
        Self {
            genesis: Arc::new(Genesis::new(draft).unwrap()),
            secrets,
        }
    }

    fn start(&self, directory: &Path) -> Result<NodeHandle, String> {
        // It has no peers, so it may listen anywhere.
        start(NodeConfig::new(
            self.genesis.clone(),
            self.secrets.clone(),
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            directory.to_owned(),
        ))
        .map_err(|error| error.to_string())
    }

    /// Starts it and waits until it made a block or ended; why it ended, if it did.
    fn goes_on(&self, directory: &Path, chain: &Chain) -> Result<(), String> {
        let node = self.start(directory)?;
        let runtime = runtime();
        let (before, found) = (chain.height(), node.feed().height());
        let begin = Instant::now();
        let result = loop {
            if let Some(reason) = node.ended() {
                break Err(reason);
            }
            // Its journal was damaged: it tells by what it signed before, and signs nothing rather than something else.
            if let Some(silent) = node.silent_round() {
                assert!(silent.needed, "nobody else can end the round");
                let round = silent.round;
                break Err(format!("{}: silent in round {round}", directory.display()));
            }
            chain.follow(&runtime, &node);
            if chain.height() > before && node.feed().height() > found {
                break Ok(());
            }
            assert!(
                begin.elapsed() < Duration::from_secs(180),
                "{} neither goes on from block {before}, {found} nor ends: {}",
                directory.display(),
                node.feed().height()
            );
            std::thread::sleep(Duration::from_millis(10));
        };
        node.stop();
        result
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, target).unwrap();
    }
}

#[derive(Clone, Copy, Debug)]
enum Damage {
    /// A byte in the middle of what is written is another.
    Flip,
    /// The second half is gone.
    Half,
}

fn damage(file: &Path, how: Damage) -> bool {
    let mut bytes = fs::read(file).unwrap();
    // Files are extended in advance: what lies behind the last byte that is not zero is nothing yet.
    let Some(end) = bytes.iter().rposition(|byte| *byte != 0) else {
        return false;
    };
    match how {
        Damage::Flip => bytes[end / 2] ^= 0x40,
        Damage::Half => bytes.truncate(end / 2),
    }
    fs::write(file, bytes).unwrap();
    true
}

/// Stopped between certifying a block and keeping it for good, a lone member has it in one file alone.
#[test]
fn a_lone_member_says_that_the_block_it_certified_is_gone() {
    let home = tempfile::tempdir().unwrap();
    let told: Mutex<Vec<String>> = Mutex::default();
    let tries = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (home, told, tries) = (home.path(), &told, &tries);
            scope.spawn(move || {
                while told.lock().unwrap().is_empty() && tries.fetch_add(1, Ordering::SeqCst) < 200
                {
                    let folder = home.join(format!("try-{worker}"));
                    let sentence = loses_its_newest_block(&folder.join("chain"));
                    let known = sentence.filter(|said| said.contains("which this node certified"));
                    told.lock().unwrap().extend(known);
                    fs::remove_dir_all(&folder).unwrap();
                }
            });
        }
    });
    let told = told.into_inner().unwrap();
    let sentence = told.first().expect("it was never stopped at that moment");
    println!("{sentence}");
    assert!(sentence.contains("chain/node-marshal-cache-* is damaged or incomplete"));
}

/// Stops a node at a moment of its own, and takes what its cache of blocks holds; what it says then, if it does not go on.
fn loses_its_newest_block(directory: &Path) -> Option<String> {
    let alone = Alone::new();
    let chain = Chain::default();
    let node = alone.start(directory).unwrap();
    let (runtime, begin) = (runtime(), Instant::now());
    while chain.height() < Height(3) {
        chain.follow(&runtime, &node);
        assert!(begin.elapsed() < Duration::from_secs(60), "no blocks");
    }
    // The moments differ by as much as starting a thread does.
    node.stop();
    for file in files(directory) {
        let name = file.display().to_string();
        if name.contains("-verified-value") || name.contains("-notarized-value") {
            damage(&file, Damage::Half);
        }
    }
    alone.goes_on(directory, &chain).err()
}

#[test]
fn damaged_files_never_panic_aloud_nor_change_the_chain() {
    std::panic::set_hook(Box::new(|info| {
        LOUD.fetch_add(1, Ordering::SeqCst);
        eprintln!("{info}");
    }));
    let home = tempfile::tempdir().unwrap();
    let alone = Alone::new();
    let whole = home.path().join("whole");
    let chain = Chain::default();
    let node = alone.start(&whole.join("chain")).unwrap();
    let (runtime, begin) = (runtime(), Instant::now());
    while chain.height() < Height(20) {
        chain.follow(&runtime, &node);
        assert!(begin.elapsed() < Duration::from_secs(60), "no blocks");
        std::thread::sleep(Duration::from_millis(20));
    }
    node.stop();
    let made = chain.blocks.lock().unwrap().clone();

    let cases: Vec<(PathBuf, Damage)> = files(&whole)
        .into_iter()
        .flat_map(|file| [Damage::Flip, Damage::Half].map(|how| (file.clone(), how)))
        .collect();
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<After>> = Mutex::default();
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (cases, next, results, made) = (&cases, &next, &results, &made);
            let (alone, whole, home) = (&alone, &whole, home.path());
            scope.spawn(move || {
                while let Some((file, how)) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let name = file.strip_prefix(whole).unwrap();
                    let case = home.join(format!("case-{worker}"));
                    copy(whole, &case);
                    if damage(&case.join(name), *how) {
                        let after =
                            goes_on_or_says_why(alone, &case, name, made).unwrap_or_else(|wrong| {
                                panic!("{how:?} of {}: {wrong}", name.display())
                            });
                        results.lock().unwrap().push(after);
                    }
                    fs::remove_dir_all(&case).unwrap();
                }
            });
        }
    });
    let results = results.into_inner().unwrap();
    let count = |after| results.iter().filter(|found| **found == after).count();
    let (went_on, named, unnamed) = (
        count(After::WentOn),
        count(After::Named),
        count(After::Unnamed),
    );
    println!(
        "{} tried: {went_on} went on, {named} ended and named the file, {unnamed} another",
        results.len()
    );
    // Several files are read at once, so now and then a neighbour's may be the last.
    assert!(unnamed * 10 <= named, "{unnamed} name another file");
    assert!(results.len() >= 40, "{} files were damaged", results.len());
    assert!(went_on > 0 && went_on < results.len());
}

/// Whether a sentence tells which file is damaged: by its name or the folder it is in, or by how its name begins where it can't be told from
/// its neighbours. Votes that are missing may be missing from any journal.
fn names(sentence: &str, case: &Path, damaged: &Path) -> bool {
    let says = |what: String| sentence.contains(&what);
    let chain = case.join("chain").display().to_string();
    let folder = case.join(damaged.parent().unwrap());
    let alike = TOGETHER.iter().find(|kind| {
        let name = damaged.to_str().unwrap();
        name.contains(*kind)
    });
    says(case.join(damaged).display().to_string())
        || (folder != case && says(format!("{}/", folder.display())))
        || alike.is_some_and(|kind| says(format!("one of {chain}/{kind}*")))
        || says(format!("{chain}: silent in round"))
}

/// What a node does whose file is damaged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    WentOn,
    /// It says which file it is.
    Named,
    /// It names another file of the folder, or the folder.
    Unnamed,
}

/// What the node in `case` does; an error if it does not say why, or is another chain.
fn goes_on_or_says_why(
    alone: &Alone,
    case: &Path,
    damaged: &Path,
    made: &[Option<Hash>],
) -> Result<After, String> {
    let chain = Chain::default();
    *chain.blocks.lock().unwrap() = made.to_vec();
    let after = match alone.goes_on(&case.join("chain"), &chain) {
        Ok(()) => After::WentOn,
        Err(sentence) => {
            println!("{sentence}");
            if !sentence.contains(case.to_str().unwrap()) {
                return Err(format!("names no file: {sentence}"));
            }
            if sentence.contains('\n') || sentence.contains("panicked") {
                return Err(format!("is no sentence: {sentence}"));
            }
            match names(&sentence, case, damaged) {
                true => After::Named,
                false => After::Unnamed,
            }
        }
    };
    if chain.forked.load(Ordering::SeqCst) > 0 {
        return Err("the chain became another".into());
    }
    if LOUD.load(Ordering::SeqCst) > 0 {
        return Err("it panicked aloud".into());
    }
    Ok(after)
}
