//! Wrong clocks, machines that stand still and messages that are lost: the chain goes on, and nobody else pays.

use std::{collections::BTreeSet, time::Duration};

use commonware_glue::simulate::{
    action::{Action, Crash, Schedule},
    engine::EngineDefinition as _,
    plan::PlanBuilder,
};
use commonware_p2p::simulated::Link;
use commonware_utils::probability;
use etm_mechanism::beacon;
use etm_types::{Height, MinerId, Round, Slot};

use crate::{conditions::NotAhead, harness::TestNetwork, machine::Fate, plan, run, seconds};

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Slots as on the main network.
const SLOT_MS: u64 = 3_000;

const HOUR_MS: i64 = 3_600_000;

/// Runs until all nodes are at `height`; only `guilty` may be charged, and no more time may pass than `slots` take.
fn on_time(network: &TestNetwork, seed: u64, height: Height, slots: u64, guilty: &[u32]) {
    let plan = plan(network, seed, height, network.secrets.len()).property(NotAhead);
    in_slots(network, plan, slots, guilty);
}

fn in_slots(network: &TestNetwork, plan: PlanBuilder<TestNetwork>, slots: u64, guilty: &[u32]) {
    let slot_ms = network.genesis.chain().params.slot_ms;
    run_within(plan, Duration::from_millis(slots * slot_ms));
    let charged: BTreeSet<MinerId> = network.reference().charged.keys().copied().collect();
    let guilty: BTreeSet<MinerId> = guilty.iter().copied().map(MinerId).collect();
    assert!(charged.is_subset(&guilty), "charged: {charged:?}");
}

fn run_within(plan: PlanBuilder<TestNetwork>, time: Duration) {
    run(plan.timeout(time));
}

/// Who is on turn in a slot of round 0.
fn on_turn(network: &TestNetwork, slot: Slot) -> usize {
    let [committee, _] = network.genesis.committees().unwrap();
    let seed = network.genesis.draft().beacon;
    let index = beacon::on_turn(Round(0), &seed.0, slot, committee.members.len());
    usize::try_from(committee.members[index].miner.0).unwrap()
}

#[test]
fn a_clock_that_is_ahead_and_a_member_that_is_late_do_not_halt_the_chain() {
    let network = TestNetwork::new(4, 4, 40).slot_ms(SLOT_MS);
    let (before, ahead) = (on_turn(&network, Slot(6)), on_turn(&network, Slot(7)));
    let late = (0..4)
        .find(|index| ![before, ahead].contains(index))
        .unwrap();
    // Who is late hears of the block of slot 7 only when others have given it up, 4 s before its time.
    let network = network
        .with_fate(ahead, Fate::default().clock_at(seconds(17), 10_800))
        .with_fate(late, Fate::default().pause(ms(17_900), ms(24_900)));
    run_within(plan(&network, 1, Height(16), 4), seconds(120));
}

#[test]
fn slots_longer_than_any_patience_do_not_halt_the_chain() {
    let network = TestNetwork::new(4, 4, 40).slot_ms(6_000);
    let (before, ahead) = (on_turn(&network, Slot(2)), on_turn(&network, Slot(3)));
    let late = (0..4)
        .find(|index| ![before, ahead].contains(index))
        .unwrap();
    // Nobody is late for anything here: one member hears of the block of slot 3 a second after the others.
    let network = network
        .with_fate(ahead, Fate::default().clock_at(seconds(11), 10_800))
        .with_fate(late, Fate::default().pause(ms(11_900), ms(13_100)));
    run_within(plan(&network, 1, Height(8), 4), seconds(120));
}

#[test]
fn a_wrong_clock_costs_no_slot_of_anybody() {
    for wrong_ms in [-HOUR_MS, -11_000, -2_000, 2_000, 11_000, HOUR_MS] {
        let network = TestNetwork::new(4, 4, 40)
            .slot_ms(SLOT_MS)
            .with_fate(2, Fate::default().clock_at(seconds(7), wrong_ms));
        // Not even the one with the wrong clock is charged: it heard the blocks before, and goes by them.
        on_time(&network, 2, Height(16), 19, &[]);
    }
}

/// A member whose clock is behind is not needed while the others vote; once one of them stands still, it votes in time.
#[test]
fn a_clock_that_is_behind_and_a_member_that_stands_still_cost_the_others_no_slot() {
    for wrong_ms in [-HOUR_MS, -20_000, -5_000] {
        let network = TestNetwork::new(5, 5, 40).slot_ms(SLOT_MS);
        // Whoever stands still has no turn meanwhile, and whose clock is behind proposed nothing that it could go by.
        let (slot, behind, still) = (5..30)
            .find_map(|slot| {
                let turn = |slot| on_turn(&network, Slot(slot));
                let behind = (0..5).find(|index| (slot - 1..slot + 4).all(|at| turn(at) != *index));
                let still = (0..5).find(|index| {
                    Some(*index) != behind && (slot..slot + 5).all(|at| turn(at) != *index)
                });
                Some((slot, behind?, still?))
            })
            .unwrap();
        let from = slot * SLOT_MS;
        let network = network
            .with_fate(behind, Fate::default().clock_at(seconds(7), wrong_ms))
            .with_fate(
                still,
                Fate::default().pause(ms(from + 2_500), ms(from + 9_500)),
            );
        let height = Height(slot + 8);
        on_time(&network, 14, height, height.0 + 3, &[]);
    }
}

#[test]
fn half_of_the_clocks_are_ahead_and_move_nothing() {
    let network = TestNetwork::new(4, 4, 40)
        .slot_ms(SLOT_MS)
        .with_fate(0, Fate::default().clock_at(seconds(7), HOUR_MS))
        .with_fate(3, Fate::default().clock_at(seconds(7), 9_000));
    on_time(&network, 12, Height(16), 19, &[]);
}

