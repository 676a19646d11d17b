//! Looking at accounts, many at once.

use etm_execution::{ChainParams, ExecutionError, Source, read};
use etm_mempool::AccountView;
use etm_types::{
    Address,
    codec::{self, DecodeError},
    state::{AccountRecord, ChainRecord, Record},
};

/// Where the chain is, and what is known of accounts there; none where there is no such account.
pub(super) type Looks = (ChainRecord, Vec<Option<AccountView>>);

/// Accounts of which each needs so much for its transactions, in one read. Where the rest does not suffice, what it `earned` is counted if that
/// is asked for, as that takes several reads each.
pub(super) async fn look<S: Source>(
    source: &S,
    params: &ChainParams,
    wanted: &[(Address, u64)],
    earned: bool,
) -> Result<Looks, ExecutionError<S::Error>> {
    let damaged = |error: DecodeError| ExecutionError::Damaged(error.to_string());
    let accounts = wanted.iter().map(|(account, _)| Record::Account(account));
    let keys: Vec<_> = std::iter::once(Record::Chain)
        .chain(accounts)
        .map(|record| record.key())
        .collect();
    let mut values = source
        .get_many(&keys)
        .await
        .map_err(ExecutionError::Source)?
        .into_iter();
    let record = values.next().flatten().unwrap_or_default();
    let record: ChainRecord = codec::from_bytes(&record).map_err(damaged)?;
    let mut views = Vec::with_capacity(wanted.len());
    for ((account, need), value) in wanted.iter().zip(values) {
        let Some(value) = value else {
            views.push(None);
            continue;
        };
        let record: AccountRecord = codec::from_bytes(&value).map_err(damaged)?;
        let mut view = AccountView {
            nonce: record.nonce,
            balance: record.free.0,
        };
        if view.balance < *need && earned {
            view = whole(source, params, account).await?;
        }
        views.push(Some(view));
    }
    Ok((record, views))
}

/// An account with what it earned.
pub(super) async fn whole<S: Source>(
    source: &S,
    params: &ChainParams,
    account: &Address,
) -> Result<AccountView, ExecutionError<S::Error>> {
    let purse = read::purse(source, params, account).await?;
    Ok(AccountView {
        nonce: purse.nonce,
        balance: purse.balance.0,
    })
}
