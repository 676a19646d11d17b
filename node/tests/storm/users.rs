//! Users, who send transactions to nodes until each is final or has expired; and some who only want to do harm.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use commonware_runtime::{Clock as _, deterministic::Context};
use commonware_utils::channel::{mpsc, oneshot};
use etm_execution::{Chain, Draft, DraftPosition};
use etm_mechanism::TimeGain;
use etm_mempool::NotAdmitted;
use etm_node::pool::SubmitError;
use etm_types::{
    Address, DialAddress, Hash, Height, Memo, MinerId, MinerName, MinerSecrets, Payload, SecretKey,
    Transaction, Units, UnsignedTransaction,
};

use crate::{
    dice::Dice,
    hostile,
    judge::{Case, Judge},
    node::Order,
    plan::{Plan, Users},
    world::{World, address, etm, key, owner},
};

/// The doors of the nodes that run and are honest.
pub type Doors = Arc<Mutex<Vec<Option<mpsc::UnboundedSender<Order>>>>>;

/// How many transactions in a row somebody who poisons pools sends, and from how many accounts. One of each account can be
/// final: it pays more than others do, and comes first.
const POISON_DEPTH: u64 = 8;
pub const POISON_ACCOUNTS: usize = 12;

/// A height that no run reaches.
const NEVER: u64 = 1_000_000;

/// The key of a user.
fn user(kind: Users, index: usize) -> SecretKey {
    match kind {
        Users::Ordinary => key("ordinary", index),
        Users::Merging => key("merging", index),
        Users::Owners => owner(index),
        Users::Poison => key("poison", index),
        Users::Hostile => key("hostile", index),
    }
}

/// What users own at the start.
pub fn endow(plan: &Plan, draft: &mut Draft) {
    let mut give = |kind, index, amount| {
        let account = address(&user(kind, index));
        draft.accounts.insert(account, amount);
        account
    };
    for index in 0..plan.users(Users::Ordinary) {
        give(Users::Ordinary, index, etm(5_000));
    }
    for index in 0..plan.users(Users::Poison) * POISON_ACCOUNTS {
        give(Users::Poison, index, etm(3));
    }
    for index in 0..plan.users(Users::Hostile) {
        give(Users::Hostile, index, etm(2_000));
    }
    for index in 0..plan.users(Users::Merging) {
        let account = give(Users::Merging, index, etm(20));
        // With every block of the miner and every day, the time gains of some of these become equal.
        let miner = index % plan.nodes;
        let time_gain = 1 + (index * 5 + miner) % 32;
        let position = DraftPosition {
            locked: etm(1 + index as u64 % 3),
            time_gain: TimeGain::new(u8::try_from(time_gain).unwrap()).unwrap(),
            miner: Some(MinerId(u32::try_from(miner).unwrap())),
        };
        draft.positions.insert(account, position);
    }
}

/// A transaction that is under way.
struct Pending {
    transaction: Transaction,
    hash: Hash,
    /// The height when a node first took it.
    accepted: Option<u64>,
    /// What the node said that was asked last.
    said: Result<(), SubmitError>,
}

impl Pending {
    /// Whether it will never be final: a node that was behind took it, and its account had spent what would have paid it.
    const fn is_unpayable(&self) -> bool {
        matches!(
            self.said,
            Err(SubmitError::Pool(NotAdmitted::CannotPayFee { .. }))
        )
    }
}

/// A user and what became of its transactions.
struct User {
    kind: Users,
    key: SecretKey,
    nonce: u64,
    pending: Option<Pending>,
}

/// All users of a run; they outlive power cuts.
pub struct Crowd {
    chain: Chain,
    miners: u32,
    users: Vec<User>,
    /// How many users poison pools, and how often they did.
    poisoners: usize,
    poisoned: usize,
    /// How many users are hostile.
    hostile: usize,
    dice: Dice,
    /// Transactions that are final.
    pub done: usize,
    /// Transactions that expired.
    pub expired: usize,
    /// The most blocks that a transaction waited after a node had taken it.
    pub slowest: u64,
    /// No new transactions.
    pub quiet: bool,
}

impl Crowd {
    pub fn new(world: &World) -> Self {
        let plan = &world.plan;
        let kinds = [Users::Ordinary, Users::Merging, Users::Owners];
        let users = kinds.into_iter().flat_map(|kind| {
            (0..plan.users(kind).min(most(kind, plan))).map(move |index| User {
                kind,
                key: user(kind, index),
                nonce: 0,
                pending: None,
            })
        });
        Self {
            chain: world.genesis.chain().clone(),
            miners: u32::try_from(plan.nodes).unwrap(),
            users: users.collect(),
            poisoners: plan.users(Users::Poison),
            poisoned: 0,
            hostile: plan.users(Users::Hostile),
            dice: Dice::new(plan.seed).fork(4),
            done: 0,
            expired: 0,
            slowest: 0,
            quiet: false,
        }
    }

