//! What a preview says is what comes: random chains, random requests. Some of them are the vectors that the wallet and the page
//! hold their own figures against (`vectors/previews`).

use etm_history::testing::{account, dial, miner_secrets};
use etm_types::api::account::{Account, Preview, ProjectedPosition};
use etm_types::api::miner::MinerPage;
use etm_types::api::transaction::Transaction;
use etm_types::{Memo, MinerId, MinerKeys, MinerName, Payload, Units};
use serde_json::{Value, json};

use crate::support::Server;

const ETM: u64 = 100_000_000;
/// Accounts that act: the owners of the five miners of genesis, and others.
const ACCOUNTS: u64 = 8;

/// Numbers that look random: SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Something an account asks for, as a transaction and as a question for a preview.
struct Wish {
    payload: Payload,
    query: String,
    kind: Value,
}

fn wish(dice: &mut Dice, own: u8, state: &Account, newcomers: &mut u8) -> Wish {
    let locked = state.projected.as_ref().map_or(0, |own| own.locked.0);
    let part = |dice: &mut Dice, whole: u64| match dice.below(5) {
        0 => whole,
        1 => whole.saturating_add(1),
        2 => ETM / 2,
        _ => 1 + dice.below(whole.max(1)),
    };
    match dice.below(12) {
        0..3 => {
            // Now and then more than there is.
            let amount = match dice.below(6) {
                0 => state.balance.0,
                _ => part(dice, 300 * ETM),
            };
            Wish {
                payload: Payload::Lock {
                    amount: Units(amount),
                },
                query: format!("request=lock&amount={amount}"),
                kind: json!({ "kind": "lock", "amount": amount.to_string() }),
            }
        }
        3..5 => {
            let amount = part(dice, locked);
            Wish {
                payload: Payload::Unlock {
                    amount: Units(amount),
                },
                query: format!("request=unlock&amount={amount}"),
                kind: json!({ "kind": "unlock", "amount": amount.to_string() }),
            }
        }
        5..9 => {
            let miner = dice.below(7) as u32;
            Wish {
                payload: Payload::Vote {
                    miner: MinerId(miner),
                },
                query: format!("request=vote&miner={miner}"),
                kind: json!({ "kind": "vote", "miner": miner }),
            }
        }
        9 => Wish {
            payload: Payload::Withdraw,
            query: "request=withdraw".to_owned(),
            kind: json!({ "kind": "withdraw" }),
        },
        10 => {
            // Names that are taken, and new ones.
            *newcomers += 1;
            let number = match dice.below(2) {
                0 => 0,
                _ => *newcomers,
            };
            let name = MinerName::new(&format!("miner{number}")).unwrap();
            let keys = miner_secrets(20 + *newcomers).prove(&account(own));
            Wish {
                query: format!("request=register&name={name}{}", of_keys(&keys)),
                kind: json!({ "kind": "register", "name": name.to_string() }),
                payload: Payload::Register {
                    name,
                    keys: Box::new(keys),
                    dial: dial(own),
                    contact: None,
                },
            }
        }
        _ => Wish {
            payload: Payload::Resign,
            query: "request=resign".to_owned(),
            kind: json!({ "kind": "resign" }),
        },
    }
}

/// How many nonces after the account's next one are taken by what waits.
const fn ahead(state: &Account) -> u64 {
    state.next_nonce - state.nonce
}

fn of_keys(keys: &MinerKeys) -> String {
    format!("&node_key={}&bls_key={}", keys.node, keys.bls)
}

fn position(state: &Account) -> Option<ProjectedPosition> {
    state.position.as_ref().map(|position| ProjectedPosition {
        locked: position.locked,
        time_gain: position.time_gain,
        miner: position.miner.clone(),
        votes: position.votes,
    })
}

/// A chain with its account holders.
struct Play {
    server: Server,
    dice: Dice,
    newcomers: u8,
    /// How many previews were followed to the end of their round, and how many said no.
    followed: u32,
    refused: u32,
    /// Whether accounts ask behind others of their own that wait, and how many did.
    behind_others: bool,
    behind: u32,
    cases: Vec<Value>,
}

