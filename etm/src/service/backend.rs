//! The node as the API sees it.

use super::warnings::{self, Facts};
use crate::{disk, travel::Travel as Itinerary};
use etm_api::{
    Backend, BackendError, BoxFuture, CertificateFacts, ChainBlock, Declined, FaucetSent, Given,
    NodeFacts, PeerFacts, ProvedValue, SlotFacts, StateProofs, StateValues, Submitted, SyncFacts,
    Travel, TravelDistance,
};
use etm_execution::{Genesis, read};
use etm_mempool::{NotAdmitted, PooledTransaction, Summary};
use etm_node::{
    engine::counters::Turn,
    feed::FeedError,
    node::{NodeHandle, decode_certificate},
    pool::SubmitError,
    reader::StateUnavailable,
    snapshot::GiveError,
    upstream::Place,
};
use etm_types::{
    Address, Hash, Header, Height, Memo, Payload, Round, SecretKey, Slot, StateKey, Transaction,
    Units, UnsignedTransaction,
    amount::format_etm,
    api::{
        chain::{BlockSource, SyncState, UpstreamPeer},
        error::ErrorCode,
    },
    codec,
    state::{ChainRecord, Record},
};
use std::{
    fmt::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::broadcast;

/// What the faucet sends if no amount is asked for.
const FAUCET_PORTION: Units = Units(1_000 * Units::ETM.0);
/// The most the faucet sends at once.
const FAUCET_MAX: Units = Units(100_000 * Units::ETM.0);
/// Blocks a transaction of the faucet may wait.
const FAUCET_EXPIRY: u64 = 100;
/// A node that executed no block for this long is not catching up.
const IDLE: Duration = Duration::from_secs(5);

/// A running node.
pub struct NodeBackend {
    node: Arc<NodeHandle>,
    faucet: Option<SecretKey>,
    /// One transfer of the faucet at a time: each needs the nonce after the last.
    faucet_turn: tokio::sync::Mutex<()>,
    travel: Option<Itinerary>,
    directory: PathBuf,
    started_ms: u64,
    progress: Mutex<(u64, Instant)>,
}

impl NodeBackend {
    /// A backend of `node`.
    pub fn new(
        node: Arc<NodeHandle>,
        faucet: Option<SecretKey>,
        travel: Option<Itinerary>,
        directory: PathBuf,
    ) -> Self {
        let elapsed = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            progress: Mutex::new((node.tip().height.0, Instant::now())),
            node,
            faucet,
            faucet_turn: tokio::sync::Mutex::new(()),
            travel,
            directory,
            started_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        }
    }

    async fn send(&self, transaction: Transaction) -> Result<Submitted, Declined> {
        let (hash, desk) = (transaction.hash(), self.node.desk());
        let submitted = |held, final_at| Submitted {
            hash,
            held,
            final_at,
        };
        match desk.submit(transaction).await {
            Ok((_, admitted)) => Ok(submitted(admitted.held, None)),
            Err(SubmitError::Pool(NotAdmitted::AlreadyFinal { height })) => {
                Ok(submitted(false, Some(height)))
            }
            Err(error) => {
                // The very same transaction: its sender did not get the answer, or asks another node to pass it on as well.
                let known = desk.pool().get(&hash);
                known
                    .filter(|_| error == SubmitError::Pool(NotAdmitted::AlreadyPending))
                    .map(|(_, held)| submitted(held, None))
                    .ok_or_else(|| declined(error))
            }
        }
    }

    async fn pour(&self, to: Address, amount: Option<Units>) -> Result<FaucetSent, Declined> {
        let Some(key) = &self.faucet else {
            return Err(Declined {
                code: ErrorCode::Unavailable,
                message: "this node has no key of the faucet: ask the first node of the devnet"
                    .into(),
            });
        };
        let amount = amount.unwrap_or(FAUCET_PORTION);
        if amount.0 == 0 || amount > FAUCET_MAX {
            return Err(Declined {
                code: ErrorCode::InvalidBody,
                message: format!(
                    "amount: the faucet gives {} to {} ETM at once",
                    format_etm(Units(1)),
                    format_etm(FAUCET_MAX)
                ),
            });
        }
        let _turn = self.faucet_turn.lock().await;
        let unavailable = |error: &dyn std::fmt::Display| Declined {
            code: ErrorCode::Unavailable,
            message: error.to_string(),
        };
        let desk = self.node.desk();
        let chain = self.node.genesis().chain();
        let sender = Address::of(&key.public_key());
        let source = desk.reader().map_err(|error| unavailable(&error))?.source();
        let account = read::account(&source, &chain.params, &sender)
            .await
            .map_err(|error| unavailable(&error))?;
        let transaction = UnsignedTransaction {
            chain: chain.id,
            sender: key.public_key(),
            nonce: desk.pool().next_nonce(&sender, account.record.nonce),
            fee: chain.params.fee,
            expires_at: self.node.tip().height.saturating_add(FAUCET_EXPIRY),
            payload: Payload::Transfer {
                recipient: to,
                amount,
                memo: Memo::new("devnet faucet").map_err(|error| unavailable(&error))?,
            },
        }
        .sign(key);
        let sent = self.send(transaction).await?;
        Ok(FaucetSent {
            hash: sent.hash,
            amount,
        })
    }

    fn depart(&self, distance: TravelDistance) -> Result<Travel, Declined> {
        let params = &self.node.genesis().chain().params;
        let from_ms = self.now_ms();
        let clock = self.node.clock();
        let travel = match distance {
            TravelDistance::Days(days) => {
                let distance = u64::from(days).saturating_mul(params.mechanism.day_seconds);
                clock.advance(Duration::from_secs(distance));
                Travel {
                    from_ms,
                    to_ms: self.now_ms(),
                    target_round: None,
                }
            }
            TravelDistance::Rounds(rounds) => {
                let height = self.node.tip().height;
                let target = params.round_of(height.next()).saturating_add(rounds.into());
                let first = params.first_height(target);
                clock.unpace_until(first);
                let blocks = first.since(height);
                let to_ms = from_ms.saturating_add(blocks.saturating_mul(params.slot_ms));
                Travel {
                    from_ms,
                    to_ms,
                    target_round: Some(target),
                }
            }
        };
        if let Some(itinerary) = &self.travel {
            itinerary.tell(clock).map_err(|error| Declined {
                code: ErrorCode::Internal,
                message: format!("the other nodes could not be told: {error}"),
            })?;
        }
        Ok(travel)
    }

    fn state(&self) -> SyncState {
        if self.node.desk().reader().is_err() {
            return SyncState::Starting;
        }
        let tip = self.node.tip();
        let slot_ms = self.node.genesis().chain().params.slot_ms;
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.0 != tip.height.0 {
            *progress = (tip.height.0, Instant::now());
        }
        let ahead_ms = self.node.clock_ahead_ms();
        if !warnings::is_old(tip.timestamp_ms, self.now_ms(), ahead_ms, slot_ms) {
            SyncState::Synced
        } else if progress.1.elapsed() < IDLE {
            SyncState::Behind
        } else {
            SyncState::Stalled
        }
    }

    fn warnings(&self) -> Vec<String> {
        let tip = self.node.tip();
        let peers = self.node.peers();
        Facts {
            slot_ms: self.node.genesis().chain().params.slot_ms,
            clock_ahead_ms: self.node.clock_ahead_ms(),
            clock_unchanged: self.node.clock_is_unchanged(),
            tip_ms: tip.timestamp_ms,
            now_ms: self.node.now_ms(),
            peers: peers.len(),
            connected: peers.iter().filter(|peer| peer.connected).count(),
            silent: self.node.silent_round(),
            unheard: self.node.unheard(),
            lost: self.node.feed().lost(),
            useless: self.useless(),
        }
        .warnings()
    }

    /// The upstreams and why each can't be used, where blocks come from them and that is so of all.
    fn useless(&self) -> Vec<(String, String)> {
        let (source, upstreams) = self.upstreams();
        let aside = upstreams
            .into_iter()
            .map(|upstream| Some((upstream.address, upstream.aside?)));
        let aside = if source == BlockSource::Upstreams {
            aside.collect()
        } else {
            None
        };
        aside.unwrap_or_default()
    }

    /// The highest block anybody it follows says there is, if that is above its own and there was time for it.
    fn best_height(&self) -> Height {
        let upstreams = self.node.standing().upstreams();
        let used = upstreams.iter().filter(|upstream| upstream.aside.is_none());
        let told = used.filter_map(|upstream| upstream.tip);
        let told = told.filter(|height| self.node.can_be_at(*height)).max();
        told.unwrap_or_default().max(self.node.tip().height)
    }

    /// The height of a state, from its chain record.
    fn height_of(record: Option<&[u8]>) -> Result<Height, BackendError> {
        record
            .and_then(|bytes| codec::from_bytes::<ChainRecord>(bytes).ok())
            .map(|record| record.height)
            .ok_or_else(|| BackendError::Failed("the state has no chain record".into()))
    }
}

