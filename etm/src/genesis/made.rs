//! What `etm genesis` answers.

pub use super::keys::Keys;

use etm_execution::genesis::{
    Genesis,
    import::{CsvSummary, V1Summary},
};
use etm_types::{Units, amount::format_etm, api::Amount};
use etm_wallet::output::{Page, Report};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Names of a committee's members that are shown to people.
const NAMES_SHOWN: usize = 12;

/// A genesis: what it was made from, where it lies, what it says.
#[derive(Debug, Serialize)]
pub struct Made {
    /// With `import`: what was taken from the real input.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<Taken>,
    /// Where it was written; absent with `check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<PathBuf>,
    /// The keys of its miners; absent with `check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Keys>,
    /// What is to be done with it, for people.
    #[serde(skip)]
    next: Vec<String>,
    chain: String,
    name: String,
    parameters: Parameters,
    accounts: usize,
    free: Amount,
    positions: usize,
    /// Positions that vote.
    voting: usize,
    locked: Amount,
    miners: usize,
    /// The names of the committees of rounds 0 and 1, in the order drawn.
    committees: Vec<Vec<String>>,
}

/// The parameters that say most.
#[derive(Debug, Serialize)]
struct Parameters {
    committee: u32,
    blocks_per_round: u32,
    slot_ms: u64,
    day_seconds: u64,
    fee: Amount,
    devnet: bool,
}

/// What an import took, and what it did not.
#[derive(Debug, Serialize)]
pub struct Taken {
    from: PathBuf,
    /// What was taken, a clause each.
    parts: Vec<String>,
    left_out: Vec<String>,
    /// How the sum is another than it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    supply: Option<String>,
}

impl Taken {
    /// With what there is to be known of the sum.
    pub fn with(self, supply: Option<String>) -> Self {
        Self { supply, ..self }
    }

    /// What was taken from the original network's genesis block.
    pub fn from_v1(file: &Path, summary: V1Summary) -> Self {
        Self {
            from: file.to_owned(),
            parts: vec![
                format!(
                    "{} transfers, which leave {} accounts with a free balance",
                    summary.transfers, summary.accounts
                ),
                format!("{} delegates, now miners under their names", summary.miners),
                format!(
                    "{} lock-ups, now positions at time gain 1, of which {} vote",
                    summary.positions, summary.votes
                ),
                format!("{} ETM in all", format_etm(summary.total)),
            ],
            left_out: summary.left_out,
            supply: None,
        }
    }

    /// What was taken from a table of balances.
    pub fn from_csv(file: &Path, summary: &CsvSummary) -> Self {
        let empty = (summary.empty > 0).then(|| format!("{} rows with balance 0", summary.empty));
        Self {
            from: file.to_owned(),
            parts: vec![format!(
                "{} addresses, {} labels, {} ETM in all",
                summary.addresses,
                summary.labels.len(),
                format_etm(summary.total)
            )],
            left_out: empty.into_iter().collect(),
            supply: None,
        }
    }
}

impl Made {
    /// What a genesis says.
    pub fn of(genesis: &Genesis) -> Self {
        let draft = genesis.draft();
        // A genesis whose sums leave u64 is refused when it is made.
        let sum = |units: &mut dyn Iterator<Item = Units>| {
            Amount(units.fold(0, |sum: u64, units| sum.saturating_add(units.0)))
        };
        let committees = genesis.committees().into_iter().flatten().map(|committee| {
            let names = committee.members.iter();
            names.map(|member| member.name.to_string()).collect()
        });
        Self {
            taken: None,
            written: None,
            keys: None,
            next: Vec::new(),
            chain: genesis.chain().id.to_string(),
            name: draft.name.clone(),
            parameters: Parameters {
                committee: draft.params.mechanism.committee,
                blocks_per_round: draft.params.mechanism.blocks_per_round,
                slot_ms: draft.params.slot_ms,
                day_seconds: draft.params.mechanism.day_seconds,
                fee: Amount::from(draft.params.fee),
                devnet: draft.params.devnet,
            },
            accounts: draft.accounts.len(),
            free: sum(&mut draft.accounts.values().copied()),
            positions: draft.positions.len(),
            voting: draft
                .positions
                .values()
                .filter(|position| position.miner.is_some())
                .count(),
            locked: sum(&mut draft.positions.values().map(|position| position.locked)),
            miners: draft.miners.len(),
            committees: committees.collect(),
        }
    }

    /// The same, written to `file`.
    pub fn written(self, file: &Path, taken: Option<Taken>, keys: Option<Keys>) -> Self {
        Self {
            taken,
            written: Some(file.to_owned()),
            keys,
            ..self
        }
    }

    /// The same, with what is to be done with it, a line each.
    pub fn with_next(self, next: Vec<String>) -> Self {
        Self { next, ..self }
    }
}

impl Report for Made {
    fn show(&self, page: &mut Page) {
        let etm = |amount: Amount| format_etm(Units::from(amount));
        if let Some(taken) = &self.taken {
            page.line(format!("taken from {}:", taken.from.display()));
            for part in &taken.parts {
                page.line(format!("  {part}"));
            }
            for left_out in &taken.left_out {
                page.line(format!("not taken: {left_out}"));
            }
            if let Some(supply) = &taken.supply {
                page.line(format!("note: {supply}"));
            }
        }
        if let Some(file) = &self.written {
            page.line(format!("written to {}", file.display()));
        }
        if let Some(keys) = &self.keys {
            keys.show(page);
        }
        let params = &self.parameters;
        page.line(format!("chain       {} ({})", self.chain, self.name));
        page.line(format!(
            "parameters  {} seats, {} blocks a round, {} ms slots, days of {} s, fee {} ETM{}",
            params.committee,
            params.blocks_per_round,
            params.slot_ms,
            params.day_seconds,
            etm(params.fee),
            if params.devnet { ", a devnet" } else { "" },
        ));
        page.line(format!(
            "accounts    {} with {} ETM free",
            self.accounts,
            etm(self.free)
        ));
        page.line(format!(
            "positions   {} with {} ETM locked, {} of them vote",
            self.positions,
            etm(self.locked),
            self.voting
        ));
        page.line(format!("miners      {}", self.miners));
        for (round, names) in self.committees.iter().enumerate() {
            let shown = names.get(..NAMES_SHOWN).unwrap_or(names).join(", ");
            let more = match names.len().saturating_sub(NAMES_SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            page.line(format!("round {round}     {shown}{more}"));
        }
        for line in &self.next {
            page.line(line);
        }
    }

    fn done(&self) -> Option<String> {
        let file = self.written.as_ref()?.display();
        let keys = self.keys.as_ref().filter(|keys| keys.are_new());
        let keys = keys.map_or_else(String::new, |keys| {
            format!(", new keys to {}", keys.folder())
        });
        Some(format!("written to {file}{keys}"))
    }
}
