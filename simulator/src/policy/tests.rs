use super::{
    ballot::{Ballot, Rule},
    entanmo::{EnTanMo, power_3_4},
    *,
};
use crate::{
    rng::Stream,
    study::{self, Study},
    time_gain::{self, Halving},
    world::{Miner, Voter, World},
};
use etm_mechanism::{Candidate, Hash, MinerId, Slot, Votes, beacon, draw};

/// Positions as (ETM, miner).
fn world(positions: &[(u64, u32)], miners: u32) -> World {
    World {
        stake: positions.iter().map(|(etm, _)| etm * 100_000_000).collect(),
        vote: positions.iter().map(|(_, miner)| *miner).collect(),
        time_gain: Vec::new(),
        voter: vec![Voter::Loyal; positions.len()],
        miners: (0..miners)
            .map(|miner| Miner {
                owner: positions.len() as u32 + miner,
                uptime: 1.0,
                outages: Vec::new(),
            })
            .collect(),
        actors: Vec::new(),
        honest: positions.len(),
        left_out: 0,
    }
}

fn start(study: &Study, beacon: Hash) -> Start {
    Start {
        params: study.mechanism_params(),
        beacon,
    }
}

fn small(committee: u32, blocks: u32, day_seconds: u64) -> Study {
    let mut study = study::static_study();
    study.params.committee = committee;
    study.params.blocks_per_round = blocks;
    study.params.min_committee = 1;
    study.params.day_seconds = day_seconds;
    study
}

/// Blocks, missed slots, beacon and moves of a round.
type Scene = (Vec<Block>, Vec<u32>, Hash, Vec<Move>);

/// What was played, to be played again elsewhere.
#[derive(Default)]
struct Film {
    genesis: Hash,
    rounds: Vec<Scene>,
    committees: Vec<Vec<u32>>,
}

/// Plays rounds in which every eighth slot is missed and a voter moves now and then.
fn film(
    policy: &mut dyn Policy,
    study: &Study,
    voters: u32,
    miners: u32,
    rounds: u64,
    genesis: Hash,
) -> Film {
    let mut stream = Stream::new(11, "film");
    let mut film = Film {
        genesis,
        ..Film::default()
    };
    let (mut previous, mut clock) = (genesis, 0);
    for number in 0..rounds {
        let committee = policy.committee().to_vec();
        let (mut blocks, mut missed, mut pending) = (Vec::new(), Vec::new(), 0);
        let mut slot = 0;
        while blocks.len() < study.params.blocks_per_round as usize - usize::from(number == 0) {
            slot += 1;
            clock += 3;
            let member = committee[beacon::on_turn(
                etm_mechanism::Round(number),
                &previous,
                Slot(slot),
                committee.len(),
            )];
            if stream.below(8) == 0 {
                missed.push(member);
                pending += 1;
            } else {
                blocks.push(Block {
                    producer: member,
                    missed: pending,
                    timestamp: clock,
                });
                pending = 0;
            }
        }
        let moves = match number % 3 {
            1 => vec![Move {
                voter: stream.below(voters.into()) as u32,
                to: stream.below(miners.into()) as u32,
            }],
            _ => Vec::new(),
        };
        // Slots after the last block belong to no round.
        missed.truncate(missed.len() - pending as usize);
        let hash = stream.bytes();
        let round = Round {
            number,
            blocks: &blocks,
            missed: &missed,
            beacon: hash,
            moves: &moves,
        };
        policy.play(&round).expect("a valid round");
        film.rounds.push((blocks, missed, hash, moves));
        film.committees.push(committee);
        previous = hash;
    }
    film
}

/// The rule of the specification in the frame of the other policies.
struct Specified;

impl Rule for Specified {
    fn votes_of(&self) -> fn(f64) -> f64 {
        power_3_4
    }
    fn gain(&self) -> fn(usize) -> f64 {
        time_gain::gain
    }
    fn halving(&self) -> Option<Halving> {
        Some(Halving::EachBlock)
    }
    fn seats(&self) -> Seats {
        Seats::Drawn
    }
}

fn mixed_world() -> World {
    let positions: Vec<(u64, u32)> = (0..120)
        .map(|place| (1 + place * place * 7 % 5_000, (place % 30) as u32))
        .collect();
    world(&positions, 30)
}

