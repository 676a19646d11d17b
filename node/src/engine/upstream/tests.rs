use std::{
    sync::{Arc, Mutex},
    time::UNIX_EPOCH,
};

use commonware_runtime::{Runner as _, deterministic};
use etm_execution::{ChainParams, Draft, Genesis, StateRoots};
use etm_types::{Beacon, Hash, Height, codec, range::RangeWriter};
use tokio::sync::watch;

use super::{
    sources::{FINALS, Need},
    window::pieces,
    *,
};
use crate::{
    engine::testing,
    reader::BoxFuture,
    upstream::{Told, Upstream},
};

struct Deaf(watch::Sender<Told>);

impl Upstream for Deaf {
    fn address(&self) -> String {
        "nowhere".into()
    }

    fn told(&self) -> watch::Receiver<Told> {
        self.0.subscribe()
    }

    fn blocks(&self, _: Height, _: Height) -> BoxFuture<'static, Result<Vec<u8>, UpstreamError>> {
        Box::pin(std::future::pending())
    }

    fn submit(&self, _: Transaction) -> BoxFuture<'static, Result<(), UpstreamError>> {
        Box::pin(std::future::pending())
    }
}

fn sources(count: usize) -> Sources {
    let deaf = || -> Arc<dyn Upstream> { Arc::new(Deaf(watch::Sender::new(Told::Nothing))) };
    Sources::new((0..count).map(|_| deaf()).collect())
}

fn at(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms)
}

/// A chain whose rounds have four blocks, and its first blocks; nothing in them was executed.
fn chain(count: u64) -> (Chain, Vec<etm_types::Block>) {
    let mut params = ChainParams::devnet();
    params.mechanism.blocks_per_round = 4;
    params.mechanism.committee = 1;
    params.mechanism.min_committee = 1;
    let secrets = etm_types::MinerSecrets::from_seed([1; 32]);
    let owner = etm_types::Address::of(&etm_types::SecretKey::from_seed([2; 32]).public_key());
    let mut draft = Draft::new("etm-upstream", params, 0, Beacon([3; 32]));
    let position = etm_execution::DraftPosition {
        locked: etm_types::Units(1_000 * etm_types::Units::ETM.0),
        time_gain: etm_types::TimeGain::new(1).unwrap(),
        miner: Some(etm_types::MinerId(0)),
    };
    draft.positions.insert(owner, position);
    draft.miners.push(etm_execution::DraftMiner {
        owner,
        name: etm_types::MinerName::new("one").unwrap(),
        keys: secrets.prove(&owner),
        dial: etm_types::DialAddress::new("127.0.0.1:4000").unwrap(),
        contact: None,
    });
    let genesis = Genesis::new(draft).unwrap();
    let mut before = genesis.block(StateRoots {
        state_root: Hash([0; 32]),
        ops_root: Hash([0; 32]),
        ops_start: 0,
        ops_end: 1,
    });
    let blocks = (1..=count).map(|height| {
        let mut block = before.clone();
        block.body.committee = None;
        block.header.committee_root = etm_types::block::committee_root(None);
        block.header.height = Height(height);
        block.header.parent = before.hash();
        before = block.clone();
        block
    });
    let blocks = blocks.collect();
    (genesis.chain().clone(), blocks)
}

fn answer(chain: &Chain, first: Height, blocks: &[(&[u8], &etm_types::Block)]) -> Vec<u8> {
    let mut range = RangeWriter::new(chain.id, first);
    for (certificate, block) in blocks {
        assert!(range.push(certificate, &codec::to_bytes(*block)));
    }
    range.finish().unwrap()
}

