//! Networks of production nodes in the deterministic runtime. A reference executes every block by itself and holds
//! all nodes to it: one chain, equal receipts, no token out of nothing.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

mod conditions;
mod followers;
mod following;
mod forge;
mod harness;
mod histories;
mod machine;
mod pace;
mod reference;
mod snapshots;
mod standstill;
mod tracker;
mod twins;
mod users;

use etm_types::{Height, Round, Slot};
use std::{sync::Arc, time::Duration};

use commonware_cryptography::ed25519::PublicKey;
use commonware_glue::simulate::{
    action::{Action, Crash, Schedule},
    engine::EngineDefinition as _,
    plan::{PlanBuilder, PlanResult},
};
use commonware_p2p::simulated::Link;
use commonware_utils::probability;
use conditions::{JournalsDeleted, Silent, is_silent, reached};
use harness::{TestNetwork, TestState};
use histories::{Cut, Histories};
use machine::Fate;

/// Simulated time a test may take.
const LIMIT: Duration = Duration::from_secs(180);

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn link(success: bool) -> Link {
    Link {
        latency: Duration::from_millis(10),
        jitter: Duration::from_millis(5),
        success_rate: if success {
            probability!(1.0)
        } else {
            probability!(0.0)
        },
    }
}

fn plan(
    network: &TestNetwork,
    seed: u64,
    height: Height,
    nodes: usize,
) -> PlanBuilder<TestNetwork> {
    PlanBuilder::new(network.clone())
        .seed(seed)
        .timeout(LIMIT)
        .exit_condition(reached(height, nodes, TestState::height))
}

fn run(plan: PlanBuilder<TestNetwork>) -> PlanResult<TestNetwork> {
    let mut results = plan.run().unwrap();
    results.pop().unwrap()
}

/// Blocks of a round in these tests.
const ROUND: u32 = 8;

#[test]
fn elections_and_the_same_bytes_for_the_same_seed() {
    let simulate = |seed| {
        let network = TestNetwork::new(7, 4, ROUND);
        let result = run(plan(&network, seed, Height(34), 7).property(JournalsDeleted));
        let reference = network.reference();
        assert!(reference.transactions > 20, "users were heard");
        // The first slot may pass while the nodes come up.
        let missed = reference
            .missed
            .iter()
            .filter(|slot| **slot != (Round(0), Slot(1)));
        assert_eq!(
            missed.collect::<Vec<_>>(),
            [] as [&(Round, Slot); 0],
            "a calm network misses no slot"
        );
        assert!(reference.drawn.len() >= 4, "committees were drawn");
        let committees: std::collections::BTreeSet<_> = reference.drawn.values().collect();
        assert!(committees.len() > 1, "committees change");
        assert!(reference.produced.len() > 4, "miners take turns");
        (result.state, reference.hashes())
    };
    let first = simulate(1);
    assert_eq!(first, simulate(1));
    assert_ne!(first, simulate(2));
}

#[test]
fn crashes_at_random_points() {
    for seed in 0..2 {
        let network = TestNetwork::new(7, 4, ROUND);
        let plan = plan(&network, seed, Height(40), 7).property(Silent(vec![]));
        let result = run(plan.crash(Crash::Random {
            frequency: Duration::from_millis(1_700),
            downtime: Duration::from_millis(600),
            count: 1,
        }));
        assert!(result.crashes > 3);
    }
}

#[test]
fn all_crash_at_a_boundary() {
    let network = TestNetwork::new(7, 4, ROUND);
    let boundary = u64::from(2 * ROUND - 1);
    let mut plan = plan(&network, 3, Height(34), 7);
    for participant in network.participants() {
        plan = plan.crash(Crash::ProcessedHeight {
            participant,
            heights: boundary..=boundary + 4,
            downtime: seconds(1),
        });
    }
    assert_eq!(run(plan).crashes, 7);
}

#[test]
fn a_partition_of_ten_seconds() {
    let network = TestNetwork::new(7, 4, ROUND);
    let participants = network.participants();
    let isolated = participants[0].clone();
    let mut schedule = Schedule::new();
    for other in &participants[1..] {
        for (from, to) in [(&isolated, other), (other, &isolated)] {
            schedule = schedule.at(
                seconds(2),
                Action::UpdateLink {
                    from: PublicKey::clone(from),
                    to: to.clone(),
                    link: link(false),
                },
            );
        }
    }
    schedule = schedule.at(seconds(12), Action::Heal(link(true)));
    let result = run(plan(&network, 4, Height(80), 7).crash(Crash::Schedule(schedule)));
    assert_eq!(result.scheduled_actions, 13);
}

