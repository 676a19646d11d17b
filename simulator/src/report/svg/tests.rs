use super::*;

#[test]
fn numbers_are_short_and_readable() {
    let cases = [
        (0.0, "0"),
        (1.0, "1"),
        (0.333_333, "0.3333"),
        (101.0, "101"),
        (12_345.0, "12.35k"),
        (235_000_000.0, "235M"),
        (0.000_01, "1e-5"),
        (-2.5, "-2.5"),
        (9_999.0, "9999"),
    ];
    for (value, text) in cases {
        assert_eq!(short(value), text);
    }
    assert_eq!(short(f64::NAN), "–");
    assert_eq!(
        [shorter(0.6041), shorter(114.4), shorter(0.00123)],
        ["0.6", "114", "0.0012"]
    );
}

#[test]
fn ticks_lie_on_the_axis() {
    for (low, high, log) in [
        (0.0, 1.0, false),
        (0.0, 37.0, false),
        (1e-6, 1.0, true),
        (100.0, 5_000.0, true),
        (-3.0, 8.0, false),
    ] {
        let axis = Axis {
            label: String::new(),
            range: (low, high),
            log,
            percent: false,
            whole: false,
        };
        let ticks = axis.ticks();
        assert!((2..=20).contains(&ticks.len()), "{low} {high}: {ticks:?}");
        assert!(
            ticks
                .iter()
                .all(|tick| *tick >= low - 1e-9 && *tick <= high * 1.01),
            "{ticks:?}"
        );
    }
}

#[test]
fn days_are_whole_and_small_chances_are_powers() {
    let days = Axis::from_zero("day", [2.0].into_iter()).in_whole();
    assert_eq!(days.ticks(), [0.0, 1.0, 2.0]);
    let chance = Axis::chance("probability", 1e-9);
    let shown: Vec<String> = chance
        .ticks()
        .iter()
        .map(|tick| chance.show(*tick))
        .collect();
    assert!(shown.contains(&"10⁻⁶".to_string()), "{shown:?}");
    assert!(shown.contains(&"1".to_string()), "{shown:?}");
}

#[test]
fn charts_survive_values_that_are_none() {
    let axis = Axis::from_zero("y", [f64::NAN, f64::INFINITY].into_iter());
    let log = Axis::log_around("x", [0.0, -1.0].into_iter());
    let line = Series {
        points: vec![(f64::NAN, f64::NAN), (0.0, f64::INFINITY)],
        ..Series::default()
    };
    let chart = lines("t", &log, &axis, &[line]);
    assert!(!chart.contains("NaN") && !chart.contains("inf"), "{chart}");
    assert!(bars("t", "x", &[], &axis, &[]).ends_with("</svg>"));
}

#[test]
fn names_can_not_break_out() {
    let line = Series {
        name: "<script>\"".into(),
        points: vec![(0.0, 0.0)],
        ..Series::default()
    };
    let chart = lines(
        "<b>",
        &Axis::linear("<i>", 0.0, 1.0),
        &Axis::linear("y", 0.0, 1.0),
        &[line],
    );
    assert!(!chart.contains("<script>") && !chart.contains("<b>") && !chart.contains("<i>"));
}
