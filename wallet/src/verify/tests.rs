use super::{
    evidence::{Evidence, FORMAT},
    finalization::tests::{committee, finalize},
    steps::{Anchor, Step, check},
};
use etm_mechanism::{Candidate, Params, Standing, beacon, draw, schedule};
use etm_types::{
    Beacon, ChainId, Committee, Hash, Header, Member, MinerId, MinerSecrets, Receipt, Units, Votes,
    api::{
        self, Amount, Bytes, Integer, MinerRef,
        block::{BlockCertificate, CommitteeMember},
        round::{
            BoundaryCertificate, Distribution, DrawCandidate, DrawPick, DrawReceipt, LuckyReceipt,
            PoolReceipt, RoundReceipt,
        },
    },
    codec, merkle, namespace,
};

const CHAIN: ChainId = ChainId([3; 32]);
const BLOCKS: u32 = 4;
const SEATS: usize = 4;
const AVERAGE: u64 = 1 << 32;

/// A small chain of rounds, made with the mechanism's own functions.
struct World {
    members: Vec<Member>,
    secrets: Vec<MinerSecrets>,
    committees: Vec<Committee>,
    parent: Header,
    boundaries: Vec<BoundaryCertificate>,
    receipts: Vec<(RoundReceipt, Vec<Bytes>)>,
    carry: u64,
}

fn named(member: &Member) -> MinerRef {
    MinerRef {
        id: member.miner.0,
        name: member.name.as_str().to_owned(),
    }
}

fn shown(member: &Member) -> CommitteeMember {
    CommitteeMember {
        miner: named(member),
        node_key: api::Hash(member.node.0),
        bls_key: Bytes(member.bls.0.to_vec()),
        dial_address: member.dial.to_string(),
    }
}

impl World {
    fn new() -> Self {
        let (members, secrets) = committee(6);
        let first = |round, order: [usize; SEATS]| Committee {
            round,
            members: order.map(|index| members[index].clone()).to_vec(),
        };
        let genesis = Header {
            chain: CHAIN,
            height: 0,
            round: 0,
            slot: 0,
            parent_slot: 0,
            parent: Hash::ZERO,
            timestamp_ms: 0,
            producer: Header::NOBODY,
            leader: etm_types::NodeKey([0; 32]),
            vrf: etm_types::BlsSignature([0; 48]),
            beacon: Beacon([1; 32]),
            transactions_root: Hash::ZERO,
            state_root: Hash::ZERO,
            ops_root: Hash::ZERO,
            ops_start: 0,
            ops_end: 0,
            receipts_root: Hash::ZERO,
            committee_root: Hash::ZERO,
        };
        Self {
            committees: vec![first(0, [2, 0, 3, 1]), first(1, [5, 4, 1, 0])],
            members,
            secrets,
            parent: genesis,
            boundaries: Vec::new(),
            receipts: Vec::new(),
            carry: 0,
        }
    }

    fn anchor(&self) -> Anchor {
        Anchor {
            chain: CHAIN,
            beacon: Beacon([1; 32]),
            params: Params {
                committee: SEATS as u32,
                blocks_per_round: BLOCKS,
                min_committee: 4,
                ..Params::mainnet()
            },
            committees: [self.committees[0].clone(), self.committees[1].clone()],
        }
    }

    fn draw(&self, round: u64, seed: &Beacon) -> DrawReceipt {
        let candidates: Vec<Candidate> = (0..6u32)
            .map(|id| {
                let standing = Standing {
                    votes: Votes(1_000 + u128::from(id) * 77),
                    produced: 3,
                    slots: 4,
                    registered: true,
                };
                Candidate {
                    miner: MinerId(id),
                    votes: standing.votes,
                    produced: 3,
                    slots: 4,
                    weight: standing.weight(AVERAGE),
                }
            })
            .collect();
        let picks = draw::draw(round + 2, &seed.0, &candidates, SEATS).unwrap();
        let name = |id: MinerId| named(&self.members[id.0 as usize]);
        DrawReceipt {
            round: round + 2,
            drawn_in: round,
            beacon: api::Hash(seed.0),
            v_avg: Integer(AVERAGE.into()),
            total_weight: Integer(candidates.iter().map(|candidate| candidate.weight.0).sum()),
            candidates: candidates
                .iter()
                .map(|candidate| DrawCandidate {
                    miner: name(candidate.miner),
                    votes: Integer(candidate.votes.0),
                    produced: candidate.produced,
                    slots: candidate.slots,
                    weight: Integer(candidate.weight.0),
                })
                .collect(),
            size: SEATS as u32,
            kept: false,
            previous: self.committees[round as usize + 1]
                .members
                .iter()
                .map(named)
                .collect(),
            members: picks.iter().map(|pick| name(pick.miner)).collect(),
            picks: (0u32..)
                .zip(&picks)
                .map(|(index, pick)| DrawPick {
                    index,
                    hash: api::Hash(pick.hash),
                    total: Integer(pick.total.0),
                    point: Integer(pick.point.0),
                    miner: name(pick.miner),
                })
                .collect(),
        }
    }

