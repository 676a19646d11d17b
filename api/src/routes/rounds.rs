//! Rounds and what they are checked with.

use axum::Json;
use etm_history::History;
use etm_mechanism::beacon;
use etm_types::api::block::BlockCertificate;
use etm_types::api::error::ErrorCode;
use etm_types::api::query::{CertificatesQuery, PAGE_DEFAULT, PAGE_MAX, RoundsQuery};
use etm_types::api::round::{
    BoundaryCertificate, BoundaryPage, DrawCandidate, DrawPick, DrawReceipt, LuckyReceipt,
    PoolReceipt, Round, RoundPage, RoundReceipt,
};
use etm_types::api::{self, Bytes, Integer, MinerRef};
use etm_types::codec::to_bytes;
use etm_types::{Height, MinerId};

use crate::error::{ApiError, ApiResult};
use crate::extract::{Path, Query, limit, number};
use crate::state::{Api, Asked};

/// Most boundary certificates in one answer.
const CERTIFICATES_MAX: u32 = 50;

/// The number of a round; `current` is the running one, `announced` the one after.
pub(super) fn round_number(history: &History, text: &str) -> Result<u64, ApiError> {
    match text {
        "current" => Ok(history.running_round()?.0),
        "announced" => Ok(history.running_round()?.saturating_add(1).0),
        digits => number(digits, "round (or current, or announced)"),
    }
}

/// Rounds, newest first, from the announced one on.
#[utoipa::path(get, path = "/rounds", tag = "rounds", params(RoundsQuery), responses((status = 200, body = RoundPage)))]
pub(crate) async fn list(
    Asked(api): Asked,
    Query(query): Query<RoundsQuery>,
) -> ApiResult<RoundPage> {
    let limit = limit(query.limit, PAGE_DEFAULT, PAGE_MAX)?;
    api.history(move |history| history.rounds(query.before_round.map(etm_types::Round), limit))
        .await
        .map(Json)
}

/// One round: committee, missed slots, pools, draw.
#[utoipa::path(get, path = "/rounds/{round}", tag = "rounds", params(("round" = String, Path, description = "number, current or announced")), responses((status = 200, body = Round)))]
pub(crate) async fn one(Asked(api): Asked, Path(text): Path<String>) -> ApiResult<Round> {
    let table = api.table().await?;
    api.blocking(move |api| {
        let history = &api.shared.history;
        let number = round_number(history, &text)?;
        let round = history.round(etm_types::Round(number))?;
        // A round is announced by the end of the second before it.
        let announced = api.end_of(number.saturating_sub(2));
        let Some(mut round) = round else {
            let running = history.running_round()?.0;
            let last = running.saturating_add(1);
            let what = format!(
                "no round {number}: {}, and {last} is announced",
                newest(running)
            );
            return Err(ApiError::not_found_at(announced, what));
        };
        // Votes are constant in a running round; the state has them all, also of miners that never changed.
        if round.summary.round >= table.globals.round.0 {
            for seat in &mut round.committee {
                let row = table.get(MinerId(seat.miner.id));
                seat.votes = row.map_or(seat.votes, |row| row.miner.votes);
            }
        }
        Ok(Json(round))
    })
    .await
}

/// Which round is the newest that has ended while this one runs, in words.
fn newest(running: u64) -> String {
    match running.checked_sub(1) {
        Some(finished) => format!("the newest finished one is {finished}, {running} is running"),
        None => "none is finished yet, 0 is running".to_owned(),
    }
}

/// Everything with which a finished round is checked, with no trust in this node.
#[utoipa::path(get, path = "/rounds/{round}/receipt", tag = "rounds", params(("round" = u64, Path)), responses((status = 200, body = RoundReceipt)))]
pub(crate) async fn receipt(
    Asked(api): Asked,
    Path(text): Path<String>,
) -> ApiResult<RoundReceipt> {
    api.blocking(move |api| {
        let round = round_number(&api.shared.history, &text)?;
        let found = api.receipt(round)?;
        found
            .map(Json)
            .ok_or_else(|| api.unfinished(round, "receipt"))
    })
    .await
}

