use super::duration;
use std::time::Duration;

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