    fn header(&self, height: u64, round: u64, seed: &Beacon, parent_slot: u64) -> Header {
        let committee = &self.committees[round as usize].members;
        // Every third block misses a slot before it.
        let slot = parent_slot + 1 + u64::from(height.is_multiple_of(3));
        let producer = &committee[beacon::on_turn(round, &seed.0, slot, committee.len())];
        let message = [self.parent.beacon.0.as_slice(), &height.to_be_bytes()].concat();
        let vrf = self.secrets[producer.miner.0 as usize]
            .bls
            .sign(&namespace::vrf(&CHAIN), &message);
        Header {
            height,
            round,
            slot,
            parent_slot,
            parent: self.parent.hash(),
            timestamp_ms: height * 1000,
            producer: producer.miner,
            leader: producer.node,
            vrf,
            beacon: Beacon(beacon::next(&self.parent.beacon.0, &vrf.0)),
            ..self.parent.clone()
        }
    }

    /// Adds a round; the member at place 1 of each committee has no votes.
    fn round(&mut self) {
        let round = self.boundaries.len() as u64;
        let seed = self.parent.beacon;
        let before = self.parent.clone();
        let committee = self.committees[round as usize].clone();
        let first = if round == 0 {
            1
        } else {
            round * u64::from(BLOCKS)
        };
        let last = (round + 1) * u64::from(BLOCKS) - 1;
        let mut headers: Vec<Header> = Vec::new();
        let mut slot = 0;
        for height in first..=last {
            let header = self.header(height, round, &seed, slot);
            slot = header.slot;
            self.parent = Header {
                receipts_root: Hash::ZERO,
                ..header
            };
            headers.push(self.parent.clone());
        }
        let drawn = self.draw(round, &self.parent.beacon);
        let next = Committee {
            round: round + 2,
            members: drawn
                .members
                .iter()
                .map(|member| self.members[member.id as usize].clone())
                .collect(),
        };
        let place = beacon::lucky(round, &self.parent.beacon.0, SEATS);
        let issued: u64 = headers
            .iter()
            .map(|header| schedule::bonus(header.height).0)
            .sum();
        let total = self.carry + issued;
        let (even, pool) = (total / 2, total / 2 / SEATS as u64);
        let pools: Vec<PoolReceipt> = committee
            .members
            .iter()
            .enumerate()
            .map(|(index, member)| {
                let turns = |slot: u64| {
                    committee.members[beacon::on_turn(round, &seed.0, slot, SEATS)].miner
                        == member.miner
                };
                let produced = headers
                    .iter()
                    .filter(|header| header.producer == member.miner)
                    .count() as u32;
                let missed = headers
                    .iter()
                    .flat_map(|header| header.parent_slot + 1..header.slot)
                    .filter(|slot| turns(*slot))
                    .count();
                PoolReceipt {
                    miner: named(member),
                    pool: Amount(if index == place {
                        pool + total - even
                    } else {
                        pool
                    }),
                    votes: Integer(if index == 1 { 0 } else { 500 }),
                    produced,
                    missed: missed as u32,
                    fees: Amount(7 * u64::from(produced)),
                }
            })
            .collect();
        let empty: u64 = pools
            .iter()
            .filter(|pool| pool.votes.0 == 0)
            .map(|pool| pool.pool.0)
            .sum();
        let carry = even - pool * SEATS as u64 + empty;
        let receipts = receipts(
            &pools,
            &drawn,
            total,
            pool,
            total - even,
            carry,
            committee.members[place].miner,
        );
        let encoded: Vec<Vec<u8>> = receipts.iter().map(codec::to_bytes).collect();
        self.parent.receipts_root = merkle::root(&encoded);
        self.parent.committee_root = next.root();
        *headers.last_mut().unwrap() = self.parent.clone();
        let certificate = self.certificate(&self.parent, &committee);
        let lucky_hash: [&[u8]; 3] = [b"etm/lucky/v1", &round.to_be_bytes(), &self.parent.beacon.0];
        self.boundaries.push(BoundaryCertificate {
            round,
            certificate: certificate.clone(),
            committee_encoded: Bytes(codec::to_bytes(&next)),
            committee: next.members.iter().map(shown).collect(),
        });
        let receipt = RoundReceipt {
            format: "etm-receipt/1".into(),
            chain: api::Hash(CHAIN.0),
            round,
            blocks_per_round: BLOCKS,
            committee_size: SEATS as u32,
            min_committee: 4,
            seed: api::Hash(seed.0),
            committee: committee.members.iter().map(shown).collect(),
            parent: api::Hash(before.hash().0),
            headers: headers
                .iter()
                .map(|header| Bytes(codec::to_bytes(header)))
                .collect(),
            certificate,
            distribution: Distribution {
                carry_in: Amount(self.carry),
                issued: Amount(issued),
                total: Amount(total),
                ordinary_pool: Amount(pool),
                lucky_extra: Amount(total - even),
                carry_out: Amount(carry),
                credited: Amount(total - carry),
                fees: Amount(7 * headers.len() as u64 + 1),
                fee_per_block: Amount(7),
                fees_remainder: Amount(1),
            },
            lucky: LuckyReceipt {
                hash: api::Hash(Hash::of(&lucky_hash).0),
                index: place as u32,
                miner: named(&committee.members[place]),
            },
            pools,
            draw: drawn,
        };
        self.receipts
            .push((receipt, encoded.into_iter().map(Bytes).collect()));
        self.committees.push(next);
        self.carry = carry;
    }

