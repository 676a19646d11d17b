use super::*;
use crate::tests::harness::{dial, etm, secrets, small_params};
use crate::{ChainParams, Draft, Genesis};
use etm_types::{Address, Beacon, MinerId, Units};
use proptest::prelude::*;

/// An excerpt in the form of the original genesis block: the generator pays two accounts, which lock; one is a delegate
/// that both vote for, the other vote is for nobody known.
const V1: &str = r#"{
  "version": 0, "generatorPublicKey": "e4ebdf68e7e71a199d50ce311cf57b78d78dc3e9a606a990bd8aab658a224407",
  "transactions": [
    { "type": 0, "amount": 20000000000, "fee": 0, "recipientId": "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu",
      "senderId": "AASm2dUw3yCHAEXGa2p1HdzkpvbC5dhfAw",
      "senderPublicKey": "e4ebdf68e7e71a199d50ce311cf57b78d78dc3e9a606a990bd8aab658a224407" },
    { "type": 0, "amount": 20000000000, "fee": 0, "recipientId": "AEW89Wg6PfCyds3y8G7Buq4z1qbYTo5MpB",
      "senderId": "AASm2dUw3yCHAEXGa2p1HdzkpvbC5dhfAw",
      "senderPublicKey": "e4ebdf68e7e71a199d50ce311cf57b78d78dc3e9a606a990bd8aab658a224407" },
    { "type": 101, "amount": 0, "recipientId": null, "args": ["20000000000"],
      "senderId": "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu",
      "senderPublicKey": "86fa419fdab5f51191623f38fd325a9ebf9c6f610691c1457395f0e8b73073f6" },
    { "type": 101, "amount": 0, "recipientId": null, "args": ["10000000000"],
      "senderId": "AEW89Wg6PfCyds3y8G7Buq4z1qbYTo5MpB",
      "senderPublicKey": "b0eaff51770a2f35073dfcbd1dcc7f67a2b97d8ce2862add187bc2a727b16788" },
    { "type": 2, "amount": 0, "recipientId": null, "asset": { "delegate": { "username": "etm_001" } },
      "senderId": "ANMxMaVYE7NYqhfUuvxxyQRuaYgE4GfBW9",
      "senderPublicKey": "fb8a46ef2fe2b831db023e86f788be9938e0d14a4eab25b883332d2be315cbd5" },
    { "type": 3, "amount": 0, "recipientId": null,
      "asset": { "vote": { "votes": ["+fb8a46ef2fe2b831db023e86f788be9938e0d14a4eab25b883332d2be315cbd5"] } },
      "senderId": "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu",
      "senderPublicKey": "86fa419fdab5f51191623f38fd325a9ebf9c6f610691c1457395f0e8b73073f6" },
    { "type": 3, "amount": 0, "recipientId": null,
      "asset": { "vote": { "votes": ["+83d9d54ba07a170acfdf9b0ac1c5c88a72763317d19dc986f2be988d85b38ee1"] } },
      "senderId": "AEW89Wg6PfCyds3y8G7Buq4z1qbYTo5MpB",
      "senderPublicKey": "b0eaff51770a2f35073dfcbd1dcc7f67a2b97d8ce2862add187bc2a727b16788" }
  ] }"#;

fn empty() -> Draft {
    let mut params = small_params();
    params.mechanism.min_committee = 1;
    Draft::new("etm-import", params, 0, Beacon([1; 32]))
}

fn take(draft: &mut Draft, text: &str) -> Result<V1Summary, V1Error> {
    import_v1(draft, text, |index, owner, _| {
        (secrets(index as u8).prove(owner), dial(4000 + index as u16))
    })
}

#[test]
fn the_original_genesis_keeps_addresses_names_locks_and_votes() {
    let mut draft = empty();
    let summary = take(&mut draft, V1).unwrap();
    assert_eq!(
        (
            summary.transfers,
            summary.miners,
            summary.positions,
            summary.votes
        ),
        (2, 1, 2, 1)
    );
    assert_eq!(summary.total, etm(400));
    assert_eq!(summary.accounts, 1, "half of one lock-up's funds stay free");
    assert_eq!(summary.left_out.len(), 2, "{:?}", summary.left_out);
    let voter: Address = "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu".parse().unwrap();
    let position = draft.positions[&voter];
    assert_eq!(
        (position.locked, position.miner),
        (etm(200), Some(MinerId(0)))
    );
    assert_eq!(draft.miners[0].name.as_str(), "etm_001");
    assert_eq!(
        draft.miners[0].owner.to_string(),
        "ANMxMaVYE7NYqhfUuvxxyQRuaYgE4GfBW9"
    );
    assert!(Genesis::new(draft.clone()).is_ok());
    assert_eq!(take(&mut draft, V1), Err(V1Error::DraftNotEmpty));
}