#[test]
fn a_clock_that_is_ahead_after_a_start_costs_the_slots_of_its_owner() {
    let network = TestNetwork::new(4, 4, 40)
        .slot_ms(SLOT_MS)
        .with_fate(2, Fate::default().clock_at(seconds(7), HOUR_MS));
    let owner = network.participants()[2].clone();
    let schedule = Schedule::new()
        .at(ms(16_000), Action::Crash(owner.clone()))
        .at(ms(16_500), Action::Restart(owner));
    let plan = plan(&network, 13, Height(20), 4)
        .property(NotAhead)
        .crash(Crash::Schedule(schedule));
    in_slots(&network, plan, 30, &[2]);
}

#[test]
fn two_wrong_clocks_of_seven_with_slots_of_six_seconds() {
    let network = TestNetwork::new(7, 7, 40)
        .slot_ms(6_000)
        .with_fate(1, Fate::default().clock_at(seconds(13), 11_000))
        .with_fate(5, Fate::default().clock_at(seconds(13), -HOUR_MS));
    on_time(&network, 3, Height(12), 14, &[]);
}

#[test]
fn clocks_that_step_back_and_forth() {
    let steps = [2_000, -2_000, 11_000, -11_000, HOUR_MS, -HOUR_MS, 0, 60_000];
    let steps = |from: u64, sign: i64| {
        let steps = steps.iter().zip(0..);
        steps.fold(Fate::default(), |fate, (ms, index)| {
            fate.clock_at(seconds(from + 4 * index), sign * ms)
        })
    };
    let network = TestNetwork::new(7, 7, 40)
        .slot_ms(SLOT_MS)
        .with_fate(0, steps(8, 1))
        .with_fate(3, steps(10, -1));
    on_time(&network, 4, Height(14), 17, &[]);
}

#[test]
fn wrong_clocks_and_pauses_and_lost_messages() {
    for (seed, slot_ms) in [(5, SLOT_MS), (6, 6_000)] {
        let network = TestNetwork::new(4, 4, 12)
            .slot_ms(slot_ms)
            .with_fate(
                0,
                Fate::default()
                    .clock_at(seconds(9), 11_000)
                    .clock_at(seconds(60), 0),
            )
            .with_fate(
                1,
                Fate::default()
                    .pause(seconds(20), seconds(27))
                    .pause(seconds(50), seconds(65)),
            )
            .with_fate(2, Fate::default().pause(seconds(35), seconds(39)));
        let lossy = Link {
            latency: Duration::from_millis(40),
            jitter: Duration::from_millis(30),
            success_rate: probability!(0.9),
        };
        run_within(
            plan(&network, seed, Height(20), 4).link(lossy),
            seconds(900),
        );
    }
}

#[test]
fn all_clocks_go_wrong_and_right_again() {
    let there_and_back = Fate::default()
        .clock_at(seconds(20), 60_000)
        .clock_at(seconds(32), 0);
    let mut network = TestNetwork::new(4, 4, 40).slot_ms(SLOT_MS);
    for index in 0..4 {
        network = network.with_fate(index, there_and_back.clone());
    }
    // Faster by up to a half while the clocks are ahead, slower by a seventh afterwards: at no time does it stand still.
    in_slots(&network, plan(&network, 7, Height(24), 4), 26, &[]);
}

#[test]
fn clocks_that_were_wrong_until_all_started_again() {
    let fate = Fate::default()
        .clock_at(seconds(5), 60_000)
        .clock_at(seconds(40), 0);
    let mut network = TestNetwork::new(4, 4, 40).slot_ms(SLOT_MS);
    let mut schedule = Schedule::new();
    for (index, participant) in network.participants().into_iter().enumerate() {
        network = network.with_fate(index, fate.clone());
        schedule = schedule.at(seconds(40), Action::Crash(participant));
    }
    for participant in network.participants() {
        schedule = schedule.at(seconds(42), Action::Restart(participant));
    }
    // The last block is half a minute ahead of every clock, and nobody remembers when it came.
    let plan = plan(&network, 8, Height(34), 4).crash(Crash::Schedule(schedule));
    run_within(plan, seconds(42 + 34 * 4));
}

#[test]
fn a_member_that_withholds_its_blocks_from_some() {
    // Whoever got no block fetches it once it is notarized.
    for heard in [[1, 2], [2, 3], [1, 3]] {
        let network = TestNetwork::new(4, 4, 40)
            .slot_ms(SLOT_MS)
            .withholding(0, &heard);
        on_time(&network, 9, Height(20), 24, &[0]);
    }
}

#[test]
fn two_of_seven_withhold_their_blocks() {
    let network = TestNetwork::new(7, 7, 40)
        .slot_ms(SLOT_MS)
        .withholding(0, &[1, 2, 3, 4])
        .withholding(1, &[0, 4, 5, 6]);
    on_time(&network, 10, Height(24), 30, &[0, 1]);
}

#[test]
fn a_standstill_costs_the_slots_at_its_edges_however_long_it_is() {
    for length in [10, 40] {
        let mut network = TestNetwork::new(7, 7, 60).slot_ms(500);
        for index in 0..3 {
            let fate = Fate::default().pause(seconds(5), seconds(5 + length));
            network = network.with_fate(index, fate);
        }
        let plan = plan(&network, 11, Height(30), 7);
        run_within(plan, seconds(60 + length));
        let charged = network.reference().charged.clone();
        println!("{length} s: {charged:?}");
        // Without a quorum no view ends, so no slot passes either.
        assert!(charged.values().sum::<u64>() <= 4, "charged: {charged:?}");
    }
}
