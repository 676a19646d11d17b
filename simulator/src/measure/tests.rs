use super::*;

fn sorted(values: &[f64]) -> Sorted {
    Sorted::new(values.to_vec())
}

fn gini(values: &[f64]) -> f64 {
    sorted(values).gini()
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-9
}

#[test]
fn equal_shares_have_gini_0_and_one_owner_nearly_1() {
    assert!(close(gini(&[5.0; 40]), 0.0));
    let mut one = vec![0.0; 99];
    one.push(7.0);
    assert!(close(gini(&one), 0.99));
    assert!(close(gini(&[1.0, 3.0]), 0.25));
    // 1, 2, ... n: (n - 1) / (3 n).
    let steps: Vec<f64> = (1..=50).map(f64::from).collect();
    assert!(close(gini(&steps), 49.0 / 150.0));
    assert!(close(gini(&[]), 0.0) && close(gini(&[0.0, 0.0]), 0.0));
}

#[test]
fn hhi_is_one_over_the_number_of_equals() {
    assert!(close(sorted(&[2.0; 8]).hhi(), 0.125));
    assert!(close(sorted(&[0.0, 3.0]).hhi(), 1.0));
}

#[test]
fn nakamoto_counts_the_largest_that_pass_the_share() {
    assert_eq!(sorted(&[1.0; 101]).nakamoto(1.0 / 3.0), 34);
    assert_eq!(sorted(&[1.0; 100]).nakamoto(0.5), 51);
    assert_eq!(sorted(&[60.0, 20.0, 20.0]).nakamoto(0.5), 1);
    assert_eq!(sorted(&[]).nakamoto(0.5), 0);
    assert_eq!(sorted(&[1.0]).nakamoto(1.0), 1);
}

#[test]
fn the_lorenz_curve_runs_from_0_to_1_and_matches_gini() {
    let values: Vec<f64> = (1..=200).map(f64::from).collect();
    let curve = sorted(&values).lorenz(200);
    assert!(close(curve[0], 0.0) && close(curve[200], 1.0));
    let area: f64 = curve
        .windows(2)
        .map(|pair| (pair[0] + pair[1]) / 2.0 / 200.0)
        .sum();
    assert!(close(1.0 - 2.0 * area, gini(&values)));
    assert!(close(sorted(&[3.0, 3.0]).lorenz(4)[1], 0.25));
}

#[test]
fn confidence_intervals_match_the_textbook() {
    let found = estimate(&[1.0, 2.0, 3.0, 4.0, 5.0]).expect("five values");
    assert!(close(found.mean, 3.0));
    // 2.776 * sqrt(2.5) / sqrt(5)
    let half = found.half_width.expect("enough of them");
    assert!((half - 1.963).abs() < 1e-3);
    assert_eq!(found.interval(), Some((3.0 - half, 3.0 + half)));
    // Two values say nothing about how far a third may be.
    for few in [&[4.0][..], &[1.0, 20.0]] {
        let found = estimate(few).expect("a mean");
        assert_eq!((found.half_width, found.interval()), (None, None));
    }
    assert!(estimate(&[1.0, 2.0, 20.0]).is_some_and(|found| found.half_width.is_some()));
    assert!(estimate(&[]).is_none());
    assert!((student_95(60) - 2.000).abs() < 2e-3);
}

#[test]
fn an_interval_of_a_probability_stays_within_0_and_1() {
    // Wilson's interval of 10 in 100, from the literature.
    let (low, high) = proportion(10.0, 100.0);
    assert!((low - 0.0552).abs() < 1e-4 && (high - 0.1744).abs() < 1e-4);
    // Of nothing seen in 1,000 it is about "fewer than 4 in 1,000".
    let (low, high) = proportion(0.0, 1_000.0);
    assert!(low == 0.0 && (high - 0.00383).abs() < 1e-4);
    let (low, high) = proportion(7.0, 7.0);
    assert!(high == 1.0 && low > 0.6);
    assert_eq!(proportion(0.0, 0.0), (0.0, 1.0));
}
