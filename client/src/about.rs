//! Each answer says what it is about, and is held against what was asked: here, for all routes.

use etm_types::api::{
    Hash, MinerRef,
    account::{Account, BonusPage, Preview, TimelinePage},
    block::{Block, BlockCertificate, BlockPage, BlockReceipts},
    chain::{ChainOffer, Genesis, Mempool, Parameters, Peers, Status, Supply},
    devnet::{FaucetResponse, TimeTravelResponse},
    miner::{Miner, MinerDetail, MinerHistoryPage, MinerPage},
    proof::{ProofSubject, StateProof},
    query::{
        BlocksQuery, BonusQuery, CertificatesQuery, MinerTab, MinersQuery, OffsetQuery,
        PAGE_DEFAULT, RoundsQuery, TransactionsQuery,
    },
    round::{BoundaryCertificate, BoundaryPage, Round, RoundPage, RoundReceipt, RoundState},
    transaction::{Payload, SubmitResponse, Transaction, TransactionPage, TransactionSummary},
};
use serde::de::DeserializeOwned;
use std::fmt::Display;

/// An answer of the API.
pub(crate) trait Answer: DeserializeOwned {
    /// What it has to be about.
    type Asked<'a>;

    /// What it is about, if that is not what was asked.
    fn stray(&self, asked: Self::Asked<'_>) -> Option<Stray>;
}

/// What an answer is about, and what was asked, in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stray {
    pub(crate) told: String,
    pub(crate) asked: String,
}

fn instead(told: impl Display, asked: impl Display) -> Option<Stray> {
    Some(Stray {
        told: told.to_string(),
        asked: asked.to_string(),
    })
}

/// Nothing strays where `right`.
fn unless(right: bool, told: impl Display, asked: impl Display) -> Option<Stray> {
    match right {
        true => None,
        false => instead(told, asked),
    }
}

fn of_account(told: &str, asked: &str) -> Option<Stray> {
    unless(
        told == asked,
        format_args!("the account {told}"),
        format_args!("the account {asked}"),
    )
}

fn of_round(told: u64, asked: u64) -> Option<Stray> {
    unless(
        told == asked,
        format_args!("round {told}"),
        format_args!("round {asked}"),
    )
}

/// To nodes digits are an id, and everything else a name.
fn of_miner(id: u32, name: &str, asked: &str) -> Option<Stray> {
    let right = match asked.strip_prefix('#').unwrap_or(asked).parse::<u32>() {
        Ok(asked) => asked == id,
        Err(_) => asked == name,
    };
    unless(
        right,
        format_args!("the miner {name} (#{id})"),
        format_args!("the miner {asked}"),
    )
}

fn of_block(height: u64, hash: Hash, asked: &str) -> Option<Stray> {
    unless(
        asked.parse() == Ok(hash) || asked.parse() == Ok(height),
        format_args!("block {height} ({hash})"),
        format_args!("block {asked}"),
    )
}

fn no_more(rows: usize, limit: Option<u32>) -> Option<Stray> {
    let limit = limit.unwrap_or(PAGE_DEFAULT);
    unless(
        rows <= limit as usize,
        format_args!("{rows} rows"),
        format_args!("{limit} at most"),
    )
}

/// Rows with numbers that only fall, from below `before` on.
fn falling(
    what: &str,
    rows: impl IntoIterator<Item = u64>,
    before: Option<u64>,
    limit: Option<u32>,
) -> Option<Stray> {
    let (mut below, mut count) = (before, 0);
    for row in rows {
        if let Some(below) = below.filter(|below| row >= *below) {
            return instead(format!("{what} {row}"), format!("{what}s before {below}"));
        }
        (below, count) = (Some(row), count + 1);
    }
    no_more(count, limit)
}

/// Answers about the node or its whole chain.
macro_rules! about_the_whole {
    ($($answer:ty),*) => {$(
        impl Answer for $answer {
            type Asked<'a> = ();

            fn stray(&self, (): ()) -> Option<Stray> {
                None
            }
        }
    )*};
}

about_the_whole!(
    Status,
    Parameters,
    Genesis,
    ChainOffer,
    Peers,
    Supply,
    Mempool,
    TimeTravelResponse
);

impl Answer for Account {
    type Asked<'a> = &'a str;

    fn stray(&self, asked: &str) -> Option<Stray> {
        let senders = self.pending_transactions.iter();
        of_account(&self.address, asked).or_else(|| {
            senders
                .map(|row| row.sender.as_str())
                .find_map(|sender| of_account(sender, asked))
        })
    }
}

impl Answer for BonusPage {
    type Asked<'a> = (&'a str, &'a BonusQuery);

