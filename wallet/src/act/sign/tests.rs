use super::*;
use clap::{Args as _, FromArgMatches as _};

fn options(words: &[&str]) -> SignOptions {
    let command = SignOptions::augment_args(clap::Command::new("sign").no_binary_name(true));
    let found = command.try_get_matches_from(words).unwrap();
    SignOptions::from_arg_matches(&found).unwrap()
}

#[test]
fn a_transaction_that_can_be_in_no_block_is_not_signed() {
    const TIP: u64 = 900;
    for (words, expected) in [
        (&[][..], Ok(1_500)),
        (&["--expires-in", "1"], Ok(901)),
        (&["--expires-at", "901"], Ok(901)),
        (&["--expires-in", "0"], Err("at least 1")),
        (
            &["--expires-at", "900"],
            Err("the last block has height 900"),
        ),
        (&["--expires-at", "0"], Err("--expires-at 0 is over")),
    ] {
        let expiry = options(words).expiry(TIP);
        match expected {
            Ok(height) => assert_eq!(expiry, Ok(height)),
            Err(reason) => {
                let refused = expiry.unwrap_err();
                assert_eq!(refused.code, "expired");
                assert!(refused.message.contains(reason), "{refused}");
            }
        }
    }
}
