use commonware_codec::Encode as _;
use commonware_consensus::{
    simplex::types::{Finalize, Notarize, Nullify},
    types::{Epoch, View},
};
use commonware_cryptography::{Hasher as _, Sha256, certificate::Scheme as _};
use etm_types::Round;

use super::*;
use crate::engine::{heard::Heard, testing::signer};

const ROUND: u64 = 3;
const MEMBERS: u8 = 4;

fn at(round: Round, view: u64) -> EngineRound {
    EngineRound::new(Epoch::new(round.0), View::new(view))
}

fn proposal(view: u64, block: u8) -> Proposal<Digest> {
    Proposal::new(
        at(Round(ROUND), view),
        View::new(view - 1),
        Sha256::hash(&[&[block]]),
    )
}

fn place(index: u8) -> Participant {
    signer(index, MEMBERS).me().unwrap().index()
}

fn notarize(index: u8, view: u64, block: u8) -> Vote<Scheme, Digest> {
    Vote::Notarize(Notarize::sign(&signer(index, MEMBERS), proposal(view, block)).unwrap())
}

fn nullify(index: u8, round: Round, view: u64) -> Vote<Scheme, Digest> {
    Vote::Nullify(Nullify::sign::<Digest>(&signer(index, MEMBERS), at(round, view)).unwrap())
}

fn finalize(index: u8, view: u64, block: u8) -> Vote<Scheme, Digest> {
    Vote::Finalize(Finalize::sign(&signer(index, MEMBERS), proposal(view, block)).unwrap())
}

fn report(to: &mut impl Reporter<Activity = Activity<Scheme, Digest>>, vote: Vote<Scheme, Digest>) {
    to.report(match vote {
        Vote::Notarize(vote) => Activity::Notarize(vote),
        Vote::Nullify(vote) => Activity::Nullify(vote),
        Vote::Finalize(vote) => Activity::Finalize(vote),
    });
}

/// Member 0, which has just been started.
fn listening() -> Silence {
    let silence = Silence::default();
    assert!(silence.enter(Round(ROUND), Some(place(0)), MEMBERS.into()));
    silence
}

#[test]
fn only_members_count_and_each_once() {
    let silence = listening();
    assert_eq!(silence.answers(), (0, 2));
    for by in [None, Some(place(0)), Some(place(1)), Some(place(1))] {
        silence.answered(Round(ROUND), by, vec![]);
    }
    silence.answered(Round(ROUND - 1), Some(place(2)), vec![]);
    assert_eq!(silence.answers(), (1, 2));
    assert_eq!(silence.waits(), Some((1, 2)));
    silence.answered(Round(ROUND), Some(place(2)), vec![]);
    assert_eq!(silence.answers(), (2, 2));
    assert_eq!(silence.waits(), None);
    // Each round is asked about anew.
    silence.enter(Round(ROUND + 1), Some(place(0)), MEMBERS.into());
    assert_eq!(silence.answers(), (0, 2));
}

#[test]
fn as_many_are_waited_for_as_a_round_needs() {
    for (members, others) in [
        (1, 0),
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 3),
        (7, 4),
        (10, 6),
        (101, 67),
    ] {
        let silence = Silence::default();
        silence.enter(Round(ROUND), Some(place(0)), members);
        assert_eq!(silence.answers().1, others, "of {members}");
    }
}

#[test]
fn who_is_no_member_has_nothing_to_ask_and_learns_it_when_it_is_one() {
    let silence = Silence::default();
    assert!(!silence.enter(Round(ROUND), None, MEMBERS.into()));
    assert_eq!(silence.waits(), None);
    assert!(silence.enter(Round(ROUND + 1), Some(place(0)), MEMBERS.into()));
}

#[test]
fn a_vote_that_somebody_heard_and_the_journal_lacks_is_forgotten() {
    for vote in [
        notarize(0, 7, 1),
        nullify(0, Round(ROUND), 7),
        finalize(0, 7, 1),
    ] {
        let silence = listening();
        silence.answered(Round(ROUND), Some(place(1)), vec![vote]);
        assert!(!silence.listened());
        assert_eq!(silence.forgotten().map(|it| it.round), Some(Round(ROUND)));
    }
}

#[test]
fn what_the_journal_holds_is_remembered() {
    for vote in [
        notarize(0, 7, 1),
        nullify(0, Round(ROUND), 7),
        finalize(0, 7, 1),
    ] {
        let mut silence = listening();
        report(&mut silence, vote.clone());
        silence.answered(Round(ROUND), Some(place(1)), vec![vote]);
        assert!(silence.listened());
    }
}