    fn certificate(&self, header: &Header, committee: &Committee) -> BlockCertificate {
        let secrets: Vec<MinerSecrets> = committee
            .members
            .iter()
            .map(|member| self.secrets[member.miner.0 as usize].clone())
            .collect();
        let place = (header.round, header.slot, header.parent_slot);
        let finalization = finalize(
            &CHAIN,
            &committee.members,
            &secrets,
            place,
            header.hash(),
            |index| index != 2,
        );
        BlockCertificate {
            height: header.height,
            hash: api::Hash(header.hash().0),
            round: header.round,
            header: Bytes(codec::to_bytes(header)),
            finalization: Bytes(finalization),
            view: None,
            parent_view: None,
            signers: None,
            committee: committee.members.iter().map(shown).collect(),
        }
    }

    fn evidence(&self, round: usize) -> Evidence {
        let (receipt, receipts) = self.receipts[round].clone();
        Evidence {
            format: FORMAT.into(),
            genesis: Bytes(vec![1, 2, 3]),
            boundaries: self.boundaries[..=round].to_vec(),
            receipts,
            receipt,
        }
    }
}

fn receipts(
    pools: &[PoolReceipt],
    drawn: &DrawReceipt,
    total: u64,
    pool: u64,
    on_top: u64,
    carry: u64,
    lucky: MinerId,
) -> Vec<Receipt> {
    let mut receipts = vec![
        Receipt::Bonus {
            total: Units(total),
            pool: Units(pool),
            lucky: Units(on_top),
            carry: Units(carry),
        },
        Receipt::Lucky {
            miner: lucky,
            amount: Units(on_top),
        },
    ];
    receipts.extend(pools.iter().map(|pool| Receipt::Pool {
        miner: MinerId(pool.miner.id),
        amount: Units(pool.pool.0),
        votes: Votes(pool.votes.0),
    }));
    receipts.push(Receipt::Average { v_avg: AVERAGE });
    receipts.push(Receipt::Draw {
        round: drawn.round,
        candidates: drawn.candidates.len() as u32,
        candidates_hash: Hash::ZERO,
        total: Votes(drawn.total_weight.0),
        members: drawn
            .members
            .iter()
            .map(|member| MinerId(member.id))
            .collect(),
        kept: false,
    });
    receipts
}

fn world(rounds: usize) -> World {
    let mut world = World::new();
    for _ in 0..rounds {
        world.round();
    }
    world
}

fn wrong(steps: &[Step]) -> Vec<&Step> {
    steps.iter().filter(|step| !step.ok).collect()
}

#[test]
fn honest_rounds_verify() {
    let world = world(4);
    for round in 0..4 {
        let evidence = world.evidence(round);
        let steps = check(&evidence, &world.anchor());
        assert!(
            wrong(&steps).is_empty(),
            "round {round}: {:#?}",
            wrong(&steps)
        );
        assert_eq!(steps.len(), 11);
    }
}

