//! Nodes without consensus on a simulated network.

use std::collections::BTreeSet;

use commonware_cryptography::{Signer as _, ed25519};
use commonware_p2p::simulated::{
    Config as NetworkConfig, Control, Link, Network as Simulated, Oracle, Sender as SimulatedSender,
};
use commonware_runtime::{
    Quota, Runner as _, Supervisor as _,
    deterministic::{self, Context},
};
use commonware_utils::{NZU32, NZUsize, probability};
use etm_execution::ChainParams;
use etm_mempool::Limits;
use etm_types::{Height, Memo, Payload, Signature, Units, codec, limits::replacement_fee};

use super::*;
use crate::{
    engine::CHANNELS,
    pool::{
        PASS_ON_SLOTS,
        tests::{ETM, Network, address, key, transfer},
    },
};

const FEE: u64 = ETM / 10;

/// A node at work.
struct Node {
    desk: Desk,
    handle: Handle<()>,
    me: PublicKey,
    tip: Tip,
}

/// The chain, and nodes and others that are connected.
struct World {
    context: Context,
    chain: Network,
    oracle: Oracle<PublicKey, Context>,
}

fn peer(number: u64) -> PublicKey {
    ed25519::PrivateKey::from_seed(number).public_key()
}

fn user(number: usize) -> SecretKey {
    key("user", number)
}

impl World {
    async fn new(context: Context) -> Self {
        let config = NetworkConfig {
            max_size: 1 << 20,
            max_peers_per_set: NZUsize!(16),
            disconnect_on_block: true,
            tracked_peer_sets: NZUsize!(1),
        };
        let peers: Vec<PublicKey> = (0..10).map(peer).collect();
        let (network, oracle) =
            Simulated::new_with_peers(context.child("network"), config, peers).await;
        network.start();
        let users = (0..31).map(|number| (address(&user(number)), 100 * ETM));
        let chain = Network::new(1, ChainParams::devnet(), users);
        Self {
            context,
            chain,
            oracle,
        }
    }

    fn control(&self, number: u64) -> Control<PublicKey, Context> {
        self.oracle.control(peer(number))
    }

    async fn link(&self, one: u64, other: u64) {
        let link = Link {
            latency: Duration::from_millis(10),
            jitter: Duration::ZERO,
            success_rate: probability!(1.0),
        };
        for (from, to) in [(one, other), (other, one)] {
            let added = self
                .oracle
                .add_link(peer(from), peer(to), link.clone())
                .await;
            added.unwrap();
        }
    }

    /// Somebody who sends what he likes.
    async fn stranger(&self, number: u64) -> SimulatedSender<PublicKey, Context> {
        let quota = Quota::per_second(NZU32!(1_000));
        let (sender, _) = self.control(number).register(0, quota).await.unwrap();
        sender
    }

    async fn start(&self, number: u64, partition: &str) -> Node {
        let (_, quota) = CHANNELS[5];
        let channel = self.control(number).register(0, quota).await.unwrap();
        let chain = self.chain.genesis.chain().clone();
        let memory: Arc<dyn StateReader> = Arc::new(self.chain.memory.clone());
        let roots = etm_execution::StateRoots {
            state_root: Hash::ZERO,
            ops_root: Hash::ZERO,
            ops_start: 0,
            ops_end: 0,
        };
        let genesis = self.chain.genesis.block(roots).header;
        let begin = genesis.timestamp_ms;
        let tip = Tip::new(genesis);
        let config = Config {
            pool: Arc::new(Pool::new(chain.clone(), Limits::default())),
            chain,
            key: None,
            tip: tip.clone(),
            clock: ChainClock::simulated(move |time| begin + time),
            reader: Box::pin(std::future::ready(memory)),
            blocker: self.control(number),
            partition: partition.to_owned(),
            upstreams: None,
        };
        let context = self.context.child("node").with_attribute("at", partition);
        let (duties, desk) = Duties::new(context, config).await.unwrap();
        let handle = duties.start(channel);
        while desk.reader().is_err() {
            self.context.sleep(Duration::from_millis(1)).await;
        }
        Node {
            desk,
            handle,
            me: peer(number),
            tip,
        }
    }

    /// Ends a node, and says how many bytes it has written.
    async fn end(&self, node: Node, partition: &str) -> u64 {
        node.handle.abort();
        drop(node.handle.await);
        let mut size = 0;
        for name in self.context.scan(partition).await.unwrap() {
            size += self.context.open(partition, &name).await.unwrap().1;
        }
        size
    }

    fn pay(&self, number: usize, nonce: u64) -> Transaction {
        let pay = transfer(address(&user(0)), 1);
        self.chain.sign(&user(number), nonce, FEE, pay)
    }