#[test]
fn a_wrong_original_genesis_is_refused_with_its_place() {
    let error = |from: &str, to: &str| {
        let mut draft = empty();
        let error = take(&mut draft, &V1.replacen(from, to, 1))
            .unwrap_err()
            .to_string();
        assert_eq!(draft, empty(), "nothing is taken from a wrong file");
        error
    };
    assert!(error("\"amount\": 20000000000", "\"amount\": -1").contains("line 4"));
    assert!(
        error(
            "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu",
            "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvv"
        )
        .starts_with("transactions[0]: recipientId: ")
    );
    assert!(
        error("\"senderId\": \"A6Nk", "\"senderId\": \"A6NK")
            .starts_with("transactions[2]: senderId: ")
    );
    assert!(
        error("\"20000000000\"", "\"2e10\"").starts_with("transactions[2]: the amount to lock")
    );
    assert!(error("\"20000000000\"", "\"20000000001\"").contains("spends more than it received"));
    assert!(error("etm_001", "ETM 001").starts_with("transactions[4]: username: "));
    assert!(
        error("\"args\": [\"20000000000\"]", "\"args\": []")
            .starts_with("transactions[2]: there is no amount")
    );
    assert!(error("{", "[").contains("line "));
}

#[test]
fn tables_name_the_line_that_is_wrong() {
    let error = |text: &str, labels| {
        let mut draft = empty();
        import_csv(&mut draft, text, labels)
            .unwrap_err()
            .to_string()
    };
    for header in [
        "",
        "balance,account\n",
        "account balance\n",
        "account,balance;x\n",
    ] {
        assert_eq!(
            error(header, Labels::Keys),
            "line 1: must be \"account,balance\" (or with a semicolon)"
        );
    }
    let row = |row: &str| error(&format!("account,balance\nh1,1\n\n{row}\n"), Labels::Keys);
    assert_eq!(row("h2"), "line 4: must be account,balance");
    assert_eq!(row("h2,1,2"), "line 4: must be account,balance");
    assert!(row("h2,1.123456789").starts_with("line 4: balance: an amount has at most 8 decimals"));
    assert!(row("h2,-1").starts_with("line 4: balance: "));
    assert!(row("h2,999999999999").starts_with("line 4: balance: "));
    assert!(row("h1,2").starts_with("line 4: account h1 is listed twice"));
    assert!(row("h 2,2").starts_with("line 4: account: must be an address or a label"));
    assert!(
        row("A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvv,2")
            .contains("looks like a damaged address: the checksum is wrong")
    );
    // Cut short, without its first letter, with a small one, with a letter of no address: never labels.
    for damaged in [
        "A6NkUfsddwn5pKJbsQsXSaSo1",
        "6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu",
        "a6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu",
        "A6NkUfsddwn5pKJbsQsXSaSoOzAVKfByvu",
    ] {
        let refused = row(&format!("{damaged},2"));
        assert!(
            refused.contains("looks like a damaged address"),
            "{refused}"
        );
    }
    // In one case, cut to a half, with something put in between or behind it, as a hash: no labels either.
    for damaged in [
        "a6nkufsddwn5pkjbsqsxsasoxzavkfbyvu",
        "A6NKUFSDDWN5PKJBSQSXSASOXZAVKFBYVU",
        "A6NkUfsddwn5pKJbs",
        "QsXSaSo1zAVKfByvu8",
        "A6NkUfsddwn5...o1zAVKfByvu",
        "A6NkUfsddwn5pKJbs-QsXSaSo1zAVKfByvu",
        "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu_1",
        "00112233445566778899aabbccddeeff00112233",
    ] {
        let refused = row(&format!("{damaged},2"));
        assert!(refused.contains("looks like a "), "{refused}");
    }
    for label in [
        "h00001",
        "foundation-treasury.2026",
        "exchange_cold_wallet-17",
        "7eleven",
    ] {
        let mut draft = empty();
        let text = format!("account,balance\n{label},2\n");
        assert!(
            import_csv(&mut draft, &text, Labels::Unspendable).is_ok(),
            "{label}"
        );
    }
    assert!(row("\"h2\"x,2").starts_with("line 4: something stands behind a closing quote"));
    assert!(
        error("account;balance\nh1;12,5\n", Labels::Keys)
            .starts_with("line 2: balance: an amount is digits, with a point")
    );
    // With semicolons between cells a point may stand between thousands.
    let german = |balance: &str| {
        let mut draft = empty();
        let text = format!("account;balance\nh1;{balance}\n");
        import_csv(&mut draft, &text, Labels::Keys).map_err(|error| error.to_string())
    };
    for unclear in ["1.000", "250.000", "0.125"] {
        let refused = german(unclear).unwrap_err();
        assert!(refused.contains("a thousand times"), "{refused}");
    }
    for clear in ["1.5", "1000", "1.0000", "1234.567", "97890.2646"] {
        assert!(german(clear).is_ok(), "{clear}");
    }
    assert!(row("h2,184467440737").contains("together exceed"));
    let refused = error("account,balance\nh1,1\n", Labels::Refuse);
    assert!(
        refused.starts_with("line 2: account: h1 is no address"),
        "{refused}"
    );
    assert!(refused.ends_with("say what becomes of labels: keys (devnets only) or unspendable"));
    let mut mainnet = Draft::new("etm", ChainParams::mainnet(), 0, Beacon([0; 32]));
    assert_eq!(
        import_csv(&mut mainnet, "account,balance\n", Labels::Keys),
        Err(CsvError::KeysOutsideDevnet)
    );
}

