use super::Options;

#[test]
fn a_bare_devnet_has_the_defaults_its_help_names() {
    let options = Options::default();
    assert_eq!(
        (options.miners(), options.committee(), options.round()),
        (9, 5, 20)
    );
    assert_eq!((options.slot_ms(), options.day_seconds()), (500, 60));
}
