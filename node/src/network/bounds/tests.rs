use std::collections::VecDeque;

use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
use commonware_runtime::{Runner as _, tokio as runtime};

use super::*;
use crate::engine::CHANNELS;

/// A peer's messages, one after the other.
struct Said(VecDeque<Vec<u8>>);

impl Receiver for Said {
    type Error = std::io::Error;

    async fn recv(&mut self) -> Result<IoBufs, Self::Error> {
        let next = self.0.pop_front();
        let next = next.ok_or_else(|| std::io::Error::other("that is all"))?;
        Ok(IoBufs::from(next))
    }
}

fn message(channel: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![7; length];
    bytes[0] = DATA;
    bytes[1] = u8::try_from(channel).unwrap();
    bytes
}

#[test]
fn a_message_longer_than_any_of_its_channel_ends_the_connection() {
    runtime::Runner::new(runtime::Config::new()).start(|_| async {
        for (channel, _) in CHANNELS {
            let most = FRAME + message_limit(channel);
            let fits = message(channel, most);
            let said = VecDeque::from([fits.clone(), message(channel, most + 1)]);
            let mut measured = Measured::new(Said(said));
            let first = measured.recv().await.unwrap();
            assert_eq!(first.coalesce().as_ref(), fits);
            let second = measured.recv().await.unwrap();
            // The network knows no such message.
            assert_eq!(second.coalesce().as_ref(), [u8::MAX], "channel {channel}");
        }
        // Pings, and channels that there are none of, are the network's matter.
        for other in [vec![1], vec![], vec![DATA], vec![DATA, 99, 0], vec![9; 50]] {
            let mut measured = Measured::new(Said(VecDeque::from([other.clone()])));
            let same = measured.recv().await.unwrap();
            assert_eq!(same.coalesce().as_ref(), other);
        }
    });
}

#[test]
fn a_peer_sends_no_more_than_its_budget() {
    let begun = Instant::now();
    let mut budget = Budget {
        taken: 0,
        counted: begun,
    };
    let block = 1 << 20;
    // The block of a slot comes at once.
    assert_eq!(budget.take(block, begun), Duration::ZERO);
    let (mut now, mut came) = (begun, block as u64);
    for _ in 0..1_000 {
        now += budget.take(block, now);
        came += block as u64;
        let passed = u64::try_from(now.duration_since(begun).as_millis()).unwrap();
        let most = RECEIVED_AT_ONCE + (passed + 1) * RECEIVED_PER_SECOND / 1_000;
        assert!(came <= most + block as u64 / 500, "{came} of {most}");
    }
    // Who is calm may send at once again.
    now += Duration::from_secs(10);
    assert_eq!(budget.take(block, now), Duration::ZERO);
}

/// A sender whose messages stay where they are, as with a peer that does not read.
#[derive(Clone, Debug, Default)]
struct Stuck(Arc<Mutex<Vec<IoBufs>>>);

impl LimitedSender for Stuck {
    type PublicKey = PublicKey;
    type Checked<'a> = Self;

    fn check(&mut self, _: Recipients<PublicKey>) -> Result<Self, SystemTime> {
        Ok(self.clone())
    }
}

impl CheckedSender for Stuck {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        Vec::new()
    }

    fn send(self, message: impl Into<IoBufs> + Send, _: bool) -> Unreliable<Feedback> {
        self.0.lock().unwrap().push(message.into());
        Unreliable::new(Feedback::Ok)
    }
}

#[test]
fn a_peer_that_does_not_read_gets_no_more() {
    let peers = [1, 2].map(|seed| PrivateKey::from_seed(seed).public_key());
    let stuck = Stuck::default();
    let mut sender = Outstanding::new(stuck.clone(), Unsent::default());
    let mut other = sender.clone();
    let mut send = |to: &PublicKey, length: usize| {
        let checked = sender.check(Recipients::One(to.clone())).unwrap();
        !checked
            .send(vec![length as u8; length], false)
            .is_rejected()
    };
    let part = UNSENT / 8;
    for _ in 0..8 {
        assert!(send(&peers[0], part));
    }
    assert!(!send(&peers[0], part), "it has not read");
    assert!(!send(&peers[0], 1));
    assert!(send(&peers[1], 2 * UNSENT), "one message is always taken");
    assert!(!send(&peers[1], 1));
    let all = other.check(Recipients::All).unwrap();
    assert!(!all.send(vec![1; UNSENT], false).is_rejected());
    assert_eq!(stuck.0.lock().unwrap().len(), 10);
    // Half of it gets away, unchanged.
    let gone: Vec<IoBufs> = stuck.0.lock().unwrap().drain(..4).collect();
    for message in gone {
        let bytes = message.coalesce();
        assert_eq!(bytes.as_ref(), vec![part as u8; part]);
    }
    for _ in 0..4 {
        assert!(send(&peers[0], part));
    }
    assert!(!send(&peers[0], part));
    stuck.0.lock().unwrap().clear();
    assert!(send(&peers[0], UNSENT) && send(&peers[1], UNSENT));
}
