//! `etm miner list` and `etm miner show`.

use super::MinerList;
use crate::{
    context::{Context, find_miner, miner_text},
    failure::{Failure, Result},
    figures::{coefficient, count, counted, decimal, etm, percent, votes},
    output::{Align, Page, Report, Tone},
    suggest,
};
use etm_types::Units;
use etm_types::api::{
    error::ErrorCode,
    miner::{Miner, MinerDetail, MinerPage, MinerState},
    query::{MINERS_PAGE_MAX, MinerQuery, MinerSort, MinerTab, MinersQuery, Order},
};
use serde::{Serialize, de::DeserializeOwned};

/// The columns that can be sorted by.
pub const COLUMNS: [&str; 16] = [
    "fair",
    "rank",
    "id",
    "name",
    "votes",
    "locked",
    "voters",
    "produced",
    "missed",
    "coefficient",
    "weight",
    "inclusion",
    "seats",
    "luck",
    "bonus",
    "last_block",
];
/// The tabs there are.
pub const TABS: [&str; 5] = [
    "all",
    "committee",
    "announced",
    "not_elected_lately",
    "mine",
];

pub async fn list(context: &Context, options: &MinerList) -> Result<()> {
    let sort: MinerSort = choose("column", &options.sort, &COLUMNS)?;
    let tab: MinerTab = choose("tab", &options.tab, &TABS)?;
    // Whose vote is marked: the key in use, if there is one.
    let account = context.account(None).ok();
    if tab == MinerTab::Mine && account.is_none() {
        return Err(
            Failure::usage("no_key", "there is no key to say which miners are mine")
                .hint("choose one with --key"),
        );
    }
    let natural = match sort {
        MinerSort::Fair | MinerSort::Rank | MinerSort::Id | MinerSort::Name => Order::Asc,
        _ => Order::Desc,
    };
    let order = options.reverse.then_some(match natural {
        Order::Asc => Order::Desc,
        Order::Desc => Order::Asc,
    });
    context.status().await?;
    let query = MinersQuery {
        sort: Some(sort),
        order,
        tab: Some(tab),
        q: options.search.clone(),
        account,
        limit: Some(if options.limit == 0 {
            MINERS_PAGE_MAX
        } else {
            options.limit
        }),
        ..MinersQuery::default()
    };
    let page = match options.limit {
        0 => context.miners(query).await?,
        _ => context.client.miners(&query).await?,
    };
    context.output.print(&ListReport(page))
}

fn choose<T: DeserializeOwned>(what: &str, named: &str, all: &[&str]) -> Result<T> {
    let wanted = named.to_lowercase().replace('-', "_");
    match serde_json::from_value(serde_json::Value::String(wanted.clone())) {
        Ok(value) => Ok(value),
        Err(_) => {
            let failure = Failure::usage("invalid_choice", format!("{named:?} is not a {what}"));
            Err(match suggest::nearest(&wanted, all.iter().copied()) {
                Some(near) => failure.hint(format!("did you mean {near:?}?")),
                None => failure.hint(format!("there are: {}", all.join(", "))),
            })
        }
    }
}

