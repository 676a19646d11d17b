use super::{GENESIS_SUPPLY, Site, genesis};
use crate::devnet::options::Options;
use clap::{Args, FromArgMatches};
use etm_types::MinerSecrets;

fn options(arguments: &[&str]) -> Options {
    let command = Options::augment_args(clap::Command::new("devnet").no_binary_name(true));
    Options::from_arg_matches(&command.get_matches_from(arguments)).unwrap()
}

fn sites(count: u16) -> Vec<Site> {
    (0..count)
        .map(|number| Site {
            number,
            secrets: MinerSecrets::from_seed([number as u8 + 1; 32]),
            dial: ([127, 0, 0, 1], 9000 + number).into(),
        })
        .collect()
}

#[test]
fn the_devnet_begins_with_the_whole_genesis_supply() {
    let genesis = genesis(&options(&[]), &sites(9), 1_700_000_000_000, 7).unwrap();
    let draft = genesis.draft();
    let free: u64 = draft.accounts.values().map(|units| units.0).sum();
    let locked: u64 = draft
        .positions
        .values()
        .map(|position| position.locked.0)
        .sum();
    assert_eq!(free + locked, GENESIS_SUPPLY.0);
    assert!(
        draft.positions.len() > 250,
        "{} positions",
        draft.positions.len()
    );
    assert_eq!(genesis.committees().unwrap()[0].members.len(), 5);
}

#[test]
fn the_same_seed_gives_the_same_chain_and_another_seed_another() {
    let make = |seed| {
        genesis(&options(&[]), &sites(9), 1_700_000_000_000, seed)
            .unwrap()
            .chain()
            .id
    };
    assert_eq!(make(7), make(7));
    assert_ne!(make(7), make(8));
}

#[test]
fn small_networks_are_allowed() {
    let options = options(&["--miners", "1", "--committee", "5"]);
    let genesis = genesis(&options, &sites(1), 1_700_000_000_000, 7).unwrap();
    assert_eq!(genesis.committees().unwrap()[0].members.len(), 1);
}
