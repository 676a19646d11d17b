use etm_types::Round;
use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use commonware_actor::{Feedback, Unreliable};
use commonware_codec::Encode as _;
use commonware_consensus::{
    simplex::types::{Nullify, Vote},
    types::{Epoch, Round as EngineRound, View},
};
use commonware_cryptography::{Signer as _, ed25519};
use commonware_p2p::{CheckedSender, LimitedSender, Recipients, utils::mux::GlobalSender};
use commonware_runtime::{IoBuf, IoBufs};

use super::{ANSWER, Laggards, QUESTION, Said, read};
use crate::engine::{
    testing::signer,
    types::{Digest, PublicKey, Scheme},
};

/// Remembers how much was sent each time.
#[derive(Clone, Debug, Default)]
struct Wire(Arc<Mutex<Vec<usize>>>);

struct Checked(Wire);

impl LimitedSender for Wire {
    type PublicKey = PublicKey;
    type Checked<'a> = Checked;

    fn check(&mut self, _: Recipients<PublicKey>) -> Result<Checked, SystemTime> {
        Ok(Checked(self.clone()))
    }
}

impl CheckedSender for Checked {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        Vec::new()
    }

    fn send(self, message: impl Into<IoBufs> + Send, _: bool) -> Unreliable<Feedback> {
        let length = message.into().coalesce().as_ref().len();
        self.0.0.lock().unwrap().push(length);
        Unreliable::new(Feedback::Ok)
    }
}

fn peer(seed: u64) -> PublicKey {
    ed25519::PrivateKey::from_seed(seed).public_key()
}

fn laggards() -> (Laggards<Wire>, Wire) {
    let wire = Wire::default();
    let sender = || GlobalSender::new(wire.clone());
    (Laggards::new(sender(), sender()), wire)
}

fn at(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms)
}

/// Whoever sends junk of later rounds, as fast as it likes for a minute, has a node ask once a second.
#[test]
fn junk_of_later_rounds_costs_a_question_a_second() {
    let (mut laggards, wire) = laggards();
    let (one, other) = (peer(1), peer(2));
    for ms in 0..60_000 {
        laggards.ask(at(ms), one.clone(), Round(7));
        laggards.ask(at(ms), other.clone(), Round(7));
    }
    let sent = wire.0.lock().unwrap();
    assert_eq!(sent.len(), 120);
    assert!(sent.iter().all(|bytes| *bytes <= 18));
}

/// Whoever catches up is not held back: every round it comes to is asked for at once.
#[test]
fn each_round_is_asked_for_at_once() {
    let (mut laggards, wire) = laggards();
    for round in 0..50 {
        laggards.ask(at(round), peer(1), Round(round));
        laggards.ask(at(round), peer(1), Round(round));
    }
    assert_eq!(wire.0.lock().unwrap().len(), 50);
}

#[test]
fn a_peer_is_answered_and_looked_at_so_often_a_second() {
    let (mut laggards, _) = laggards();
    let mut count = |may: fn(&mut Laggards<Wire>, SystemTime, &PublicKey) -> bool| {
        let times = 0..10_000;
        times
            .filter(|ms| may(&mut laggards, at(*ms), &peer(1)))
            .count()
    };
    assert_eq!(count(Laggards::may_answer), 16 + 8 * 10 - 1);
    assert_eq!(count(Laggards::may_look_at), 4 + 2 * 10 - 1);
}

fn nullify(view: u64) -> Vote<Scheme, Digest> {
    let round = EngineRound::new(Epoch::new(3), View::new(view));
    Vote::Nullify(Nullify::sign::<Digest>(&signer(0, 1), round).unwrap())
}

/// What was read, as bytes: schemes can't be compared, and so votes can't.
fn reading(subchannel: u64, message: IoBuf) -> Option<(u64, Option<Vec<u8>>)> {
    Some(match read(subchannel, message)? {
        Said::In(round) => (round.0, None),
        Said::Heard(round, votes) => (round.0, Some(written(&votes))),
    })
}

fn written(votes: &[Vote<Scheme, Digest>]) -> Vec<u8> {
    votes
        .iter()
        .flat_map(|vote| vote.encode().to_vec())
        .collect()
}

#[test]
fn what_peers_say_is_read_as_it_was_written() {
    let question = IoBuf::from(7u64.encode());
    assert_eq!(reading(QUESTION, question.clone()), Some((7, None)));
    assert_eq!(reading(5, question), Some((5, None)));
    assert_eq!(reading(QUESTION, IoBuf::from(vec![1; 7])), None);
    assert_eq!(reading(ANSWER, IoBuf::from(vec![0; 9])), None);
    for count in 0..5 {
        let votes: Vec<_> = (0..count).map(nullify).collect();
        let mut message = 3u64.encode().to_vec();
        message.extend_from_slice(&written(&votes));
        let expected = (count <= 3).then_some((3, Some(written(&votes))));
        assert_eq!(reading(ANSWER, IoBuf::from(message)), expected);
    }
}
