use super::*;
use crate::study::variants;

fn study(text: &str) -> Study {
    let base = "name = \"x\"\n[population]\nkind = \"equal\"\nholders = 1000\ntotal = 100000\n";
    variants(&format!("{base}{text}"), &[])
        .expect("valid")
        .remove(0)
        .study
}

fn world(text: &str) -> World {
    World::build(&study(text), Path::new(""), 1).expect("a world")
}

#[test]
fn adversaries_have_their_share_of_all_that_is_locked() {
    let text = "[miners]\ncount = 20\n[[adversary]]\nkind = \"whale\"\nshare = 0.2\naccounts = 30\n[[adversary]]\nkind = \"cartel\"\nshare = 0.3\nminers = 4\naccounts = 8\n";
    let world = world(text);
    let total = world.locked() as f64;
    let held = |actor: &Actor| {
        actor
            .accounts
            .clone()
            .map(|account| world.stake[account as usize] as f64)
            .sum::<f64>()
    };
    assert!((held(&world.actors[0]) / total - 0.2).abs() < 1e-6);
    assert!((held(&world.actors[1]) / total - 0.3).abs() < 1e-6);
    assert_eq!(world.miners.len(), 24);
    let cartel = &world.actors[1];
    assert_eq!(cartel.miners, 20..24);
    assert!(
        cartel
            .accounts
            .clone()
            .all(|account| cartel.miners.contains(&world.vote[account as usize]))
    );
    let operators = world.operators();
    assert_eq!(operators[20..], [20; 4]);
    // Owners own one miner each.
    let mut owners: Vec<u32> = world.miners.iter().map(|miner| miner.owner).collect();
    owners.sort_unstable();
    owners.dedup();
    assert_eq!(owners.len(), 24);
}

#[test]
fn behaviours_and_locks_have_their_shares() {
    let world = world(
        "[locks]\nholders = 0.5\nshare = 0.25\n[behaviour]\nloyal = 0.5\nbest_response = 0.5\n",
    );
    assert!((400..600).contains(&world.honest), "{}", world.honest);
    assert_eq!(world.honest + world.left_out, 1_000);
    assert!(world.stake.iter().all(|stake| *stake == 25 * ETM));
    let responders = world
        .voter
        .iter()
        .filter(|voter| **voter == Voter::BestResponse)
        .count();
    assert!((150..350).contains(&responders), "{responders}");
}

#[test]
fn the_largest_holders_can_own_the_miners() {
    let text =
        "[miners]\ncount = 10\nowners = \"largest\"\n[behaviour]\nloyal = 0.0\nrandom = 1.0\n";
    let world = world(text);
    for (id, miner) in world.miners.iter().enumerate() {
        assert_eq!(world.vote[miner.owner as usize], id as u32);
        assert_eq!(world.voter[miner.owner as usize], Voter::Loyal);
    }
}

#[test]
fn outages_hit_their_share_for_their_days() {
    let world = world("[miners]\ncount = 40\n[[outage]]\nfrom_day = 2\nto_day = 4\nshare = 0.25\n");
    let out = |day: u64| {
        world
            .miners
            .iter()
            .filter(|miner| miner.is_out(day))
            .count()
    };
    assert_eq!([out(1), out(2), out(3), out(4)], [0, 10, 10, 0]);
}

#[test]
fn impossible_worlds_say_why() {
    for (text, why) in [
        ("[locks]\nshare = 0.001\n", "nobody locks"),
        (
            "[[adversary]]\nkind = \"whale\"\nshare = 0.1\naccounts = 1000000\n",
            "below the least lock",
        ),
        (
            "[miners]\ncount = 2000\nowners = \"largest\"\n",
            "can't own",
        ),
    ] {
        let error = World::build(&study(text), Path::new(""), 1)
            .expect_err(text)
            .to_string();
        assert!(error.contains(why), "{error}");
    }
    let huge = "name = \"x\"\n[population]\nkind = \"equal\"\nholders = 10\ntotal = 200000000\n[[adversary]]\nkind = \"whale\"\nshare = 0.9\naccounts = 1\n";
    let huge = variants(huge, &[]).expect("valid").remove(0).study;
    assert!(
        World::build(&huge, Path::new(""), 1)
            .is_err_and(|error| error.to_string().contains("exceed the supply"))
    );
}

#[test]
fn a_world_is_fixed_by_its_seed() {
    let text = "[behaviour]\nloyal = 0.5\ncrowd = 0.5\n[locks]\nholders = 0.9\n";
    let again = |seed| {
        let world = World::build(&study(text), Path::new(""), seed).expect("a world");
        (world.stake, world.vote, world.voter)
    };
    assert_eq!(again(1), again(1));
    assert_ne!(again(1).1, again(2).1);
}