#[test]
fn tables_take_addresses_and_labels() {
    let text = "account,balance\r\nA6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu,1.5\r\nh00001,97890.2646\r\nh00002,0\r\n";
    let mut draft = empty();
    let summary = import_csv(&mut draft, text, Labels::Keys).unwrap();
    assert_eq!(
        (summary.addresses, summary.labels.len(), summary.empty),
        (1, 1, 1)
    );
    assert_eq!(summary.total, Units(9_789_176_460_000));
    let holder = Address::of(&label_key("h00001").public_key());
    assert_eq!(summary.labels["h00001"], holder);
    assert_eq!(draft.accounts[&holder], Units(9_789_026_460_000));
    // As spreadsheets of other languages write it.
    let mut same = empty();
    let quoted = "\u{feff}\"account\";\"balance\"\n\"A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu\";\"1.5\"\nh00001;97890.2646\nh00002;0\n";
    assert_eq!(
        import_csv(&mut same, quoted, Labels::Keys).unwrap(),
        summary
    );
    assert_eq!(same.accounts, draft.accounts);
    let mut other = empty();
    let summary = import_csv(&mut other, text, Labels::Unspendable).unwrap();
    assert_ne!(summary.labels["h00001"], holder);
}

/// The whole files, where they are at hand: `ETM_DATA_DIR` names their folder.
#[test]
fn the_real_files_are_taken_whole() {
    let Some(folder) = std::env::var_os("ETM_DATA_DIR") else {
        println!("skipped: ETM_DATA_DIR is not set");
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let text = std::fs::read_to_string(folder.join("entanmo-v1-genesis.json")).unwrap();
    let mut draft = Draft::new("etm-v1", ChainParams::mainnet(), 0, Beacon([1; 32]));
    let summary = take(&mut draft, &text).unwrap();
    println!("{summary:?}");
    assert_eq!(
        (summary.miners, summary.positions, summary.votes),
        (101, 101, 101)
    );
    let genesis = Genesis::new(draft).unwrap();
    assert_eq!(genesis.committees().unwrap()[0].members.len(), 101);
    let text = std::fs::read_to_string(folder.join("token-holders-40k.csv")).unwrap();
    let mut draft = empty();
    let summary = import_csv(&mut draft, &text, Labels::Keys).unwrap();
    println!(
        "{} labels, {} empty, total {}",
        summary.labels.len(),
        summary.empty,
        summary.total
    );
    assert_eq!(summary.labels.len() + summary.empty, 39_957);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,100}", rows in "(account,balance\n)?([a-zA-Z0-9,.\n]{0,100})") {
        let mut draft = empty();
        let _ = import_csv(&mut draft, &text, Labels::Keys);
        let _ = import_csv(&mut draft, &rows, Labels::Keys);
        let _ = take(&mut draft, &text);
    }
}
