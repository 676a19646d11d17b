use super::*;

#[test]
fn files_are_put_aside_at_most_once_in_a_pause_that_doubles() {
    let begun = Instant::now();
    let mut pauses = Pauses::default();
    assert_eq!(pauses.wait(begun), None, "the first at once");
    let mut now = begun;
    for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
        pauses.began(now);
        let pause = Duration::from_secs(60 * minutes);
        let just_before = pause.checked_sub(Duration::from_millis(1)).unwrap();
        assert_eq!(pauses.wait(now + just_before), Some(pause));
        now += pause;
        assert_eq!(pauses.wait(now), None);
    }
    now += CALM;
    pauses.began(now);
    assert_eq!(pauses.wait(now), Some(FIRST_PAUSE), "a new row");
}

#[test]
fn a_disk_that_fails_now_and_then_condemns_nothing() {
    let health = Health::default();
    let begun = Instant::now();
    for hour in 0..100 {
        let now = begun + Duration::from_secs(3_600 * hour);
        assert!(!health.glitch(now));
        assert!(!health.glitch(now + Duration::from_secs(1)));
    }
    let now = begun + Duration::from_secs(9_999_999);
    let again = [0, 1, 2].map(|second| health.glitch(now + Duration::from_secs(second)));
    assert_eq!(again, [false, false, true]);
}

#[test]
fn it_is_told_until_all_is_whole() {
    let health = Health::default();
    assert_eq!(health.condition().trouble, None);
    health.note(Some(&"locked"));
    assert_eq!(health.condition().trouble.as_deref(), Some("locked"));
    health.condemn(&"a page is no page");
    health.condemn(&"another, found later");
    health.note(None);
    let trouble = health.condition().trouble.unwrap();
    assert!(trouble.contains("a page is no page"), "{trouble}");
    let now = Instant::now();
    let condemned = health.may_put_aside(now).unwrap().unwrap();
    assert_eq!(condemned.why, "a page is no page");
    health.was_put_aside(now, Path::new("aside"));
    assert!(health.condemned().is_none());
    let trouble = health.condition().trouble.unwrap();
    assert!(trouble.contains("anew"), "{trouble}");
    assert!(trouble.contains("a page is no page"), "{trouble}");
    health.is_whole();
    assert_eq!(health.condition().trouble, None);
    assert_eq!(health.condition().put_aside, 1);
    // The next one has to wait, and says so.
    health.condemn(&"again");
    let waits = health.may_put_aside(now).unwrap_err().to_string();
    assert!(waits.contains("60 s"), "{waits}");
    assert_eq!(health.condition().trouble, Some(waits));
}
