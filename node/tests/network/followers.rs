//! Nodes that follow others, and others that lie to them.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use commonware_cryptography::ed25519;
use commonware_glue::simulate::{property::Property, tracker::ProgressTracker};
use commonware_macros::select;
use commonware_runtime::{Clock as _, Spawner as _, Supervisor as _, deterministic::Context};
use etm_execution::Genesis;
use etm_node::{
    engine::duties::Desk,
    feed::Feed,
    reader::BoxFuture,
    snapshot::{GiveError, Gives, Head},
    upstream::{Place, Told, Upstream, UpstreamError},
};
use etm_types::{
    Block, ChainId, Height, Round, Transaction, codec,
    range::{MAX_BYTES, RangeWriter},
};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{forge::forged, harness::TestState, users::transaction};

/// What is asked of a node that is followed.
pub enum Question {
    /// Its blocks from one height to another, encoded, with their certificates.
    Blocks(Height, Height, oneshot::Sender<Vec<(Vec<u8>, Vec<u8>)>>),
    /// To take a transaction.
    Submit(Box<Transaction>, oneshot::Sender<Result<(), String>>),
    /// The block of its newest snapshot.
    Head(oneshot::Sender<Result<Head, GiveError>>),
    /// The ends of rounds from one on, so many.
    Boundaries(Round, u64, oneshot::Sender<Result<Vec<u8>, GiveError>>),
    /// The piece of the state after a round that begins with an operation.
    Piece(Round, u64, oneshot::Sender<Result<Vec<u8>, GiveError>>),
}

/// Bytes of a piece of the state: few, so that there are several pieces.
const ROOM: usize = 4_096;

/// Where nodes are asked, and their heights. A node that ends is asked in vain until it is started again.
pub type Served =
    Arc<Mutex<BTreeMap<usize, (watch::Receiver<Height>, mpsc::UnboundedSender<Question>)>>>;

/// Lets a node answer those who follow it, for as long as it runs.
pub fn serve(
    context: &Context,
    served: &Served,
    genesis: &Arc<Genesis>,
    node: usize,
    (feed, desk): (Feed, Desk),
) {
    let gives = Gives::new(genesis.clone(), feed.clone(), desk.clone()).with_room(ROOM);
    let (ask, mut asked) = mpsc::unbounded_channel();
    let heights = watch::Sender::new(feed.height());
    let serves = (heights.subscribe(), ask);
    served.lock().unwrap().insert(node, serves);
    let _server = context.child("server").spawn(move |_| async move {
        loop {
            let next = feed.wait(feed.height().next());
            select! {
                _ = next => {
                    heights.send_replace(feed.height());
                },
                question = asked.recv() => match question {
                    Some(Question::Blocks(first, last, answer)) => {
                        let mut blocks = Vec::new();
                        for height in first.through(last) {
                            let Ok((block, certificate)) = feed.encoded(height).await else {
                                break;
                            };
                            blocks.push((block.into(), certificate.into()));
                        }
                        let _ = answer.send(blocks);
                    }
                    Some(Question::Submit(transaction, answer)) => {
                        let taken = desk.submit(*transaction).await;
                        let _ = answer.send(taken.map(drop).map_err(|error| error.to_string()));
                    }
                    Some(Question::Head(answer)) => {
                        let _ = answer.send(gives.head().await);
                    }
                    Some(Question::Boundaries(first, count, answer)) => {
                        let boundaries = gives.boundaries(first, count).await;
                        let _ = answer.send(boundaries.map(|found| found.to_bytes()));
                    }
                    Some(Question::Piece(round, operation, answer)) => {
                        let _ = answer.send(gives.piece(round, operation).await);
                    }
                    None => return,
                },
            }
        }
    });
}

/// How an upstream behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    Honest,
    /// From the fifth on its blocks have a transaction more than their headers hold.
    OtherBody,
    /// From the fifth on its blocks are others.
    OtherBlock,
    /// From the fifth on its blocks are others, and another committee has signed them.
    OtherCommittee,
    /// Its blocks are of another chain.
    OtherChain,
    /// It knows of no block above.
    Withholds(u64),
    /// Its answers don't end.
    Endless,
    /// It keeps certificates back, but for the ends of rounds.
    Uncertified,
    /// It says to be far ahead, and never answers.
    Silent,
    /// It gives what there is after nine seconds, and says that there is more.
    Slow,
}

/// A node that is followed.
pub struct TestUpstream {
    context: Context,
    node: usize,
    conduct: Conduct,
    served: Served,
    genesis: Arc<Genesis>,
    told: watch::Sender<Told>,
}

impl TestUpstream {
    /// `node` as those see it who follow it.
    pub fn start(
        context: &Context,
        node: usize,
        conduct: Conduct,
        served: &Served,
        genesis: &Arc<Genesis>,
    ) -> Arc<dyn Upstream> {
        let told = watch::Sender::new(Told::Nothing);
        let tell = (told.clone(), served.clone());
        let _teller = context
            .child("teller")
            .spawn(move |context| tell_tips(context, node, conduct, tell.1, tell.0));
        Arc::new(Self {
            context: context.child("upstream"),
            node,
            conduct,
            served: served.clone(),
            genesis: genesis.clone(),
            told,
        })
    }

    fn ask(&self) -> Option<mpsc::UnboundedSender<Question>> {
        let served = self.served.lock().unwrap();
        served.get(&self.node).map(|(_, ask)| ask.clone())
    }
}