fn declined(error: SubmitError) -> Declined {
    let message = error.to_string();
    let code = match error {
        SubmitError::Invalid(invalid) => return invalid.into(),
        SubmitError::Pool(reason) => return reason.into(),
        SubmitError::TooManyRefused => ErrorCode::AccountLimit,
        SubmitError::Unavailable(_) => ErrorCode::Unavailable,
    };
    Declined { code, message }
}

fn unavailable(error: StateUnavailable) -> BackendError {
    BackendError::Unavailable(error.0)
}

fn given(given: Result<Vec<u8>, GiveError>) -> Result<Given, BackendError> {
    match given {
        Ok(bytes) => Ok(Given::Bytes(bytes)),
        Err(GiveError::Gone(reason)) => Ok(Given::Gone(reason)),
        Err(GiveError::Unknown(reason)) => Ok(Given::Unknown(reason)),
        Err(GiveError::Failed(reason) | GiveError::Unreachable(reason)) => {
            Err(BackendError::Unavailable(reason))
        }
    }
}

impl Backend for NodeBackend {
    fn genesis(&self) -> &Arc<Genesis> {
        self.node.genesis()
    }

    fn node(&self) -> NodeFacts {
        NodeFacts {
            version: env!("CARGO_PKG_VERSION").into(),
            node_key: self.node.node_key(),
            started_ms: self.started_ms,
        }
    }

