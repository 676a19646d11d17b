//! A chain executed again, block by block from genesis, and held against what its headers say. No consensus, no network: blocks come from whoever has
//! them, and nothing about them is believed.

use std::{collections::BTreeMap, future::Future, path::Path, sync::Arc};

use commonware_runtime::{Runner as _, Spawner, tokio};
use commonware_storage::{Context as StorageContext, qmdb::floor::Proportional};
use etm_execution::{BlockContext, Genesis, Source, check_all, execute, genesis::StateRoots};
use etm_types::{
    Block, Committee, Hash, Header, Height, Round, StateKey, codec, limits::MAX_BLOCK_BYTES,
};
use etm_verify::{Certificate, Finality};
use thiserror::Error;

use crate::engine::{
    state::{self, Commitment, Database, StateError, Value},
    storage,
};

/// How far an audit is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The last block that was executed.
    pub height: Height,
    pub round: Round,
    /// Transactions so far.
    pub transactions: u64,
    /// Certificates that hold so far.
    pub certificates: u64,
    /// The last block that is final by them.
    pub final_height: Height,
    /// The hash of that block: what was executed beyond it, nobody has signed yet.
    pub hash: Hash,
    /// The root of the state after it.
    pub state_root: Hash,
    /// When it was made, in milliseconds since 1970.
    pub timestamp_ms: u64,
}

/// A block with a certificate that is still to be checked.
struct Signed {
    height: Height,
    hash: Hash,
    state_root: Hash,
    timestamp_ms: u64,
}

/// What ends an audit early.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AuditError {
    /// A block is not what it must be.
    #[error("block {height}: {what}")]
    Differs {
        height: Height,
        /// What is wrong with it.
        what: String,
    },
    /// Blocks can't be had.
    #[error("{0}")]
    Source(String),
    /// The state can't be kept here.
    #[error("{0}")]
    Storage(String),
}

/// A block as it came, and what is said to make it final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedBlock {
    /// The encoded finalization; empty if there is none for this very block.
    pub certificate: Vec<u8>,
    /// The canonical encoding of the block.
    pub block: Vec<u8>,
}

/// Where blocks come from.
pub trait Blocks: Send {
    /// Blocks from the height `first` on, as many as come at once; none if there are no more.
    fn next(
        &mut self,
        first: Height,
    ) -> impl Future<Output = Result<Vec<SealedBlock>, String>> + Send;
}

/// What an audit is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// Certificates of rounds before this one are taken as they are.
    pub from_round: Round,
    /// The last round; none for all there are.
    pub to_round: Option<Round>,
}

/// Executes the chain of `genesis` with its state in `folder`, which is empty, and tells `observe` after each answer of `blocks`.
///
/// # Errors
/// [`AuditError`]: the first thing that differs, or what keeps the audit from going on.
pub fn audit(
    genesis: Arc<Genesis>,
    folder: &Path,
    options: Options,
    blocks: impl Blocks + 'static,
    observe: impl FnMut(&Progress) + Send + 'static,
) -> Result<Progress, AuditError> {
    let config = tokio::Config::new()
        .with_worker_threads(2)
        .with_catch_panics(false)
        .with_storage_directory(folder);
    tokio::Runner::new(config).start(|context| audit_in(context, genesis, options, blocks, observe))
}

/// The same in a runtime that is there already.
///
/// # Errors
/// As [`audit`].
pub async fn audit_in<E: Spawner + StorageContext>(
    context: E,
    genesis: Arc<Genesis>,
    options: Options,
    mut blocks: impl Blocks,
    mut observe: impl FnMut(&Progress),
) -> Result<Progress, AuditError> {
    let mut auditor = Auditor::new(context, genesis, options).await?;
    loop {
        let first = auditor.progress.height.saturating_add(1);
        if auditor.is_done(first) {
            break;
        }
        let taken = blocks.next(first).await.map_err(AuditError::Source)?;
        if taken.is_empty() {
            break;
        }
        for block in &taken {
            if auditor.is_done(auditor.progress.height.saturating_add(1)) {
                break;
            }
            auditor.block(block).await?;
        }
        auditor.certificates()?;
        observe(&auditor.progress);
    }
    Ok(auditor.progress)
}

