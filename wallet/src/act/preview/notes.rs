//! What is noted of a preview once more is known: of the nonce, the recipient, the miner, the node's own answer.

use super::{Preview, Warning, refuse};
use crate::act::sign::DEFAULT_EXPIRY_BLOCKS;
use crate::{
    context::miner_text,
    failure::{Failure, Result},
    figures::{count, counted, etm, span},
    output::plain,
    see::payload_text,
    signed::unseen,
    verify::{ending::Ending, position::Standing, terms::Grounds, tip::Reached},
};
use etm_types::{
    Memo, Units,
    api::{
        Amount,
        account::{Account, Preview as NodePreview},
        chain::ChainRef,
        error::ErrorCode,
        miner::{Miner, MinerDetail},
        transaction::TransactionSummary,
    },
    limits::replacement_fee,
};
use std::collections::BTreeMap;

/// For as long nobody waits for a block.
const LONG_MS: u64 = 24 * 3_600_000;

/// What waits of an account with this nonce and so many `further` ones.
fn waiting_with(
    account: &Account,
    nonce: u64,
    further: u64,
) -> impl Iterator<Item = &TransactionSummary> {
    let nonces = nonce..=nonce.saturating_add(further);
    let waiting = account.pending_transactions.iter();
    waiting.filter(move |transaction| nonces.contains(&transaction.nonce))
}

impl Preview {
    /// Notes where nothing proves the parameters of the chain, the least fee among them, and where nobody but `node` says that `chain` is the one that is
    /// meant.
    pub fn note_terms(&mut self, grounds: Grounds, node: &str, chain: &ChainRef) {
        self.terms_proved = grounds.proved;
        self.first_use = grounds.first_use;
        if grounds.first_use {
            let message = format!(
                "nobody but {node} says that {} ({}) is the chain you mean: with your signature it is held to it from now on; --chain names the one you mean",
                chain.name, chain.id
            );
            self.warnings.push(Warning::new("first_use", message));
        }
        if !grounds.proved {
            let message = "the node gives no genesis: which chain this is, and that the least fee, the deposit and the other parameters are as it says, is its word alone";
            self.warnings.push(Warning {
                confirm: true,
                ..Warning::new("terms_not_proved", message)
            });
        }
    }

    /// Notes whether the state proves the position that is changed.
    pub fn note_position(&mut self, standing: &Standing) {
        let (confirm, message) = match standing {
            Standing::Proved { height, .. } => {
                self.position_proved = Some(*height);
                return;
            }
            Standing::Unprovable(why, _) => (false, *why),
            Standing::Unproved(why) => (true, *why),
            Standing::Later => (
                true,
                "it is the node's word alone what is locked, its t and its vote: however often it is asked, it can't prove them now",
            ),
            Standing::Elsewhere | Standing::Overtaken(_) => (
                true,
                "it is the node's word alone what is locked, its t and its vote: whenever it is asked, what it proves is of another round",
            ),
        };
        self.warnings.push(Warning {
            confirm,
            ..Warning::new("position_not_proved", message)
        });
    }

    /// Notes what of the end of the round nothing proves: what is asked for is judged by that.
    pub fn note_ending(&mut self, ending: Ending) {
        let mut doubt = |code, message: String| {
            self.warnings.push(Warning {
                confirm: true,
                ..Warning::new(code, message)
            });
        };
        if ending.leaves {
            doubt("miner_leaves", "it is the node's word alone that your vote is for nobody, or for another, at the end of the round, as if its miner had resigned: what you ask for is judged by that".to_owned());
        }
        if let Some(days) = ending.days {
            doubt(
                "days_not_proved",
                format!(
                    "it is the node's word alone that {} with the round, which is more than its blocks make likely: what you ask for is judged by that",
                    counted(
                        days.try_into().unwrap_or(usize::MAX),
                        "day ends",
                        "days end"
                    )
                ),
            );
        }
        if ending.seat {
            doubt("seat_not_proved", "it is the node's word alone that your miner sits in the committee, and how many blocks it made, each of which halves t: whenever it is asked, it proves an older state".to_owned());
        }
    }

    /// Notes that what is proved is so old that there must be newer blocks, which the node doesn't show; none if it is not.
    pub fn note_age(&mut self, age_ms: Option<u64>) {
        if let Some(age) = age_ms {
            let message = format!(
                "what the node proves of the position is {} old by this machine's clock: the node stands still or shows nothing newer, or the chain has halted",
                span(age)
            );
            self.warnings.push(Warning {
                confirm: true,
                ..Warning::new("old_state", message)
            });
        }
    }

    /// What is sent to oneself is there again at once.
    pub fn comes_to_oneself(&mut self, amount: Units) {
        self.balance_after = Amount(self.balance_after.0.saturating_add(amount.0));
    }

