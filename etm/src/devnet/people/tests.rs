use super::{holders, miner_name, owner};
use std::collections::BTreeSet;

#[test]
fn the_whole_sample_is_read() {
    let holders = holders();
    assert_eq!(holders.len(), 400);
    assert_eq!(holders[0].1, 228_976_659);
    assert!(holders.iter().all(|(_, balance)| *balance > 0));
    let addresses: BTreeSet<_> = holders.iter().map(|(person, _)| person.address()).collect();
    assert_eq!(addresses.len(), 400);
}

#[test]
fn every_miner_has_a_name_of_its_own() {
    let names: BTreeSet<_> = (0..64).map(miner_name).collect();
    assert_eq!(names.len(), 64);
    assert_ne!(owner(0).address(), owner(1).address());
}
