use super::*;

#[test]
fn the_limit_is_raised_as_far_as_it_may() {
    let (_, hard) = Resource::NOFILE.get().unwrap();
    let told = (hard != INFINITY).then_some(hard);
    assert_eq!(raise_limit(), told);
    assert_eq!(Resource::NOFILE.get().unwrap(), (hard, hard));
    assert_eq!(raise_limit(), told, "and again");
}

#[test]
fn the_systems_words_are_explained_once() {
    let explained = explain("no threads: Too many open files (os error 24)");
    assert!(explained.ends_with(ADVICE), "{explained}");
    assert_eq!(explain(&explained), explained);
    assert_eq!(explain("something else"), "something else");
}

#[test]
fn the_usual_devnet_fits_the_usual_limit() {
    assert!(needed(9, 9, 20) <= 1_024);
    assert!(needed(1, 101 * 2 + 64, 101) <= 1_024);
    assert!(needed(64, 64, 20) > 1_024);
    assert_eq!(needed(2, 2, 10), needed(2, 2, 20) + 2 * 7 * 20);
}
