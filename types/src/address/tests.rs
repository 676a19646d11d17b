use super::*;
use proptest::prelude::*;

/// Real pairs of the original network's genesis block.
const ORIGINAL: [(&str, &str); 5] = [
    (
        "AASm2dUw3yCHAEXGa2p1HdzkpvbC5dhfAw",
        "e4ebdf68e7e71a199d50ce311cf57b78d78dc3e9a606a990bd8aab658a224407",
    ),
    (
        "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu",
        "86fa419fdab5f51191623f38fd325a9ebf9c6f610691c1457395f0e8b73073f6",
    ),
    (
        "ANMxMaVYE7NYqhfUuvxxyQRuaYgE4GfBW9",
        "fb8a46ef2fe2b831db023e86f788be9938e0d14a4eab25b883332d2be315cbd5",
    ),
    (
        "A68HrECxVcghTkYuWwH2mWPKqSxW8fp7PV",
        "83d9d54ba07a170acfdf9b0ac1c5c88a72763317d19dc986f2be988d85b38ee1",
    ),
    (
        "AEW89Wg6PfCyds3y8G7Buq4z1qbYTo5MpB",
        "b0eaff51770a2f35073dfcbd1dcc7f67a2b97d8ce2862add187bc2a727b16788",
    ),
];

#[test]
fn keys_of_the_original_network_keep_their_addresses() {
    for (address, key) in ORIGINAL {
        let key: PublicKey = key.parse().unwrap();
        assert_eq!(Address::of(&key).to_string(), address);
        assert_eq!(address.parse(), Ok(Address::of(&key)));
    }
}

#[test]
fn mistyped_addresses_say_what_is_wrong() {
    let message = |text: &str| text.parse::<Address>().err().map(|error| error.to_string());
    assert_eq!(message("").as_deref(), Some("an address begins with 'A'"));
    assert_eq!(
        message("BASm2dUw3y").as_deref(),
        Some("an address begins with 'A'")
    );
    assert!(
        message("A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByv0")
            .is_some_and(|m| m.contains("'0' at position 33"))
    );
    assert!(message("A6NkUé").is_some_and(|m| m.contains("'é' at position 5")));
    assert!(message("A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvv").is_some_and(|m| m.contains("checksum")));
    assert!(message("A6Nk").is_some_and(|m| m.contains("4 characters")));
    assert!(
        message(&format!("A{}", "z".repeat(100_000))).is_some_and(|m| m.contains("characters"))
    );
}

proptest! {
    #[test]
    fn text_form_round_trips(bytes: [u8; 20]) {
        let address = Address(bytes);
        prop_assert_eq!(address.to_string().parse(), Ok(address));
        prop_assert!(address.to_string().len() <= MAX_CHARACTERS);
    }

    #[test]
    fn no_text_panics(text in "\\PC*") {
        if let Ok(address) = text.parse::<Address>() {
            prop_assert_eq!(address.to_string(), text);
        }
    }
}

#[test]
fn damaged_addresses_are_told_from_names() {
    let address = "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c";
    let damaged = [
        address.to_owned(),
        address[1..].to_owned(),
        address[..25].to_owned(),
        format!("a{}", &address[1..]),
        address.replace('R', "O"),
        format!("{} {}", &address[..10], &address[10..]),
        format!("{address}1"),
    ];
    for text in damaged {
        assert!(Address::looks_like_one(&text), "{text}");
    }
    for name in [
        "alice",
        "h00001",
        "Alice-In-Wonderland-2024",
        "averylongnamewithoutanycapital",
        "TREASURY00000000000000001",
        "9f86d081884c7d659a2feaa0c55ad015",
    ] {
        assert!(!Address::looks_like_one(name), "{name}");
    }
}
