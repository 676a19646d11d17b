//! Real connections, one end of which stands still for a while.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, SystemTime},
};

use commonware_codec::DecodeExt as _;
use commonware_cryptography::{Signer as _, ed25519};
use commonware_p2p::{Receiver as _, Recipients, Sender as _, authenticated::lookup};
use commonware_runtime::{
    Clock as _, Quota, Runner as _, Spawner as _, Supervisor as _,
    deterministic::{self, Context},
};
use commonware_utils::NZU32;
use etm_node::{
    engine::peers::{Peer, Peers, Tracker as _},
    network::{self, SocketTracker, Surrounded},
    runtime::Layered,
};

use crate::{
    harness::TestNetwork,
    machine::{Fate, Machine},
    seconds,
};

const FIRST_PORT: u16 = 9_000;

fn signer(index: usize) -> ed25519::PrivateKey {
    ed25519::PrivateKey::from_seed(index as u64)
}

fn address(index: usize) -> SocketAddr {
    SocketAddr::new(
        Ipv4Addr::LOCALHOST.into(),
        FIRST_PORT + u16::try_from(index).unwrap(),
    )
}

fn elapsed(context: &Context) -> Duration {
    let now = context.current();
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// Sockets on a machine that may stand still.
type Sockets = Surrounded<Layered<Context, Machine>>;

/// Starts the sockets of a node of two; its machine has a fate.
fn start(
    context: &Context,
    index: usize,
    fate: &Fate,
) -> (
    lookup::Sender<ed25519::PublicKey, Sockets>,
    lookup::Receiver<ed25519::PublicKey>,
) {
    let network = TestNetwork::new(4, 4, 8);
    let machine = Machine::new(context.child("machine"), fate);
    let context = context.child("node").with_attribute("index", index);
    let (mut sockets, oracle) = network::open(
        Layered::new(context, machine),
        network.genesis.chain(),
        signer(index),
        address(index),
        NZU32!(8),
        true,
    );
    let quota = Quota::per_second(NZU32!(256));
    let channel = sockets.register(0, quota);
    sockets.start();
    let primary = (0..2).map(|index| Peer {
        key: signer(index).public_key(),
        dial: address(index).to_string(),
    });
    let peers = Peers {
        primary: primary.collect(),
        secondary: Vec::new(),
    };
    SocketTracker::new(oracle).track(0, &peers);
    channel
}

/// A process that stood still finds in each connection the pings of that time. They must not hold up what came after them.
#[test]
fn who_stood_still_hears_the_present_at_once() {
    let pause = (seconds(20), seconds(75));
    deterministic::Runner::timed(seconds(200)).start(|context| async move {
        let (mut sender, _first) = start(&context, 0, &Fate::default());
        let fate = Fate::default().pause(pause.0, pause.1);
        let (_second, mut receiver) = start(&context, 1, &fate);
        context.child("talks").spawn(move |context| async move {
            loop {
                let now = u64::try_from(elapsed(&context).as_millis()).unwrap();
                let _ = sender.send(Recipients::All, now.to_be_bytes().to_vec(), true);
                context.sleep(Duration::from_millis(250)).await;
            }
        });
        let mut heard_before = false;
        loop {
            let (_, message) = receiver.recv().await.unwrap();
            let said = Duration::from_millis(u64::decode(message).unwrap());
            heard_before |= said < pause.0;
            if said >= pause.1 {
                assert!(heard_before, "they were connected before");
                assert!(said < pause.1 + seconds(1), "not for a new connection");
                let late = elapsed(&context) - said;
                assert!(late < seconds(1), "heard {late:?} late");
                return;
            }
        }
    });
}
