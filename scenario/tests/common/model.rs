//! The mechanism once more, as naively as the specification reads: position by position, big integers, lists.
//!
//! It shares nothing with the crate it judges but the plain data of scenario files.

use etm_scenario::{
    AccountState, Amount, CommitteeState, Figure, GenesisState, MinerState, Operation,
    PositionState, RequestEntry, RoundEntry, RoundState, Scenario, States, StatesFormat,
};
use ruint::{Uint, aliases::U512};
use sha2::{Digest, Sha256};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

const ETM: u64 = 100_000_000;

#[derive(Clone, Debug)]
struct Position {
    locked: u64,
    t: u64,
    miner: Option<u32>,
    /// In units of 2^-64.
    gains: U512,
    spent: u64,
}

impl Position {
    fn votes(&self) -> u128 {
        u128::from(w(self.locked)) * g(self.t)
    }

    fn earned(&self) -> u64 {
        u64::try_from(self.gains >> 64).unwrap() - self.spent
    }
}

#[derive(Clone, Debug)]
struct Miner {
    owner: String,
    name: String,
    produced: u64,
    slots: u64,
    deposit: u64,
    resigned: bool,
}

#[derive(Clone, Debug)]
pub struct Model {
    params: etm_mechanism::Params,
    free: BTreeMap<String, u64>,
    positions: BTreeMap<String, Position>,
    miners: BTreeMap<u32, Miner>,
    next_miner: u32,
    committees: BTreeMap<u64, Vec<u32>>,
    round: u64,
    height: u64,
    genesis_timestamp: u64,
    last_day: u64,
    timestamp: u64,
    average: u64,
    carry: u64,
    fees: u64,
    bonus_issued: u64,
    accepted: Vec<RequestEntry>,
}

fn root4(value: U512, bits: u32) -> u64 {
    // Bit by bit from above.
    (0..bits).rev().fold(0u64, |root, bit| {
        let trial = root | 1 << bit;
        if U512::from(trial).pow(U512::from(4)) <= value {
            trial
        } else {
            root
        }
    })
}

thread_local! {
    /// Roots found so far, by amount and by time gain.
    static ROOTS: RefCell<[BTreeMap<u64, u64>; 2]> = RefCell::default();
}

fn w(locked: u64) -> u64 {
    let root = || root4(U512::from(locked).pow(U512::from(3)), 49);
    ROOTS.with_borrow_mut(|roots| *roots[0].entry(locked).or_insert_with(root))
}

fn g(t: u64) -> u128 {
    let root = || root4(U512::from(t).pow(U512::from(3)) << 128, 37);
    ROOTS
        .with_borrow_mut(|roots| *roots[1].entry(t).or_insert_with(root))
        .into()
}

fn hash(parts: &[&[u8]]) -> U512 {
    let digest: [u8; 32] = Sha256::digest(parts.concat()).into();
    U512::from_be_slice(&digest)
}

fn bonus(height: u64) -> u64 {
    match height {
        1..=10_112_000 => ETM,
        10_112_001..=20_224_000 => ETM / 2,
        20_224_001..=50_560_000 => ETM / 4,
        _ => panic!("the model is for the first spans"),
    }
}

fn reward(height: u64) -> u64 {
    assert!(height <= 10_112_000, "the model is for the first span");
    6 * ETM
}

pub fn run(scenario: &Scenario) -> States {
    let mut model = Model::new(scenario);
    let genesis = GenesisState {
        committees: model.committees.clone(),
    };
    let rounds = scenario.rounds.iter().map(|round| model.round(round));
    States {
        rounds: rounds.collect(),
        format: StatesFormat::V1,
        genesis,
    }
}

impl Model {
    pub fn new(scenario: &Scenario) -> Self {
        let genesis = &scenario.genesis;
        let accounts = genesis.accounts.iter();
        let mut free: BTreeMap<_, _> = accounts
            .map(|entry| (entry.id.clone(), entry.free.0))
            .collect();
        let mut miners = BTreeMap::new();
        for (id, entry) in genesis.miners.iter().enumerate() {
            free.entry(entry.owner.clone()).or_insert(0);
            let miner = Miner {
                owner: entry.owner.clone(),
                name: entry.name.clone(),
                produced: 0,
                slots: 0,
                deposit: 0,
                resigned: false,
            };
            miners.insert(id as u32, miner);
        }
        let mut positions = BTreeMap::new();
        for entry in &genesis.positions {
            free.entry(entry.account.clone()).or_insert(0);
            let position = Position {
                locked: entry.locked.0,
                t: entry.t.into(),
                miner: entry.miner,
                gains: U512::ZERO,
                spent: 0,
            };
            positions.insert(entry.account.clone(), position);
        }
        let mut model = Self {
            params: scenario.params.resolve(),
            free,
            positions,
            next_miner: miners.len() as u32,
            miners,
            committees: BTreeMap::new(),
            round: 0,
            height: 0,
            genesis_timestamp: genesis.timestamp,
            last_day: 0,
            timestamp: genesis.timestamp,
            average: 1 << 32,
            carry: 0,
            fees: 0,
            bonus_issued: 0,
            accepted: Vec::new(),
        };
        for round in [0, 1] {
            let committee = model.draw(round, &genesis.beacon.0);
            model.committees.insert(round, committee.unwrap());
        }
        model
    }

