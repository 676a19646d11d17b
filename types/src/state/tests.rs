use super::*;
use crate::codec::{Wire, from_bytes, to_bytes};
use crate::hash::Beacon;
use crate::text::{Contact, DialAddress};
use etm_mechanism::{
    Action, Candidate, Cohort, CohortNode, Cohorts, Day, Globals, Height, Miner, NameHolder,
    Pending, PositionRecord, Queued, Slot, Standing, Standings, Tally, TallyEntry, TimeGain, Units,
    Votes,
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Debug;

fn round_trip<T: Wire + PartialEq + Debug>(value: &T) -> Result<(), TestCaseError> {
    let bytes = to_bytes(value);
    let decoded = from_bytes::<T>(&bytes);
    prop_assert_eq!(decoded.as_ref(), Ok(value));
    for end in 0..bytes.len() {
        prop_assert!(from_bytes::<T>(&bytes[..end]).is_err());
    }
    Ok(())
}

fn canonical<T: Wire>(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(value) = from_bytes::<T>(bytes) {
        prop_assert_eq!(to_bytes(&value), bytes);
    }
    Ok(())
}

#[test]
fn the_directory_of_as_many_miners_as_all_tokens_pay_for_can_be_read() {
    let deposit = etm_mechanism::Params::mainnet().deposit;
    let supply = Units::from_etm(500_000_000).unwrap();
    let miners = u32::try_from(supply.0 / deposit.0).unwrap();
    let pages: Vec<u32> = (0..miners).collect();
    let bytes = to_bytes(&pages);
    assert!(bytes.len() <= crate::limits::MAX_STATE_VALUE_BYTES);
    assert_eq!(from_bytes::<Vec<u32>>(&bytes), Ok(pages));
}

#[test]
fn keys_are_distinct() {
    let (address, node, bls) = (Address([1; 20]), NodeKey([1; 32]), BlsPublicKey([1; 96]));
    let name = MinerName::new("a").unwrap();
    let records = [
        Record::Chain,
        Record::Globals,
        Record::Tally,
        Record::Account(&address),
        Record::Position(&address),
        Record::Pending(&address),
        Record::Registration(&address),
        Record::Miner(MinerId(1)),
        Record::Node(MinerId(1)),
        Record::NodeKey(&node),
        Record::BlsKey(&bls),
        Record::Presence(1),
        Record::Directory,
        Record::Standings(1),
        Record::Cohorts(None),
        Record::Cohorts(Some(MinerId(1))),
        Record::CohortNode(CohortId(1)),
        Record::Name(&name),
        Record::Requests(1),
        Record::Committee(Round(1)),
        Record::Retiring,
        Record::Round(Round(1)),
    ];
    let keys: BTreeSet<_> = records.iter().map(Record::key).collect();
    assert_eq!(keys.len(), records.len());
    // The documented construction.
    let expected = Hash::of(&[b"etm/state/account/v1", &[1; 20]]);
    assert_eq!(Record::Account(&address).key().0, expected.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn records_round_trip(a: u64, b: u64, c: u32, d: u128, flag: bool, bytes: [u8; 32], address: [u8; 20], t in 1u8..=32) {
        let (units, miner, owner) = (Units(a), MinerId(c), Address(address));
        let option = flag.then_some(miner);
        let t = TimeGain::new(t).unwrap();
        round_trip(&Globals {
            round: Round(a), height: Height(b), genesis_timestamp: a, timestamp: b, day: Day(a), beacon: bytes, next_miner: c,
            next_cohort: b, average: a, carry: units, fees_pending: Units(b), genesis_supply: units,
            outside_fees: Units(b), rewards_issued: units, bonus_issued: Units(b), bonus_drawn: units,
            locked: Units(b), deposits: units,
        })?;
        round_trip(&Tally(vec![TallyEntry { produced: a, missed: b }; usize::from(t.get())]))?;
        round_trip(&PositionRecord { locked: units, weight: b, cohort: CohortId(a), base: d })?;
        round_trip(&Pending { locked: units, vote: option, registers: flag, resigns: !flag })?;
        round_trip(&Miner { owner, name: MinerName::new("abc").unwrap(), deposit: units })?;
        let standing = Standing { votes: Votes(d), produced: a, slots: b, registered: flag };
        round_trip(&Standings(vec![(MinerId(1), standing), (MinerId(2), standing)]))?;
        let cohort = Cohort { id: CohortId(a), t, rank: 3, references: b, weight: a, gain: d };
        round_trip(&Cohorts::new(vec![cohort]).unwrap())?;
        round_trip(&CohortNode::Live(option))?;
        round_trip(&CohortNode::Merged { into: CohortId(a), shift: d, references: b })?;
        round_trip(&NameHolder::Miner(miner))?;
        round_trip(&NameHolder::Asked)?;
        for action in [
            Action::Lock(units), Action::Unlock(units), Action::Vote(miner), Action::Withdraw,
            Action::Register(MinerName::new("x").unwrap(), units), Action::Resign,
        ] {
            round_trip(&vec![Queued { account: owner, action }])?;
        }
        round_trip(&vec![miner, miner])?;
        round_trip(&vec![c, c])?;
        round_trip(&ChainRecord { height: Height(a), slot: Slot(b), timestamp_ms: a, beacon: Beacon(bytes), free_total: units, accounts: b })?;
        round_trip(&AccountRecord { free: units, nonce: b, miner: option })?;
        round_trip(&NodeRecord {
            node: NodeKey(bytes), bls: BlsPublicKey([c as u8; 96]),
            dial: DialAddress::new("a:1").unwrap(),
            contact: flag.then(|| Contact::new("x").unwrap()),
        })?;
        round_trip(&Presence(vec![PresenceEntry { miner, seen: Round(a), heartbeat: flag.then_some(Round(b)) }]))?;
        let member = RoundMember { miner, produced: a, missed: b, fees: units, votes: Votes(d), pool: units };
        round_trip(&RoundRecord {
            round: Round(a), first_height: Height(b), last_height: Height(a), seed: Beacon(bytes), beacon: Beacon(bytes), fees: units,
            fee_share: units, fees_pending: units, bonus: units, lucky: miner, carry: units, days: a, average: b,
            members: vec![member; 3], candidates: c, candidates_hash: Hash(bytes), kept: flag, drawn: vec![miner],
        })?;
        round_trip(&CandidateList(vec![Candidate { miner, votes: Votes(d), produced: a, slots: b, weight: Votes(d) }]))?;
    }

    #[test]
    fn no_bytes_panic_a_record(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        canonical::<Globals>(&bytes)?;
        canonical::<Tally>(&bytes)?;
        canonical::<PositionRecord>(&bytes)?;
        canonical::<Pending>(&bytes)?;
        canonical::<Miner<Address>>(&bytes)?;
        canonical::<Standings>(&bytes)?;
        canonical::<Cohorts>(&bytes)?;
        canonical::<CohortNode>(&bytes)?;
        canonical::<NameHolder>(&bytes)?;
        canonical::<Vec<Queued<Address>>>(&bytes)?;
        canonical::<ChainRecord>(&bytes)?;
        canonical::<AccountRecord>(&bytes)?;
        canonical::<NodeRecord>(&bytes)?;
        canonical::<Presence>(&bytes)?;
        canonical::<RoundRecord>(&bytes)?;
        canonical::<CandidateList>(&bytes)?;
    }
}
