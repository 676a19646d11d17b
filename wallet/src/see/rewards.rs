//! `etm rewards`: the bonus round by round, and why it is that much.

use super::Rewards;
use crate::{
    amount::show_etm,
    context::{Context, miner_text},
    failure::Result,
    figures::{VOTE, etm, iso, moment, percent, ungrouped, votes},
    files,
    output::{Align, Page, Report},
    pages::{Pages, ROWS_MAX},
    possible,
};
use etm_types::api::{
    account::{BonusPage, BonusReason, BonusRow},
    error::ErrorCode,
    query::{BonusQuery, PAGE_MAX},
};
use serde::Serialize;
use std::fmt::Write as _;

/// How many rounds are shown if nothing is said.
const ROUNDS_SHOWN: u64 = 20;

pub async fn rewards(context: &Context, options: &Rewards) -> Result<()> {
    let address = context.account(options.whose.account.as_deref())?;
    context.status().await?;
    // For the tax office all rounds count, unless fewer are asked for.
    let wanted = match options.limit {
        Some(0) => u64::MAX,
        Some(limit) => limit,
        None if options.csv => u64::MAX,
        None => ROUNDS_SHOWN,
    };
    let page = fetch(context, &address, options.earned_only, wanted).await?;
    possible::rewards(&page)?;
    if !options.csv {
        return context.output.print(&RewardsReport(page));
    }
    if let Some(round) = page.counted_from {
        context.output.note(&format!(
            "this node began with a snapshot: rounds before {round} are not in the list; ask a node that executed all blocks"
        ));
    }
    let mark = if options.bom { "\u{feff}" } else { "" };
    let text = format!("{mark}{}", csv(&page));
    match &options.out {
        None => context.output.print_text(&text),
        Some(path) => {
            files::write(path, text.as_bytes(), false)?;
            context.output.note(&format!(
                "{} rounds were written to {}",
                page.rounds.len(),
                path.display()
            ));
            Ok(())
        }
    }
}

async fn fetch(
    context: &Context,
    address: &str,
    earned_only: bool,
    wanted: u64,
) -> Result<BonusPage> {
    let mut query = BonusQuery {
        before_round: None,
        earned_only: Some(earned_only),
        limit: Some(u32::try_from(wanted).unwrap_or(PAGE_MAX).min(PAGE_MAX)),
    };
    let mut all = context.client.bonus(address, &query).await?;
    let first = (all.rounds.len(), query.limit.unwrap_or(PAGE_MAX), all.total);
    let mut pages = Pages::begin(&context.settings.node, "rounds", first, (wanted, ROWS_MAX))?;
    while let Some(next) = all.next.filter(|_| (all.rounds.len() as u64) < wanted) {
        query.before_round = Some(next);
        let page = match context.client.bonus(address, &query).await {
            // What is older was forgotten, which is no reason to keep back what is not.
            Err(error) if error.code() == Some(ErrorCode::Pruned) => {
                context.output.note(&format!(
                    "{} tells of no round before {next}, so the list ends there: {error}",
                    context.settings.node
                ));
                break;
            }
            page => page?,
        };
        pages.take(page.rounds.len())?;
        all.rounds.extend(page.rounds);
        // Rounds only go down: a node that says otherwise would keep us here for ever.
        all.next = page.next.filter(|round| *round < next);
    }
    all.rounds
        .truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    Ok(all)
}

/// Bonus by round. In JSON the API's `BonusPage`, all pages joined.
#[derive(Serialize)]
#[serde(transparent)]
struct RewardsReport(BonusPage);

