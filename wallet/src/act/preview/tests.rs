use crate::{act::waiting::count_in, output::Page};

use super::*;
use etm_types::{MinerName, api::account::Preview as NodePreview};
use serde_json::json;

pub(in crate::act) const ETM: u64 = 100_000_000;

pub(in crate::act) fn miner(id: u32, votes: u128, produced: u64, slots: u64) -> serde_json::Value {
    json!({
        "rank": id + 1, "id": id, "name": format!("m{id}"), "owner": "A", "state": "registered", "ready": true,
        "in_committee": true, "announced": false, "votes": votes.to_string(), "votes_share_ppb": 0, "locked": "0",
        "voters": 1, "produced": produced, "slots": slots, "missed": slots - produced,
        "coefficient": (1u64 << 32).to_string(), "weight": votes.to_string(), "first_pick_ppb": 0, "inclusion_ppb": 0,
        "outlook": {
            "votes": votes.to_string(), "produced": produced, "slots": slots, "eligible": true, "weight": votes.to_string(),
            "inclusion_ppb": 0
        },
        "recent": "", "seats": 0, "expected_seats_micro": 0, "seats_deviation_micro": 0, "estimated_bonus_per_day": "0",
        "last_block": null, "my_vote": false
    })
}

pub(in crate::act) fn page(miners: Vec<serde_json::Value>) -> MinerPage {
    serde_json::from_value(json!({
        "round": 3, "height": 60, "draw_round": 5, "fair_seed": "00".repeat(32),
        "totals": { "miners": 3, "candidates": 3, "votes": "0", "weight": "0", "locked": "0", "voters": 0 },
        "estimate": { "amount": "1", "time_gain": 1, "votes": "1", "bonus_per_round": "0", "bonus_per_seat": "0", "seats": 1, "rounds_per_day_milli": 1 },
        "outlook_average": (1u64 << 32).to_string(),
        "past": true, "total": 3, "offset": 0, "miners": miners, "next": null
    }))
    .unwrap()
}

pub(crate) fn parameters(committee: u32) -> Parameters {
    serde_json::from_value(json!({
        "chain": { "id": "00".repeat(32), "name": "test", "devnet": true, "genesis_timestamp_ms": 0 },
        "units_per_etm": "100000000", "vote_scale": "4294967296000000", "coefficient_scale": "4294967296",
        "committee": committee, "blocks_per_round": 20, "min_committee": 1, "slot_ms": 500, "day_seconds": 60,
        "ready_rounds": 10, "min_lock": ETM.to_string(), "deposit": (10 * ETM).to_string(), "min_fee": (ETM / 10).to_string(),
        "max_time_gain": 32, "max_block_transactions": 1, "max_block_bytes": 1, "max_transaction_bytes": 1, "max_expiry_blocks": 1000,
        "time_gain_table": [], "schedule": [], "genesis_supply": "0", "genesis_beacon": "00".repeat(32),
        "namespaces": { "transaction": "", "vrf": "", "proof_of_possession": "", "consensus": "" }
    }))
    .unwrap()
}

/// An account with `free` ETM, and a position of `locked` ETM at `t` for a miner if `locked` is not 0.
pub(crate) fn account(free: u64, locked: u64, t: u8, miner: Option<u32>) -> Account {
    let voted = miner.map(|id| json!({ "id": id, "name": format!("m{id}") }));
    let votes = match locked {
        0 => 0,
        _ => etm_mechanism::weight::votes(Units(locked * ETM), TimeGain::new(t).unwrap()).0,
    };
    let position = (locked > 0).then(|| {
        json!({
            "locked": (locked * ETM).to_string(), "time_gain": t, "miner": voted, "base_weight": "0", "votes": votes.to_string(),
            "miner_votes": "0", "share_ppb": 0, "earned_total": "0", "since_round": null, "next_day_ms": 0,
            "time_gain_after_next_day": t, "halvings_due": 0, "inclusion_ppb": 0, "forecast": []
        })
    });
    let projected = (locked > 0).then(|| json!({ "locked": (locked * ETM).to_string(), "time_gain": t, "miner": voted, "votes": votes.to_string() }));
    serde_json::from_value(json!({
        "address": "A", "height": 60, "exists": true, "nonce": 0, "next_nonce": 0, "free": (free * ETM).to_string(), "earned": "0",
        "balance": (free * ETM).to_string(), "locked": (locked * ETM).to_string(), "locking": "0", "unlocking": "0", "deposit": "0",
        "total": "0", "position": position, "projected": projected, "projected_best": projected, "projected_worst": projected,
        "round_end": { "round": 3, "height": 79, "blocks_to_come": 4, "days": 0, "halvings_due": 0, "halvings_expected": 0, "halvings_most": 0 }, "pending_requests": [], "pending_transactions": [],
        "miner": null, "effective_round": 3
    }))
    .unwrap()
}

