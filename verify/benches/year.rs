//! A year of mainnet walked: 104,000 ends of rounds by committees of 101 out of 300 miners, all of whom sign.
//!
//! `cargo bench -p etm-verify --bench year` walks a hundredth of it and says what a year takes of a core; `-- ROUNDS` walks as many as are named.

#![allow(clippy::unwrap_used, reason = "a benchmark")]

use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use commonware_cryptography::bls12381::primitives::{
    group::{G2, Private, Scalar},
    ops,
    variant::MinSig,
};
use etm_mechanism::Params;
use etm_types::{
    Beacon, BlsPublicKey, BlsSignature, ChainId, Committee, DialAddress, Hash, Header, Height,
    Member, MinerId, MinerName, NodeKey, Round, Slot, namespace,
};
use etm_verify::{Boundaries, Certificate, Facts, Trust};
use std::time::Duration;

const YEAR: u64 = 104_000;
const MINERS: u32 = 300;
const SEATS: usize = 101;
const RANGE: u64 = 1_000;
const CHAIN: ChainId = ChainId([7; 32]);

/// Numbers that look random.
fn noise(what: &str, number: u64) -> [u8; 32] {
    Hash::of(&[what.as_bytes(), &number.to_be_bytes()]).0
}

fn miner(id: u32) -> (Member, Scalar) {
    let scalar = Scalar::map(b"bench", &id.to_be_bytes());
    let mut bls = [0; 96];
    let public = ops::compute_public::<MinSig>(&Private::new(scalar.clone()));
    bls.copy_from_slice(&public.encode());
    let member = Member {
        miner: MinerId(id),
        node: NodeKey(noise("node", id.into())),
        bls: BlsPublicKey(bls),
        dial: DialAddress::new(format!("miner-{id}.example.org:4000")).unwrap(),
        name: MinerName::new(&format!("miner-number-{id}").replace('-', "_")).unwrap(),
    };
    (member, scalar)
}

fn committee(miners: &[(Member, Scalar)], round: Round) -> Committee {
    let mut order: Vec<usize> = (0..miners.len()).collect();
    order.sort_by_cached_key(|place| noise("draw", round.0 * 1_000 + *place as u64));
    let members = order[..SEATS].iter().map(|place| miners[*place].0.clone());
    Committee {
        round,
        members: members.collect(),
    }
}

/// The end of a round: everybody signs, so that one signature by the sum of all keys is the sum of all signatures.
fn end(
    miners: &[(Member, Scalar)],
    round: Round,
    signers: &Committee,
    root: Hash,
) -> (Header, Certificate) {
    let producer = &signers.members[round.0 as usize % SEATS];
    let hash = |what: &str| Hash(noise(what, round.0));
    let mut vrf = [0; 48];
    vrf[..32].copy_from_slice(&noise("vrf", round.0));
    let header = Header {
        chain: CHAIN,
        height: Height(round.next().0 * 101 - 1),
        round,
        slot: Slot(103),
        parent_slot: Slot(102),
        parent: hash("parent"),
        timestamp_ms: round.next().0 * 303_000,
        producer: producer.miner,
        leader: producer.node,
        vrf: BlsSignature(vrf),
        beacon: Beacon(noise("beacon", round.0)),
        transactions_root: hash("transactions"),
        state_root: hash("state"),
        ops_root: hash("operations"),
        ops_start: round.0,
        ops_end: round.0 * 1_000,
        receipts_root: hash("receipts"),
        committee_root: root,
    };
    let mut certificate = Certificate {
        view: Slot(103),
        parent_view: Slot(102),
        bitmap: vec![255; SEATS.div_ceil(8)],
        signature: BlsSignature([0; 48]),
    };
    if let Some(last) = certificate.bitmap.last_mut() {
        *last = 255 >> (8 - SEATS % 8);
    }
    let whole = certificate.to_finalization(round, &header.hash(), SEATS);
    let message = &whole[..whole.len() - 48 - certificate.bitmap.len() - 8];
    let name = [namespace::consensus(&CHAIN).as_slice(), b"_FINALIZE"].concat();
    let mut sum: Option<Scalar> = None;
    for member in &signers.members {
        let scalar = &miners[member.miner.0 as usize].1;
        match &mut sum {
            Some(sum) => *sum += scalar,
            None => sum = Some(scalar.clone()),
        }
    }
    let signature = ops::sign_message::<MinSig>(&Private::new(sum.unwrap()), &name, message);
    certificate.signature.0.copy_from_slice(&signature.encode());
    (header, certificate)
}

/// How long this process has had a processor: what others do meanwhile doesn't count.
fn busy() -> Duration {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let spent = text.split(' ').next().and_then(|spent| spent.parse().ok());
    Duration::from_nanos(spent.unwrap_or_default())
}

/// What adding up the keys of a committee takes of that.
fn adding(miners: &[(Member, Scalar)]) -> Duration {
    const TIMES: u32 = 1_000;
    let keys: Vec<G2> = miners[..SEATS]
        .iter()
        .map(|(member, _)| G2::decode(Copying(&member.bls.0)).unwrap())
        .collect();
    let begun = busy();
    for _ in 0..TIMES {
        let mut sum = keys[0];
        for key in &keys[1..] {
            sum += key;
        }
        std::hint::black_box(sum);
    }
    (busy() - begun) / TIMES
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.unwrap_or("VmHWM: unknown").to_owned()
}

fn main() {
    let named = std::env::args().find_map(|argument| argument.parse().ok());
    let rounds: u64 = named.unwrap_or(YEAR / 100);
    let miners: Vec<(Member, Scalar)> = (0..MINERS).map(miner).collect();
    let facts = Facts {
        chain: CHAIN,
        params: Params::mainnet(),
        timestamp_ms: 0,
        beacon: Beacon([0; 32]),
    };
    let mut known = [committee(&miners, Round(0)), committee(&miners, Round(1))];
    let mut trust = Trust::at(facts, Round(0), [known[0].root(), known[1].root()]);
    let (mut took, mut bytes) = (Duration::ZERO, 0);
    while trust.next() < Round(rounds) {
        let first = trust.next();
        let mut boundaries = Boundaries::new(&known[0], &known[1]).unwrap();
        for round in first.until((first.saturating_add(RANGE)).min(Round(rounds))) {
            let drawn = committee(&miners, round.saturating_add(2));
            let (header, certificate) = end(&miners, round, &known[0], drawn.root());
            assert!(boundaries.push(&header, certificate, &drawn));
            known = [known[1].clone(), drawn];
        }
        let document = boundaries.to_bytes();
        bytes += document.len();
        let begun = busy();
        trust.walk(&document).unwrap();
        took += busy() - begun;
    }
    let year = YEAR as f64 / rounds as f64;
    println!(
        "{rounds} rounds: {:.1} s, {:.3} ms ({:.3} of it to add up keys) and {} bytes a round; a year of {YEAR}: {:.0} s and {:.0} MB; kept {} bytes; {}",
        took.as_secs_f64(),
        took.as_secs_f64() * 1e3 / rounds as f64,
        adding(&miners).as_secs_f64() * 1e3,
        bytes / rounds as usize,
        took.as_secs_f64() * year,
        bytes as f64 / 1e6 * year,
        trust.to_bytes().len(),
        peak_memory(),
    );
}
