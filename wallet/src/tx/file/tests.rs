use super::*;
use etm_types::{ChainId, Height, Payload, SecretKey, Units};
use serde_json::{Value, json};

fn read(
    file: &impl Serialize,
    change: impl FnOnce(&mut Value),
) -> std::result::Result<bool, String> {
    let mut text = serde_json::to_value(file).unwrap();
    change(&mut text);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tx.json");
    std::fs::write(&path, text.to_string()).unwrap();
    match TransactionFile::read(&path) {
        Ok(Content::Signed(_)) => Ok(true),
        Ok(Content::Unsigned(_)) => Ok(false),
        Err(failure) => Err(failure.message),
    }
}

#[test]
fn what_stands_beside_a_transaction_fits_it() {
    let key = SecretKey::from_seed([7; 32]);
    let unsigned = UnsignedTransaction {
        chain: ChainId([1; 32]),
        sender: key.public_key(),
        nonce: 3,
        fee: Units(10),
        expires_at: Height(99),
        payload: Payload::Withdraw,
    };
    let (draft, signed) = (
        TransactionFile::unsigned(&unsigned),
        TransactionFile::signed(&unsigned.clone().sign(&key)),
    );
    assert_eq!(read(&draft, |_| {}), Ok(false));
    assert_eq!(read(&signed, |_| {}), Ok(true));
    assert_eq!(read(&signed, |file| file["hash"] = Value::Null), Ok(true));
    let refused = |told: std::result::Result<bool, String>, with: &str| {
        let said = told.unwrap_err();
        assert!(said.contains(with), "{said}");
    };
    let other = json!("ab".repeat(32));
    refused(
        read(&signed, |file| file["signed"] = false.into()),
        "there is a signature",
    );
    refused(
        read(&draft, |file| file["signed"] = true.into()),
        "there is no signature",
    );
    refused(
        read(&signed, |file| file["hash"] = other.clone()),
        "the hash is abab",
    );
    refused(
        read(&draft, |file| file["hash"] = other.clone()),
        "that is none",
    );
    refused(
        read(&draft, |file| file["note"] = 1.into()),
        "unknown field `note`",
    );
}
