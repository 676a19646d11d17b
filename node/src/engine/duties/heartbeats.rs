//! The signs of life of a node that serves a miner (mechanism.md, section 6).

use commonware_runtime::telemetry::metrics::Counter;
use etm_execution::{Chain, read};
use etm_types::{
    Address, Beacon, MinerId, Payload, Round, SecretKey, Units, UnsignedTransaction, codec,
    state::Record,
};
use tracing::info;

use crate::{
    pool::{Pool, SubmitError},
    reader::{StateReader, StateUnavailable},
};

/// Makes them when they are due.
pub(super) struct Heartbeats {
    chain: Chain,
    /// The node's key, which signs them; none for a node that serves no miner.
    key: Option<SecretKey>,
    /// The miner that registered the key, once it is known.
    miner: Option<MinerId>,
    /// The round of the last one, so that none is made twice.
    last: Option<Round>,
    sent: Counter,
}

impl Heartbeats {
    pub(super) const fn new(chain: Chain, key: Option<SecretKey>, sent: Counter) -> Self {
        Self {
            chain,
            key,
            miner: None,
            last: None,
            sent,
        }
    }

    /// Puts one into the pool if the node serves a miner and one is due in `round`.
    pub(super) async fn send(
        &mut self,
        pool: &Pool,
        reader: &dyn StateReader,
        round: Round,
    ) -> Result<(), SubmitError> {
        let Some(key) = self.key.clone() else {
            return Ok(());
        };
        if self.last == Some(round) {
            return Ok(());
        }
        let Some(miner) = self.miner(reader, &key).await? else {
            return Ok(());
        };
        let (chain, source) = (&self.chain, reader.source());
        let Some(view) = read::miner(&source, &chain.params, miner)
            .await
            .map_err(StateUnavailable::from)?
        else {
            self.miner = None;
            return Ok(());
        };
        let last = view.presence.map(|presence| presence.seen);
        let early = last.is_some_and(|last| round < chain.params.next_heartbeat(last));
        if !view.standing.registered || early {
            return Ok(());
        }
        let (globals, _) = read::globals(&source)
            .await
            .map_err(StateUnavailable::from)?;
        let transaction = UnsignedTransaction {
            chain: chain.id,
            sender: key.public_key(),
            nonce: 0,
            fee: Units::ZERO,
            expires_at: chain.params.last_height(round),
            payload: Payload::Heartbeat {
                miner,
                round,
                seed: Beacon(globals.beacon),
            },
        }
        .sign(&key);
        pool.submit(reader, transaction, true).await?;
        self.last = Some(round);
        self.sent.inc();
        info!(%miner, round = round.0, "sends a heartbeat");
        Ok(())
    }

    /// The miner that registered this node's key.
    async fn miner(
        &mut self,
        reader: &dyn StateReader,
        key: &SecretKey,
    ) -> Result<Option<MinerId>, SubmitError> {
        if self.miner.is_some() {
            return Ok(self.miner);
        }
        let record = Record::NodeKey(&key.node_key()).key();
        let values = reader.get_many(&[record]).await?;
        let Some(owner) = values
            .into_iter()
            .next()
            .flatten()
            .and_then(|bytes| codec::from_bytes::<Address>(&bytes).ok())
        else {
            return Ok(None);
        };
        let account = read::account(&reader.source(), &self.chain.params, &owner)
            .await
            .map_err(StateUnavailable::from)?;
        self.miner = account.record.miner;
        Ok(self.miner)
    }
}
