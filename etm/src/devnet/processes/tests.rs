use super::*;

#[test]
fn who_is_killed_is_not_given_up_and_who_ends_by_itself_is() {
    let soon = Duration::from_secs(3);
    let killed = ExitStatus::from_raw(SIGKILL);
    let failed = ExitStatus::from_raw(1 << 8);
    let aborted = ExitStatus::from_raw(6);
    let after = |ends: &[(Duration, ExitStatus)]| {
        ends.iter()
            .fold(0, |before, (lived, status)| deaths(before, *lived, *status))
    };
    assert_eq!(after(&[(soon, killed); 20]), 0);
    assert_eq!(after(&[(soon, failed); 5]), GIVE_UP_AFTER);
    assert_eq!(after(&[(soon, aborted); 5]), GIVE_UP_AFTER);
    assert_eq!(after(&[(SOON, failed); 20]), 1);
    assert_eq!(
        after(&[
            (soon, failed),
            (soon, failed),
            (soon, killed),
            (soon, failed)
        ]),
        1
    );
}
