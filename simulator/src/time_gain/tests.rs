use super::*;
use crate::rng::Stream;

const BLOCKS: Halvings = Halvings {
    rule: Halving::EachBlock,
    blocks_per_seat: 1.0,
};
const DAILY: Halvings = Halvings {
    rule: Halving::OnceADay,
    blocks_per_seat: 1.0,
};
const ROUNDS: Halvings = Halvings {
    rule: Halving::EachRound,
    blocks_per_seat: 1.0,
};

#[test]
fn without_halvings_it_reaches_32_and_with_many_it_stays_at_1() {
    assert!((mean(&stationary(&BLOCKS, 0.0)) - 32.0).abs() < 1e-9);
    assert!((mean(&stationary(&BLOCKS, 300.0)) - 1.0).abs() < 1e-9);
    let sum: f64 = stationary(&BLOCKS, 0.7).iter().sum();
    assert!((sum - 1.0).abs() < 1e-9);
}

/// The mean of `t` before a step over many steps, by chance: a Poisson number of seats, each with blocks for itself.
fn walk(halvings: &Halvings, rounds: f64) -> f64 {
    let mut stream = Stream::new(1, "walk");
    let mut poisson = |mean: f64| {
        let (mut count, mut time) = (0u32, -libm::log(stream.positive()));
        while time < mean {
            count += 1;
            time -= libm::log(stream.positive());
        }
        count
    };
    let (mut t, mut sum) = (1u32, 0.0);
    let steps = 200_000;
    for _ in 0..steps {
        t = (t + 1).min(32);
        let blocks: Vec<u32> = (0..poisson(rounds))
            .map(|_| poisson(halvings.blocks_per_seat))
            .collect();
        let times = match halvings.rule {
            Halving::EachBlock => blocks.iter().sum(),
            Halving::EachRound => blocks.iter().filter(|blocks| **blocks > 0).count() as u32,
            Halving::OnceADay => u32::from(blocks.iter().any(|blocks| *blocks > 0)),
        };
        t = (t >> times.min(6)).max(1);
        sum += f64::from(t);
    }
    sum / f64::from(steps)
}

#[test]
fn the_stationary_mean_agrees_with_a_walk() {
    for halvings in [
        BLOCKS,
        ROUNDS,
        DAILY,
        Halvings {
            blocks_per_seat: 2.5,
            ..BLOCKS
        },
    ] {
        for rounds in [0.1, 0.6, 2.0] {
            let (found, expected) = (
                walk(&halvings, rounds),
                mean(&stationary(&halvings, rounds)),
            );
            assert!(
                (found / expected - 1.0).abs() < 0.02,
                "{halvings:?} {rounds}: {found} {expected}"
            );
        }
    }
}

#[test]
fn a_forecast_of_one_day_is_todays_gain_and_halving_costs() {
    let day = Forecast::new(1, gain, &BLOCKS);
    assert!((day.sum(3.0, 16) - 8.0).abs() < 1e-9);
    let month = Forecast::new(30, gain, &BLOCKS);
    assert!(month.sum(0.1, 8) > month.sum(0.1, 4));
    assert!(month.sum(0.1, 4) > month.sum(10.0, 4));
    // A miner that is hardly ever elected: t climbs by 1 a day.
    let climb: f64 = (1..=30).map(gain).sum();
    assert!((month.sum(1.0 / 256.0, 1) / climb - 1.0).abs() < 0.05);
}

#[test]
fn among_equals_the_time_gain_limits_itself() {
    for rounds in [0.05, 0.3] {
        let alone = mean(&stationary(&BLOCKS, rounds));
        let equals = among_equals(&BLOCKS, rounds);
        assert!((equals.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        assert!(
            mean(&equals) < alone && mean(&equals) > 1.0,
            "{} {alone}",
            mean(&equals)
        );
    }
}
