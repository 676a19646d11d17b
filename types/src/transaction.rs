//! Transactions: what an account (or, for heartbeats, a node) asks of the chain.
//!
//! Encoding: `u8 version (1) || chain id (32) || sender key (32) || u64 nonce || u64 fee || u64 expires_at || payload ||
//! signature (64)`, the payload being a one-byte tag and its fields in the order of declaration. What is signed is
//! everything before the signature, in the namespace `etm/tx/v1`. The hash is
//! `SHA-256("etm/tx-hash/v1" || encoding)`.

use crate::address::Address;
use crate::codec::{self, DecodeError, Reader, Wire, Writer};
use crate::hash::{Beacon, ChainId, Hash};
use crate::keys::{KeyError, PublicKey, SecretKey, Signature, SignedMessage};
use crate::limits::MAX_TRANSACTION_BYTES;
use crate::miner_keys::MinerKeys;
use crate::namespace;
use crate::text::{Contact, DialAddress, Memo};
use etm_mechanism::{Height, MinerId, MinerName, Request, Round, Units};

#[cfg(test)]
mod tests;

const VERSION: u8 = 1;
const HASH_TAG: &[u8] = b"etm/tx-hash/v1";

/// What a transaction does. Its verbs are those of the mechanism's [`Request`] with what only the chain knows - memos, keys, addresses - and two that
/// the mechanism has no word for; [`Payload::request`] is the one place where a verb becomes another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Send tokens, at once.
    Transfer {
        recipient: Address,
        /// How much, at least 1 unit.
        amount: Units,
        memo: Memo,
    },
    /// Lock tokens into the sender's position, at the end of the round.
    Lock {
        /// How much, at least 1 unit.
        amount: Units,
    },
    /// Unlock tokens of the sender's position, at the end of the round.
    Unlock {
        /// How much, at least 1 unit.
        amount: Units,
    },
    /// Let the sender's position vote for a miner, from the end of the round.
    Vote { miner: MinerId },
    /// Withdraw the vote of the sender's position, at the end of the round.
    Withdraw,
    /// Register the sender as a miner, at the end of the round.
    Register {
        name: MinerName,
        /// The node's keys with proofs of possession for the sender.
        keys: Box<MinerKeys>,
        /// Where the node listens.
        dial: DialAddress,
        /// How people reach the miner.
        contact: Option<Contact>,
    },
    /// Replace what the sender's miner registered. Committees that are drawn already keep the former keys.
    Update {
        /// New keys, or none to keep them.
        keys: Option<Box<MinerKeys>>,
        /// Where the node listens.
        dial: DialAddress,
        /// How people reach the miner.
        contact: Option<Contact>,
    },
    /// Resign as a miner, at the end of the round.
    Resign,
    /// Prove that a miner's node runs and follows the chain. Sent by the node key, with nonce 0 and fee 0.
    Heartbeat {
        miner: MinerId,
        /// The round it is sent in.
        round: Round,
        /// The beacon that orders the slots of that round: unknown to anyone who does not follow the chain.
        seed: Beacon,
    },
}

/// The tag of the last kind of payload.
const LAST_TAG: u8 = 8;

impl Payload {
    /// The name of the kind, in snake case.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Transfer { .. } => "transfer",
            Self::Lock { .. } => "lock",
            Self::Unlock { .. } => "unlock",
            Self::Vote { .. } => "vote",
            Self::Withdraw => "withdraw",
            Self::Register { .. } => "register",
            Self::Update { .. } => "update",
            Self::Resign => "resign",
            Self::Heartbeat { .. } => "heartbeat",
        }
    }

    /// What it asks the mechanism for; `None` for what only the chain knows: updates and heartbeats.
    pub fn request(&self) -> Option<Request<Address>> {
        Some(match self {
            Self::Transfer {
                recipient, amount, ..
            } => Request::Transfer {
                to: *recipient,
                amount: *amount,
            },
            Self::Lock { amount } => Request::Lock(*amount),
            Self::Unlock { amount } => Request::Unlock(*amount),
            Self::Vote { miner } => Request::Vote(*miner),
            Self::Withdraw => Request::Withdraw,
            Self::Register { name, .. } => Request::Register(*name),
            Self::Resign => Request::Resign,
            Self::Update { .. } | Self::Heartbeat { .. } => return None,
        })
    }

    /// What it takes from the sender's balance beside the fee.
    pub fn takes(&self, deposit: Units) -> Units {
        let request = self.request();
        request.map_or(Units::ZERO, |request| request.takes(deposit))
    }

    /// Whether it is a heartbeat: free, and signed by a node instead of an account.
    pub const fn is_heartbeat(&self) -> bool {
        matches!(self, Self::Heartbeat { .. })
    }

    /// Whether it asks for something that takes effect at the end of the round (mechanism.md section 3). A block may hold
    /// few of these, so that the last block of a round stays quick to execute.
    pub fn waits_for_round_end(&self) -> bool {
        let action = |request: Request<Address>| request.action(Units::ZERO);
        self.request().and_then(action).is_some()
    }

    /// Whether it carries proofs of possession. A block may hold few of these, since each is dear to check.
    pub const fn has_proofs(&self) -> bool {
        matches!(
            self,
            Self::Register { .. } | Self::Update { keys: Some(_), .. }
        )
    }
}

