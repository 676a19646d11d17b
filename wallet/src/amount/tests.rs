use super::*;
use proptest::prelude::*;

#[test]
fn reads_what_people_write() {
    for (text, units) in [
        ("0", 0),
        ("1", 100_000_000),
        ("12.5", 1_250_000_000),
        ("0.00000001", 1),
        ("00012.50", 1_250_000_000),
        ("500000000", 50_000_000_000_000_000),
        ("184467440737.09551615", u64::MAX),
        ("100,000", 10_000_000_000_000),
        ("1,234,567.5", 123_456_750_000_000),
    ] {
        assert_eq!(parse_etm(text), Ok(units), "{text}");
    }
}

#[test]
fn refuses_what_could_be_misread() {
    for text in [
        "", ".", "1.", ".5", "-1", "+1", "1e3", "1 000", "1.2.3", "0x10", "١", "1_000", " 1",
        "1\n", "ETM",
    ] {
        assert!(
            matches!(parse_etm(text), Err(AmountError::Shape(_))),
            "{text:?}: {:?}",
            parse_etm(text)
        );
    }
    for text in [
        "1,5",
        "1,00",
        "1000,000",
        "1,000,00",
        ",100",
        "100,",
        "1,,000",
        "0,100,0.5",
    ] {
        assert!(
            matches!(parse_etm(text), Err(AmountError::Comma(_))),
            "{text:?}: {:?}",
            parse_etm(text)
        );
    }
    assert_eq!(
        parse_etm("0.123456789"),
        Err(AmountError::TooManyDecimals("0.123456789".into(), 9))
    );
    assert!(matches!(
        parse_etm("184467440737.09551616"),
        Err(AmountError::TooLarge(_))
    ));
    assert!(matches!(
        parse_etm(&"9".repeat(1000)),
        Err(AmountError::TooLarge(_))
    ));
}

#[test]
fn groups_thousands() {
    assert_eq!(show_etm_grouped(0), "0");
    assert_eq!(show_etm_grouped(99_900_000_000), "999");
    assert_eq!(show_etm_grouped(123_456_750_000_000), "1,234,567.5");
    assert_eq!(show_etm_grouped(u64::MAX), "184,467,440,737.09551615");
}

proptest! {
    #[test]
    fn every_amount_survives_being_shown(units: u64) {
        prop_assert_eq!(parse_etm(&show_etm(units)), Ok(units));
    }

    #[test]
    fn no_text_panics(text in ".{0,80}") {
        let _ = parse_etm(&text);
    }
}
