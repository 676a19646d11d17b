//! Looking ahead to the end of a round, and what then comes.

use super::harness::*;
use crate::outlook::{Case, outlook};
use futures::executor::block_on;

#[test]
fn a_round_with_every_second_slot_missed_crosses_no_day_that_was_not_said_to_be_possible() {
    let mut chain = TestChain::small();
    let params = chain.params();
    let mut at_the_latest = 0;
    for round in 0..40u64 {
        // So many blocks of the round are in time, and then every second slot is missed, for one and a half slots.
        chain.delay_ms = 0;
        for _ in 0..round % u64::from(params.mechanism.blocks_per_round) {
            chain.add(vec![]);
        }
        let look = block_on(outlook(&chain.state, chain.chain())).unwrap();
        chain.delay_ms = params.slot_ms * 3 / 2;
        let report = loop {
            if let Some(report) = chain.add_after(1, vec![]).report {
                break report;
            }
        };
        let (best, expected) = (look.days(Case::Best), look.days(Case::Expected));
        assert!(
            (expected..=best).contains(&report.days),
            "round {round}: {} days, not {expected} to {best}",
            report.days
        );
        at_the_latest += u32::from(report.days == best && best > expected);
    }
    assert!(at_the_latest > 0);
}
