//! All standings, loaded for the end of a round.

use crate::{Error, MinerId, Standing, Standings, Store, Votes};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

/// All standings by miner id; writes back the pages that changed.
pub(super) struct Roll {
    standings: Vec<(MinerId, Standing)>,
    changed: BTreeSet<u32>,
    resigned: Vec<MinerId>,
    all_changed: bool,
    pages: Vec<u32>,
}

impl Roll {
    /// Reads all pages.
    pub fn load<S: Store>(store: &S) -> Result<Self, Error<S::Error>> {
        let pages = store.directory()?;
        let mut standings = Vec::with_capacity(pages.len() * Standings::PAGE as usize);
        for page in &pages {
            standings.extend(store.standings(*page)?.0);
        }
        if !standings.is_sorted_by(|(left, _), (right, _)| left < right) {
            return Err(Error::Damaged("standings are out of order"));
        }
        Ok(Self {
            standings,
            changed: BTreeSet::new(),
            resigned: Vec::new(),
            all_changed: false,
            pages,
        })
    }

    /// All standings by rising miner id.
    pub fn iter(&self) -> &[(MinerId, Standing)] {
        &self.standings
    }

    /// All standings, to be changed.
    pub fn iter_mut(&mut self) -> &mut [(MinerId, Standing)] {
        self.all_changed = true;
        &mut self.standings
    }

    /// A miner's standing.
    pub fn get(&self, id: MinerId) -> Option<&Standing> {
        let index = self.index(id)?;
        self.standings.get(index).map(|(_, standing)| standing)
    }

    /// A miner's standing, to be changed.
    pub fn get_mut(&mut self, id: MinerId) -> Option<&mut Standing> {
        let index = self.index(id)?;
        self.changed.insert(Standings::page_of(id));
        self.standings.get_mut(index).map(|(_, standing)| standing)
    }

    /// Adds a miner, whose id is above all others.
    pub fn register(&mut self, id: MinerId) {
        let standing = Standing::new(Votes::ZERO, 0, 0);
        self.changed.insert(Standings::page_of(id));
        self.standings.push((id, standing));
    }

    /// Notes a resignation.
    pub fn resign(&mut self, id: MinerId) {
        self.resigned.push(id);
    }

    /// The miners that resigned in this round, in the order of their requests.
    pub fn resigned(&self) -> impl Iterator<Item = MinerId> + '_ {
        self.resigned.iter().copied()
    }

    /// Ends the standings of these miners, which rise.
    pub fn remove(&mut self, miners: impl Iterator<Item = MinerId>) {
        let gone: Vec<_> = miners.collect();
        self.changed
            .extend(gone.iter().copied().map(Standings::page_of));
        self.standings
            .retain(|(id, _)| gone.binary_search(id).is_err());
    }

    fn index(&self, id: MinerId) -> Option<usize> {
        self.standings
            .binary_search_by_key(&id, |(other, _)| *other)
            .ok()
    }

    /// Writes what changed.
    pub fn save<S: Store>(self, store: &mut S) -> Result<(), Error<S::Error>> {
        let mut pages: BTreeMap<u32, Standings> = BTreeMap::new();
        for entry in &self.standings {
            let page = Standings::page_of(entry.0);
            if self.all_changed || self.changed.contains(&page) {
                pages.entry(page).or_default().0.push(*entry);
            }
        }
        let mut directory: BTreeSet<u32> = self.pages.iter().copied().collect();
        for page in &self.changed {
            if pages.contains_key(page) {
                directory.insert(*page);
            } else {
                directory.remove(page);
                store.put_standings(*page, Standings::default())?;
            }
        }
        for (page, standings) in pages {
            store.put_standings(page, standings)?;
        }
        if !directory.iter().eq(&self.pages) {
            store.put_directory(directory.into_iter().collect())?;
        }
        Ok(())
    }
}
