//! Lists that a node gives in pages: how much of one is read.

use crate::failure::{Failure, Result};
use etm_client::Error;

/// More miners than there can be on mainnet, where each holds a deposit of 1,000 of 500 million ETM.
pub const MINERS_MAX: u64 = 1 << 19;

/// The most rows of any other list: ten years of rounds of mainnet.
pub const ROWS_MAX: u64 = 1 << 20;

/// What was read of a list so far. A node says with the first page how many rows there are: pages are full until all of them came, so that neither
/// rows nor answers have to be waited for without end.
#[derive(Debug)]
pub struct Pages {
    node: String,
    what: &'static str,
    /// Rows of a page.
    limit: u64,
    /// Rows to come in all.
    total: u64,
    rows: u64,
    answers: u64,
}

impl Pages {
    /// A list of `node` whose first page has come: `rows` of it, asked for `limit` at most, of `total` that the node tells of. `wanted` of them are read.
    ///
    /// # Errors
    /// [`Failure`] if that is more than `max`, or fewer than came.
    pub fn begin(
        node: &str,
        what: &'static str,
        (rows, limit, total): (usize, u32, u64),
        (wanted, max): (u64, u64),
    ) -> Result<Self> {
        if total.min(wanted) > max {
            return Err(Failure::failed(
                "list_too_long",
                format!("the node tells of {total} {what}: no more than {max} are read"),
            )
            .hint("--limit asks for fewer"));
        }
        let mut pages = Self {
            node: node.to_owned(),
            what,
            limit: limit.max(1).into(),
            total,
            rows: 0,
            answers: 0,
        };
        pages.take(rows)?;
        Ok(pages)
    }

    /// Counts one more page.
    ///
    /// # Errors
    /// [`Failure`] if there are more rows than the node told of, or more pages than these fill.
    pub fn take(&mut self, rows: usize) -> Result<()> {
        let Self { what, total, .. } = *self;
        self.rows = self.rows.saturating_add(rows as u64);
        self.answers = self.answers.saturating_add(1);
        if self.rows > total {
            let told = format!("{} {what}", self.rows);
            return Err(self.stray(told, format!("the {total} there are as it said")));
        }
        // The last may be short, and one before it where the node forgot what is older.
        if self.answers > (total / self.limit).saturating_add(2) {
            let told = format!("{what} in {} pages, with more to come", self.answers);
            let asked = format!("{total} in pages of {}", self.limit);
            return Err(self.stray(told, asked));
        }
        Ok(())
    }

    fn stray(&self, told: String, asked: String) -> Failure {
        let node = self.node.clone();
        Error::Stray { node, told, asked }.into()
    }
}
