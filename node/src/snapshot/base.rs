//! What a history begins with after a snapshot: taken once, from the state that was restored, and kept beside it.

use std::{
    fs::{self, File},
    io::BufWriter,
    num::NonZeroU64,
    path::{Path, PathBuf},
};

use commonware_runtime::Spawner;
use commonware_storage::{
    Context as StorageContext,
    qmdb::{
        any::unordered::Update,
        sync::{Request, Response, Source as _},
    },
};
use commonware_utils::{NZU64, bitmap::Readable as _};
use etm_execution::{
    ChainParams,
    base::{self, BaseWriter, PART},
};
use etm_types::{Header, StateKey};

use super::SnapshotError;
use crate::engine::state::{Database, DatabaseSource, StateOperation};

/// In the folder of the chain.
const FILE: &str = "history.base";

/// Operations that are read at once.
const AT_ONCE: NonZeroU64 = NZU64!(1024);

/// Where it is in the folder of a node that began with a snapshot.
pub fn base(directory: &Path) -> PathBuf {
    directory.join(FILE)
}

/// Writes it; false, and no file, if the state has positions that were not recognized.
pub(super) async fn write<E>(
    database: &Database<E>,
    params: &ChainParams,
    header: &Header,
    file: &Path,
) -> Result<bool, SnapshotError>
where
    E: Spawner + StorageContext,
{
    let failed = |reason| SnapshotError::Io(file.to_owned(), reason);
    let source = DatabaseSource(database);
    let unread = |error| SnapshotError::Storage(format!("{error}"));
    let head = base::head(&source, header).await.map_err(unread)?;
    let miners = base::miners(&source, params).await.map_err(unread)?;
    let out = BufWriter::new(File::create(file).map_err(failed)?);
    let mut writer = BaseWriter::begin(out, &head, &miners).map_err(failed)?;
    let mut records = Vec::new();
    let (mut at, end) = (database.sync_boundary(), database.bounds().end);
    while at < end {
        let left = NonZeroU64::new(*end - *at).unwrap_or(NonZeroU64::MIN);
        let request = Request::Operations {
            size: end,
            start: at,
            max_ops: left.min(AT_ONCE),
        };
        let answer = database.serve(request).await;
        let (answer, _) = answer.map_err(|error| SnapshotError::Storage(format!("{error:?}")))?;
        let Response::Operations { operations, .. } = answer else {
            return Err(SnapshotError::Storage("the log has no operations".into()));
        };
        if operations.is_empty() {
            return Err(SnapshotError::Storage("the log has no operations".into()));
        }
        for operation in operations {
            // What was written over since is no longer so.
            if let StateOperation::Update(Update(key, value)) = operation
                && database.bitmap().get_bit(*at)
                && let Some(record) = base::position(&value.0)
            {
                records.push((StateKey(key.0), record));
            }
            at += 1;
        }
        if records.len() >= PART {
            let known = base::positions(&source, params, &records).await;
            writer.positions(known.map_err(unread)?).map_err(failed)?;
            records.clear();
        }
    }
    let known = base::positions(&source, params, &records).await;
    writer.positions(known.map_err(unread)?).map_err(failed)?;
    let Some(out) = writer.finish().map_err(failed)? else {
        fs::remove_file(file).map_err(failed)?;
        return Ok(false);
    };
    out.get_ref().sync_all().map_err(failed)?;
    Ok(true)
}
