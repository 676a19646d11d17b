use super::*;
use etm_types::{Address, SecretKey};

fn words(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn account(seed: &Seed) -> (String, String) {
    let key = SecretKey::from_seed(*seed.expose()).public_key();
    (key.to_string(), Address::of(&key).to_string())
}

const ZEROS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                     abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";

/// Vectors of BIP-39: entropy, words, and the seed with the passphrase "TREZOR".
#[test]
fn bip_39_vectors() {
    let vectors = [
        (
            "0000000000000000000000000000000000000000000000000000000000000000",
            ZEROS,
            "bda85446c68413707090a52022edd26a1c9462295029f2e60cd7c4f2bbd3097170af7a4d73245cafa9c3cca8d561a7c3de6f5d4a10be8ed2a5e608d68f92fcc8",
        ),
        (
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote",
            "dd48c104698c30cfe2b6142103248622fb7bb0ff692eebb00089b32d22484e1613912f0a5b694407be899ffd31ed3992c456cdf60f5d4564b8ba3f05a69890ad",
        ),
        (
            "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
            "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold",
            "01f5bced59dec48e362f2c45b5de68b9fd6c92c6634f44d6d40aab69056506f0e35524a518034ddc1192e1dacd32c1ed3eaa3c3b131c88ed8e7e54c49a5d0998",
        ),
    ];
    for (entropy, phrase, seed) in vectors {
        let made = Mnemonic::from_entropy(&unhex(entropy)).unwrap();
        assert_eq!(join(&made).expose(), phrase);
        let read = parse(&words(phrase)).unwrap();
        assert_eq!(hex(&read.to_seed_normalized("TREZOR")), seed);
    }
}

/// Vectors 1 and 2 of SLIP-0010 for ed25519.
#[test]
fn slip_0010_vectors() {
    let one = unhex("000102030405060708090a0b0c0d0e0f");
    let two = unhex(
        "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542",
    );
    let vectors: [(&[u8], &[u32], &str, &str); 6] = [
        (
            &one,
            &[],
            "2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7",
            "a4b2856bfec510abab89753fac1ac0e1112364e7d250545963f135f2a33188ed",
        ),
        (
            &one,
            &[0],
            "68e0fe46dfb67e368c75379acec591dad19df3cde26e63b93a8e704f1dade7a3",
            "8c8a13df77a28f3445213a0f432fde644acaa215fc72dcdf300d5efaa85d350c",
        ),
        (
            &one,
            &[0, 1, 2, 2],
            "30d1dc7e5fc04c31219ab25a27ae00b50f6fd66622f6e9c913253d6511d1e662",
            "8abae2d66361c879b900d204ad2cc4984fa2aa344dd7ddc46007329ac76c429c",
        ),
        (
            &one,
            &[0, 1, 2, 2, 1_000_000_000],
            "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793",
            "3c24da049451555d51a7014a37337aa4e12d41e485abccfa46b47dfb2af54b7a",
        ),
        (
            &two,
            &[],
            "171cb88b1b3c1db25add599712e36245d75bc65a1a5c9e18d76f9f2b1eab4012",
            "8fe9693f8fa62a4305a140b9764c5ee01e455963744fe18204b4fb948249308a",
        ),
        (
            &two,
            &[0, 2_147_483_647, 1, 2_147_483_646, 2],
            "551d333177df541ad876a60ea71f00447931c0a9da16f227c11ea080d7391b8d",
            "47150c75db263559a70d5778bf36abbab30fb061ad69f69ece61a72b0cfa4fc0",
        ),
    ];
    for (master, path, key, public) in vectors {
        let seed = slip10(master, path).unwrap();
        assert_eq!(hex(seed.expose()), key, "{path:?}");
        assert_eq!(account(&seed).0, public, "{path:?}");
    }
}

/// Made by an independent program from the documents alone.
#[test]
fn words_and_secrets_of_the_original_network_give_these_accounts() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../../vectors/keys/derivation.json")).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let of_words = vectors["words"].as_array().unwrap();
    for vector in of_words {
        let number = u32::try_from(vector["account"].as_u64().unwrap()).unwrap();
        let derived = seed_from_words(&words(&text(&vector["words"])), number).unwrap();
        assert_eq!(hex(derived.expose()), text(&vector["seed"]));
        assert_eq!(account(&derived).1, text(&vector["address"]));
        assert_eq!(path_text(number), text(&vector["path"]));
    }
    let of_secrets = vectors["v1_secrets"].as_array().unwrap();
    for vector in of_secrets {
        let seed = seed_from_v1_secret(&words(&text(&vector["secret"])));
        assert_eq!(hex(seed.expose()), text(&vector["seed"]));
        let expected = (text(&vector["public_key"]), text(&vector["address"]));
        assert_eq!(account(&seed), expected);
    }
    assert!(of_words.len() >= 2 && of_secrets.len() >= 2);
    assert!(seed_from_words(&words(ZEROS), HARDENED).is_err());
}