/// The state on disk.
struct Disk<'a, E: Spawner + StorageContext>(&'a Database<E>);

impl<E: Spawner + StorageContext> Source for Disk<'_, E> {
    type Error = StateError;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        state::read(self.0, keys).await
    }
}

struct Auditor<E: Spawner + StorageContext> {
    genesis: Arc<Genesis>,
    options: Options,
    /// None only while a block is written.
    database: Option<Database<E>>,
    parent: Header,
    /// Of the running round and those after it.
    committees: BTreeMap<Round, Committee>,
    finality: Finality,
    /// Heights of the certificates that are not checked yet.
    pending: Vec<Signed>,
    progress: Progress,
}

fn storage(error: impl std::fmt::Debug) -> AuditError {
    AuditError::Storage(format!("the state can't be kept: {error:?}"))
}

impl<E: Spawner + StorageContext> Auditor<E> {
    async fn new(context: E, genesis: Arc<Genesis>, options: Options) -> Result<Self, AuditError> {
        let config = || state::config("audit", storage::cache());
        let state = genesis.state().map_err(storage)?;
        let commitment = state::write_genesis(context.child("genesis"), config(), &state)
            .await
            .map_err(storage)?;
        let database = Database::init(context.child("state"), config(), None)
            .await
            .map_err(storage)?;
        let block = genesis.block(StateRoots {
            state_root: Hash(commitment.root),
            ops_root: Hash(commitment.ops_root),
            ops_start: commitment.ops_start,
            ops_end: commitment.ops_end,
        });
        let committees = genesis.committees().map_err(storage)?.iter().cloned();
        Ok(Self {
            committees: Round::ZERO.through(Round::MAX).zip(committees).collect(),
            progress: Progress {
                hash: block.header.hash(),
                state_root: block.header.state_root,
                timestamp_ms: block.header.timestamp_ms,
                ..Progress::default()
            },
            parent: block.header,
            genesis,
            options,
            database: Some(database),
            finality: Finality::default(),
            pending: Vec::new(),
        })
    }

    fn is_done(&self, next: Height) -> bool {
        let params = &self.genesis.chain().params;
        let last = self.options.to_round;
        last.is_some_and(|last| params.round_of(next) > last)
    }

    /// Executes a block and holds everything in its header against what follows.
    async fn block(&mut self, entry: &SealedBlock) -> Result<(), AuditError> {
        let height = self.progress.height.saturating_add(1);
        let differs = |what: String| AuditError::Differs { height, what };
        if entry.block.len() > MAX_BLOCK_BYTES {
            return Err(differs("it is longer than a block may be".to_owned()));
        }
        let block: Block =
            codec::from_bytes(&entry.block).map_err(|error| differs(error.to_string()))?;
        self.stands(&block).map_err(differs)?;
        let (header, body) = (&block.header, &block.body);
        let chain = self.genesis.chain();
        let transactions = check_all(chain, body.transactions.clone())
            .map_err(|(index, reason)| differs(format!("transaction {index}: {reason}")))?;
        let count = transactions.len() as u64;
        let context = BlockContext::of(header, self.parent.beacon);
        let database = self.database.take().ok_or_else(|| storage("it was left"))?;
        let outcome = execute(&Disk(&database), chain, &context, &transactions)
            .await
            .map_err(|error| differs(error.to_string()))?;
        if let Some(what) = outcome.contradicts(&block) {
            return Err(differs(format!(
                "its {what} does not follow from execution"
            )));
        }
        let mut batch = database.new_batch();
        for (key, value) in outcome.changes {
            batch = batch.write(key.0.into(), value.map(Value));
        }
        let sealed = batch
            .merkleize(&database, None, &mut Proportional)
            .await
            .map_err(storage)?;
        let found = Commitment {
            root: sealed.root().0,
            ops_root: sealed.ops_root().0,
            ops_start: *sealed.sync_boundary(),
            ops_end: *sealed.bounds().tip.size,
        };
        let told = Commitment::of(header);
        if found.root == told.root && found != told {
            return Err(differs(
                "what it says of the operations of the state does not follow from execution"
                    .to_owned(),
            ));
        }
        if found != told {
            return Err(differs(format!(
                "its state root is {}, execution makes {}",
                header.state_root,
                Hash(found.root)
            )));
        }
        self.database = Some(database.apply_batch(sealed).await.map_err(storage)?);
        if let Some(committee) = &body.committee {
            self.committees.insert(committee.round, committee.clone());
            self.committees = self.committees.split_off(&header.round);
        }
        self.certificate(&block, &entry.certificate)
            .map_err(|what| AuditError::Differs { height, what })?;
        self.progress.height = height;
        self.progress.round = header.round;
        self.progress.transactions = self.progress.transactions.saturating_add(count);
        self.parent = block.header;
        Ok(())
    }

