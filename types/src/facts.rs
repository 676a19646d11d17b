//! What a transaction says, all of it, as one list: whoever shows every fact shows what is signed. Wallets and page show this list;
//! texts and languages are their own business. Held to `vectors/wire/facts.json`, as the page's list is.

use crate::bytes::hex;
use crate::codec;
use crate::hash::Hash;
use crate::miner_keys::MinerKeys;
use crate::transaction::{Payload, UnsignedTransaction};
use crate::{Address, ChainId, Height, MinerId, Round, Units};

/// One thing that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// How much is sent, locked or unlocked.
    Amount(Units),
    Recipient(Address),
    /// A note that everybody can read.
    Memo(String),
    /// The miner that is voted for.
    Miner(MinerId),
    /// The name a miner gets.
    Name(String),
    /// Where its node listens.
    Dial(String),
    /// How people reach it; none: there is none from then on.
    Contact(Option<String>),
    /// The key by which its node's peers know it, in hex; none: its keys stay as they are.
    NodeKey(Option<String>),
    /// The beginning of the hash of all keys and proofs that are registered, in hex.
    KeysFingerprint(String),
    /// The round of a heartbeat.
    Round(Round),
    /// The beacon that a heartbeat names, in hex.
    Seed(String),
    /// Who signs, and pays.
    Sender(Address),
    /// What is paid for it.
    Fee(Units),
    /// How many transactions the sender has sent before.
    Nonce(u64),
    /// The last height that may hold it.
    Expires(Height),
    /// The only chain it is for.
    Chain(ChainId),
}

/// Bytes of the hash that a fingerprint shows.
const FINGERPRINT_BYTES: usize = 8;

impl Fact {
    /// Its name, for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Amount(_) => "amount",
            Self::Recipient(_) => "recipient",
            Self::Memo(_) => "memo",
            Self::Miner(_) => "miner",
            Self::Name(_) => "name",
            Self::Dial(_) => "dial",
            Self::Contact(_) => "contact",
            Self::NodeKey(_) => "node_key",
            Self::KeysFingerprint(_) => "keys_fingerprint",
            Self::Round(_) => "round",
            Self::Seed(_) => "seed",
            Self::Sender(_) => "sender",
            Self::Fee(_) => "fee",
            Self::Nonce(_) => "nonce",
            Self::Expires(_) => "expires",
            Self::Chain(_) => "chain",
        }
    }

    /// Its value, for programs: amounts in units, bytes in hex.
    pub fn value(&self) -> Option<String> {
        Some(match self {
            Self::Amount(units) | Self::Fee(units) => units.0.to_string(),
            Self::Recipient(address) | Self::Sender(address) => address.to_string(),
            Self::Memo(text) | Self::Name(text) | Self::Dial(text) => text.clone(),
            Self::Miner(miner) => miner.0.to_string(),
            Self::Contact(text) | Self::NodeKey(text) => return text.clone(),
            Self::KeysFingerprint(hex) | Self::Seed(hex) => hex.clone(),
            Self::Round(round) => round.to_string(),
            Self::Nonce(number) => number.to_string(),
            Self::Expires(height) => height.to_string(),
            Self::Chain(chain) => chain.to_string(),
        })
    }

    fn keys(keys: &MinerKeys) -> [Self; 2] {
        let hash = Hash::of(&[&codec::to_bytes(keys)]);
        let beginning = hash.0.get(..FINGERPRINT_BYTES).unwrap_or_default();
        [
            Self::NodeKey(Some(keys.node.to_string())),
            Self::KeysFingerprint(hex(beginning)),
        ]
    }
}

impl Payload {
    /// Everything that it says beside its kind.
    pub fn facts(&self) -> Vec<Fact> {
        let text = |contact: &Option<crate::Contact>| contact.as_ref().map(ToString::to_string);
        match self {
            Self::Transfer {
                recipient,
                amount,
                memo,
            } => {
                let mut facts = vec![Fact::Amount(*amount), Fact::Recipient(*recipient)];
                if !memo.is_empty() {
                    facts.push(Fact::Memo(memo.to_string()));
                }
                facts
            }
            Self::Lock { amount } | Self::Unlock { amount } => vec![Fact::Amount(*amount)],
            Self::Vote { miner } => vec![Fact::Miner(*miner)],
            Self::Withdraw | Self::Resign => Vec::new(),
            Self::Register {
                name,
                keys,
                dial,
                contact,
            } => {
                let mut facts = vec![
                    Fact::Name(name.as_str().to_owned()),
                    Fact::Dial(dial.to_string()),
                    Fact::Contact(text(contact)),
                ];
                facts.extend(Fact::keys(keys));
                facts
            }
            Self::Update {
                keys,
                dial,
                contact,
            } => {
                let mut facts = vec![Fact::Dial(dial.to_string()), Fact::Contact(text(contact))];
                match keys {
                    Some(keys) => facts.extend(Fact::keys(keys)),
                    None => facts.push(Fact::NodeKey(None)),
                }
                facts
            }
            Self::Heartbeat { miner, round, seed } => vec![
                Fact::Miner(*miner),
                Fact::Round(*round),
                Fact::Seed(seed.to_string()),
            ],
        }
    }
}

impl UnsignedTransaction {
    /// What stands around the payload of every transaction.
    pub fn frame_facts(&self) -> Vec<Fact> {
        vec![
            Fact::Sender(Address::of(&self.sender)),
            Fact::Fee(self.fee),
            Fact::Nonce(self.nonce),
            Fact::Expires(self.expires_at),
            Fact::Chain(self.chain),
        ]
    }
}
