//! Texts that people type: addresses, amounts, names, hex.
#![no_main]

use etm_types::amount::{format_etm, parse_etm};
use etm_types::{Address, Contact, DialAddress, Hash, Memo, MinerName};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(address) = text.parse::<Address>() {
        assert_eq!(address.to_string(), text);
    }
    if let Ok(amount) = parse_etm(text) {
        assert_eq!(parse_etm(&format_etm(amount)), Ok(amount));
    }
    if let Ok(hash) = text.parse::<Hash>() {
        assert_eq!(hash.to_string(), text);
    }
    let _ = Memo::new(text);
    let _ = MinerName::new(text);
    let _ = DialAddress::new(text);
    let _ = Contact::new(text);
});
