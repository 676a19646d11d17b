//! What marshal wants, and what of it is here.

use etm_types::Height;
use std::collections::BTreeMap;

use bytes::Bytes;
use commonware_consensus::marshal::resolver::handler::{Annotation, Finalized, Key};
use commonware_utils::vec::NonEmptyVec;
use tracing::Span;

use super::{backfill::Asked, window::Window};
use crate::engine::{counters::ToChain as _, types::Digest};

struct Wanted {
    subscribers: Vec<(Annotation, Span)>,
    /// How many of them an answer is on its way to.
    answering: usize,
}

/// What marshal wants, and for whom.
#[derive(Default)]
pub struct Wishes(BTreeMap<Key<Digest>, Wanted>);

/// What marshal wants and is here.
pub struct Found {
    /// What it is.
    pub key: Key<Digest>,
    /// The height of the block.
    pub height: Height,
    /// Who gave it.
    pub source: usize,
    /// Whom it is for.
    pub subscribers: NonEmptyVec<(Annotation, Span)>,
    /// The answer.
    pub value: Bytes,
}

impl Wishes {
    /// Whether something is wanted.
    pub fn contains(&self, key: &Key<Digest>) -> bool {
        self.0.contains_key(key)
    }

    /// Marshal wants something, or no longer.
    pub fn hear(&mut self, asked: Asked) {
        match asked {
            Asked::Fetch(wish) => {
                let wanted = self.0.entry(wish.key).or_insert_with(|| Wanted {
                    subscribers: Vec::new(),
                    answering: 0,
                });
                // Those an answer is on its way to may want another.
                let mut known = wanted.subscribers.iter().skip(wanted.answering);
                if !known.any(|(subscriber, _)| *subscriber == wish.subscriber) {
                    wanted.subscribers.push((wish.subscriber, wish.span));
                }
            }
            Asked::Retain(still) => self.0.retain(|key, wanted| {
                let mut subscribers = wanted.subscribers.iter();
                subscribers.any(|(subscriber, _)| still(key, subscriber))
            }),
        }
    }

    /// What is wanted and here, which is taken for answered from now on. Blocks that can't be those of the chain are named with their givers.
    pub fn find(&mut self, window: &Window, liars: &mut Vec<(Height, usize)>) -> Vec<Found> {
        let mut all = Vec::new();
        for (key, wanted) in &mut self.0 {
            if wanted.answering > 0 {
                continue;
            }
            let Some((height, value)) = held(window, key, &wanted.subscribers, liars) else {
                continue;
            };
            let Some(source) = window.get(height).map(|entry| entry.source) else {
                continue;
            };
            let Ok(subscribers) = NonEmptyVec::try_from(wanted.subscribers.clone()) else {
                continue;
            };
            wanted.answering = wanted.subscribers.len();
            all.push(Found {
                key: *key,
                height,
                source,
                subscribers,
                value,
            });
        }
        all
    }

    /// An answer was refused: another is needed.
    pub fn again(&mut self, key: &Key<Digest>) {
        if let Some(wanted) = self.0.get_mut(key) {
            wanted.answering = 0;
        }
    }

    /// An answer was taken. Who asked in the meantime has not got it.
    pub fn answered(&mut self, key: &Key<Digest>) {
        let Some(wanted) = self.0.get_mut(key) else {
            return;
        };
        let answered = wanted.answering.min(wanted.subscribers.len());
        wanted.subscribers.drain(..answered);
        wanted.answering = 0;
        if wanted.subscribers.is_empty() {
            self.0.remove(key);
        }
    }
}

/// What is here of what marshal wants, and the height of it. Blocks that can't be those of the chain are named with their givers.
fn held(
    window: &Window,
    key: &Key<Digest>,
    subscribers: &[(Annotation, Span)],
    liars: &mut Vec<(Height, usize)>,
) -> Option<(Height, Bytes)> {
    match key {
        Key::Finalized { height } => {
            let height = height.to_chain();
            let entry = window.get(height)?;
            (!entry.certificate.is_empty()).then(|| (height, entry.finalized()))
        }
        Key::Block(digest) => {
            if let Some(height) = window.height_of(digest) {
                return Some((height, window.get(height)?.block.clone()));
            }
            let mut finalized = subscribers
                .iter()
                .filter_map(|(subscriber, _)| match subscriber {
                    Annotation::Finalized(Finalized::ByHeight { height }) => Some(height.get()),
                    _ => None,
                });
            let height = finalized.next()?;
            // Marshal has a certificate that leads to another block at this height.
            liars.push((Height(height), window.get(Height(height))?.source));
            None
        }
        Key::Notarized { .. } => None,
    }
}