#[test]
fn what_no_honest_node_answers_is_told_apart() {
    let (chain, blocks) = chain(4);
    let whole: Vec<(&[u8], &etm_types::Block)> =
        blocks.iter().map(|block| (&[1u8][..], block)).collect();
    let good = answer(&chain, Height(1), &whole);
    let taken =
        pieces(&chain, Height(1), Height(64), &good).unwrap_or_else(|error| panic!("{error}"));
    let heights: Vec<Height> = taken.iter().map(Piece::height).collect();
    assert_eq!(heights, [1, 2, 3, 4].map(Height));

    let mut altered = blocks[1].clone();
    altered.header.timestamp_ms += 1;
    let mut other_body = blocks[1].clone();
    other_body.header.transactions_root = Hash([9; 32]);
    let mut stranger = blocks[0].clone();
    stranger.header.chain = etm_types::ChainId([9; 32]);
    let mut other_chain = chain.clone();
    other_chain.id = etm_types::ChainId([8; 32]);
    for (first, last, bytes, says) in [
        (1, 3, good.clone(), "asked for the blocks 1 to 3, it gave 4"),
        (2, 64, good.clone(), "asked for the blocks 2 to 64"),
        (1, 64, b"<html>".to_vec(), "no range of blocks"),
        (
            1,
            64,
            answer(&other_chain, Height(1), &whole),
            "of the chain 0808",
        ),
        (
            1,
            64,
            answer(&chain, Height(1), &[whole[0], (&[1], &altered), whole[2]]),
            "block 3 does not follow",
        ),
        (
            1,
            64,
            answer(&chain, Height(1), &[whole[0], (&[1], &other_body)]),
            "the header does not commit to the body",
        ),
        (
            1,
            64,
            answer(&chain, Height(1), &[(&[1], &stranger)]),
            "is another one",
        ),
        (
            2,
            64,
            answer(&chain, Height(2), &[whole[0]]),
            "is another one",
        ),
        (
            3,
            64,
            answer(&chain, Height(3), &[(&[], &blocks[2])]),
            "has no certificate",
        ),
    ] {
        match pieces(&chain, Height(first), Height(last), &bytes) {
            Err(UpstreamError::Wrong(reason)) => assert!(reason.contains(says), "{reason}"),
            Err(other) => panic!("{says}: {other}"),
            Ok(_) => panic!("{says}: taken"),
        }
    }
}

#[test]
fn a_window_knows_what_it_lacks() {
    let (chain, blocks) = chain(4);
    let piece = |index: usize, certificate: &'static [u8]| {
        let height = index as u64 + 1;
        let bytes = answer(&chain, Height(height), &[(certificate, &blocks[index])]);
        let mut taken = pieces(&chain, Height(height), Height(height), &bytes)
            .unwrap_or_else(|error| panic!("{error}"));
        taken.pop().unwrap()
    };
    let mut window = Window::default();
    let mut coming = Questions::default();
    assert_eq!(
        window.gap(Height(1), Height(9), &coming),
        Some((Height(1), Height(9)))
    );
    let number = coming.ask(Height(1), Height(2), 0, at(0));
    assert_eq!(
        window.gap(Height(1), Height(9), &coming),
        Some((Height(3), Height(9)))
    );
    window.insert(piece(1, &[1]), 0);
    window.insert(piece(3, &[]), 1);
    assert_eq!(
        window.gap(Height(1), Height(9), &coming),
        Some((Height(3), Height(3)))
    );
    assert!(coming.answered(Height(1), number, 0, true));
    assert_eq!(
        window.gap(Height(1), Height(9), &coming),
        Some((Height(1), Height(1)))
    );
    assert_eq!(window.gap(Height(2), Height(2), &coming), None);
    assert_eq!(
        window.certified(Height(9)),
        Some(Height(2)),
        "the fourth has no certificate"
    );
    assert_eq!(window.certified(Height(1)), None);
    window.insert(piece(3, &[1]), 1);
    assert_eq!(window.certified(Height(9)), Some(Height(4)));
    window.distrust(1);
    assert_eq!(window.certified(Height(9)), Some(Height(2)));
    window.forget(Height(2));
    assert_eq!((window.certified(Height(9)), window.bytes()), (None, 0));
}

#[test]
fn upstreams_take_turns_and_bad_ones_wait_longer_each_time() {
    let mut sources = sources(3);
    assert_eq!(sources.tip(at(0)), None);
    for (index, tip) in [(0, 10), (1, 20), (2, 10)] {
        sources.heard(index, Told::Tip(Height(tip)));
    }
    assert_eq!(sources.tip(at(0)), Some(Height(20)));
    let asked = |sources: &mut Sources, height, ms| {
        sources
            .ask(height, &[], Need::Later, at(ms))
            .map(|(index, tip, _)| (index, tip))
    };
    let first: Vec<_> = (0..6)
        .filter_map(|_| asked(&mut sources, Height(5), 0))
        .collect();
    assert_eq!(
        first,
        [(0, 10), (1, 20), (2, 10), (0, 10), (1, 20), (2, 10)]
            .map(|(source, height)| (source, Height(height)))
    );
    assert_eq!(
        asked(&mut sources, Height(5), 0),
        None,
        "each has two questions"
    );
    (0..3).for_each(|index| sources.answered(index, Duration::ZERO));
    assert_eq!(asked(&mut sources, Height(15), 0), Some((1, Height(20))));

    let wrong = UpstreamError::Wrong("a lie".into());
    let first = sources.failed(1, &wrong, at(0));
    assert_eq!(
        sources.tip(at(0)),
        Some(Height(10)),
        "what it says does not count"
    );
    let second = sources.failed(1, &wrong, at(0));
    assert_eq!(
        (first, second),
        (Duration::from_secs(30), Duration::from_secs(60))
    );
    for _ in 0..40 {
        assert!(sources.failed(1, &wrong, at(0)) <= Duration::from_secs(3_600));
    }
    let passing = UpstreamError::Passing("gone".into());
    assert_eq!(
        sources.failed(0, &passing, at(0)),
        Duration::from_millis(500)
    );
    assert_eq!(sources.tip(at(400)), Some(Height(10)));
    assert_eq!(sources.status(at(400))[0].aside.as_ref().unwrap().0, "gone");
    assert_eq!(sources.status(at(500))[0].aside, None);
    sources.good(0, false);
    assert_eq!(
        sources.failed(0, &passing, at(0)),
        Duration::from_millis(500)
    );
    sources.heard(2, Told::Trouble("another chain".into()));
    let told = sources.listeners(2, at(500));
    assert_eq!(told.len(), 1, "one of three can be told");
}

