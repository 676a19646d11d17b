//! Who has what at genesis: a table in a file.

use crate::failure::Failure;
use etm_execution::genesis::{Draft, DraftPosition};
use etm_types::{
    Address, MinerId, TimeGain, Units,
    amount::parse_etm,
    table::{Row, Table},
};
use std::path::Path;

/// The longest file that is read: a million accounts.
const MAX_BYTES: u64 = 128 << 20;
/// The most bytes of a row.
const MAX_LINE: usize = 1_024;
/// The columns, in their order; the last two may be left away.
const COLUMNS: [&str; 4] = ["address", "balance", "locked", "miner"];

/// What accounts have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funds(Vec<Fund>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fund {
    address: Address,
    balance: Units,
    locked: Units,
    miner: Option<MinerId>,
}

/// Reads the table in a file, on a network with so many miners.
///
/// # Errors
/// [`Failure::Input`] with the line that is wrong.
pub fn read(file: &Path, miners: usize) -> Result<Funds, Failure> {
    let name = file.display();
    let text = etm_wallet::files::read_text(file, MAX_BYTES)
        .map_err(|reason| Failure::Input(format!("{name}: {reason}")))?;
    parse(&text, miners)
        .map_err(|(line, reason)| Failure::Input(format!("{name}, line {line}: {reason}")))
}

fn parse(text: &str, miners: usize) -> Result<Funds, (usize, String)> {
    let names = || format!("must be the names of the columns: {}", COLUMNS.join(","));
    let table = Table::new(text, MAX_LINE).map_err(|_| (1, names()))?;
    let columns = table.header().len();
    let known = COLUMNS.get(..columns).filter(|known| known.len() >= 2);
    if known.is_none_or(|known| table.header() != known) {
        return Err((1, names()));
    }
    table
        .map(|row| {
            let Row { line, cells } = row.map_err(|error| (error.line, error.reason))?;
            fund(&cells, columns, miners).map_err(|reason| (line, reason))
        })
        .collect::<Result<_, _>>()
        .map(Funds)
}

fn fund(values: &[String], columns: usize, miners: usize) -> Result<Fund, String> {
    if values.len() != columns {
        return Err(format!(
            "has {} values, and there are {columns} columns",
            values.len()
        ));
    }
    let value = |column: usize| {
        values
            .get(column)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    };
    let amount = |column: usize| match value(column) {
        None => Ok(Units::ZERO),
        Some(value) => parse_etm(value).map_err(|error| format!("{}: {error}", COLUMNS[column])),
    };
    let address = values[0]
        .parse()
        .map_err(|error| format!("address: {error}"))?;
    let locked = amount(2)?;
    let miner = value(3)
        .map(|value| {
            let number: Option<u32> = value.parse().ok();
            number
                .filter(|number| usize::try_from(*number).is_ok_and(|number| number < miners))
                .map(MinerId)
                .ok_or_else(|| {
                    format!(
                        "miner: `{value}` must be the number of a miner, 0 to {}",
                        miners.saturating_sub(1)
                    )
                })
        })
        .transpose()?;
    if miner.is_some() && locked == Units::ZERO {
        return Err("miner: only locked tokens vote".into());
    }
    Ok(Fund {
        address,
        balance: amount(1)?,
        locked,
        miner,
    })
}

impl Funds {
    /// Puts it into a genesis.
    ///
    /// # Errors
    /// [`Failure::Input`] if an account is there already.
    pub fn add_to(&self, draft: &mut Draft) -> Result<(), Failure> {
        for fund in &self.0 {
            let before = draft.accounts.insert(fund.address, fund.balance);
            if before.is_some() || draft.positions.contains_key(&fund.address) {
                return Err(Failure::Input(format!(
                    "--fund: {} stands there twice",
                    fund.address
                )));
            }
            if fund.locked > Units::ZERO {
                let position = DraftPosition {
                    locked: fund.locked,
                    time_gain: TimeGain::MIN,
                    miner: fund.miner,
                };
                draft.positions.insert(fund.address, position);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c";

    #[test]
    fn a_table_is_read_by_its_columns() {
        let text = format!("address,balance,locked,miner\n{ADDRESS},1.5,20,1\r\n\n");
        let fund = &parse(&text, 2).unwrap().0[0];
        assert_eq!(
            (fund.balance, fund.locked),
            (Units(150_000_000), Units(2_000_000_000))
        );
        assert_eq!(fund.miner, Some(MinerId(1)));
        let fund = &parse(&format!("address,balance,locked,miner\n{ADDRESS},7,,"), 1)
            .unwrap()
            .0[0];
        assert_eq!((fund.locked, fund.miner), (Units::ZERO, None));
        assert_eq!(
            parse(&format!("address,balance\n{ADDRESS},7"), 1)
                .unwrap()
                .0
                .len(),
            1
        );
        assert_eq!(parse("address,balance\n", 1).unwrap(), Funds::default());
    }

    #[test]
    fn the_line_that_is_wrong_is_named() {
        let wrong = |rows: &str, line: usize, part: &str| {
            let (at, reason) = parse(rows, 2).unwrap_err();
            assert_eq!(at, line, "{reason}");
            assert!(reason.contains(part), "{reason}");
        };
        wrong("", 1, "names of the columns");
        wrong("balance,address\n", 1, "names of the columns");
        let row = |row: &str| format!("address,balance,locked,miner\n{ADDRESS},1,1,1\n{row}");
        wrong(&row("x,1,,"), 3, "address: ");
        wrong(&row(&format!("{ADDRESS},-1,,")), 3, "balance: ");
        wrong(&row(&format!("{ADDRESS},1")), 3, "has 2 values");
        wrong(&row(&format!("{ADDRESS},1,1,2")), 3, "0 to 1");
        wrong(
            &row(&format!("{ADDRESS},1,,1")),
            3,
            "only locked tokens vote",
        );
    }

    #[test]
    fn an_account_is_funded_once() {
        let text = format!("address,balance\n{ADDRESS},1\n{ADDRESS},1");
        let mut draft = Draft::new(
            "x",
            etm_execution::ChainParams::testnet(),
            0,
            etm_types::Beacon([0; 32]),
        );
        let error = parse(&text, 1).unwrap().add_to(&mut draft).unwrap_err();
        assert!(error.to_string().contains("twice"), "{error}");
    }
}
