//! Who holds how much: a CSV of balances, or a synthetic distribution.

use crate::{
    files,
    rng::Stream,
    study::{HOLDERS_MAX, Population},
    units::ETM,
};
use etm_types::{
    amount::{self, AmountError},
    table::{Row, Table},
};
use std::path::Path;

/// The shipped distribution: `balance,holders` rows, see `data/README.md`.
const HOLDERS_40K: &str = include_str!("../data/holders-40k.csv");
/// The most bytes of a row.
const LINE_MAX: usize = 1 << 16;
/// The largest population file read, bytes.
const FILE_MAX: u64 = 4 << 30;

/// Why there is no population.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PopulationError {
    /// The file can't be read.
    #[error("{path}: {reason}")]
    File {
        path: String,
        /// What the system says.
        reason: String,
    },
    /// A line of the CSV is wrong.
    #[error("{path}: line {line}: {reason}")]
    Line {
        path: String,
        /// From 1.
        line: usize,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The population holds more than there is.
    #[error(
        "the population holds {held} ETM, the supply is {supply} ETM: set population.total to scale it, or population.supply"
    )]
    AboveSupply {
        /// Sum of the balances, ETM.
        held: u64,
        /// What exists, ETM.
        supply: u64,
    },
    /// Nobody has anything.
    #[error("the population holds nothing")]
    Empty,
    /// Too many holders.
    #[error("the population has more than {HOLDERS_MAX} holders")]
    TooMany,
}

/// The balances of all holders, in units, scaled to `total` if one is given. `seed` matters to random ones alone.
/// Paths are relative to `folder`.
pub fn balances(
    population: &Population,
    folder: &Path,
    seed: u64,
) -> Result<Vec<u64>, PopulationError> {
    let mut balances = match population {
        Population::Holders40k { .. } => {
            parse_csv(HOLDERS_40K, "holders-40k", "balance", Some("holders"))?
        }
        Population::Csv { file, column, .. } => {
            let path = folder.join(file);
            let text = read(&path)?;
            parse_csv(&text, &file.display().to_string(), column, None)?
        }
        Population::Pareto { holders, alpha, .. } => {
            let mut stream = Stream::new(seed, "population");
            let sizes = (0..*holders).map(|_| libm::pow(stream.positive(), -1.0 / alpha));
            relative(sizes.collect())
        }
        Population::Lognormal { holders, sigma, .. } => {
            let mut stream = Stream::new(seed, "population");
            let sizes = (0..*holders).map(|_| libm::exp(sigma * stream.normal()));
            relative(sizes.collect())
        }
        Population::Equal { holders, .. } => vec![ETM; *holders],
        Population::Network { .. } => Vec::new(),
    };
    let held: u128 = balances.iter().map(|balance| u128::from(*balance)).sum();
    if held == 0 {
        return Err(PopulationError::Empty);
    }
    if let Some(total) = population.total() {
        let total = u128::from(total) * u128::from(ETM);
        for balance in &mut balances {
            // At most `total`, which is below 2^64 (checked with the study).
            *balance = (u128::from(*balance) * total / held) as u64;
        }
    }
    let held: u128 = balances.iter().map(|balance| u128::from(*balance)).sum();
    let supply = population.supply();
    if held > u128::from(supply) * u128::from(ETM) {
        let held = u64::try_from(held / u128::from(ETM)).unwrap_or(u64::MAX);
        return Err(PopulationError::AboveSupply { held, supply });
    }
    Ok(balances)
}

/// Sizes without a unit as integers that keep 12 digits of the largest.
fn relative(sizes: Vec<f64>) -> Vec<u64> {
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let scale = if largest > 0.0 { 1e15 / largest } else { 0.0 };
    sizes.iter().map(|size| (size * scale) as u64).collect()
}

fn read(path: &Path) -> Result<String, PopulationError> {
    files::read_text(path, FILE_MAX).map_err(|reason| PopulationError::File {
        path: path.display().to_string(),
        reason,
    })
}

/// The balances in `column` of a CSV with a header line, each repeated as often as `repeat` says, if that is a column.
pub fn parse_csv(
    text: &str,
    path: &str,
    column: &str,
    repeat: Option<&str>,
) -> Result<Vec<u64>, PopulationError> {
    let fail = |line: usize, reason: String| PopulationError::Line {
        path: path.into(),
        line,
        reason,
    };
    let table = Table::new(text, LINE_MAX).map_err(|_| {
        let reason = "the file is empty; a header line with the names of the columns comes first";
        fail(1, reason.into())
    })?;
    let header = table.header().to_vec();
    let find = |name: &str| {
        header
            .iter()
            .position(|field| *field == name)
            .ok_or_else(|| {
                fail(
                    1,
                    format!(
                        "there is no column {name:?}; the columns are {}",
                        header.join(", ")
                    ),
                )
            })
    };
    let place = find(column)?;
    let repeat = repeat.map(find).transpose()?;
    let mut balances = Vec::new();
    for row in table {
        let Row { line, cells: row } = row.map_err(|error| fail(error.line, error.reason))?;
        if row.len() != header.len() {
            let reason = format!("{} fields instead of {}", row.len(), header.len());
            return Err(fail(line, reason));
        }
        let balance = parse_balance(&row[place]).map_err(|reason| fail(line, reason))?;
        let times = match repeat {
            Some(place) => row[place]
                .parse::<usize>()
                .map_err(|_| fail(line, format!("{:?} is not a number of holders", row[place])))?,
            None => 1,
        };
        if times > HOLDERS_MAX || balances.len() + times > HOLDERS_MAX {
            return Err(PopulationError::TooMany);
        }
        balances.extend(std::iter::repeat_n(balance, times));
    }
    if balances.is_empty() {
        return Err(fail(2, "there are no holders after the header".into()));
    }
    Ok(balances)
}

/// A balance as units. Zeros at its end say nothing: tables of other networks have more decimals.
fn parse_balance(text: &str) -> Result<u64, String> {
    let plain = match text.split_once('.') {
        Some((whole, decimals)) => match decimals.trim_end_matches('0') {
            "" => whole.to_owned(),
            decimals => format!("{whole}.{decimals}"),
        },
        None => text.to_owned(),
    };
    let units = amount::parse_etm(&plain).map_err(|error| match error {
        AmountError::Syntax => {
            format!("{text:?} is not a balance: a decimal number like 12.5, not below 0, is")
        }
        AmountError::Decimals => format!("{text:?} has more than 8 decimals"),
        AmountError::Range => format!("{text} is more than there can be"),
    })?;
    Ok(units.0)
}

#[cfg(test)]
mod tests;
