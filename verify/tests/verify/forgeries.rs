//! Forgeries by somebody who recomputes all that can be recomputed: without the committee's keys, and with them.

use crate::world::{Case, World, case, certify};
use etm_mechanism::{Standing, Votes, draw};
use etm_types::state::CandidateList;
use etm_types::{Committee, Hash, MinerId, MinerName, Receipt, Round, Units, codec, merkle};
use etm_verify::{Check, ChosenReceipts, Evidence, Trust};

/// A forgery in the making: evidence, and all receipts of the last block.
struct Forger {
    world: &'static World,
    trust: &'static Trust,
    round: Round,
    evidence: Evidence,
    receipts: Vec<Receipt>,
}

impl Forger {
    fn new(name: &str) -> Self {
        let Case {
            world,
            round,
            trust,
            ..
        } = case(name);
        Self {
            evidence: world.evidence(*round),
            receipts: world.receipts(*round),
            world,
            trust,
            round: *round,
        }
    }

    /// Changes receipts of the last block.
    fn receipts(&mut self, change: impl FnMut(&mut Receipt)) {
        self.receipts.iter_mut().for_each(change);
    }

    /// Changes candidates, and makes their weights, the draw and its receipt follow.
    fn candidates(&mut self, change: impl FnOnce(&mut CandidateList)) {
        change(&mut self.evidence.candidates);
        let average = self
            .receipts
            .iter()
            .find_map(|receipt| match receipt {
                Receipt::Average { v_avg } => Some(*v_avg),
                _ => None,
            })
            .unwrap();
        let list = &mut self.evidence.candidates;
        list.0.sort_by_key(|candidate| candidate.miner);
        for candidate in &mut list.0 {
            candidate.weight = Standing {
                votes: candidate.votes,
                produced: candidate.produced,
                slots: candidate.slots,
                registered: true,
            }
            .weight(average);
        }
        let (hash, count) = (list.hash(), list.0.len());
        let sum = list.0.iter().map(|candidate| candidate.weight.0).sum();
        let size = count.min(5);
        let beacon = self.evidence.headers.last().unwrap().beacon;
        let picks = draw::draw(self.round.saturating_add(2), &beacon.0, &list.0, size).unwrap();
        self.receipts(|receipt| {
            if let Receipt::Draw {
                candidates,
                candidates_hash,
                total,
                members,
                ..
            } = receipt
            {
                *candidates = u32::try_from(count).unwrap();
                *candidates_hash = hash;
                *total = Votes(sum);
                *members = picks.iter().map(|pick| pick.miner).collect();
            }
        });
    }

    /// Makes the last header follow from receipts and committee; signs it with the committee's keys if `keys` are at hand.
    fn seal(&mut self, keys: bool) {
        let encoded: Vec<Vec<u8>> = self.receipts.iter().map(codec::to_bytes).collect();
        self.evidence.receipts = ChosenReceipts::of_round(&self.receipts).unwrap();
        let root = self.evidence.drawn.root();
        let last = self.evidence.headers.last_mut().unwrap();
        last.receipts_root = merkle::root(&encoded);
        last.committee_root = root;
        if keys {
            self.evidence.certificate = certify(
                &self.world.id(),
                &self.evidence.committee,
                self.evidence.headers.last().unwrap(),
                |_| true,
            );
        }
    }

    /// The step that refuses it.
    fn refused(&self) -> Check {
        let report = self.trust.check(&self.evidence.to_bytes());
        let failed = report.failed().expect("the forgery is accepted");
        println!("{}: {}", failed.check, failed.detail);
        failed.check
    }
}

