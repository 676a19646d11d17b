use super::*;
use proptest::prelude::*;

#[test]
fn amounts_are_exact_to_eight_decimals() {
    for (text, units) in [
        ("0", 0),
        ("12", 1_200_000_000),
        ("12.5", 1_250_000_000),
        ("0.00000001", 1),
        ("184467440737.09551615", u64::MAX),
    ] {
        assert_eq!(parse_etm(text), Ok(Units(units)));
        assert_eq!(format_etm(Units(units)), text);
    }
    assert_eq!(parse_etm("007.10"), Ok(Units(710_000_000)));
    for text in [
        "", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1.2.3", "\u{661}",
    ] {
        assert_eq!(parse_etm(text), Err(AmountError::Syntax), "{text}");
    }
    assert_eq!(parse_etm("0.000000001"), Err(AmountError::Decimals));
    for text in [
        "184467440737.09551616",
        "184467440738",
        "99999999999999999999999",
    ] {
        assert_eq!(parse_etm(text), Err(AmountError::Range), "{text}");
    }
}

proptest! {
    #[test]
    fn every_amount_round_trips(units: u64) {
        prop_assert_eq!(parse_etm(&format_etm(Units(units))), Ok(Units(units)));
    }

    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = parse_etm(&text);
    }
}
