use super::*;
use crate::devnet::world::{self, Site};
use clap::{Args, FromArgMatches};
use etm_types::MinerSecrets;

#[test]
fn memory_that_does_not_suffice_is_told_of() {
    let meminfo = |kib: u64| format!("MemTotal: 1 kB\nMemAvailable:   {kib} kB\nBuffers: 0 kB\n");
    assert_eq!(too_little(&meminfo(9 * NODE_MIB * 1024), 9), None);
    let note = too_little(&meminfo(1024 * 1024), 101);
    assert_eq!(
        note.as_deref(),
        Some(
            "note: 101 nodes take some 6060 MiB of memory, and 1024 MiB are free; fewer may run (`--miners`)"
        )
    );
    for unknown in ["", "MemAvailable: much", "MemAvailable: 12 MB"] {
        assert_eq!(too_little(unknown, 101), None);
    }
}

#[test]
fn seats_that_nobody_can_have_are_told_of() {
    let note = |miners: &str, committee: &str| {
        let options = Options::augment_args(clap::Command::new("devnet").no_binary_name(true));
        let given = options.get_matches_from(["--miners", miners, "--committee", committee]);
        let options = Options::from_arg_matches(&given).unwrap();
        let sites: Vec<Site> = (0..options.miners())
            .map(|number| Site {
                number,
                secrets: MinerSecrets::from_seed([number as u8 + 1; 32]),
                dial: ([127, 0, 0, 1], 9000 + number).into(),
            })
            .collect();
        let genesis = world::genesis(&options, &sites, 1_700_000_000_000, 7).unwrap();
        empty_seats(&genesis)
    };
    assert_eq!(note("3", "3"), None);
    assert_eq!(
        note("3", "20").as_deref(),
        Some(
            "note: a committee of this chain has 20 seats, and its genesis 3 miners: only 3 can sit until others register"
        )
    );
}
