//! What whoever runs a node has to look at, in words.

use etm_node::engine::silence::Forgotten;
use etm_types::Height;

/// What is known of a node.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The time of a slot.
    pub slot_ms: u64,
    /// By how much its clock is ahead of the committee's.
    pub clock_ahead_ms: i64,
    /// Whether its clock agreed before and was not set since.
    pub clock_unchanged: bool,
    /// The time of the newest block it executed.
    pub tip_ms: u64,
    /// What its clock says.
    pub now_ms: u64,
    /// Peers of the running round.
    pub peers: usize,
    /// Those it is connected with.
    pub connected: usize,
    /// The round in which it keeps its votes to itself.
    pub silent: Option<Forgotten>,
    /// How many members have said what they heard of it, and how many have to before it votes.
    pub unheard: Option<(usize, usize)>,
    /// The first and the last of the blocks whose outcomes are lost.
    pub lost: Option<(Height, Height)>,
    /// Where it gets its blocks, and why it gets none there, if it has them from upstreams and none of them can be used.
    pub useless: Vec<(String, String)>,
}

/// A difference of clocks that is worth a word: this much and a slot.
const CLOCK_MS: u64 = 1_000;
/// An age of the newest block that is: this much, and so many slots.
const AGE_MS: u64 = 5_000;
const AGE_SLOTS: u64 = 10;

/// Whether the newest block is older than the newest of a chain that goes on, by a clock that is known to be ahead of it by so much.
pub fn is_old(tip_ms: u64, now_ms: u64, ahead_ms: i64, slot_ms: u64) -> bool {
    let ahead = u64::try_from(ahead_ms).unwrap_or(0);
    let age = now_ms.saturating_sub(tip_ms).saturating_sub(ahead);
    age > AGE_MS.max(slot_ms.saturating_mul(AGE_SLOTS))
}

impl Facts {
    /// A sentence for everything that is amiss.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let notable = self.slot_ms.saturating_add(CLOCK_MS);
        let ahead = self.clock_ahead_ms;
        let early = self.tip_ms.saturating_sub(self.now_ms);
        if ahead > 0 && ahead.unsigned_abs() > notable && self.clock_unchanged {
            warnings.push(format!(
                "the chain is {} behind this machine's clock, which nobody has changed: blocks come later than their slots, so members or this \
                 machine are too slow",
                seconds(ahead.unsigned_abs())
            ));
        } else if ahead.unsigned_abs() > notable {
            let (way, advice) = if ahead > 0 {
                (
                    "ahead of",
                    "set it, unless all nodes say so: then blocks come late",
                )
            } else {
                ("behind", "set it")
            };
            warnings.push(format!(
                "this machine's clock is {} {way} the time the committee agrees on: {advice}",
                seconds(ahead.unsigned_abs())
            ));
        } else if early > notable {
            warnings.push(format!(
                "this machine's clock is {} behind the newest block: see that it is right",
                seconds(early)
            ));
        } else if is_old(self.tip_ms, self.now_ms, 0, self.slot_ms) {
            warnings.push(format!(
                "the newest block here is {} old by this machine's clock: the node is behind, the chain stands still, or the clock is wrong",
                seconds(self.now_ms.saturating_sub(self.tip_ms))
            ));
        }
        if self.peers > 0 && self.connected == 0 {
            warnings.push(format!(
                "no peers: none of the {} of this round is connected; its address on the chain has to lead to this node, and theirs from here",
                self.peers
            ));
        }
        if !self.useless.is_empty() {
            let all = self.useless.iter();
            let all = all.map(|(address, reason)| format!("{address}: {reason}"));
            warnings.push(format!(
                "no upstream gives this node blocks ({}): name another in `upstreams`",
                all.collect::<Vec<_>>().join("; ")
            ));
        }
        if let Some((first, last)) = self.lost {
            warnings.push(format!(
                "what executing blocks {first} to {last} brought is no longer in chain/node-outcomes, which was damaged or removed: the \
                 chain goes on, but a history that has to be written anew can't have these blocks. Keep history.db, and put back a copy \
                 of the whole folder or begin with an empty one"
            ));
        }
        if let Some((answers, others)) = self.unheard {
            warnings.push(format!(
                "this node does not vote yet: {answers} of {others} members have said which of its votes they heard before it was started"
            ));
        }
        if let Some(Forgotten { round, needed }) = self.silent {
            let then = if needed {
                "The round can't end without it: stop the node and put back its folder whole, as it was when it was last stopped; \
                 there is no other way to go on with this chain"
            } else {
                "It votes again in the next round; if the chain stands still because others are like this, put back their folders whole"
            };
            warnings.push(format!(
                "this node does not vote in round {round}: it has voted there before and does not remember it, because its folder is \
                 an older copy or was damaged. {then}"
            ));
        }
        warnings
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
}

#[cfg(test)]
mod tests;
