//! Networks of production nodes in the deterministic runtime: same seed, same bytes.

mod harness;

use commonware_glue::simulate::plan::PlanBuilder;
use harness::{MINUTES, Reached, TestNetwork};

#[test]
fn three_rounds_with_elections() {
    let network = TestNetwork::new(7, 4, 8);
    let result = PlanBuilder::new(network.clone())
        .seed(1)
        .timeout(5 * MINUTES)
        .exit_condition(Reached {
            height: 26,
            nodes: 7,
        })
        .run()
        .unwrap();
    network.check_agreement().unwrap();
    println!("state {}", result[0].state);
}