    pub fn committee(&self) -> &[u32] {
        &self.committees[&self.round]
    }

    fn votes(&self, miner: u32) -> u128 {
        let voters = self
            .positions
            .values()
            .filter(|position| position.miner == Some(miner));
        voters.map(Position::votes).sum()
    }

    fn coefficient(&self, miner: &Miner) -> u128 {
        let (m, n) = (u128::from(miner.produced), u128::from(miner.slots));
        match (m, n) {
            (0, 0) => self.average.into(),
            (0, n) => (1 << 32) / (10 * n * n),
            (m, n) => (m << 32) / n,
        }
    }

    fn weight(&self, id: u32, miner: &Miner) -> u128 {
        let (m, n) = (u128::from(miner.produced), u128::from(miner.slots));
        let votes = self.votes(id);
        match (m, n) {
            (0, 0) => (votes * u128::from(self.average)) >> 32,
            (0, n) => votes / (10 * n * n),
            (m, n) => votes * m / n,
        }
    }

    fn draw(&self, round: u64, beacon: &[u8; 32]) -> Option<Vec<u32>> {
        let registered = self.miners.iter().filter(|(_, miner)| !miner.resigned);
        let weights = registered.map(|(id, miner)| (*id, self.weight(*id, miner)));
        let mut candidates: Vec<_> = weights.filter(|(_, weight)| *weight > 0).collect();
        if candidates.len() < self.params.min_committee as usize {
            return None;
        }
        let count = candidates.len().min(self.params.committee as usize);
        let mut committee = Vec::new();
        for index in 0..count as u32 {
            let total: u128 = candidates.iter().map(|(_, weight)| weight).sum();
            let digest = hash(&[
                b"etm/draw/v1",
                &round.to_be_bytes(),
                beacon,
                &index.to_be_bytes(),
            ]);
            let point = u128::try_from((digest * U512::from(total)) >> 256).unwrap();
            let mut cumulative = 0;
            let place = candidates.iter().position(|(_, weight)| {
                cumulative += weight;
                cumulative > point
            });
            committee.push(candidates.remove(place.unwrap()).0);
        }
        Some(committee)
    }

    fn balance(&self, account: &str) -> u64 {
        let earned = self.positions.get(account).map_or(0, Position::earned);
        self.free.get(account).map_or(0, |free| free + earned)
    }

    /// Takes an amount the balance covers.
    fn spend(&mut self, account: &str, amount: u64) {
        let free = self.free.get_mut(account).unwrap();
        let from_free = amount.min(*free);
        *free -= from_free;
        if amount > from_free {
            self.positions.get_mut(account).unwrap().spent += amount - from_free;
        }
    }

    /// The projected position: the requests of the account that were accepted, played through on a copy.
    fn projected(&self, account: &str) -> Option<(u64, Option<u32>)> {
        let position = self.positions.get(account);
        let mut projected = position.map(|position| (position.locked, position.miner));
        for request in self
            .accepted
            .iter()
            .filter(|request| request.account == account)
        {
            projected = match (&request.operation, projected) {
                (Operation::Lock(d), None) => Some((d.0, None)),
                (Operation::Lock(d), Some((locked, miner))) => Some((locked + d.0, miner)),
                (Operation::Unlock(d), Some((locked, miner))) => {
                    (locked > d.0).then(|| (locked - d.0, miner))
                }
                (Operation::Vote(miner), Some((locked, _))) => Some((locked, Some(*miner))),
                (Operation::Withdraw, Some((locked, _))) => Some((locked, None)),
                (_, projected) => projected,
            };
        }
        projected
    }

    fn asked(&self, test: impl Fn(&RequestEntry) -> bool) -> bool {
        self.accepted.iter().any(test)
    }

    fn owned(&self, account: &str) -> Option<u32> {
        let mut miners = self.miners.iter();
        miners
            .find(|(_, miner)| !miner.resigned && miner.owner == account)
            .map(|(id, _)| *id)
    }

