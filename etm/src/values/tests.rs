use super::*;

#[test]
fn durations_are_read_with_their_unit() {
    assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
    assert_eq!(duration("2s"), Ok(Duration::from_secs(2)));
    assert_eq!(duration("24h"), Ok(Duration::from_secs(86_400)));
}

#[test]
fn what_is_no_duration_is_refused_with_an_example() {
    for text in [
        "",
        "5",
        "0s",
        "ms",
        "-1s",
        "1.5s",
        "1 s",
        "99999999999999999999h",
        "18446744073709551615h",
    ] {
        let error = duration(text).expect_err(text);
        assert!(error.contains("500ms"), "{error}");
    }
}

/// What is less than a second would be left out of the chain without a word.
#[test]
fn a_day_has_whole_seconds() {
    for (text, seconds) in [("1s", 1), ("3000ms", 3), ("24h", 86_400)] {
        assert_eq!(day(text), Ok(Duration::from_secs(seconds)));
    }
    for (text, right) in [
        ("1500ms", "write 2s,"),
        ("400ms", "write 1s,"),
        ("0s", "at least"),
        ("1d", "24h"),
    ] {
        let error = day(text).expect_err(text);
        assert!(error.contains(right), "{error}");
    }
}

#[test]
fn a_history_is_full_or_of_some_rounds_or_off() {
    for text in ["full", "rounds 200", "rounds 1000000", "off"] {
        assert_eq!(history(text).map(history_text).as_deref(), Ok(text));
    }
    for text in [
        "",
        "on",
        "rounds",
        "rounds 199",
        "rounds 1000001",
        "rounds -1",
        "rounds all",
        "200",
    ] {
        let error = history(text).expect_err(text);
        assert!(
            error.contains("rounds N with N from 200 to 1000000"),
            "{error}"
        );
    }
}

#[test]
fn how_many_blocks_are_kept_is_all_or_a_number() {
    assert_eq!(retention("all"), Ok(Retention::All));
    let some = Retention::Blocks(NonZeroU32::new(5_000).unwrap());
    assert_eq!(retention("5000"), Ok(some));
    for kept in [Retention::All, some] {
        assert_eq!(retention(&retention_text(kept)), Ok(kept));
    }
    for text in ["", "0", "-1", "none", "1000001", "99999999999999999999"] {
        let error = retention(text).expect_err(text);
        assert!(error.contains("`all`"), "{error}");
    }
}
