//! `etm history`: an account's transactions.

use super::{History, block::payload_text};
use crate::{
    context::Context,
    failure::Result,
    figures::{etm, moment},
    output::{Align, Page, Report, plain},
    pages::{Pages, ROWS_MAX},
};
use etm_types::api::{
    query::{PAGE_MAX, TransactionsQuery},
    transaction::{TransactionPage, TransactionSummary},
};
use serde::Serialize;

pub async fn history(context: &Context, options: &History) -> Result<()> {
    let address = context.account(options.whose.account.as_deref())?;
    context.status().await?;
    let wanted = match options.limit {
        0 => usize::MAX,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let mut query = TransactionsQuery {
        cursor: None,
        limit: Some(u32::try_from(wanted).unwrap_or(PAGE_MAX).min(PAGE_MAX)),
    };
    let mut all = context
        .client
        .account_transactions(&address, &query)
        .await?;
    let first = (
        all.transactions.len(),
        query.limit.unwrap_or(PAGE_MAX),
        all.total,
    );
    let most = (wanted as u64, ROWS_MAX);
    let mut pages = Pages::begin(&context.settings.node, "transactions", first, most)?;
    while let Some(next) = all.next.filter(|_| all.transactions.len() < wanted) {
        query.cursor = Some(next);
        let page = context
            .client
            .account_transactions(&address, &query)
            .await?;
        pages.take(page.transactions.len())?;
        let place = |row: &TransactionSummary| (row.height, row.index);
        let newest = page.transactions.first().map(place);
        if newest >= all.transactions.last().map(place) {
            let told = "transactions that it told of before";
            return Err(context.stray(told, "the ones before those"));
        }
        if newest.is_none() {
            break;
        }
        all.transactions.extend(page.transactions);
        // Cursors only go down: a node that says otherwise would keep us here for ever.
        all.next = page.next.filter(|cursor| *cursor < next);
    }
    all.transactions.truncate(wanted);
    context.output.print(&HistoryReport { address, page: all })
}

/// An account's transactions. In JSON the API's `TransactionPage`, all pages joined.
#[derive(Serialize)]
struct HistoryReport {
    #[serde(skip)]
    address: String,
    #[serde(flatten)]
    page: TransactionPage,
}

impl Report for HistoryReport {
    fn show(&self, page: &mut Page) {
        page.title(&self.address);
        if self.page.transactions.is_empty() {
            match self.page.counted_from {
                Some(_) => super::since(page, self.page.counted_from),
                None => page.line("No transaction of or to this account is final yet."),
            }
            return;
        }
        let rows: Vec<Vec<String>> = self
            .page
            .transactions
            .iter()
            .map(|row| {
                vec![
                    row.timestamp_ms.map(moment).unwrap_or_default(),
                    row.height
                        .map(|height| height.to_string())
                        .unwrap_or_default(),
                    plain(&self.what(row)),
                    etm(row.fee),
                    row.hash.to_string(),
                ]
            })
            .collect();
        page.table(
            &[
                ("WHEN (UTC)", Align::Left),
                ("BLOCK", Align::Right),
                ("WHAT", Align::Left),
                ("FEE", Align::Right),
                ("HASH", Align::Left),
            ],
            &rows,
        );
        super::since(page, self.page.counted_from);
    }
}

impl HistoryReport {
    fn what(&self, row: &TransactionSummary) -> String {
        let mut what = payload_text(&row.payload);
        if row.sender != self.address {
            what = format!("{}: {what}", row.sender);
        }
        match row
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.refused.as_ref())
        {
            Some(refused) => format!("{what} - REFUSED: {}", refused.message),
            None => what,
        }
    }
}