    /// Whether a pool takes transactions of an account with this nonce and so many `further` ones, each with this fee.
    ///
    /// # Errors
    /// [`Failure`] if one is used up, or the fee does not take the place of what waits with it.
    pub fn check_nonces(account: &Account, nonce: u64, further: u64, fee: Units) -> Result<()> {
        if nonce < account.nonce {
            let next = account.next_nonce;
            let message = format!("nonce {nonce} is used up: the next one is {next}");
            return Err(refuse(ErrorCode::NonceTooLow.as_str(), message));
        }
        for waits in waiting_with(account, nonce, further) {
            let least = Amount(replacement_fee(waits.fee.0));
            if fee.0 < least.0 {
                let message = format!(
                    "a transaction with nonce {} waits: to take its place the fee must be at least {}, it is {}",
                    waits.nonce,
                    etm(least),
                    etm(Amount::from(fee))
                );
                let failure = refuse(ErrorCode::ReplacementFeeTooLow.as_str(), message);
                return Err(match further {
                    0 => failure,
                    _ => failure
                        .hint("one by one, `etm lock` and `etm vote` take nonces that are free"),
                });
            }
        }
        Ok(())
    }

    /// Notes where the nonce, or one of so many `further` ones, is not the next.
    pub fn note_nonce(&mut self, account: &Account, nonce: u64, further: u64) {
        let next = account.next_nonce;
        for waits in waiting_with(account, nonce, further) {
            let nonce = waits.nonce;
            self.warnings.push(Warning::new(
                "replaces",
                format!("it takes the place of the transaction with nonce {nonce} that waits for a block"),
            ));
        }
        if nonce > next && waiting_with(account, nonce, 0).next().is_none() {
            self.warnings.push(Warning::new(
                "nonce_gap",
                format!(
                    "it waits until transactions with the nonces from {next} to {} are there",
                    nonce - 1
                ),
            ));
        }
    }

    /// Notes the transactions that are held back until this nonce and so many `further` ones are there: they go into blocks with it.
    pub fn note_released(&mut self, account: &Account, nonce: u64, further: u64) {
        let last = nonce.saturating_add(further);
        let waiting: BTreeMap<u64, &TransactionSummary> = account
            .pending_transactions
            .iter()
            .map(|transaction| (transaction.nonce, transaction))
            .collect();
        let filled = !(nonce..=last).all(|nonce| waiting.contains_key(&nonce));
        if !filled || !(account.nonce..nonce).all(|before| waiting.contains_key(&before)) {
            return;
        }
        let next = (last.saturating_add(1)..).map_while(|nonce| waiting.get(&nonce));
        let released: Vec<String> = next
            .map(|transaction| {
                let what = plain(&payload_text(&transaction.payload));
                format!("nonce {}: {what} ({})", transaction.nonce, transaction.hash)
            })
            .collect();
        if !released.is_empty() {
            let message = format!(
                "{} waited for it and can go into a block with it: {}",
                counted(
                    released.len(),
                    "transaction of this account",
                    "transactions of this account"
                ),
                released.join("; ")
            );
            self.warnings.push(Warning::new("releases", message));
        }
    }

    /// Notes of how many requests of the account nothing shows that it signed them: what is asked for is judged by them.
    pub fn note_requests(&mut self, unsigned: usize) {
        if unsigned > 0 {
            let message = format!(
                "it is the node's word alone that this account asked for {}: it doesn't give what was signed, and what you ask for is judged by that",
                counted(unsigned, "thing before this", "things before this")
            );
            self.warnings.push(Warning {
                confirm: true,
                ..Warning::new("requests_not_proved", message)
            });
        }
    }

    /// Notes whether a node proves that the chain came as far as it says.
    pub fn note_tip(&mut self, reached: Reached) {
        let (confirm, message) = match reached {
            Reached::Proved => return,
            Reached::Unknown => (
                false,
                "that the chain came as far as it says, by which this expires, is the node's word: it may count for longer than you think; `etm verify-round` proves how far it came",
            ),
            Reached::Unproved => (
                true,
                "the node gives no proof that the chain came as far as it says, by which this expires: it may count for longer than you think",
            ),
        };
        self.warnings.push(Warning {
            confirm,
            ..Warning::new("tip_not_proved", message)
        });
    }

    /// Asks about the very same that was signed here before.
    pub fn note_signed_before(&mut self, doubt: Option<String>) {
        self.warnings.extend(doubt.map(|message| Warning {
            confirm: true,
            ..Warning::new("signed_before", message)
        }));
    }