impl Play {
    fn state(&self, own: u8) -> Account {
        let path = format!("/api/v1/accounts/{}", account(own));
        self.server.get(&path).ok()
    }

    fn miners(&self) -> MinerPage {
        self.server.get("/api/v1/miners?sort=id&limit=500").ok()
    }

    /// Others ask for something, in blocks before.
    fn stir(&mut self) {
        for _ in 0..self.dice.below(3) {
            let own = self.dice.below(ACCOUNTS) as u8;
            let state = self.state(own);
            let wish = wish(&mut self.dice, own, &state, &mut self.newcomers);
            let _ = self.server.send(own, 0, wish.payload);
            self.server.produce(self.dice.below(3) / 2);
        }
    }

    /// The account asks for up to four things that wait for a block.
    fn leave_waiting(&mut self, own: u8) {
        for _ in 0..=self.dice.below(4) {
            let state = self.state(own);
            let payload = match self.dice.below(6) {
                // To itself now and then.
                0 => Payload::Transfer {
                    recipient: account(own + self.dice.below(2) as u8),
                    amount: Units(1 + self.dice.below(state.balance.0 / 2)),
                    memo: Memo::empty(),
                },
                1 => Payload::Update {
                    keys: None,
                    dial: dial(own),
                    contact: None,
                },
                _ => wish(&mut self.dice, own, &state, &mut self.newcomers).payload,
            };
            // What the door refuses does not wait.
            let _ = self.server.send(own, ahead(&state), payload);
        }
    }

    fn ask(&mut self) {
        let own = self.dice.below(ACCOUNTS) as u8;
        if self.behind_others {
            self.leave_waiting(own);
        }
        let (before, miners) = (self.state(own), self.miners());
        let wish = wish(&mut self.dice, own, &before, &mut self.newcomers);
        let ahead = ahead(&before);
        let nonce = match ahead {
            0 => String::new(),
            _ => format!("&nonce={}", before.next_nonce),
        };
        let path = format!(
            "/api/v1/accounts/{}/preview?{}{nonce}",
            account(own),
            wish.query
        );
        let answer = self.server.get(&path);
        if answer.status == 404 {
            // A miner that never was. What waits is none of the next one's.
            self.server.pass(ahead.min(1));
            return;
        }
        let preview: Preview = answer.ok();
        assert_eq!(u64::from(preview.waiting), ahead);
        if ahead == 0 {
            assert_eq!(preview.before, before.projected);
        } else {
            self.behind += 1;
        }
        for effect in &preview.miners {
            let changes = effect.votes_before != effect.votes_after;
            assert!(
                changes || wish.payload == Payload::Resign,
                "{path}: {effect:?}"
            );
        }
        self.note(&before, &miners, &wish, &preview);
        let sent = self.server.send(own, ahead, wish.payload);
        if let Some(refused) = &preview.refused {
            self.refused += 1;
            if sent.status >= 400 {
                assert_eq!(sent.code(), refused.code, "{path}");
                self.server.pass(ahead.min(1));
                return;
            }
            self.server.produce(0);
            let hash = sent.json()["hash"].as_str().unwrap().to_owned();
            let path = format!("/api/v1/transactions/{hash}");
            let found: Transaction = self.server.get(&path).ok();
            let outcome = found.summary.outcome.unwrap();
            assert!(!outcome.accepted, "{path}");
            assert_eq!(outcome.refused.unwrap().code, refused.code, "{path}");
            return;
        }
        assert_eq!(sent.status, 202, "{path}: {sent:?}");
        self.server.produce(0);
        // The reward of a block may have come to it.
        assert!(self.state(own).balance >= preview.balance_after, "{path}");
        let on_time = self.dice.below(3) > 0;
        while self.state(own).effective_round == preview.effective_round {
            let skipped = if on_time { 0 } else { self.dice.below(2) };
            self.server.produce(skipped);
        }
        let now = position(&self.state(own));
        if on_time {
            self.followed += 1;
            assert_eq!(now, preview.after, "{path}");
            let after = self.miners();
            for effect in &preview.miners {
                let row = after.miners.iter().find(|row| row.id == effect.miner.id);
                let Some(row) = row else { continue };
                assert_eq!(row.votes, effect.votes_after, "{path}");
                assert_eq!(row.weight, effect.weight_after, "{path}");
                assert_eq!(row.inclusion_ppb, effect.inclusion_after_ppb, "{path}");
            }
        }
        let gain = |position: &Option<ProjectedPosition>| {
            position.as_ref().map_or(0, |position| position.time_gain)
        };
        let (worst, best) = (gain(&preview.after_worst), gain(&preview.after_best));
        assert!(
            (worst..=best).contains(&gain(&now)),
            "{path}: {worst} to {best}, {now:?}"
        );
    }