    /// The transactions that a node took and that are still under way, with what they pay.
    pub fn waiting(&self) -> Vec<(Units, String)> {
        let waiting = self.users.iter().filter_map(|user| {
            let pending = user.pending.as_ref()?;
            let since = pending.accepted.filter(|_| !pending.is_unpayable())?;
            let kind = pending.transaction.payload().kind();
            let what = format!(
                "{:?}, {kind} with nonce {} of {:?}, since block {since}; the node asked last: {:?}",
                pending.hash, user.nonce, user.kind, pending.said
            );
            Some((pending.transaction.unsigned.fee, what))
        });
        waiting.collect()
    }

    /// Looks what became of a user's transaction; what it has to send, if anything.
    fn step(&mut self, index: usize, case: &Case) -> Option<Transaction> {
        let height = case.height();
        let user = &mut self.users[index];
        if let Some(pending) = &user.pending {
            if let Some(included) = case.included.get(&pending.hash) {
                if let Some(accepted) = pending.accepted {
                    self.slowest = self.slowest.max(included.saturating_sub(accepted).0);
                }
                user.nonce += 1;
                user.pending = None;
                self.done += 1;
            } else if pending.transaction.unsigned.expires_at <= height {
                user.pending = None;
                self.expired += 1;
            }
        }
        if user.pending.is_none() {
            if self.quiet {
                return None;
            }
            let transaction = self.transaction(index, case);
            self.users[index].pending = Some(Pending {
                hash: transaction.hash(),
                transaction,
                accepted: None,
                said: Ok(()),
            });
        }
        let pending = self.users[index].pending.as_ref()?;
        // What no node has taken when the users go home is given up.
        (!self.quiet || pending.accepted.is_some()).then(|| pending.transaction.clone())
    }

    fn transaction(&mut self, index: usize, case: &Case) -> Transaction {
        let payload = match self.users[index].kind {
            Users::Owners => self.of_owner(index, case),
            _ => self.of_voter(index, case),
        };
        let expires_at = if self.dice.chance(20) {
            case.height().saturating_add(self.dice.within(1, 5))
        } else {
            Height(NEVER)
        };
        let user = &self.users[index];
        self.sign(
            &user.key,
            user.nonce,
            self.chain.params.fee,
            expires_at,
            payload,
        )
    }

    fn sign(
        &self,
        key: &SecretKey,
        nonce: u64,
        fee: Units,
        expires_at: Height,
        payload: Payload,
    ) -> Transaction {
        UnsignedTransaction {
            chain: self.chain.id,
            sender: key.public_key(),
            nonce,
            fee,
            expires_at,
            payload,
        }
        .sign(key)
    }

    /// Any miner of genesis, and sometimes one that came later or never.
    fn any_miner(&mut self) -> MinerId {
        let last = u64::from(self.miners) + 2;
        MinerId(u32::try_from(self.dice.within(0, last)).unwrap())
    }

    fn of_voter(&mut self, index: usize, case: &Case) -> Payload {
        let whole = |dice: &mut Dice| etm(dice.within(1, 60));
        match (self.users[index].kind, self.users[index].nonce) {
            (Users::Ordinary, 0) => return Payload::Lock { amount: etm(500) },
            (Users::Ordinary, 1) => {
                return Payload::Vote {
                    miner: self.any_miner(),
                };
            }
            _ => {}
        }
        match self.dice.within(0, 9) {
            0..=2 => Payload::Vote {
                miner: self.any_miner(),
            },
            3 => Payload::Unlock {
                amount: whole(&mut self.dice),
            },
            4 => Payload::Lock {
                amount: whole(&mut self.dice),
            },
            5 => Payload::Withdraw,
            _ => {
                let count = self.users.len();
                let other = &self.users[self.dice.index(count)].key;
                Payload::Transfer {
                    recipient: address(other),
                    amount: Units(1 + case.height().0),
                    memo: Memo::empty(),
                }
            }
        }
    }

    /// Resigns, registers again, and votes for what it has registered.
    fn of_owner(&mut self, index: usize, case: &Case) -> Payload {
        let key = &self.users[index].key;
        let account = address(key);
        match (case.miner_of(&account), self.dice.within(0, 2)) {
            (Some(_), 0) => Payload::Resign,
            (Some(miner), 1) => Payload::Vote { miner },
            (Some(_), _) => Payload::Update {
                keys: None,
                dial: dial(self.dice.within(1, 1_000)),
                contact: None,
            },
            (None, _) => Payload::Register {
                name: MinerName::new(&format!("again{index}")).unwrap(),
                keys: Box::new(secrets_of(account, self.miners).prove(&account)),
                dial: dial(index as u64),
                contact: None,
            },
        }
    }

