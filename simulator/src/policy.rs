//! Policies: how votes become seats and bonus. En-Tan-Mo runs on the mechanism crate itself (`policy/entanmo.rs`); the others
//! are a [`ballot::Rule`] each, a small trait in a file of its own, listed once in [`POLICIES`].
//!
//! All policies see the same population, behaviours, beacons and order of slots, and share the same bonus in the same
//! way (half in equal pools to the members, half to a lucky one), so that what differs is the votes and the election.

pub mod ballot;
mod contract;
mod entanmo;
mod entanmo_daily;
mod entanmo_round;
mod lottery;
mod original;
#[cfg(feature = "phragmen")]
mod phragmen;
mod root_lottery;
mod top;

pub use contract::{
    Block, Entry, MinerState, Move, Outlook, Policy, PolicyError, PositionState, Round, Seats,
    Start,
};

pub const POLICIES: &[&Entry] = &[
    &entanmo::ENTRY,
    &original::ENTRY,
    &top::ENTRY,
    &lottery::ENTRY,
    &root_lottery::ENTRY,
    &entanmo_round::ENTRY,
    &entanmo_daily::ENTRY,
    #[cfg(feature = "phragmen")]
    &phragmen::ENTRY,
];

/// The policy of a name, or what would be right.
pub fn find(name: &str) -> Result<&'static Entry, String> {
    POLICIES
        .iter()
        .find(|entry| entry.name == name)
        .copied()
        .ok_or_else(|| {
            let names: Vec<_> = POLICIES.iter().map(|entry| entry.name).collect();
            let hint = match name {
                "phragmen" => "; it needs a build with its feature: cargo build --release -p etm --features phragmen",
                _ => "",
            };
            format!(
                "{name:?} is no policy{hint}; the policies are {}",
                names.join(", ")
            )
        })
}

#[cfg(test)]
mod tests;