impl Report for RewardsReport {
    fn show(&self, page: &mut Page) {
        page.title(&self.0.address);
        let label = match self.0.counted_from {
            Some(round) => format!("earned since round {round}"),
            None => "earned in all".to_owned(),
        };
        page.field(&label, etm(self.0.total_earned));
        if self.0.rounds.is_empty() {
            match self.0.counted_from {
                Some(_) => super::since(page, self.0.counted_from),
                None => page.line("No round has paid a bonus to this account yet."),
            }
            return;
        }
        let rows: Vec<Vec<String>> = self
            .0
            .rounds
            .iter()
            .map(|row| {
                vec![
                    row.round.to_string(),
                    moment(row.timestamp_ms),
                    show_etm(row.earned.0),
                    row.time_gain.to_string(),
                    votes(row.votes),
                    row.miner_votes.map_or_else(|| "-".to_owned(), votes),
                    show_etm(row.pool.0),
                    why(row),
                ]
            })
            .collect();
        // What one needs to recompute: ETM = POOL * MY VOTES / OF VOTES.
        let columns = [
            ("ROUND", Align::Right, 0),
            ("WHEN (UTC)", Align::Left, 6),
            ("ETM", Align::Right, 0),
            ("T", Align::Right, 2),
            ("MY VOTES", Align::Right, 3),
            ("OF VOTES", Align::Right, 4),
            ("POOL", Align::Right, 5),
            ("WHY", Align::Left, 1),
        ];
        page.table_to_fit(&columns, &rows);
        page.line("ETM = POOL * MY VOTES / OF VOTES, but for fractions of a unit, which add up; --json has all digits.");
        super::since(page, self.0.counted_from);
    }
}

/// Why a position earned that much, in words.
fn why(row: &BonusRow) -> String {
    let miner = row
        .miner
        .as_ref()
        .map_or_else(|| "nobody".to_owned(), miner_text);
    let share = || {
        format!(
            "{} of the pool of {miner}, {}",
            percent(row.share_ppb.unwrap_or(0)),
            etm(row.pool)
        )
    };
    match row.why {
        BonusReason::Shared => share(),
        BonusReason::SharedLucky => {
            format!("{}, lucky: {} of it on top", share(), etm(row.lucky_extra))
        }
        BonusReason::NotInCommittee => format!("{miner} was not in the committee"),
        BonusReason::NoVote => "voted for nobody".to_owned(),
        BonusReason::NothingToShare => "the round had no bonus to share".to_owned(),
    }
}

/// The columns are stable; amounts are in ETM, exact; times are UTC. Votes are what people see, rounded down to a millionth: a
/// spreadsheet would round the raw integers, which `--json` has, by itself and differently.
fn csv(page: &BonusPage) -> String {
    let mut text = String::from(
        "address,round,height,time_utc,earned_etm,why,miner_id,miner_name,time_gain,locked_etm,votes,miner_votes,share_percent,pool_etm,lucky,lucky_extra_etm\r\n",
    );
    for row in &page.rounds {
        let (id, name) = row.miner.as_ref().map_or_else(Default::default, |miner| {
            (miner.id.to_string(), cell(&miner.name))
        });
        let why = serde_json::to_value(row.why).ok();
        let why = why
            .as_ref()
            .and_then(|why| why.as_str())
            .unwrap_or_default();
        // Of a miner without a seat no round tells the votes.
        let miner_votes = row.miner_votes.map(|votes| ungrouped(votes.0, VOTE, 6));
        let share = row
            .share_ppb
            .map(|share| ungrouped(share.into(), 10_000_000, 7));
        let _ = write!(
            text,
            "{},{},{},{},{},{why},{id},{name},{},{},{},{},{},{},{},{}\r\n",
            cell(&page.address),
            row.round,
            row.height,
            iso(row.timestamp_ms),
            show_etm(row.earned.0),
            row.time_gain,
            show_etm(row.locked.0),
            ungrouped(row.votes.0, VOTE, 6),
            miner_votes.unwrap_or_default(),
            share.unwrap_or_default(),
            show_etm(row.pool.0),
            row.lucky,
            show_etm(row.lucky_extra.0),
        );
    }
    text
}