    fn stray(&self, (address, query): Self::Asked<'_>) -> Option<Stray> {
        let rows = self.rounds.iter().map(|row| row.round);
        of_account(&self.address, address)
            .or_else(|| falling("round", rows, query.before_round, query.limit))
    }
}

impl Answer for TimelinePage {
    type Asked<'a> = (&'a str, &'a OffsetQuery);

    fn stray(&self, (address, query): Self::Asked<'_>) -> Option<Stray> {
        // Several changes may be of one round.
        let mut rounds: Vec<u64> = self.entries.iter().map(|entry| entry.round).collect();
        rounds.dedup();
        of_account(&self.address, address)
            .or_else(|| falling("round", rounds, None, Some(u32::MAX)))
            .or_else(|| no_more(self.entries.len(), query.limit))
    }
}

impl Answer for TransactionPage {
    type Asked<'a> = (&'a str, &'a TransactionsQuery);

    fn stray(&self, (address, query): Self::Asked<'_>) -> Option<Stray> {
        let to_it = |payload: &Payload| matches!(payload, Payload::Transfer { recipient, .. } if recipient == address);
        let others = |row: &&TransactionSummary| row.sender != address && !to_it(&row.payload);
        let place = |row: &TransactionSummary| (row.height, row.index);
        if let Some(row) = self.transactions.iter().find(others) {
            let told = format!("transaction {} of {}", row.hash, row.sender);
            return instead(told, format!("the account {address}"));
        }
        let mut pairs = self.transactions.windows(2);
        let wrong = pairs.find_map(|pair| match pair {
            [later, earlier] if place(later) <= place(earlier) => Some(earlier),
            _ => None,
        });
        wrong
            .and_then(|row| {
                let told = format!("transaction {} after an older one", row.hash);
                instead(told, "the newest first, each once")
            })
            .or_else(|| no_more(self.transactions.len(), query.limit))
    }
}

impl Answer for Preview {
    type Asked<'a> = &'a str;

    fn stray(&self, asked: &str) -> Option<Stray> {
        of_account(&self.address, asked)
    }
}

impl Answer for MinerPage {
    type Asked<'a> = &'a MinersQuery;

    fn stray(&self, query: &MinersQuery) -> Option<Stray> {
        let offset = query.offset.unwrap_or(0);
        let mut ids: Vec<u32> = self.miners.iter().map(|miner| miner.id).collect();
        ids.sort_unstable();
        let twice = ids.windows(2).find(|pair| pair.first() == pair.last());
        let unasked = self.miners.iter().find(|miner| !is_asked_for(miner, query));
        unless(
            self.offset == offset,
            format_args!("miners from row {} on", self.offset),
            format_args!("those from row {offset} on"),
        )
        .or_else(|| {
            let id = twice?.first()?;
            instead(format!("miner #{id} twice"), "each once")
        })
        .or_else(|| {
            let miner = unasked?;
            let told = format!("the miner {} (#{})", miner.name, miner.id);
            instead(told, "others")
        })
        .or_else(|| no_more(self.miners.len(), query.limit))
    }
}

fn is_asked_for(miner: &Miner, query: &MinersQuery) -> bool {
    let in_tab = match query.tab.unwrap_or_default() {
        MinerTab::Committee => miner.in_committee,
        MinerTab::Announced => miner.announced,
        MinerTab::NotElectedLately => !miner.recent.contains('1'),
        MinerTab::All | MinerTab::Mine => true,
    };
    let listed = |ids: &String| ids.split(',').any(|id| id.trim().parse() == Ok(miner.id));
    let text = query.q.as_deref().unwrap_or_default();
    let matches = match text.strip_prefix('#') {
        Some(id) => id == miner.id.to_string(),
        None => miner.name.contains(&text.to_lowercase()) || miner.owner == text,
    };
    in_tab && matches && query.ids.as_ref().is_none_or(listed)
}

impl Answer for MinerDetail {
    type Asked<'a> = &'a str;

    fn stray(&self, asked: &str) -> Option<Stray> {
        of_miner(self.miner.id, &self.miner.name, asked)
    }
}

impl Answer for MinerHistoryPage {
    type Asked<'a> = (&'a str, &'a RoundsQuery);

    fn stray(&self, (asked, query): Self::Asked<'_>) -> Option<Stray> {
        let MinerRef { id, name } = &self.miner;
        let rows = self.rounds.iter().map(|row| row.round);
        of_miner(*id, name, asked)
            .or_else(|| falling("round", rows, query.before_round, query.limit))
    }
}

impl Answer for RoundPage {
    type Asked<'a> = &'a RoundsQuery;

