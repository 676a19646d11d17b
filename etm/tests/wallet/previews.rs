//! What previews say, beside what then comes: random requests of several accounts on a devnet, asked of the node and of the command
//! line, then sent, and looked at after the end of their round.
//!
//! A few run with the other tests; 500 with
//! `cargo test -p etm --test wallet -- --ignored --nocapture previews_of`. `PREVIEWS_OUT=FOLDER` keeps the cases, which the page then
//! computes on its own: `PREVIEWS=FILE npx vitest run previews`, a file each.

mod wish;

use crate::{devnet::Devnet, home::Home};
use etm_client::Client;
use etm_types::{
    Address, ChainId, Height, Memo, Payload, SecretKey, Units, UnsignedTransaction,
    api::{
        account::{Account, Preview, ProjectedPosition},
        devnet::TimeTravelRequest,
        miner::MinerPage,
        query::{MinerSort, MinersQuery},
    },
    codec::{from_bytes, to_bytes},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
use wish::Wish;

const ETM: u64 = 100_000_000;
/// Accounts that act.
const ACCOUNTS: u8 = 12;
/// Blocks of a round.
const ROUND: u64 = 20;

#[test]
fn previews_of_some_requests_are_what_comes() {
    let told = Play::new(&["--no-lazy-miner"], 11).run(12);
    assert!(told.exact > 0, "{told:?}");
}

#[test]
#[ignore = "takes minutes"]
fn previews_of_400_requests_are_what_comes() {
    let told = Play::new(&["--no-lazy-miner"], 1).run(400);
    println!("all slots used but by chance: {told:#?}");
    assert!(told.refused > 20 && told.exact > 200, "{told:?}");
}

#[test]
#[ignore = "takes minutes"]
fn previews_of_100_requests_are_what_comes_where_a_miner_misses_slots() {
    let told = Play::new(&[], 2).run(100);
    println!("a miner misses slots: {told:#?}");
    assert!(told.exact > 20, "{told:?}");
}

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

/// How the requests ended.
#[derive(Debug, Default)]
struct Told {
    /// Accepted, and the position was what had been said.
    exact: u32,
    /// Accepted, and the position was another of those that had been said to be possible.
    possible: u32,
    /// The preview said no, and so did the chain, for the same reason.
    refused: u32,
    /// Miners' votes and weights in the draw at the end of the round that were what had been said.
    miners: u32,
    /// In a block of a later round than the preview was of, or looked at too late.
    late: u32,
    /// Followed by another request of the same account in the same round.
    followed: u32,
    /// Overtaken in the same round by another account, whose miner resigned.
    overtaken: u32,
    /// Answers of the command line that were compared with the node's, figure by figure.
    sides: u32,
}

/// A request on its way.
struct Asked {
    own: u8,
    text: String,
    round: u64,
    said: Preview,
    /// Slots missed in the round, and days in it, as of the preview.
    missed: u64,
    days: u32,
}

/// A devnet and those who act on it.
struct Play {
    client: Client,
    runtime: tokio::runtime::Runtime,
    dice: Dice,
    chain: ChainId,
    fee: u64,
    open: Vec<Asked>,
    told: Told,
    cases: Vec<Value>,
    registered: u32,
    home: Home,
    /// Dropped last.
    _devnet: Devnet,
}

impl Play {
    fn new(options: &[&str], seed: u64) -> Self {
        let rounds = ROUND.to_string();
        let common = [
            "--quiet-voters",
            "--round",
            &rounds,
            "--slot",
            "250ms",
            "--day",
            "30s",
        ];
        let devnet = Devnet::start_with(&[&common, options].concat());
        let client = Client::new(&devnet.url()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let parameters = runtime.block_on(client.parameters()).unwrap();
        let mut play = Self {
            home: Home::new(&devnet),
            client,
            runtime,
            dice: Dice(seed),
            chain: ChainId(parameters.chain.id.0),
            fee: parameters.min_fee.0,
            open: Vec::new(),
            told: Told::default(),
            cases: Vec::new(),
            registered: 0,
            _devnet: devnet,
        };
        play.endow();
        play
    }

    /// Everybody gets something, from a miner's owner.
    fn endow(&mut self) {
        let rich = SecretKey::from_seed(Sha256::digest(b"devnet alice").into());
        let rich_address = Address::of(&rich.public_key());
        let balance = self.account(&rich_address).balance.0;
        for own in 0..ACCOUNTS {
            let payload = Payload::Transfer {
                recipient: address(own),
                amount: Units(balance / 2 / u64::from(ACCOUNTS)),
                memo: Memo::empty(),
            };
            let nonce = self.account(&rich_address).next_nonce;
            let sent = self.send(&rich, nonce, payload);
            assert!(sent.is_ok_and(|(_, refused)| refused.is_none()));
        }
    }

    /// Asks and follows so many.
    fn run(mut self, requests: u32) -> Told {
        let (mut round, mut said) = (0, 0);
        while self.done() < requests {
            let now = self.round();
            self.settle(now);
            if now != round {
                round = now;
                self.travel();
            }
            self.ask();
            if self.done() >= said + 50 {
                said = self.done();
                println!("{said} of {requests}: {:?}", self.told);
            }
        }
        while !self.open.is_empty() {
            std::thread::sleep(Duration::from_millis(100));
            let now = self.round();
            self.settle(now);
        }
        if let Some(folder) = std::env::var_os("PREVIEWS_OUT") {
            let name = format!("previews-{requests}.json");
            let file = std::path::Path::new(&folder).join(name);
            std::fs::write(file, json!({ "cases": self.cases }).to_string()).unwrap();
        }
        self.told
    }

    fn done(&self) -> u32 {
        let open = u32::try_from(self.open.len()).unwrap();
        open + self.told.exact + self.told.possible + self.told.refused
    }

    fn account(&self, address: &Address) -> Account {
        let address = address.to_string();
        let asked = self.client.account(&address);
        self.runtime.block_on(asked).unwrap()
    }

    fn miners(&self) -> MinerPage {
        let query = MinersQuery {
            sort: Some(MinerSort::Id),
            limit: Some(500),
            ..MinersQuery::default()
        };
        self.runtime.block_on(self.client.miners(&query)).unwrap()
    }

    fn round(&self) -> u64 {
        let status = self.runtime.block_on(self.client.status()).unwrap();
        status.progress.round
    }

    fn missed(&self) -> u64 {
        let status = self.runtime.block_on(self.client.status()).unwrap();
        status.progress.missed
    }

    /// Signs, sends, waits until it is final: its height, and why it was refused, if it was. The error is the code of a refusal at the door.
    fn send(
        &self,
        key: &SecretKey,
        nonce: u64,
        payload: Payload,
    ) -> Result<(u64, Option<String>), String> {
        let unsigned = UnsignedTransaction {
            chain: self.chain,
            sender: key.public_key(),
            nonce,
            fee: Units(self.fee),
            expires_at: Height::MAX,
            payload,
        };
        let bytes = to_bytes(&unsigned.sign(key));
        let sent = self.client.submit_and_wait(bytes, Duration::from_secs(60));
        match self.runtime.block_on(sent) {
            Ok(done) => {
                let outcome = done.outcome.expect("it is in a block within a minute");
                Ok((
                    done.height.unwrap(),
                    outcome.refused.map(|refused| refused.code),
                ))
            }
            Err(error) => Err(error
                .code()
                .map_or_else(|| panic!("{error}"), |code| code.as_str().to_owned())),
        }
    }

    /// Now and then days pass, at the beginning of a round that nobody has asked in yet: a time gain is something to lose.
    fn travel(&mut self) {
        if !self.open.is_empty() || self.dice.below(3) > 0 {
            return;
        }
        let days = u32::try_from(2 + self.dice.below(30)).unwrap();
        let request = TimeTravelRequest {
            days: Some(days),
            rounds: None,
        };
        let there = self
            .runtime
            .block_on(self.client.time_travel(&request))
            .unwrap();
        let arrived = || {
            let status = self.runtime.block_on(self.client.status()).unwrap();
            status.tip.timestamp_ms >= there.to_ms
        };
        crate::life::eventually("the days are over", arrived);
    }

    /// What both sides say, then what the chain says.
    fn ask(&mut self) {
        let own = u8::try_from(self.dice.below(u64::from(ACCOUNTS))).unwrap();
        let (state, miners) = (self.account(&address(own)), self.miners());
        let missed = self.missed();
        let wish = self.wish(own, &state, &miners);
        if state.balance.0 < 2 * self.fee {
            return;
        }
        let text = format!(
            "account {own} at height {}: {}",
            state.height,
            wish.command.join(" ")
        );
        let own_address = address(own).to_string();
        let preview = || {
            let asked = self.client.preview(&own_address, &wish.query);
            self.runtime.block_on(asked).unwrap()
        };
        let said = preview();
        let command_line = self.dry_run(own, &wish.command);
        let still = preview();
        let same_figures = |one: &Preview, other: &Preview| {
            Preview {
                height: 0,
                ..one.clone()
            } == Preview {
                height: 0,
                ..other.clone()
            }
        };
        if said.effective_round != still.effective_round || !same_figures(&said, &still) {
            // A round ended, a slot was missed or a day began while both were asked.
            return;
        }
        self.compare_sides(&text, &said, &command_line);
        self.note(&state, &miners, &wish, &said);
        let resigns = state
            .miner
            .clone()
            .filter(|_| wish.payload == Some(Payload::Resign));
        let payload = match &wish.payload {
            Some(payload) => payload.clone(),
            // Refused by the command line: nothing was written.
            None if said.refused.is_some() => {
                self.told.refused += 1;
                return;
            }
            None => self.written(own, &wish.command),
        };
        let sent = self.send(&key(own), state.next_nonce, payload);
        if let Some(refused) = &said.refused {
            let came = match sent {
                Ok((_, refused)) => refused,
                Err(code) => Some(code),
            };
            assert_eq!(came.as_deref(), Some(refused.code.as_str()), "{text}");
            self.told.refused += 1;
            return;
        }
        let (height, refused) = sent.unwrap_or_else(|code| panic!("{text}: {code}"));
        if height / ROUND != said.effective_round {
            self.told.late += 1;
            return;
        }
        assert_eq!(refused, None, "{text}");
        let now = self.account(&address(own));
        if now.effective_round == said.effective_round {
            assert_eq!(now.balance, said.balance_after, "{text}: the balance");
        }
        // Whoever asks again in a round asks with the first request counted in.
        let before = self.open.len();
        self.open.retain(|asked| asked.own != own);
        self.told.followed += u32::try_from(before - self.open.len()).unwrap();
        // Nobody could know of a resignation that came later: it takes the vote of whoever votes for that miner then.
        let before = self.open.len();
        self.open.retain(|asked| {
            let after = asked.said.after.as_ref();
            let miner = after.and_then(|after| after.miner.as_ref());
            resigns.is_none() || miner != resigns.as_ref()
        });
        self.told.overtaken += u32::try_from(before - self.open.len()).unwrap();
        self.open.push(Asked {
            own,
            text,
            round: said.effective_round,
            said,
            missed,
            days: state.round_end.days,
        });
    }

    fn dry_run(&self, own: u8, command: &[String]) -> Value {
        let public_key = key(own).public_key().to_string();
        let mut words: Vec<&str> = command.iter().map(String::as_str).collect();
        words.extend(["--dry-run", "--json", "--public-key", &public_key]);
        let ended = self.home.run(&words);
        let text = if ended.code == 0 {
            &ended.out
        } else {
            &ended.err
        };
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{words:?}: {error}: {ended:?}"))
    }

    /// The transaction that the command line prepares.
    fn written(&self, own: u8, command: &[String]) -> Payload {
        let public_key = key(own).public_key().to_string();
        let _ = std::fs::remove_file(self.home.path("tx.json"));
        let mut words: Vec<&str> = command.iter().map(String::as_str).collect();
        words.extend([
            "--unsigned",
            "--out",
            "tx.json",
            "--public-key",
            &public_key,
        ]);
        self.home.text(&words);
        let file = std::fs::read_to_string(self.home.path("tx.json")).unwrap();
        let file: Value = serde_json::from_str(&file).unwrap();
        let bytes: etm_types::api::Bytes = file["transaction"].as_str().unwrap().parse().unwrap();
        from_bytes::<UnsignedTransaction>(&bytes.0).unwrap().payload
    }

    /// The command line computes on its own what the node says.
    fn compare_sides(&mut self, text: &str, node: &Preview, command_line: &Value) {
        if let Some(refused) = &node.refused {
            // A miner that has gone meanwhile is not found by its number, whatever else stands against the vote.
            if command_line["error"]["code"] == "unknown_miner" {
                return;
            }
            assert_eq!(
                command_line["error"]["code"], refused.code,
                "{text}: {command_line}"
            );
            self.told.sides += 1;
            return;
        }
        let node = serde_json::to_value(node).unwrap();
        for figure in [
            "before",
            "after",
            "after_best",
            "after_worst",
            "fee",
            "balance_before",
            "balance_after",
        ] {
            assert_eq!(
                command_line[figure], node[figure],
                "{text}: {figure}: {command_line}"
            );
        }
        let effects = |of: &Value| -> Vec<Value> {
            let mut rows = of["miners"].as_array().cloned().unwrap_or_default();
            for row in &mut rows {
                let row = row.as_object_mut().unwrap();
                row.remove("weight_before");
                row.remove("weight_after");
            }
            rows.sort_by_key(|row| row["miner"]["id"].as_u64());
            rows
        };
        assert_eq!(effects(command_line), effects(&node), "{text}");
        self.told.sides += 1;
    }

    /// What has come of those whose round is over.
    fn settle(&mut self, now: u64) {
        let (over, open) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|asked| asked.round < now);
        self.open = open;
        let over: Vec<Asked> = over;
        let last = over.len().saturating_sub(1);
        for (index, asked) in over.into_iter().enumerate() {
            let state = self.account(&address(asked.own));
            if state.effective_round != asked.round + 1 {
                self.told.late += 1;
                continue;
            }
            let came = state.position.as_ref().map(|position| ProjectedPosition {
                locked: position.locked,
                time_gain: position.time_gain,
                miner: position.miner.clone(),
                votes: position.votes,
            });
            if came == asked.said.after {
                self.told.exact += 1;
            } else {
                assert_possible(&asked, came.as_ref());
                self.told.possible += 1;
            }
            if index == last {
                self.settle_miners(&asked);
            }
        }
    }

    /// Votes and weights that the draw saw. Nobody asked for anything after the last of a round, so all else was equal - unless a
    /// slot was missed or a day began that nobody could know of.
    fn settle_miners(&mut self, asked: &Asked) {
        let receipt = self.runtime.block_on(self.client.receipt(asked.round));
        let number = asked.round.to_string();
        let round = self.runtime.block_on(self.client.round(&number));
        let (receipt, round) = (receipt.unwrap(), round.unwrap());
        if u64::from(round.summary.missed) != asked.missed || round.summary.days != Some(asked.days)
        {
            return;
        }
        for effect in &asked.said.miners {
            let mut drawn = receipt.draw.candidates.iter();
            let Some(candidate) = drawn.find(|one| one.miner.id == effect.miner.id) else {
                continue;
            };
            let text = format!("{}: {}", asked.text, effect.miner.name);
            assert_eq!(candidate.votes, effect.votes_after, "{text}: votes");
            assert_eq!(candidate.weight, effect.weight_after, "{text}: weight");
            self.told.miners += 1;
        }
    }

    fn note(&mut self, account: &Account, miners: &MinerPage, wish: &Wish, said: &Preview) {
        if account.height != said.height || miners.height != said.height {
            return;
        }
        self.cases.push(json!({
            "request": wish.kind, "account": account, "miners": miners, "preview": said,
        }));
    }
}

/// It was said to be uncertain, and it is between what was said.
fn assert_possible(asked: &Asked, came: Option<&ProjectedPosition>) {
    let (said, text) = (&asked.said, &asked.text);
    let (Some(came), Some(best), Some(worst)) = (came, &said.after_best, &said.after_worst) else {
        panic!("{text}: {came:?}, not {said:?}");
    };
    assert_ne!(
        best, worst,
        "{text}: {came:?}, which was not said to be possible: {said:?}"
    );
    assert!(
        (worst.time_gain..=best.time_gain).contains(&came.time_gain),
        "{text}: {came:?}, not {worst:?} to {best:?}"
    );
    for one in [best, worst] {
        assert_eq!(
            (&came.locked, &came.miner),
            (&one.locked, &one.miner),
            "{text}"
        );
    }
}

fn key(own: u8) -> SecretKey {
    SecretKey::from_seed([own + 1; 32])
}

fn address(own: u8) -> Address {
    Address::of(&key(own).public_key())
}
