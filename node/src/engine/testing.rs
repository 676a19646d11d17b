//! Committees with keys, and signed transactions, for tests.

use etm_types::{
    ChainId, Committee, DialAddress, Height, Member, MinerId, MinerName, MinerSecrets, Payload,
    Round, SecretKey, Transaction, Units, UnsignedTransaction,
};

use super::{
    provider::Schemes,
    types::{Scheme, private_key},
};

/// The committee of round `round` with so many members.
pub fn committee(round: Round, members: u8) -> Committee {
    let members = (0..members).map(|index| {
        let secrets = secrets(index);
        Member {
            miner: MinerId(index.into()),
            node: secrets.node.node_key(),
            bls: secrets.bls.public_key(),
            dial: DialAddress::new(format!("127.0.0.1:{}", 1_000 + u16::from(index))).unwrap(),
            name: MinerName::new(&format!("miner{index}")).unwrap(),
        }
    });
    Committee {
        round,
        members: members.collect(),
    }
}

/// The keys of a member.
pub fn secrets(index: u8) -> MinerSecrets {
    MinerSecrets::from_seed([index + 1; 32])
}

/// What a member of such a committee signs with.
pub fn signer(index: u8, members: u8) -> Scheme {
    let schemes = Schemes::new(b"test".to_vec(), private_key(&secrets(index).bls));
    schemes.scheme_of(&committee(Round(0), members)).unwrap().0
}

/// Transactions of one account with these nonces.
pub fn transactions(nonces: std::ops::Range<u64>) -> Vec<Transaction> {
    let key = SecretKey::from_seed([3; 32]);
    let sign = |nonce| {
        UnsignedTransaction {
            chain: ChainId([1; 32]),
            sender: key.public_key(),
            nonce,
            fee: Units(1),
            expires_at: Height(9),
            payload: Payload::Withdraw,
        }
        .sign(&key)
    };
    nonces.map(sign).collect()
}
