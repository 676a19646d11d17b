//! A store that knows only what it was told to load, and notes what is written.

use etm_mechanism::{
    Account, CohortId, CohortNode, Cohorts, Globals, MemoryStore, Miner, MinerId, MinerName,
    NameHolder, Pending, PositionRecord, Queued, Round, Standings, Store, Tally,
};
use std::collections::BTreeSet;

/// A record that is not loaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotLoaded(pub String);

/// A store over memory. Reading what is not in `loaded` fails, unless `loaded` is `None`.
#[derive(Clone, Debug)]
pub struct Traced {
    pub memory: MemoryStore<u32>,
    pub loaded: Option<BTreeSet<String>>,
    pub written: BTreeSet<String>,
}

impl Traced {
    pub fn new(memory: MemoryStore<u32>) -> Self {
        Self {
            memory,
            loaded: None,
            written: BTreeSet::new(),
        }
    }

    fn read(&self, record: String) -> Result<(), NotLoaded> {
        match &self.loaded {
            // What this overlay wrote it knows.
            Some(loaded) if !loaded.contains(&record) && !self.written.contains(&record) => {
                Err(NotLoaded(record))
            }
            _ => Ok(()),
        }
    }

    fn write(&mut self, record: String) {
        self.written.insert(record);
    }
}

fn sure<T>(result: Result<T, std::convert::Infallible>) -> Result<T, NotLoaded> {
    result.map_err(|never| match never {})
}

impl Store for Traced {
    type Account = u32;
    type Error = NotLoaded;

    fn globals(&self) -> Result<Globals, NotLoaded> {
        self.read("globals".to_owned())?;
        sure(self.memory.globals())
    }

    fn put_globals(&mut self, value: Globals) -> Result<(), NotLoaded> {
        self.write("globals".to_owned());
        sure(self.memory.put_globals(value))
    }

    fn tally(&self) -> Result<Tally, NotLoaded> {
        self.read("tally".to_owned())?;
        sure(self.memory.tally())
    }

    fn put_tally(&mut self, value: Tally) -> Result<(), NotLoaded> {
        self.write("tally".to_owned());
        sure(self.memory.put_tally(value))
    }

    fn account(&self, id: &u32) -> Result<Option<Account>, NotLoaded> {
        self.read(format!("account {id:?}"))?;
        sure(self.memory.account(id))
    }

    fn put_account(&mut self, id: &u32, value: Account) -> Result<(), NotLoaded> {
        self.write(format!("account {id:?}"));
        sure(self.memory.put_account(id, value))
    }

    fn position(&self, id: &u32) -> Result<Option<PositionRecord>, NotLoaded> {
        self.read(format!("position {id:?}"))?;
        sure(self.memory.position(id))
    }

    fn put_position(&mut self, id: &u32, value: Option<PositionRecord>) -> Result<(), NotLoaded> {
        self.write(format!("position {id:?}"));
        sure(self.memory.put_position(id, value))
    }

    fn pending(&self, id: &u32) -> Result<Option<Pending>, NotLoaded> {
        self.read(format!("pending {id:?}"))?;
        sure(self.memory.pending(id))
    }

    fn put_pending(&mut self, id: &u32, value: Option<Pending>) -> Result<(), NotLoaded> {
        self.write(format!("pending {id:?}"));
        sure(self.memory.put_pending(id, value))
    }

    fn miner(&self, id: MinerId) -> Result<Option<Miner<u32>>, NotLoaded> {
        self.read(format!("miner {id:?}"))?;
        sure(self.memory.miner(id))
    }

    fn put_miner(&mut self, id: MinerId, value: Option<Miner<u32>>) -> Result<(), NotLoaded> {
        self.write(format!("miner {id:?}"));
        sure(self.memory.put_miner(id, value))
    }

    fn directory(&self) -> Result<Vec<u32>, NotLoaded> {
        self.read("directory".to_owned())?;
        sure(self.memory.directory())
    }

    fn put_directory(&mut self, value: Vec<u32>) -> Result<(), NotLoaded> {
        self.write("directory".to_owned());
        sure(self.memory.put_directory(value))
    }

    fn standings(&self, page: u32) -> Result<Standings, NotLoaded> {
        self.read(format!("standings {page:?}"))?;
        sure(self.memory.standings(page))
    }

    fn put_standings(&mut self, page: u32, value: Standings) -> Result<(), NotLoaded> {
        self.write(format!("standings {page:?}"));
        sure(self.memory.put_standings(page, value))
    }

    fn cohorts(&self, miner: Option<MinerId>) -> Result<Cohorts, NotLoaded> {
        self.read(format!("cohorts {miner:?}"))?;
        sure(self.memory.cohorts(miner))
    }

    fn put_cohorts(&mut self, miner: Option<MinerId>, value: Cohorts) -> Result<(), NotLoaded> {
        self.write(format!("cohorts {miner:?}"));
        sure(self.memory.put_cohorts(miner, value))
    }

    fn cohort_node(&self, id: CohortId) -> Result<Option<CohortNode>, NotLoaded> {
        self.read(format!("cohort_node {id:?}"))?;
        sure(self.memory.cohort_node(id))
    }

    fn put_cohort_node(
        &mut self,
        id: CohortId,
        value: Option<CohortNode>,
    ) -> Result<(), NotLoaded> {
        self.write(format!("cohort_node {id:?}"));
        sure(self.memory.put_cohort_node(id, value))
    }

    fn name(&self, name: &MinerName) -> Result<Option<NameHolder>, NotLoaded> {
        self.read(format!("name {name:?}"))?;
        sure(self.memory.name(name))
    }

    fn put_name(&mut self, name: &MinerName, value: Option<NameHolder>) -> Result<(), NotLoaded> {
        self.write(format!("name {name:?}"));
        sure(self.memory.put_name(name, value))
    }

    fn requests(&self, block: u32) -> Result<Vec<Queued<u32>>, NotLoaded> {
        self.read(format!("requests {block:?}"))?;
        sure(self.memory.requests(block))
    }

    fn push_request(&mut self, block: u32, request: Queued<u32>) -> Result<(), NotLoaded> {
        self.write(format!("requests {block:?}"));
        sure(self.memory.push_request(block, request))
    }

    fn clear_requests(&mut self, block: u32) -> Result<(), NotLoaded> {
        self.write(format!("requests {block:?}"));
        sure(self.memory.clear_requests(block))
    }

    fn committee(&self, round: Round) -> Result<Option<Vec<MinerId>>, NotLoaded> {
        self.read(format!("committee {round:?}"))?;
        sure(self.memory.committee(round))
    }

    fn put_committee(
        &mut self,
        round: Round,
        value: Option<Vec<MinerId>>,
    ) -> Result<(), NotLoaded> {
        self.write(format!("committee {round:?}"));
        sure(self.memory.put_committee(round, value))
    }

    fn retiring(&self) -> Result<Vec<MinerId>, NotLoaded> {
        self.read("retiring".to_owned())?;
        sure(self.memory.retiring())
    }

    fn put_retiring(&mut self, value: Vec<MinerId>) -> Result<(), NotLoaded> {
        self.write("retiring".to_owned());
        sure(self.memory.put_retiring(value))
    }
}
