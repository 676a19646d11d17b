//! Whole networks with nodes that follow others.

use std::{collections::BTreeSet, time::Duration};

use commonware_glue::simulate::{
    action::{Action, Crash, Schedule},
    engine::EngineDefinition as _,
    plan::PlanBuilder,
};

use etm_types::{Address, Height, Round};

use crate::{
    LIMIT, ROUND,
    conditions::all_drawn,
    followers::{Conduct, End, Ends},
    harness::TestNetwork,
    plan, run, seconds,
    users::{VOTERS, voter},
};

#[test]
fn followers_of_followers_keep_up_and_pass_transactions_on() {
    // 7 follows two miners, 8 follows 7; the last user knows 7 alone. A miner that is followed goes away and comes back, then 7 does.
    let network = TestNetwork::new(7, 4, ROUND)
        .followed_by(&[(0, Conduct::Honest), (1, Conduct::Honest)])
        .followed_by(&[(7, Conduct::Honest)]);
    let nodes = network.participants();
    let mut schedule = Schedule::new();
    for (node, at) in [(0, 2), (7, 4)] {
        schedule = schedule
            .at(seconds(at), Action::Crash(nodes[node].clone()))
            .at(
                seconds(at) + Duration::from_millis(1_500),
                Action::Restart(nodes[node].clone()),
            );
    }
    let plan = plan(&network, 21, Height(36), 9).crash(Crash::Schedule(schedule));
    run(plan.property(Ends(vec![End::Beyond(Height(30)); 2])));
    let reference = network.reference();
    let last = Address::of(&voter(VOTERS - 1).public_key());
    let sent = reference.senders.get(&last).copied().unwrap_or_default();
    assert!(sent >= 2, "{sent} transactions came through followers");
}

#[test]
fn whoever_lies_to_a_follower_is_put_aside() {
    let aside = |blocks| End::Without {
        blocks,
        aside: true,
    };
    // The last two hold a follower up for a while, and don't stop it.
    let cases = [
        (Conduct::OtherBody, aside(4)),
        (Conduct::OtherBlock, aside(4)),
        (Conduct::OtherCommittee, aside(4)),
        (Conduct::OtherChain, aside(0)),
        (Conduct::Endless, aside(0)),
        (
            Conduct::Withholds(6),
            End::Without {
                blocks: 6,
                aside: false,
            },
        ),
        (Conduct::Silent, End::Beyond(Height(17))),
        (Conduct::Uncertified, End::Beyond(Height(17))),
    ];
    let mut network = TestNetwork::new(4, 4, ROUND);
    for (conduct, _) in cases {
        network = network.followed_by(&[(0, conduct), (1, Conduct::Honest)]);
    }
    let ends = cases.iter().map(|(_, end)| *end).collect();
    run(plan(&network, 22, Height(18), 12).property(Ends(ends)));
}

#[test]
fn slow_upstreams_cost_a_follower_nothing_where_another_is_quick() {
    let mut network = TestNetwork::new(4, 4, ROUND);
    let slow = [0, 1, 2, 3, 0].map(|node| (node, Conduct::Slow));
    for count in [1, 1, 1, 4, 5, 5] {
        let mut upstreams = slow[..count].to_vec();
        upstreams.push((1, Conduct::Honest));
        network = network.followed_by(&upstreams);
    }
    run(plan(&network, 27, Height(60), 4).property(Ends(vec![End::Behind(2); 6])));
}

#[test]
fn a_follower_of_liars_alone_believes_none() {
    let cases = [
        (Conduct::OtherBody, 4),
        (Conduct::OtherBlock, 4),
        (Conduct::OtherCommittee, 4),
        (Conduct::OtherChain, 0),
        (Conduct::Endless, 0),
        (Conduct::Silent, 0),
        (Conduct::Withholds(6), 6),
    ];
    let mut network = TestNetwork::new(4, 4, ROUND);
    for (conduct, _) in cases {
        network = network.followed_by(&[(0, conduct), (1, conduct)]);
    }
    let ends = cases.iter().map(|(_, height)| End::AtMost(Height(*height)));
    run(plan(&network, 24, Height(14), 4).property(Ends(ends.collect())));
}

#[test]
fn candidates_without_a_place_become_ready_are_drawn_and_serve() {
    // Four seats, two places, twelve miners. Whoever is not heard of for four rounds can't be drawn: from round 8 on all have been heard.
    let network = TestNetwork::new(12, 4, 6).ready_rounds(4).with_places(2);
    let plan = PlanBuilder::new(network.clone())
        .seed(25)
        .timeout(LIMIT * 3)
        .exit_condition(all_drawn(Round(8), 12));
    run(plan);
    let reference = network.reference();
    let missed = reference.charged.values().sum::<u64>();
    let made = reference.produced.values().sum::<u64>();
    assert!(
        missed * 10 <= made,
        "{missed} slots were missed for {made} blocks: members come from upstreams to the committee in time"
    );
}

/// So many whole nodes, committees of four and places for a few of the others: everybody takes part in every draw, and whoever is drawn comes to the
/// committee in time, mostly from upstreams. A heartbeat has its round for its way over other followers.
fn all_take_part(candidates: u8, places: usize, blocks_per_round: u32) {
    // Whoever has not been heard of since the chain began is not ready any more from round 3 on.
    let (ready_rounds, rounds) = (3, 5);
    let mut network = TestNetwork::new(candidates, 4, blocks_per_round)
        .ready_rounds(ready_rounds)
        .with_places(places);
    network.traffic = false;
    let end = Height(u64::from(blocks_per_round) * rounds);
    run(plan(&network, 26, end, candidates.into()));
    let reference = network.reference();
    let ready: Vec<usize> = reference.ready.values().copied().collect();
    assert_eq!(ready, [usize::from(candidates); 5], "ready round by round");
    let missed = reference.charged.values().sum::<u64>();
    assert!(missed * 10 <= end.0, "{missed} slots were missed");
    let drawn: BTreeSet<_> = reference.drawn.values().flatten().collect();
    let produced = reference.produced.len();
    println!(
        "{candidates} candidates: {} drawn, {produced} produced, {missed} slots missed",
        drawn.len(),
    );
}

#[test]
fn all_of_many_candidates_are_ready_with_places_for_few() {
    all_take_part(32, 4, 4);
}

#[test]
#[ignore = "150 whole nodes take minutes: cargo test -p etm-node --test network -- --ignored --nocapture a_hundred_and_fifty"]
fn a_hundred_and_fifty_candidates_are_ready_with_places_for_eight() {
    all_take_part(150, 8, 6);
}