/// Takes every second transaction.
struct Picky(Mutex<Vec<Transaction>>);

impl Upstream for Picky {
    fn address(&self) -> String {
        "picky".into()
    }

    fn told(&self) -> watch::Receiver<Told> {
        watch::Sender::new(Told::Nothing).subscribe()
    }

    fn blocks(&self, _: Height, _: Height) -> BoxFuture<'static, Result<Vec<u8>, UpstreamError>> {
        Box::pin(std::future::pending())
    }

    fn submit(&self, transaction: Transaction) -> BoxFuture<'static, Result<(), UpstreamError>> {
        let mut asked = self.0.lock().unwrap();
        asked.push(transaction);
        let refused = asked.len() % 2 == 1;
        let refusal = UpstreamError::Passing("the nonce is used up".into());
        Box::pin(std::future::ready(if refused {
            Err(refusal)
        } else {
            Ok(())
        }))
    }
}

#[test]
fn a_transaction_that_an_upstream_refuses_keeps_no_other_back() {
    deterministic::Runner::default().start(|context| async move {
        let picky = Arc::new(Picky(Mutex::default()));
        let transactions = testing::transactions(0..5);
        let result = submit(context, picky.clone(), transactions.clone()).await;
        assert!(result.is_err());
        assert_eq!(*picky.0.lock().unwrap(), transactions);
    });
}

#[test]
fn whoever_is_slow_is_asked_after_the_others() {
    let mut sources = sources(3);
    (0..3).for_each(|index| sources.heard(index, Told::Tip(Height(9))));
    let asked = |sources: &mut Sources, others: &[usize]| {
        let (index, ..) = sources.ask(Height(5), others, Need::Later, at(0))?;
        Some(index)
    };
    assert_eq!(asked(&mut sources, &[]), Some(0));
    sources.is_late(0);
    assert_eq!(asked(&mut sources, &[0]), Some(1));
    sources.answered(1, SLOW);
    let rest: Vec<_> = (0..5).filter_map(|_| asked(&mut sources, &[])).collect();
    assert_eq!(rest, [2, 2, 1, 0, 1]);
    assert_eq!(asked(&mut sources, &[]), None);
    sources.answered(2, Duration::ZERO);
    assert_eq!(asked(&mut sources, &[2]), None);
    assert_eq!(asked(&mut sources, &[]), Some(2));
    // Whoever answers in time is as good as the others.
    for _ in 0..2 {
        (0..3).for_each(|index| sources.answered(index, Duration::ZERO));
    }
    let all: Vec<_> = (0..3).filter_map(|_| asked(&mut sources, &[])).collect();
    assert_eq!(all, [0, 1, 2]);
}

#[test]
fn what_is_needed_soon_is_not_asked_of_slow_ones_while_there_is_another() {
    let mut sources = sources(2);
    sources.heard(0, Told::Tip(Height(20)));
    sources.heard(1, Told::Tip(Height(9)));
    sources.is_late(0);
    let asked = |sources: &mut Sources, height, need| {
        let (index, ..) = sources.ask(Height(height), &[], need, at(0))?;
        sources.answered(index, if index == 0 { SLOW } else { Duration::ZERO });
        Some(index)
    };
    assert_eq!(asked(&mut sources, 9, Need::Soon), Some(1));
    assert_eq!(
        asked(&mut sources, 10, Need::Soon),
        None,
        "the quick one may have it in a moment"
    );
    assert_eq!(asked(&mut sources, 10, Need::Long), Some(0));
    assert_eq!(asked(&mut sources, 10, Need::Later), Some(0));
    // It has it, and has no place.
    for _ in 0..2 {
        assert!(sources.ask(Height(9), &[], Need::Long, at(0)).is_some());
    }
    assert_eq!(asked(&mut sources, 9, Need::Long), None);
    (0..2).for_each(|_| sources.answered(1, Duration::ZERO));
    // It is put aside.
    sources.failed(1, &UpstreamError::Passing("gone".into()), at(0));
    assert_eq!(asked(&mut sources, 9, Need::Soon), Some(0));
}