    /// Whether it stands where it must, and holds its body. What depends on the state, execution checks.
    fn stands(&self, block: &Block) -> Result<(), String> {
        let (header, parent) = (&block.header, &self.parent);
        let chain = self.genesis.chain();
        let height = parent.height.saturating_add(1);
        let earliest = parent.timestamp_ms.saturating_add(chain.params.slot_ms);
        for (holds, what) in [
            (header.chain == chain.id, "it is of another chain"),
            (header.height == height, "it has another height"),
            (
                header.parent == parent.hash(),
                "its parent is not the block before it",
            ),
            (
                header.round == chain.params.round_of(height),
                "it has another round",
            ),
            (
                header.timestamp_ms >= earliest,
                "its time is less than a slot after its parent's",
            ),
            (
                block.commits_to_body(),
                "its body is not the one its header holds",
            ),
        ] {
            if !holds {
                return Err(what.to_owned());
            }
        }
        Ok(())
    }

    /// Takes up what makes a block final, to be checked with those of others.
    fn certificate(&mut self, block: &Block, bytes: &[u8]) -> Result<(), String> {
        let header = &block.header;
        if bytes.is_empty() {
            // It is final by the next one that has a certificate.
            return match self.genesis.chain().params.is_last_of_round(header.height) {
                true => Err("the last block of a round has no certificate".to_owned()),
                false => Ok(()),
            };
        }
        if header.round < self.options.from_round {
            return Ok(());
        }
        let committee = self
            .committees
            .get(&header.round)
            .ok_or("the committee of its round is not known")?;
        let certificate = Certificate::from_finalization(bytes)
            .map_err(|reason| format!("its certificate: {reason}"))?;
        if certificate.to_finalization(header.round, &header.hash(), committee.members.len())
            != bytes
        {
            return Err("its certificate is of another block".to_owned());
        }
        self.finality
            .add(&self.genesis.chain().id, header, committee, &certificate)
            .map_err(|reason| format!("its certificate: {reason}"))?;
        self.pending.push(Signed {
            height: header.height,
            hash: header.hash(),
            state_root: header.state_root,
            timestamp_ms: header.timestamp_ms,
        });
        Ok(())
    }

    /// Checks the signatures of the certificates taken up.
    fn certificates(&mut self) -> Result<(), AuditError> {
        let signed = std::mem::take(&mut self.pending);
        self.finality.check().map_err(|index| AuditError::Differs {
            height: signed.get(index).map_or(Height::ZERO, |one| one.height),
            what: "its certificate is not signed by the members it names".to_owned(),
        })?;
        self.progress.certificates = self
            .progress
            .certificates
            .saturating_add(signed.len() as u64);
        if let Some(last) = signed.last() {
            self.progress.final_height = last.height;
            self.progress.hash = last.hash;
            self.progress.state_root = last.state_root;
            self.progress.timestamp_ms = last.timestamp_ms;
        }
        Ok(())
    }
}
