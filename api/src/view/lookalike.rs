//! Names of miners that a hurried eye takes for one another.
//!
//! Names are 1 to 20 of `a-z 0-9 ! @ $ & _ .`: what other alphabets offer is barred, what this one offers is told to the voter.

use super::table::{Row, Table};
use etm_types::api::MinerRef;

#[cfg(test)]
mod tests;

/// The other registered miners whose names look like that of `name`.
pub(crate) fn lookalikes(table: &Table, name: &str) -> Vec<MinerRef> {
    let wanted = skeleton(name);
    table
        .rows
        .iter()
        .filter(|row| row.view.standing.registered && row.miner.name != name)
        .filter(|row| skeleton(&row.miner.name) == wanted)
        .map(Row::miner_ref)
        .collect()
}

/// What of a name is left to a hurried eye: equal for names that look alike.
fn skeleton(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter_map(|character| match character {
            '_' | '.' => None,
            '0' => Some('o'),
            '1' | '!' | 'i' => Some('l'),
            '2' => Some('z'),
            '3' => Some('e'),
            '4' | '@' => Some('a'),
            '5' | '$' => Some('s'),
            '7' => Some('t'),
            '8' | '&' => Some('b'),
            '9' | 'q' => Some('g'),
            other => Some(other),
        })
        .collect();
    plain
        .replace("rn", "m")
        .replace("vv", "w")
        .replace("cl", "d")
}
