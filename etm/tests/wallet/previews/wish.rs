//! What accounts ask for, at random.

use super::{ETM, OWNED, Play};
use etm_types::{
    Contact, DialAddress, Memo, MinerId, MinerName, MinerSecrets, Payload, Units,
    api::{
        Amount,
        account::Account,
        miner::MinerPage,
        query::{PreviewQuery, PreviewRequest},
    },
};
use serde_json::{Value, json};

/// What an account asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Its kind, for the tally.
    pub kind: &'static str,
    pub command: Vec<String>,
    /// What is signed; none where only the command line knows.
    pub payload: Option<Payload>,
    /// The same as a question to the node.
    pub query: Option<PreviewQuery>,
    /// As `vectors/previews` writes it.
    pub case: Option<Value>,
    /// Who gets something.
    pub recipient: Option<usize>,
    /// The miner that it makes or changes, and what `etm miner show` says of it then.
    pub makes: Option<(String, Value)>,
}

impl Wish {
    /// Whether it is about the position.
    pub fn of_position(&self) -> bool {
        let others = ["send", "register", "update", "resign"];
        !others.contains(&self.kind)
    }

    fn new(kind: &'static str, command: &[&str]) -> Self {
        Self {
            kind,
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            payload: None,
            query: None,
            case: None,
            recipient: None,
            makes: None,
        }
    }
}

fn text(amount: u64) -> String {
    format!("{}.{:08}", amount / ETM, amount % ETM)
}

impl Play {
    /// Something this account may ask for.
    pub fn wish(&mut self, own: usize, state: &Account, miners: &MinerPage) -> Wish {
        let query = |request| PreviewQuery {
            request,
            amount: None,
            miner: None,
            name: None,
            node_key: None,
            bls_key: None,
            fee: None,
            nonce: Some(state.next_nonce),
        };
        let own_miner = state.miner.as_ref().map(|miner| format!("#{}", miner.id));
        match self.dice.below(32) {
            0..7 => {
                let most = if self.dice.below(8) == 0 { 1 } else { 8 };
                let amount = self.part(state.balance.0 / most);
                self.of_amount("lock", amount, query(PreviewRequest::Lock))
            }
            7..11 => {
                let locked = state.projected.as_ref().map_or(0, |own| own.locked.0);
                let amount = self.part(locked);
                self.of_amount("unlock", amount, query(PreviewRequest::Unlock))
            }
            11..18 => self.vote(miners, query(PreviewRequest::Vote)),
            18..20 => Wish {
                payload: Some(Payload::Withdraw),
                query: Some(query(PreviewRequest::Withdraw)),
                case: Some(json!({ "kind": "withdraw" })),
                ..Wish::new("unvote", &["unvote"])
            },
            20..22 => {
                let recipient = self.dice.below(self.actors.len() as u64) as usize;
                let address = self.actors[recipient].address;
                let amount = self.part(state.balance.0 / 8);
                Wish {
                    payload: Some(Payload::Transfer {
                        recipient: address,
                        amount: Units(amount),
                        memo: Memo::empty(),
                    }),
                    query: Some(PreviewQuery {
                        amount: Some(Amount(amount)),
                        ..query(PreviewRequest::Transfer)
                    })
                    // A question to the node does not say to whom: what comes to oneself is the wallet's to know.
                    .filter(|_| recipient != own),
                    recipient: Some(recipient),
                    ..Wish::new("send", &["send", &address.to_string(), &text(amount)])
                }
            }
            22..24 => self.register(own, query(PreviewRequest::Register)),
            24..27 => self.update(own, state, query(PreviewRequest::Update)),
            27 => Wish {
                payload: Some(Payload::Resign),
                query: Some(query(PreviewRequest::Resign)),
                case: Some(json!({ "kind": "resign" })),
                makes: own_miner.map(|miner| (miner, json!({ "state": "resigned" }))),
                ..Wish::new("resign", &["miner", "resign"])
            },
            28 => Wish::new("lock all", &["lock", "all"]),
            29 => Wish::new("unlock all", &["unlock", "all"]),
            _ => {
                let amount = text(self.part(state.balance.0 / 8));
                let miner = format!("#{}", self.any(miners));
                Wish::new("lock and vote", &["lock", &amount, "--vote", &miner])
            }
        }
    }

    /// A part of it, all of it, or a little more. An amount of 0 is none: that is said before anybody is asked.
    fn part(&mut self, whole: u64) -> u64 {
        match self.dice.below(6) {
            0 => whole.max(1),
            1 => whole.saturating_add(1),
            2 => ETM / 2,
            _ => 1 + self.dice.below(whole.max(1)),
        }
    }