#[test]
fn slow_ones_take_nobodys_place() {
    let mut sources = sources(6);
    (0..6).for_each(|index| sources.heard(index, Told::Tip(Height(900))));
    let asked = |sources: &mut Sources, need| {
        let (index, ..) = sources.ask(Height(5), &[], need, at(0))?;
        Some(index)
    };
    let all: Vec<_> = (0..9)
        .filter_map(|_| asked(&mut sources, Need::Later))
        .collect();
    assert_eq!(all, [0, 1, 2, 3, 4, 5, 0, 1], "eight at a time");
    (0..5).for_each(|index| sources.is_late(index));
    assert_eq!(asked(&mut sources, Need::Soon), Some(5));
}

#[test]
fn what_the_next_block_waits_for_is_asked_of_others_too() {
    let mut coming = Questions::default();
    let late = |coming: &Questions, tip, ms| {
        let late = coming.late(Height(tip), SLOW, at(ms))?;
        Some((late.first.0, late.last.0, late.sources))
    };
    let number = coming.ask(Height(5), Height(8), 0, at(0));
    let later = coming.ask(Height(9), Height(12), 1, at(500));
    assert_eq!(late(&coming, 4, 1_999), None);
    assert_eq!(late(&coming, 4, 2_000), Some((5, 8, vec![0])));
    assert_eq!(coming.overdue(SLOW, at(2_000)).collect::<Vec<_>>(), [0]);
    assert_eq!(coming.overdue(SLOW, at(2_500)).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(
        late(&coming, 3, 9_000),
        None,
        "block 4 is here or nobody was asked for it"
    );
    assert_eq!(late(&coming, 7, 2_000), Some((5, 8, vec![0])));
    assert_eq!(late(&coming, 8, 2_500), Some((9, 12, vec![1])));
    assert_eq!(late(&coming, 13, 9_000), None);

    assert_eq!(coming.ask(Height(5), Height(8), 2, at(2_000)), number);
    assert_eq!(late(&coming, 4, 3_999), None);
    assert_eq!(late(&coming, 4, 4_000), Some((5, 8, vec![0, 2])));
    // One fails, and may be asked again; the other is waited for.
    assert!(coming.answered(Height(5), number, 2, false));
    assert_eq!(late(&coming, 4, 4_000), Some((5, 8, vec![0])));
    assert!(coming.covers(Height(8)));
    assert!(coming.answered(Height(5), number, 0, true));
    assert!(!coming.covers(Height(8)));
    assert!(coming.answered(Height(9), later, 1, false));
    assert!(
        !coming.covers(Height(9)),
        "nobody is left who was asked for it"
    );
    // Somebody was quicker, and it is asked for anew: the answer that comes late is not taken for that.
    let first = coming.ask(Height(5), Height(8), 0, at(0));
    coming.ask(Height(5), Height(8), 1, at(0));
    assert!(coming.answered(Height(5), first, 0, true));
    let again = coming.ask(Height(5), Height(8), 2, at(0));
    assert!(!coming.answered(Height(5), first, 1, true));
    assert!(coming.covers(Height(5)));
    assert!(coming.answered(Height(5), again, 2, true));
}

#[test]
fn whoever_keeps_certificates_back_waits_longer_each_time_whatever_else_it_gives() {
    let mut sources = sources(1);
    sources.heard(0, Told::Tip(Height(10)));
    let mut pauses = Vec::new();
    for _ in 0..9 {
        pauses.push(sources.withholds(0, "nothing final", at(0)).as_millis());
        // A round: a hundred blocks that are good once its end is certified.
        (0..100).for_each(|_| sources.good(0, false));
        sources.good(0, true);
    }
    let expected = [
        500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ];
    assert_eq!(pauses, expected);
    // Certificates make good for it.
    (0..9 * FINALS).for_each(|_| sources.good(0, true));
    assert_eq!(
        sources.withholds(0, "nothing final", at(0)),
        Duration::from_millis(500)
    );
}