impl Api {
    /// The last height of a round.
    pub(super) fn end_of(&self, round: u64) -> u64 {
        self.params().last_height(etm_types::Round(round)).0
    }

    /// That there is nothing of a round yet which comes with its end.
    pub(super) fn unfinished(&self, round: u64, what: &str) -> ApiError {
        match self.shared.history.running_round() {
            Ok(running) => {
                let message = format!("no {what} of round {round}: {}", newest(running.0));
                ApiError::not_found_at(self.end_of(round), message)
            }
            Err(error) => error.into(),
        }
    }

    fn receipt(&self, round: u64) -> Result<Option<RoundReceipt>, ApiError> {
        let history = &self.shared.history;
        if round >= history.running_round()?.0 {
            return Ok(None);
        }
        let (Some(info), Some(draw)) = (
            history.round(etm_types::Round(round))?,
            history.draw(etm_types::Round(round))?,
        ) else {
            return Ok(None);
        };
        let (Some(distribution), Some(seed), Some(end)) =
            (info.distribution, info.seed, info.beacon)
        else {
            return Ok(None);
        };
        let mut headers = Vec::new();
        let mut parent = history.chain().genesis_hash;
        for height in info.summary.first_height..=info.summary.last_height {
            let block = history
                .finalized(Height(height))?
                .ok_or_else(|| ApiError::internal(&"a block is missing"))?
                .block;
            if headers.is_empty() {
                parent = block.header.parent;
            }
            headers.push(Bytes(to_bytes(&block.header)));
        }
        let certificate = self.block_certificate(info.summary.last_height)?;
        let certificate = certificate.ok_or_else(|| ApiError::internal(&"a block is missing"))?;
        let committee = history
            .committee(etm_types::Round(round))?
            .ok_or_else(|| ApiError::internal(&"a committee is missing"))?;
        let lucky = beacon::lucky(etm_types::Round(round), &end.0, committee.members.len());
        let lucky_miner = committee
            .members
            .get(lucky)
            .map(|member| self.miner_ref(member.miner));
        let params = &self.params().mechanism;
        Ok(Some(RoundReceipt {
            format: "etm-receipt/1".to_owned(),
            chain: api::Hash::from(self.genesis().chain().id),
            round,
            blocks_per_round: params.blocks_per_round,
            committee_size: params.committee,
            min_committee: params.min_committee,
            seed,
            committee: history.show_members(&committee.members),
            parent: api::Hash::from(parent),
            headers,
            certificate,
            distribution,
            lucky: LuckyReceipt {
                hash: api::Hash(beacon::lucky_hash(etm_types::Round(round), &end.0)),
                index: u32::try_from(lucky).unwrap_or(u32::MAX),
                miner: lucky_miner
                    .ok_or_else(|| ApiError::internal(&"the lucky member is missing"))?,
            },
            pools: info
                .committee
                .into_iter()
                .map(|seat| PoolReceipt {
                    miner: seat.miner,
                    pool: seat.pool.unwrap_or_default(),
                    votes: seat.votes,
                    produced: seat.produced,
                    missed: seat.missed,
                    fees: seat.fees.unwrap_or_default(),
                })
                .collect(),
            draw: self.show_draw(round, &draw),
        }))
    }

    fn show_draw(&self, drawn_in: u64, draw: &etm_mechanism::DrawReceipt) -> DrawReceipt {
        let refs = |ids: &[MinerId]| -> Vec<MinerRef> {
            ids.iter().map(|id| self.miner_ref(*id)).collect()
        };
        let candidates = draw.candidates.iter().map(|candidate| DrawCandidate {
            miner: self.miner_ref(candidate.miner),
            votes: Integer::from(candidate.votes),
            produced: candidate.produced,
            slots: candidate.slots,
            weight: Integer::from(candidate.weight),
        });
        let picks = (0u32..).zip(&draw.picks).map(|(index, pick)| DrawPick {
            index,
            hash: api::Hash(pick.hash),
            total: Integer::from(pick.total),
            point: Integer::from(pick.point),
            miner: self.miner_ref(pick.miner),
        });
        DrawReceipt {
            round: draw.round.0,
            drawn_in,
            beacon: api::Hash(draw.beacon),
            v_avg: Integer(draw.average.into()),
            candidates: candidates.collect(),
            total_weight: Integer(
                draw.candidates
                    .iter()
                    .map(|candidate| candidate.weight.0)
                    .sum(),
            ),
            size: u32::try_from(draw.candidates.len())
                .unwrap_or(u32::MAX)
                .min(draw.committee),
            kept: draw.kept,
            previous: refs(&draw.previous),
            picks: picks.collect(),
            members: refs(&draw.members),
        }
    }

