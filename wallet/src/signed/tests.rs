use super::{Names, show, show_frames};
use crate::output::Output;
use etm_types::{Transaction, api::Bytes, facts::Fact};
use serde_json::Value;

/// Every value of every golden list of facts stands on the screen, as people read it.
#[test]
fn every_fact_of_the_golden_file_is_shown() {
    let text = include_str!("../../../vectors/wire/facts.json");
    let golden: Value = serde_json::from_str(text).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 11);
    for case in cases {
        let bytes: Bytes = case["transaction"].as_str().unwrap().parse().unwrap();
        let transaction = Transaction::from_bytes(&bytes.0).unwrap().unsigned;
        let facts: Vec<Fact> = transaction
            .payload
            .facts()
            .into_iter()
            .chain(transaction.frame_facts())
            .collect();
        let told = |part: &str| case[part].as_array().unwrap().clone();
        let wanted: Vec<Value> = [told("payload"), told("frame")].concat();
        let entries: Vec<Value> = facts
            .iter()
            .map(|fact| serde_json::json!([fact.name(), fact.value()]))
            .collect();
        assert_eq!(entries, wanted);

        let mut page = Output::new(true, false).page();
        show(&mut page, &transaction, &Names::default());
        let shown = page.as_str().to_owned();
        assert_eq!(shown.lines().count(), facts.len(), "{shown}");
        for (line, fact) in shown.lines().zip(&facts) {
            let wanted = match fact {
                Fact::Amount(units) | Fact::Fee(units) => {
                    crate::figures::etm(etm_types::api::Amount(units.0))
                }
                Fact::KeysFingerprint(hex) => {
                    assert_eq!(line.replace(' ', "").matches(hex.as_str()).count(), 1);
                    continue;
                }
                Fact::Contact(None) => "none from then on".to_owned(),
                Fact::NodeKey(None) => "the present keys stay".to_owned(),
                fact => fact.value().unwrap(),
            };
            assert!(line.contains(&wanted), "{line}: {wanted}");
        }
    }
}

/// What a lock and the vote behind it have in common is read once.
#[test]
fn what_is_signed_at_once_is_framed_once() {
    let text = include_str!("../../../vectors/wire/facts.json");
    let golden: Value = serde_json::from_str(text).unwrap();
    let bytes: Bytes = golden["cases"][0]["transaction"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut first = Transaction::from_bytes(&bytes.0).unwrap().unsigned;
    first.nonce = 7;
    let mut second = first.clone();
    second.nonce = 8;
    let mut page = Output::new(true, false).page();
    show_frames(&mut page, &[&first, &second]);
    let shown = page.as_str();
    let labels: Vec<&str> = shown
        .lines()
        .filter_map(|line| line.split("  ").next())
        .collect();
    assert_eq!(
        labels,
        ["sender", "nonce", "expires after", "chain"],
        "{shown}"
    );
    assert!(shown.contains("7 and 8\n"), "{shown}");
    let mut alone = Output::new(true, false).page();
    show_frames(&mut alone, &[&first]);
    assert_eq!(alone.as_str(), shown.replace("7 and 8", "7"));
}
