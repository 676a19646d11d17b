use crate::transaction::{self, examples};
use etm_types::{codec::to_bytes, facts::Fact};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub fn vectors() -> Value {
    let told = |facts: Vec<Fact>| -> Vec<Value> {
        let entry = |fact: &Fact| json!([fact.name(), fact.value()]);
        facts.iter().map(entry).collect()
    };
    let cases: Vec<Value> = examples()
        .iter()
        .map(|(_, transaction)| {
            json!({
                "transaction": etm_types::bytes::hex(&to_bytes(transaction)),
                "kind": transaction.payload().kind(),
                "payload": told(transaction.payload().facts()),
                "frame": told(transaction.unsigned.frame_facts()),
                "waits_for_round_end": transaction.payload().waits_for_round_end(),
                "has_proofs": transaction.payload().has_proofs(),
            })
        })
        .collect();
    json!({
        "about": "What a transaction says, fact by fact: what is to be shown before it is signed. Null: nothing, from then on (contact), or as it is (node_key). Then of what blocks take few, by which pools part their room.",
        "cases": cases,
    })
}

/// The list holds every field, by what the file of transactions says of it.
#[test]
fn every_field_is_a_fact() {
    for (_, example) in examples() {
        let fields = &transaction::fields(&example)["payload"];
        let facts = example.payload().facts();
        let values: BTreeSet<Option<String>> = facts.iter().map(Fact::value).collect();
        for (name, value) in fields.as_object().unwrap() {
            let wanted = match (name.as_str(), value) {
                ("kind", _) => continue,
                // An empty memo is none.
                ("memo", Value::String(text)) if text.is_empty() => continue,
                ("keys", Value::Object(keys)) => keys["node"].as_str().map(str::to_owned),
                (_, Value::String(text)) => Some(text.clone()),
                (_, Value::Null) => None,
                (_, number) => Some(number.to_string()),
            };
            assert!(
                values.contains(&wanted),
                "{name} of {}",
                example.payload().kind()
            );
        }
    }
}
