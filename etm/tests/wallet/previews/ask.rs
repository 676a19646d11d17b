//! Asking: what both sides say, what the command signs, what the chain makes of it.

use super::{BLOCKS_FOR_ONE, Play, ROUND, wish::Wish};
use crate::home::Ended;
use etm_types::{
    Height, Payload, SecretKey, Units, UnsignedTransaction,
    api::{
        Amount, Integer, MinerRef,
        account::{Account, Preview, ProjectedPosition, RoundEnd},
        miner::MinerPage,
        receipt::Effect as Came,
        transaction::{Transaction, TransactionStatus, TransactionSummary},
    },
    codec::to_bytes,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

/// A busy machine is no finding.
const PATIENT: [&str; 2] = ["--timeout", "60"];

/// What the command line says of a request before it is signed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Said {
    pub before: Option<ProjectedPosition>,
    pub after: Option<ProjectedPosition>,
    pub after_best: Option<ProjectedPosition>,
    pub after_worst: Option<ProjectedPosition>,
    pub round_end: RoundEnd,
    pub miners: Vec<Effect>,
    pub balance_after: Amount,
    pub effective_round: Option<u64>,
    pub warnings: Vec<Warning>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Effect {
    pub miner: MinerRef,
    pub votes_after: Integer,
    pub inclusion_after_ppb: u32,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Warning {
    pub code: String,
    pub message: String,
}

impl Said {
    /// What the expected case rests on: what is the same for two requests of an account gives both the same halvings and days.
    fn course(&self) -> (u64, u32, u32) {
        let end = &self.round_end;
        (end.round, end.days, end.halvings_expected)
    }

    fn warns(&self, code: &str) -> Option<&str> {
        let found = self.warnings.iter().find(|warning| warning.code == code);
        found.map(|warning| warning.message.as_str())
    }
}

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its place among all requests of the play.
    pub order: u64,
    pub own: usize,
    pub text: String,
    pub wish: Wish,
    /// Its transactions: two where a lock votes.
    pub hashes: Vec<String>,
    pub said: Said,
    /// What the node said of it, where both were asked.
    pub node: Option<Preview>,
    /// When it was asked: the time of the last block, and the slots missed in the round.
    pub course: (u64, u64),
    /// What the recipient had before.
    received: Option<Amount>,
}

impl Asked {
    pub const fn round(&self) -> u64 {
        self.said.round_end.round
    }
}

/// What came of a wish at once.
enum Sent {
    Signed(Box<Asked>),
    /// Nothing was signed by the wallet; whether a fee is gone for what was sent in spite of it.
    Refused(bool),
    /// The node did not answer in time: nobody knows what was sent.
    Lost,
}

impl Play {
    /// One account asks for so many things as there is time for in the round, at most `left`, one behind the other.
    pub fn ask(&mut self, left: u32) {
        let own = self.dice.below(self.actors.len() as u64) as usize;
        let many = match self.dice.below(6) {
            0 => 3,
            1 => 2,
            _ => 1,
        };
        let many = left.min(many);
        let gap = many == 1 && self.dice.below(15) == 0;
        let state = self.account(&self.actors[own].address);
        if state.round_end.blocks_to_come < BLOCKS_FOR_ONE * (many + u32::from(gap)) {
            return self.next_round();
        }
        if state.balance.0 < 2 * self.fee {
            return;
        }
        if gap {
            return self.fill_a_gap(own, &state);
        }
        let (mut sent, mut fee) = (Vec::new(), 0);
        for place in 0..many {
            match self.one(own, place > 0) {
                Sent::Signed(asked) => sent.push(*asked),
                Sent::Refused(charged) => {
                    fee = if charged { self.fee } else { 0 };
                    break;
                }
                Sent::Lost => return self.lose(own),
            }
        }
        self.finish(own, sent, Some(fee));
    }

    /// A request with the nonce after the next one, then the one that was missing: what waited is named, and it counts as if alone.
    fn fill_a_gap(&mut self, own: usize, state: &Account) {
        let nonce = (state.next_nonce + 1).to_string();
        let ended = self.sign(own, &["lock", "1", "--nonce", &nonce]);
        let held = match ended {
            Answer::Done(held) => held,
            Answer::Refused(..) => return,
            Answer::Unanswered => return self.lose(own),
        };
        let held_said: Said = serde_json::from_value(held["preview"].clone()).unwrap();
        let held = held["hash"].as_str().unwrap().to_owned();
        assert!(held_said.warns("nonce_gap").is_some(), "{held_said:?}");
        let sent = match self.one(own, true) {
            Sent::Signed(asked) => {
                let told = asked.said.warns("releases").unwrap_or_default();
                assert!(told.contains(&held), "{}: {:?}", asked.text, asked.said);
                self.tally.compare("what waits for a nonce, named");
                vec![*asked]
            }
            Sent::Refused(true) => Vec::new(),
            Sent::Lost => return self.lose(own),
            Sent::Refused(false) => {
                let nothing = Payload::Transfer {
                    recipient: self.actors[own].address,
                    amount: Units(1),
                    memo: etm_types::Memo::empty(),
                };
                let sent = self.send(&self.actors[own].key, state.next_nonce, nothing);
                assert!(sent.is_ok(), "{sent:?}");
                Vec::new()
            }
        };
        self.finish(own, sent, None);
        self.end_of(&held);
        self.tally.gap();
        // What it made of the position nobody could know before.
        self.unknown = self.next_order();
        self.gapped.insert(own);
        self.look_again(BTreeSet::from([own]));
    }

    /// Nobody can say any more what the round brings: it is left alone.
    fn lose(&mut self, own: usize) {
        self.tally.unanswered();
        for _ in std::mem::take(&mut self.open) {
            self.tally.late();
        }
        let address = self.actors[own].address;
        crate::life::eventually("all that was sent is in a block", || {
            let account = self.account(&address);
            let waits = |one: &TransactionSummary| one.status == TransactionStatus::Pending;
            !account.pending_transactions.iter().any(waits)
        });
        self.next_round();
    }

    pub fn next_order(&mut self) -> u64 {
        self.orders += 1;
        self.orders
    }

    /// The command, signed and sent, without a question.
    fn sign(&self, own: usize, command: &[&str]) -> Answer {
        let name = &self.actors[own].name;
        let more = ["--key", name, "--yes", "--anyway", "--json"];
        let words = [command, &more, &["--passphrase-file", "pass"], &PATIENT].concat();
        Answer::of(&words, &self.home.run(&words))
    }

    /// What a command that looks tells.
    pub fn json(&self, command: &[&str]) -> Value {
        self.home.json(&[command, &PATIENT].concat())
    }

    fn dry_run(&self, own: usize, command: &[&str]) -> Answer {
        let words = [command, &["--dry-run", "--json", "--key"]].concat();
        let words = [&words[..], &[&self.actors[own].name], &PATIENT].concat();
        Answer::of(&words, &self.home.run(&words))
    }

    /// One thing that an account asks for; others of its own may wait before it.
    fn one(&mut self, own: usize, behind: bool) -> Sent {
        let (state, miners) = (self.account(&self.actors[own].address), self.miners());
        let wish = self.wish(own, &state, &miners);
        let text = format!(
            "{} at height {}: etm {}",
            self.actors[own].name,
            state.height,
            wish.command.join(" ")
        );
        let words: Vec<&str> = wish.command.iter().map(String::as_str).collect();
        let (mut node, mut dry) = (None, None);
        if !behind {
            (node, dry) = self.both_sides(own, &text, &wish, &words, (&state, &miners));
        }
        let course = self.course();
        let received = wish.recipient.filter(|other| *other != own);
        let received = received.map(|other| self.account(&self.actors[other].address).balance);
        let signed = match self.sign(own, &words) {
            Answer::Done(signed) => signed,
            Answer::Unanswered => return Sent::Lost,
            Answer::Refused(code, words) => {
                let said = node.as_ref().map(|node| node.refused.as_ref());
                let said = said.map(|refused| refused.map(|refused| refused.code.as_str()));
                if said == Some(None) {
                    assert_ne!(self.round(), state.effective_round, "{text}: {words}");
                    self.tally.late();
                    return Sent::Refused(false);
                }
                let wanted = said.flatten().unwrap_or(&code).to_owned();
                return Sent::Refused(self.refused(
                    own,
                    &format!("{text}: {words}"),
                    &wish,
                    &state,
                    &wanted,
                ));
            }
        };
        if let Some(Preview {
            refused: Some(refused),
            ..
        }) = &node
        {
            panic!("{text}: the node says {}, and it was signed", refused.code);
        }
        let said: Said = match signed.get("preview") {
            Some(said) => serde_json::from_value(said.clone()).unwrap(),
            None => panic!("{text}: {signed}"),
        };
        if let Some(dry) = dry.filter(|dry: &Said| dry.course() == said.course()) {
            assert_eq!(
                (&dry.before, &dry.after),
                (&said.before, &said.after),
                "{text}: --dry-run and what was signed"
            );
            let (then, now) = (dry.balance_after, said.balance_after);
            // A block of its own miner may have come between the two.
            let same = then == now || then < now && self.actors[own].paid;
            assert!(same, "{text}: the balance is {then:?}, then {now:?}");
            self.tally.compare("--dry-run, beside what was signed");
        }
        if said.warns("pending_transactions").is_some() {
            self.tally
                .compare("previews behind what waited for a block");
        }
        if said.warns("node_differs").is_some() {
            panic!("{text}: {said:?}");
        }
        let parts = [&signed, &signed["lock"], &signed["vote"]];
        let hashes = parts.iter().filter_map(|part| part["hash"].as_str());
        Sent::Signed(Box::new(Asked {
            order: self.next_order(),
            own,
            hashes: hashes.map(str::to_owned).collect(),
            text,
            wish,
            said,
            node,
            course,
            received,
        }))
    }

    /// What the node and the command line say of the same moment, where a question to the node is known.
    fn both_sides(
        &mut self,
        own: usize,
        text: &str,
        wish: &Wish,
        words: &[&str],
        (state, miners): (&Account, &MinerPage),
    ) -> (Option<Preview>, Option<Said>) {
        let Some(query) = &wish.query else {
            return (None, None);
        };
        let address = self.actors[own].address.to_string();
        let preview = || {
            let asked = self.client.preview(&address, query);
            let asked = self.runtime.block_on(asked).unwrap();
            (asked.height, Preview { height: 0, ..asked })
        };
        // A round that ends, a slot that is missed or a day that begins while both are asked is nobody's fault.
        for _ in 0..5 {
            let (height, said) = preview();
            let dry = self.dry_run(own, words);
            let (_, still) = preview();
            if said != still || matches!(dry, Answer::Unanswered) {
                continue;
            }
            let dry = self.compare_sides(text, &said, dry);
            if (state.height, miners.height) == (height, height)
                && let Some(case) = &wish.case
            {
                let said = Preview {
                    height,
                    ..said.clone()
                };
                self.cases.push(json!({
                    "request": case, "account": state, "miners": miners, "preview": said,
                }));
            }
            return (Some(said), dry);
        }
        (None, None)
    }

    /// The command line computes on its own what the node says.
    fn compare_sides(&mut self, text: &str, node: &Preview, dry: Answer) -> Option<Said> {
        let dry = match (&node.refused, dry) {
            (Some(refused), Answer::Refused(code, _)) => {
                // A miner that has gone meanwhile is not found by its number, whatever else stands against the vote.
                if code != "unknown_miner" {
                    assert_eq!(code, refused.code, "{text}");
                    self.tally.compare("refusals, node and command line");
                }
                return None;
            }
            (None, Answer::Done(dry)) => dry,
            (_, dry) => panic!(
                "{text}: the node: {:?}, the command line: {dry:?}",
                node.refused
            ),
        };
        let told = serde_json::to_value(node).unwrap();
        let figures = [
            "before",
            "after",
            "after_best",
            "after_worst",
            "fee",
            "balance_before",
            "balance_after",
        ];
        for figure in figures {
            assert_eq!(dry[figure], told[figure], "{text}: {figure}: {dry}");
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
        assert_eq!(effects(&dry), effects(&told), "{text}");
        self.tally.compare("previews, node and command line");
        Some(serde_json::from_value(dry).unwrap())
    }

    /// The wallet signs nothing: the chain, asked in spite of it, says the same. Whether that took a fee.
    fn refused(
        &mut self,
        own: usize,
        text: &str,
        wish: &Wish,
        state: &Account,
        code: &str,
    ) -> bool {
        let still = self.account(&self.actors[own].address);
        assert_eq!(
            still.next_nonce, state.next_nonce,
            "{text}: something was sent"
        );
        let Some(payload) = &wish.payload else {
            self.tally.refuse(wish.kind, code);
            return false;
        };
        let sent = self.send(&self.actors[own].key, state.next_nonce, payload.clone());
        let charged = sent.is_ok();
        let (round, came) = match sent {
            Ok((height, refused)) => (height / ROUND, refused),
            Err(code) => (self.round(), Some(code)),
        };
        self.look_again(BTreeSet::from([own]));
        if round != state.effective_round {
            self.tally.late();
            return charged;
        }
        match came {
            // The command line does not find a miner by its number once it has gone.
            Some(_) if code == "unknown_miner" => {}
            came => assert_eq!(came.as_deref(), Some(code), "{text}: foreseen as {code}"),
        }
        self.tally.refuse(wish.kind, code);
        charged
    }

    /// Signs, sends, waits until it is final: its height, and why it was refused, if it was. The error is the code of a refusal at the door.
    pub fn send(
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

    /// What became of a transaction, once it is final.
    pub fn end_of(&self, hash: &str) -> Transaction {
        let mut told = None;
        crate::life::eventually("it is final", || {
            let shown = self.json(&["tx", hash]);
            let shown: Transaction = serde_json::from_value(shown).unwrap();
            let end = shown.summary.status == TransactionStatus::Finalized;
            told = end.then_some(shown);
            end
        });
        told.unwrap()
    }

    /// What a block made of the requests, one behind the other; then a `fee` may have gone for one that was refused, or nobody knows what.
    fn finish(&mut self, own: usize, sent: Vec<Asked>, fee: Option<u64>) {
        let mut touched = BTreeSet::from([own]);
        let mut done: Vec<Asked> = Vec::new();
        let count = sent.len();
        for asked in sent {
            touched.extend(asked.wish.recipient);
            let ends: Vec<Transaction> =
                asked.hashes.iter().map(|hash| self.end_of(hash)).collect();
            let round = |end: &Transaction| end.summary.height.unwrap() / ROUND;
            if ends.iter().any(|end| round(end) != asked.round()) {
                self.tally.late();
                continue;
            }
            for end in &ends {
                let outcome = end.summary.outcome.as_ref().unwrap();
                assert!(
                    outcome.accepted,
                    "{}: not foreseen: {outcome:?}",
                    asked.text
                );
                let in_time = match (&outcome.effect, asked.said.effective_round) {
                    (Came::Immediate, None) => true,
                    (Came::Waiting { round, .. } | Came::Applied { round }, Some(said)) => {
                        *round == said
                    }
                    (Came::Void { .. }, Some(_)) => true,
                    _ => false,
                };
                assert!(in_time, "{}: {outcome:?}, {:?}", asked.text, asked.said);
            }
            self.tally.compare("when it takes effect");
            self.tally.accept(asked.wish.kind);
            self.follow(&asked, done.last());
            if asked.wish.kind == "resign" {
                self.remember(&asked);
            }
            done.push(asked);
        }
        // The last one of several stays.
        let updates = done.iter().rev().find(|asked| asked.wish.kind == "update");
        if let Some((text, (miner, facts))) =
            updates.and_then(|asked| Some((&asked.text, asked.wish.makes.as_ref()?)))
        {
            self.shows(text, miner, facts);
        }
        if done.len() < count {
            // The round ended among them: what the accounts have now is of another one.
            for own in touched {
                self.accounts.remove(&own);
            }
            self.open.extend(done);
            return;
        }
        self.look_again(touched);
        if let (Some(last), Some(now), Some(fee)) = (done.last(), self.accounts.get(&own), fee)
            && now.effective_round == last.round()
            && now.pending_transactions.is_empty()
        {
            let wanted = last.said.balance_after.0 - fee;
            match self.actors[own].paid {
                true => assert!(now.balance.0 >= wanted, "{}: the balance", last.text),
                false => assert_eq!(now.balance.0, wanted, "{}: the balance", last.text),
            }
            self.tally.compare("balances right after the block");
        }
        if let ([asked], Some(before)) = (&done[..], done.first().and_then(|asked| asked.received))
        {
            self.compare_received(asked, before);
        }
        self.open.extend(done);
    }

    /// What an account has before a request is what it has after the one before.
    fn follow(&mut self, asked: &Asked, before: Option<&Asked>) {
        let own = |one: &&Asked| one.own == asked.own;
        let Some(before) = before.or_else(|| self.open.iter().rev().find(own)) else {
            return;
        };
        let meanwhile = |order: u64| order > before.order && order < asked.order;
        let resigned = self.resigned.iter().any(|one| meanwhile(one.order));
        if !resigned && !meanwhile(self.unknown) && before.said.course() == asked.said.course() {
            assert_eq!(
                asked.said.before, before.said.after,
                "{}, after {}",
                asked.text, before.text
            );
            self.tally
                .compare("positions between two requests of a round");
        }
    }

    fn compare_received(&mut self, asked: &Asked, before: Amount) {
        let Some(other) = asked.wish.recipient else {
            return;
        };
        let Some(Payload::Transfer { amount, .. }) = &asked.wish.payload else {
            return;
        };
        let now = &self.accounts[&other];
        if !self.actors[other].paid && now.effective_round == asked.round() {
            assert_eq!(now.balance.0, before.0 + amount.0, "{}", asked.text);
            self.tally.compare("what a recipient got");
        }
    }
}

/// How a command ended.
#[derive(Debug)]
enum Answer {
    Done(Value),
    /// With this code, in these words.
    Refused(String, Value),
    /// The node did not answer in time.
    Unanswered,
}

impl Answer {
    fn of(words: &[&str], ended: &Ended) -> Self {
        let text = if ended.code == 0 {
            &ended.out
        } else {
            &ended.err
        };
        let told: Value = serde_json::from_str(text)
            .unwrap_or_else(|error| panic!("{words:?}: {error}: {ended:?}"));
        match told["error"]["code"].as_str() {
            Some("node_unreachable" | "timed_out") => Self::Unanswered,
            Some(code) => Self::Refused(code.to_owned(), told.clone()),
            None => Self::Done(told),
        }
    }
}