/// A forgery: how it is made, and the step that refuses it if the forger even had the committee's keys.
type Forgery = (&'static str, fn(&mut Forger), Option<Check>);

fn forgeries() -> Vec<Forgery> {
    vec![
        ("votes times 1,000", votes_times_1000, None),
        ("a phantom candidate", phantom, None),
        ("votes moved, the sum kept", votes_moved, None),
        ("a pair swapped, the sum kept", pair_swapped, None),
        ("another average", another_average, Some(Check::Candidates)),
        ("another lucky member", another_lucky, Some(Check::Lucky)),
        ("a carry invented", carry_invented, Some(Check::Pools)),
        ("a carry for the next round", carry_on, Some(Check::Pools)),
        ("a pool moved", pool_moved, Some(Check::Pools)),
        ("votes of a pool gone", pool_voteless, Some(Check::Pools)),
        ("fees invented", fees_invented, Some(Check::Fees)),
        ("a fee too much a block", fee_a_block, Some(Check::Fees)),
        ("other names", other_names, None),
        ("another committee drawn", another_draw, Some(Check::Draw)),
        ("kept though drawn", kept, Some(Check::Draw)),
        ("a pool twice", pool_twice, Some(Check::Receipts)),
        (
            "pools in another order",
            pools_swapped,
            Some(Check::Receipts),
        ),
        ("a weight of nothing", weightless, Some(Check::Candidates)),
    ]
}

fn votes_times_1000(forger: &mut Forger) {
    forger.receipts(|receipt| {
        if let Receipt::Pool { votes, .. } = receipt {
            votes.0 *= 1_000;
        }
    });
    forger.candidates(|list| {
        for candidate in &mut list.0 {
            candidate.votes.0 *= 1_000;
        }
    });
    draw_follows(forger);
}

/// The committee carried is the one the changed weights draw, as far as the forger knows its members.
fn draw_follows(forger: &mut Forger) {
    let known: Vec<_> = [&forger.evidence.committee, &forger.evidence.drawn]
        .into_iter()
        .flat_map(|committee| committee.members.clone())
        .collect();
    let drawn = forger.receipts.iter().find_map(|receipt| match receipt {
        Receipt::Draw { members, .. } => Some(members.clone()),
        _ => None,
    });
    let members = drawn.unwrap().into_iter().map(|miner| {
        let member = known.iter().find(|member| member.miner == miner);
        let mut member = member.unwrap_or(&known[0]).clone();
        if member.miner != miner {
            member.miner = miner;
            // Keys of nobody, each its own.
            member.node.0[..4].copy_from_slice(&miner.0.to_be_bytes());
            member.bls.0[90..94].copy_from_slice(&miner.0.to_be_bytes());
        }
        member
    });
    forger.evidence.drawn.members = members.collect();
}

fn phantom(forger: &mut Forger) {
    forger.candidates(|list| {
        let mut candidate = list.0[0];
        candidate.miner = MinerId(4_000_000);
        candidate.votes.0 *= 1_000_000;
        list.0.push(candidate);
    });
    draw_follows(forger);
}

fn votes_moved(forger: &mut Forger) {
    forger.candidates(|list| {
        let moved = list.0[0].votes.0 / 20 * 19;
        list.0[0].votes.0 -= moved;
        list.0[1].votes.0 += moved;
    });
    draw_follows(forger);
}

fn pair_swapped(forger: &mut Forger) {
    forger.candidates(|list| {
        let first = list.0[0];
        (list.0[0].votes, list.0[0].produced, list.0[0].slots) =
            (list.0[1].votes, list.0[1].produced, list.0[1].slots);
        (list.0[1].votes, list.0[1].produced, list.0[1].slots) =
            (first.votes, first.produced, first.slots);
    });
    draw_follows(forger);
}

fn another_average(forger: &mut Forger) {
    // Somebody in the list has no block yet, and is weighed by the average or by its misses.
    forger.receipts(|receipt| {
        if let Receipt::Average { v_avg } = receipt {
            *v_avg /= 2;
        }
    });
    let mut newcomer = forger.evidence.candidates.0[0];
    newcomer.miner = MinerId(4_000_000);
    (newcomer.produced, newcomer.slots) = (0, 0);
    newcomer.weight = newcomer.votes;
    forger.evidence.candidates.0.push(newcomer);
    let list = forger.evidence.candidates.clone();
    forger.receipts(|receipt| {
        if let Receipt::Draw {
            candidates,
            candidates_hash,
            total,
            ..
        } = receipt
        {
            *candidates += 1;
            *candidates_hash = list.hash();
            total.0 += newcomer.weight.0;
        }
    });
}

fn another_lucky(forger: &mut Forger) {
    let members = &forger.evidence.committee.members;
    let ids: Vec<MinerId> = members.iter().map(|member| member.miner).collect();
    let old = forger
        .receipts
        .iter()
        .find_map(|receipt| match receipt {
            Receipt::Lucky { miner, .. } => Some(*miner),
            _ => None,
        })
        .unwrap();
    let new = *ids.iter().find(|id| **id != old).unwrap();
    let mut extra = Units(0);
    forger.receipts(|receipt| {
        if let Receipt::Lucky { miner, amount } = receipt {
            (*miner, extra) = (new, *amount);
        }
    });
    forger.receipts(|receipt| {
        if let Receipt::Pool { miner, amount, .. } = receipt {
            if *miner == old {
                amount.0 -= extra.0;
            } else if *miner == new {
                amount.0 += extra.0;
            }
        }
    });
}

/// 1,000 units more than there are, shared as the rules say.
fn carry_invented(forger: &mut Forger) {
    let count = forger.evidence.committee.members.len() as u64;
    let more = 2 * count * 1_000;
    let mut luckiest = MinerId(0);
    forger.receipts(|receipt| match receipt {
        Receipt::Bonus {
            total, pool, lucky, ..
        } => {
            total.0 += more;
            pool.0 += more / 2 / count;
            lucky.0 += more / 2;
        }
        Receipt::Lucky { miner, amount } => {
            amount.0 += more / 2;
            luckiest = *miner;
        }
        Receipt::Pool { miner, amount, .. } => {
            amount.0 += more / 2 / count;
            if *miner == luckiest {
                amount.0 += more / 2;
            }
        }
        _ => {}
    });
}

fn carry_on(forger: &mut Forger) {
    forger.receipts(|receipt| {
        if let Receipt::Bonus { carry, .. } = receipt {
            carry.0 += 1;
        }
    });
}

fn pool_moved(forger: &mut Forger) {
    let mut step = 0u64;
    forger.receipts(|receipt| {
        if let Receipt::Pool { amount, .. } = receipt {
            match step {
                0 => amount.0 += 1,
                1 => amount.0 -= 1,
                _ => {}
            }
            step += 1;
        }
    });
}

fn pool_voteless(forger: &mut Forger) {
    let mut first = true;
    forger.receipts(|receipt| {
        if let Receipt::Pool { votes, .. } = receipt
            && std::mem::take(&mut first)
        {
            *votes = if *votes == Votes(0) {
                Votes(1)
            } else {
                Votes(0)
            };
        }
    });
}

fn fees_invented(forger: &mut Forger) {
    forger.receipts(|receipt| {
        if let Receipt::Fees { total, .. } = receipt {
            total.0 += 1_000_000;
        }
    });
}

fn fee_a_block(forger: &mut Forger) {
    forger.receipts(|receipt| {
        if let Receipt::Fees { per_block, .. } = receipt {
            per_block.0 += 1;
        }
    });
}

fn other_names(forger: &mut Forger) {
    for member in &mut forger.evidence.committee.members {
        member.name = MinerName::new("honest").unwrap();
    }
}

/// Who was drawn, as the forged evidence has it.
fn drawn(forger: &Forger) -> Vec<MinerId> {
    let members = &forger.evidence.drawn.members;
    members.iter().map(|member| member.miner).collect()
}

fn another_draw(forger: &mut Forger) {
    forger.evidence.drawn.members.swap(0, 1);
    let ids = drawn(forger);
    forger.receipts(|receipt| {
        if let Receipt::Draw { members, .. } = receipt {
            *members = ids.clone();
        }
    });
}

fn kept(forger: &mut Forger) {
    forger.evidence.drawn = Committee {
        round: forger.round.saturating_add(2),
        members: forger.world.committee(forger.round.next()).members,
    };
    let ids = drawn(forger);
    forger.receipts(|receipt| {
        if let Receipt::Draw { members, kept, .. } = receipt {
            (*members, *kept) = (ids.clone(), true);
        }
    });
}

fn pool_twice(forger: &mut Forger) {
    let place = forger
        .receipts
        .iter()
        .position(|receipt| matches!(receipt, Receipt::Pool { .. }))
        .unwrap();
    let again = forger.receipts[place].clone();
    forger.receipts.insert(place, again);
}

fn pools_swapped(forger: &mut Forger) {
    let place = forger
        .receipts
        .iter()
        .position(|receipt| matches!(receipt, Receipt::Pool { .. }))
        .unwrap();
    forger.receipts.swap(place, place + 1);
}

fn weightless(forger: &mut Forger) {
    forger.candidates(|list| {
        let mut candidate = list.0[0];
        candidate.miner = MinerId(4_000_000);
        candidate.votes = Votes(0);
        list.0.push(candidate);
    });
}

/// Without the committee's keys: if the last header is left as it was, its roots tell; if it follows, the certificate does.
#[test]
fn nothing_can_be_forged_without_the_keys() {
    let mut refused = 0;
    for name in ["missed-slots", "resignation", "carried", "day-boundary"] {
        for (what, forge, _) in forgeries() {
            println!("{name}: {what}");
            let mut forger = Forger::new(name);
            forge(&mut forger);
            forger.seal(false);
            let expected = match what {
                "other names" => Check::Committee,
                _ => Check::Certificate,
            };
            assert_eq!(forger.refused(), expected, "{name}: {what}");
            // The same with the header that was signed.
            let honest = forger.world.evidence(forger.round);
            forger.evidence.headers = honest.headers;
            let refused_by = forger.refused();
            let roots = [
                Check::Committee,
                Check::Receipts,
                Check::Drawn,
                Check::Candidates,
            ];
            assert!(roots.contains(&refused_by), "{name}: {what}: {refused_by}");
            refused += 2;
        }
    }
    println!("{refused} forgeries, all refused");
    assert_eq!(refused, 4 * 2 * forgeries().len());
}

/// With the keys of a whole committee at hand, what does not follow from the rules is refused all the same; what can't be told from
/// an honest execution (votes, a candidate that does not exist) is what more than two thirds of a committee have to be trusted with.
#[test]
fn a_committee_can_not_sign_what_breaks_the_rules() {
    let mut refused = 0;
    for name in ["missed-slots", "resignation", "carried", "day-boundary"] {
        for (what, forge, expected) in forgeries() {
            let Some(expected) = expected else { continue };
            println!("{name}: {what}");
            let mut forger = Forger::new(name);
            forge(&mut forger);
            forger.seal(true);
            let found = forger.refused();
            assert_eq!(found, expected, "{name}: {what}");
            refused += 1;
        }
    }
    println!("{refused} forgeries with the keys, all refused");
    assert_eq!(refused, 4 * 13);
}

/// What a committee signs about the past: the last header names its parent, so nothing before it can be changed either.
#[test]
fn the_round_before_can_not_be_invented() {
    let mut forger = Forger::new("carried");
    let previous = forger.evidence.previous.as_mut().unwrap();
    let mut receipts = forger.world.receipts(forger.round.saturating_sub(1));
    for receipt in &mut receipts {
        if let Receipt::Bonus { carry, .. } = receipt {
            carry.0 += 1_000_000;
        }
    }
    previous.receipts = ChosenReceipts::of_previous(&receipts).unwrap();
    assert_eq!(forger.refused(), Check::Carry);
    let encoded: Vec<Vec<u8>> = receipts.iter().map(codec::to_bytes).collect();
    let previous = forger.evidence.previous.as_mut().unwrap();
    previous.header.receipts_root = merkle::root(&encoded);
    assert_eq!(forger.refused(), Check::Headers);
    // All headers of the round follow, and are signed anew: then the beacons and turns of all blocks would have to follow, too, and
    // they do; but the seed is what the walk proved nothing of, so the chain of headers is what binds it to the committee's signature.
    let mut parent = forger.evidence.previous.as_ref().unwrap().header.hash();
    for header in &mut forger.evidence.headers {
        header.parent = parent;
        parent = header.hash();
    }
    assert_eq!(forger.refused(), Check::Certificate);
}

/// What the round before left of the fees can't vanish, even if the committee signs that there are none.
#[test]
fn fees_that_were_left_are_there() {
    let mut forger = Forger::new("resignation");
    let left = forger.evidence.previous.as_ref().unwrap();
    let left = left
        .receipts
        .chosen
        .iter()
        .find_map(|(_, receipt)| match receipt {
            Receipt::Fees { remainder, .. } => Some(*remainder),
            _ => None,
        });
    assert!(left > Some(Units(0)));
    forger.receipts(|receipt| {
        if let Receipt::Fees {
            total,
            per_block,
            remainder,
        } = receipt
        {
            (*total, *per_block, *remainder) = (Units(0), Units(0), Units(0));
        }
    });
    forger.seal(true);
    assert_eq!(forger.refused(), Check::Fees);
}

/// More missed slots than a chain accepts are not counted, whoever signs them.
#[test]
fn a_check_can_not_be_kept_busy_with_missed_slots() {
    let mut forger = Forger::new("missed-slots");
    let last = forger.evidence.headers.last_mut().unwrap();
    last.slot = last.parent_slot.saturating_add((1 << 20) + 2);
    forger.seal(true);
    let report = forger.trust.check(&forger.evidence.to_bytes());
    let failed = report.failed().unwrap();
    assert_eq!(failed.check, Check::Slots);
    assert!(failed.detail.contains("2^20"), "{}", failed.detail);
}

/// By whom slots were missed is told up to a bound, and beyond it how many.
#[test]
fn missed_slots_are_told_apart_up_to_a_bound() {
    for (more, told) in [(0, Some(1 << 17)), (1, None)] {
        let mut world = World::new("missed", crate::world::params(5, 6, 4), 7, 1);
        world.miss(1 << 17, more);
        let round = Round(1);
        let report = world.trust(round).check(&world.evidence(round).to_bytes());
        assert_eq!(report.failed(), None);
        let read = report.round.unwrap();
        let sum = read
            .pools
            .iter()
            .map(|pool| pool.missed.map(u64::from))
            .sum();
        assert_eq!(told, sum);
        let slots = report.steps.iter().find(|step| step.check == Check::Slots);
        let words = format!("{} slots missed", (1 << 17) + more);
        assert!(slots.unwrap().detail.contains(&words), "{slots:?}");
    }
}

/// A committee of the forger's own signs everything.
#[test]
fn another_committee_proves_nothing() {
    let honest = case("missed-slots");
    let other = World::new("missed-slots", crate::world::params(5, 6, 4), 6, 3);
    let mut other = other;
    other.finish(Round(2), true);
    let report = honest.trust.check(&other.evidence(Round(2)).to_bytes());
    assert_eq!(
        report.failed().map(|step| step.check),
        Some(Check::Committee)
    );
    assert_ne!(other.id(), honest.world.id());
    assert_ne!(Hash::ZERO, other.committee(Round(2)).root());
}