/// Every value of the document that says something about the round, changed one by one.
#[test]
fn nothing_that_matters_can_be_changed() {
    let world = world(3);
    let honest = serde_json::to_value(world.evidence(2)).unwrap();
    // Only shown, not used: the check takes the same from the encodings.
    let shown_only = |path: &str| {
        path.contains("/certificate/committee")
            || path.contains("/certificate/signers")
            || path.contains("view")
            || path.contains("/certificate/height")
            || path.contains("/certificate/hash")
            || path.contains("/certificate/round")
            || path.starts_with("/format")
            || path.starts_with("/genesis")
            || path.starts_with("/receipt/chain")
            || path.starts_with("/receipt/format")
            || path.starts_with("/receipt/draw/size")
            // One unit more or less disappears in the rounding of the weight, which is bound.
            || (path.starts_with("/receipt/draw/candidates") && path.ends_with("/votes"))
            || (path.starts_with("/boundaries") && path.contains("/committee/"))
            || (path.starts_with("/receipt/pools") && path.ends_with("name"))
            || (path.starts_with("/receipt/lucky") && path.ends_with("name"))
            || (path.starts_with("/receipt/draw") && path.ends_with("name"))
    };
    let mut paths = Vec::new();
    leaves(&honest, String::new(), &mut paths);
    let mut changed = 0;
    let mut unseen = Vec::new();
    for path in paths.iter().filter(|path| !shown_only(path)) {
        let mut tampered = honest.clone();
        let value = tampered.pointer_mut(path).unwrap();
        if !alter(value) {
            continue;
        }
        changed += 1;
        let Ok(evidence) = serde_json::from_value::<Evidence>(tampered) else {
            continue;
        };
        let seen = !wrong(&check(&evidence, &world.anchor())).is_empty();
        if !seen {
            unseen.push(path);
        }
    }
    assert_eq!(unseen, Vec::<&String>::new(), "these can be changed unseen");
    assert!(changed > 100, "{changed}");
}

fn leaves(value: &serde_json::Value, path: String, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                leaves(value, format!("{path}/{name}"), found);
            }
        }
        serde_json::Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                leaves(value, format!("{path}/{index}"), found);
            }
        }
        _ => found.push(path),
    }
}

/// Changes a value a little; false if there is nothing to change.
fn alter(value: &mut serde_json::Value) -> bool {
    *value = match &*value {
        serde_json::Value::Bool(flag) => (!flag).into(),
        serde_json::Value::Number(number) => (number.as_u64().unwrap_or(0) + 1).into(),
        serde_json::Value::String(text) if text.len() >= 64 => {
            // One hex digit in the middle.
            let at = text.len() / 2;
            let digit = if text.as_bytes()[at] == b'0' {
                "1"
            } else {
                "0"
            };
            format!("{}{digit}{}", &text[..at], &text[at + 1..]).into()
        }
        serde_json::Value::String(text) => match text.parse::<u128>() {
            Ok(number) => (number + 1).to_string().into(),
            Err(_) => format!("{text}x").into(),
        },
        _ => return false,
    };
    true
}

#[test]
fn another_chain_or_another_genesis_is_refused() {
    let world = world(3);
    let evidence = world.evidence(2);
    let mut other = world.anchor();
    other.chain = ChainId([4; 32]);
    assert!(!wrong(&check(&evidence, &other)).is_empty());
    let mut other = world.anchor();
    other.committees[0].members[0] = world.members[5].clone();
    assert!(!wrong(&check(&evidence, &other)).is_empty());
    // The genesis of the document is read before anything else.
    assert!(evidence.anchor().unwrap_err().contains("the genesis"));
    let mut first = world.evidence(0);
    first.receipt.seed = api::Hash([2; 32]);
    assert!(!wrong(&check(&first, &world.anchor())).is_empty());
}

#[test]
fn a_saved_receipt_is_read_back_and_a_damaged_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("round.json");
    let evidence = world(1).evidence(0);
    evidence.save(&path).unwrap();
    assert_eq!(Evidence::load(&path), Ok(evidence));
    for text in ["", "{}", "[1, 2]"] {
        std::fs::write(&path, text).unwrap();
        let failure = Evidence::load(&path).unwrap_err();
        assert_eq!(failure.code, "invalid_receipt");
        assert!(failure.message.contains("round.json"));
    }
}