/// While it listens its consensus goes on and votes, to itself: that is not what it signed before.
#[test]
fn another_vote_of_the_same_kind_is_not_the_one_that_was_heard() {
    for (before, now) in [
        (notarize(0, 7, 1), notarize(0, 7, 2)),
        (finalize(0, 7, 1), finalize(0, 7, 2)),
        (finalize(0, 7, 1), nullify(0, Round(ROUND), 7)),
    ] {
        let mut silence = listening();
        report(&mut silence, now);
        silence.answered(Round(ROUND), Some(place(1)), vec![before]);
        assert!(!silence.listened());
    }
}

#[test]
fn votes_of_others_and_of_other_rounds_say_nothing() {
    let silence = listening();
    let votes = vec![notarize(1, 7, 1), nullify(0, Round(ROUND - 1), 7)];
    silence.answered(Round(ROUND), Some(place(1)), votes);
    assert!(silence.listened());
}

#[test]
fn the_newest_vote_of_each_kind_is_kept_of_each_member() {
    let mut heard = Heard::default();
    heard.enter(Round(ROUND));
    for vote in [
        notarize(0, 7, 1),
        notarize(0, 9, 2),
        notarize(0, 8, 3),
        nullify(0, Round(ROUND), 4),
        nullify(0, Round(ROUND - 1), 400),
        nullify(1, Round(ROUND), 5),
        finalize(0, 6, 1),
    ] {
        report(&mut heard, vote);
    }
    // Schemes can't be compared, and so votes can't.
    let bytes = |votes: Vec<Vote<Scheme, Digest>>| -> Vec<_> {
        votes.iter().map(|vote| vote.encode()).collect()
    };
    let expected = vec![
        notarize(0, 9, 2),
        nullify(0, Round(ROUND), 4),
        finalize(0, 6, 1),
    ];
    assert_eq!(bytes(heard.of(place(0))), bytes(expected));
    assert_eq!(
        bytes(heard.of(place(1))),
        bytes(vec![nullify(1, Round(ROUND), 5)])
    );
    assert!(heard.of(place(2)).is_empty());
    heard.enter(Round(ROUND + 1));
    assert!(heard.of(place(0)).is_empty());
}

/// Peers take votes of the newest final view and of the 16 before it, so each of those has to be known.
#[test]
fn a_forgotten_vote_counts_as_long_as_peers_take_it() {
    let newest = 20 + VIEW_RETENTION.get();
    for (view, speaks) in [(19, true), (20, false), (21, false), (newest, false)] {
        let silence = listening();
        silence.finalized(at(Round(ROUND), newest));
        silence.answered(Round(ROUND), Some(place(1)), vec![notarize(0, view, 1)]);
        assert_eq!(silence.listened(), speaks, "view {view}");
    }
}

/// What was sent so far.
#[derive(Clone, Debug, Default)]
struct Sent(Arc<Mutex<Vec<bytes::Bytes>>>);

struct Passing(Sent);

impl LimitedSender for Sent {
    type PublicKey = PublicKey;
    type Checked<'a> = Passing;

    fn check(&mut self, _: Recipients<PublicKey>) -> Result<Passing, SystemTime> {
        Ok(Passing(self.clone()))
    }
}

impl CheckedSender for Passing {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        Vec::new()
    }

    fn send(self, message: impl Into<IoBufs> + Send, _: bool) -> Unreliable<Feedback> {
        let message: IoBufs = message.into();
        let bytes = bytes::Bytes::copy_from_slice(message.coalesce().as_ref());
        self.0.0.lock().unwrap().push(bytes);
        Unreliable::new(Feedback::Ok)
    }
}

/// In views that are too old to be compared, this node may have voted otherwise before: nothing is said there again.
#[test]
fn kept_votes_of_old_views_are_not_sent() {
    let sent = Sent::default();
    let silence = listening();
    let mut votes = Votes::new(sent.clone(), silence.clone());
    let mut say = |vote: &Vote<Scheme, Digest>| {
        let checked = votes.check(Recipients::All).unwrap();
        let _ = checked.send(vote.encode(), true);
    };
    let old = [
        notarize(0, 3, 2),
        nullify(0, Round(ROUND), 4),
        finalize(0, 19, 1),
    ];
    let young = [
        notarize(0, 20, 1),
        nullify(0, Round(ROUND), 21),
        finalize(0, 36, 1),
        notarize(0, 37, 1),
    ];
    old.iter().chain(&young).for_each(&mut say);
    assert!(sent.0.lock().unwrap().is_empty());
    silence.finalized(at(Round(ROUND), 20 + VIEW_RETENTION.get()));
    assert!(silence.listened());
    votes.release();
    let expected: Vec<bytes::Bytes> = young.iter().map(|vote| vote.encode()).collect();
    assert_eq!(*sent.0.lock().unwrap(), expected);
}