pub(in crate::act) fn vote_for(miner: u32) -> Request<String> {
    Request::Vote(MinerId(miner))
}

pub(in crate::act) fn send(amount: u64) -> Request<String> {
    Request::Transfer {
        to: "B".to_owned(),
        amount: Units(amount),
    }
}

fn preview(account: &Account, asked: Request<String>) -> Result<Preview> {
    let vote = Votes::ONE.0;
    let own = account
        .position
        .as_ref()
        .filter(|position| position.miner.is_some())
        .map_or(0, |position| position.votes.0);
    let miners = page(vec![
        miner(0, 1000 * vote + own, 10, 10),
        miner(1, 1000 * vote, 10, 10),
        miner(2, 1000 * vote, 0, 0),
    ]);
    let scene = Scene {
        account,
        parameters: &parameters(1),
        miners: &miners,
    };
    Preview::new(&scene, &Change::Asks(asked), Units(ETM / 10))
}

fn codes(preview: &Preview) -> Vec<&'static str> {
    preview
        .warnings
        .iter()
        .map(|warning| warning.code)
        .collect()
}

#[test]
fn a_first_lock_starts_at_one_and_says_that_it_does_not_vote_yet() {
    let preview = preview(&account(100, 0, 1, None), Request::Lock(Units(16 * ETM))).unwrap();
    let after = preview.after.clone().unwrap();
    assert_eq!(
        (after.locked.0, after.time_gain, after.miner),
        (16 * ETM, 1, None)
    );
    // 16 ETM at t = 1 have 16^(3/4) = 8 votes.
    assert_eq!(after.votes.0, 8 * Votes::ONE.0);
    assert_eq!(preview.balance_after.0, 100 * ETM - 16 * ETM - ETM / 10);
    assert_eq!(
        (preview.effective_round, codes(&preview)),
        (Some(3), vec!["not_voting"])
    );
    assert!(preview.miners.is_empty());
}

#[test]
fn a_top_up_that_costs_time_gain_is_warned_of() {
    let costly = preview(
        &account(100, 10, 8, Some(0)),
        Request::Lock(Units(60 * ETM)),
    )
    .unwrap();
    assert_eq!(costly.after.as_ref().unwrap().time_gain, 2);
    assert_eq!(codes(&costly), ["top_up_lowers_time_gain"]);
    let miner = &costly.miners[0];
    assert!(costly.miners.len() == 1 && miner.votes_after > miner.votes_before);
    assert!(miner.inclusion_after_ppb > miner.inclusion_before_ppb);

    let free = preview(
        &account(100, 10, 1, Some(0)),
        Request::Lock(Units(10 * ETM)),
    )
    .unwrap();
    assert_eq!(
        (free.after.as_ref().unwrap().time_gain, codes(&free)),
        (1, vec![])
    );
}

#[test]
fn a_first_vote_is_free_and_a_switch_halves() {
    let first = preview(&account(1, 16, 9, None), vote_for(1)).unwrap();
    assert_eq!(
        (first.after.as_ref().unwrap().time_gain, codes(&first)),
        (9, vec![])
    );
    assert_eq!(
        first
            .miners
            .iter()
            .map(|effect| effect.miner.id)
            .collect::<Vec<_>>(),
        [1]
    );

    let switch = preview(&account(1, 16, 9, Some(0)), vote_for(1)).unwrap();
    assert_eq!(
        (switch.after.as_ref().unwrap().time_gain, codes(&switch)),
        (4, vec!["switch_halves"])
    );
    let [old, new] = switch.miners.as_slice() else {
        panic!("{:?}", switch.miners)
    };
    assert_eq!(old.votes_after.0, 1000 * Votes::ONE.0);
    assert!(
        old.inclusion_after_ppb < old.inclusion_before_ppb
            && new.inclusion_after_ppb > new.inclusion_before_ppb
    );

    let same = preview(&account(1, 16, 9, Some(0)), vote_for(0)).unwrap();
    assert_eq!(
        (same.after.as_ref().unwrap().time_gain, codes(&same)),
        (9, vec!["same_miner"])
    );
    assert!(same.miners.is_empty());
}

