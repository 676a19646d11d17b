//! Every byte of the evidence changed in several ways: each change is refused, with the step named. The count is printed.

use crate::golden::compare;
use crate::world::{Case, NAMES, case, cases, mainnet};
use etm_verify::{Check, Step};
use serde_json::json;
use std::collections::BTreeMap;

/// What a check answers: the step that failed, and whether it reads nothing.
pub type Verdict<C> = (Option<Step<C>>, bool);

/// What became of the changes: how many each step refused.
struct Count<C>(BTreeMap<C, u32>);

impl<C: Ord + std::fmt::Display> Count<C> {
    /// Answers the step that refuses a change.
    fn change(&mut self, name: &str, (failed, blank): Verdict<C>, what: &str) -> String {
        let failed = failed.unwrap_or_else(|| panic!("{name}: {what} is accepted"));
        assert!(blank);
        assert!(!failed.detail.is_empty());
        let step = failed.check.to_string();
        *self.0.entry(failed.check).or_default() += 1;
        step
    }

    fn print(&self, name: &str) -> u32 {
        let steps: Vec<String> = self
            .0
            .iter()
            .map(|(check, count)| format!("{check} {count}"))
            .collect();
        let total = self.0.values().sum();
        println!("{name}: {total} changes, all refused: {}", steps.join(", "));
        total
    }
}

/// The step that refuses each bit that was changed, in order: each with how many such bits follow one another.
type Refusals = Vec<(String, u32)>;

/// Changes a bit of every `stride`th byte; at every eighth of them sets the whole byte, cuts the document short, and repeats what stands
/// there. Answers how many changes the steps refused, and which steps refused the bits.
fn change_bytes<C: Ord + std::fmt::Display>(
    name: &str,
    bytes: &[u8],
    stride: usize,
    check: impl Fn(&[u8]) -> Verdict<C>,
) -> (u32, Refusals) {
    let (failed, blank) = check(bytes);
    assert!(failed.is_none() && !blank, "{name}");
    let mut count = Count(BTreeMap::new());
    let mut refusals = Refusals::new();
    for place in (0..bytes.len()).step_by(stride) {
        let mut changed = bytes.to_vec();
        changed[place] ^= 1 << (place % 8);
        let step = count.change(name, check(&changed), &format!("byte {place} flipped"));
        match refusals.last_mut() {
            Some((last, times)) if *last == step => *times += 1,
            _ => refusals.push((step, 1)),
        }
        if place % (8 * stride) > 0 {
            continue;
        }
        changed[place] = bytes[place].wrapping_add(1 + (place % 254) as u8);
        if changed[place] != bytes[place] {
            count.change(name, check(&changed), &format!("byte {place} set"));
        }
        let cut = &bytes[..place];
        count.change(name, check(cut), &format!("cut at byte {place}"));
        let mut twice = bytes.to_vec();
        twice.insert(place, bytes[place]);
        count.change(name, check(&twice), &format!("byte {place} twice"));
    }
    let longer = [bytes, &[0]].concat();
    count.change(name, check(&longer), "a byte more");
    (count.print(name), refusals)
}

/// Changes every byte, and compares the steps that refuse with what other verifiers are held to.
pub fn change_every_byte<C: Ord + std::fmt::Display>(
    name: &str,
    bytes: &[u8],
    check: impl Fn(&[u8]) -> Verdict<C>,
) -> u32 {
    let (total, refusals) = change_bytes(name, bytes, 1, check);
    let file = json!({
        "about": "Which step refuses the evidence of the same name with the bit `i mod 8` of byte `i` changed, for every byte: runs of a step and how many bytes it refuses.",
        "refused": refusals,
    });
    compare("refusals", name, &file);
    total
}

fn verdict(case: &Case, bytes: &[u8]) -> Verdict<Check> {
    let report = case.trust.check(bytes);
    (report.failed().cloned(), report.round.is_none())
}

/// A test for each of the small rounds, so that they run side by side.
macro_rules! small_rounds {
    ($($test:ident = $name:literal;)*) => {
        $(#[test]
        fn $test() {
            let case = case($name);
            let bytes = case.world.evidence(case.round).to_bytes();
            let total = change_every_byte($name, &bytes, |bytes| verdict(case, bytes));
            assert!(total > 5_000, "{total}");
        })*

        #[test]
        fn every_small_round_has_its_test() {
            assert_eq!(NAMES, [$($name),*]);
        }
    };
}

small_rounds! {
    no_byte_of_the_first_round_can_be_changed = "first-round";
    no_byte_of_missed_slots_can_be_changed = "missed-slots";
    no_byte_of_a_day_boundary_can_be_changed = "day-boundary";
    no_byte_of_a_resignation_can_be_changed = "resignation";
    no_byte_of_what_is_carried_can_be_changed = "carried";
    no_byte_of_a_committee_of_one_can_be_changed = "committee-of-one";
    no_byte_of_a_kept_committee_can_be_changed = "kept-committee";
    no_byte_of_many_missed_can_be_changed = "many-missed";
}

/// Bytes far apart, a prime number of them, so that in the end all fields of all kinds of rows are hit.
#[test]
fn no_byte_of_a_large_round_can_be_changed() {
    let case = mainnet();
    let bytes = case.world.evidence(case.round).to_bytes();
    let (total, _) = change_bytes(case.name, &bytes, 1_009, |bytes| verdict(&case, bytes));
    assert!(total > 90, "{total}");
}

/// The evidence of every other chain is refused.
#[test]
fn evidence_of_another_chain_is_refused() {
    for case in cases() {
        let trust = &case.trust;
        for other in cases() {
            let bytes = other.world.evidence(other.round).to_bytes();
            let report = trust.check(&bytes);
            let own = case.name == other.name;
            assert_eq!(
                report.failed().is_none(),
                own,
                "{} {}",
                case.name,
                other.name
            );
        }
    }
}
