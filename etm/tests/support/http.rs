//! A devnet as its users see it: over HTTP, with transactions signed here.

#![allow(dead_code)] // every test uses a part

use etm_types::{
    Address, ChainId, Height, Payload, SecretKey, Transaction, Units, UnsignedTransaction, codec,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

pub const ETM: u64 = 100_000_000;

/// The key of one of the devnet's people.
pub fn key_of(name: &str) -> SecretKey {
    SecretKey::from_seed(Sha256::digest(format!("devnet {name}")).into())
}

/// The address of one of the devnet's people.
pub fn address_of(name: &str) -> Address {
    Address::of(&key_of(name).public_key())
}

/// The API of one node.
#[derive(Clone)]
pub struct Http {
    pub client: reqwest::Client,
    pub port: u16,
}

/// The body with which a transaction is submitted.
pub fn submission(transaction: &Transaction) -> Value {
    json!({ "transaction": hex(&codec::to_bytes(transaction)) })
}

impl Http {
    pub async fn try_get(&self, path: &str) -> Option<Value> {
        let url = format!("http://127.0.0.1:{}/api/v1/{path}", self.port);
        let response = self
            .client
            .get(url)
            .timeout(Duration::from_secs(5))
            .send()
            .await
            .ok()?;
        response
            .status()
            .is_success()
            .then_some(response.json().await.ok()?)
    }

    pub async fn get(&self, path: &str) -> Value {
        eventually(path, || self.try_get(path)).await
    }

    pub async fn height(&self) -> u64 {
        self.get("status").await["tip"]["height"].as_u64().unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("http://127.0.0.1:{}/api/v1/{path}", self.port);
        let response = self.client.post(url).json(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Signs and sends, and waits until it is final.
    pub async fn send(&self, key: &SecretKey, payload: Payload) -> Value {
        let transaction = self.sign(key, payload).await;
        let body = submission(&transaction);
        let (status, answer) = self.post("transactions?wait=finalized", &body).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["outcome"]["accepted"], true, "{answer}");
        answer
    }

    pub async fn sign(&self, key: &SecretKey, payload: Payload) -> Transaction {
        let parameters = self.get("parameters").await;
        let chain = parameters["chain"]["id"]
            .as_str()
            .unwrap()
            .parse::<ChainId>()
            .unwrap();
        let account = self
            .get(&format!("accounts/{}", Address::of(&key.public_key())))
            .await;
        UnsignedTransaction {
            chain,
            sender: key.public_key(),
            nonce: account["next_nonce"].as_u64().unwrap(),
            fee: Units(units(&parameters["min_fee"])),
            expires_at: Height(self.height().await + 100),
            payload,
        }
        .sign(key)
    }
}

impl Http {
    /// The whole run as a scenario, replayed by `etm replay`: the states after each round. Its draws, `v_avg` and carry are
    /// those of the chain.
    pub async fn replayed(&self, folder: &Path) -> Vec<Value> {
        let scenario = self.get("scenario/full").await;
        let file = folder.join("run.json");
        std::fs::write(&file, serde_json::to_vec(&scenario).unwrap()).unwrap();
        let replay = Command::new(env!("CARGO_BIN_EXE_etm"))
            .arg("replay")
            .arg(&file)
            .output()
            .unwrap();
        let problem = String::from_utf8_lossy(&replay.stderr).into_owned();
        assert!(replay.status.success(), "{problem}");
        let check = Command::new(env!("CARGO_BIN_EXE_etm"))
            .args(["replay", "--check"])
            .arg(&file)
            .output()
            .unwrap();
        let problem = String::from_utf8_lossy(&check.stderr).into_owned();
        assert!(check.status.success(), "{problem}");
        let states: Value = serde_json::from_slice(&replay.stdout).unwrap();
        let rounds = states["rounds"].as_array().unwrap().clone();
        assert!(!rounds.is_empty());
        for (round, state) in rounds.iter().enumerate() {
            let on_chain = self.get(&format!("rounds/{round}")).await;
            let drawn = on_chain["drawn"]["members"].as_array().unwrap();
            let drawn: Vec<&Value> = drawn.iter().map(|member| &member["id"]).collect();
            let replayed = state["committee"]["members"].as_array().unwrap();
            assert_eq!(drawn, replayed.iter().collect::<Vec<_>>(), "round {round}");
            assert_eq!(on_chain["v_avg"], state["v_avg"], "round {round}");
            let carry = &on_chain["distribution"]["carry_out"];
            assert_eq!(*carry, state["carry"], "round {round}");
        }
        rounds
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An amount of an answer.
pub fn units(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Asks until there is an answer.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl FnMut() -> F) -> T {
    let answer = within(Duration::from_secs(90), ask).await;
    answer.unwrap_or_else(|| panic!("never: {what}"))
}

/// Asks for so long until there is an answer.
pub async fn within<T, F: Future<Output = Option<T>>>(
    patience: Duration,
    mut ask: impl FnMut() -> F,
) -> Option<T> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        if begun.elapsed() > patience {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
