use super::*;
use crate::codec::{from_bytes, to_bytes};
use proptest::prelude::*;

#[test]
fn dial_addresses() {
    for good in [
        "1.2.3.4:1",
        "[::1]:65535",
        "node-1.example.org:4000",
        "localhost:80",
    ] {
        assert_eq!(
            DialAddress::new(good).map(|a| a.to_string()),
            Ok(good.to_owned())
        );
    }
    for bad in [
        "localhost",
        "localhost:",
        "localhost:0",
        "localhost:080",
        "a:65536",
        "::1:80",
        "-a:80",
        "a..b:80",
        ":80 ",
        "[::g]:80",
        "exa mple:80",
        "é.org:80",
    ] {
        assert!(DialAddress::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn names_memos_and_contacts() {
    assert!(MinerName::new("a1!@$&_.").is_ok());
    assert!(MinerName::new("abcdefghijklmnopqrst").is_ok());
    for bad in ["", "abcdefghijklmnopqrstu", "Upper", "space d", "homоglyph"] {
        assert!(MinerName::new(bad).is_err(), "{bad}");
    }
    assert!(Memo::new("é".repeat(32)).is_ok());
    assert_eq!(
        Memo::new("é".repeat(33)).map_err(|e| e.to_string()),
        Err("memo must have 0 to 64 bytes, not 66".to_owned())
    );
    assert!(Memo::new("a\nb").is_err());
    assert!(Contact::new("https://example.org <x@example.org>").is_ok());
    assert!(Contact::new("tab\t").is_err());
}

#[test]
fn the_decoder_applies_the_same_rules() {
    let error = from_bytes::<MinerName>(&[1, b'A'])
        .err()
        .map(|e| e.to_string());
    assert_eq!(
        error.as_deref(),
        Some("miner name at byte 0: may only contain a-z 0-9 ! @ $ & _ .")
    );
    let error = from_bytes::<MinerName>(&[0]).err().map(|e| e.to_string());
    assert_eq!(
        error.as_deref(),
        Some("miner name at byte 0: length 0 is outside 1..=20")
    );
}

proptest! {
    #[test]
    fn accepted_texts_round_trip(text in "\\PC{0,40}") {
        if let Ok(memo) = Memo::new(text.clone()) {
            prop_assert_eq!(from_bytes::<Memo>(&to_bytes(&memo)), Ok(memo));
        }
        let _ = DialAddress::new(text.clone());
        let _ = Contact::new(text);
    }
}

#[test]
fn addresses_that_others_can_not_dial_are_known() {
    for (text, reach) in [
        ("node.example.org:4000", Reach::Elsewhere),
        ("host7:4000", Reach::Elsewhere),
        ("192.0.2.7:4000", Reach::Elsewhere),
        ("10.0.0.1:4000", Reach::Elsewhere),
        ("[2001:db8::7]:4000", Reach::Elsewhere),
        ("127.0.0.1:4000", Reach::ThisMachine),
        ("127.9.9.9:4000", Reach::ThisMachine),
        ("[::1]:4000", Reach::ThisMachine),
        ("[::ffff:127.0.0.1]:4000", Reach::ThisMachine),
        ("localhost:4000", Reach::ThisMachine),
        ("a.LocalHost:4000", Reach::ThisMachine),
        ("0.0.0.0:4000", Reach::Nowhere),
        ("0.1.2.3:4000", Reach::Nowhere),
        ("[::]:4000", Reach::Nowhere),
        ("224.0.0.1:4000", Reach::Nowhere),
        ("[ff02::1]:4000", Reach::Nowhere),
        ("[::ffff:224.0.0.1]:4000", Reach::Nowhere),
        ("255.255.255.255:4000", Reach::Nowhere),
        ("127.1:4000", Reach::Nowhere),
        ("300.1.1.1:4000", Reach::Nowhere),
    ] {
        assert_eq!(DialAddress::new(text).unwrap().reach(), reach, "{text}");
    }
}

#[derive(serde::Deserialize)]
struct Shown {
    what: String,
    text: String,
    plain: String,
}

#[test]
fn what_is_unseen_becomes_a_question_mark() {
    let cases = include_str!("../../../vectors/text/plain.json");
    let cases: Vec<Shown> = serde_json::from_str(cases).unwrap();
    assert!(cases.len() >= 15);
    for case in cases {
        assert_eq!(plain(&case.text), case.plain, "{}", case.what);
    }
}
