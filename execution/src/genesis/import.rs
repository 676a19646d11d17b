//! Genesis from real input: the original network's genesis block, and tables of balances.

mod csv;
#[cfg(test)]
mod tests;
mod v1;

pub use csv::{CsvError, CsvSummary, Labels, import_csv, label_key};
pub use v1::{V1Error, V1Summary, import_v1};