    pub fn request(&mut self, request: &RequestEntry) -> bool {
        let account = &request.account;
        let min_lock = self.params.min_lock.0;
        let deposit = self.params.deposit.0;
        let projected = self.projected(account);
        let balance = self.balance(account);
        let locked = projected.map_or(0, |(locked, _)| locked);
        let accepted = match &request.operation {
            Operation::Lock(Amount(d)) => *d >= 1 && balance >= *d && locked + d >= min_lock,
            Operation::Unlock(Amount(d)) => {
                projected.is_some()
                    && *d >= 1
                    && *d <= locked
                    && (*d == locked || locked - d >= min_lock)
            }
            Operation::Vote(miner) => {
                projected.is_some() && self.miners.get(miner).is_some_and(|miner| !miner.resigned)
            }
            Operation::Withdraw => projected.is_some_and(|(_, miner)| miner.is_some()),
            Operation::Register(name) => {
                let valid = (1..=20).contains(&name.len())
                    && name
                        .bytes()
                        .all(|byte| b"abcdefghijklmnopqrstuvwxyz0123456789!@$&_.".contains(&byte));
                let taken = self
                    .miners
                    .values()
                    .any(|miner| !miner.resigned && miner.name == *name)
                    || self.asked(|other| other.operation == request.operation);
                let mine = |other: &RequestEntry| {
                    other.account == *account && matches!(other.operation, Operation::Register(_))
                };
                valid
                    && !taken
                    && self.owned(account).is_none()
                    && !self.asked(mine)
                    && self.free.contains_key(account)
                    && balance >= deposit
            }
            Operation::Resign => {
                self.owned(account).is_some() && !self.asked(|other| other == request)
            }
            Operation::Transfer(transfer) => transfer.amount.0 >= 1 && balance >= transfer.amount.0,
        };
        if !accepted {
            return false;
        }
        match &request.operation {
            Operation::Lock(Amount(d)) => self.spend(account, *d),
            Operation::Register(_) => self.spend(account, deposit),
            Operation::Transfer(transfer) => {
                self.spend(account, transfer.amount.0);
                *self.free.entry(transfer.to.clone()).or_insert(0) += transfer.amount.0;
                return true;
            }
            _ => {}
        }
        self.accepted.push(request.clone());
        true
    }

    pub fn round(&mut self, entry: &RoundEntry) -> RoundState {
        let committee = self.committees[&self.round].clone();
        let mut produced: BTreeMap<u32, u64> = BTreeMap::new();
        let mut rejected = Vec::new();
        let mut pot = self.carry;
        for (index, block) in entry.blocks.iter().enumerate() {
            for (place, request) in block.requests.iter().enumerate() {
                if !self.request(request) {
                    rejected.push((index, place));
                }
            }
            self.height += 1;
            self.timestamp = block.timestamp;
            self.fees += block.fees.0;
            pot += bonus(self.height);
            self.bonus_issued += bonus(self.height);
            *produced.entry(block.producer).or_default() += 1;
            let miner = self.miners.get_mut(&block.producer).unwrap();
            miner.produced += 1;
            miner.slots += 1;
            *self.free.get_mut(&miner.owner).unwrap() += reward(self.height);
            for missed in &block.missed {
                self.miners.get_mut(missed).unwrap().slots += 1;
            }
        }
        let owner = |miner: &u32, model: &Self| model.miners[miner].owner.clone();
        // 1. Fees.
        let share = self.fees / entry.blocks.len() as u64;
        for (miner, blocks) in &produced {
            let owner = owner(miner, self);
            *self.free.get_mut(&owner).unwrap() += share * blocks;
            self.fees -= share * blocks;
        }
        // 2. Bonus.
        let k = committee.len() as u64;
        let half = pot / 2;
        let each = half / k;
        let digest = hash(&[b"etm/lucky/v1", &self.round.to_be_bytes(), &entry.beacon.0]);
        let place = usize::try_from((digest * U512::from(k)) >> 256).unwrap();
        let lucky = committee[place];
        self.carry = half - each * k;
        for miner in &committee {
            let pool = each + if *miner == lucky { pot - half } else { 0 };
            let votes = self.votes(*miner);
            if votes == 0 {
                self.carry += pool;
                continue;
            }
            // 3. Distribution.
            for position in self
                .positions
                .values_mut()
                .filter(|position| position.miner == Some(*miner))
            {
                let delta =
                    ((U512::from(pool) * U512::from(g(position.t))) << 64) / U512::from(votes);
                position.gains += delta * U512::from(w(position.locked));
            }
        }
        // 5. Halving.
        for position in self.positions.values_mut() {
            let blocks = position.miner.and_then(|miner| produced.get(&miner));
            for _ in 0..*blocks.unwrap_or(&0) {
                position.t = (position.t / 2).max(1);
            }
        }
        // 6. Time gain.
        let day = (self.timestamp - self.genesis_timestamp) / self.params.day_seconds;
        for position in self.positions.values_mut() {
            position.t = position.t.saturating_add(day - self.last_day).min(32);
        }
        self.last_day = day;
        // 7. Requests.
        for request in std::mem::take(&mut self.accepted) {
            self.apply(&request);
        }
        // 8. Average.
        let members = committee
            .iter()
            .map(|miner| &self.miners[miner])
            .filter(|miner| miner.slots > 0);
        let coefficients: Vec<u128> = members.map(|miner| self.coefficient(miner)).collect();
        if !coefficients.is_empty() {
            self.average = (coefficients.iter().sum::<u128>() / coefficients.len() as u128) as u64;
        }
        // 9. Draw.
        let next = self.committees[&(self.round + 1)].clone();
        let drawn = self
            .draw(self.round + 2, &entry.beacon.0)
            .unwrap_or_else(|| next.clone());
        self.committees.insert(self.round + 2, drawn.clone());
        // 10. Deposits.
        let serving: BTreeSet<u32> = next.iter().chain(&drawn).copied().collect();
        let resigned = self
            .miners
            .iter()
            .filter(|(id, miner)| miner.resigned && !serving.contains(id));
        let gone: Vec<u32> = resigned.map(|(id, _)| *id).collect();
        for miner in gone.iter().filter_map(|id| self.miners.remove(id)) {
            *self.free.get_mut(&miner.owner).unwrap() += miner.deposit;
        }
        self.round += 1;
        self.state(rejected, lucky, drawn)
    }

