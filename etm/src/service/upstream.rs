//! Other nodes over HTTP, for a node that follows them.

use crate::failure::Failure;
use etm_client::{Client, Error};
use etm_node::{
    reader::BoxFuture,
    upstream::{Told, Upstream, UpstreamError, Upstreams},
};
use etm_types::{
    ChainId, Height, Transaction,
    api::{error::ErrorCode, event::Event, query::EventsQuery},
    codec, range,
    text::plain,
};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::watch, task::JoinHandle};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// How soon an upstream that is gone is looked after again, and how rarely at last.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Where no event comes for so long, the tip is asked for: a node that keeps no history tells of no block.
const QUIET: Duration = Duration::from_secs(10);

/// A node, asked over HTTP.
struct HttpUpstream {
    client: Client,
    told: watch::Receiver<Told>,
    runtime: Handle,
    watcher: JoinHandle<()>,
}

/// The nodes at `urls`, which are watched in the background for as long as they are upstreams.
///
/// # Errors
/// [`Failure`] for an address that is none.
pub fn connect(urls: &[String], chain: ChainId, runtime: &Handle) -> Result<Upstreams, Failure> {
    let connect = |url: &String| {
        let client = Client::builder(url).timeout(PATIENCE).retries(0).build();
        let client =
            client.map_err(|error| Failure::Input(format!("upstream `{url:.200}`: {error}")))?;
        let (tell, told) = watch::channel(Told::Nothing);
        let watcher = runtime.spawn(keep_watching(client.clone(), chain, tell));
        let upstream: Arc<dyn Upstream> = Arc::new(HttpUpstream {
            client,
            told,
            runtime: runtime.clone(),
            watcher,
        });
        Ok(upstream)
    };
    urls.iter().map(connect).collect()
}

impl Drop for HttpUpstream {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

impl HttpUpstream {
    /// Runs a question on the runtime of the API: the node's own is no place for sockets of others.
    fn ask<T: Send + 'static>(
        &self,
        question: impl Future<Output = Result<T, UpstreamError>> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, UpstreamError>> {
        let answer = self.runtime.spawn(question);
        Box::pin(async move {
            let answer = answer.await;
            answer.unwrap_or_else(|error| Err(UpstreamError::Passing(error.to_string())))
        })
    }
}

impl Upstream for HttpUpstream {
    fn address(&self) -> String {
        self.client.node().to_owned()
    }

    fn told(&self) -> watch::Receiver<Told> {
        self.told.clone()
    }

    fn blocks(
        &self,
        first: Height,
        last: Height,
    ) -> BoxFuture<'static, Result<Vec<u8>, UpstreamError>> {
        let client = self.client.clone();
        self.ask(async move { client.chain_blocks(first.0, last.0).await.map_err(failed) })
    }

    fn submit(&self, transaction: Transaction) -> BoxFuture<'static, Result<(), UpstreamError>> {
        let client = self.client.clone();
        self.ask(async move {
            let submitted = client.submit(codec::to_bytes(&transaction)).await;
            submitted.map(drop).map_err(failed)
        })
    }
}

/// What a failure says about who is asked.
fn failed(error: Error) -> UpstreamError {
    match &error {
        Error::Malformed { .. } | Error::Stray { .. } => UpstreamError::Wrong(error.to_string()),
        Error::Api { detail, .. } if detail.code == ErrorCode::RouteNotFound.as_str() => {
            UpstreamError::Wrong("it gives no blocks: its version is older".into())
        }
        _ => UpstreamError::Passing(error.to_string()),
    }
}

/// Watches an upstream, again and again.
async fn keep_watching(client: Client, chain: ChainId, tell: watch::Sender<Told>) {
    let mut pause = PAUSE;
    loop {
        let ended = watch_once(&client, chain, &tell).await;
        match ended {
            Ok(()) => pause = PAUSE,
            Err(reason) => {
                tell.send_if_modified(|told| {
                    let news = !matches!(told, Told::Trouble(known) if *known == reason);
                    if news {
                        tracing::warn!(
                            upstream = client.node(),
                            reason,
                            "an upstream can't be used"
                        );
                        *told = Told::Trouble(reason);
                    }
                    news
                });
                pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// Watches the tip of an upstream until its stream of events ends.
async fn watch_once(
    client: &Client,
    chain: ChainId,
    tell: &watch::Sender<Told>,
) -> Result<(), String> {
    let offer = client.chain().await.map_err(|error| match &error {
        Error::Api { detail, .. } if detail.code == ErrorCode::RouteNotFound.as_str() => {
            "it gives no blocks: its version is older".to_owned()
        }
        _ => error.to_string(),
    })?;
    if offer.chain.id.0 != chain.0 {
        return Err(format!(
            "it follows the chain {} ({:.40}), not {chain}",
            offer.chain.id,
            plain(&offer.chain.name)
        ));
    }
    if offer.range_version != range::VERSION {
        return Err(format!(
            "it gives ranges of blocks of version {}, and this version of etm reads version {}",
            offer.range_version,
            range::VERSION
        ));
    }
    tell.send_replace(Told::Tip(Height(offer.height)));
    let query = EventsQuery {
        kinds: Some("block".into()),
        ..EventsQuery::default()
    };
    let mut events = client
        .events(&query)
        .await
        .map_err(|error| error.to_string())?;
    // What came in between the two questions.
    let offer = client.chain().await.map_err(|error| error.to_string())?;
    tell.send_replace(Told::Tip(Height(offer.height)));
    loop {
        match tokio::time::timeout(QUIET, events.next()).await {
            Ok(Ok(Some(Event::Block { block, .. }))) => {
                tell.send_replace(Told::Tip(Height(block.height)));
            }
            Ok(Ok(Some(_))) => {}
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error.to_string()),
            Err(_) => {
                let offer = client.chain().await.map_err(|error| error.to_string())?;
                tell.send_replace(Told::Tip(Height(offer.height)));
            }
        }
    }
}
