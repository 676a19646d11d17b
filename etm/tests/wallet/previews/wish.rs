//! What accounts ask for, at random.

use super::{ACCOUNTS, ETM, Play, address};
use etm_types::{
    Memo, MinerId, Payload, Units,
    api::{
        Amount,
        account::Account,
        miner::MinerPage,
        query::{PreviewQuery, PreviewRequest},
    },
};
use serde_json::{Value, json};

/// What an account asks for.
pub struct Wish {
    pub payload: Option<Payload>,
    pub query: PreviewQuery,
    pub command: Vec<String>,
    /// As `vectors/previews` writes it.
    pub kind: Value,
}

impl Play {
    /// Something this account may ask for.
    pub fn wish(&mut self, own: u8, state: &Account, miners: &MinerPage) -> Wish {
        let locked = state.projected.as_ref().map_or(0, |own| own.locked.0);
        let mut part = |whole: u64| match self.dice.below(6) {
            // An amount of 0 is none: that is said before anybody is asked.
            0 => whole.max(1),
            1 => whole.saturating_add(1),
            2 => ETM / 2,
            _ => 1 + self.dice.below(whole.max(1)),
        };
        let (small, most) = (part(state.balance.0 / 8), part(state.balance.0));
        let unlocked = part(locked);
        let text = |amount: u64| format!("{}.{:08}", amount / ETM, amount % ETM);
        let query = |request, amount: Option<u64>, miner: Option<u32>| PreviewQuery {
            request,
            amount: amount.map(Amount),
            miner: miner.map(|id| id.to_string()),
            name: None,
            node_key: None,
            bls_key: None,
            fee: None,
        };
        match self.dice.below(24) {
            0..8 => {
                let amount = if self.dice.below(8) == 0 { most } else { small };
                Wish {
                    payload: Some(Payload::Lock {
                        amount: Units(amount),
                    }),
                    query: query(PreviewRequest::Lock, Some(amount), None),
                    command: vec!["lock".to_owned(), text(amount)],
                    kind: json!({ "kind": "lock", "amount": amount.to_string() }),
                }
            }
            8..11 => Wish {
                payload: Some(Payload::Unlock {
                    amount: Units(unlocked),
                }),
                query: query(PreviewRequest::Unlock, Some(unlocked), None),
                command: vec!["unlock".to_owned(), text(unlocked)],
                kind: json!({ "kind": "unlock", "amount": unlocked.to_string() }),
            },
            11..19 => {
                let count = miners.miners.len() as u64;
                let miner = miners.miners[self.dice.below(count) as usize].id;
                Wish {
                    payload: Some(Payload::Vote {
                        miner: MinerId(miner),
                    }),
                    query: query(PreviewRequest::Vote, None, Some(miner)),
                    command: vec!["vote".to_owned(), format!("#{miner}")],
                    kind: json!({ "kind": "vote", "miner": miner }),
                }
            }
            19 | 20 => Wish {
                payload: Some(Payload::Withdraw),
                query: query(PreviewRequest::Withdraw, None, None),
                command: vec!["unvote".to_owned()],
                kind: json!({ "kind": "withdraw" }),
            },
            21 => {
                let other = address((own + 1) % ACCOUNTS);
                Wish {
                    payload: Some(Payload::Transfer {
                        recipient: other,
                        amount: Units(small),
                        memo: Memo::empty(),
                    }),
                    query: query(PreviewRequest::Transfer, Some(small), None),
                    command: vec!["send".to_owned(), other.to_string(), text(small)],
                    kind: json!({ "kind": "transfer", "amount": small.to_string() }),
                }
            }
            22 => {
                // Names that are taken, and new ones.
                self.registered += 1;
                let name = match self.dice.below(3) {
                    0 => "amber".to_owned(),
                    _ => format!("newcomer{}", self.registered),
                };
                let keys = format!("node-{}.key", self.registered);
                self.home.text(&["miner", "node-keys", &keys]);
                let words = [
                    "miner",
                    "register",
                    &name,
                    "--dial",
                    "127.0.0.1:4999",
                    "--node-keys",
                    &keys,
                    "--no-check",
                ];
                Wish {
                    // The command line has the keys: it writes the transaction.
                    payload: None,
                    query: PreviewQuery {
                        name: Some(name.clone()),
                        ..query(PreviewRequest::Register, None, None)
                    },
                    command: words.map(str::to_owned).to_vec(),
                    kind: json!({ "kind": "register", "name": name }),
                }
            }
            _ => Wish {
                payload: Some(Payload::Resign),
                query: query(PreviewRequest::Resign, None, None),
                command: vec!["miner".to_owned(), "resign".to_owned()],
                kind: json!({ "kind": "resign" }),
            },
        }
    }
}