async fn tell_tips(
    context: Context,
    node: usize,
    conduct: Conduct,
    served: Served,
    told: watch::Sender<Told>,
) {
    loop {
        let heights = served
            .lock()
            .unwrap()
            .get(&node)
            .map(|served| served.0.clone());
        let pause = context.sleep(Duration::from_millis(300));
        let Some(mut heights) = heights else {
            pause.await;
            continue;
        };
        let height = *heights.borrow_and_update();
        let height = match conduct {
            Conduct::Withholds(most) => height.min(Height(most)),
            Conduct::Silent => height.saturating_add(1_000_000),
            Conduct::Slow => height.saturating_add(8),
            _ => height,
        };
        told.send_if_modified(|told| {
            let news = *told != Told::Tip(height);
            *told = Told::Tip(height);
            news
        });
        let changed = async {
            if heights.changed().await.is_err() {
                // The node has ended.
                std::future::pending::<()>().await;
            }
        };
        select! {
            _ = changed => {},
            _ = pause => {},
        }
    }
}

impl Upstream for TestUpstream {
    fn address(&self) -> String {
        format!("node {} ({:?})", self.node, self.conduct)
    }

    fn told(&self) -> watch::Receiver<Told> {
        self.told.subscribe()
    }

    fn blocks(
        &self,
        first: Height,
        last: Height,
    ) -> BoxFuture<'static, Result<Vec<u8>, UpstreamError>> {
        let (ask, conduct, genesis) = (self.ask(), self.conduct, self.genesis.clone());
        let pause = self.context.sleep(Duration::from_secs(9));
        Box::pin(async move {
            let gone = || UpstreamError::Passing("it is gone".into());
            match conduct {
                Conduct::Slow => pause.await,
                Conduct::Silent => return std::future::pending().await,
                Conduct::Endless => return Ok(vec![0; MAX_BYTES + 1]),
                _ => {}
            }
            let id = match conduct {
                Conduct::OtherChain => ChainId([9; 32]),
                _ => genesis.chain().id,
            };
            let (answer, answered) = oneshot::channel();
            let question = Question::Blocks(first, last, answer);
            ask.ok_or_else(gone)?.send(question).map_err(|_| gone())?;
            let blocks = answered.await.map_err(|_| gone())?;
            let mut range = RangeWriter::new(id, first);
            for (height, (block, certificate)) in first.through(Height::MAX).zip(blocks) {
                let (block, certificate) = twisted(conduct, &genesis, height, block, certificate);
                assert!(range.push(&certificate, &block));
                if !range.takes_more() {
                    break;
                }
            }
            range.finish().ok_or_else(gone)
        })
    }

    fn submit(&self, transaction: Transaction) -> BoxFuture<'static, Result<(), UpstreamError>> {
        let ask = self.ask();
        Box::pin(async move {
            let gone = || UpstreamError::Passing("it is gone".into());
            let (answer, answered) = oneshot::channel();
            let question = Question::Submit(Box::new(transaction), answer);
            ask.ok_or_else(gone)?.send(question).map_err(|_| gone())?;
            let taken = answered.await.map_err(|_| gone())?;
            taken.map_err(UpstreamError::Passing)
        })
    }
}

/// What a liar makes of a block and its certificate.
fn twisted(
    conduct: Conduct,
    genesis: &Genesis,
    height: Height,
    block: Vec<u8>,
    certificate: Vec<u8>,
) -> (Vec<u8>, Vec<u8>) {
    let params = &genesis.chain().params;
    if conduct == Conduct::Uncertified && !params.is_last_of_round(height) {
        return (block, Vec::new());
    }
    if height < Height(5) {
        return (block, certificate);
    }
    let mut other: Block = codec::from_bytes(&block).unwrap();
    match conduct {
        Conduct::OtherBody => {
            other.body.transactions.push(transaction(genesis, 0, 99, 1));
            (codec::to_bytes(&other), certificate)
        }
        Conduct::OtherBlock => {
            other.header.timestamp_ms += 1;
            (codec::to_bytes(&other), certificate)
        }
        Conduct::OtherCommittee => {
            other.header.timestamp_ms += 1;
            let members = genesis.committees().unwrap()[0].members.len();
            let forged = forged(genesis.chain().id, members, &other, &certificate);
            (codec::to_bytes(&other), forged)
        }
        _ => (block, certificate),
    }
}

/// How followers do at the end, in their order.
#[derive(Clone)]
pub struct Ends(pub Vec<End>);

/// How a follower does at the end.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// It got nothing from its first upstream beyond this many blocks, and that is put aside if so.
    Without { blocks: u64, aside: bool },
    /// It believed nothing above this height.
    AtMost(Height),
    /// It got further.
    Beyond(Height),
    /// It is at most so many blocks behind the first node.
    Behind(u64),
}

impl Property<ed25519::PublicKey, TestState> for Ends {
    fn name(&self) -> &str {
        "ends"
    }

    fn check<'a>(
        &'a self,
        _: &'a ProgressTracker<ed25519::PublicKey>,
        states: &'a [&'a TestState],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            let mut states = states.to_vec();
            states.sort_by_key(|state| state.index);
            let followers = &states[states.len() - self.0.len()..];
            for (follower, end) in followers.iter().zip(&self.0) {
                if follower.standing.place() != Place::Upstreams {
                    return Err("a node without keys has no place in the network".into());
                }
                let upstreams = follower.standing.upstreams();
                let first = &upstreams[0];
                let good = match *end {
                    End::Without { blocks, aside } => {
                        first.blocks <= blocks && first.aside.is_some() == aside
                    }
                    End::AtMost(height) => follower.tip() <= height,
                    End::Beyond(height) => follower.tip() > height,
                    End::Behind(blocks) => follower.tip().saturating_add(blocks) >= states[0].tip(),
                };
                if !good {
                    return Err(format!(
                        "{end:?}, but height {}, {upstreams:?}",
                        follower.tip()
                    ));
                }
            }
            Ok(())
        })
    }
}