    fn any(&mut self, miners: &MinerPage) -> u32 {
        let index = self.dice.below(miners.miners.len() as u64) as usize;
        miners.miners[index].id
    }

    fn of_amount(&self, kind: &'static str, amount: u64, query: PreviewQuery) -> Wish {
        let units = Units(amount);
        Wish {
            payload: Some(match query.request {
                PreviewRequest::Lock => Payload::Lock { amount: units },
                _ => Payload::Unlock { amount: units },
            }),
            query: Some(PreviewQuery {
                amount: Some(Amount(amount)),
                ..query
            }),
            case: Some(json!({ "kind": kind, "amount": amount.to_string() })),
            ..Wish::new(kind, &[kind, &text(amount)])
        }
    }

    fn vote(&mut self, miners: &MinerPage, query: PreviewQuery) -> Wish {
        let miner = self.any(miners);
        Wish {
            payload: Some(Payload::Vote {
                miner: MinerId(miner),
            }),
            query: Some(PreviewQuery {
                miner: Some(miner.to_string()),
                ..query
            }),
            case: Some(json!({ "kind": "vote", "miner": miner })),
            ..Wish::new("vote", &["vote", &format!("#{miner}")])
        }
    }

    /// New keys for a node, and the file that has them.
    fn keys(&mut self) -> (MinerSecrets, String, String) {
        self.registered += 1;
        let file = format!("node-{}.key", self.registered);
        self.home.text(&["miner", "node-keys", &file]);
        let kept = std::fs::read_to_string(self.home.path(&file)).unwrap();
        let dial = format!("127.0.0.1:{}", 2_000 + self.registered);
        (MinerSecrets::from_text(&kept).unwrap(), file, dial)
    }

    fn register(&mut self, own: usize, query: PreviewQuery) -> Wish {
        let (secrets, file, dial) = self.keys();
        // Names that are taken, and new ones.
        let name = match self.dice.below(3) {
            0 => "amber".to_owned(),
            _ => format!("newcomer{}", self.registered),
        };
        let keys = secrets.prove(&self.actors[own].address);
        let words = ["miner", "register", &name, "--dial", &dial];
        let more = ["--node-keys", &file, "--no-check"];
        Wish {
            query: Some(PreviewQuery {
                name: Some(name.clone()),
                ..with_keys(query, &keys)
            }),
            case: Some(json!({ "kind": "register", "name": name })),
            makes: Some((
                name.clone(),
                json!({
                    "owner": self.actors[own].address.to_string(),
                    "dial_address": dial,
                    "state": "registered",
                }),
            )),
            ..Wish::new("register", &[&words[..], &more].concat())
        }
        .signing(Payload::Register {
            name: MinerName::new(&name).unwrap(),
            keys: Box::new(keys),
            dial: DialAddress::new(dial).unwrap(),
            contact: None,
        })
    }

    fn update(&mut self, own: usize, state: &Account, query: PreviewQuery) -> Wish {
        let contact = format!("{own} of block {}", state.height);
        let words = ["miner", "update", "--no-check", "--contact", &contact];
        let own_miner = state.miner.as_ref().map(|miner| format!("#{}", miner.id));
        // The nodes of genesis go on with what they have.
        let runs = state
            .miner
            .as_ref()
            .is_some_and(|miner| OWNED.iter().any(|one| u32::from(*one) == miner.id));
        if runs || self.dice.below(2) == 0 {
            return Wish {
                query: Some(query),
                makes: own_miner.map(|name| (name, json!({ "contact": contact }))),
                ..Wish::new("update", &words)
            };
        }
        let (secrets, file, dial) = self.keys();
        let keys = secrets.prove(&self.actors[own].address);
        let more = ["--dial", &dial, "--node-keys", &file];
        Wish {
            query: Some(with_keys(query, &keys)),
            makes: own_miner
                .map(|name| (name, json!({ "contact": contact, "dial_address": dial }))),
            ..Wish::new("update", &[&words[..], &more].concat())
        }
        .signing(Payload::Update {
            keys: Some(Box::new(keys)),
            dial: DialAddress::new(dial).unwrap(),
            contact: Some(Contact::new(contact).unwrap()),
        })
    }
}

impl Wish {
    fn signing(self, payload: Payload) -> Self {
        Self {
            payload: Some(payload),
            ..self
        }
    }
}

fn with_keys(query: PreviewQuery, keys: &etm_types::MinerKeys) -> PreviewQuery {
    PreviewQuery {
        node_key: Some(keys.node.into()),
        bls_key: Some(etm_types::api::Bytes(keys.bls.0.to_vec())),
        ..query
    }
}
