use super::*;
use crate::performance::V_ONE;
use alloc::vec::Vec;

/// Candidates with these weights, which no slot has changed yet.
fn candidates(weights: &[u128]) -> Vec<Candidate> {
    let candidates = weights.iter().zip(0..).map(|(weight, index)| Candidate {
        miner: MinerId(10 * index),
        votes: Votes(*weight),
        produced: 0,
        slots: 0,
        weight: Votes(*weight),
    });
    candidates.collect()
}

fn receipt(weights: &[u128], committee: u32) -> DrawReceipt {
    let params = Params {
        committee,
        min_committee: 2,
        ..Params::mainnet()
    };
    let draw = Draw {
        params: &params,
        round: Round(7),
        beacon: &[9; 32],
        average: V_ONE,
    };
    draw.hold(candidates(weights), vec![MinerId(3)]).unwrap()
}

#[test]
fn the_tree_equals_plain_sums() {
    let mut state = 1u64;
    for count in [2usize, 3, 4, 5, 7, 8, 9, 31, 64, 65, 200] {
        let weights: Vec<u128> = (0..count)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(7);
                1 + u128::from(state >> (state % 60))
            })
            .collect();
        for committee in [1, 2, count as u32 / 2 + 1, count as u32, 500] {
            let receipt = receipt(&weights, committee);
            assert_eq!(verify_draw(&receipt), Ok(()));
            assert_eq!(receipt.members.len(), count.min(committee as usize));
        }
    }
}

#[test]
fn weights_up_to_the_bounds() {
    let receipt = receipt(&[1 << 85, 1, (1 << 85) - 1, 1 << 126], 4);
    assert_eq!(verify_draw(&receipt), Ok(()));
    assert!(draw(Round(0), &[0; 32], &candidates(&[u128::MAX, 1]), 1).is_none());
    assert_eq!(
        draw(Round(0), &[0; 32], &candidates(&[u128::MAX]), 5)
            .unwrap()
            .len(),
        1
    );
    assert_eq!(draw(Round(0), &[0; 32], &[], 1).unwrap(), []);
}

#[test]
fn each_wrong_step_is_named() {
    let fine = receipt(&[5, 3, 9, 1, 7], 3);
    assert_eq!(verify_draw(&fine), Ok(()));
    type Change = fn(&mut DrawReceipt);
    let table: &[(Change, DrawFault)] = &[
        (|receipt| receipt.committee = 0, DrawFault::Params),
        (|receipt| receipt.min_committee = 0, DrawFault::Params),
        (
            |receipt| receipt.candidates.swap(1, 2),
            DrawFault::CandidateOrder(2),
        ),
        (
            |receipt| receipt.candidates[1].miner = MinerId(0),
            DrawFault::CandidateOrder(1),
        ),
        (
            |receipt| receipt.candidates[3].weight = Votes(2),
            DrawFault::Weight(3),
        ),
        (
            |receipt| receipt.candidates[3].votes = Votes(2),
            DrawFault::Weight(3),
        ),
        (
            |receipt| receipt.candidates[3].slots = 1,
            DrawFault::Weight(3),
        ),
        (
            |receipt| receipt.candidates[3].produced = 1,
            DrawFault::Weight(3),
        ),
        (|receipt| receipt.average -= 1, DrawFault::Weight(0)),
        (
            |receipt| {
                let candidate = &mut receipt.candidates[4];
                (candidate.votes, candidate.weight) = (Votes(u128::MAX), Votes(u128::MAX));
            },
            DrawFault::Total,
        ),
        (
            |receipt| receipt.kept = true,
            DrawFault::Kept {
                candidates: 5,
                required: 2,
            },
        ),
        (
            |receipt| receipt.min_committee = 6,
            DrawFault::Kept {
                candidates: 5,
                required: 6,
            },
        ),
        (
            |receipt| receipt.committee = 4,
            DrawFault::PickCount {
                found: 3,
                expected: 4,
            },
        ),
        (
            |receipt| _ = receipt.picks.pop(),
            DrawFault::PickCount {
                found: 2,
                expected: 3,
            },
        ),
        (|receipt| receipt.round = Round(8), DrawFault::PickHash(0)),
        (|receipt| receipt.beacon[31] ^= 1, DrawFault::PickHash(0)),
        (
            |receipt| receipt.picks[2].hash[0] ^= 1,
            DrawFault::PickHash(2),
        ),
        (
            |receipt| receipt.picks[1].total.0 += 1,
            DrawFault::PickTotal(1),
        ),
        (
            |receipt| receipt.picks[1].point.0 += 1,
            DrawFault::PickPoint(1),
        ),
        (
            |receipt| receipt.picks[2].miner.0 += 1,
            DrawFault::PickMiner(2),
        ),
        (|receipt| receipt.members.swap(0, 1), DrawFault::Members),
        (|receipt| _ = receipt.members.pop(), DrawFault::Members),
    ];
    for (change, fault) in table {
        let mut wrong = fine.clone();
        change(&mut wrong);
        assert_eq!(verify_draw(&wrong), Err(*fault));
    }
    // Too few candidates: the previous committee serves again.
    let kept = receipt(&[5], 3);
    assert!(kept.kept && kept.members == [MinerId(3)] && kept.picks.is_empty());
    assert_eq!(verify_draw(&kept), Ok(()));
    let mut wrong = kept;
    wrong.members = vec![MinerId(0)];
    assert_eq!(verify_draw(&wrong), Err(DrawFault::NotPrevious));
}

/// The picks follow the probabilities of section 5: the first seat, and the second given the first, by chi-square.
#[test]
fn the_draw_is_fair() {
    let weights = [1u128, 2, 3, 5, 8, 13, 21, 47];
    let total: u128 = weights.iter().sum();
    let draws = 40_000u64;
    let candidates = candidates(&weights);
    let mut first = [0u64; 8];
    let mut pairs = [[0u64; 8]; 8];
    for round in 0..draws {
        let picks = draw(Round(round), &[77; 32], &candidates, 2).unwrap();
        let place = |index: usize| (picks[index].miner.0 / 10) as usize;
        first[place(0)] += 1;
        pairs[place(0)][place(1)] += 1;
    }
    let term =
        |seen: u64, expected: f64| (seen as f64 - expected) * (seen as f64 - expected) / expected;
    let chi: f64 = (0..8)
        .map(|index| {
            term(
                first[index],
                draws as f64 * weights[index] as f64 / total as f64,
            )
        })
        .sum();
    // 7 degrees of freedom: 24.3 is exceeded once in a thousand times; the beacon is fixed, so this never changes.
    assert!(chi < 24.3, "first seat: {chi}");
    let mut chi = 0.0;
    for one in 0..8 {
        for two in (0..8).filter(|two| *two != one) {
            let chance = weights[one] as f64 / total as f64 * weights[two] as f64
                / (total - weights[one]) as f64;
            chi += term(pairs[one][two], draws as f64 * chance);
        }
    }
    // 55 degrees of freedom: 93.2 is exceeded once in a thousand times.
    assert!(chi < 93.2, "pairs: {chi}");
}