#[test]
fn withdrawing_halves_and_unlocking_keeps_time_gain() {
    let withdrawn = preview(&account(1, 16, 3, Some(0)), Request::Withdraw).unwrap();
    let after = withdrawn.after.clone().unwrap();
    assert_eq!(
        (after.time_gain, after.miner, codes(&withdrawn)),
        (1, None, vec!["withdraw_halves", "not_voting"])
    );

    let partly = preview(
        &account(1, 16, 3, Some(0)),
        Request::Unlock(Units(15 * ETM)),
    )
    .unwrap();
    assert_eq!(
        (partly.after.as_ref().unwrap().time_gain, codes(&partly)),
        (3, vec![])
    );
    let wholly = preview(
        &account(1, 16, 3, Some(0)),
        Request::Unlock(Units(16 * ETM)),
    )
    .unwrap();
    assert_eq!(
        (wholly.after.clone(), codes(&wholly)),
        (None, vec!["position_removed"])
    );
}

#[test]
fn what_the_chain_would_refuse_is_refused_here_with_its_code() {
    let rich = account(100, 16, 3, Some(0));
    let bare = account(100, 0, 1, None);
    let cases = [
        (&rich, send(100 * ETM), "insufficient_balance"),
        (
            &rich,
            Request::Lock(Units(u64::MAX)),
            "insufficient_balance",
        ),
        (
            &rich,
            Request::Unlock(Units(17 * ETM)),
            "unlock_exceeds_position",
        ),
        (
            &rich,
            Request::Unlock(Units(15 * ETM + 1)),
            "below_minimum_lock",
        ),
        (&bare, Request::Lock(Units(ETM - 1)), "below_minimum_lock"),
        (&bare, Request::Unlock(Units(1)), "no_position"),
        (&bare, vote_for(0), "no_position"),
        (&rich, vote_for(9), "miner_not_registered"),
        (&account(1, 16, 3, None), Request::Withdraw, "no_vote"),
        (&bare, Request::Resign, "not_a_miner"),
        (
            &account(10, 0, 1, None),
            Request::Register(MinerName::new("new").unwrap()),
            "insufficient_balance",
        ),
        // As the chain looks at it: the name comes before the deposit.
        (
            &account(10, 0, 1, None),
            Request::Register(MinerName::new("m1").unwrap()),
            "name_taken",
        ),
    ];
    for (account, asked, code) in cases {
        let refused = preview(account, asked.clone()).unwrap_err();
        assert_eq!(refused.code, code, "{asked:?}");
        assert_eq!(refused.exit, crate::failure::Exit::Failed);
    }
    assert!(preview(&account(10, 0, 1, None), send(10 * ETM - ETM / 10)).is_ok());
}

