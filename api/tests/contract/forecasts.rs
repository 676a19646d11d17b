//! What a forecast says of the coming days is what comes, wherever in a round it was asked.

use etm_history::testing::account;
use etm_types::api::account::Account;
use etm_types::{Payload, Units};

use crate::support::Server;

#[test]
fn a_day_that_passed_in_the_running_round_is_in_the_forecast() {
    let server = Server::new(true);
    let amount = Units(100 * Units::ETM.0);
    assert_eq!(server.send(6, 0, Payload::Lock { amount }).status, 202);
    let path = format!("/api/v1/accounts/{}", account(6));
    // Each with the height it was asked at: when a day is over, and the time gain after the end of the round then running.
    let mut foretold: Vec<(u64, u64, u8)> = Vec::new();
    // The time of the last block of each round, and the time gain after it.
    let mut came: Vec<(u64, u8)> = Vec::new();
    let mut round = 0;
    for _ in 0..200 {
        server.produce(0);
        let own: Account = server.get(&path).ok();
        let Some(position) = own.position else {
            continue;
        };
        if own.effective_round != round {
            round = own.effective_round;
            let tip = server.chain(|chain| chain.tip.clone().unwrap());
            came.push((tip.timestamp_ms, position.time_gain));
        }
        foretold.push((
            own.height,
            position.next_day_ms,
            position.time_gain_after_next_day,
        ));
        for point in &position.forecast[..3] {
            assert_eq!(
                point.time_gain_best, point.time_gain_expected,
                "nobody is voted for"
            );
            foretold.push((own.height, point.at_ms, point.time_gain_best));
        }
    }
    let mut held = 0;
    for (height, at_ms, said) in foretold {
        if let Some((_, is)) = came.iter().find(|(last, _)| *last >= at_ms) {
            assert_eq!(said, *is, "asked at {height} of {at_ms}: {came:?}");
            held += 1;
        }
    }
    assert!(held > 500, "{held}");
}
