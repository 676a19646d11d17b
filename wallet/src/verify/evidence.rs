//! Everything a check needs, in one document that can be saved.

use super::steps::Anchor;
use crate::{
    context::Context,
    failure::{Exit, Failure, Result},
    files,
};
use etm_execution::genesis::{Draft, Genesis};
use etm_types::{
    api::{
        Bytes,
        query::CertificatesQuery,
        round::{BoundaryCertificate, RoundReceipt},
    },
    codec,
};
use serde::{Deserialize, Serialize};
use std::{fs::File, io::Read, path::Path};

/// The format of saved evidence.
pub const FORMAT: &str = "etm-round-proof/1";
const MAX_FILE_BYTES: u64 = 256 << 20;
const PAGE: u32 = 50;

/// The receipt of a round with the chain of boundary certificates up to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The format of this document.
    pub format: String,
    /// The canonical genesis: its hash is the chain id, and the committees of rounds 0 and 1 follow from it.
    pub genesis: Bytes,
    /// The boundaries of rounds 0 to the one that is checked.
    pub boundaries: Vec<BoundaryCertificate>,
    /// The encoded receipts of the round's last block.
    pub receipts: Vec<Bytes>,
    /// The receipt of the round.
    pub receipt: RoundReceipt,
}

impl Evidence {
    /// Asks a node for it.
    ///
    /// # Errors
    /// [`Failure`] if the node can't be asked, or doesn't have it.
    pub async fn fetch(context: &Context, round: u64) -> Result<Self> {
        let client = &context.client;
        let receipt = client.receipt(round).await?;
        if receipt.round != round {
            let message = format!(
                "the node sent the receipt of round {} for round {round}",
                receipt.round
            );
            return Err(Failure::new(Exit::Unreachable, "not_a_node", message));
        }
        let mut boundaries: Vec<BoundaryCertificate> = Vec::new();
        let mut from = 0;
        while boundaries.len() as u64 <= round {
            let query = CertificatesQuery {
                from_round: Some(from),
                limit: Some(PAGE),
            };
            let page = client.boundaries(&query).await?;
            if page.certificates.is_empty() {
                return Err(Failure::failed(
                    "no_certificates",
                    format!("the node has no certificate of round {from}"),
                ));
            }
            from += page.certificates.len() as u64;
            boundaries.extend(page.certificates);
        }
        boundaries.truncate(
            usize::try_from(round)
                .unwrap_or(usize::MAX)
                .saturating_add(1),
        );
        let last = boundaries
            .last()
            .map(|boundary| boundary.certificate.height)
            .unwrap_or_default();
        let receipts = client.block_receipts(&last.to_string()).await?.encoded;
        let genesis = client.genesis().await?.canonical;
        Ok(Self {
            format: FORMAT.to_owned(),
            genesis,
            boundaries,
            receipts,
            receipt,
        })
    }

    /// Reads a saved document.
    ///
    /// # Errors
    /// [`Failure`] if it can't be read or is none.
    pub fn load(path: &Path) -> Result<Self> {
        let wrong = |reason: String| {
            Failure::usage("invalid_receipt", format!("{}: {reason}", path.display()))
        };
        let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
        let mut text = String::new();
        file.take(MAX_FILE_BYTES)
            .read_to_string(&mut text)
            .map_err(|error| wrong(error.to_string()))?;
        let evidence: Self = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("no saved receipt: {error}")))?;
        if evidence.format != FORMAT {
            return Err(wrong(format!(
                "its format is {:?}, not {FORMAT}",
                evidence.format
            )));
        }
        Ok(evidence)
    }

    /// Saves it.
    ///
    /// # Errors
    /// [`Failure`] if it can't be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::failed("file_not_written", error.to_string()))?;
        files::write(path, text.as_bytes(), true)
    }

    /// Where trust begins, by the genesis of this document: whether its chain is the right one is for others to say.
    ///
    /// # Errors
    /// What is wrong with the genesis, or that it is another chain's.
    pub fn anchor(&self) -> std::result::Result<Anchor, String> {
        let draft: Draft =
            codec::from_bytes(&self.genesis.0).map_err(|error| format!("the genesis: {error}"))?;
        let genesis = Genesis::new(draft).map_err(|error| format!("the genesis: {error}"))?;
        let chain = genesis.chain().id;
        if chain.0 != self.receipt.chain.0 {
            return Err(format!(
                "the receipt is of chain {}, the genesis of {chain}",
                self.receipt.chain
            ));
        }
        Ok(Anchor {
            chain,
            beacon: genesis.draft().beacon,
            params: genesis.draft().params.mechanism,
            committees: genesis.committees().clone(),
        })
    }
}