#[test]
fn people_see_old_and_new() {
    let switch = preview(&account(1, 16, 9, Some(0)), vote_for(1)).unwrap();
    let mut page = Page::default();
    switch.show(&mut page);
    let text = page.as_str();
    for part in [
        "m0 (#0) -> m1 (#1)",
        "9 -> 4: a switch to another miner halves it",
        "0.1 ETM",
        "0.9 ETM of 1 ETM",
        "end of round 3",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// When tokens come back is told, and nothing that the request has nothing to do with.
#[test]
fn people_see_what_matters() {
    let shown = |account: &Account, asked: Request<String>| {
        let mut page = Page::default();
        preview(account, asked).unwrap().show(&mut page);
        page.as_str().to_owned()
    };
    let account = account(100, 16, 9, Some(0));
    let unlock = shown(&account, Request::Unlock(Units(5 * ETM)));
    assert!(
        unlock.contains("comes back       5 ETM can be spent after the end of round 3"),
        "{unlock}"
    );
    let lock = shown(&account, Request::Lock(Units(5 * ETM)));
    assert!(
        lock.contains("comes back       when you unlock it"),
        "{lock}"
    );
    let send = shown(&account, send(5 * ETM));
    for irrelevant in ["comes back", "locked", "time gain", "miner", "my votes"] {
        assert!(!send.contains(irrelevant), "{irrelevant}: {send}");
    }
}

/// What the node said in the vectors, which it keeps to (`api/tests/contract/previews.rs`), is what is computed here.
#[test]
fn previews_are_those_of_the_node() {
    #[derive(serde::Deserialize)]
    struct Case {
        request: serde_json::Value,
        account: Account,
        miners: MinerPage,
        preview: NodePreview,
    }
    #[derive(serde::Deserialize)]
    struct Vectors {
        parameters: Parameters,
        cases: Vec<Case>,
    }
    let files = [
        include_str!("../../../../vectors/previews/cases.json"),
        include_str!("../../../../vectors/previews/behind.json"),
    ];
    let files = files.map(|text| serde_json::from_str::<Vectors>(text).unwrap());
    let (mut accepted, mut refused, mut behind) = (0, 0, 0);
    let cases = files
        .iter()
        .flat_map(|file| file.cases.iter().map(|case| (&file.parameters, case)));
    for (parameters, case) in cases {
        let request = &case.request;
        let amount = || Units(request["amount"].as_str().unwrap().parse().unwrap());
        let asked = match request["kind"].as_str().unwrap() {
            "lock" => Request::Lock(amount()),
            "unlock" => Request::Unlock(amount()),
            "vote" => vote_for(u32::try_from(request["miner"].as_u64().unwrap()).unwrap()),
            "withdraw" => Request::Withdraw,
            "resign" => Request::Resign,
            _ => Request::Register(MinerName::new(request["name"].as_str().unwrap()).unwrap()),
        };
        let account = &case.account;
        let counted = count_in(account, parameters, case.miners.clone(), account.next_nonce);
        let told = &case.preview;
        assert_eq!(counted.waiting(), told.waiting);
        behind += u32::from(told.waiting > 0);
        let own = Preview::new(
            &counted.scene(parameters),
            &Change::Asks(asked),
            Units(parameters.min_fee.0),
        );
        match (own, &told.refused) {
            (Ok(mut own), None) => {
                accepted += 1;
                assert_eq!(own.before, told.before, "{request}");
                assert_eq!(own.after, told.after, "{request}");
                assert_eq!(own.after_best, told.after_best, "{request}");
                assert_eq!(own.after_worst, told.after_worst, "{request}");
                assert_eq!(own.balance_before, told.balance_before, "{request}");
                assert_eq!(own.balance_after, told.balance_after, "{request}");
                assert_eq!(own.effective_round, Some(told.effective_round));
                let told_of = told.miners.iter().map(|effect| Effect {
                    miner: effect.miner.clone(),
                    votes_before: effect.votes_before,
                    votes_after: effect.votes_after,
                    inclusion_before_ppb: effect.inclusion_before_ppb,
                    inclusion_after_ppb: effect.inclusion_after_ppb,
                });
                assert_eq!(own.miners, told_of.collect::<Vec<_>>(), "{request}");
                own.compare(told);
                assert!(!codes(&own).contains(&"node_differs"), "{request}");
            }
            // A pool asks that every fee can be paid, whatever becomes of those that wait.
            (_, Some(detail)) if told.waiting > 0 && detail.code == "cannot_pay_fee" => {}
            (Ok(_), Some(detail)) => panic!("{request}: {detail:?}"),
            (Err(failure), Some(detail)) => {
                refused += 1;
                assert_eq!(failure.code, detail.code, "{request}");
            }
            (Err(failure), None) => panic!("{request}: {failure:?}"),
        }
    }
    assert!(accepted > 10 && refused > 10, "{accepted}, {refused}");
    assert!(behind > 30, "{behind}");
}

#[test]
fn what_leaves_no_fee_and_what_costs_too_much_is_asked_about_apart() {
    let apart = |asked, fee: u64| {
        let account = account(100, 10, 1, None);
        let miners = page(vec![miner(0, 1000 * Votes::ONE.0, 10, 10)]);
        let scene = Scene {
            account: &account,
            parameters: &parameters(1),
            miners: &miners,
        };
        let preview = Preview::new(&scene, &Change::Asks(asked), Units(fee)).unwrap();
        let asked = preview.warnings.iter().filter(|warning| warning.confirm);
        asked.map(|warning| warning.code).collect::<Vec<_>>()
    };
    let least = ETM / 10;
    let lock = |rest: u64| Request::Lock(Units(100 * ETM - least - rest));
    assert_eq!(apart(lock(0), least), ["no_fee_left"]);
    assert_eq!(apart(lock(least - 1), least), ["no_fee_left"]);
    assert!(apart(lock(least), least).is_empty());
    assert!(apart(vote_for(0), least).is_empty());
    // The least fee is never too much, whatever the amount.
    assert!(apart(send(1), least).is_empty());
    assert_eq!(apart(send(10 * ETM), least + 1), ["high_fee"]);
    assert!(apart(send(50 * ETM), 5 * least).is_empty());
    assert_eq!(apart(vote_for(0), 100 * least), ["high_fee"]);
    assert!(apart(vote_for(0), 100 * least - 1).is_empty());
}

#[test]
fn a_signature_that_counts_for_long_is_told() {
    let told = |blocks: u64| {
        let miners = page(vec![]);
        let scene = Scene {
            account: &account(100, 10, 1, None),
            parameters: &parameters(1),
            miners: &miners,
        };
        let mut preview = Preview::new(&scene, &Change::Asks(send(ETM)), Units(ETM / 10)).unwrap();
        preview.note_expiry(blocks, 3_000);
        let late = |warning: Warning| (warning.code == "expires_late").then_some(warning.message);
        preview.warnings.into_iter().find_map(late)
    };
    assert_eq!(told(600), None);
    assert_eq!(told(28_800), None);
    let long = told(1_000_000).unwrap();
    assert!(
        long.contains("1,000,000 blocks, which is 34 d 17 h"),
        "{long}"
    );
    assert!(told(u64::MAX).is_some());
}

#[test]
fn what_is_left_is_held_against_the_least_fee_and_not_only_against_this_one() {
    let told = |fee: u64| {
        let miners = page(vec![]);
        let scene = Scene {
            account: &account(100, 10, 1, None),
            parameters: &parameters(1),
            miners: &miners,
        };
        let preview =
            Preview::new(&scene, &Change::Asks(Request::Lock(Units(ETM))), Units(fee)).unwrap();
        let mut warnings = preview.warnings.into_iter();
        warnings.find(|warning| warning.code == "no_fee_left")
    };
    let dear = told(60 * ETM).unwrap().message;
    assert!(
        dear.contains("less than another fee of 60 ETM; the least is 0.1 ETM"),
        "{dear}"
    );
    let all = told(99 * ETM).unwrap().message;
    assert!(all.contains("until something comes in"), "{all}");
}

/// The counters of a row are those up to the last block; what the coming draw will see stands apart.
#[test]
fn the_chance_without_the_request_is_the_one_the_node_shows() {
    let vote = Votes::ONE.0;
    let mut miners: Vec<_> = (0..3).map(|id| miner(id, 1000 * vote, 10, 10)).collect();
    // It has missed a slot in the running round.
    miners[1]["slots"] = json!(11);
    for row in &mut miners {
        row["outlook"]["inclusion_ppb"] = json!(333_333_333);
    }
    let (account, parameters, miners) = (account(1, 16, 9, None), parameters(1), page(miners));
    let scene = Scene {
        account: &account,
        parameters: &parameters,
        miners: &miners,
    };
    let preview = Preview::new(&scene, &Change::Asks(vote_for(1)), Units(ETM / 10)).unwrap();
    assert_eq!(preview.miners[0].inclusion_before_ppb, 333_333_333);
}

/// What can't be proved is not said to be provable.
#[test]
fn evidence_of_votes_is_offered_where_there_are_votes() {
    for (votes, offered) in [(0, false), (7, true)] {
        let page = page(vec![miner(3, votes, 1, 1)]);
        let mut noted = preview(&account(100, 0, 1, None), Request::Lock(Units(ETM))).unwrap();
        noted.note_name(&page.miners[0], None).unwrap();
        let told = &noted.warnings.last().unwrap().message;
        assert!(told.contains("is the node's word alone"), "{told}");
        assert_eq!(told.contains("etm verify-votes '#3'"), offered, "{told}");
    }
}

/// What the node says that the account has deposited is its word, what a miner deposits is the chain's.
#[test]
fn what_comes_back_of_a_miner_is_one_deposit() {
    let mut account = account(100, 0, 1, None);
    account.miner = serde_json::from_value(json!({ "id": 0, "name": "m0" })).unwrap();
    account.deposit = Amount(20 * ETM);
    let preview = preview(&account, Request::Resign).unwrap();
    let comes_back = preview.comes_back.unwrap();
    assert!(comes_back.contains("the deposit of 10 ETM"), "{comes_back}");
}
