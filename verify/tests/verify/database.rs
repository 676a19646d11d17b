//! The database of a node, in memory: the proofs it makes are those that are checked.

use commonware_runtime::{Runner as _, deterministic};
use commonware_storage::qmdb::floor::Proportional;
use etm_node::engine::state::{self, Database, Proof, Value};
use etm_node::engine::storage;
use etm_types::codec::{DecodeError, Reader, Wire, Writer};
use etm_types::{Hash, StateKey};
use etm_verify::Proved;
use std::collections::BTreeMap;

/// Changes of the state.
pub type Batch = BTreeMap<StateKey, Option<Vec<u8>>>;

/// Applies the batches one after the other. After each it proves the values of the keys that `wanted` names, and hands them on with the root.
pub fn each_state(
    batches: &[Batch],
    wanted: impl Fn(usize) -> Vec<StateKey>,
    mut look: impl FnMut(usize, Hash, Vec<Option<Proof>>),
) {
    deterministic::Runner::default().start(|context| async move {
        let config = state::config("test", storage::cache());
        let mut database = Database::<deterministic::Context>::init(context, config, None)
            .await
            .unwrap();
        for (index, changes) in batches.iter().enumerate() {
            let mut batch = database.new_batch();
            for (key, value) in changes {
                batch = batch.write(key.0.into(), value.clone().map(Value));
            }
            let sealed = batch
                .merkleize(&database, None, &mut Proportional)
                .await
                .unwrap();
            database = database.apply_batch(sealed).await.unwrap();
            let mut proofs = Vec::new();
            for key in wanted(index) {
                proofs.push(state::prove(&database, key).await.unwrap());
            }
            look(index, Hash(database.root().0), proofs);
        }
    });
}

/// The root after the last batch, and the values of keys with their proofs.
pub fn prove(batches: &[Batch], keys: &[StateKey]) -> (Hash, Vec<Proof>) {
    let last = batches.len() - 1;
    let mut found = None;
    let wanted = |index| {
        if index == last {
            keys.to_vec()
        } else {
            Vec::new()
        }
    };
    each_state(batches, wanted, |_, root, proofs| {
        found = Some((root, proofs.into_iter().flatten().collect()));
    });
    found.unwrap()
}

/// A record of which only the bytes are known: all there are.
#[derive(Debug, PartialEq, Eq)]
struct Opaque(Vec<u8>);

impl Wire for Opaque {
    fn write(&self, out: &mut Writer) {
        out.raw(&self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let left = input.left();
        Ok(Self(input.raw("value", left)?.to_vec()))
    }
}

fn key(number: u32) -> StateKey {
    StateKey(Hash::of(&[&number.to_be_bytes()]).0)
}

/// A value of its own for each key and batch.
fn value(number: u32, batch: usize) -> Vec<u8> {
    vec![batch as u8; number as usize % 40]
}

/// Keys are set, set again and deleted, few and many at once.
fn long_log() -> Vec<Batch> {
    let mut batches = Vec::new();
    for batch in 0..420u32 {
        let mut changes = Batch::new();
        for step in 0..(1 + batch * 7 % 23) {
            let number = (batch * 13 + step * step) % 200;
            let gone = (batch + step) % 11 == 10;
            let kept = value(number, batch as usize);
            changes.insert(key(number), (!gone).then_some(kept));
        }
        batches.push(changes);
    }
    batches.push(many(700));
    batches
}

fn many(count: u32) -> Batch {
    (0..count)
        .map(|number| (key(number), Some(value(number, 0))))
        .collect()
}

/// Logs of many lengths, so that all shapes of the tree come up: no peak inactive or several, the operation before, among and behind them,
/// in the last piece of the bitmap and in others, and a bitmap that ends with a piece.
#[test]
fn every_proof_of_the_database_leads_to_its_root() {
    let (mut proved, mut shapes) = (0u32, BTreeMap::<_, u32>::new());
    let short = (250..=256).map(|count| vec![many(count)]);
    for batches in short.chain([long_log()]) {
        let wanted = |index: usize| -> Vec<StateKey> {
            let index = index as u32;
            let numbers = (0..9).map(|step| (index * 31 + step * 23) % 200);
            numbers.map(key).collect()
        };
        each_state(&batches, wanted, |index, root, proofs| {
            for (key, proof) in wanted(index).iter().zip(proofs) {
                let Some(Proof { value, proof, .. }) = proof else {
                    continue;
                };
                let (tree, found) = Proved::<Opaque>::from_database(&value, &proof).unwrap();
                let leads = |key, value: &[u8]| tree.root(key, value, &found.proof) == Ok(root);
                assert!(leads(key, &value), "batch {index}");
                // Neither another value nor another key leads there.
                assert!(!leads(key, &[value.as_slice(), &[0]].concat()));
                assert!(!leads(&StateKey([1; 32]), &value));
                proved += 1;
                let last = found.proof.location / 256 == tree.leaves / 256;
                let shape = (tree.inactive_peaks, last, tree.partial.is_none());
                *shapes.entry(shape).or_default() += 1;
            }
        });
    }
    println!("{proved} proofs; (inactive peaks, last piece, full bitmap): {shapes:?}");
    let seen = |shape: fn(&(u8, bool, bool)) -> bool| shapes.keys().any(shape);
    assert!(proved > 3_000);
    assert!(seen(|(inactive, ..)| *inactive == 0) && seen(|(inactive, ..)| *inactive > 1));
    assert!(seen(|(_, last, _)| *last) && seen(|(_, last, _)| !last));
    assert!(seen(|(.., full)| *full), "no log ends with a piece");
}

/// What a key had before is still in the log, but no longer the newest: its place is refused with the bitmap as it is now, and with the one
/// that it had.
#[test]
fn an_old_value_is_refused() {
    let set = |batch| Batch::from([(key(1), Some(value(7, batch)))]);
    let mut states = Vec::new();
    each_state(
        &[many(20), set(1), set(2)],
        |_| vec![key(1)],
        |_, root, mut proofs| {
            let proof = proofs.remove(0).unwrap();
            let (tree, proved) =
                Proved::<Opaque>::from_database(&proof.value, &proof.proof).unwrap();
            states.push((root, tree, proof.value, proved.proof));
        },
    );
    let [_, (_, _, value, old), (root, tree, _, new)] = states.as_slice() else {
        panic!("three states");
    };
    assert_ne!(old.location, new.location);
    let mut forged = old.clone();
    forged.chunk = new.chunk;
    let refused = tree.root(&key(1), value, &forged).unwrap_err();
    assert!(refused.contains("no longer the newest"), "{refused}");
    forged.path.clone_from(&new.path);
    forged.chunk = old.chunk;
    assert_ne!(tree.root(&key(1), value, &forged), Ok(*root));
}
