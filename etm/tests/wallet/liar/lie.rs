//! What a node may say that is not so: each changes an answer, by what was asked.

use crate::home::units;
use etm_mechanism::weight;
use etm_types::{TimeGain, Units, api::share_ppb};
use serde_json::{Value, json};

/// Two miners, each called by the other's name.
pub fn swapped(_: &str, answer: &mut Value) {
    match answer {
        Value::String(text) => {
            *text = match text.as_str() {
                "amber" => "dune".to_owned(),
                "dune" => "amber".to_owned(),
                _ => return,
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| swapped("", item)),
        Value::Object(fields) => fields.values_mut().for_each(|field| swapped("", field)),
        _ => {}
    }
}

/// The names are another's in the table alone.
pub fn swapped_in_the_table(asked: &str, answer: &mut Value) {
    if asked.contains("/api/v1/miners?") {
        swapped("", answer);
    }
}

/// The chain is where it will be in centuries.
pub fn far_ahead(asked: &str, answer: &mut Value) {
    if asked.contains("/status") {
        answer["tip"]["height"] = json!(9_000_000_000_u64);
    }
}

/// What waits for a block is in the first one, it says, where it is not.
pub fn final_at_once(asked: &str, answer: &mut Value) {
    if asked.starts_with("GET ") && asked.contains("/transactions/") {
        answer["status"] = json!("finalized");
        answer["height"] = json!(1);
        answer["outcome"] =
            json!({ "accepted": true, "refused": null, "effect": { "state": "immediate" } });
    }
}

/// What was sent was another amount, it says.
pub fn other_amount(asked: &str, answer: &mut Value) {
    if asked.starts_with("GET ") && asked.contains("/transactions/") {
        answer["payload"]["amount"] = json!("99900000000");
    }
}

/// What a request changes is always that of another block, and of none that is near.
pub fn another_block(asked: &str, answer: &mut Value) {
    if asked.contains("/preview") {
        let height = answer["height"].as_u64().unwrap();
        answer["height"] = json!(height + 1_000);
        answer["balance_after"] = json!("1");
    }
}

/// What is locked has little t to lose, it says, and all that follows from that.
pub fn little_t(asked: &str, answer: &mut Value) {
    if asked.contains("/accounts/") && !asked.contains("/preview") {
        for name in ["position", "projected", "projected_best", "projected_worst"] {
            let told = &mut answer[name];
            let Some(t) = told["time_gain"].as_u64() else {
                continue;
            };
            let t = if t > 1 { t - 1 } else { 2 };
            let locked = Units(units(&told["locked"]).try_into().unwrap());
            let gain = TimeGain::new(t.try_into().unwrap()).unwrap();
            let votes = weight::votes(locked, gain).0;
            told["time_gain"] = json!(t);
            told["votes"] = json!(votes.to_string());
            if told["share_ppb"].is_number() {
                let all = units(&told["miner_votes"]).max(votes);
                told["miner_votes"] = json!(all.to_string());
                told["share_ppb"] = json!(share_ppb(votes, all));
            }
        }
    }
}

/// Whatever it is asked for in a list of transactions, it gives another's.
pub fn anothers_rows(asked: &str, answer: &mut Value) {
    if asked.contains("/transactions?") {
        for row in answer["transactions"].as_array_mut().unwrap() {
            row["sender"] = json!("AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c");
        }
    }
}

/// An account has so much more than it has.
pub fn rich(asked: &str, answer: &mut Value) {
    if asked.contains("/accounts/") {
        for name in ["free", "balance", "total"] {
            let more = units(&answer[name]) + 10_000_000_000_000_000_000;
            answer[name] = json!(more.to_string());
        }
    }
}

pub fn with_a_unit_more(asked: &str, answer: &mut Value) {
    if asked.contains("/accounts/") {
        answer["balance"] = json!((units(&answer["balance"]) + 1).to_string());
    }
}

pub fn with_a_vote_more(asked: &str, answer: &mut Value) {
    if asked.contains("/accounts/") {
        let votes = &mut answer["position"]["votes"];
        *votes = json!((units(votes) + 1).to_string());
    }
}

pub fn other_reward(asked: &str, answer: &mut Value) {
    if asked.contains("/receipts") {
        for receipt in answer["receipts"].as_array_mut().unwrap() {
            if receipt["kind"] == "reward" {
                receipt["amount"] = json!((units(&receipt["amount"]) + 1).to_string());
            }
        }
    }
}

pub fn other_receipts(asked: &str, answer: &mut Value) {
    if asked.contains("/receipts") {
        answer["encoded"].as_array_mut().unwrap().clear();
        answer["receipts"].as_array_mut().unwrap().clear();
    }
}

pub fn other_transfer(_: &str, answer: &mut Value) {
    for transaction in answer["transaction_list"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        if transaction["payload"]["kind"] == "transfer" {
            transaction["payload"]["amount"] = json!("1");
        }
    }
}

pub fn none_refused(_: &str, answer: &mut Value) {
    for transaction in answer["transaction_list"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        let accepted = transaction["outcome"]["accepted"].as_bool().unwrap();
        transaction["outcome"]["accepted"] = json!(!accepted);
    }
}

pub fn more_for_voters(_: &str, answer: &mut Value) {
    if !answer["transaction_list"].is_null() {
        answer["bonus"] = json!((units(&answer["bonus"]) + 1).to_string());
    }
}

pub fn generous(asked: &str, answer: &mut Value) {
    if asked.contains("/bonus") {
        for row in answer["rounds"].as_array_mut().unwrap() {
            row["earned"] = json!((units(&row["earned"]) + 2).to_string());
        }
    }
}

pub fn dear(asked: &str, answer: &mut Value) {
    if asked.contains("/parameters") {
        answer["min_fee"] = json!("5000000000");
    }
}

/// Tokens of a test are worth nothing, it says.
pub fn harmless(_: &str, answer: &mut Value) {
    if let Some(chain) = answer.get_mut("chain") {
        chain["name"] = json!("harmless-testnet");
    }
}

pub fn without_genesis(asked: &str, answer: &mut Value) {
    if asked.contains("/genesis") {
        *answer = json!("none");
    }
}

pub fn dear_without_genesis(asked: &str, answer: &mut Value) {
    dear(asked, answer);
    without_genesis(asked, answer);
}

pub fn elsewhere(_: &str, answer: &mut Value) {
    if let Some(chain) = answer.get_mut("chain") {
        chain["id"] = json!("ab".repeat(32));
    }
}