#[test]
fn the_frame_of_other_policies_agrees_with_the_mechanism() {
    let (world, study) = (mixed_world(), small(5, 8, 60));
    let start = start(&study, [7; 32]);
    let mut exact = EnTanMo::new(&world, &start).expect("a valid world");
    let film = film(&mut exact, &study, 120, 30, 120, start.beacon);
    let mut frame = Ballot::new(Specified, &world, &start).expect("a valid world");
    for (number, (blocks, missed, beacon, moves)) in film.rounds.iter().enumerate() {
        assert_eq!(frame.committee(), film.committees[number], "round {number}");
        let round = Round {
            number: number as u64,
            blocks,
            missed,
            beacon: *beacon,
            moves,
        };
        frame.play(&round).expect("a valid round");
    }
    let mut gains = [0; 33];
    for voter in 0..120 {
        let (found, expected) = (
            frame.position(voter).expect("a position"),
            exact.position(voter).expect("a position"),
        );
        assert_eq!(found.t, expected.t, "voter {voter}");
        assert!((found.votes / expected.votes - 1.0).abs() < 1e-5);
        assert!(
            (found.earned - expected.earned).abs() <= 1e-4 * (1.0 + expected.earned),
            "{voter}: {found:?} {expected:?}"
        );
        gains[usize::from(found.t)] += 1;
    }
    assert!(
        gains.iter().filter(|count| **count > 0).count() > 5,
        "the test must see several time gains: {gains:?}"
    );
}

#[test]
fn the_mechanism_policy_agrees_with_the_scenario_runner() {
    use etm_scenario::{
        Amount, Beacon, BlockEntry, GenesisEntry, GenesisMinerEntry, GenesisPositionEntry,
        Operation, ParamsEntry, RequestEntry, RoundEntry, ScenarioFormat,
    };
    let (world, study) = (mixed_world(), small(7, 9, 90));
    let start = start(&study, [3; 32]);
    let mut policy = EnTanMo::new(&world, &start).expect("a valid world");
    let film = film(&mut policy, &study, 120, 30, 40, start.beacon);
    let rounds = film.rounds.iter().map(|(blocks, missed, beacon, moves)| {
        let mut missed = missed.as_slice();
        let mut entries: Vec<BlockEntry> = Vec::new();
        for block in blocks {
            let (before, after) = missed.split_at(block.missed as usize);
            missed = after;
            entries.push(BlockEntry {
                producer: block.producer,
                missed: before.to_vec(),
                timestamp: block.timestamp,
                fees: Amount(0),
                requests: Vec::new(),
            });
        }
        entries[0].requests = moves
            .iter()
            .map(|change| RequestEntry {
                account: format!("a{:03}", change.voter),
                operation: Operation::Vote(change.to),
            })
            .collect();
        RoundEntry {
            blocks: entries,
            beacon: Beacon(*beacon),
        }
    });
    let document = etm_scenario::Scenario {
        format: ScenarioFormat::V1,
        params: ParamsEntry::from(study.mechanism_params()),
        genesis: GenesisEntry {
            timestamp: 0,
            beacon: Beacon(film.genesis),
            accounts: Vec::new(),
            miners: (0..30)
                .map(|miner| GenesisMinerEntry {
                    owner: format!("o{miner}"),
                    name: format!("m{miner}"),
                })
                .collect(),
            positions: world
                .stake
                .iter()
                .zip(&world.vote)
                .enumerate()
                .map(|(place, (stake, vote))| GenesisPositionEntry {
                    account: format!("a{place:03}"),
                    locked: Amount(*stake),
                    t: 1,
                    miner: Some(*vote),
                })
                .collect(),
        },
        rounds: rounds.collect(),
    };
    let states = etm_scenario::run(&document).expect("a valid scenario");
    let last = states.rounds.last().expect("40 rounds");
    assert_eq!(last.positions.len(), 120);
    for (voter, state) in last.positions.iter().enumerate() {
        let view = policy
            .mechanism()
            .position(&(voter as u32))
            .expect("a store in memory")
            .expect("a position");
        assert_eq!(state.account, format!("a{voter:03}"));
        assert_eq!(
            (view.position.t.get(), view.earned.0, view.position.locked.0),
            (state.t, state.earned.0, state.locked.0)
        );
        assert_eq!(view.position.miner.map(|miner| miner.0), state.miner);
    }
}

#[test]
fn equal_stakes_are_elected_equally() {
    // 1,000 rounds, 101 of 250: each 404 times, standard deviation 15.5.
    let positions: Vec<(u64, u32)> = (0..250).map(|place| (10, place)).collect();
    let mut study = small(101, 2, 86_400);
    study.run.rounds = 1_000;
    let world = world(&positions, 250);
    for name in ["entanmo", "linear-lottery", "root-lottery"] {
        let task = crate::task::Task {
            study: &study,
            world: &world,
            policy: name,
            seed: 5,
            variant: 0,
        };
        let run = task.run(&|_| true).expect("a run");
        let mut squares = 0.0;
        for miner in &run.miners {
            squares += (miner.seated - 0.404) * (miner.seated - 0.404);
        }
        let deviation = libm::sqrt(squares / 250.0);
        assert!((0.012..0.019).contains(&deviation), "{name}: {deviation}");
    }
}