    async fn wait(&self, slots: u64) {
        let slot_ms = self.chain.genesis.chain().params.slot_ms;
        self.context
            .sleep(Duration::from_millis(slots * slot_ms))
            .await;
    }
}

fn has(node: &Node, transaction: &Transaction) -> bool {
    node.desk.pool().get(&transaction.hash()).is_some()
}

#[test]
fn what_was_accepted_reaches_everybody_however_much_comes_at_once() {
    deterministic::Runner::timed(Duration::from_secs(60)).start(|context| async move {
        let world = World::new(context).await;
        let (one, near) = (world.start(0, "one").await, world.start(1, "near").await);
        let far = world.start(2, "far").await;
        world.link(0, 1).await;
        let sent: Vec<Transaction> = (0..150).map(|n| world.pay(n % 9, n as u64 / 9)).collect();
        for transaction in &sent {
            one.desk.submit(transaction.clone()).await.unwrap();
        }
        world.context.sleep(Duration::from_millis(50)).await;
        assert!(sent.iter().all(|transaction| has(&near, transaction)));
        assert!(sent.iter().all(|transaction| !has(&far, transaction)));
        // What came by gossip is passed on by nobody but the node that was given it.
        world.link(1, 2).await;
        world.wait(2 * PASS_ON_SLOTS).await;
        assert!(sent.iter().all(|transaction| !has(&far, transaction)));
        world.link(0, 2).await;
        world.wait(PASS_ON_SLOTS + 2).await;
        assert!(sent.iter().all(|transaction| has(&far, transaction)));
    });
}

#[test]
fn accepted_transactions_are_taken_up_after_a_restart() {
    deterministic::Runner::timed(Duration::from_secs(60)).start(|context| async move {
        let world = World::new(context).await;
        let one = world.start(0, "one").await;
        // One that waits for another, so that no order of events could have it done.
        let sent = [world.pay(1, 0), world.pay(2, 5)];
        for transaction in &sent {
            one.desk.submit(transaction.clone()).await.unwrap();
        }
        // Synced by now; what is only written survives the end of a process, but not of this runtime.
        world.wait(2).await;
        one.handle.abort();
        drop(one.handle.await);
        let far = world.start(2, "far").await;
        world.link(0, 2).await;
        let again = world.start(0, "one").await;
        assert!(sent.iter().all(|transaction| has(&again, transaction)));
        world.wait(2).await;
        assert!(sent.iter().all(|transaction| has(&far, transaction)));
    });
}

#[test]
fn whoever_has_the_answer_is_heard_of_however_much_waited_before() {
    deterministic::Runner::timed(Duration::from_secs(200)).start(|context| async move {
        let world = World::new(context).await;
        let one = world.start(0, "one").await;
        for number in 0..1_800 {
            let transaction = world.pay(number % 30, number as u64 / 30);
            one.desk.submit(transaction).await.unwrap();
        }
        world.wait(2).await;
        one.handle.abort();
        drop(one.handle.await);
        let far = world.start(2, "far").await;
        world.link(0, 2).await;
        let again = world.start(0, "one").await;
        let new = world.pay(30, 0);
        again.desk.submit(new.clone()).await.unwrap();
        world.context.sleep(Duration::from_millis(20)).await;
        assert!(has(&far, &new));
        assert!(far.desk.pool().summary().count < 1_800, "much still waits");
    });
}

#[test]
fn the_journal_stays_small_while_no_block_comes() {
    deterministic::Runner::timed(Duration::from_secs(200)).start(|context| async move {
        let world = World::new(context).await;
        let one = world.start(0, "one").await;
        let memo = Memo::new("m".repeat(64)).unwrap();
        let (mut fee, mut written) = (FEE, 0);
        while written < 1_500_000 {
            for (number, nonce) in (0..9).flat_map(|user| (0..60).map(move |nonce| (user, nonce))) {
                let pay = Payload::Transfer {
                    recipient: address(&user(0)),
                    amount: Units(1),
                    memo: memo.clone(),
                };
                let transaction = world.chain.sign(&user(number), nonce, fee, pay);
                written += codec::to_bytes(&transaction).len() as u64;
                one.desk.submit(transaction).await.unwrap();
            }
            fee = replacement_fee(fee);
        }
        world.wait(2).await;
        let size = world.end(one, "one").await;
        assert!((1..1_100_000).contains(&size), "{size} bytes of {written}");
    });
}

