//! Puts the parts of an engine together.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    sync::Arc,
    time::Duration,
};

use commonware_broadcast::buffered;
use commonware_consensus::{
    Reporter, Reporters,
    marshal::{self, Update, core::Actor as MarshalActor, resolver::handler, standard::Deferred},
    types::FixedEpocher,
};
use commonware_cryptography::{Digested, Digestible as _};
use commonware_glue::stateful::{
    Config as StatefulConfig, PruneConfig, Stateful, SyncPlan, db::SyncEngineConfig,
};
use commonware_p2p::{Blocker, Receiver, Sender};
use commonware_parallel::Sequential;
use commonware_resolver::p2p as resolver;
use commonware_runtime::{Clock, Metrics, Spawner, Storage};
use commonware_utils::{NZDuration, NZU64, NZUsize};
use etm_types::{Height, namespace};
use rand_core::CryptoRng;
use tokio::sync::mpsc;

use super::{
    BLOCKS_OF_A_PEER, Config, Engine, Network, StartError, VIEW_RETENTION,
    application::{self, App},
    begin::beginnings,
    block::EngineBlock,
    candidates::Candidates,
    duties::{self, Duties},
    elector,
    missing::MissingEnds,
    orchestrator::{self, Orchestrator},
    outcomes::Outcomes,
    pace::Pace,
    paced::{Paced, Punctual},
    peers::Tracker,
    provider::Schemes,
    running::RunningSlot,
    silence::Silence,
    state::{self, NoDownload},
    storage::{self, Archives, Retention},
    tip::Tip,
    types::{Digest, PublicKey, private_key},
    upstream::{self, Fetcher, backfill::Backfill},
};
use crate::{
    feed::Feed,
    reader::{DatabaseReader, StateReader},
    upstream::Standing,
};

/// How often what is no longer needed is removed. Operations of the state that later ones replaced serve whoever takes a snapshot of the
/// end of a round ([`crate::snapshot`]): those of the newest and of the one before stay, so that there is a round's time to take one. The
/// blocks' archives keep what [`Retention`] says beyond the heights they are told to forget.
fn pruning(blocks_per_round: u64) -> PruneConfig {
    let retained = usize::try_from(blocks_per_round.saturating_mul(2)).unwrap_or(usize::MAX / 2);
    PruneConfig {
        maintenance_interval: NZUsize!(64),
        retained_marshal_blocks: retained,
        retained_qmdb_blocks: retained,
    }
}

/// Blocks that are executed before the first of them is durable, so that a node that catches up waits once for many. Where
/// rounds are shorter, a round's.
const UNACKNOWLEDGED: u64 = 32;

fn unacknowledged(blocks_per_round: NonZeroU64) -> NonZeroUsize {
    let most = blocks_per_round.get().min(UNACKNOWLEDGED);
    usize::try_from(most)
        .ok()
        .and_then(NonZeroUsize::new)
        .unwrap_or(NonZeroUsize::MIN)
}