impl Wire for Payload {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Transfer {
                recipient,
                amount,
                memo,
            } => {
                out.u8(0);
                recipient.write(out);
                amount.write(out);
                memo.write(out);
            }
            Self::Lock { amount } => {
                out.u8(1);
                amount.write(out);
            }
            Self::Unlock { amount } => {
                out.u8(2);
                amount.write(out);
            }
            Self::Vote { miner } => {
                out.u8(3);
                miner.write(out);
            }
            Self::Withdraw => out.u8(4),
            Self::Register {
                name,
                keys,
                dial,
                contact,
            } => {
                out.u8(5);
                name.write(out);
                keys.write(out);
                dial.write(out);
                out.option(contact.as_ref());
            }
            Self::Update {
                keys,
                dial,
                contact,
            } => {
                out.u8(6);
                out.option(keys.as_deref());
                dial.write(out);
                out.option(contact.as_ref());
            }
            Self::Resign => out.u8(7),
            Self::Heartbeat { miner, round, seed } => {
                out.u8(LAST_TAG);
                miner.write(out);
                out.u64(round.0);
                seed.write(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match input.tag("payload kind", LAST_TAG)? {
            0 => Self::Transfer {
                recipient: Wire::read(input)?,
                amount: Wire::read(input)?,
                memo: Wire::read(input)?,
            },
            1 => Self::Lock {
                amount: Wire::read(input)?,
            },
            2 => Self::Unlock {
                amount: Wire::read(input)?,
            },
            3 => Self::Vote {
                miner: Wire::read(input)?,
            },
            4 => Self::Withdraw,
            5 => Self::Register {
                name: Wire::read(input)?,
                keys: Box::new(Wire::read(input)?),
                dial: Wire::read(input)?,
                contact: input.option("contact flag")?,
            },
            6 => Self::Update {
                keys: input.option("keys flag")?.map(Box::new),
                dial: Wire::read(input)?,
                contact: input.option("contact flag")?,
            },
            7 => Self::Resign,
            _ => Self::Heartbeat {
                miner: Wire::read(input)?,
                round: input.u64("heartbeat round").map(Round)?,
                seed: Wire::read(input)?,
            },
        })
    }
}

/// A transaction before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedTransaction {
    pub chain: ChainId,
    /// Who sends it: the key of an account, or of a node for heartbeats.
    pub sender: PublicKey,
    /// How many transactions the sender has sent before; 0 in heartbeats.
    pub nonce: u64,
    /// What it pays, at least the chain's fee; 0 in heartbeats.
    pub fee: Units,
    /// The last height at which it may be included.
    pub expires_at: Height,
    /// What it does.
    pub payload: Payload,
}

impl Transaction {
    /// Its signature as one of a batch. `message` are its signing bytes.
    pub const fn signed_message<'a>(&'a self, message: &'a [u8]) -> SignedMessage<'a> {
        SignedMessage {
            key: &self.unsigned.sender,
            message,
            signature: &self.signature,
        }
    }
}

impl UnsignedTransaction {
    /// The bytes that are signed: `u8(9) || "etm/tx/v1" || encoding without signature`.
    pub fn signing_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(256);
        self.write(&mut out);
        namespace::in_namespace(namespace::TRANSACTION, &out.into_bytes())
    }

    /// Signs it. The key must be the sender's, or the signature won't verify.
    pub fn sign(self, key: &SecretKey) -> Transaction {
        let signature = key.sign(&self.signing_bytes());
        Transaction {
            unsigned: self,
            signature,
        }
    }
}

impl Wire for UnsignedTransaction {
    fn write(&self, out: &mut Writer) {
        out.u8(VERSION);
        self.chain.write(out);
        self.sender.write(out);
        out.u64(self.nonce);
        self.fee.write(out);
        out.u64(self.expires_at.0);
        self.payload.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = input.offset();
        if input.u8("transaction version")? != VERSION {
            return Err(Reader::invalid("transaction version", offset, "must be 1"));
        }
        Ok(Self {
            chain: Wire::read(input)?,
            sender: Wire::read(input)?,
            nonce: input.u64("nonce")?,
            fee: Wire::read(input)?,
            expires_at: input.u64("expiry height").map(Height)?,
            payload: Wire::read(input)?,
        })
    }
}

/// A signed transaction. Decoding does not check the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// What is signed.
    pub unsigned: UnsignedTransaction,
    /// By the sender's key.
    pub signature: Signature,
}

impl Transaction {
    /// The sender's address (that of the node key for heartbeats, which is no account's).
    pub fn sender(&self) -> Address {
        Address::of(&self.unsigned.sender)
    }

    /// What it does.
    pub const fn payload(&self) -> &Payload {
        &self.unsigned.payload
    }

    /// The hash by which it is known.
    pub fn hash(&self) -> Hash {
        Self::hash_of_encoding(&codec::to_bytes(self))
    }

    /// The hash of the transaction with this encoding.
    pub fn hash_of_encoding(encoding: &[u8]) -> Hash {
        Hash::of(&[HASH_TAG, encoding])
    }

    /// Decodes a transaction that stands alone, refusing inputs above [`MAX_TRANSACTION_BYTES`].
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_TRANSACTION_BYTES {
            return Err(DecodeError::TooLong {
                field: "transaction",
                length: bytes.len(),
                max: MAX_TRANSACTION_BYTES,
            });
        }
        codec::from_bytes(bytes)
    }

    /// Checks the signature alone. Blocks check theirs in batches.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn verify_signature(&self) -> Result<(), KeyError> {
        self.unsigned
            .sender
            .verify(&self.unsigned.signing_bytes(), &self.signature)
    }
}

impl Wire for Transaction {
    fn write(&self, out: &mut Writer) {
        self.unsigned.write(out);
        self.signature.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            unsigned: Wire::read(input)?,
            signature: Wire::read(input)?,
        })
    }
}