#[test]
fn the_draw_has_the_exact_inclusion_probabilities() {
    let weights = [8u128, 4, 2, 1, 1];
    let candidates: Vec<Candidate> = weights
        .iter()
        .enumerate()
        .map(|(id, weight)| Candidate {
            miner: MinerId(id as u32),
            votes: Votes(*weight),
            produced: 0,
            slots: 0,
            weight: Votes(*weight),
        })
        .collect();
    // Two of five: by the first pick, or by the second after each other first pick.
    let total: u128 = weights.iter().sum();
    let exact = |own: usize| {
        let share = |weight: u128, of: u128| weight as f64 / of as f64;
        let later: f64 = (0..5)
            .filter(|other| *other != own)
            .map(|other| share(weights[other], total) * share(weights[own], total - weights[other]))
            .sum();
        share(weights[own], total) + later
    };
    let mut stream = Stream::new(4, "draws");
    let trials = 40_000;
    let mut counts = [0u32; 5];
    for round in 0..trials {
        let picks = draw::draw(etm_mechanism::Round(round), &stream.bytes(), &candidates, 2)
            .expect("small weights");
        picks
            .iter()
            .for_each(|pick| counts[pick.miner.0 as usize] += 1);
    }
    for (own, count) in counts.iter().enumerate() {
        let (found, exact) = (f64::from(*count) / trials as f64, exact(own));
        let error = libm::sqrt(exact * (1.0 - exact) / trials as f64);
        assert!(
            (found - exact).abs() < 4.0 * error,
            "{own}: {found} {exact}"
        );
    }
}

#[test]
fn splitting_over_n_accounts_multiplies_votes_by_the_fourth_root_of_n() {
    let study = small(4, 4, 86_400);
    let start = start(&study, [0; 32]);
    let votes = |accounts: u64| {
        let positions: Vec<(u64, u32)> = (0..accounts)
            .map(|place| (1_000_000 / accounts, (place % 4) as u32))
            .collect();
        let policy = EnTanMo::new(&world(&positions, 4), &start).expect("a valid world");
        policy
            .miners()
            .expect("miners")
            .iter()
            .map(|miner| miner.votes)
            .sum::<f64>()
    };
    let one = votes(1);
    for accounts in [16u64, 10_000] {
        let factor = votes(accounts) / one;
        let expected = libm::pow(accounts as f64, 0.25);
        assert!(
            (factor / expected - 1.0).abs() < 1e-5,
            "{accounts}: {factor} {expected}"
        );
    }
}

#[test]
fn policies_differ_as_they_say() {
    let positions: Vec<(u64, u32)> = (0..20)
        .map(|place| (10_000 - u64::from(place) * 400, place))
        .collect();
    let (world, study) = (world(&positions, 20), small(5, 6, 86_400));
    let start = start(&study, [1; 32]);
    for entry in POLICIES {
        let mut policy = (entry.start)(&world, &start).expect("a valid world");
        let mut all: Vec<u32> = Vec::new();
        let mut stream = Stream::new(1, "beacons");
        for number in 0..60 {
            let committee = policy.committee().to_vec();
            assert_eq!(committee.len(), 5, "{}", entry.name);
            all.extend(&committee);
            let count = if number == 0 { 5 } else { 6 };
            let blocks: Vec<Block> = (0..count)
                .map(|slot| Block {
                    producer: committee[slot % 5],
                    missed: 0,
                    timestamp: number * 18 + slot as u64,
                })
                .collect();
            let round = Round {
                number,
                blocks: &blocks,
                missed: &[],
                beacon: stream.bytes(),
                moves: &[],
            };
            policy.play(&round).expect("a valid round");
        }
        all.sort_unstable();
        all.dedup();
        match entry.seats {
            // Sixteen choices each don't lead to the greatest sums, but to the same five for an era.
            Seats::Top if entry.name == "phragmen" => assert_eq!(all.len(), 5, "{all:?}"),
            Seats::Top => assert_eq!(all, [0, 1, 2, 3, 4], "{}", entry.name),
            Seats::Drawn => assert!(all.len() >= 18, "{}: {all:?}", entry.name),
        }
        assert!(find(entry.name).is_ok());
    }
    assert!(find("nonsense").is_err_and(|text| text.contains("top101")));
}

#[test]
fn bonus_is_never_more_than_was_issued_and_nearly_all_is_shared() {
    let (world, study) = (mixed_world(), small(5, 8, 600));
    let start = start(&study, [9; 32]);
    for entry in POLICIES {
        let mut policy = (entry.start)(&world, &start).expect("a valid world");
        film(policy.as_mut(), &study, 120, 30, 50, start.beacon);
        let earned: f64 = (0..120)
            .map(|voter| policy.position(voter).expect("a position").earned)
            .sum();
        let issued = 50.0 * 8.0 - 1.0;
        assert!(
            earned <= issued + 1e-6 && earned > issued * 0.9,
            "{}: {earned} of {issued}",
            entry.name
        );
    }
}
