//! What this node voted for and certified, as its journal says, before the journal's round goes on.
//!
//! Consensus reads its journal when it starts, in its own time. Others may have answered by then what they heard of this node
//! (`silence.rs`), and votes that nobody has read yet look like forgotten ones.
//!
//! A block that is certified is stored: consensus waits for that. One that is not there was lost with a file, and others
//! are asked for it; but a lone member is the only one that ever had it.

use std::collections::BTreeMap;

use commonware_consensus::{
    Block as _, Heightable as _, Reporter as _,
    simplex::types::{Activity, Artifact},
    types::{Height, View},
};
use commonware_cryptography::certificate::Verifier as _;
use commonware_runtime::{Metrics, ReadOptions, Storage, buffer::paged::CacheRef};
use commonware_storage::journal::{
    Error,
    segmented::variable::{Config, Journal},
};

use crate::engine::{
    block::Marshal,
    silence::Silence,
    storage,
    types::{Digest, Scheme},
};

/// Tells `silence` of all votes and certificates in the journal of a round; the newest block that was certified in it.
///
/// # Errors
/// If the journal can't be read.
pub(super) async fn recall<E: Storage + Metrics>(
    context: E,
    partition: String,
    scheme: &Scheme,
    page_cache: CacheRef,
    silence: &mut Silence,
) -> Result<Option<Digest>, Error> {
    let config = Config {
        partition,
        compression: None,
        codec_config: scheme.certificate_codec_config(),
        page_cache,
        write_buffer: storage::WRITE_BUFFER,
    };
    let journal = Journal::<_, Artifact<Scheme, Digest>>::init(context, config).await?;
    let mut replay = journal
        .replay(0, 0, storage::REPLAY_BUFFER, ReadOptions::default())
        .await?;
    let mut notarized: BTreeMap<View, Digest> = BTreeMap::new();
    let mut certified = View::zero();
    while let Some(artifact) = replay.next().await {
        let (_, _, _, artifact) = artifact?;
        let _ = silence.report(match artifact {
            Artifact::Notarize(vote) => Activity::Notarize(vote),
            Artifact::Nullify(vote) => Activity::Nullify(vote),
            Artifact::Finalize(vote) => Activity::Finalize(vote),
            Artifact::Notarization(known) => {
                notarized.insert(known.proposal.round.view(), known.proposal.payload);
                Activity::Notarization(known)
            }
            Artifact::Nullification(known) => Activity::Nullification(known),
            Artifact::Finalization(known) => Activity::Finalization(known),
            Artifact::Certification(round, whether) => {
                if whether {
                    certified = certified.max(round.view());
                }
                continue;
            }
        });
    }
    replay.finish()?;
    Ok(notarized.remove(&certified))
}

/// Which block is missing of `newest` and those before it that are not processed yet; none if all are stored.
pub(super) async fn lost(marshal: &Marshal, newest: Digest) -> Option<Digest> {
    let processed = marshal.get_processed().await;
    let processed = processed.map_or(Height::zero(), |processed| processed.height());
    let mut digest = newest;
    loop {
        let Some(block) = marshal.get_block(&digest).await else {
            return Some(digest);
        };
        if block.height() <= processed.next() {
            return None;
        }
        digest = block.parent();
    }
}