    /// Warns of a signature that counts for long: whoever has it may send it until then.
    pub fn note_expiry(&mut self, blocks: u64, slot_ms: u64) {
        let wait = blocks.saturating_mul(slot_ms);
        if wait > LONG_MS && blocks > DEFAULT_EXPIRY_BLOCKS {
            let message = format!(
                "it can go into a block for the next {} blocks, which is {} at least; --expires-in shortens that",
                count(blocks),
                span(wait)
            );
            self.warnings.push(Warning::new("expires_late", message));
        }
    }

    /// Warns of a memo that says more, or in another order, than can be seen.
    pub fn note_memo(&mut self, memo: &Memo) {
        if let Some(message) = unseen(memo) {
            self.warnings
                .push(Warning::new("hidden_characters", message));
        }
    }

    /// Notes whether a node answers where the miner is to be dialled; none if nobody looked.
    pub fn note_node(&mut self, dial: &str, found: Option<std::result::Result<(), String>>) {
        let needs = "a miner without a running node misses its slots";
        self.warnings.push(match found {
            Some(Ok(())) => Warning::new(
                "node_answers",
                format!("a node answers at {dial}, as seen from here; whether it has the keys of this miner can't be seen from outside"),
            ),
            Some(Err(reason)) => Warning {
                confirm: true,
                ..Warning::new(
                    "no_node",
                    format!("no node of this chain answers at {dial}, as seen from here ({reason}), and {needs}"),
                )
            },
            None => Warning::new(
                "node_not_checked",
                format!("nobody looked whether a node answers at {dial}: {needs}"),
            ),
        });
    }

    /// Warns of other miners whose names look like that of the miner voted for.
    pub fn note_lookalikes(&mut self, miner: &MinerDetail) {
        if miner.lookalikes.is_empty() {
            return;
        }
        let others: Vec<String> = miner.lookalikes.iter().map(miner_text).collect();
        let message = format!(
            "a name that looks alike: {}; make sure that you mean {} (#{})",
            others.join(", "),
            miner.miner.name,
            miner.miner.id
        );
        self.warnings.push(Warning::new("lookalike_miner", message));
    }

    /// Notes that an update keeps what people reach the miner by, which nobody named.
    pub fn note_kept_contact(&mut self, contact: Option<&str>) {
        let found = contact.map_or_else(
            || "there is no contact".to_owned(),
            |contact| format!("the contact is {:?}", plain(contact)),
        );
        let message = format!(
            "it is the node's word alone that {found}, and you would sign that again; --contact or --no-contact says it yourself"
        );
        self.warnings
            .push(Warning::new("contact_not_proved", message));
    }

    /// Notes that an update keeps an address that nobody named.
    pub fn note_kept_dial(&mut self, dial: &str) {
        let message = format!(
            "it is the node's word alone that the miner's node listens at {dial}, and you would sign that again; --dial names the address yourself"
        );
        self.warnings.push(Warning {
            confirm: true,
            ..Warning::new("dial_not_proved", message)
        });
    }

    /// Notes whether the name of the miner voted for is proved.
    ///
    /// # Errors
    /// [`Failure`] if it is another one.
    pub fn note_name(&mut self, miner: &Miner, proved: Option<&str>) -> Result<()> {
        let (id, name) = (miner.id, &miner.name);
        match proved {
            Some(proved) if proved == name => Ok(()),
            Some(proved) => Err(Failure::failed(
                "does_not_verify",
                format!("the node calls miner #{id} {name}, but in the state its name is {proved}: nothing was signed"),
            )
            .hint("--node names another node")),
            None => {
                // Evidence of votes says whose they are; of a miner without any there is none.
                let then = match miner.votes.0 {
                    0 => "and nobody votes for it yet, so that no evidence of votes says who it is".to_owned(),
                    _ => format!("`etm verify-votes '#{id}'` proves who it is"),
                };
                let message =
                    format!("it is the node's word alone that miner #{id} is {name}; {then}");
                self.warnings.push(Warning {
                    confirm: true,
                    ..Warning::new("name_not_proved", message)
                });
                Ok(())
            }
        }
    }

    /// Holds the node's answer to the same question, of the same block, against this one.
    pub fn compare(&mut self, told: &NodePreview) {
        let same = (&told.after, &told.after_best, &told.after_worst)
            == (&self.after, &self.after_best, &self.after_worst)
            && told.balance_after == self.balance_after;
        if !same {
            self.note_difference(
                "the node tells other figures of this request than those computed here",
            );
        }
    }

    /// Notes that the node's answer was of another block than the account, however often both were asked for.
    pub fn note_not_compared(&mut self) {
        self.note_difference(
            "the node answers of another block whenever it is asked, so that its figures could not be compared with those computed here",
        );
    }

    fn note_difference(&mut self, message: &str) {
        self.warnings.push(Warning {
            confirm: true,
            ..Warning::new("node_differs", message)
        });
    }
}