/// While no block comes a miner may sign several, each of them in vain.
#[test]
fn only_the_sign_of_life_that_is_pending_is_written_down() {
    deterministic::Runner::timed(Duration::from_secs(60)).start(|context| async move {
        let world = World::new(context).await;
        let mut sizes = Vec::new();
        for (partition, more) in [("few", 0), ("many", 8)] {
            let node = world.start(0, partition).await;
            let first = world.chain.beat(0, Height(1_000));
            node.desk.submit(first.clone()).await.unwrap();
            let others = (0..more).map(|number| world.chain.beat(0, Height(900 - number)));
            for beat in std::iter::once(first).chain(others) {
                let refused = node.desk.submit(beat).await.unwrap_err();
                assert_eq!(refused, SubmitError::Pool(NotAdmitted::AlreadyPending));
            }
            world.wait(2).await;
            sizes.push(world.end(node, partition).await);
        }
        assert!(sizes[0] > 0 && sizes[0] == sizes[1], "{sizes:?}");
    });
}

#[test]
fn peers_that_send_junk_are_blocked() {
    deterministic::Runner::timed(Duration::from_secs(60)).start(|context| async move {
        let world = World::new(context).await;
        let node = world.start(0, "one").await;
        let forged = Transaction {
            signature: Signature([7; 64]),
            ..world.pay(1, 0)
        };
        let cheap = world.chain.sign(&user(1), 0, 1, Payload::Withdraw);
        let poor = world
            .chain
            .sign(&key("stranger", 0), 0, FEE, Payload::Withdraw);
        let messages: [(&str, bool, Vec<u8>); 8] = [
            ("nothing", true, vec![]),
            ("noise", true, vec![9; 500]),
            ("no transactions", true, gossip::encode(&[])),
            ("another kind", true, vec![2]),
            (
                "a forged one",
                true,
                gossip::encode(&[world.pay(1, 0), forged]),
            ),
            ("a fee that is too low", true, gossip::encode(&[cheap])),
            ("one whose sender can't pay", false, gossip::encode(&[poor])),
            ("a good one", false, gossip::encode(&[world.pay(2, 0)])),
        ];
        for (number, (_, _, message)) in (1..).zip(&messages) {
            world.link(0, number).await;
            let mut stranger = world.stranger(number).await;
            stranger.send(Recipients::All, IoBuf::from(message.clone()), false);
        }
        world.wait(1).await;
        let blocked: BTreeSet<(PublicKey, PublicKey)> =
            world.oracle.blocked().await.unwrap().into_iter().collect();
        for (number, (what, junk, _)) in (1..).zip(&messages) {
            let is_blocked = blocked.contains(&(node.me.clone(), peer(number)));
            assert_eq!(is_blocked, *junk, "{what}");
        }
        assert!(has(&node, &world.pay(2, 0)));
    });
}

#[test]
fn nodes_hear_what_their_peers_say_of_themselves() {
    deterministic::Runner::timed(Duration::from_secs(60)).start(|context| async move {
        let world = World::new(context).await;
        let (one, two) = (world.start(0, "one").await, world.start(1, "two").await);
        let far = world.start(2, "far").await;
        world.link(0, 1).await;
        let announced = |node: &Node, of: &Node| node.desk.announced(&of.me);
        for height in [7, 9] {
            let mut header = two.tip.get();
            header.height = Height(height);
            two.tip.advance(header);
            world.wait(u64::from(ANNOUNCE_SLOTS) + 2).await;
            let said = announced(&one, &two).unwrap();
            assert_eq!(said.version, env!("CARGO_PKG_VERSION"));
            assert_eq!(said.height, Height(height));
            // The chain of the other stands still; that is heard all the same.
            assert_eq!(announced(&two, &one).unwrap().height, Height(0));
        }
        assert_eq!(announced(&one, &far), None, "nobody passes it on");
        assert_eq!(announced(&far, &two), None, "nobody passes it on");
        assert!(world.oracle.blocked().await.unwrap().is_empty());
    });
}

#[test]
fn a_height_there_was_no_time_for_is_not_heard() {
    deterministic::Runner::timed(Duration::from_secs(60)).start(|context| async move {
        let world = World::new(context).await;
        let node = world.start(0, "one").await;
        world.link(0, 2).await;
        let mut liar = world.stranger(2).await;
        let mut say = |height| {
            let message = gossip::announce(&Announcement::own(Height(height)));
            liar.send(Recipients::All, IoBuf::from(message), false);
        };
        let heard = || node.desk.announced(&peer(2)).map(|said| said.height);
        say(u64::MAX);
        world.wait(1).await;
        assert_eq!(heard(), None);
        say(3);
        world.wait(1).await;
        for height in [1_000, u64::MAX] {
            say(height);
            world.wait(1).await;
            assert_eq!(heard(), Some(Height(3)));
        }
        assert_eq!(node.tip.get().height, Height(0), "nothing goes by it");
    });
}

