//! What stands in the state of the newest block: the table of miners, and an account beside it.

use std::sync::Arc;

use etm_execution::ExecutionError;
use etm_execution::outlook::{Case, outlook};
use etm_execution::read::{self, AccountView};
use etm_mechanism::{Action, Position};
use etm_types::{Committee, MinerId};

use crate::error::ApiError;
use crate::reader::{ReadError, read_state};
use crate::state::Api;
use crate::view::table::{Past, Present, Table};

impl Api {
    /// The table at the tip.
    pub(crate) async fn table(&self) -> Result<Arc<Table>, ApiError> {
        // One computes, the others wait for it.
        let mut cached = self.shared.table.lock().await;
        let params = *self.params();
        if let Some(table) = cached.as_ref() {
            let (_, height) = read_state!(self, reader => read::globals(&reader))?;
            if (table.height, table.recorded) == (height, self.recorded().0) {
                return Ok(Arc::clone(table));
            }
        }
        let chain = self.genesis().chain();
        let (read, height) = read_state!(self, reader => async {
            let (globals, tally) = read::globals(&reader).await?;
            let miners = read::miners(&reader, &params).await?;
            let outlook = outlook(&reader, chain).await?;
            let serving = read::committee(&reader, globals.round).await?;
            let announced = read::committee(&reader, globals.round.next()).await?;
            Ok::<_, ExecutionError<ReadError>>((globals, tally, miners, outlook, serving, announced))
        })?;
        let (globals, tally, miners, outlook, serving, announced) = read;
        let present = Present {
            height,
            globals,
            tally,
            miners,
            serving: ids(serving),
            announced: ids(announced),
            outlook,
        };
        // All wait for it: no turn of whoever happened to ask first.
        let all = self.for_all();
        let table = all.blocking(move |api| {
            let history = &api.shared.history;
            let names = present.miners.iter();
            let names = names.map(|view| (view.id.0, view.miner.name.as_str().to_owned()));
            history.learn_names(names.collect());
            let past = Past::read(history)?;
            Ok(Arc::new(Table::build(&params.mechanism, present, &past)))
        });
        let table = table.await?;
        *cached = Some(Arc::clone(&table));
        Ok(table)
    }

    /// The table at the tip with the miners' past beside it. A history that is just behind, as it is at a round's end, is waited for: up
    /// to the block of the table, which can be ahead of the one that [`Backend::tip`](crate::backend::Backend::tip) tells of.
    pub(crate) async fn table_with_past(&self) -> Result<Arc<Table>, ApiError> {
        let table = self.table().await?;
        if table.check().is_ok() || !self.reached(table.height).await {
            return table.check().map(|()| table);
        }
        let table = self.table().await?;
        table.check().map(|()| table)
    }
}

fn ids(committee: Option<Committee>) -> Vec<MinerId> {
    let members = committee
        .into_iter()
        .flat_map(|committee| committee.members);
    members.map(|member| member.miner).collect()
}

/// An account with the table of the same block.
pub(crate) struct AtTip<T> {
    pub(crate) table: Arc<Table>,
    pub(crate) view: AccountView,
    pub(crate) height: u64,
    /// What else was read.
    pub(crate) more: T,
}

/// Reads an account as `view`, and more with the same reader, and the table of the same block.
macro_rules! account_at_tip {
    ($api:expr, $address:expr, $reader:ident, $view:ident => $more:expr) => {{
        let mut tries = 0;
        loop {
            tries += 1;
            let table = $api.table().await?;
            let params = *$api.params();
            let (read, height) = crate::reader::read_state!($api, $reader => async {
                let $view = etm_execution::read::account(&$reader, &params, $address).await?;
                let more = $more;
                Ok::<_, etm_execution::ExecutionError<crate::reader::ReadError>>(($view, more))
            })?;
            if table.height == height {
                let (view, more) = read;
                break crate::at_tip::AtTip {
                    table,
                    view,
                    height,
                    more,
                };
            }
            if tries == 10 {
                let message = "blocks come more quickly than the state can be read; try again";
                return Err(crate::error::ApiError::new(
                    etm_types::api::error::ErrorCode::Unavailable,
                    message,
                ));
            }
        }
    }};
}
pub(crate) use account_at_tip;

impl<T> AtTip<T> {
    /// The account's position after the end of the running round, with more requests if they are accepted next.
    pub(crate) fn projected(&self, more: &[Action], case: Case) -> Option<Position> {
        let (view, owns) = (&self.view, self.view.record.miner);
        let outlook = &self.table.outlook;
        outlook.position(view.position, &view.requests, more, owns, case)
    }
}
