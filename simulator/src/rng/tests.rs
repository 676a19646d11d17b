use super::Stream;

#[test]
fn a_stream_is_fixed_by_seed_and_purpose() {
    let mut stream = Stream::new(7, "beacon");
    let first = [stream.bits(), stream.bits()];
    let mut again = Stream::new(7, "beacon");
    assert_eq!(first, [again.bits(), again.bits()]);
    assert_ne!(first[0], Stream::new(7, "moves").bits());
    assert_ne!(first[0], Stream::new(8, "beacon").bits());
}

#[test]
fn uniform_numbers_stay_in_range_and_fill_it() {
    let mut stream = Stream::new(1, "test");
    let mut counts = [0u32; 7];
    for _ in 0..70_000 {
        counts[stream.below(7) as usize] += 1;
        let unit = stream.unit();
        assert!((0.0..1.0).contains(&unit));
    }
    // 10,000 each; the standard deviation is 93.
    assert!(
        counts.iter().all(|count| count.abs_diff(10_000) < 500),
        "{counts:?}"
    );
    assert_eq!(stream.below(0), 0);
    assert_eq!(stream.below(1), 0);
}

#[test]
fn normal_numbers_have_mean_0_and_variance_1() {
    let mut stream = Stream::new(2, "test");
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..100_000 {
        let value = stream.normal();
        sum += value;
        squares += value * value;
    }
    assert!((sum / 1e5).abs() < 0.02);
    assert!((squares / 1e5 - 1.0).abs() < 0.03);
}

#[test]
fn picks_follow_the_weights() {
    let mut stream = Stream::new(3, "test");
    let cumulative = [1.0, 1.0, 4.0];
    let mut counts = [0u32; 3];
    for _ in 0..40_000 {
        counts[stream.pick(&cumulative)] += 1;
    }
    assert_eq!(counts[1], 0);
    assert!(counts[0].abs_diff(10_000) < 500);
}