    fn note(&mut self, account: &Account, miners: &MinerPage, wish: &Wish, preview: &Preview) {
        // A few of those that are refused say what all say.
        if preview.refused.is_some() && self.refused > 15 {
            return;
        }
        let mut account = serde_json::to_value(account).unwrap();
        if account["position"].is_object() {
            account["position"]["forecast"] = json!([]);
        }
        let mut miners = serde_json::to_value(miners).unwrap();
        for row in miners["miners"].as_array_mut().unwrap() {
            row["recent"] = json!("");
        }
        self.cases.push(json!({
            "request": wish.kind, "account": account, "miners": miners, "preview": preview,
        }));
    }
}

fn play(seed: u64, steps: u32, behind_others: bool) -> Play {
    let mut play = Play {
        server: Server::new(true),
        dice: Dice(seed),
        newcomers: 10,
        followed: 0,
        refused: 0,
        behind_others,
        behind: 0,
        cases: Vec::new(),
    };
    for _ in 0..steps {
        play.stir();
        play.ask();
    }
    play
}

/// Keys of another miner cost a fee and nothing comes of them: a preview with the keys says so as a block would.
#[test]
fn a_preview_knows_whose_keys_they_are() {
    let server = Server::new(true);
    // The owner of a miner, and somebody who owns none.
    let (owner, stranger) = (0, 6);
    let with = |own: u8, keys: u8| miner_secrets(keys).prove(&account(own));
    let register = |own: u8, keys: u8| {
        let (name, keys) = (MinerName::new("newcomer").unwrap(), with(own, keys));
        let query = format!("request=register&name={name}{}", of_keys(&keys));
        let payload = Payload::Register {
            name,
            keys: Box::new(keys),
            dial: dial(own),
            contact: None,
        };
        (own, query, payload)
    };
    let update = |own: u8, keys: Option<u8>| {
        let keys = keys.map(|keys| with(own, keys));
        let query = keys.as_ref().map(of_keys).unwrap_or_default();
        let payload = Payload::Update {
            keys: keys.map(Box::new),
            dial: dial(own),
            contact: None,
        };
        (own, format!("request=update{query}"), payload)
    };
    for ((own, query, payload), refused) in [
        (register(stranger, 1), Some("key_taken")),
        (update(stranger, Some(20)), Some("not_a_miner")),
        (update(stranger, None), Some("not_a_miner")),
        (update(owner, Some(1)), Some("key_taken")),
        (update(owner, Some(21)), None),
        (update(owner, None), None),
        (register(stranger, 21), Some("key_taken")),
        (register(stranger, 22), None),
    ] {
        let path = format!("/api/v1/accounts/{}/preview?{query}", account(own));
        let preview: Preview = server.get(&path).ok();
        let said = preview.refused.map(|refused| refused.code);
        assert_eq!(said.as_deref(), refused, "{path}");
        assert_eq!(preview.accepted, refused.is_none());
        let sent = server.send(own, 0, payload);
        assert_eq!(sent.status, 202, "{path}: {sent:?}");
        server.produce(0);
        let hash = sent.json()["hash"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/transactions/{hash}");
        let found: Transaction = server.get(&path).ok();
        let became = found.summary.outcome.unwrap().refused;
        assert_eq!(became.map(|refused| refused.code).as_deref(), refused);
    }
}

/// A nonce that the pool takes for none is told before anything is signed, as the pool would refuse it.
#[test]
fn a_preview_knows_what_nonces_a_pool_holds() {
    let server = Server::new(true);
    server.send(6, 0, Payload::Withdraw);
    server.produce(0);
    for (nonce, refused) in [
        (0, Some("nonce_too_low")),
        (1, None),
        (65, None),
        (66, Some("nonce_too_high")),
        (u64::MAX, Some("nonce_too_high")),
    ] {
        let path = format!(
            "/api/v1/accounts/{}/preview?request=lock&amount={ETM}&nonce={nonce}",
            account(6)
        );
        let preview: Preview = server.get(&path).ok();
        let said = preview.refused.map(|refused| refused.code);
        assert_eq!(said.as_deref(), refused, "{path}");
        let amount = Units(ETM);
        let sent = match nonce.checked_sub(1) {
            Some(ahead) if nonce < u64::MAX => server.send(6, ahead, Payload::Lock { amount }),
            _ => continue,
        };
        let came = (sent.status >= 400).then(|| sent.code());
        assert_eq!(came.as_deref(), refused, "{path}");
    }
    // What waits with the nonces 1 and 65 gives its place for a higher fee only, also to a vote that comes with a lock.
    let least = ETM / 10;
    let higher = least + least / 10;
    for (query, refused) in [
        (format!("nonce=1&fee={least}"), true),
        (format!("nonce=1&fee={}", higher - 1), true),
        (format!("nonce=1&fee={higher}"), false),
        (format!("nonce=64&fee={least}"), false),
        (format!("nonce=64&fee={least}&miner=1"), true),
        (format!("nonce=64&fee={higher}&miner=1"), false),
    ] {
        let path = format!(
            "/api/v1/accounts/{}/preview?request=lock&amount={ETM}&{query}",
            account(6)
        );
        let preview: Preview = server.get(&path).ok();
        let said = preview.refused.map(|refused| refused.code);
        let expected = refused.then_some("replacement_fee_too_low");
        assert_eq!(said.as_deref(), expected, "{path}");
    }
}

#[test]
fn what_a_preview_says_is_what_comes() {
    let (mut followed, mut refused) = (0, 0);
    for seed in 0..4 {
        let play = play(seed, 60, false);
        followed += play.followed;
        refused += play.refused;
    }
    assert!(followed > 60 && refused > 40, "{followed}, {refused}");
}

#[test]
fn a_preview_counts_in_what_waits_before() {
    let (mut followed, mut refused, mut behind) = (0, 0, 0);
    for seed in 20..30 {
        let play = play(seed, 70, true);
        followed += play.followed;
        refused += play.refused;
        behind += play.behind;
    }
    assert!(behind > 500, "{behind}");
    assert!(followed > 150 && refused > 150, "{followed}, {refused}");
}

/// Cases for the wallet and the page. To bring them up to date run this test with `UPDATE_PREVIEWS=1`.
#[test]
fn the_vectors_of_previews_are_those_of_the_node() {
    for (file, play) in [
        ("cases.json", play(7, 150, false)),
        ("behind.json", play(8, 60, true)),
    ] {
        let parameters = play.server.get("/api/v1/parameters").json();
        let mut text = String::from("{\"parameters\":");
        text.push_str(&parameters.to_string());
        text.push_str(",\"cases\":[\n");
        let cases: Vec<String> = play.cases.iter().map(Value::to_string).collect();
        text.push_str(&cases.join(",\n"));
        text.push_str("\n]}\n");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/previews");
        let path = std::path::Path::new(folder).join(file);
        if std::env::var_os("UPDATE_PREVIEWS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let recorded = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            recorded == text,
            "vectors/previews/{file} differs from the code: run this test with UPDATE_PREVIEWS=1"
        );
    }
}