/// A node that comes back learns of the end of each round that it missed in a few ways over the network, not once others
/// are heard again: with slots as long as on the main network that would be seconds for each round.
#[test]
fn who_was_away_does_not_wait_at_the_end_of_each_round() {
    let network = TestNetwork::new(5, 4, 5).slot_ms(3_000);
    let away = network.participants()[0].clone();
    let back = seconds(160);
    let schedule = Schedule::new()
        .at(Duration::from_millis(1), Action::Crash(away.clone()))
        .at(back, Action::Restart(away));
    // At least 7 rounds were missed.
    let plan = plan(&network, 9, Height(35), 5).timeout(back + seconds(2));
    run(plan.crash(Crash::Schedule(schedule)));
}

#[test]
fn an_absent_third_loses_its_seats() {
    let network = TestNetwork::new(7, 7, 6).ready_rounds(2);
    let participants = network.participants();
    let mut schedule = Schedule::new();
    for absent in &participants[..2] {
        schedule = schedule.at(Duration::from_millis(1), Action::Crash(absent.clone()));
    }
    run(plan(&network, 5, Height(40), 5).crash(Crash::Schedule(schedule)));
    let reference = network.reference();
    assert!(
        !reference.missed.is_empty(),
        "absent members miss their slots"
    );
    let (_, last) = reference.drawn.last_key_value().unwrap();
    assert_eq!(last.len(), 5, "who is not ready is not drawn: {last:?}");
}

#[test]
fn too_few_ready_miners_keep_the_committee() {
    let network = TestNetwork::new(4, 4, 6).ready_rounds(2);
    let absent = network.participants()[3].clone();
    let schedule = Schedule::new().at(Duration::from_millis(1), Action::Crash(absent));
    run(plan(&network, 8, Height(40), 3).crash(Crash::Schedule(schedule)));
    let reference = network.reference();
    assert!(!reference.missed.is_empty());
    assert!(reference.drawn.values().all(|members| members.len() == 4));
}

#[test]
fn a_committee_of_one() {
    let network = TestNetwork::new(1, 1, 3);
    run(plan(&network, 9, Height(20), 1).property(JournalsDeleted));
}

#[test]
fn a_majority_away_halts_the_chain_until_it_is_back() {
    let network = TestNetwork::new(4, 4, ROUND);
    let participants = network.participants();
    let mut schedule = Schedule::new();
    for away in &participants[..2] {
        schedule = schedule.at(seconds(2), Action::Crash(away.clone()));
    }
    for away in &participants[..2] {
        schedule = schedule.at(seconds(8), Action::Restart(away.clone()));
    }
    run(plan(&network, 6, Height(26), 4).crash(Crash::Schedule(schedule)));
}

#[test]
fn a_member_that_equivocates() {
    let network = TestNetwork::new(7, 4, ROUND).with_twin(0);
    run(plan(&network, 7, Height(40), 7));
    let twice = network.equivocations();
    assert!(twice > 0, "the twin never proposed two blocks in one slot");
}

#[test]
fn nobody_waits_for_a_follower() {
    // Half of the nodes are followed by nobody: what they would hand over stays in their archives.
    let mut network = TestNetwork::new(7, 4, ROUND);
    network.unfollowed = vec![0, 2, 4, 6];
    let plan = PlanBuilder::new(network.clone())
        .seed(11)
        .timeout(LIMIT)
        .exit_condition(reached(Height(34), 7, TestState::tip));
    run(plan);
    let reference = network.reference();
    let missed = reference
        .missed
        .iter()
        .filter(|slot| **slot != (Round(0), Slot(1)));
    assert_eq!(
        missed.count(),
        0,
        "no slot is missed for want of a follower"
    );
}

#[test]
fn histories_come_back_from_power_cuts() {
    let mut network = TestNetwork::new(7, 4, ROUND);
    network.histories = Some(Histories::new());
    let participants = network.participants();
    // One node after the other, then all at once, then some again; whatever was not synced is lost, and the histories lose more.
    let mut schedule = Schedule::new();
    for (index, node) in participants.iter().enumerate() {
        let at = Duration::from_millis(3_000 + 733 * index as u64);
        schedule = schedule.at(at, Action::Crash(node.clone())).at(
            at + Duration::from_millis(400),
            Action::Restart(node.clone()),
        );
    }
    for node in &participants {
        schedule = schedule.at(Duration::from_millis(10_111), Action::Crash(node.clone()));
    }
    for node in &participants {
        schedule = schedule.at(Duration::from_millis(10_900), Action::Restart(node.clone()));
    }
    run(plan(&network, 12, Height(80), 7).crash(Crash::Schedule(schedule)));
    let histories = network.histories.clone().unwrap();
    let cuts = histories.cuts();
    assert_eq!(cuts.len(), 14);
    for cut in [
        Cut::Older,
        Cut::TornLog,
        Cut::FlippedLog,
        Cut::Gone,
        Cut::Garbage,
    ] {
        assert!(cuts.contains(&cut), "{cuts:?}");
    }
    let reference = network.reference();
    for (node, history) in histories.all() {
        let height = history.height().unwrap();
        assert!(
            height >= Height(75),
            "the history of node {node} is at {height}"
        );
        assert_eq!(history.condition().trouble, None);
        for height in 1..=height.0 {
            let recorded = history.finalized(Height(height)).unwrap().unwrap();
            assert_eq!(
                Some(recorded.block.hash()),
                reference.hash(Height(height)),
                "node {node}, block {height}"
            );
        }
    }
}