    /// A block's finalization with what is needed to check it.
    pub(crate) fn block_certificate(
        &self,
        height: u64,
    ) -> Result<Option<BlockCertificate>, ApiError> {
        let history = &self.shared.history;
        let Some(recorded) = history.finalized(Height(height))? else {
            return Ok(None);
        };
        let header = &recorded.block.header;
        let committee = history.committee(header.round)?;
        let mut members = committee.map_or_else(Vec::new, |committee| committee.members);
        members.sort_by_key(|member| member.node);
        let facts = self
            .shared
            .backend
            .decode_certificate(&recorded.certificate, members.len());
        let signers = facts.as_ref().map(|facts| {
            let signed = facts
                .signers
                .iter()
                .filter_map(|index| members.get(*index as usize));
            signed.map(|member| self.miner_ref(member.miner)).collect()
        });
        Ok(Some(BlockCertificate {
            height,
            hash: api::Hash::from(recorded.block.hash()),
            round: header.round.0,
            header: Bytes(to_bytes(header)),
            finalization: Bytes(recorded.certificate),
            view: facts.as_ref().map(|facts| facts.view),
            parent_view: facts.as_ref().map(|facts| facts.parent_view),
            signers,
            committee: history.show_members(&members),
        }))
    }

    fn boundary(&self, round: u64) -> Result<Option<BoundaryCertificate>, ApiError> {
        let history = &self.shared.history;
        let height = history.last_height(etm_types::Round(round));
        let Some(recorded) = history.finalized(height)? else {
            return Ok(None);
        };
        let Some(certificate) = self.block_certificate(height.0)? else {
            return Ok(None);
        };
        let committee = recorded.block.body.committee;
        let committee =
            committee.ok_or_else(|| ApiError::internal(&"a last block has no committee"))?;
        Ok(Some(BoundaryCertificate {
            round,
            certificate,
            committee_encoded: Bytes(to_bytes(&committee)),
            committee: history.show_members(&committee.members),
        }))
    }
}

/// The boundary certificate of a finished round: a light client's step to the committee of two rounds later.
#[utoipa::path(get, path = "/rounds/{round}/certificate", tag = "rounds", params(("round" = u64, Path)), responses((status = 200, body = BoundaryCertificate)))]
pub(crate) async fn certificate(
    Asked(api): Asked,
    Path(text): Path<String>,
) -> ApiResult<BoundaryCertificate> {
    api.blocking(move |api| {
        let round = round_number(&api.shared.history, &text)?;
        let found = api.boundary(round)?;
        let missing = || api.unfinished(round, "certificate");
        found.map(Json).ok_or_else(missing)
    })
    .await
}

/// Boundary certificates of consecutive rounds, oldest first.
#[utoipa::path(get, path = "/certificates", tag = "rounds", params(CertificatesQuery), responses((status = 200, body = BoundaryPage)))]
pub(crate) async fn certificates(
    Asked(api): Asked,
    Query(query): Query<CertificatesQuery>,
) -> ApiResult<BoundaryPage> {
    let limit = limit(query.limit, 20, CERTIFICATES_MAX)?;
    let from = query.from_round.unwrap_or(0);
    api.blocking(move |api| {
        let running = api.shared.history.running_round()?;
        if from > running.0 {
            let message = format!("from_round is {from}, round {running} is running");
            return Err(ApiError::new(ErrorCode::InvalidQuery, message));
        }
        let until = from.saturating_add(limit.into()).min(running.0);
        let mut certificates = Vec::new();
        for round in from..until {
            certificates.extend(api.boundary(round)?);
        }
        Ok(Json(BoundaryPage {
            certificates,
            next: (until < running.0).then_some(until),
        }))
    })
    .await
}
