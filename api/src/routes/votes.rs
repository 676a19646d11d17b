//! The evidence of a miner's votes: records of the state with their proofs. Bytes, as `docs/verify.md` describes them.

use etm_mechanism::{CohortId, CohortNode, PositionRecord};
use etm_types::api::error::ErrorCode;
use etm_types::api::query::VotesQuery;
use etm_types::codec::{Wire, from_bytes};
use etm_types::state::Record;
use etm_types::{Address, MinerId, StateKey};
use etm_verify::{PositionEvidence, Proved, StateTree, VotesEvidence};

use super::evidence::Octets;
use crate::backend::ProvedValue;
use crate::error::ApiError;
use crate::extract::{Path, Query, address};
use crate::state::{Api, Asked};

/// How often the state is read anew, for the links of a position one after the other, and because a round ended meanwhile.
const ATTEMPTS: usize = VotesEvidence::MAX_LINKS + 10;

/// A miner's votes from its cohorts, and a position among them, with all that their check needs: see docs/verify.md. They are those of the state after the
/// newest block, so of the running round.
#[utoipa::path(get, path = "/proofs/votes/{miner}", tag = "proofs", params(("miner" = String, Path, description = "id or name"), VotesQuery), responses((status = 200, description = "Evidence of votes, docs/verify.md section 8", content_type = "application/octet-stream", body = Octets)))]
pub(crate) async fn votes(
    Asked(api): Asked,
    Path(text): Path<String>,
    Query(query): Query<VotesQuery>,
) -> Result<Octets, ApiError> {
    let address = query.address.as_deref().map(address).transpose()?;
    let miner = api.find_miner(&text).await?;
    let mut links = Vec::new();
    for _ in 0..ATTEMPTS {
        if let Some(bytes) = api.votes_evidence(miner, address, &mut links).await? {
            return Ok(Octets(bytes));
        }
    }
    Err(ApiError::new(
        ErrorCode::Unavailable,
        "the state changed whenever it was half read; try again",
    ))
}

/// Records of one state, taken one after the other.
struct Records {
    entries: std::vec::IntoIter<ProvedValue>,
    tree: Option<StateTree>,
}

impl Records {
    /// The next record with its proof; none if the state has none.
    fn next<T: Wire>(&mut self) -> Result<Option<Proved<T>>, ApiError> {
        let entry = self.entries.next().unwrap_or_default();
        let (Some(value), Some(proof)) = (entry.value, entry.proof) else {
            return Ok(None);
        };
        let (tree, proved) = Proved::from_database(&value, &proof)
            .map_err(|reason| ApiError::internal(&format!("a proof of the state: {reason}")))?;
        self.tree = Some(tree);
        Ok(Some(proved))
    }
}

impl Api {
    /// One try: `links` are the cohorts that lead from the position to its miner, as far as they are known. None where they turn out to be
    /// others, which they are then.
    async fn votes_evidence(
        &self,
        miner: MinerId,
        address: Option<Address>,
        links: &mut Vec<CohortId>,
    ) -> Result<Option<Vec<u8>>, ApiError> {
        let mut keys: Vec<StateKey> = vec![
            Record::Miner(miner).key(),
            Record::Cohorts(Some(miner)).key(),
            Record::Tally.key(),
        ];
        if let Some(address) = &address {
            keys.push(Record::Position(address).key());
            keys.extend(links.iter().map(|link| Record::CohortNode(*link).key()));
        }
        let state = self.shared.backend.prove(&keys).await?;
        if let Some(address) = &address {
            let values: Vec<Option<&[u8]>> = state
                .entries
                .iter()
                .skip(3)
                .map(|entry| entry.value.as_deref())
                .collect();
            let found = self.chain_of(miner, address, links, &values)?;
            if found != *links {
                *links = found;
                return Ok(None);
            }
        }
        if !self.reached(state.height.0).await {
            return Err(self.lags());
        }
        let name = self.miner_ref(miner).name;
        let mut records = Records {
            entries: state.entries.into_iter(),
            tree: None,
        };
        let gone = || ApiError::not_found(format!("{name} is registered no longer"));
        let record = records.next()?.ok_or_else(gone)?;
        let cohorts = records.next()?.ok_or_else(|| {
            ApiError::not_found(format!(
                "nobody votes for {name}: there is no record, and that there is none can't be proved"
            ))
        })?;
        let tally = records
            .next()?
            .ok_or_else(|| ApiError::internal(&"the tally of the state is missing"))?;
        let position = match address {
            None => None,
            Some(address) => Some(PositionEvidence {
                address,
                record: records.next()?.ok_or_else(|| no_position(&address))?,
                links: links
                    .iter()
                    .map_while(|_| records.next().transpose())
                    .collect::<Result<_, ApiError>>()?,
            }),
        };
        let tree = records.tree.ok_or_else(gone)?;
        self.blocking(move |api| {
            let (header, certificate) = api.sealed_at(state.height.0)?;
            let evidence = VotesEvidence {
                miner,
                committee: api.committee(header.round.0)?,
                certificate,
                header,
                tree,
                record,
                cohorts,
                tally,
                position,
            };
            Ok(Some(evidence.to_bytes()))
        })
        .await
    }

    /// The cohorts that lead from the position of `address` on, as far as `values` go: of the position, and of the cohorts `links`.
    fn chain_of(
        &self,
        miner: MinerId,
        address: &Address,
        links: &[CohortId],
        values: &[Option<&[u8]>],
    ) -> Result<Vec<CohortId>, ApiError> {
        let (position, nodes) = values.split_first().unwrap_or((&None, &[]));
        let position: PositionRecord = position
            .map(read)
            .transpose()?
            .ok_or_else(|| no_position(address))?;
        let mut found = vec![position.cohort];
        for (link, node) in links.iter().zip(nodes) {
            // What was read are others' links from here on.
            if found.last() != Some(link) {
                break;
            }
            match node.map(read).transpose()? {
                Some(CohortNode::Merged { into, .. }) => found.push(into),
                Some(CohortNode::Live(owner)) if owner == Some(miner) => break,
                Some(CohortNode::Live(owner)) => {
                    let owner = owner.map_or("nobody".to_owned(), |id| self.miner_ref(id).name);
                    let name = self.miner_ref(miner).name;
                    return Err(ApiError::not_found(format!(
                        "the position of {address} votes for {owner}, not for {name}"
                    )));
                }
                None => return Err(ApiError::internal(&"a cohort of the state is missing")),
            }
        }
        Ok(found)
    }
}

fn read<T: Wire>(value: &[u8]) -> Result<T, ApiError> {
    from_bytes(value).map_err(|error| ApiError::internal(&format!("a record: {error}")))
}

fn no_position(address: &Address) -> ApiError {
    ApiError::not_found(format!("{address} has no position"))
}