pub async fn show(context: &Context, named: &str) -> Result<()> {
    context.status().await?;
    let query = MinerQuery {
        account: context.account(None).ok(),
        ..MinerQuery::default()
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let asked = match named.strip_prefix('#').filter(|id| digits(id)) {
        Some(id) => id.to_owned(),
        // To the node digits are an id first; to people, who write ids as #3, they are a name.
        None if digits(named) => {
            let all = context.all_miners(None).await?;
            find_miner(&all.miners, named)?.id.to_string()
        }
        None => named.to_owned(),
    };
    match context.client.miner(&asked, &query).await {
        Ok(miner) => context.output.print(&MinerReport(miner)),
        Err(error)
            if matches!(
                error.code(),
                Some(ErrorCode::NotFound | ErrorCode::InvalidPath)
            ) =>
        {
            let all = context.all_miners(None).await?;
            Err(find_miner(&all.miners, named)
                .err()
                .unwrap_or_else(|| error.into()))
        }
        Err(error) => Err(error.into()),
    }
}

/// A page of the voting table. In JSON the API's `MinerPage`.
#[derive(Serialize)]
#[serde(transparent)]
struct ListReport(MinerPage);

impl Report for ListReport {
    fn show(&self, page: &mut Page) {
        if self.0.miners.is_empty() && self.0.total == 0 {
            page.line("No miner is like this; `etm miner list` without options shows all.");
            return;
        }
        let columns = [
            ("RANK", Align::Right, 5),
            ("MINER", Align::Left, 0),
            ("ID", Align::Right, 9),
            ("VOTES", Align::Right, 1),
            ("SHARE", Align::Right, 7),
            ("LOCKED ETM", Align::Right, 8),
            ("VOTERS", Align::Right, 6),
            ("PRODUCED", Align::Right, 6),
            ("MISSED", Align::Right, 3),
            ("V", Align::Right, 3),
            ("WEIGHT", Align::Right, 10),
            ("SEAT CHANCE", Align::Right, 1),
            ("SEATS", Align::Right, 4),
            ("EXPECTED", Align::Right, 5),
            ("BONUS/DAY", Align::Right, 2),
            ("REMARKS", Align::Left, 2),
        ];
        let mut columns = columns.to_vec();
        let mut rows: Vec<Vec<String>> = self.0.miners.iter().map(row).collect();
        if !self.0.past {
            let known = |title: &str| !OF_THE_PAST.contains(&title);
            let kept: Vec<bool> = columns.iter().map(|(title, ..)| known(title)).collect();
            for row in &mut rows {
                let mut kept = kept.iter();
                row.retain(|_| kept.next().copied().unwrap_or(true));
            }
            columns.retain(|(title, ..)| known(title));
        }
        let left_out = page.table_to_fit(&columns, &rows);
        page.gap();
        let shown = format!(
            "{} of {} miners; round {}; the chances are those of the draw for round {}; bonus/day is an estimate for {} at t = {}, over a day of the chain, about {} rounds.",
            self.0.miners.len(),
            self.0.total,
            self.0.round,
            self.0.draw_round,
            etm(self.0.estimate.amount),
            self.0.estimate.time_gain,
            count(self.0.estimate.rounds_per_day_milli / 1_000),
        );
        page.say(Tone::Dim, &shown);
        if !left_out.is_empty() {
            let names = left_out.join(", ");
            page.say(
                Tone::Dim,
                &format!("Left out to fit on the terminal: {names}."),
            );
        }
        if !self.0.past {
            page.say(Tone::Dim, NO_PAST);
        }
    }
}

/// Columns that a node without a history can't fill.
const OF_THE_PAST: [&str; 4] = ["LOCKED ETM", "VOTERS", "SEATS", "EXPECTED"];

/// What is said instead.
const NO_PAST: &str = "This node keeps no history: what is locked behind miners, their voters, seats and sums are not known here.";

fn row(miner: &Miner) -> Vec<String> {
    // Of one that has resigned nothing is drawn, voted or expected any more: that is no figure.
    let still = |figure: String| match miner.state {
        MinerState::Resigned => "-".to_owned(),
        MinerState::Registered | MinerState::Resigning => figure,
    };
    vec![
        still(miner.rank.to_string()),
        miner.name.clone(),
        miner.id.to_string(),
        still(votes(miner.votes)),
        still(percent(miner.votes_share_ppb)),
        still(count(miner.locked.0 / Units::ETM.0)),
        still(count(miner.voters)),
        count(miner.produced),
        count(miner.missed),
        coefficient(miner.coefficient),
        still(votes(miner.weight)),
        still(percent(miner.inclusion_ppb)),
        miner.seats.to_string(),
        expected(miner),
        still(decimal(
            miner.estimated_bonus_per_day.0.into(),
            Units::ETM.0.into(),
            4,
        )),
        marks(miner),
    ]
}

/// Seats expected in the last rounds, with twice the standard deviation.
fn expected(miner: &Miner) -> String {
    let spread = u128::from(miner.seats_deviation_micro) * 2;
    format!(
        "{} ± {}",
        decimal(miner.expected_seats_micro.into(), 1_000_000, 1),
        decimal(spread, 1_000_000, 1)
    )
}

fn marks(miner: &Miner) -> String {
    let mut marks = Vec::new();
    if miner.my_vote {
        marks.push("my vote");
    }
    if miner.in_committee {
        marks.push("in committee");
    }
    if miner.announced {
        marks.push("announced");
    }
    if !miner.ready && miner.state != MinerState::Resigned {
        marks.push("not ready");
    }
    match miner.state {
        MinerState::Registered => {}
        MinerState::Resigning => marks.push("resigning"),
        MinerState::Resigned => marks.push("resigned"),
    }
    marks.join(", ")
}

/// One miner. In JSON the API's `MinerDetail`.
#[derive(Serialize)]
#[serde(transparent)]
struct MinerReport(MinerDetail);

impl Report for MinerReport {
    fn show(&self, page: &mut Page) {
        let detail = &self.0;
        let miner = &detail.miner;
        let standing = Standing::of(miner);
        page.title(&format!("{} (#{})", miner.name, miner.id));
        page.field("owner", &miner.owner);
        page.field("state", state(detail));
        if !detail.lookalikes.is_empty() {
            let others: Vec<String> = detail.lookalikes.iter().map(miner_text).collect();
            page.field_toned("looks like", Tone::Warning, &others.join(", "));
        }
        if standing == Standing::Registered {
            show_votes(page, detail);
        }
        if standing != Standing::Gone {
            page.field(
                "blocks",
                format!(
                    "{} produced, {} missed",
                    count(miner.produced),
                    count(miner.missed)
                ),
            );
            page.field("v", coefficient(miner.coefficient));
        }
        if standing == Standing::Registered {
            page.field("election weight", votes(miner.weight));
            page.field(
                "chance of a seat",
                format!("{} in the next draw", percent(miner.inclusion_ppb)),
            );
        }
        if detail.past {
            show_past(page, detail);
        }
        if standing == Standing::Gone {
            if let Some(height) = miner.last_block {
                page.field("last block", count(height));
            }
            page.gap();
            page.say(Tone::Dim, GONE);
            return;
        }
        page.field("deposit", deposit(detail, standing));
        page.field("contact", detail.contact.as_deref().unwrap_or("none"));
        page.field("dialled at", &detail.dial_address);
        page.field("node key", detail.node_key.to_string());
        page.field("BLS key", detail.bls_key.to_string());
        let seen = detail
            .last_seen_round
            .map_or_else(|| "never".to_owned(), |round| format!("round {round}"));
        page.field("last seen", seen);
        if !detail.past {
            page.gap();
            page.say(Tone::Dim, NO_PAST);
        }
        super::since(page, detail.counted_from);
    }
}

/// Which figures of a miner there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// All.
    Registered,
    /// No votes and no chances: it resigned, and may still serve in committees drawn before.
    Resigned,
    /// Those of its past: the state has no record of it any more.
    Gone,
}

