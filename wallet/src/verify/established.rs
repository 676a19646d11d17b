//! A chain whose genesis is at hand, for those who check more than rounds.

use super::{TrustOptions, anchor, anchor::Anchor, held::Held, verdict};
use crate::{
    config::Settings,
    context::{Context, now_ms, unusual_age},
    failure::{Failure, Result},
    figures::span,
    output::Output,
};
use etm_client::Client;
use etm_types::ChainId;

/// Which chain is meant, where trust in it comes from, and its genesis.
pub struct Established {
    pub chain: ChainId,
    /// Its canonical genesis.
    pub canonical: Vec<u8>,
    /// The node.
    pub client: Client,
    output: Output,
    node: String,
    anchor: Anchor,
    held: Held,
}

/// Finds out which chain is meant: of the node, or without `ask` of the genesis file alone.
///
/// # Errors
/// [`Failure`] if another chain was named or pinned, or there is no genesis.
pub async fn establish(
    settings: Settings,
    output: Output,
    options: &TrustOptions,
    ask: bool,
) -> Result<Established> {
    let held = Held::open(options.chains.clone())?;
    let anchors = anchor::wanted(options.genesis.as_deref(), settings.chain.as_deref())?;
    let context = Context::new(settings, output)?;
    let node = context.settings.node.clone();
    let canonical = match anchors.genesis() {
        Some(bytes) => bytes.to_vec(),
        None if ask => context.client.genesis().await?.canonical.0,
        None => {
            let message = "without a node the genesis has to come from a file";
            return Err(Failure::usage("needs_a_genesis", message).hint("name one with --genesis"));
        }
    };
    let chain = ChainId::of_genesis(&canonical);
    let anchor = match ask {
        true => {
            let told = ChainId(context.status_of_any_chain().await?.chain.id.0);
            if told != chain {
                let message =
                    format!("the node follows chain {told}, the genesis is that of {chain}");
                return Err(Failure::failed("wrong_chain", message));
            }
            anchors.of_node(&held.pins(), &node, chain, options.new_chain)?
        }
        false => anchors.of_file(&held.pins(), chain)?,
    };
    Ok(Established {
        chain,
        canonical,
        client: context.client,
        output: context.output,
        node,
        anchor,
        held,
    })
}

impl Established {
    /// Where trust in the chain comes from, for JSON.
    pub const fn anchor_kind(&self) -> &'static str {
        self.anchor.kind()
    }

    /// What a check of this chain comes to: `ok`, `consistent` with what only the node says, or `differs`.
    pub fn verdict(&self, ok: bool) -> &'static str {
        verdict(ok, &self.anchor)
    }

    /// Why the last block that was had is not of now, made at `timestamp_ms` while the round with this number was `running`, on a chain with a block
    /// every `slot_ms`.
    ///
    /// # Errors
    /// [`Failure`] if what is kept of the chain can't be read.
    pub fn old(&self, running: u64, timestamp_ms: u64, slot_ms: u64) -> Result<Vec<String>> {
        let proved = self
            .held
            .load(self.chain)?
            .map_or(0, |trust| trust.next().0);
        Ok(old(
            proved,
            running,
            unusual_age(timestamp_ms, slot_ms, now_ms()),
        ))
    }

    /// Remembers that the node has this chain.
    ///
    /// # Errors
    /// [`Failure`] if that can't be written down.
    pub fn remember(&self) -> Result<()> {
        self.held.remember(&self.output, &self.node, self.chain)
    }
}

/// The same where the ends of so many rounds were `proved`.
fn old(proved: u64, running: u64, age_ms: Option<u64>) -> Vec<String> {
    let overtaken = (proved > running).then(|| {
        format!(
            "the end of round {} was proved here before, and the blocks that were had end before that",
            proved.saturating_sub(1)
        )
    });
    let age = age_ms.map(|age| {
        format!(
            "its last final block is {} old by this machine's clock: the node stands still or shows nothing newer, or the chain has halted",
            span(age)
        )
    });
    overtaken.into_iter().chain(age).collect()
}

#[cfg(test)]
mod tests;
