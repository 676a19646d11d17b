//! What this node voted for, as its journal says, before the journal's round goes on.
//!
//! Consensus reads its journal when it starts, in its own time. Others may have answered by then what they heard of this node
//! (`silence.rs`), and votes that nobody has read yet look like forgotten ones.

use commonware_consensus::Reporter as _;
use commonware_consensus::simplex::types::{Activity, Artifact};
use commonware_cryptography::certificate::Verifier as _;
use commonware_runtime::{Metrics, ReadOptions, Storage, buffer::paged::CacheRef};
use commonware_storage::journal::{
    Error,
    segmented::variable::{Config, Journal},
};

use crate::engine::{
    silence::Silence,
    storage,
    types::{Digest, Scheme},
};

/// Tells `silence` of all votes and certificates in the journal of a round.
///
/// # Errors
/// If the journal can't be read.
pub(super) async fn recall<E: Storage + Metrics>(
    context: E,
    partition: String,
    scheme: &Scheme,
    page_cache: CacheRef,
    silence: &mut Silence,
) -> Result<(), Error> {
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
    while let Some(artifact) = replay.next().await {
        let (_, _, _, artifact) = artifact?;
        let _ = silence.report(match artifact {
            Artifact::Notarize(vote) => Activity::Notarize(vote),
            Artifact::Nullify(vote) => Activity::Nullify(vote),
            Artifact::Finalize(vote) => Activity::Finalize(vote),
            Artifact::Notarization(known) => Activity::Notarization(known),
            Artifact::Nullification(known) => Activity::Nullification(known),
            Artifact::Finalization(known) => Activity::Finalization(known),
            Artifact::Certification(..) => continue,
        });
    }
    replay.finish().map(drop)
}
