use super::*;

fn cohort(id: u64, t: u8, weight: u64, gain: u128) -> Cohort {
    Cohort {
        id: CohortId(id),
        t: TimeGain::new(t).unwrap(),
        rank: 0,
        references: 1,
        weight,
        gain,
    }
}

#[test]
fn records_are_ordered() {
    assert!(Cohorts::new(alloc::vec![cohort(0, 1, 1, 0), cohort(1, 2, 1, 0)]).is_some());
    assert!(Cohorts::new(alloc::vec![cohort(0, 2, 1, 0), cohort(1, 2, 1, 0)]).is_none());
    assert!(Cohorts::new(alloc::vec![cohort(0, 3, 1, 0), cohort(1, 2, 1, 0)]).is_none());
}

#[test]
fn a_full_house_halved_by_a_committee_member_that_made_every_block() {
    let all = (1..=32).map(|t| cohort(t.into(), t, 10, u128::MAX - u128::from(t)));
    let mut cohorts = Cohorts::new(all.collect()).unwrap();
    let mut merged = Vec::new();
    cohorts.step(|t| t.halved(101), &mut merged);
    assert_eq!(cohorts.as_slice().len(), 1);
    assert_eq!(merged.len(), 31);
    let live = cohorts.as_slice()[0];
    assert_eq!((live.t, live.weight), (TimeGain::MIN, 320));
    // Gains of every cohort lead to that of the live one, through the shifts.
    for t in 1..=32u64 {
        let (mut id, mut gain) = (CohortId(t), u128::MAX - u128::from(t));
        let mut steps = 0;
        while id != live.id {
            let (_, node) = merged.iter().find(|(other, _)| *other == id).unwrap();
            let CohortNode::Merged { into, shift, .. } = node else {
                panic!("{node:?}");
            };
            (id, gain) = (*into, gain.wrapping_add(*shift));
            steps += 1;
        }
        assert_eq!(gain, live.gain);
        assert!(steps <= live.rank, "{steps} steps at rank {}", live.rank);
    }
    let references: u64 = merged
        .iter()
        .map(|(_, node)| match node {
            CohortNode::Merged { references, .. } => *references,
            CohortNode::Live(_) => 0,
        })
        .sum();
    // 32 positions and 31 links.
    assert_eq!(references + live.references, 32 + 31);
}

#[test]
fn the_cap_merges_only_where_it_must() {
    let mut cohorts = Cohorts::new(alloc::vec![
        cohort(0, 1, 1, 0),
        cohort(1, 30, 2, 5),
        cohort(2, 31, 4, 6),
        cohort(3, 32, 8, 7),
    ])
    .unwrap();
    let mut merged = Vec::new();
    cohorts.step(|t| t.after_days(1), &mut merged);
    let found: Vec<_> = cohorts
        .as_slice()
        .iter()
        .map(|cohort| (cohort.t.get(), cohort.weight))
        .collect();
    assert_eq!(found, [(2, 1), (31, 2), (32, 12)]);
    assert_eq!(merged.len(), 1);
    cohorts.step(|t| t.after_days(u64::MAX), &mut merged);
    assert_eq!(cohorts.as_slice().len(), 1);
    assert_eq!(cohorts.as_slice()[0].weight, 15);
}