    fn apply(&mut self, request: &RequestEntry) {
        let account = &request.account;
        let halve = |t: u64| (t / 2).max(1);
        match &request.operation {
            Operation::Lock(Amount(d)) => match self.positions.get_mut(account) {
                Some(position) => {
                    let total = u128::from(position.locked) + u128::from(*d);
                    let t = (u128::from(position.t) * u128::from(position.locked) + u128::from(*d))
                        / total;
                    position.t = (t as u64).max(1);
                    position.locked = total as u64;
                }
                None => {
                    let position = Position {
                        locked: *d,
                        t: 1,
                        miner: None,
                        gains: Uint::ZERO,
                        spent: 0,
                    };
                    self.positions.insert(account.clone(), position);
                }
            },
            Operation::Unlock(Amount(d)) => {
                let position = self.positions.get_mut(account).unwrap();
                position.locked -= d;
                let mut freed = *d;
                if position.locked == 0 {
                    freed += position.earned();
                    self.positions.remove(account);
                }
                *self.free.get_mut(account).unwrap() += freed;
            }
            Operation::Vote(miner) => {
                let position = self.positions.get_mut(account).unwrap();
                if self.miners.get(miner).is_some_and(|miner| !miner.resigned)
                    && position.miner != Some(*miner)
                {
                    if position.miner.is_some() {
                        position.t = halve(position.t);
                    }
                    position.miner = Some(*miner);
                }
            }
            Operation::Withdraw => {
                let position = self.positions.get_mut(account).unwrap();
                if position.miner.take().is_some() {
                    position.t = halve(position.t);
                }
            }
            Operation::Register(name) => {
                let miner = Miner {
                    owner: account.clone(),
                    name: name.clone(),
                    produced: 0,
                    slots: 0,
                    deposit: self.params.deposit.0,
                    resigned: false,
                };
                self.miners.insert(self.next_miner, miner);
                self.next_miner += 1;
            }
            Operation::Resign => {
                let id = self.owned(account).unwrap();
                self.miners.get_mut(&id).unwrap().resigned = true;
                for position in self
                    .positions
                    .values_mut()
                    .filter(|position| position.miner == Some(id))
                {
                    position.miner = None;
                }
            }
            Operation::Transfer(_) => unreachable!("transfers happen at once"),
        }
    }

    fn state(&self, rejected: Vec<(usize, usize)>, lucky: u32, members: Vec<u32>) -> RoundState {
        let registered = self.miners.iter().filter(|(_, miner)| !miner.resigned);
        let miners = registered.map(|(id, miner)| MinerState {
            id: *id,
            votes: Figure(self.votes(*id)),
            produced: miner.produced,
            slots: miner.slots,
            coefficient: Figure(self.coefficient(miner)),
            weight: Figure(self.weight(*id, miner)),
        });
        let positions = self
            .positions
            .iter()
            .map(|(account, position)| PositionState {
                account: account.clone(),
                locked: Amount(position.locked),
                t: position.t as u8,
                miner: position.miner,
                earned: Amount(position.earned()),
            });
        let accounts = self.free.iter().map(|(id, free)| AccountState {
            id: id.clone(),
            free: Amount(*free),
        });
        RoundState {
            round: self.round - 1,
            rejected,
            lucky,
            carry: Amount(self.carry),
            v_avg: Figure(self.average.into()),
            miners: miners.collect(),
            positions: positions.collect(),
            accounts: accounts.collect(),
            committee: CommitteeState {
                round: self.round + 1,
                members,
            },
            bonus_issued: Amount(self.bonus_issued),
            fees_pending: Amount(self.fees),
        }
    }
}