/// Starts an engine.
///
/// Who talks to whom, over what, and what happens when it is full:
///
/// | from | to | over | bound, and what is over it |
/// |---|---|---|---|
/// | peers | consensus, backfill, broadcast, duties | [`CHANNELS`](super::CHANNELS) | so many messages a peer in a second; what is more waits in the network, and then at the peer |
/// | consensus | the state (`App`) | the automaton: `Punctual`, `Deferred`, `Paced`, `Stateful` | one block a view to make and one to check, each with its answer |
/// | marshal | `App` and the orchestrator | its reporter | `UNACKNOWLEDGED` blocks before the first is acknowledged, and no more, so the orchestrator's unbounded mailbox holds as many |
/// | marshal | peers | `Backfill` | 1,024 questions; over that, questions for one thing are put together |
/// | marshal | upstreams (`Fetcher`) | `Backfill`, unbounded | what marshal lacks at once; it says so when it no longer wants it, which must not be lost |
/// | peers, upstreams | marshal | the handler | as many as the channel of backfill takes; over that, peers' questions are dropped, answers are kept, each asked for |
/// | upstreams | `Fetcher` | what each tells | one; the listeners wait, and tell only the newest |
/// | users | duties | `Ledger` | 1,024 submissions; whoever submits more waits |
/// | duties | `Fetcher` | transactions | 16 messages; over that, they are passed on later |
/// | `App` | the API, the history | `Feed`, `Tip` | nothing queues: they are asked |
///
/// `wrap` may put a reporter around the one of finalized blocks (the tests watch progress there).
///
/// # Errors
/// [`StartError`] if the storage fails or holds another chain.
pub async fn start<E, B, T, S, R, W, M>(
    context: E,
    config: Config<B, T>,
    network: Network<S, R>,
    wrap: W,
) -> Result<Engine, StartError>
where
    E: Spawner + Metrics + Clock + Storage + CryptoRng,
    B: Blocker<PublicKey = PublicKey>,
    T: Tracker,
    S: Sender<PublicKey = PublicKey>,
    R: Receiver<PublicKey = PublicKey>,
    W: FnOnce(Reporters<commonware_glue::stateful::Mailbox<E, App>, orchestrator::Mailbox>) -> M,
    M: Reporter<Activity = Update<EngineBlock>>,
{
    let cache = storage::cache();
    let prefix = config.prefix.clone();
    let (genesis, origin) = beginnings(&context, &config.genesis, &prefix, &cache).await?;
    let chain = config.genesis.chain();
    let blocks_per_round = u64::from(chain.params.mechanism.blocks_per_round);
    let blocks_per_round = NonZeroU64::new(blocks_per_round).ok_or(StartError::Genesis)?;
    let epocher = FixedEpocher::new(blocks_per_round);
    let schemes = Schemes::new(
        namespace::consensus(&chain.id),
        config
            .secrets
            .as_ref()
            .and_then(|secrets| private_key(&secrets.bls)),
    );

    // Every message is one that the network let in on this channel, and questions are dropped once it is full.
    let (answers, handler) =
        handler::init::<Digest>(context.child("answers"), network.backfill.1.capacity());
    let (peers, peers_mailbox) = resolver::Engine::new(
        context.child("backfill"),
        resolver::Config {
            peer_provider: config.tracker.clone(),
            blocker: config.blocker.clone(),
            consumer: handler.clone(),
            producer: handler.clone(),
            mailbox_size: NZUsize!(1024),
            me: Some(config.me.clone()),
            fetch_timeout: NZDuration!(Duration::from_secs(2)),
            fetch_retry_delay: Duration::from_millis(100),
            priority_requests: false,
            priority_responses: false,
        },
    );
    peers.start(network.backfill);
    let follows = !config.upstreams.is_empty();
    let standing = Standing::default();
    let (ask, asked) = mpsc::unbounded_channel();
    let backfill = Backfill::new(peers_mailbox, follows.then_some(ask), config.me.clone());
    let (broadcast, buffer) = buffered::Engine::new(
        context.child("broadcast"),
        buffered::Config {
            public_key: config.me.clone(),
            mailbox_size: NZUsize!(1024),
            deque_size: BLOCKS_OF_A_PEER,
            priority: true,
            codec_config: (),
            peer_provider: config.tracker.clone(),
            strategy: Sequential,
        },
    );
    let broadcast = broadcast.start(network.broadcast);

    let archives = Archives::open(
        &context,
        &prefix,
        config.retention,
        blocks_per_round.get(),
        &cache,
    )
    .await
    .map_err(|error| StartError::Storage(error.to_string()))?;
    let plan = SyncPlan::init(context.child("plan"), prefix.clone()).await;
    let (marshal_actor, marshal, floor) = MarshalActor::init(
        context.child("marshal"),
        archives.finalizations,
        archives.blocks,
        marshal::Config {
            provider: schemes.clone(),
            epocher: epocher.clone(),
            start: plan.marshal_start(Digested::precomputed(genesis.clone(), genesis.digest())),
            partition_prefix: format!("{prefix}-marshal"),
            mailbox_size: NZUsize!(1024),
            view_retention: VIEW_RETENTION,
            prunable_items_per_section: NZU64!(64),
            page_cache: cache.clone(),
            replay_buffer: storage::REPLAY_BUFFER,
            key_write_buffer: storage::WRITE_BUFFER,
            value_write_buffer: storage::WRITE_BUFFER,
            block_codec_config: (),
            max_repair: NZUsize!(32),
            max_pending_acks: unacknowledged(blocks_per_round),
            strategy: Sequential,
        },
    )
    .await;

    let outcomes = Outcomes::open(
        context.child("outcomes"),
        format!("{prefix}-outcomes"),
        retained_blocks(config.retention, blocks_per_round.get()),
    )
    .await
    .map_err(|error| StartError::Storage(error.to_string()))?;
    let missing = MissingEnds::default();
    let (feed, recorder) = Feed::new(outcomes, marshal.clone(), chain.params, missing.clone());
    let candidates = Candidates::default();
    let tip = Tip::new(genesis.header().clone());
    let running = RunningSlot::default();
    let pace = Pace::new(config.clock, chain.params.slot_ms);
    let silence = Silence::default();
    let begins = pace.clock().now_ms(&context)
        < genesis
            .header()
            .timestamp_ms
            .saturating_add(chain.params.slot_ms);
    let app = App::new(
        &context.child("chain"),
        application::Config {
            genesis: config.genesis.clone(),
            genesis_block: genesis.clone(),
            pace: pace.clone(),
            lazy_percent: config.lazy_percent,
            secret: config.secrets.as_ref().map(|secrets| secrets.bls.clone()),
            pool: config.pool.clone(),
            recorder,
            candidates: candidates.clone(),
            places: config.places,
            tip: tip.clone(),
            faults: config.faults.clone(),
        },
    );
    let (stateful, stateful_mailbox) = Stateful::new(
        context.child("state"),
        StatefulConfig {
            application: app,
            db_config: state::config(&prefix, cache.clone()),
            provider: (),
            marshal: (marshal.clone(), floor),
            mailbox_size: NZUsize!(1024),
            plan,
            resolvers: NoDownload,
            sync_config: SyncEngineConfig {
                fetch_batch_size: NZU64!(16),
                apply_batch_size: NZU64!(64),
                max_outstanding_requests: NZUsize!(1),
            },
            prune_config: Some(pruning(blocks_per_round.get())),
            strategy: Sequential,
        },
    );
    let automaton = Deferred::new(
        context.child("deferred"),
        Paced::new(stateful_mailbox.clone(), pace.clone(), silence.clone()),
        marshal.clone(),
        epocher,
    );
    let automaton = Punctual::new(
        context.child("votes"),
        automaton,
        marshal.clone(),
        pace.clone(),
    );
    let (orchestrator, orchestrator_mailbox) = Orchestrator::new(
        context.child("orchestrator"),
        orchestrator::Config {
            blocker: config.blocker.clone(),
            tracker: config.tracker,
            schemes: schemes.clone(),
            schedules: elector::Schedules::default(),
            marshal: marshal.clone(),
            automaton,
            blocks_per_round,
            timeouts: config.timeouts,
            prefix: prefix.clone(),
            cache,
            genesis: Arc::clone(&config.genesis),
            genesis_block: genesis.clone(),
            faults: config.faults.clone(),
            candidates,
            secondary_peers: config.places,
            running: running.clone(),
            silence: silence.clone(),
            missing,
            begins,
            me: config.me.clone(),
            follows,
            standing: standing.clone(),
        },
    );
    let orchestrator = orchestrator.start(network.votes, network.certificates, network.resolver);
    let reporter = wrap(Reporters::from((
        stateful_mailbox.clone(),
        orchestrator_mailbox,
    )));
    let marshal_handle = marshal_actor.start(reporter, buffer, (answers, backfill));
    if let Some((_, newest)) = marshal.get_anchor().await {
        tip.resume(newest.inner().header());
    }
    if let Some(done) = marshal.get_processed().await {
        let begin = origin
            .as_ref()
            .map_or(Height::ZERO, |origin| origin.header().height);
        feed.look_for_losses(begin.next(), Height(done.height().get()));
    }
    let stateful = stateful.start();
    let (tell, to_tell) = mpsc::channel(upstream::MESSAGES);
    let fetcher = if follows {
        let upstreams = upstream::Config {
            chain: chain.clone(),
            me: config.me,
            upstreams: config.upstreams,
            marshal: marshal.clone(),
            handler,
            asked,
            transactions: to_tell,
            tip: tip.clone(),
            schemes,
            standing: standing.clone(),
        };
        Fetcher::new(context.child("upstreams"), upstreams).start()
    } else {
        context.child("upstreams").spawn(|_| std::future::pending())
    };
    let (duties, ledger) = Duties::new(
        context.child("duties"),
        duties::Config {
            chain: config.genesis.chain().clone(),
            key: config.secrets.map(|secrets| secrets.node),
            pool: config.pool,
            tip: tip.clone(),
            reader: Box::pin(async move {
                let database = stateful_mailbox.subscribe_databases().await;
                let reader: Arc<dyn StateReader> = Arc::new(DatabaseReader::new(database));
                reader
            }),
            blocker: config.blocker,
            partition: format!("{prefix}-own"),
            upstreams: follows.then_some(tell),
        },
    )
    .await
    .map_err(|error| StartError::Storage(format!("pending transactions: {error}")))?;
    let duties = duties.start(network.transactions);
    Ok(Engine {
        marshal,
        feed,
        ledger,
        tip,
        running,
        pace,
        silence,
        standing,
        genesis,
        origin,
        handles: vec![
            broadcast,
            orchestrator,
            marshal_handle,
            stateful,
            duties,
            context.child("faults").spawn(|_| config.faults.happened()),
            fetcher,
        ],
    })
}

/// How many blocks are kept at least; all if none.
fn retained_blocks(retention: Retention, blocks_per_round: u64) -> Option<u64> {
    match retention {
        Retention::All => None,
        Retention::Blocks(blocks) => {
            Some(u64::from(blocks.get()).max(blocks_per_round.saturating_mul(2)))
        }
    }
}
