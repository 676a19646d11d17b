use crate::bytes;
use etm_types::amount::{format_etm, parse_etm};
use etm_types::bytes::hex;
use etm_types::codec::to_bytes;
use etm_types::namespace::{self, in_namespace};
use etm_types::{
    Address, Beacon, BlsSecret, ChainId, Hash, MinerSecrets, PublicKey, SecretKey, Units,
};
use serde_json::{Value, json};

pub fn vectors() -> Value {
    json!({
        "about": "Keys, addresses, signatures and proofs of possession. All bytes are lower-case hex.",
        "original_addresses": original(),
        "original_secrets": secrets(),
        "accounts": (0..4).map(account).collect::<Vec<_>>(),
        "invalid_addresses": invalid(),
        "miners": (0..3).map(miner).collect::<Vec<_>>(),
        "beacons": (0..3).map(beacon).collect::<Vec<_>>(),
        "amounts": amounts(),
    })
}

/// Of the original network's genesis block.
fn original() -> Vec<Value> {
    [
        "e4ebdf68e7e71a199d50ce311cf57b78d78dc3e9a606a990bd8aab658a224407",
        "86fa419fdab5f51191623f38fd325a9ebf9c6f610691c1457395f0e8b73073f6",
        "fb8a46ef2fe2b831db023e86f788be9938e0d14a4eab25b883332d2be315cbd5",
    ]
    .iter()
    .map(|key| {
        let public: PublicKey = key.parse().unwrap();
        json!({ "public_key": key, "address": Address::of(&public).to_string() })
    })
    .collect()
}

/// The original network's way from a secret to a key: the seed is SHA-256 of the UTF-8 secret.
fn secrets() -> Vec<Value> {
    ["word soup", "密码 mit Ümläuten", ""]
        .iter()
        .map(|secret| {
            let seed = Hash::of(&[secret.as_bytes()]).0;
            let key = SecretKey::from_seed(seed).public_key();
            json!({
                "secret": secret,
                "seed": hex(&seed),
                "public_key": key.to_string(),
                "address": Address::of(&key).to_string(),
            })
        })
        .collect()
}

fn account(index: u8) -> Value {
    let seed = bytes::<32>(index.wrapping_mul(57));
    let key = SecretKey::from_seed(seed);
    let message = format!("message {index}");
    let bytes = in_namespace(namespace::TRANSACTION, message.as_bytes());
    json!({
        "seed": hex(&seed),
        "public_key": key.public_key().to_string(),
        "address_bytes": hex(Address::of(&key.public_key()).as_bytes()),
        "address": Address::of(&key.public_key()).to_string(),
        "namespace": "etm/tx/v1",
        "message": message,
        "signed_bytes": hex(&bytes),
        "signature": key.sign(&bytes).to_string(),
    })
}

fn invalid() -> Vec<Value> {
    [
        "",
        "B6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvu",
        "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByv0",
        "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvv",
        "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByv",
        "A6NkUfsddwn5pKJbsQsXSaSo1zAVKfByvuu",
    ]
    .iter()
    .map(|text| json!({ "address": text, "error": text.parse::<Address>().unwrap_err().to_string() }))
    .collect()
}

fn miner(index: u8) -> Value {
    let seed = bytes::<32>(index.wrapping_mul(91).wrapping_add(3));
    let secrets = MinerSecrets::from_seed(seed);
    let owner = Address(bytes(index));
    let keys = secrets.prove(&owner);
    assert_eq!(keys.verify(&owner), Ok(()));
    let name = namespace::possession(owner.as_bytes());
    json!({
        "owner": owner.to_string(),
        "node_seed": hex(&seed),
        "bls_secret": hex(&secrets.bls.expose_bytes()),
        "node_key": keys.node.to_string(),
        "bls_key": keys.bls.to_string(),
        "possession_namespace": hex(&name),
        "node_proof_signed_bytes": hex(&in_namespace(&name, keys.bls.as_bytes())),
        "node_proof": keys.node_proof.to_string(),
        "bls_proof_message": hex(&in_namespace(&name, keys.bls.as_bytes())),
        "bls_proof_domain": "BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_",
        "bls_proof": keys.bls_proof.to_string(),
        "encoding": hex(&to_bytes(&keys)),
    })
}

fn beacon(index: u8) -> Value {
    let secret = BlsSecret::from_seed(&bytes(index.wrapping_add(40)));
    let chain = ChainId(bytes(index.wrapping_add(80)));
    let (parent, height) = (
        Beacon(bytes(index.wrapping_add(120))),
        1 + 1_000_003 * u64::from(index),
    );
    let message = [&parent.0[..], &height.to_be_bytes()].concat();
    let name = namespace::vrf(&chain);
    let vrf = secret.sign(&name, &message);
    let next = etm_mechanism::beacon::next(&parent.0, vrf.as_bytes());
    json!({
        "chain": chain.to_string(),
        "bls_key": secret.public_key().to_string(),
        "bls_secret": hex(&secret.expose_bytes()),
        "parent_beacon": parent.to_string(),
        "height": height,
        "namespace": hex(&name),
        "signed_bytes": hex(&in_namespace(&name, &message)),
        "domain": "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_",
        "vrf": vrf.to_string(),
        "beacon": hex(&next),
    })
}

fn amounts() -> Value {
    let good = [
        0,
        1,
        10_000_000,
        100_000_000,
        1_250_000_000,
        123_456_789,
        u64::MAX,
    ];
    let bad = [
        "",
        "1.",
        ".5",
        "1e3",
        "-1",
        "0.000000001",
        "184467440737.09551616",
    ];
    let valid =
        good.map(|units| json!({ "units": units.to_string(), "etm": format_etm(Units(units)) }));
    let invalid =
        bad.map(|text| json!({ "etm": text, "error": parse_etm(text).unwrap_err().to_string() }));
    json!({ "valid": valid, "invalid": invalid })
}
