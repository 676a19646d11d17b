//! What was proved of chains, kept in a folder: 32 bytes a round, and which node had which chain at first.

use super::{
    anchor::Wanted,
    pins::{PinsFile, unreadable},
};
use crate::{
    config,
    context::Context,
    failure::{Exit, Failure, Result},
    files,
};
use etm_types::{
    ChainId, Round,
    api::{error::ErrorCode, query::BoundariesQuery},
};
use etm_verify::Trust;
use std::{
    fs::{self, File},
    io::{ErrorKind, Read},
    path::PathBuf,
};

/// Far more than a hundred years of rounds take.
const MAX_BYTES: u64 = 256 << 20;
/// After so many answers what was proved is written down.
const SAVE_EVERY: u32 = 16;

/// The folder.
#[derive(Clone, Debug)]
pub struct Held {
    folder: Option<PathBuf>,
}

impl Held {
    /// The folder named, or the usual one; where that can't be made nothing is kept.
    ///
    /// # Errors
    /// [`Failure`] if the one named can't be made.
    pub fn open(named: Option<PathBuf>) -> Result<Self> {
        let folder = match named {
            Some(folder) => {
                fs::create_dir_all(&folder).map_err(|error| unreadable(&folder, error))?;
                Some(folder)
            }
            None => config::default_chains().filter(|folder| fs::create_dir_all(folder).is_ok()),
        };
        Ok(Self { folder })
    }

    /// The file of a name, if anything is kept.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(name))
    }

    /// Which node had which chain.
    pub fn pins(&self) -> PinsFile {
        PinsFile::new(self.path("pins.toml"))
    }

    fn load(&self, chain: ChainId) -> Result<Option<Trust>> {
        let Some(path) = self.path(&format!("{chain}.trust")) else {
            return Ok(None);
        };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&path, error)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(&path, error))?;
        let trust = Trust::from_bytes(&bytes).map_err(|error| unreadable(&path, error))?;
        match trust.chain() == chain {
            true => Ok(Some(trust)),
            false => Err(unreadable(&path, "it is of another chain")),
        }
    }

    /// The round whose end comes next, of what is held.
    ///
    /// # Errors
    /// [`Failure`] if the file can't be read.
    pub fn next(&self, chain: ChainId) -> Result<u64> {
        Ok(self.load(chain)?.map_or(0, |trust| trust.next().0))
    }

    fn save(&self, trust: &Trust) -> Result<()> {
        match self.path(&format!("{}.trust", trust.chain())) {
            Some(path) => files::write(&path, &trust.to_bytes(), true),
            None => Ok(()),
        }
    }

    /// What is known of a chain, as far as a round's check needs it: what is held, and the rest from the node.
    ///
    /// # Errors
    /// [`Failure`] if the node can't be asked, or what it sends does not hold.
    pub async fn walk(
        &self,
        context: &Context,
        chain: ChainId,
        round: u64,
        wanted: &Wanted,
    ) -> Result<Trust> {
        let (mut trust, mut changed) = match self.load(chain)? {
            Some(trust) => (trust, false),
            None => (genesis(context, chain, wanted).await?, true),
        };
        let mut answers = 0u32;
        // The committee of the round after tells who serves again where one is kept.
        while trust.root(Round(round.saturating_add(1))).is_none() {
            let from = trust.next();
            let query = BoundariesQuery {
                from_round: Some(from.0),
                limit: None,
            };
            let answer = context.client.boundaries(&query).await;
            let bytes = answer.map_err(|error| match error.code() {
                // It is asked for nothing else that could be wrong.
                Some(ErrorCode::InvalidQuery) => Failure::failed(
                    "round_not_finished",
                    format!("the node has no end of round {from} yet"),
                ),
                _ => error.into(),
            })?;
            trust.walk(&bytes).map_err(|error| {
                Failure::failed("does_not_verify", format!("boundaries: {error}"))
            })?;
            changed = true;
            answers += 1;
            if answers.is_multiple_of(SAVE_EVERY) {
                self.save(&trust)?;
                context.output.note(&format!(
                    "etm: committees are proved up to round {} of {round}",
                    trust.next()
                ));
            }
        }
        if changed {
            self.save(&trust)?;
        }
        Ok(trust)
    }
}

/// What follows from a chain's genesis.
async fn genesis(context: &Context, chain: ChainId, wanted: &Wanted) -> Result<Trust> {
    let told;
    let bytes = match wanted.genesis() {
        Some(bytes) => bytes,
        None => {
            told = context.client.genesis().await?.canonical.0;
            told.as_slice()
        }
    };
    let wrong = |reason: String| Failure::failed("does_not_verify", format!("genesis: {reason}"));
    let trust = Trust::genesis(bytes).map_err(|error| wrong(error.to_string()))?;
    match trust.chain() == chain {
        true => Ok(trust),
        false => Err(Failure::new(
            Exit::Failed,
            "does_not_verify",
            format!(
                "genesis: its hash is {}, the chain's id is {chain}",
                trust.chain()
            ),
        )),
    }
}
