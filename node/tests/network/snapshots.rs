//! Nodes that begin with a snapshot, and snapshots that are not what they must be.

use std::{
    collections::BTreeSet,
    io::{Cursor, Read},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use commonware_glue::simulate::{
    action::{Action, Crash, Schedule},
    engine::EngineDefinition as _,
    plan::PlanBuilder,
};
use commonware_runtime::{Runner as _, deterministic};
use etm_execution::Genesis;
use etm_node::{
    engine::Retention,
    snapshot::{Checkpoint, GiveError, Giver, Head, SnapshotError, SnapshotFile, make, restore_in},
};
use etm_types::{Header, MinerId, Round, codec};
use tokio::sync::oneshot;

use crate::{
    LIMIT, ROUND,
    conditions::drawn_and_produced,
    followers::{Question, Served},
    harness::TestNetwork,
    seconds,
};

/// A node takes a snapshot of another whenever it is started again.
#[derive(Clone, Default)]
pub struct Joins {
    /// Whom it takes it from.
    pub from: usize,
    /// What was taken.
    pub taken: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// Another node, asked for a snapshot.
pub struct Asked {
    pub node: usize,
    pub served: Served,
}

impl Asked {
    async fn ask<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<Result<T, GiveError>>) -> Question,
    ) -> Result<T, GiveError> {
        let gone = || GiveError::Failed("it is gone".into());
        let ask = {
            let served = self.served.lock().unwrap();
            served.get(&self.node).map(|(_, ask)| ask.clone())
        };
        let (answer, answered) = oneshot::channel();
        ask.ok_or_else(gone)?
            .send(question(answer))
            .map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

impl Giver for Asked {
    async fn head(&mut self) -> Result<Vec<u8>, GiveError> {
        let head: Head = self.ask(Question::Head).await?;
        Ok(codec::to_bytes(&head))
    }

    async fn boundaries(&mut self, first: Round, count: u64) -> Result<Vec<u8>, GiveError> {
        // Two at a time, so that there are several documents.
        let count = count.min(2);
        self.ask(|answer| Question::Boundaries(first, count, answer))
            .await
    }

    async fn piece(&mut self, round: Round, operation: u64) -> Result<Vec<u8>, GiveError> {
        self.ask(|answer| Question::Piece(round, operation, answer))
            .await
    }
}

/// Makes a snapshot of another node.
pub async fn take(served: &Served, from: usize, genesis: &Genesis) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("snapshot");
    let mut giver = Asked {
        node: from,
        served: served.clone(),
    };
    make(genesis, None, &mut giver, &file, |_| {})
        .await
        .unwrap();
    std::fs::read(&file).unwrap()
}

/// Restores what is read, in a world of its own.
fn restore<R: Read + Send + 'static>(
    input: R,
    genesis: &Arc<Genesis>,
    checkpoint: Option<Checkpoint>,
) -> Result<Header, SnapshotError> {
    let genesis = Arc::clone(genesis);
    deterministic::Runner::default().start(|context| async move {
        let snapshot = SnapshotFile::read(input, Path::new("snapshot"), &genesis, checkpoint)?;
        let all = Retention::All;
        restore_in(
            &context,
            &genesis,
            "node",
            all,
            snapshot,
            None,
            Box::new(|_| {}),
        )
        .await
    })
}

/// A snapshot, taken apart.
#[derive(Clone)]
struct Apart {
    beginning: Vec<u8>,
    parts: Vec<(u8, Vec<u8>)>,
}

const BOUNDARIES: u8 = 1;
const HEAD: u8 = 2;
const STATE: u8 = 3;

