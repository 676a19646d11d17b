//! A preview as people read it.

use super::Preview;
use crate::{
    context::miner_text,
    figures::{etm, percent, times, votes},
    output::{Page, Tone},
};
use etm_types::api::account::ProjectedPosition;

impl Preview {
    /// Writes it for people.
    pub fn show(&self, page: &mut Page) {
        let position = |position: &Option<ProjectedPosition>| {
            position.as_ref().map_or_else(
                || {
                    (
                        "nothing".to_owned(),
                        "none".to_owned(),
                        "nobody".to_owned(),
                        "0.00".to_owned(),
                    )
                },
                |position| {
                    // Votes for nobody count nowhere.
                    let (miner, voted) = position.miner.as_ref().map_or_else(
                        || ("nobody".to_owned(), "0.00".to_owned()),
                        |miner| (miner_text(miner), votes(position.votes)),
                    );
                    (
                        etm(position.locked),
                        position.time_gain.to_string(),
                        miner,
                        voted,
                    )
                },
            )
        };
        if self.before != self.after {
            let (before, after) = (position(&self.before), position(&self.after));
            let arrow = |before: String, after: String| {
                if before == after {
                    format!("{after}, as before")
                } else {
                    format!("{before} -> {after}")
                }
            };
            page.field("locked", arrow(before.0, after.0));
            page.field("miner", arrow(before.2, after.2));
            let reason = if self.time_gain_reason.is_empty() {
                String::new()
            } else {
                format!(": {}", self.time_gain_reason)
            };
            page.field(
                "time gain t",
                format!("{}{reason}", arrow(before.1, after.1)),
            );
            page.field("my votes", arrow(before.3, after.3));
            self.show_round_end(page);
        }
        for effect in &self.miners {
            let text = format!(
                "{}: {} -> {} votes, chance of a seat {} -> {}",
                miner_text(&effect.miner),
                votes(effect.votes_before),
                votes(effect.votes_after),
                percent(effect.inclusion_before_ppb),
                percent(effect.inclusion_after_ppb),
            );
            page.field("effect on", text);
        }
        page.field("fee", etm(self.fee));
        page.field(
            "balance left",
            format!(
                "{} of {}",
                etm(self.balance_after),
                etm(self.balance_before)
            ),
        );
        match self.effective_round {
            Some(round) => page.field(
                "takes effect",
                format!("at the end of round {round}, if it is in a block by then"),
            ),
            None => page.field("takes effect", "at once, with its block"),
        }
        if let Some(when) = &self.comes_back {
            page.field("comes back", when);
        }
        self.show_grounds(page);
        for warning in &self.warnings {
            page.say(Tone::Warning, &format!("! {}", warning.message));
        }
    }

    /// What is proved of the figures above, and what nobody but the node says.
    fn show_grounds(&self, page: &mut Page) {
        let terms = self
            .terms_proved
            .then(|| "the chain's parameters, by its genesis".to_owned());
        let position = self
            .position_proved
            .map(|height| format!("locked, vote and t now, by the state after block {height}"));
        let proved: Vec<String> = terms.into_iter().chain(position).collect();
        if !proved.is_empty() {
            page.field("proved", proved.join("; "));
        }
        let word = "balance, next nonce, the last block, by which it expires, whether earlier requests wait or count in this round, its days and the blocks to come";
        match self.miners.is_empty() {
            true => page.field("node's word", word),
            false => page.field(
                "node's word",
                format!("{word}, the miners' votes and chances"),
            ),
        }
    }

    /// What the figures above are of: the end of the round, with what is due by then.
    fn show_round_end(&self, page: &mut Page) {
        let (Some(now), end) = (&self.now, &self.round_end) else {
            return;
        };
        let miner = now.miner.as_ref().map(miner_text);
        let mut due = Vec::new();
        if let Some(miner) = miner.as_ref().filter(|_| end.halvings_expected > 0) {
            due.push(format!(
                "halved {} by blocks of {miner}, of which it has made {}",
                times(end.halvings_expected),
                end.halvings_due
            ));
        }
        if end.days > 0 {
            due.push(format!("+{} for days", end.days));
        }
        if !due.is_empty() {
            let now = now.time_gain;
            page.field(
                "t by then",
                format!("{now} now; expected: {}", due.join(", ")),
            );
        }
        let gain = |position: &Option<ProjectedPosition>| {
            position.as_ref().map_or(0, |position| position.time_gain)
        };
        let (best, worst) = (gain(&self.after_best), gain(&self.after_worst));
        if best != worst {
            let text = match miner {
                Some(miner) => format!(
                    "t = {best} if {miner} adds no more block in the round, {worst} if it adds all {}",
                    end.blocks_to_come
                ),
                None => format!(
                    "t = {best} if a further day begins before the end of the round, {worst} if not"
                ),
            };
            page.field("not certain", text);
        }
    }
}