/// A cell of text: quoted where needed, and nothing that a spreadsheet would take for a formula or a number (a miner may be called
/// `1e9` or `007`).
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '.'])
        || text.starts_with(|letter: char| letter.is_ascii_digit());
    if formula || text.contains(['"', ',', '\n', '\r']) {
        let guard = if formula { "'" } else { "" };
        return format!("\"{guard}{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use etm_types::api::{Amount, Integer, MinerRef};

    fn page(name: &str) -> BonusPage {
        BonusPage {
            address: "A1".into(),
            round: Some(9),
            total_earned: Amount(150_000_000),
            total: 1,
            counted_from: None,
            rounds: vec![BonusRow {
                round: 9,
                height: 199,
                timestamp_ms: 1_772_368_245_000,
                earned: Amount(150_000_000),
                why: BonusReason::SharedLucky,
                miner: Some(MinerRef {
                    id: 4,
                    name: name.into(),
                }),
                time_gain: 3,
                locked: Amount(20_000_000_000),
                votes: Integer(6_442_450_944_000_000_000),
                miner_votes: Some(Integer(12_884_906_182_967_296)),
                share_ppb: Some(500_000_000),
                pool: Amount(300_000_000),
                lucky: true,
                lucky_extra: Amount(250_000_000),
                miner_blocks: 2,
            }],
            next: None,
        }
    }

    #[test]
    fn the_tax_office_gets_exact_figures() {
        let text = csv(&page("alpha"));
        let mut lines = text.split("\r\n");
        let columns = lines.next().unwrap().split(',').count();
        let row = lines.next().unwrap();
        assert_eq!(
            row,
            "A1,9,199,2026-03-01T12:30:45Z,1.5,shared_lucky,4,alpha,3,200,1500.000000,3.000001,50.0000000,3,true,2.5"
        );
        assert_eq!(row.split(',').count(), columns);
        let mut without = page("alpha");
        let row = &mut without.rounds[0];
        (row.why, row.earned, row.pool) = (BonusReason::NotInCommittee, Amount(0), Amount(0));
        (row.miner_votes, row.share_ppb, row.lucky) = (None, None, false);
        let text = csv(&without);
        let row = text.split("\r\n").nth(1).unwrap();
        assert!(
            row.contains(",not_in_committee,4,alpha,3,200,1500.000000,,,0,"),
            "{row}"
        );
        assert_eq!(row.split(',').count(), columns);
    }

    #[test]
    fn a_name_is_never_a_formula() {
        assert!(csv(&page("@sum")).contains(",\"'@sum\","));
        assert_eq!(cell("a,\"b"), "\"a,\"\"b\"");
        for number in ["1e9", "007", ".5", "12"] {
            assert_eq!(cell(number), format!("\"'{number}\""));
        }
    }

    /// Converted by LibreOffice, each cell of text is still the text that it was, and each figure the figure.
    #[test]
    fn it_opens_right_in_a_spreadsheet() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["alpha", "1010101010", "1e9", "=1+1", "@sum", ".5", "a&b"];
        for (number, name) in names.iter().enumerate() {
            let file = folder.path().join(format!("{number}.csv"));
            std::fs::write(&file, csv(&page(name))).unwrap();
        }
        let profile = folder.path().join("profile");
        let converted = std::process::Command::new("soffice")
            .arg(format!(
                "-env:UserInstallation=file://{}",
                profile.display()
            ))
            .args(["--headless", "--infilter=CSV:44,34,76,1", "--convert-to"])
            .arg("tsv:Text - txt - csv (StarCalc):9,34,76,1,,0,false,true")
            .arg("--outdir")
            .arg(folder.path())
            .args((0..names.len()).map(|number| folder.path().join(format!("{number}.csv"))))
            .output();
        let Ok(converted) = converted else {
            println!("SKIPPED: there is no soffice here to open the table with");
            return;
        };
        assert!(converted.status.success(), "{converted:?}");
        for (number, name) in names.iter().enumerate() {
            let file = folder.path().join(format!("{number}.tsv"));
            let text = std::fs::read_to_string(file).unwrap();
            let row: Vec<&str> = text.lines().nth(1).unwrap().split('\t').collect();
            let shown = row[7].trim_start_matches('\'');
            assert_eq!(shown, *name, "{text}");
            assert_eq!((row[0], row[2], row[4]), ("A1", "199", "1.5"), "{text}");
            assert_eq!((row[9], row[15]), ("200", "2.5"), "{text}");
        }
    }

    #[test]
    fn the_reason_is_in_words() {
        let words = why(&page("alpha").rounds[0]);
        assert_eq!(
            words,
            "50.00 % of the pool of alpha (#4), 3 ETM, lucky: 2.5 ETM of it on top"
        );
    }
}
