//! Ends of a round that nodes tell, honest ones and others, with what is to be said of them: the page has the same rules, and is held to the same file.
//! `ETM_WRITE_VECTORS=1 cargo test -p etm-wallet ends_of_rounds` writes it anew.

use super::*;
use etm_types::api::account::PendingRequest;

/// Numbers of a generator that is the same everywhere.
struct Dice(u64);

impl Dice {
    /// One of `0..sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    fn small(&mut self, sides: u64) -> u32 {
        u32::try_from(self.roll(sides)).unwrap()
    }
}

/// Something that somebody may have asked for.
fn request(dice: &mut Dice) -> Value {
    let etm = |etm: u64| (etm * 100_000_000).to_string();
    match dice.roll(10) {
        0 => json!({ "kind": "lock", "amount": etm(50) }),
        1 => json!({ "kind": "lock", "amount": etm(1_000 * u64::from(!dice.one_in(3))) }),
        2 => json!({ "kind": "unlock", "amount": etm(100) }),
        3 => json!({ "kind": "unlock", "amount": etm(LOCKED) }),
        4..=6 => vote([1, 2, 5][usize::try_from(dice.roll(3)).unwrap()]),
        7 => json!({ "kind": "withdraw" }),
        8 => json!({ "kind": "resign" }),
        _ => json!({ "kind": "register", "name": (["quince", "Ä"][usize::from(dice.one_in(4))]) }),
    }
}

/// An account whose round of 20 blocks has 16, as a node tells of it.
fn told(dice: &mut Dice, parameters: &Parameters) -> Account {
    let voted = (!dice.one_in(4)).then_some(1);
    let locked = match dice.one_in(8) {
        true => 0,
        false => LOCKED,
    };
    let t = u8::try_from(1 + dice.roll(32)).unwrap();
    let mut account = account(100, locked, t, voted);
    account.height = 75;
    account.miner = dice.one_in(2).then(|| MinerRef {
        id: [1, 5][usize::from(dice.one_in(2))],
        name: String::new(),
    });
    let mut requests = Vec::new();
    for _ in 0..dice.roll(4).saturating_sub(1) {
        requests.push(request(dice));
    }
    asks(&mut account, &requests);
    if dice.one_in(20)
        && let Some(PendingRequest {
            effective_round, ..
        }) = account.pending_requests.first_mut()
    {
        *effective_round += 1;
    }
    if voted.is_some() && locked > 0 {
        let due = dice.small(4);
        let expected = due + dice.small(5);
        let most = if dice.one_in(10) { expected } else { due + 4 };
        halvings(&mut account, due, expected, most);
    }
    account.round_end.days = dice.small(3);
    ends(&mut account, dice, parameters);
    account
}

/// Ends as they come, with or without a miner that resigned; some of them are changed.
fn ends(account: &mut Account, dice: &mut Dice, parameters: &Parameters) {
    let end = account.round_end.clone();
    let days = u64::from(end.days);
    let late = days + dice.roll(late_days(parameters, account) + 2);
    let halving = match dice.roll(4) {
        0 => Halving::Always,
        1 => Halving::Never,
        _ => Halving::Usual,
    };
    let whole = account.clone();
    let Ok(held) = Held::new(&whole, whole.position.as_ref(), parameters) else {
        return;
    };
    let leaves = dice.one_in(6);
    for (then, halvings, days) in [
        (&mut account.projected, end.halvings_expected, days),
        (&mut account.projected_worst, end.halvings_most, days),
        (&mut account.projected_best, end.halvings_due, late),
    ] {
        *then = held.made(halvings.into(), days, halving).map(|position| {
            let miner = position.miner.filter(|_| !leaves);
            serde_json::from_value(json!({
                "locked": position.locked.0.to_string(), "time_gain": position.t.get(), "votes": "0",
                "miner": miner.map(|id| json!({ "id": id.0, "name": format!("m{}", id.0) })),
            }))
            .unwrap()
        });
        if dice.one_in(16)
            && let Some(lie) = then
        {
            match dice.roll(4) {
                0 => lie.time_gain = (lie.time_gain + 1).min(32),
                1 => lie.time_gain = (lie.time_gain - 1).max(1),
                2 => lie.locked.0 += 1,
                _ => lie.miner = serde_json::from_value(json!({ "id": 2, "name": "x" })).unwrap(),
            }
        }
        if dice.one_in(60) {
            *then = None;
        }
    }
}

fn seat(dice: &mut Dice, account: &Account) -> Seat {
    match dice.roll(6) {
        0 => Seat::Unknown,
        1 => Seat::None,
        _ => Seat::Made {
            blocks: (u64::from(account.round_end.halvings_due) + dice.roll(5) / 2)
                .saturating_sub(dice.roll(5) / 4),
            height: account.height + dice.roll(4) / 2 - dice.roll(4) / 3,
        },
    }
}

#[test]
fn ends_of_rounds_are_judged_as_the_file_says() {
    let mut dice = Dice(7);
    let mut counts = [0; 5];
    let mut cases = Vec::new();
    for _ in 0..500 {
        let mut parameters = parameters(3);
        parameters.chain.devnet = dice.one_in(2);
        let account = told(&mut dice, &parameters);
        let seat = seat(&mut dice, &account);
        let found = ending(&account, account.position.as_ref(), &parameters, seat);
        let kinds = found
            .as_ref()
            .map_or([true, false, false, false, false], |ending| {
                let Ending { leaves, days, seat } = *ending;
                [false, true, leaves, days.is_some(), seat]
            });
        for (count, kind) in counts.iter_mut().zip(kinds) {
            *count += u32::from(kind);
        }
        let whole = serde_json::to_value(&account).unwrap();
        let shown = [
            "height",
            "effective_round",
            "position",
            "projected",
            "projected_best",
            "projected_worst",
            "round_end",
            "pending_requests",
            "miner",
        ];
        let shown = shown.map(|name| (name.to_owned(), whole[name].clone()));
        cases.push(json!({
            "devnet": parameters.chain.devnet,
            "account": serde_json::Map::from_iter(shown),
            "seat": match seat {
                Seat::Unknown => json!({ "kind": "unknown" }),
                Seat::None => json!({ "kind": "none" }),
                Seat::Made { blocks, height } => json!({ "kind": "made", "blocks": blocks, "height": height }),
            },
            "ending": found.ok().map(|Ending { leaves, days, seat }| json!({ "leaves": leaves, "oddDays": days.is_some(), "seat": seat })),
        }));
    }
    // Each kind of answer is there: refused, possible, a vote that ends, odd days, halvings that are not proved.
    assert!(counts.iter().all(|count| *count > 15), "{counts:?}");
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    let fixed = parameters(3);
    let text = format!(
        "{{\"parameters\":{},\"cases\":[\n{}\n]}}\n",
        json!({
            "blocks_per_round": fixed.blocks_per_round, "slot_ms": fixed.slot_ms, "day_seconds": fixed.day_seconds,
            "min_lock": fixed.min_lock
        }),
        lines.join(",\n")
    );
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/endings/cases.json");
    if std::env::var_os("ETM_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == text,
        "vectors/endings/cases.json differs from the code: run this test with ETM_WRITE_VECTORS=1"
    );
}