    /// What a hostile user sends just now.
    fn hostile(&mut self, index: usize, case: &Case) -> Vec<Transaction> {
        let key = user(Users::Hostile, index);
        let nonce = case.nonce_of(&address(&key));
        let (chain, miners, height) = (&self.chain, self.miners, case.height());
        hostile::transactions(&mut self.dice, chain, &key, nonce, height, miners)
    }

    /// Transfers in a row of which the first leaves nothing for the others.
    fn poison(&mut self, poisoner: usize) -> Vec<Transaction> {
        let account = poisoner * POISON_ACCOUNTS + self.poisoned % POISON_ACCOUNTS;
        self.poisoned += 1;
        let key = user(Users::Poison, account);
        let fee = Units(2 * self.chain.params.fee.0);
        (0..POISON_DEPTH)
            .map(|nonce| {
                let amount = if nonce == 0 {
                    Units(etm(3).0 - fee.0)
                } else {
                    Units(1)
                };
                let payload = Payload::Transfer {
                    recipient: address(&owner(0)),
                    amount,
                    memo: Memo::empty(),
                };
                self.sign(&key, nonce, fee, Height(NEVER), payload)
            })
            .collect()
    }
}

/// How many users of a kind there can be.
const fn most(kind: Users, plan: &Plan) -> usize {
    match kind {
        Users::Owners => plan.nodes,
        _ => usize::MAX,
    }
}

fn dial(port: u64) -> DialAddress {
    DialAddress::new(format!("127.0.0.1:{}", 20_000 + port)).unwrap()
}

/// The keys of the node of an owner.
fn secrets_of(account: Address, miners: u32) -> MinerSecrets {
    let index = (0..miners as usize).find(|index| address(&owner(*index)) == account);
    MinerSecrets::from_seed(key("node", index.unwrap()).expose_seed())
}

/// Lets the users send until the context ends.
pub async fn run(
    context: Context,
    crowd: Arc<Mutex<Crowd>>,
    judge: Arc<Judge>,
    doors: Doors,
    every: Duration,
) {
    loop {
        context.sleep(every).await;
        let (users, poisoners) = {
            let crowd = crowd.lock().unwrap();
            let poisoners = if crowd.quiet { 0 } else { crowd.poisoners };
            (crowd.users.len(), poisoners)
        };
        for poisoner in 0..poisoners {
            let poison = crowd.lock().unwrap().poison(poisoner);
            // Into as many pools as there are.
            let open: Vec<_> = doors.lock().unwrap().iter().flatten().cloned().collect();
            for transaction in poison {
                for door in &open {
                    let _ = door.send((transaction.clone(), oneshot::channel().0));
                }
            }
        }
        let hostile = if crowd.lock().unwrap().quiet {
            0
        } else {
            crowd.lock().unwrap().hostile
        };
        for index in 0..hostile {
            let sent = crowd.lock().unwrap().hostile(index, &judge.case());
            let open: Vec<_> = doors.lock().unwrap().iter().flatten().cloned().collect();
            for transaction in sent {
                // Each to one node, so that what excludes one another lies in different pools.
                if !open.is_empty() {
                    let door = &open[crowd.lock().unwrap().dice.index(open.len())];
                    let _ = door.send((transaction, oneshot::channel().0));
                }
            }
        }
        for index in 0..users {
            let (transaction, door) = {
                let mut crowd = crowd.lock().unwrap();
                let Some(transaction) = crowd.step(index, &judge.case()) else {
                    continue;
                };
                let doors = doors.lock().unwrap();
                let open: Vec<_> = doors.iter().flatten().cloned().collect();
                if open.is_empty() {
                    continue;
                }
                let door = open[crowd.dice.index(open.len())].clone();
                (transaction, door)
            };
            let (answer, taken) = oneshot::channel();
            let hash = transaction.hash();
            if door.send((transaction, answer)).is_err() {
                continue;
            }
            // A node that starts, or has just died, may never answer.
            let answered = commonware_macros::select! {
                taken = taken => taken.ok(),
                () = context.sleep(Duration::from_millis(500)) => None,
            };
            let height = judge.case().height();
            if let Some(said) = answered
                && let Some(pending) = &mut crowd.lock().unwrap().users[index].pending
                && pending.hash == hash
            {
                if said.is_ok() {
                    pending.accepted.get_or_insert(height.0);
                }
                pending.said = said;
            }
        }
    }
}
