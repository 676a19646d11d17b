//! A table `account,balance`, balances in ETM with up to 8 decimals, as spreadsheets write it ([`etm_types::table`]).
//!
//! An account is an address, or else a label (1 to 64 of `A-Z a-z 0-9 _ . -`). What a label becomes is the caller's
//! choice, see [`Labels`]. A text that looks like a damaged address is an error, never a label whose coins nobody can spend.

use super::super::Draft;
use etm_types::amount::parse_etm;
use etm_types::table::{Row, Table, TableError};
use etm_types::{Address, Hash, SecretKey, Units};
use std::collections::BTreeMap;
use thiserror::Error;

/// The most bytes of a line.
const MAX_LINE: usize = 256;

/// What becomes of rows whose account is a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// An error.
    Refuse,
    /// The account of [`label_key`]: whoever knows the label can spend it. For devnets only.
    Keys,
    /// The address made of the first 20 bytes of `SHA-256("etm/label-address/v1" || label)`: nobody has its key.
    Unspendable,
}

/// What was taken from a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvSummary {
    /// Rows whose account is an address.
    pub addresses: usize,
    /// Rows whose account is a label, with the address it became, in the order of labels.
    pub labels: BTreeMap<String, Address>,
    /// Rows with balance 0, which were left out.
    pub empty: usize,
    /// The sum of all balances taken.
    pub total: Units,
}

/// Why a table is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CsvError {
    /// The first line is not the header.
    #[error("line 1: must be \"account,balance\" (or with a semicolon)")]
    Header,
    /// A line is wrong.
    #[error("line {line}: {reason}")]
    Line {
        /// Its number, from 1.
        line: usize,
        reason: String,
    },
    /// Labels become keys that everybody knows.
    #[error(
        "keys derived from labels are for devnets only: take the devnet preset, or make the labels unspendable"
    )]
    KeysOutsideDevnet,
}

impl From<TableError> for CsvError {
    fn from(TableError { line, reason }: TableError) -> Self {
        Self::Line { line, reason }
    }
}

/// The key of a label on a devnet: its seed is `SHA-256("etm/label/v1" || label)`. Everybody can derive it.
pub fn label_key(label: &str) -> SecretKey {
    SecretKey::from_seed(Hash::of(&[b"etm/label/v1", label.as_bytes()]).0)
}

/// Adds the balances of a table to a draft.
///
/// # Errors
/// [`CsvError`] with the number of the first line that is wrong; the draft is then unchanged.
pub fn import_csv(draft: &mut Draft, text: &str, labels: Labels) -> Result<CsvSummary, CsvError> {
    if labels == Labels::Keys && !draft.params.devnet {
        return Err(CsvError::KeysOutsideDevnet);
    }
    let table = Table::new(text, MAX_LINE).map_err(|_| CsvError::Header)?;
    if table.header() != ["account", "balance"] {
        return Err(CsvError::Header);
    }
    let semicolons = table.separator() == ';';
    let mut summary = CsvSummary::default();
    let mut accounts = draft.accounts.clone();
    for row in table {
        let Row { line, cells } = row?;
        let wrong = |reason: String| CsvError::Line { line, reason };
        let [account, balance] = cells.as_slice() else {
            return Err(wrong("must be account,balance".into()));
        };
        if semicolons && looks_grouped(balance) {
            return Err(wrong(format!(
                "balance: {balance} may be a thousand times what it says, as tables with semicolons write thousands so: write it without the points, or with another number of decimals"
            )));
        }
        let balance = parse_etm(balance).map_err(|error| wrong(format!("balance: {error}")))?;
        let (address, label) = resolve(account, labels).map_err(wrong)?;
        if balance == Units::ZERO {
            summary.empty += 1;
            continue;
        }
        if accounts.insert(address, balance).is_some() {
            return Err(wrong(format!("account {account} is listed twice")));
        }
        summary.total = summary
            .total
            .checked_add(balance)
            .ok_or_else(|| wrong("the balances together exceed 184467440737 ETM".into()))?;
        match label {
            Some(label) => {
                summary.labels.insert(label, address);
            }
            None => summary.addresses += 1,
        }
    }
    draft.accounts = accounts;
    Ok(summary)
}

/// `1.000`, which is one, or a thousand where the decimals have a comma before them.
fn looks_grouped(amount: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    amount.split_once('.').is_some_and(|(whole, rest)| {
        (1..=3).contains(&whole.len()) && rest.len() == 3 && digits(whole) && digits(rest)
    })
}

/// Whether letters and digits are mixed as nobody names things: addresses in one case, cut, or with something put in between; hashes, keys.
fn is_random(account: &str) -> bool {
    let name = account.trim_end_matches(|last: char| !last.is_ascii_alphabetic());
    let plain = name.bytes().filter(u8::is_ascii_alphanumeric);
    plain.count() >= RANDOM && name.bytes().any(|byte| byte.is_ascii_digit())
}

/// Letters and digits of a text from which on they are held to be no name.
const RANDOM: usize = 15;

fn resolve(account: &str, labels: Labels) -> Result<(Address, Option<String>), String> {
    let error = match account.parse::<Address>() {
        Ok(address) => return Ok((address, None)),
        Err(error) => error,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if Address::looks_like_one(account) {
        return Err(format!(
            "account: {account:.64} looks like a damaged address: {error}"
        ));
    }
    if is_random(account) {
        return Err(format!(
            "account: {account:.64} looks like a part of an address or a key: a label with so many letters and digits has its digits at the end"
        ));
    }
    if labels == Labels::Refuse {
        return Err(format!(
            "account: {account:.64} is no address ({error}); say what becomes of labels: keys (devnets only) or unspendable"
        ));
    }
    if !(1..=64).contains(&account.len()) || !account.bytes().all(plain) {
        return Err(
            "account: must be an address or a label of 1 to 64 letters, digits, _ . -".into(),
        );
    }
    let address = match labels {
        Labels::Keys => Address::of(&label_key(account).public_key()),
        Labels::Unspendable | Labels::Refuse => {
            let hash = Hash::of(&[b"etm/label-address/v1", account.as_bytes()]).0;
            let mut bytes = [0; 20];
            bytes.copy_from_slice(&hash[..20]);
            Address(bytes)
        }
    };
    Ok((address, Some(account.to_owned())))
}
