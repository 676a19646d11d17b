//! What positions went through and earned as the state and the mechanism's reports have it, round by round: what the history,
//! which recomputes it from rows, is held to.

use std::collections::BTreeMap;

use etm_execution::read;
use etm_mechanism::{Action, Position, Round, RoundReport};
use etm_types::{Address, Height, MinerId};

use crate::stand::{Cause, Change};
use crate::testing::{TestChain, now};

/// What may change a position at the end of a round, in this order.
#[derive(Clone, Debug)]
enum Event {
    /// Its miner produced so many blocks.
    Halving(u64),
    /// So many days passed.
    Days(u64),
    /// A request of its account came in the block at this height.
    Request { height: Height, applied: bool },
    /// A miner resigned.
    Resignation(MinerId),
}

/// A round of an account.
#[derive(Clone, Debug)]
struct Told {
    during: Option<Position>,
    earned: u64,
    /// Whether its miner shared something with its voters.
    shared: bool,
    events: Vec<Event>,
}

/// What is known of one account.
#[derive(Clone, Debug, Default)]
struct Account {
    rounds: Vec<Told>,
    /// The position in the round that is to come.
    position: Option<Position>,
    /// All that its positions earned, and what of that joined its balance when one ended.
    earned: u64,
    settled: u64,
}

/// What is known of some accounts.
pub struct Oracle {
    accounts: BTreeMap<Address, Account>,
    miners: BTreeMap<Address, MinerId>,
}

fn position(chain: &TestChain, account: &Address) -> (Option<Position>, u64) {
    let params = chain.genesis.chain().params;
    let view = now(read::account(&chain.state, &params, account)).unwrap();
    let position = view.position.map(|position| Position {
        locked: position.locked,
        t: position.t,
        miner: position.miner,
    });
    (position, view.earned.0)
}

impl Oracle {
    /// Watches `accounts` of a chain that has not begun.
    pub fn new(chain: &TestChain, accounts: impl IntoIterator<Item = Address>) -> Self {
        let known = accounts.into_iter().map(|account| {
            let position = position(chain, &account).0;
            let known = Account {
                position,
                ..Account::default()
            };
            (account, known)
        });
        let miners = chain.genesis.draft().miners.iter().zip(0..);
        Self {
            accounts: known.collect(),
            miners: miners
                .map(|(miner, id)| (miner.owner, MinerId(id)))
                .collect(),
        }
    }

    /// Takes the end of a round, which the state of the chain has seen.
    pub fn end_round(&mut self, chain: &TestChain, report: &RoundReport<Address>) {
        for (account, known) in &mut self.accounts {
            let seat = known.position.and_then(|position| {
                let mut members = report.members.iter();
                members.find(|member| Some(member.miner) == position.miner)
            });
            let events = [
                seat.map(|seat| Event::Halving(seat.produced)),
                (report.days > 0).then_some(Event::Days(report.days)),
            ];
            let mut events: Vec<Event> = events.into_iter().flatten().collect();
            let mut miners = self.miners.clone();
            for request in &report.requests {
                let resigned = miners.get(&request.account).copied();
                match (&request.action, resigned) {
                    (Action::Resign, Some(miner)) if request.effective => {
                        miners.remove(&request.account);
                        events.push(Event::Resignation(miner));
                    }
                    (Action::Register(..) | Action::Resign, _) => {}
                    _ if request.account == *account => events.push(Event::Request {
                        height: report.first_height.saturating_add(u64::from(request.block)),
                        applied: request.effective,
                    }),
                    _ => {}
                }
                if let Some(miner) = request.miner {
                    miners.insert(request.account, miner);
                }
                if request.account == *account {
                    known.settled += request.settled.0;
                }
            }
            let (position, unspent) = position(chain, account);
            let earned = unspent + known.settled;
            known.rounds.push(Told {
                during: known.position,
                earned: earned - known.earned,
                shared: seat.is_some_and(|seat| seat.pool.0 > 0 && seat.votes.0 > 0),
                events,
            });
            (known.position, known.earned) = (position, earned);
        }
        for request in &report.requests {
            match (&request.action, request.miner) {
                (Action::Resign, _) if request.effective => {
                    self.miners.remove(&request.account);
                }
                (_, Some(miner)) => {
                    self.miners.insert(request.account, miner);
                }
                _ => {}
            }
        }
    }

    /// Round, locked amount, time gain and what was earned of every round in which there was a position.
    pub fn rows(&self, account: &Address) -> Vec<(u64, u64, u8, u64)> {
        let rounds = self.accounts[account].rounds.iter().zip(0..);
        let rows = rounds.filter_map(|(round, number)| {
            let state = round.during?;
            let time_gain = state.t.get();
            Some((number, state.locked.0, time_gain, round.earned))
        });
        rows.collect()
    }

    /// Rounds in which something was shared with a position.
    pub fn shared(&self, account: &Address) -> Vec<u64> {
        let rounds = self.accounts[account].rounds.iter().zip(0..);
        let shared = rounds.filter(|(round, _)| round.shared && round.during.is_some());
        shared.map(|(_, number)| number).collect()
    }

    /// All that an account's positions earned.
    pub fn earned(&self, account: &Address) -> u64 {
        self.accounts[account].earned
    }

    /// Holds the changes of an account against what happened; since when there is a position, if there is one since a
    /// request.
    pub fn check(&self, account: &Address, changes: &[Change]) -> Option<Round> {
        let known = &self.accounts[account];
        let (mut changes, mut since) = (changes.iter(), None);
        if let Some(first) = known.rounds.first().and_then(|round| round.during) {
            let told = changes.next().unwrap();
            let expected = Change {
                round: Round(0),
                cause: Cause::Genesis,
                before: None,
                after: Some(first),
            };
            assert_eq!(*told, expected);
        }
        let ends = known.rounds.iter().skip(1).map(|round| round.during);
        let ends = ends.chain([known.position]);
        for ((round, number), end) in known
            .rounds
            .iter()
            .zip(Round::ZERO.through(Round::MAX))
            .zip(ends)
        {
            let mut state = round.during;
            for event in &round.events {
                let Some(cause) = cause(event, state) else {
                    continue;
                };
                let told = changes.next().unwrap_or_else(|| panic!("no {cause:?}"));
                assert_eq!((told.round, told.before), (number, state), "{cause:?}");
                match (&told.cause, &cause) {
                    // The place in the block is not the mechanism's.
                    (
                        Cause::Request {
                            height, applied, ..
                        },
                        Cause::Request {
                            height: at,
                            applied: was,
                            ..
                        },
                    ) => assert_eq!((height, applied), (at, was)),
                    (told, cause) => assert_eq!(told, cause),
                }
                if state.is_none() && told.after.is_some() {
                    since = Some(number);
                } else if told.after.is_none() {
                    since = None;
                }
                state = told.after;
            }
            assert_eq!(state, end, "after round {number}");
        }
        assert_eq!(changes.next(), None);
        since
    }
}

/// What an event is to a position in this state, if it is anything.
fn cause(event: &Event, state: Option<Position>) -> Option<Cause> {
    match *event {
        Event::Halving(blocks) => {
            let t = state?.t;
            (t.halved(blocks) != t).then_some(Cause::Halving)
        }
        Event::Days(days) => {
            let t = state?.t;
            (t.after_days(days) != t).then_some(Cause::Days(days))
        }
        Event::Request { height, applied } => Some(Cause::Request {
            height,
            place: 0,
            applied,
        }),
        Event::Resignation(miner) => {
            (state?.miner == Some(miner)).then_some(Cause::MinerResigned(miner))
        }
    }
}