#[test]
fn one_alone_has_the_end_of_a_round_and_serves_no_more() {
    let mut network = TestNetwork::new(7, 4, ROUND);
    let [first, second] = network.genesis.committees().unwrap().clone();
    let ids = |committee: &etm_types::Committee| -> Vec<usize> {
        let members = committee.members.iter();
        members.map(|member| member.miner.0 as usize).collect()
    };
    let (first, second) = (ids(&first), ids(&second));
    let leaves = |index: &&usize| !second.contains(index);
    let knows = *first.iter().find(leaves).unwrap();
    let away = *first.iter().find(|index| **index != knows).unwrap();
    // Three of four finalize round 0, but only one of them gets to know it; in round 1 it has nothing to say.
    network.unheard = Some((knows, seconds(12)));
    let away = network.participants()[away].clone();
    let schedule = Schedule::new().at(Duration::from_millis(1), Action::Crash(away));
    let plan = plan(&network, 11, Height(u64::from(ROUND) + 2), 6).crash(Crash::Schedule(schedule));
    run(plan.timeout(seconds(40)));
}

#[test]
fn who_knows_the_end_of_a_round_is_silent_and_so_is_who_serves_next() {
    let network = TestNetwork::new(4, 1, ROUND);
    let [first, second] = network.genesis.committees().unwrap().clone();
    assert_ne!(first.members, second.members);
    let knows = first.members[0].miner.0 as usize;
    // The only member finalizes its round alone. In the next it has nothing to say; the member of that waits in the
    // old one, in which it never had.
    let participants = network.participants();
    let mut schedule = Schedule::new();
    for other in (0..participants.len()).filter(|other| *other != knows) {
        for (from, to) in [(knows, other), (other, knows)] {
            schedule = schedule.at(
                seconds(1),
                Action::UpdateLink {
                    from: participants[from].clone(),
                    to: participants[to].clone(),
                    link: link(false),
                },
            );
        }
    }
    schedule = schedule.at(seconds(5), Action::Heal(link(true)));
    let plan = plan(&network, 13, Height(u64::from(ROUND) + 2), 4).crash(Crash::Schedule(schedule));
    run(plan.timeout(seconds(40)));
}

#[test]
fn a_lone_member_asks_what_it_signed_before_it_signs_again() {
    let mut network = TestNetwork::new(4, 1, 40);
    let [committee, _] = network.genesis.committees().unwrap().clone();
    let lone = committee.members[0].miner.0 as usize;
    // Its disk is gone; the others have its blocks, and nothing to say.
    network.wiped = Some((lone, Arc::default()));
    let key = network.participants()[lone].clone();
    let schedule = Schedule::new()
        .at(seconds(4), Action::Crash(key.clone()))
        .at(Duration::from_millis(4_500), Action::Restart(key));
    let plan = PlanBuilder::new(network.clone())
        .seed(14)
        .timeout(LIMIT)
        .exit_condition(is_silent(lone))
        .property(Silent(vec![lone]));
    run(plan.crash(Crash::Schedule(schedule)));
}

/// Where the votes of round 0 are remembered.
const JOURNAL: &[&str] = &["consensus-0"];

/// The links between a node and all others, cut or whole.
fn links_of(network: &TestNetwork, node: usize, success: bool) -> Vec<Action<PublicKey>> {
    let participants = network.participants();
    let others = (0..participants.len()).filter(|other| *other != node);
    let pairs = others.flat_map(|other| [(node, other), (other, node)]);
    let actions = pairs.map(|(from, to)| Action::UpdateLink {
        from: participants[from].clone(),
        to: participants[to].clone(),
        link: link(success),
    });
    actions.collect()
}

#[test]
fn a_member_that_forgot_its_votes_is_silent_until_the_next_round() {
    for (height, silent) in [(34, vec![1]), (50, vec![])] {
        let mut network = TestNetwork::new(4, 4, 40);
        network.loses = Some((1, JOURNAL));
        let forgetful = network.participants()[1].clone();
        let schedule = Schedule::new()
            .at(seconds(3), Action::Crash(forgetful.clone()))
            .at(Duration::from_millis(3_050), Action::Restart(forgetful));
        let plan = plan(&network, 12, Height(height), 4).property(Silent(silent));
        // Nobody blocks it: that would leave it behind.
        run(plan.crash(Crash::Schedule(schedule)).timeout(seconds(60)));
    }
}

