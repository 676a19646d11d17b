//! A mainnet round of static voters: its cost must not depend on the number of positions. And a day of voters that look
//! for a better miner.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use etm_simulator::{
    study,
    task::Task,
    timing::{self, Static},
    world::World,
};
use std::{hint::black_box, path::Path, time::Duration};

fn static_round(criterion: &mut Criterion) {
    println!("machine: {}; one thread", timing::machine());
    println!(
        "inputs: positions of 1 to 11 ETM spread evenly over 1,000 miners, nobody moves; mainnet parameters, every slot is used"
    );
    let mut group = criterion.benchmark_group("static_round/miners=1000");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(2));
    for positions in [10_000, 100_000, 1_000_000, 10_000_000] {
        let Ok(mut network) = Static::new(positions, 1_000) else {
            continue;
        };
        group.bench_function(BenchmarkId::new("positions", positions), |bencher| {
            bencher.iter(|| black_box(network.round().is_ok()));
        });
    }
    group.finish();
}

/// From nothing to the end of a day of 285 rounds: all that a question about static voters costs.
fn static_day(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("genesis_and_day/miners=1000,rounds=285");
    group.sample_size(10);
    for positions in [10_000, 100_000, 1_000_000, 10_000_000] {
        group.bench_function(BenchmarkId::new("positions", positions), |bencher| {
            bencher.iter(|| {
                let mut network = Static::new(positions, 1_000).ok()?;
                (0..285).try_for_each(|_| network.round()).ok()
            });
        });
    }
    group.finish();
}

fn best_response_day(criterion: &mut Criterion) {
    let text = "name = \"day\"\n[population]\nkind = \"holders-40k\"\ntotal = 235000000\n[behaviour]\nloyal = 0.5\nbest_response = 0.5\n[run]\nrounds = 856\n";
    let Ok(variants) = study::variants(text, &[]) else {
        return;
    };
    let study = &variants[0].study;
    let mut group =
        criterion.benchmark_group("best_response/holders=40k,miners=300,responders=1000");
    group.sample_size(10).throughput(Throughput::Elements(3));
    group.bench_function("days=3", |bencher| {
        bencher.iter_batched(
            || World::build(study, Path::new(""), 1),
            |world| {
                let world = world.ok()?;
                let task = Task {
                    study,
                    world: &world,
                    policy: "entanmo",
                    seed: 1,
                    variant: 0,
                };
                task.run(&|_| true).ok().map(|run| run.rounds)
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, static_round, static_day, best_response_day);
criterion_main!(benches);