impl Standing {
    const fn of(miner: &Miner) -> Self {
        match (miner.state, miner.rank) {
            (MinerState::Registered | MinerState::Resigning, _) => Self::Registered,
            // Ranks count from 1.
            (MinerState::Resigned, 0) => Self::Gone,
            (MinerState::Resigned, _) => Self::Resigned,
        }
    }
}

/// What is said in place of what nobody has to keep.
const GONE: &str = "It has resigned and its deposit was given back: its keys, its address and its count of blocks are kept no longer.";

fn state(detail: &MinerDetail) -> String {
    let marks = marks(&detail.miner);
    match detail.resigned_round {
        // The last of the marks says the same.
        Some(round) => marks.replace("resigned", &format!("resigned in round {round}")),
        None if detail.miner.state == MinerState::Resigned => marks,
        None => {
            let ready = detail.miner.ready.then_some("ready");
            let marks = Some(marks.as_str()).filter(|marks| !marks.is_empty());
            let words = [Some("registered"), ready, marks];
            words.into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
    }
}

fn deposit(detail: &MinerDetail, standing: Standing) -> String {
    match (standing, detail.deposit.0) {
        (Standing::Resigned, 0) => "given back".to_owned(),
        (Standing::Resigned, _) => {
            format!(
                "{}, given back once no committee needs the miner",
                etm(detail.deposit)
            )
        }
        _ => etm(detail.deposit),
    }
}

fn show_votes(page: &mut Page, detail: &MinerDetail) {
    let miner = &detail.miner;
    page.field("rank", miner.rank.to_string());
    page.field(
        "votes",
        format!(
            "{}, {} of all",
            votes(miner.votes),
            percent(miner.votes_share_ppb)
        ),
    );
    if detail.past {
        page.field(
            "locked behind",
            format!(
                "{} by {}",
                etm(miner.locked),
                counted(
                    usize::try_from(miner.voters).unwrap_or(usize::MAX),
                    "voter",
                    "voters"
                )
            ),
        );
    }
}

fn show_past(page: &mut Page, detail: &MinerDetail) {
    let miner = &detail.miner;
    if Standing::of(miner) != Standing::Gone {
        page.field(
            "seats lately",
            format!(
                "{} in the last {} rounds, expected {}",
                miner.seats,
                miner.recent.len(),
                expected(miner)
            ),
        );
    }
    let seats = match detail.counted_from {
        Some(round) => format!("seats since {round}"),
        None => "seats ever".to_owned(),
    };
    page.field(
        &seats,
        format!("{}, lucky {} times", detail.seats_total, detail.lucky_total),
    );
    page.field("paid to voters", etm(detail.pools_total));
    page.field(
        "rewards",
        format!(
            "{}, fees {}",
            etm(detail.rewards_total),
            etm(detail.fees_total)
        ),
    );
}

#[cfg(test)]
mod tests;
