//! The scalars refuse everything that isn't exactly what they write, and codes are unique.

use super::error::ErrorCode;
use super::transaction::SubmitRequest;
use super::{Amount, Bytes, Hash, Integer};

#[test]
fn amounts_are_strings_of_plain_digits() {
    let read = |text: &str| {
        serde_json::from_str::<Amount>(text)
            .ok()
            .map(|amount| amount.0)
    };
    assert_eq!(read("\"0\""), Some(0));
    assert_eq!(read("\"18446744073709551615\""), Some(u64::MAX));
    for wrong in [
        "\"18446744073709551616\"",
        "\"\"",
        "\"-1\"",
        "\"+1\"",
        "\"01\"",
        "\"1.0\"",
        "\" 1\"",
        "\"1e3\"",
        "\"٣\"",
        "1",
        "null",
        "[]",
    ] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
    assert_eq!(
        serde_json::to_string(&Amount(12)).ok().as_deref(),
        Some("\"12\"")
    );
}

#[test]
fn integers_reach_128_bits() {
    let largest = format!("\"{}\"", u128::MAX);
    assert_eq!(
        serde_json::from_str::<Integer>(&largest).ok(),
        Some(Integer(u128::MAX))
    );
    assert_eq!(
        serde_json::to_string(&Integer(u128::MAX)).ok(),
        Some(largest)
    );
    assert!(
        serde_json::from_str::<Integer>("\"340282366920938463463374607431768211456\"").is_err()
    );
}

#[test]
fn hashes_and_bytes_are_lower_case_hex() {
    let hash = Hash([0xab; 32]);
    let text = serde_json::to_string(&hash).unwrap();
    assert_eq!(text, format!("\"{}\"", "ab".repeat(32)));
    assert_eq!(serde_json::from_str::<Hash>(&text).unwrap(), hash);
    for wrong in [
        "AB".repeat(32),
        "ab".repeat(31),
        "ab".repeat(33),
        "zz".repeat(32),
        "é".repeat(32),
    ] {
        assert!(wrong.parse::<Hash>().is_err(), "{wrong}");
    }
    assert_eq!("00ff".parse::<Bytes>().unwrap(), Bytes(vec![0, 255]));
    assert_eq!("".parse::<Bytes>().unwrap(), Bytes(vec![]));
    assert!("0".parse::<Bytes>().is_err());
    assert!("0x00".parse::<Bytes>().is_err());
}

#[test]
fn inputs_refuse_unknown_fields() {
    assert!(serde_json::from_str::<SubmitRequest>(r#"{"transaction":"00"}"#).is_ok());
    assert!(serde_json::from_str::<SubmitRequest>(r#"{"transaction":"00","secret":"x"}"#).is_err());
    assert!(serde_json::from_str::<SubmitRequest>("{}").is_err());
}

#[test]
fn codes_are_unique_and_read_back() {
    let mut seen = std::collections::BTreeSet::new();
    for code in ErrorCode::ALL {
        assert!(seen.insert(code.as_str()), "{code} twice");
        assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
        assert!((400..600).contains(&code.status()), "{code}");
    }
}