/// Who hears nobody does not take that for an answer.
#[test]
fn a_member_that_lost_its_disk_and_hears_nobody_does_not_speak() {
    let mut network = TestNetwork::new(4, 4, 40);
    network.wiped = Some((1, Arc::default()));
    let forgetful = network.participants()[1].clone();
    let mut schedule = Schedule::new().at(seconds(3), Action::Crash(forgetful.clone()));
    for cut in links_of(&network, 1, false) {
        schedule = schedule.at(seconds(3), cut);
    }
    // It listens for as long as it would for a proposal, and longer; then it hears the others again, in the same round.
    let schedule = schedule
        .at(Duration::from_millis(3_050), Action::Restart(forgetful))
        .at(Duration::from_millis(5_000), Action::Heal(link(true)));
    let plan = plan(&network, 15, Height(36), 4).property(Silent(vec![1]));
    run(plan.crash(Crash::Schedule(schedule)).timeout(seconds(60)));
}

/// Nobody waits for ever for others that wait as well.
#[test]
fn all_start_again_while_half_hears_half() {
    let network = TestNetwork::new(4, 4, 12);
    let participants = network.participants();
    let mut schedule = Schedule::new();
    for node in &participants {
        schedule = schedule.at(seconds(3), Action::Crash(node.clone()));
    }
    for (from, to) in [(0, 2), (0, 3), (1, 2), (1, 3)] {
        for (from, to) in [(from, to), (to, from)] {
            let cut = Action::UpdateLink {
                from: participants[from].clone(),
                to: participants[to].clone(),
                link: link(false),
            };
            schedule = schedule.at(seconds(3), cut);
        }
    }
    for (index, node) in participants.iter().enumerate() {
        let at = Duration::from_millis(3_500 + 700 * index as u64);
        schedule = schedule.at(at, Action::Restart(node.clone()));
    }
    schedule = schedule.at(seconds(15), Action::Heal(link(true)));
    let plan = plan(&network, 17, Height(40), 4).property(Silent(vec![]));
    run(plan.crash(Crash::Schedule(schedule)).timeout(seconds(60)));
}

/// A busy machine may take up its journals after everybody has answered what they heard of it.
#[test]
fn journals_that_are_taken_up_late_are_not_old() {
    let network = (0..4).fold(TestNetwork::new(4, 4, 120), |network, node| {
        network.with_fate(node, Fate::default().slow(seconds(6)))
    });
    let participants = network.participants();
    let mut schedule = Schedule::new();
    for node in &participants {
        schedule = schedule.at(seconds(10), Action::Crash(node.clone()));
    }
    for node in &participants {
        schedule = schedule.at(seconds(11), Action::Restart(node.clone()));
    }
    let plan = plan(&network, 19, Height(100), 4).property(Silent(vec![]));
    run(plan.crash(Crash::Schedule(schedule)).timeout(seconds(90)));
}

/// Light clients and nodes that are left behind go by the certificate of a round's end: whoever lost some asks for them.
#[test]
fn lost_certificates_of_rounds_come_back() {
    const CERTIFICATES: &[&str] = &[
        "finalizations-commits",
        "finalizations-table",
        "finalizations-keys",
        "finalizations-values",
        "finalizations-heights",
    ];
    let mut network = TestNetwork::new(4, 4, ROUND);
    network.histories = Some(Histories::new());
    network.loses = Some((1, CERTIFICATES));
    let unlucky = network.participants()[1].clone();
    let mut schedule = Schedule::new();
    // The fourth time, its history is gone as well, and is written again from the first block on.
    for time in 0..4 {
        let at = Duration::from_millis(4_000 + 2_500 * time);
        schedule = schedule.at(at, Action::Crash(unlucky.clone())).at(
            at + Duration::from_millis(300),
            Action::Restart(unlucky.clone()),
        );
    }
    run(plan(&network, 18, Height(75), 4).crash(Crash::Schedule(schedule)));
    let histories = network.histories.clone().unwrap();
    assert_eq!(histories.cuts().last(), Some(&Cut::Gone));
    for (node, history) in histories.all() {
        let height = history.height().unwrap();
        assert!(
            height >= Height(70),
            "the history of node {node} is at {height}"
        );
        for end in (u64::from(ROUND) - 1..=height.0).step_by(ROUND as usize) {
            let recorded = history.finalized(Height(end)).unwrap().unwrap();
            assert!(
                !recorded.certificate.is_empty(),
                "node {node}, block {end} ends a round and has no certificate"
            );
        }
    }
}
