//! Puts the parts of an engine together.

use std::{num::NonZeroU64, sync::Arc};

use commonware_broadcast::buffered;
use commonware_consensus::{
    Reporter, Reporters,
    marshal::{Update, core::Actor as MarshalActor, resolver::handler, standard::Deferred},
    types::FixedEpocher,
};
use commonware_cryptography::{Digested, Digestible as _};
use commonware_glue::stateful::{Stateful, SyncPlan};
use commonware_p2p::{Blocker, Receiver, Sender};
use commonware_resolver::p2p as resolver;
use commonware_runtime::{Clock, Metrics, Spawner, Storage};
use etm_types::{Header, Height, namespace};
use rand_core::CryptoRng;
use tokio::sync::mpsc;

use super::{
    Config, Engine, Network, StartError,
    application::{self, App},
    begin::beginnings,
    block::{EngineBlock, Marshal},
    candidates::Candidates,
    counters::ToChain as _,
    duties::{self, Duties},
    elector,
    missing::MissingEnds,
    orchestrator::{self, Orchestrator},
    outcomes::Outcomes,
    pace::Pace,
    paced::{Paced, Punctual},
    parts,
    peers::Tracker,
    provider::Schemes,
    running::RunningSlot,
    silence::Silence,
    storage::{self, Archives},
    tip::Tip,
    types::{Digest, PublicKey, private_key},
    upstream::{self, Fetcher, backfill::Backfill},
};
use crate::{
    feed::Feed,
    reader::{DatabaseReader, StateReader},
    upstream::Standing,
};