impl Apart {
    fn of(bytes: &[u8]) -> Self {
        let (beginning, mut rest) = bytes.split_at(47);
        let mut parts = Vec::new();
        while let Some((tag, after)) = rest.split_first() {
            let (length, after) = after.split_first_chunk::<4>().unwrap();
            let (part, after) = after.split_at(u32::from_be_bytes(*length) as usize);
            parts.push((*tag, part.to_vec()));
            rest = after;
        }
        Self {
            beginning: beginning.to_vec(),
            parts,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.beginning.clone();
        for (tag, part) in &self.parts {
            bytes.push(*tag);
            bytes.extend_from_slice(&(part.len() as u32).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }

    fn places(&self, tag: u8) -> Vec<usize> {
        let parts = self.parts.iter().enumerate();
        parts
            .filter(|(_, (found, _))| *found == tag)
            .map(|(place, _)| place)
            .collect()
    }

    fn with(&self, change: impl FnOnce(&mut Vec<(u8, Vec<u8>)>)) -> Vec<u8> {
        let mut other = self.clone();
        change(&mut other.parts);
        other.bytes()
    }

    fn head(&self) -> Head {
        codec::from_bytes(&self.parts[self.places(HEAD)[0]].1).unwrap()
    }
}

/// A network in which a node takes two snapshots, one after the other, and both of them.
fn taken() -> (TestNetwork, [Vec<u8>; 2]) {
    // Whoever is away is soon drawn no more.
    let mut network = TestNetwork::new(7, 4, ROUND).ready_rounds(2);
    let committees = network.genesis.committees().unwrap().clone();
    let serves = |index: &usize| {
        let mut members = committees.iter().flat_map(|committee| &committee.members);
        members.any(|member| member.miner.0 as usize == *index)
    };
    let joining = (0..7).find(|index| !serves(index)).unwrap();
    let miner = MinerId(joining as u32);
    let joins = Joins {
        from: (joining + 1) % 7,
        ..Joins::default()
    };
    network.wiped = Some((joining, Arc::default()));
    network.joins = Some(joins.clone());
    let node = network.participants()[joining].clone();
    // It is away from the beginning on; what it began with first is lost again.
    let schedule = Schedule::new()
        .at(Duration::from_millis(1), Action::Crash(node.clone()))
        .at(seconds(10), Action::Restart(node.clone()))
        .at(seconds(11), Action::Crash(node.clone()))
        .at(seconds(16), Action::Restart(node));
    let plan = PlanBuilder::new(network.clone())
        .seed(31)
        .timeout(LIMIT)
        .exit_condition(drawn_and_produced(joining, miner, 17))
        .crash(Crash::Schedule(schedule));
    plan.run().unwrap();
    let taken = joins.taken.lock().unwrap().clone();
    (network, taken.try_into().unwrap())
}

#[test]
fn a_node_joins_by_a_snapshot_is_drawn_and_produces() {
    let (network, both) = taken();
    what_is_not_the_state_is_no_snapshot(&network, &both);
    what_a_snapshot_says_of_itself_is_no_proof(&network, &both);
}

fn what_is_not_the_state_is_no_snapshot(network: &TestNetwork, [older, newer]: &[Vec<u8>; 2]) {
    let genesis = &network.genesis;
    let (old, new) = (Apart::of(older), Apart::of(newer));
    let round = new.head().round();
    assert!(round > old.head().round() && round >= Round(3));
    assert!(new.places(BOUNDARIES).len() > 1, "several documents");
    let state = new.places(STATE);
    assert!(state.len() > 3, "{} pieces", state.len());
    let header = restore(Cursor::new(newer.clone()), genesis, None).unwrap();
    assert!(header.ops_start > 0, "the log does not begin with genesis");
    assert_eq!(header.round, round);

    // A byte in each part.
    for (place, (tag, part)) in new.parts.iter().enumerate() {
        for byte in [part.len() / 3, part.len() - 1] {
            let bytes = new.with(|parts| parts[place].1[byte] ^= 1);
            let error = restore(Cursor::new(bytes), genesis, None).unwrap_err();
            let as_it_should = match *tag {
                BOUNDARIES => matches!(error, SnapshotError::Walk(_)),
                HEAD => matches!(error, SnapshotError::Head(_) | SnapshotError::Walk(_)),
                _ => matches!(error, SnapshotError::Piece { .. }),
            };
            assert!(as_it_should, "part {place}, byte {byte}: {error}");
            assert_eq!(error.to_string().lines().count(), 1);
        }
    }
    // Pieces that are swapped, missing, doubled, from elsewhere.
    let piece = |error: &SnapshotError| matches!(error, SnapshotError::Piece { .. });
    for pair in state.windows(2) {
        let [one, other] = [pair[0], pair[1]];
        for bytes in [
            new.with(|parts| parts.swap(one, other)),
            new.with(|parts| drop(parts.remove(one))),
            new.with(|parts| parts.insert(one, parts[one].clone())),
        ] {
            let error = restore(Cursor::new(bytes), genesis, None).unwrap_err();
            assert!(piece(&error), "{error}");
        }
    }
    let theirs = old.places(STATE)[0];
    let bytes = new.with(|parts| parts[state[0]] = old.parts[theirs].clone());
    assert!(piece(
        &restore(Cursor::new(bytes), genesis, None).unwrap_err()
    ));
    // An older state under a newer block, and the other way round.
    for (head, body) in [(&new, &old), (&old, &new)] {
        let bytes = head.with(|parts| {
            parts.truncate(head.places(STATE)[0]);
            parts.extend(
                body.places(STATE)
                    .iter()
                    .map(|place| body.parts[*place].clone()),
            );
        });
        assert!(piece(
            &restore(Cursor::new(bytes), genesis, None).unwrap_err()
        ));
    }
    // Cut short anywhere.
    let mut cuts = BTreeSet::from([0, 1, 14, 30, 46, 47, 48, newer.len() - 1]);
    cuts.extend((0..20).map(|step| newer.len() * step / 20));
    for cut in cuts {
        let bytes = newer[..cut].to_vec();
        let error = restore(Cursor::new(bytes), genesis, None).unwrap_err();
        let short = matches!(error, SnapshotError::Short(_) | SnapshotError::NoSnapshot);
        assert!(short, "cut at {cut}: {error}");
    }
}

fn what_a_snapshot_says_of_itself_is_no_proof(
    network: &TestNetwork,
    [older, newer]: &[Vec<u8>; 2],
) {
    let genesis = &network.genesis;
    let (old, new) = (Apart::of(older), Apart::of(newer));
    let fails = |bytes: Vec<u8>, checkpoint| {
        restore(Cursor::new(bytes), genesis, checkpoint)
            .unwrap_err()
            .to_string()
    };
    // What goes on, and what never ends.
    let more = [newer.clone(), vec![0]].concat();
    assert_eq!(fails(more, None), "the snapshot goes on after its end");
    let again = new.with(|parts| parts.push(parts.last().unwrap().clone()));
    assert_eq!(fails(again, None), "the snapshot goes on after its end");
    let endless = |start: Vec<u8>, byte: u8| {
        let input = Cursor::new(start).chain(std::io::repeat(byte));
        restore(input, genesis, None).unwrap_err().to_string()
    };
    assert_eq!(
        endless(newer.clone(), 3),
        "the snapshot goes on after its end"
    );
    assert_eq!(
        endless(new.beginning.clone(), 1),
        "the snapshot says that the ends of rounds has 16843009 bytes, and none has more than 16777216"
    );
    assert_eq!(
        endless(new.beginning.clone(), 3),
        "the snapshot says that a piece of the state has 50529027 bytes, and none has more than 4259840"
    );
    let early = new.with(|parts| drop(parts.remove(new.places(HEAD)[0])));
    assert_eq!(
        fails(early, None),
        "the snapshot has a piece of the state where the block must be"
    );
    assert_eq!(
        endless(new.beginning.clone(), 9),
        "the snapshot has something else where a part of a snapshot must be"
    );
    assert!(endless(Vec::new(), 0).starts_with("this is no snapshot of etm"));
    // The same proof again and again.
    let first = new.places(BOUNDARIES)[0];
    let again = new.with(|parts| parts.insert(first, parts[first].clone()));
    let error = fails(again, None);
    assert!(
        error.contains("the boundaries begin with round 0"),
        "{error}"
    );

    // Another chain, told and untold.
    let other = TestNetwork::new(6, 4, ROUND).genesis;
    let error = restore(Cursor::new(newer.clone()), &other, None).unwrap_err();
    assert!(matches!(error, SnapshotError::OtherChain { .. }), "{error}");
    let mut renamed = newer.clone();
    renamed[15..47].copy_from_slice(&other.chain().id.0);
    let error = restore(Cursor::new(renamed), &other, None).unwrap_err();
    assert!(matches!(error, SnapshotError::Walk(_)), "{error}");

    // Checkpoints: of the round itself with no other proof, of one on the way, of a later one, of others.
    let chain = genesis.chain().id;
    let of = |apart: &Apart| Checkpoint::of(chain, &apart.head().committees);
    let alone = new.with(|parts| parts.retain(|(tag, _)| *tag != BOUNDARIES));
    let trusts = |bytes: &Vec<u8>, checkpoint| {
        restore(Cursor::new(bytes.clone()), genesis, Some(checkpoint)).map(|header| header.round)
    };
    let round = new.head().round();
    assert_eq!(trusts(&alone, of(&new)).unwrap(), round);
    assert_eq!(trusts(newer, of(&new)).unwrap(), round);
    assert_eq!(trusts(newer, of(&old)).unwrap(), round);
    let error = fails(alone.clone(), None);
    assert!(error.contains("give a checkpoint of that round"), "{error}");
    let error = fails(alone.clone(), Some(of(&old)));
    assert!(
        error.contains(&format!("it begins with round {round}")),
        "{error}"
    );
    let error = fails(older.clone(), Some(of(&new)));
    assert!(error.ends_with("it is too old"), "{error}");
    let text = of(&new).to_string();
    assert_eq!(text.parse::<Checkpoint>().unwrap(), of(&new));
    for apart in [&new, &old] {
        let mut wrong = of(apart);
        wrong.hash.0[0] ^= 1;
        let error = fails(newer.clone(), Some(wrong));
        assert!(error.contains("not those of the checkpoint"), "{error}");
    }
    let mut wrong = of(&new);
    wrong.hash.0[31] ^= 1;
    assert!(fails(alone, Some(wrong)).contains("not those of the checkpoint"));
    for wrong in ["", "5", "5:", ":", "+5:00", "x:ff"] {
        assert!(wrong.parse::<Checkpoint>().is_err(), "{wrong}");
    }
}