/// Senders of the original network's genesis block, in its own format: the address follows from the public key there as here.
#[test]
fn accounts_of_the_original_genesis_keep_their_addresses() {
    let block: serde_json::Value = serde_json::from_str(include_str!(
        "../../../../vectors/keys/v1-genesis-extract.json"
    ))
    .unwrap();
    let mut checked = 0;
    for transaction in block["transactions"].as_array().unwrap() {
        let text = |field: &str| transaction[field].as_str();
        let key: etm_types::PublicKey = text("senderPublicKey").unwrap().parse().unwrap();
        assert_eq!(
            Some(Address::of(&key).to_string().as_str()),
            text("senderId")
        );
        // Whoever received something there can receive here.
        if let Some(recipient) = text("recipientId") {
            assert_eq!(recipient.parse::<Address>().unwrap().to_string(), recipient);
        }
        checked += 1;
    }
    assert!(checked > 8, "{checked}");
}

#[test]
fn words_are_taken_in_any_case_and_spacing_and_given_back_plainly() {
    let untidy = format!("  {}\n\t", ZEROS.to_uppercase().replace(' ', " \n "));
    assert_eq!(check_words(&words(&untidy)).unwrap().expose(), ZEROS);
    let new = new_words().unwrap();
    assert_eq!(new.expose().split(' ').count(), 24);
    assert_ne!(new.expose(), new_words().unwrap().expose());
    assert!(check_words(&new).is_ok());
}

#[test]
fn wrong_words_are_told_by_number_and_never_repeated() {
    let cases = [
        (ZEROS.replace("art", "arf"), "word 24 is not"),
        (ZEROS.replace("art", "abandon"), "checksum"),
        ("abandon art".to_owned(), "2 words"),
        (String::new(), "0 words"),
        ("é ".repeat(24), "word 1 is not"),
    ];
    for (text, expected) in cases {
        let message = check_words(&words(&text)).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        assert!(
            !message.contains("abandon") && !message.contains("arf"),
            "{message}"
        );
    }
}

#[test]
fn secrets_that_repeat_themselves_are_told_from_those_that_chance_makes() {
    use crate::keys::record::{Kind, Record};
    let guessable =
        |kind, secret: &str| Record::new(kind, 0, words(secret)).unwrap().is_guessable();
    let phrase = |word: &str, last: &str| format!("{} {last}", [word; 23].join(" "));
    assert!(guessable(Kind::Words, &phrase("abandon", "art")));
    assert!(guessable(Kind::Words, &phrase("zoo", "vote")));
    for seed in ["00", "ab", "0123"] {
        assert!(guessable(Kind::Seed, &seed.repeat(64 / seed.len())));
    }
    for _ in 0..200 {
        let phrase = new_words().unwrap();
        assert!(!guessable(Kind::Words, phrase.expose()));
        let seed = seed_from_words(&phrase, 0).unwrap();
        assert!(!guessable(Kind::Seed, &hex(seed.expose())));
    }
}

#[test]
fn seeds_are_64_hex_digits() {
    let digits = "c3faa741eafefa3eadd517e693e284c9d5f4e7ea10b93f9599d402a21510173e";
    assert_eq!(hex(seed_from_hex(&words(digits)).unwrap().expose()), digits);
    assert!(seed_from_hex(&words(&digits.to_uppercase())).is_ok());
    for wrong in [
        "",
        "c3fa",
        &digits[1..],
        &digits.replace('c', "g"),
        &"é".repeat(32),
    ] {
        let message = seed_from_hex(&words(wrong)).unwrap_err().to_string();
        assert_eq!(message, "a seed is 64 hex digits");
    }
}

#[test]
fn a_phrase_is_read_as_people_keep_it() {
    let plain = words(ZEROS);
    let numbered = |between: &str, mark: &str| {
        let numbered = ZEROS
            .split_whitespace()
            .enumerate()
            .map(|(index, word)| format!("{}{mark}{word}", index + 1));
        words(&numbered.collect::<Vec<_>>().join(between))
    };
    for kept in [
        words(&ZEROS.to_uppercase()),
        words(&ZEROS.split_whitespace().collect::<Vec<_>>().join(", ")),
        words(&ZEROS.replace(' ', "\u{200b} \u{a0}")),
        words(&format!("\u{feff}{ZEROS}\u{200d}\r\n")),
        numbered("\n", ". "),
        numbered(" ", ") "),
        numbered("\t", "."),
        numbered("  ", " "),
        numbered("\n", ": "),
    ] {
        assert_eq!(
            check_words(&kept).unwrap().expose(),
            plain.expose(),
            "{:?}",
            kept.expose()
        );
    }
    // A number in the middle of a word is no numbering.
    let wrong = words(&ZEROS.replacen("abandon", "aban1don", 1));
    assert!(check_words(&wrong).is_err());
}

#[test]
fn slips_in_an_original_secret_are_seen() {
    let right = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
    assert_eq!(v1_oddities(&words(right)), Vec::<&str>::new());
    for (slip, about) in [
        (format!(" {right}"), "begins or ends"),
        (format!("{right}\t"), "begins or ends"),
        (right.replacen(' ', "  ", 1), "more than one space"),
        (right.replacen("abandon", "Abandon", 1), "capital"),
        (right.replacen(' ', " \u{200b}", 1), "invisible"),
        (right.replacen("about", "abandon", 1), "checksum"),
        (right.replacen("about", "abuot", 1), "no phrase"),
        (ZEROS.to_owned(), "more than twelve"),
    ] {
        let odd = v1_oddities(&words(&slip));
        assert!(
            odd.iter().any(|oddity| oddity.contains(about)),
            "{slip:?}: {odd:?}"
        );
    }
}
