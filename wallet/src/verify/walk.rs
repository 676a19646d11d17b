//! From what is held of a chain on to a round, with what the node sends.

use super::{anchor::Wanted, held::Held};
use crate::{
    context::Context,
    failure::{Exit, Failure, Result},
};
use etm_types::{
    ChainId, Round,
    api::{error::ErrorCode, query::BoundariesQuery},
};
use etm_verify::{Boundaries, Trust};

/// After so many answers what was proved is written down.
const SAVE_EVERY: u64 = 16;

impl Held {
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
        self.walk_on(self.load(chain)?, context, chain, round, wanted)
            .await
    }

    /// The same from what was loaded.
    ///
    /// # Errors
    /// As [`Self::walk`].
    pub async fn walk_on(
        &self,
        loaded: Option<Trust>,
        context: &Context,
        chain: ChainId,
        round: u64,
        wanted: &Wanted,
    ) -> Result<Trust> {
        let (mut trust, mut changed) = match loaded {
            Some(trust) => (trust, false),
            None => (genesis(context, chain, wanted).await?, true),
        };
        let steps = round.saturating_sub(trust.next().0);
        let far = steps > Trust::MAX_ROUNDS as u64;
        if far {
            let message = format!("round {round} is further than any chain has come");
            return Err(Failure::failed("round_not_finished", message));
        }
        let most = Boundaries::most_documents(steps);
        let mut answers = 0u64;
        // The committee of the round after tells who serves again where one is kept.
        while trust.root(Round(round.saturating_add(1))).is_none() {
            let from = trust.next();
            if answers >= most {
                let begun = round - steps;
                let told = format!("the ends of rounds {begun} to {from} in {answers} answers");
                return Err(context.stray(&told, &format!("those up to round {round} in {most}")));
            }
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
