//! What a running node gives of its own snapshots: of the end of the newest round, and of the one before while its operations are kept.

use std::sync::Arc;

use etm_execution::Genesis;
use etm_types::{Block, Committee, Header, Height, Round, codec};
use etm_verify::{Boundaries, Certificate};

use super::{GiveError, Head, MAX_PIECE_BYTES, pieces};
use crate::{
    engine::duties::Desk,
    feed::{Feed, FeedError},
};

/// Gives snapshots of a running node.
#[derive(Clone)]
pub struct Gives {
    genesis: Arc<Genesis>,
    feed: Feed,
    desk: Desk,
    room: usize,
}

fn failed(error: &dyn std::fmt::Display) -> GiveError {
    GiveError::Failed(error.to_string())
}

fn missing(error: FeedError) -> GiveError {
    match error {
        FeedError::Gone(_) => GiveError::Gone(error.to_string()),
        FeedError::Ahead(_) => GiveError::Unknown(error.to_string()),
        other => failed(&other),
    }
}

impl Gives {
    /// Of the node with these blocks and this state.
    pub const fn new(genesis: Arc<Genesis>, feed: Feed, desk: Desk) -> Self {
        Self {
            genesis,
            feed,
            desk,
            room: MAX_PIECE_BYTES,
        }
    }

    /// The same in pieces of at most so many bytes, where they have more than one operation.
    pub fn with_room(self, room: usize) -> Self {
        Self { room, ..self }
    }

    /// The round that ended last; none in round 0.
    fn newest(&self) -> Option<Round> {
        let next = self.feed.height().saturating_add(1);
        self.genesis.chain().params.round_of(next).previous()
    }

    fn last_height(&self, round: Round) -> Result<Height, GiveError> {
        let height = self.genesis.chain().params.mechanism.last_height(round);
        height.ok_or_else(|| GiveError::Unknown("there is no such round".into()))
    }

    async fn last_block(&self, round: Round) -> Result<Arc<Block>, GiveError> {
        let height = self.last_height(round)?;
        self.feed.block(height).await.map_err(missing)
    }

    async fn committee(&self, round: Round) -> Result<Committee, GiveError> {
        let Some(before) = round.checked_sub(2) else {
            let [first, second] = self.genesis.committees().map_err(|error| failed(&error))?;
            return Ok(if round == Round::ZERO { first } else { second }.clone());
        };
        let block = self.last_block(before).await?;
        let committee = block.body.committee.clone();
        committee.ok_or_else(|| failed(&"the last block of a round carries no committee"))
    }

    /// The last block of the newest round that has ended, with what proves it.
    ///
    /// # Errors
    /// [`GiveError`] in round 0, or while its certificate is not here.
    pub async fn head(&self) -> Result<Head, GiveError> {
        let round = self.newest().ok_or_else(|| {
            GiveError::Unknown("round 0 is running: there is a snapshot once it has ended".into())
        })?;
        let height = self.last_height(round)?;
        let (block, certificate) = self.feed.encoded(height).await.map_err(missing)?;
        if certificate.is_empty() {
            return Err(failed(&FeedError::Uncertified(height)));
        }
        Ok(Head {
            committees: [
                self.committee(round).await?,
                self.committee(round.saturating_add(1)).await?,
            ],
            certificate: certificate.into(),
            block: block.into(),
        })
    }

    /// The ends of rounds from `first` on, at most `count`, as far as there is room for them.
    ///
    /// # Errors
    /// [`GiveError`] if one is not kept, or did not come yet.
    pub async fn boundaries(&self, first: Round, count: u64) -> Result<Boundaries, GiveError> {
        let known = [
            self.committee(first).await?,
            self.committee(first.saturating_add(1)).await?,
        ];
        let mut boundaries = Boundaries::new(&known[0], &known[1])
            .ok_or_else(|| failed(&"committees have more members than can be"))?;
        for round in first.until(first.saturating_add(count)) {
            let (block, certificate) = self
                .feed
                .encoded(self.last_height(round)?)
                .await
                .map_err(missing)?;
            let block: Block = codec::from_bytes(&block).map_err(|reason| failed(&reason))?;
            let certificate =
                Certificate::from_finalization(&certificate).map_err(|reason| failed(&reason))?;
            let drawn = self.committee(round.saturating_add(2)).await?;
            if !boundaries.push(&block.header, certificate, &drawn) {
                break;
            }
        }
        Ok(boundaries)
    }

    /// The piece of the state after the last block of `round` that begins with `operation`.
    ///
    /// # Errors
    /// [`GiveError::Gone`] if it is no longer kept, [`GiveError::Failed`] if there is no such piece or it can't be read.
    pub async fn piece(&self, round: Round, operation: u64) -> Result<Vec<u8>, GiveError> {
        if self.newest().is_none_or(|newest| round > newest) {
            return Err(GiveError::Unknown(format!("round {round} has not ended")));
        }
        let header: Header = self.last_block(round).await?.header.clone();
        let request = pieces::request(header.ops_start, header.ops_end, operation);
        let Some(request) = request else {
            return Err(GiveError::Unknown(format!(
                "the state after round {round} has the operations {} to {}, that not counted",
                header.ops_start, header.ops_end
            )));
        };
        let reader = self.desk.reader().map_err(|reason| failed(&reason))?;
        let piece = reader
            .operations(request, self.room)
            .await
            .map_err(|reason| failed(&reason))?;
        piece.ok_or_else(|| {
            GiveError::Gone(format!(
                "the state after round {round} is no longer kept by this node: take a newer one"
            ))
        })
    }
}
