use super::*;
use etm_mechanism::{Candidate, MinerId, Votes};

const MINERS: u32 = 40;

/// One voter of 1 ETM for each miner, and `voters` of 1,000 ETM each for each favourite.
fn elect(rule: &mut Phragmen, round: u64, camps: &[(u32, usize)]) -> Vec<u32> {
    let mut stakes = vec![1.0; MINERS as usize];
    let mut choices: Vec<u32> = (0..MINERS).collect();
    for (favourite, voters) in camps {
        stakes.extend(std::iter::repeat_n(1_000.0, *voters));
        choices.extend(std::iter::repeat_n(*favourite, *voters));
    }
    let candidates: Vec<Candidate> = (0..MINERS)
        .map(|miner| {
            let own = choices
                .iter()
                .zip(&stakes)
                .filter(|(choice, _)| **choice == miner);
            let votes = Votes(own.map(|(_, stake)| *stake as u128).sum());
            Candidate {
                miner: MinerId(miner),
                votes,
                produced: 0,
                slots: 0,
                weight: votes,
            }
        })
        .collect();
    rule.elect(&Election {
        round,
        beacon: &[0; 32],
        candidates: &candidates,
        seats: 8,
        stakes: &stakes,
        choices: &choices,
    })
}

fn rule() -> Phragmen {
    Phragmen {
        elected: Vec::new(),
        since: 0,
    }
}

fn seats(elected: &[u32], miners: std::ops::Range<u32>) -> usize {
    elected
        .iter()
        .filter(|miner| miners.contains(miner))
        .count()
}

#[test]
fn camps_have_seats_in_proportion() {
    // Camps with 16 choices each that don't overlap: what is left is the method of D'Hondt.
    for (first, second, expected) in [(30, 10, (6, 2)), (20, 20, (4, 4)), (39, 1, (8, 0))] {
        let elected = elect(&mut rule(), 0, &[(0, first), (20, second)]);
        assert_eq!(elected.len(), 8);
        let found = (seats(&elected, 0..16), seats(&elected, 20..36));
        assert_eq!(found, expected, "{first} to {second}: {elected:?}");
    }
}

#[test]
fn an_election_holds_for_an_era() {
    let mut rule = rule();
    let before = elect(&mut rule, 0, &[(0, 40)]);
    assert_eq!(seats(&before, 0..16), 8);
    assert_eq!(elect(&mut rule, ERA_ROUNDS - 1, &[(20, 40)]), before);
    let after = elect(&mut rule, ERA_ROUNDS, &[(20, 40)]);
    assert_eq!(seats(&after, 20..36), 8);
}
