//! When a simulation ends, and what has to be true then.

use std::{
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    time::{Duration, SystemTime},
};

use commonware_cryptography::ed25519::PublicKey;
use commonware_glue::simulate::{
    exit::ExitCondition, property::Property, tracker::ProgressTracker,
};
use commonware_runtime::{Clock as _, Storage as _};
use etm_types::{Height, MinerId, Round};

use crate::harness::TestState;

/// Ends a simulation once something holds of its nodes.
#[derive(Clone)]
pub struct Once<F> {
    name: &'static str,
    holds: F,
}

/// Once `nodes` nodes have reached a height. `measure` is where a node is: what its followers saw of it, or it itself.
pub fn reached(
    height: Height,
    nodes: usize,
    measure: fn(&TestState) -> Height,
) -> Once<impl Fn(&[&TestState]) -> bool + Clone> {
    Once {
        name: "reached",
        holds: move |states: &[&TestState]| {
            let there = states.iter().filter(|state| measure(state) >= height);
            there.count() >= nodes
        },
    }
}

/// Once this node stays silent, as it has forgotten votes.
pub fn is_silent(node: usize) -> Once<impl Fn(&[&TestState]) -> bool + Clone> {
    Once {
        name: "is_silent",
        holds: move |states: &[&TestState]| {
            let mut states = states.iter();
            let state = states.find(|state| state.index == node);
            state.is_some_and(|state| state.silence.forgotten().is_some())
        },
    }
}

/// Once every one of so many `miners` was drawn for a round from `first` on.
pub fn all_drawn(first: Round, miners: usize) -> Once<impl Fn(&[&TestState]) -> bool + Clone> {
    Once {
        name: "all_drawn",
        holds: move |states: &[&TestState]| {
            let Some(state) = states.first() else {
                return false;
            };
            let reference = state.reference.lock().unwrap();
            let committees = reference.drawn.range(first..);
            let drawn = committees.flat_map(|(_, members)| members.clone());
            drawn.collect::<BTreeSet<MinerId>>().len() == miners
        },
    }
}

/// Once the miner of a node has produced a block, and the node itself executed it; looked at from `seconds` on.
pub fn drawn_and_produced(
    node: usize,
    miner: MinerId,
    seconds: u64,
) -> Once<impl Fn(&[&TestState]) -> bool + Clone> {
    Once {
        name: "drawn_and_produced",
        holds: move |states: &[&TestState]| {
            let mut states = states.iter();
            states
                .find(|state| state.index == node)
                .is_some_and(|state| {
                    let reference = state.reference.lock().unwrap();
                    reference.timestamp_ms >= seconds * 1_000
                        && reference.produced.contains_key(&miner)
                        && state.tip() > Height::ZERO
                })
        },
    }
}

impl<F> ExitCondition<PublicKey, TestState> for Once<F>
where
    F: Fn(&[&TestState]) -> bool + Clone + Send + Sync + 'static,
{
    fn name(&self) -> &str {
        self.name
    }

    fn requires_polling(&self) -> bool {
        true
    }

    fn reached<'a>(
        &'a self,
        _: &'a ProgressTracker<PublicKey>,
        states: &'a [&'a TestState],
        _: usize,
    ) -> Pin<Box<dyn Future<Output = Result<bool, String>> + Send + 'a>> {
        Box::pin(async move { Ok((self.holds)(states)) })
    }
}

/// At the end, no journal of consensus is left but those of the last rounds.
#[derive(Clone)]
pub struct JournalsDeleted;

impl Property<PublicKey, TestState> for JournalsDeleted {
    fn name(&self) -> &str {
        "journals_deleted"
    }

    fn check<'a>(
        &'a self,
        _: &'a ProgressTracker<PublicKey>,
        states: &'a [&'a TestState],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            for state in states {
                let genesis = state.reference.lock().unwrap().genesis.clone();
                let running = genesis.chain().params.round_of(state.height().next());
                let mut kept = Vec::new();
                for round in 0..=running.next().0 {
                    let partition = format!("node-{}-consensus-{round}", state.index);
                    if state.storage.scan(&partition).await.is_ok() {
                        kept.push(round);
                    }
                }
                if kept.len() > 3 || kept.first().is_none_or(|first| first + 3 < running.0) {
                    return Err(format!(
                        "node {} in round {running} keeps the journals of {kept:?}",
                        state.index
                    ));
                }
            }
            Ok(())
        })
    }
}

/// At the end, these nodes stay silent, as they have forgotten votes, and no others do.
#[derive(Clone)]
pub struct Silent(pub Vec<usize>);

impl Property<PublicKey, TestState> for Silent {
    fn name(&self) -> &str {
        "silent"
    }

    fn check<'a>(
        &'a self,
        _: &'a ProgressTracker<PublicKey>,
        states: &'a [&'a TestState],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            let silent = states
                .iter()
                .filter(|state| state.silence.forgotten().is_some())
                .map(|state| state.index);
            let silent: Vec<usize> = silent.collect();
            if silent == self.0 {
                Ok(())
            } else {
                Err(format!("silent: {silent:?}, expected: {:?}", self.0))
            }
        })
    }
}

/// At the end, the newest block is not of the future.
#[derive(Clone)]
pub struct NotAhead;

impl Property<PublicKey, TestState> for NotAhead {
    fn name(&self) -> &str {
        "not_ahead"
    }

    fn check<'a>(
        &'a self,
        _: &'a ProgressTracker<PublicKey>,
        states: &'a [&'a TestState],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            for state in states {
                let timestamp_ms = state.reference.lock().unwrap().timestamp_ms;
                let now = state.storage.current();
                if SystemTime::UNIX_EPOCH + Duration::from_millis(timestamp_ms) > now {
                    return Err(format!(
                        "the chain is at {timestamp_ms}, the time is {now:?}"
                    ));
                }
            }
            Ok(())
        })
    }
}