/// What stands in one pool need not fit into another: users may give each node something else. That is not the fault of who passes it on.
#[test]
fn a_peer_whose_pool_holds_what_this_one_refuses_is_heard_all_the_same() {
    deterministic::Runner::timed(Duration::from_secs(60)).start(|context| async move {
        let world = World::new(context).await;
        let node = world.start(0, "one").await;
        world.link(0, 1).await;
        let mut peer = world.stranger(1).await;
        let mut say = |transactions: &[Transaction]| {
            let message = gossip::encode(transactions);
            peer.send(Recipients::All, IoBuf::from(message), false);
        };
        // Here each account has given away all it has, once something comes before.
        for number in 1..8 {
            let all = transfer(address(&user(0)), 99 * ETM);
            let all = world.chain.sign(&user(number), 1, FEE, all);
            node.desk.submit(all).await.unwrap();
        }
        let before = world.chain.memory.reads();
        for wave in 0..40_u64 {
            for number in 1..8 {
                let pay = |nonce| {
                    let pay = transfer(address(&user(0)), 1 + wave);
                    world.chain.sign(&user(number), nonce, 10 * FEE, pay)
                };
                say(&(2..62).map(pay).collect::<Vec<_>>());
            }
        }
        let heard = world.pay(8, 0);
        say(std::slice::from_ref(&heard));
        world.context.sleep(Duration::from_secs(2)).await;
        assert!(has(&node, &heard));
        // Their accounts answer for it, so most of the 16,800 are looked at by nobody.
        let reads = world.chain.memory.reads() - before;
        assert!(reads < 7 * 200 * 4, "{reads}");
        assert!(world.oracle.blocked().await.unwrap().is_empty());
    });
}

#[test]
fn a_peer_that_announces_all_the_time_is_not_listened_to() {
    deterministic::Runner::timed(Duration::from_secs(60)).start(|context| async move {
        let world = World::new(context).await;
        let node = world.start(0, "one").await;
        world.link(0, 2).await;
        let mut talker = world.stranger(2).await;
        // More than its budget, at once: what comes back meanwhile is 64 a second.
        let budget = u64::from(PEER_BUDGET.burst / REFUSED_COST);
        for number in 0..budget + 100 {
            let own = Announcement::own(Height(number % 50));
            let message = gossip::announce(&own);
            talker.send(Recipients::All, IoBuf::from(message), false);
        }
        let pay = world.pay(1, 0);
        talker.send(
            Recipients::All,
            IoBuf::from(gossip::encode(std::slice::from_ref(&pay))),
            false,
        );
        world.context.sleep(Duration::from_millis(100)).await;
        assert!(node.desk.announced(&peer(2)).is_some());
        assert!(!has(&node, &pay), "its transactions are not heard either");
        assert!(world.oracle.blocked().await.unwrap().is_empty());
        world.context.sleep(Duration::from_secs(2)).await;
        talker.send(
            Recipients::All,
            IoBuf::from(gossip::encode(std::slice::from_ref(&pay))),
            false,
        );
        world.context.sleep(Duration::from_millis(100)).await;
        assert!(has(&node, &pay));
    });
}

#[test]
fn a_peer_that_costs_too_much_in_vain_is_not_listened_to() {
    deterministic::Runner::timed(Duration::from_secs(60)).start(|context| async move {
        let world = World::new(context).await;
        let node = world.start(0, "one").await;
        world.link(0, 1).await;
        world.link(0, 2).await;
        let (mut loud, mut other) = (world.stranger(1).await, world.stranger(2).await);
        let mut say = |transactions: &[Transaction]| {
            let message = gossip::encode(transactions);
            loud.send(Recipients::All, IoBuf::from(message), false);
        };
        let poor = |number| {
            let poor = key("stranger", number);
            world.chain.sign(&poor, 0, FEE, Payload::Withdraw)
        };
        let reads = || world.chain.memory.reads();
        let before = reads();
        say(&[poor(0)]);
        world.context.sleep(Duration::from_millis(50)).await;
        let each = reads() - before;
        assert!(each > 0);
        for batch in 0..20 {
            let poor = |number: usize| poor(64 * batch + number);
            say(&(1..=64).map(poor).collect::<Vec<_>>());
        }
        let heard = world.pay(2, 0);
        let message = gossip::encode(std::slice::from_ref(&heard));
        other.send(Recipients::All, IoBuf::from(message), false);
        world.context.sleep(Duration::from_millis(50)).await;
        let looked_at = (reads() - before) / each;
        assert!(
            (500..600).contains(&looked_at),
            "{looked_at} of 1,281 were looked at"
        );
        assert!(has(&node, &heard), "others are heard");
        world.wait(2).await;
        let late = world.pay(1, 0);
        say(std::slice::from_ref(&late));
        world.wait(1).await;
        assert!(has(&node, &late), "after a while it is listened to again");
        assert!(world.oracle.blocked().await.unwrap().is_empty());
    });
}
