//! The history of chains in memory that run real execution.

mod bonus;
mod cost;
mod damage;
mod feed;
mod fill;
mod forgets;
mod oracle;
mod origin;
mod prune;
mod reading;

use std::path::PathBuf;
use std::sync::Arc;

use etm_types::{Address, Units};
use proptest::prelude::ProptestConfig;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::History;
use crate::holder::Holder;
use crate::life::Teller;
use crate::stand::Change;
use crate::testing::{ChainParams, TestChain, genesis};

/// Properties are tried with so many random chains, or with as many as `PROPTEST_CASES` says.
pub(crate) fn chains(count: u32) -> ProptestConfig {
    let more = std::env::var("PROPTEST_CASES").ok();
    ProptestConfig {
        cases: more.and_then(|more| more.parse().ok()).unwrap_or(count),
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    }
}

/// A devnet with short rounds and days.
pub(crate) fn params() -> ChainParams {
    let mut params = ChainParams::devnet();
    params.mechanism.committee = 3;
    params.mechanism.min_committee = 1;
    params.mechanism.blocks_per_round = 4;
    params.mechanism.day_seconds = 7;
    params
}

/// A chain and an empty history of it.
pub(crate) struct World {
    pub(crate) chain: TestChain,
    pub(crate) history: History,
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let chain = TestChain::new(genesis(params(), 5, 4));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.sqlite");
        let history = History::open(&path, Arc::new(chain.facts())).unwrap();
        Self {
            chain,
            history,
            path,
            _folder: folder,
        }
    }

    /// Opens the file anew, as after a crash.
    pub(crate) fn reopen(&mut self) {
        self.history = History::open(&self.path, Arc::new(self.chain.facts())).unwrap();
    }

    /// The changes of an account's life, asked for `limit` at once, newest first, in order.
    pub(crate) fn changes(&self, account: &Address, limit: u64) -> Vec<Change> {
        let facts = self.history.chain();
        let account = &Holder::Account(*account);
        let read = |connection: &Connection| {
            let mut teller = Teller::new(connection, facts);
            let (stand, _) = teller.life(account)?;
            let (mut changes, mut until) = (Vec::new(), stand.changes);
            while until > 0 {
                let from = until.saturating_sub(limit);
                let part = teller.changes(account, from..until)?;
                changes.splice(0..0, part);
                until = from;
            }
            Ok(changes)
        };
        self.history.read(read).unwrap()
    }

    /// Makes and records `count` blocks without transactions.
    pub(crate) fn pass(&mut self, count: u64) {
        for _ in 0..count {
            let block = self.chain.produce(Vec::new(), 0, 0);
            self.history.record(&block).unwrap();
        }
    }
}

pub(crate) const fn etm(count: u64) -> Units {
    Units(count * Units::ETM.0)
}