/// Starts an engine.
///
/// Who talks to whom, over what, and what happens when it is full:
///
/// | from | to | over | bound, and what is over it |
/// |---|---|---|---|
/// | peers | a connection | the network | so many messages of a [channel](super::CHANNELS) a second, and so many bytes ([`Measured`](crate::network::bounds::Measured)); what is more waits at the peer |
/// | connections | muxers, backfill, broadcast, duties | a queue of each channel, for all peers | one burst of every peer; what is more is dropped, and asked for again or sent again by whoever needs it |
/// | muxers | consensus of a round; what came of other rounds, the orchestrator | a queue of each round, and one (*backup*) of the others | as many as the channel's; over that, dropped |
/// | consensus, backfill, broadcast, duties | connections | the router's queue, then two for each peer, urgent or not | one burst of every channel and peer, then `MAILBOX` (`network.rs`) messages, and [`UNSENT`](crate::network::bounds::UNSENT) bytes of what goes to one peer alone; over that, dropped |
/// | parts of consensus, marshal, broadcast, the state | each other | mailboxes of `MAILBOX` (`parts.rs`) | what is over it is kept, but for what nobody waits for any more, what something newer replaces, and questions of peers |
/// | consensus | the state (`App`) | the automaton: `Punctual`, `Deferred`, `Paced`, `Stateful` | one block a view to make and one to check, each with its answer |
/// | marshal | `App` and the orchestrator | its reporter | `UNACKNOWLEDGED` blocks before the first is acknowledged, and no more, so the orchestrator's unbounded mailbox holds as many |
/// | marshal | peers | `Backfill` | 1,024 questions; over that, questions for one thing are put together |
/// | marshal | upstreams (`Fetcher`) | `Backfill`, unbounded | what marshal lacks at once; it says so when it no longer wants it, which must not be lost |
/// | peers, upstreams | marshal | the handler | as many as the channel of backfill takes; over that, peers' questions are dropped, answers are kept, each asked for |
/// | upstreams | `Fetcher` | what each tells | one; the listeners wait, and tell only the newest |
/// | users | duties | `Desk` | 1,024 submissions; whoever submits more waits |
/// | duties | `Fetcher` | transactions | 16 messages; over that, they are passed on later |
/// | the pool | listeners of the API | `PENDING_EVENTS` | the newest 1,024 transactions; whoever is further behind is told that it missed some |
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
    // What the chain begins with, and who signs in which round.
    let cache = storage::cache();
    let prefix = config.prefix.clone();
    let (genesis, origin) = beginnings(&context, &config.genesis, &prefix, &cache).await?;
    let chain = config.genesis.chain();
    let blocks_per_round = u64::from(chain.params.mechanism.blocks_per_round);
    let blocks_per_round = NonZeroU64::new(blocks_per_round).ok_or(StartError::Genesis)?;
    let schemes = Schemes::new(
        namespace::consensus(&chain.id),
        config
            .secrets
            .as_ref()
            .and_then(|secrets| private_key(&secrets.bls)),
    );

    // Peers and upstreams: where blocks come from that marshal asks for, and those that are sent without a question.
    // Every message is one that the network let in on this channel, and questions are dropped once it is full.
    let (answers, handler) =
        handler::init::<Digest>(context.child("answers"), network.backfill.1.capacity());
    let (peers, ask_peers) = resolver::Engine::new(
        context.child("backfill"),
        parts::backfill(&config, &handler),
    );
    peers.start(network.backfill);
    let follows = !config.upstreams.is_empty();
    let standing = Standing::default();
    let (ask, asked) = mpsc::unbounded_channel();
    let backfill = Backfill::new(ask_peers, follows.then_some(ask), config.me.clone());
    let (broadcast, buffer) =
        buffered::Engine::new(context.child("broadcast"), parts::broadcast(&config));
    let broadcast = broadcast.start(network.broadcast);

    // What is final, in order, and what executing it brought: for followers from both.
    let tip = Tip::new(genesis.header().clone());
    let archives = Archives::open(
        &context,
        &prefix,
        config.retention,
        blocks_per_round.get(),
        &cache,
        &tip,
    )
    .await
    .map_err(|error| StartError::Storage(error.to_string()))?;
    let plan = SyncPlan::init(context.child("plan"), prefix.clone()).await;
    let (marshal_actor, marshal, floor) = MarshalActor::init(
        context.child("marshal"),
        archives.finalizations,
        archives.blocks,
        parts::marshal(
            &prefix,
            cache.clone(),
            blocks_per_round,
            schemes.clone(),
            plan.marshal_start(Digested::precomputed(genesis.clone(), genesis.digest())),
        ),
    )
    .await;
    let outcomes = Outcomes::open(
        context.child("outcomes"),
        format!("{prefix}-outcomes"),
        config.retention.window(blocks_per_round.get()),
    )
    .await
    .map_err(|error| StartError::Storage(error.to_string()))?;
    let missing = MissingEnds::default();
    let (feed, recorder) = Feed::new(outcomes, marshal.clone(), chain.params, missing.clone());

    // The state, which executes blocks.
    let candidates = Candidates::default();
    let pace = Pace::new(config.clock, chain.params.slot_ms);
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
    let (state, state_mailbox) = Stateful::new(
        context.child("state"),
        parts::state(
            app,
            (marshal.clone(), floor),
            plan,
            &prefix,
            cache.clone(),
            blocks_per_round,
        ),
    );

    // Consensus of the running round, which drives the state through what makes it wait for its time.
    let running = RunningSlot::default();
    let silence = Silence::default();
    let automaton = Deferred::new(
        context.child("deferred"),
        Paced::new(state_mailbox.clone(), pace.clone(), silence.clone()),
        marshal.clone(),
        FixedEpocher::new(blocks_per_round),
    );
    let automaton = Punctual::new(
        context.child("votes"),
        automaton,
        marshal.clone(),
        pace.clone(),
    );
    let begins = begins(&pace, &context, genesis.header(), chain.params.slot_ms);
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

    // Marshal tells both of what is final, from where the node stopped.
    let reporter = wrap(Reporters::from((
        state_mailbox.clone(),
        orchestrator_mailbox,
    )));
    let marshal_actor = marshal_actor.start(reporter, buffer, (answers, backfill));
    resume(&marshal, &tip, &feed, origin.as_ref()).await;
    let state = state.start();

    // What goes on beside: upstreams, and transactions on their way to peers and to them.
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
    let (duties, desk) = Duties::new(
        context.child("duties"),
        duties::Config {
            chain: chain.clone(),
            key: config.secrets.map(|secrets| secrets.node),
            pool: config.pool,
            tip: tip.clone(),
            clock: pace.clock().clone(),
            reader: Box::pin(async move {
                let database = state_mailbox.subscribe_databases().await;
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
        desk,
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
            marshal_actor,
            state,
            duties,
            context.child("faults").spawn(|_| config.faults.happened()),
            fetcher,
        ],
    })
}

/// Whether the chain begins just now, so that nobody can have voted before.
fn begins(pace: &Pace, runtime: &impl Clock, genesis: &Header, slot_ms: u64) -> bool {
    pace.clock().now_ms(runtime) < genesis.timestamp_ms.saturating_add(slot_ms)
}

/// Goes on from the newest block that is durable: tells the tip, and looks whether outcomes were lost before it.
async fn resume(marshal: &Marshal, tip: &Tip, feed: &Feed, origin: Option<&EngineBlock>) {
    if let Some((_, newest)) = marshal.get_anchor().await {
        tip.resume(newest.inner().header());
    }
    if let Some(done) = marshal.get_processed().await {
        let begin = origin.map_or(Height::ZERO, |origin| origin.header().height);
        feed.look_for_losses(begin.next(), done.height().to_chain());
    }
}
