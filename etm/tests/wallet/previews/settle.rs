//! What has come at the end of a round.

use super::{Play, ask::Asked};
use etm_types::api::{
    account::{Account, BonusPage, ProjectedPosition, TimelineChange, TimelineEntry},
    miner::MinerDetail,
    receipt::Effect as Came,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// A resignation that was accepted in the running round.
pub struct Resigned {
    /// Its place among all requests.
    pub order: u64,
    own: usize,
    miner: String,
}

/// A round that is over.
struct Over {
    round: u64,
    missed: u64,
    days: Option<u32>,
    ended_ms: u64,
    slot_ms: u64,
}

impl Over {
    /// Whether the round went on as it was expected when this was asked: no slot missed since, no day begun that was not counted in.
    fn as_expected(&self, asked: &Asked) -> bool {
        self.missed == asked.course.1 && self.days == Some(asked.said.round_end.days)
    }

    /// Whether it took longer since than with every second slot missed: what is said to be the best is not of such a round.
    fn crawled(&self, asked: &Asked) -> bool {
        let to_come = u64::from(asked.said.round_end.blocks_to_come);
        self.ended_ms - asked.course.0 > to_come * self.slot_ms * 5 / 2
    }
}

impl Play {
    /// An accepted resignation takes the votes of its miner at the end of the round.
    pub fn remember(&mut self, asked: &Asked) {
        let miner = asked.wish.makes.as_ref().map(|(miner, _)| miner.clone());
        self.resigned.push(Resigned {
            order: asked.order,
            own: asked.own,
            miner: miner.expect("who resigns owns a miner"),
        });
    }

    /// What has come of those whose round is over.
    pub fn settle(&mut self, now: u64) {
        let all = std::mem::take(&mut self.open);
        let (over, open): (Vec<Asked>, Vec<Asked>) =
            all.into_iter().partition(|asked| asked.round() < now);
        self.open = open;
        if let Some(round) = over.first().map(Asked::round) {
            let told = self.runtime.block_on(self.client.round(&round.to_string()));
            let told = told.unwrap();
            let ended = Over {
                round,
                missed: told.summary.missed.into(),
                ended_ms: told.summary.timestamp_ms.expect("a round that is over"),
                slot_ms: self.slot_ms,
                days: told.summary.days,
            };
            let owners: BTreeSet<usize> = over.iter().map(|asked| asked.own).collect();
            for own in owners {
                let own: Vec<&Asked> = over.iter().filter(|asked| asked.own == own).collect();
                self.settle_account(&ended, &own);
            }
            self.settle_miners(&ended, &over);
        }
        if self.open.is_empty() {
            self.accounts.clear();
            self.resigned.clear();
            self.gapped.clear();
        }
    }

    fn settle_account(&mut self, over: &Over, asked: &[&Asked]) {
        let Some(last) = asked.last() else {
            return;
        };
        let report = self.json(&["position", &self.actors[last.own].name]);
        let account: Account = serde_json::from_value(report["account"].clone()).unwrap();
        let timeline: Vec<TimelineEntry> =
            serde_json::from_value(report["timeline"].clone()).unwrap();
        if account.effective_round != over.round + 1 {
            asked.iter().for_each(|_| self.tally.late());
            return;
        }
        for asked in asked {
            self.settle_request(over, asked, &timeline);
        }
        if !self.gapped.contains(&last.own) {
            let came = account.position.as_ref().map(|position| ProjectedPosition {
                locked: position.locked,
                time_gain: position.time_gain,
                miner: position.miner.clone(),
                votes: position.votes,
            });
            self.judge(over, last, came, "positions after the round", true);
        }
        // What was looked at when the round was over already has what came with its end.
        let then = self.accounts.get(&last.own);
        let then = then.filter(|then| then.effective_round == over.round);
        if let (Some(then), false) = (then, self.actors[last.own].paid) {
            let rewards = ["rewards", &self.actors[last.own].name, "-n", "1"];
            let rewards: BonusPage = serde_json::from_value(self.json(&rewards)).unwrap();
            let row = rewards.rounds.first();
            let row = row.filter(|row| row.round == over.round);
            let earned = row.map_or(0, |row| row.earned.0);
            let had = then.balance.0 + then.unlocking.0 + then.deposit.0;
            let has = account.balance.0 + account.deposit.0;
            let text = &last.text;
            assert_eq!(
                has,
                had + earned,
                "{text}: what came back: {then:?}, {account:?}"
            );
            self.tally
                .compare("what was unlocked, back after the round");
        }
    }

    /// What a request made of the position, as the account's history tells it; what it made of a miner.
    fn settle_request(&mut self, over: &Over, asked: &Asked, timeline: &[TimelineEntry]) {
        if let Some((miner, facts)) = &asked.wish.makes
            && asked.wish.kind != "update"
        {
            self.shows(&asked.text, miner, facts);
        }
        if !asked.wish.of_position() {
            return;
        }
        for hash in &asked.hashes {
            let end = self.end_of(hash);
            let effect = &end.summary.outcome.as_ref().unwrap().effect;
            let applied = match effect {
                Came::Applied { round } => *round == over.round,
                Came::Void { .. } => !self.resigned.is_empty(),
                _ => false,
            };
            assert!(applied, "{}: {effect:?}", asked.text);
        }
        let mine = |entry: &&TimelineEntry| match &entry.change {
            TimelineChange::Request { transaction, .. } => {
                Some(&transaction.to_string()) == asked.hashes.last()
            }
            _ => false,
        };
        match timeline.iter().find(mine) {
            Some(entry) => {
                let after = entry.after.clone();
                self.judge(over, asked, after, "positions after each request", false);
            }
            // It is told only if it changed something.
            None => assert_eq!(asked.said.before, asked.said.after, "{}", asked.text),
        }
    }

    /// Holds a position against what had been said, at the `end` of the round or right after the request.
    fn judge(
        &mut self,
        over: &Over,
        asked: &Asked,
        came: Option<ProjectedPosition>,
        figure: &'static str,
        end: bool,
    ) {
        // Nobody could know of a resignation that came later: it takes the vote of whoever votes for that miner then.
        let later = |one: &&Resigned| end && one.own != asked.own && one.order > asked.order;
        let later: Vec<&str> = self
            .resigned
            .iter()
            .filter(later)
            .map(|one| one.miner.as_str())
            .collect();
        let then = |said: &Option<ProjectedPosition>| {
            let mut said = said.clone();
            if let Some(position) = &mut said {
                position.miner = position
                    .miner
                    .take()
                    .filter(|miner| !later.contains(&format!("#{}", miner.id).as_str()));
            }
            said
        };
        let said = &asked.said;
        let text = &asked.text;
        if came == then(&said.after) {
            return self.tally.compare(figure);
        }
        assert!(
            !over.as_expected(asked),
            "{text}: {figure}: {came:?}, not {:?}, and no slot was missed",
            said.after
        );
        if over.crawled(asked) {
            return self.tally.crawled();
        }
        let (best, worst) = (then(&said.after_best), then(&said.after_worst));
        assert_ne!(
            best, worst,
            "{text}: {figure}: {came:?}, which was not said to be possible: {said:?}"
        );
        let (Some(came), Some(best), Some(worst)) = (came, best, worst) else {
            panic!("{text}: {figure}: {said:?}");
        };
        assert!(
            (worst.time_gain..=best.time_gain).contains(&came.time_gain),
            "{text}: {figure}: {came:?}, not {worst:?} to {best:?}"
        );
        for one in [best, worst] {
            let (one, came) = ((one.locked, one.miner), (came.locked, came.miner.clone()));
            assert_eq!(came, one, "{text}: {figure}");
        }
        self.tally.uncertain();
    }

    /// Votes, weights and chances that the draw saw. Nobody asked for anything of a position after the last of a round, so all else was
    /// equal - unless a slot was missed or a day began that nobody could know of.
    fn settle_miners(&mut self, over: &Over, all: &[Asked]) {
        let moves = |asked: &&Asked| asked.wish.of_position() || asked.wish.kind == "resign";
        let Some(asked) = all.iter().filter(moves).max_by_key(|asked| asked.order) else {
            return;
        };
        if !over.as_expected(asked) || self.unknown > asked.order {
            return;
        }
        let receipt = self.runtime.block_on(self.client.receipt(over.round));
        let receipt = receipt.unwrap();
        for effect in &asked.said.miners {
            let shown = self.miner(&format!("#{}", effect.miner.id));
            if shown["round"]
                .as_u64()
                .is_some_and(|round| round != over.round + 1)
            {
                return;
            }
            let shown: MinerDetail = serde_json::from_value(shown).unwrap();
            if self.round() != over.round + 1 {
                return;
            }
            let text = format!("{}: {}", asked.text, effect.miner.name);
            assert_eq!(shown.miner.votes, effect.votes_after, "{text}: votes");
            assert_eq!(
                shown.miner.inclusion_ppb, effect.inclusion_after_ppb,
                "{text}: chance of a seat"
            );
            self.tally
                .compare("miners' votes and chances after the round");
            let node = asked.node.iter().flat_map(|node| &node.miners);
            let node = node.filter(|one| one.miner.id == effect.miner.id);
            for told in node {
                let mut drawn = receipt.draw.candidates.iter();
                let Some(candidate) = drawn.find(|one| one.miner.id == effect.miner.id) else {
                    continue;
                };
                assert_eq!(candidate.votes, told.votes_after, "{text}: votes");
                assert_eq!(candidate.weight, told.weight_after, "{text}: weight");
                self.tally.compare("miners' weights in the draw");
            }
        }
    }

    fn miner(&self, name: &str) -> Value {
        self.json(&["miner", "show", name])
    }

    /// A miner is what a request made of it.
    pub fn shows(&mut self, text: &str, name: &str, facts: &Value) {
        let shown = self.miner(name);
        for (fact, value) in facts.as_object().unwrap() {
            assert_eq!(&shown[fact], value, "{text}: {fact}");
        }
        self.tally.compare("what a miner is then");
    }
}