    fn sync(&self) -> SyncFacts {
        SyncFacts {
            state: self.state(),
            best_height: self.best_height(),
            warnings: self.warnings(),
        }
    }

    fn tip(&self) -> Option<Header> {
        Some(self.node.tip())
    }

    fn now_ms(&self) -> u64 {
        self.node.now_ms()
    }

    fn get_many<'a>(
        &'a self,
        keys: &'a [StateKey],
    ) -> BoxFuture<'a, Result<StateValues, BackendError>> {
        Box::pin(async move {
            let keys: Vec<StateKey> = keys.iter().copied().chain([Record::Chain.key()]).collect();
            let reader = self.node.desk().reader().map_err(unavailable)?;
            let mut values = reader.get_many(&keys).await.map_err(unavailable)?;
            let record = values.pop().flatten();
            Ok(StateValues {
                height: Self::height_of(record.as_deref())?,
                values,
            })
        })
    }

    fn prove<'a>(
        &'a self,
        keys: &'a [StateKey],
    ) -> BoxFuture<'a, Result<StateProofs, BackendError>> {
        Box::pin(async move {
            let keys: Vec<StateKey> = keys.iter().copied().chain([Record::Chain.key()]).collect();
            let reader = self.node.desk().reader().map_err(unavailable)?;
            let mut proofs = reader.prove(&keys).await.map_err(unavailable)?.entries;
            let record = proofs.pop().flatten();
            let height = Self::height_of(record.as_ref().map(|entry| entry.value.as_slice()))?;
            let entries = proofs
                .into_iter()
                .map(|entry| match entry {
                    Some(entry) => ProvedValue {
                        value: Some(entry.value),
                        proof: Some(entry.proof),
                    },
                    None => ProvedValue::default(),
                })
                .collect();
            Ok(StateProofs { height, entries })
        })
    }

    fn submit(&self, transaction: Transaction) -> BoxFuture<'_, Result<Submitted, Declined>> {
        Box::pin(self.send(transaction))
    }

    fn pool_summary(&self) -> Summary {
        self.node.desk().pool().summary()
    }

    fn pool_limits(&self) -> (usize, usize) {
        let limits = self.node.desk().pool().limits();
        (limits.count, limits.bytes)
    }

    fn pool_nonce_gap(&self) -> u64 {
        self.node.desk().pool().limits().nonce_gap
    }

    fn pool_best(&self, count: usize) -> Vec<(Arc<PooledTransaction>, bool)> {
        self.node.desk().pool().best(count)
    }

    fn pool_events(&self) -> broadcast::Receiver<(Arc<PooledTransaction>, bool)> {
        self.node.desk().pool().subscribe()
    }

    fn pool_get(&self, hash: &Hash) -> Option<(Arc<PooledTransaction>, bool)> {
        self.node.desk().pool().get(hash)
    }

    fn pool_of(&self, sender: &Address) -> Vec<(Arc<PooledTransaction>, bool)> {
        self.node.desk().pool().of_account(sender)
    }

    fn peers(&self) -> Vec<PeerFacts> {
        let peers = self.node.peers().into_iter();
        peers
            .map(|peer| {
                let (version, height) = peer.announced.map_or((None, None), |announced| {
                    (Some(announced.version), Some(announced.height))
                });
                PeerFacts {
                    node_key: peer.key,
                    address: Some(peer.dial),
                    connected: peer.connected,
                    version,
                    height,
                }
            })
            .collect()
    }

    fn current_slot(&self) -> Option<SlotFacts> {
        let Turn { round, slot } = self.node.running_slot();
        (slot > Slot(0)).then_some(SlotFacts { round, slot })
    }

    fn decode_certificate(&self, certificate: &[u8], members: usize) -> Option<CertificateFacts> {
        let decoded = decode_certificate(certificate, members)?;
        Some(CertificateFacts {
            view: decoded.view,
            parent_view: decoded.parent_view,
            signers: decoded.signers,
        })
    }

    fn chain_block(
        &self,
        height: Height,
    ) -> BoxFuture<'_, Result<Option<ChainBlock>, BackendError>> {
        Box::pin(async move {
            // A block is known as final a moment before what it brought is written down.
            self.node.feed().wait(height).await;
            match self.node.feed().encoded(height).await {
                Ok((block, certificate)) => Ok(Some(ChainBlock {
                    block: block.into(),
                    certificate: certificate.into(),
                })),
                Err(FeedError::Gone(_)) => Ok(None),
                Err(reason @ (FeedError::Ahead(_) | FeedError::Closed)) => {
                    Err(BackendError::Unavailable(reason.to_string()))
                }
                Err(reason) => Err(BackendError::Failed(reason.to_string())),
            }
        })
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Given, BackendError>> {
        Box::pin(async move {
            let head = self.node.gives().head().await;
            given(head.map(|head| codec::to_bytes(&head)))
        })
    }

    fn snapshot_piece(
        &self,
        round: Round,
        operation: u64,
    ) -> BoxFuture<'_, Result<Given, BackendError>> {
        Box::pin(async move { given(self.node.gives().piece(round, operation).await) })
    }

    fn upstreams(&self) -> (BlockSource, Vec<UpstreamPeer>) {
        let standing = self.node.standing();
        let source = match standing.place() {
            Place::Network => BlockSource::Network,
            Place::Upstreams => BlockSource::Upstreams,
        };
        let upstreams = standing.upstreams().into_iter();
        let upstreams = upstreams.map(|upstream| UpstreamPeer {
            address: upstream.address,
            height: upstream.tip.map(|height| height.0),
            blocks: upstream.blocks,
            aside: upstream.aside.map(|(reason, _)| reason),
        });
        (source, upstreams.collect())
    }

    fn metrics(&self) -> String {
        let mut text = self.node.metrics();
        text.truncate(text.trim_end().trim_end_matches("# EOF").len());
        let mut gauge = |name: &str, help: &str, value: u64| {
            // Writing to a string can't fail.
            let _ = writeln!(
                text,
                "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"
            );
        };
        gauge(
            "etm_node_silent",
            "1 while the node keeps its votes to itself, having found votes of its own that it does not remember.",
            self.node.silent_round().is_some().into(),
        );
        if let Ok((free, all)) = disk::space(&self.directory) {
            gauge(
                "etm_disk_free_bytes",
                "Bytes free on the disk of the node's folder.",
                free,
            );
            gauge("etm_disk_size_bytes", "Bytes of that disk.", all);
        }
        text
    }

    fn faucet(
        &self,
        to: Address,
        amount: Option<Units>,
    ) -> BoxFuture<'_, Result<FaucetSent, Declined>> {
        Box::pin(self.pour(to, amount))
    }

    fn time_travel(&self, distance: TravelDistance) -> BoxFuture<'_, Result<Travel, Declined>> {
        Box::pin(async move { self.depart(distance) })
    }
}