    fn stray(&self, query: &RoundsQuery) -> Option<Stray> {
        let rows = self.rounds.iter().map(|row| row.round);
        falling("round", rows, query.before_round, query.limit)
    }
}

impl Answer for Round {
    type Asked<'a> = &'a str;

    fn stray(&self, asked: &str) -> Option<Stray> {
        let (round, state) = (self.summary.round, self.summary.state);
        let right = match asked {
            "current" => state == RoundState::Running,
            "announced" => state == RoundState::Announced,
            number => number.parse() == Ok(round),
        };
        let state = match state {
            RoundState::Finished => "finished",
            RoundState::Running => "running",
            RoundState::Announced => "announced",
        };
        unless(
            right,
            format_args!("round {round}, which is {state}"),
            format_args!("round {asked}"),
        )
    }
}

impl Answer for RoundReceipt {
    type Asked<'a> = u64;

    fn stray(&self, asked: u64) -> Option<Stray> {
        of_round(self.round, asked)
    }
}

impl Answer for BoundaryCertificate {
    type Asked<'a> = u64;

    fn stray(&self, asked: u64) -> Option<Stray> {
        of_round(self.round, asked).or_else(|| of_round(self.certificate.round, asked))
    }
}

impl Answer for BoundaryPage {
    type Asked<'a> = &'a CertificatesQuery;

    fn stray(&self, query: &CertificatesQuery) -> Option<Stray> {
        let mut next = query.from_round.unwrap_or(0);
        self.certificates.iter().find_map(|one| {
            let stray = unless(
                one.round >= next,
                format_args!("round {}", one.round),
                format_args!("rounds from {next} on"),
            );
            next = one.round.saturating_add(1);
            stray.or_else(|| of_round(one.certificate.round, one.round))
        })
    }
}

impl Answer for BlockPage {
    type Asked<'a> = &'a BlocksQuery;

    fn stray(&self, query: &BlocksQuery) -> Option<Stray> {
        let heights = self.blocks.iter().map(|block| block.height);
        falling("block", heights, query.before_height, query.limit).or_else(|| {
            let wanted = query.producer?;
            let producer = |miner: &Option<MinerRef>| miner.as_ref().map(|miner| miner.id);
            let mut blocks = self.blocks.iter();
            let other = blocks.find(|block| producer(&block.producer) != Some(wanted))?;
            let told = format!("block {}, of another producer", other.height);
            instead(told, format!("blocks of miner #{wanted}"))
        })
    }
}

impl Answer for Block {
    type Asked<'a> = &'a str;

    fn stray(&self, asked: &str) -> Option<Stray> {
        of_block(self.summary.height, self.summary.hash, asked)
    }
}

impl Answer for BlockReceipts {
    type Asked<'a> = &'a str;

    fn stray(&self, asked: &str) -> Option<Stray> {
        of_block(self.height, self.hash, asked)
    }
}

impl Answer for BlockCertificate {
    type Asked<'a> = &'a str;

    fn stray(&self, asked: &str) -> Option<Stray> {
        of_block(self.height, self.hash, asked)
    }
}

fn of_transaction(told: Hash, asked: Hash) -> Option<Stray> {
    unless(
        told == asked,
        format_args!("the transaction {told}"),
        format_args!("the transaction {asked}"),
    )
}

impl Answer for Transaction {
    type Asked<'a> = Hash;

    fn stray(&self, asked: Hash) -> Option<Stray> {
        of_transaction(self.summary.hash, asked)
    }
}

/// Of what was submitted, where that is a transaction at all.
impl Answer for SubmitResponse {
    type Asked<'a> = Option<Hash>;

    fn stray(&self, asked: Option<Hash>) -> Option<Stray> {
        of_transaction(self.hash, asked?)
    }
}

impl Answer for StateProof {
    type Asked<'a> = ProofSubject;

    fn stray(&self, asked: ProofSubject) -> Option<Stray> {
        let words = |subject: &ProofSubject| match subject {
            ProofSubject::Account { address } => format!("the account {address}"),
            ProofSubject::Position { address } => format!("the position of {address}"),
            ProofSubject::Round { round } => format!("round {round}"),
        };
        unless(self.subject == asked, words(&self.subject), words(&asked))
    }
}

impl Answer for FaucetResponse {
    type Asked<'a> = Option<etm_types::api::Amount>;

    fn stray(&self, asked: Self::Asked<'_>) -> Option<Stray> {
        let asked = asked.unwrap_or(self.amount);
        unless(
            self.amount == asked,
            format_args!("{} units", self.amount),
            format_args!("{asked}"),
        )
    }
}

#[cfg(test)]
mod tests;
