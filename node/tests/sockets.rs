//! Nodes on real sockets and disk, in one process.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

use std::{
    io::{ErrorKind, Read as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    num::NonZeroU32,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use etm_execution::{ChainParams, Draft, DraftMiner, DraftPosition, Genesis};
use etm_mechanism::{Params, TimeGain};
use etm_node::{
    NodeConfig, NodeHandle, engine::clock::ChainClock, feed::FeedError, node::decode_certificate,
    start,
};
use etm_types::{
    Address, Beacon, DialAddress, FinalizedBlock, Hash, Height, Memo, MinerId, MinerName,
    MinerSecrets, Payload, SecretKey, Units, UnsignedTransaction, state::Record,
};
use socket2::{Domain, Socket, Type};

/// At an address of this process' own: a client of anybody else may take a free port of another at any moment.
fn free_ports(count: usize) -> Vec<SocketAddr> {
    let [.., high, low] = std::process::id().to_be_bytes();
    let own = Ipv4Addr::new(127, 44 + high % 128, low, 1);
    let listeners: Vec<TcpListener> = (0..count)
        .map(|_| TcpListener::bind((own, 0)).unwrap())
        .collect();
    listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap())
        .collect()
}

fn wait(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(
            begin.elapsed() < Duration::from_secs(150),
            "timeout: {what}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

struct Local {
    genesis: Arc<Genesis>,
    secrets: Vec<MinerSecrets>,
    ports: Vec<SocketAddr>,
    clock: ChainClock,
}

impl Local {
    fn new(count: u8, committee: u32, devnet: bool) -> Self {
        let now = ChainClock::default().system_now_ms();
        let params = ChainParams {
            mechanism: Params {
                committee,
                blocks_per_round: 6,
                ..ChainParams::devnet().mechanism
            },
            slot_ms: 200,
            devnet,
            ..ChainParams::devnet()
        };
        let mut draft = Draft::new("etm-sockets", params, now, Beacon([1; 32]));
        let secrets: Vec<MinerSecrets> = (0..count)
            .map(|index| MinerSecrets::from_seed([index + 1; 32]))
            .collect();
        let ports = free_ports(count.into());
        for index in 0..count {
            let owner = Address::of(&SecretKey::from_seed([50 + index; 32]).public_key());
            draft.accounts.insert(owner, Units(1_000 * Units::ETM.0));
            draft.positions.insert(
                owner,
                DraftPosition {
                    locked: Units(1_000 * Units::ETM.0),
                    time_gain: TimeGain::new(1).unwrap(),
                    miner: Some(MinerId(index.into())),
                },
            );
            draft.miners.push(DraftMiner {
                owner,
                name: MinerName::new(&format!("m{index}")).unwrap(),
                keys: secrets[usize::from(index)].prove(&owner),
                dial: DialAddress::new(ports[usize::from(index)].to_string()).unwrap(),
                contact: None,
            });
        }
        Self {
            genesis: Arc::new(Genesis::new(draft).unwrap()),
            secrets,
            ports,
            clock: ChainClock::default(),
        }
    }

    fn start(&self, index: usize, directory: &Path) -> NodeHandle {
        self.start_with(self.genesis.clone(), index, directory)
    }

    fn start_with(&self, genesis: Arc<Genesis>, index: usize, directory: &Path) -> NodeHandle {
        start(NodeConfig {
            clock: self.clock.clone(),
            private_addresses: true,
            handshakes: NonZeroU32::new(HANDSHAKES).unwrap(),
            ..NodeConfig::new(
                genesis,
                self.secrets[index].clone(),
                self.ports[index],
                directory.join(index.to_string()),
            )
        })
        .unwrap()
    }
}

#[test]
fn nodes_finalize_over_sockets_and_come_back() {
    let directory = tempfile::tempdir().unwrap();
    let local = Local::new(5, 4, true);
    let nodes: Vec<NodeHandle> = (0..5)
        .map(|index| local.start(index, directory.path()))
        .collect();
    wait("the first round", || {
        nodes.iter().all(|node| node.tip().height >= Height(7))
    });

    wait("what the peers say of themselves", || {
        nodes.iter().all(|node| {
            node.peers().into_iter().all(|peer| {
                peer.announced.is_some_and(|announced| {
                    announced.version == env!("CARGO_PKG_VERSION") && announced.height > Height(0)
                })
            })
        })
    });

    // A transfer given to one node is in the state of all.
    let sender = SecretKey::from_seed([50; 32]);
    let recipient = Address::of(&SecretKey::from_seed([99; 32]).public_key());
    let transaction = UnsignedTransaction {
        chain: local.genesis.chain().id,
        sender: sender.public_key(),
        nonce: 0,
        fee: local.genesis.chain().params.fee,
        expires_at: Height(10_000),
        payload: Payload::Transfer {
            recipient,
            amount: Units(77),
            memo: Memo::empty(),
        },
    }
    .sign(&sender);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime
        .block_on(nodes[0].desk().submit(transaction.clone()))
        .unwrap();
    let again = runtime.block_on(nodes[0].desk().submit(transaction));
    assert!(again.is_err(), "the same transaction is refused");
    let key = Record::Account(&recipient).key();
    for node in &nodes {
        wait("the transfer", || {
            let reader = node.desk().reader().unwrap();
            runtime.block_on(reader.get_many(&[key])).unwrap()[0].is_some()
        });
    }
    let reader = nodes[1].desk().reader().unwrap();
    let proofs = runtime.block_on(reader.prove(&[key])).unwrap();
    assert!(proofs.entries[0].is_some());

    // One stops; the others go on; it comes back and catches up, without deriving again what the chain began with.
    let connected_with_2 = || {
        let key = nodes[2].node_key().unwrap();
        nodes[0]
            .peers()
            .iter()
            .any(|peer| peer.key == key && peer.connected)
    };
    wait("a connection", connected_with_2);
    nodes[2].stop();
    assert!(nodes[2].ended().is_some());
    wait("the connection closed", || !connected_with_2());
    let height = nodes[0].tip().height;
    wait("progress without one", || {
        nodes[0].tip().height >= height.saturating_add(8)
    });
    let id = local.genesis.chain().id;
    let known = Arc::new(Genesis::known(local.genesis.draft().clone(), id).unwrap());
    let back = local.start_with(known.clone(), 2, directory.path());
    let height = nodes[0].tip().height;
    wait("catching up", || back.tip().height >= height);
    assert_eq!(known.times_made(), 0);

    // Time travel: a day in one block, then rounds at once.
    let before = nodes[0].tip();
    local.clock.advance(Duration::from_secs(86_400));
    wait("a day later", || {
        nodes[0].tip().timestamp_ms >= before.timestamp_ms + 86_400_000
    });
    let target = nodes[0].tip().height.saturating_add(18);
    let begin = Instant::now();
    local.clock.unpace_until(target);
    wait("three rounds at once", || nodes[0].tip().height >= target);
    println!("18 unpaced blocks: {:?}", begin.elapsed());

    assert!(nodes[0].metrics().contains("conserved"));
    // Whoever follows reads from the first block on, at any node, also at one that was away.
    let collected: Vec<Vec<FinalizedBlock>> = nodes
        .iter()
        .filter(|node| node.ended().is_none())
        .chain([&back])
        .map(|node| {
            let heights = 1..=node.feed().height().0;
            let blocks =
                heights.map(|height| runtime.block_on(node.feed().get(Height(height))).unwrap());
            blocks.collect()
        })
        .collect();
    for node in nodes.iter().chain([&back]) {
        node.stop();
        let after = runtime.block_on(node.feed().get(Height(1)));
        assert!(matches!(after, Err(FeedError::Closed)), "{after:?}");
    }
    let length = collected.iter().map(Vec::len).min().unwrap();
    assert!(length > 20);
    for blocks in &collected {
        for (one, other) in blocks.iter().zip(&collected[0]) {
            assert_eq!(one.hash, other.hash);
            assert_eq!(one.outcome.receipts, other.outcome.receipts);
        }
        let boundary = &blocks[4];
        let certificate = decode_certificate(&boundary.certificate, 4).unwrap();
        assert_eq!(certificate.hash, Hash(boundary.hash.0));
        assert!(certificate.signers.len() >= 3);
    }
}

/// Keeps more connections to `port` open than it has room for, from eight subnets, and says nothing: one that is closed is
/// made anew.
fn crowd(port: SocketAddr, until: &Arc<AtomicBool>) -> Vec<JoinHandle<()>> {
    let visit = move |subnet: u8, until: Arc<AtomicBool>| {
        while !until.load(Ordering::Relaxed) {
            let from = SocketAddr::from(([127, 7, subnet, 1], 0));
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.bind(&from.into()).unwrap();
            if socket.connect(&port.into()).is_err() {
                std::thread::sleep(Duration::from_millis(10)); // it does not listen yet
                continue;
            }
            let mut stream = TcpStream::from(socket);
            stream
                .set_read_timeout(Some(Duration::from_millis(200)))
                .unwrap();
            while !until.load(Ordering::Relaxed) {
                match stream.read(&mut [0; 64]) {
                    Ok(0) => break,
                    Err(error) if error.kind() != ErrorKind::WouldBlock => break,
                    _ => {}
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    (0..HANDSHAKES * 3 / 2)
        .map(|index| {
            let until = Arc::clone(until);
            std::thread::spawn(move || visit((index % 8) as u8, until))
        })
        .collect()
}

/// Strangers of a node in this test that may be at its door.
const HANDSHAKES: u32 = 32;

#[test]
fn strangers_of_many_subnets_do_not_keep_a_node_from_its_peers() {
    let directory = tempfile::tempdir().unwrap();
    let local = Local::new(4, 4, false);
    let mut nodes: Vec<NodeHandle> = (1..4)
        .map(|index| local.start(index, directory.path()))
        .collect();
    let done = Arc::new(AtomicBool::new(false));
    let strangers = crowd(local.ports[0], &done);
    nodes.insert(0, local.start(0, directory.path()));
    wait("all connected", || {
        let peers = nodes[0].peers();
        peers.iter().filter(|peer| peer.connected).count() == 3
    });
    wait("the chain goes on", || {
        nodes.iter().all(|node| node.tip().height > Height(6))
    });
    let metrics = nodes[0].metrics();
    let turned_away = metrics
        .lines()
        .find(|line| line.starts_with(TURNED_AWAY))
        .unwrap();
    assert!(turned_away.ends_with(" 0"), "{turned_away}");

    done.store(true, Ordering::Relaxed);
    for stranger in strangers {
        stranger.join().unwrap();
    }
    for node in &nodes {
        node.stop();
    }
}

/// Connections that the network did not look at, as it had no room.
const TURNED_AWAY: &str = "network_listener_handshake_concurrent_rate_limited_total";

/// Connects to each of `ports` some twenty times a second, and says nothing, until told to stop.
fn knock(ports: Vec<SocketAddr>, until: Arc<AtomicBool>) {
    while !until.load(Ordering::Relaxed) {
        for port in &ports {
            drop(TcpStream::connect(port));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn strangers_at_the_address_of_a_node_do_not_keep_it_from_its_peers() {
    let directory = tempfile::tempdir().unwrap();
    // Miners behind one address, as with several on one host.
    let local = Local::new(4, 4, false);
    let mut nodes: Vec<NodeHandle> = (0..4)
        .map(|index| local.start(index, directory.path()))
        .collect();
    wait("the first blocks", || nodes[0].tip().height >= Height(2));
    let done = Arc::new(AtomicBool::new(false));
    let strangers = std::thread::spawn({
        let (ports, done) = (local.ports.clone(), Arc::clone(&done));
        move || knock(ports, done)
    });

    for node in &nodes {
        node.stop();
    }
    let height = nodes.iter().map(|node| node.tip().height).max().unwrap();
    nodes = (0..4)
        .map(|index| local.start(index, directory.path()))
        .collect();
    wait("all connected again", || {
        nodes.iter().all(|node| {
            let peers = node.peers();
            peers.iter().filter(|peer| peer.connected).count() == 3
        })
    });
    wait("the chain goes on", || {
        nodes.iter().all(|node| node.tip().height > height)
    });

    done.store(true, Ordering::Relaxed);
    strangers.join().unwrap();
    for node in &nodes {
        node.stop();
    }
}
