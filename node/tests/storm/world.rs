//! Keys and genesis of a run.

use std::sync::Arc;

use commonware_cryptography::ed25519::PublicKey;
use etm_execution::{ChainParams, Draft, DraftMiner, DraftPosition, Genesis};
use etm_mechanism::{Params, TimeGain};
use etm_node::engine::types::public_key;
use etm_types::{
    Address, Beacon, DialAddress, Hash, MinerId, MinerName, MinerSecrets, SecretKey, Units,
};

use crate::plan::Plan;

/// When the runs begin: long after 1970, so that clocks can lag.
pub const START_MS: u64 = 1_000_000_000_000;

/// What is the same for all nodes of a run.
#[derive(Clone)]
pub struct World {
    pub plan: Arc<Plan>,
    pub genesis: Arc<Genesis>,
    /// The keys of the nodes.
    pub secrets: Arc<Vec<MinerSecrets>>,
    /// The keys of the nodes, as the network knows them.
    pub keys: Arc<Vec<PublicKey>>,
}

/// A key that follows from a name and a number.
pub fn key(name: &str, index: usize) -> SecretKey {
    let Hash(seed) = Hash::of(&[name.as_bytes(), &(index as u64).to_be_bytes()]);
    SecretKey::from_seed(seed)
}

/// The account of a key.
pub fn address(key: &SecretKey) -> Address {
    Address::of(&key.public_key())
}

/// The account that owns the miner of a node.
pub fn owner(index: usize) -> SecretKey {
    key("owner", index)
}

/// An amount of whole tokens.
pub const fn etm(amount: u64) -> Units {
    Units(amount * Units::ETM.0)
}

impl World {
    pub fn new(plan: Arc<Plan>) -> Self {
        let secrets: Vec<MinerSecrets> = (0..plan.nodes)
            .map(|index| MinerSecrets::from_seed(key("node", index).expose_seed()))
            .collect();
        let keys = secrets
            .iter()
            .map(|secrets| public_key(&secrets.node.node_key().0).unwrap())
            .collect();
        let params = ChainParams {
            mechanism: Params {
                committee: plan.committee,
                blocks_per_round: plan.round,
                min_committee: plan.committee.min(4),
                day_seconds: plan.day_seconds,
                ..ChainParams::devnet().mechanism
            },
            slot_ms: plan.slot_ms,
            ready_rounds: plan.ready_rounds,
            max_block_transactions: plan.block_transactions,
            ..ChainParams::devnet()
        };
        let Hash(beacon) = Hash::of(&[b"storm", &plan.seed.to_be_bytes()]);
        let mut draft = Draft::new("storm", params, START_MS, Beacon(beacon));
        for (index, secrets) in secrets.iter().enumerate() {
            let owner = address(&owner(index));
            draft.accounts.insert(owner, etm(100));
            draft.positions.insert(
                owner,
                DraftPosition {
                    locked: etm(1000 + 100 * index as u64),
                    time_gain: TimeGain::new(3).unwrap(),
                    miner: Some(MinerId(u32::try_from(index).unwrap())),
                },
            );
            draft.miners.push(DraftMiner {
                owner,
                name: MinerName::new(&format!("miner{index}")).unwrap(),
                keys: secrets.prove(&owner),
                dial: DialAddress::new(format!("127.0.0.1:{}", 10_000 + index)).unwrap(),
                contact: None,
            });
        }
        crate::users::endow(&plan, &mut draft);
        Self {
            genesis: Arc::new(Genesis::new(draft).unwrap()),
            plan,
            secrets: Arc::new(secrets),
            keys: Arc::new(keys),
        }
    }
}
