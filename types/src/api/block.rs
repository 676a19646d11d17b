//! Blocks and certificates.

use serde::{Deserialize, Serialize};

use super::receipt::ReceiptInfo;
use super::transaction::TransactionSummary;
use super::{Amount, Bytes, Hash, MinerRef};
use crate::codec::to_bytes;

/// A block as a row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockSummary {
    pub height: u64,
    /// Its hash: SHA-256 of its header.
    pub hash: Hash,
    pub round: u64,
    /// Its slot in the round.
    pub slot: u64,
    pub timestamp_ms: u64,
    /// Who produced it; none for genesis.
    pub producer: Option<MinerRef>,
    /// How many transactions it has.
    pub transactions: u32,
    /// Fees of its transactions.
    pub fees: Amount,
    /// Slots missed between its parent and it.
    pub missed: Vec<MissedSlot>,
    /// Size of header and body in bytes.
    pub size: u32,
}

/// A slot that ended without a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MissedSlot {
    /// The slot in the round.
    pub slot: u64,
    /// Who was on turn.
    pub miner: MinerRef,
    /// The height of the block that followed.
    pub before_height: u64,
}

/// `GET /api/v1/blocks/{height or hash}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Block {
    #[serde(flatten)]
    pub summary: BlockSummary,
    pub header: Header,
    /// What its producer got at once.
    pub reward: Amount,
    /// What it added to the voter bonus.
    pub bonus: Amount,
    pub transaction_list: Vec<TransactionSummary>,
    /// The committee of the round after the next one, which the last block of a round carries.
    pub committee: Option<Vec<CommitteeMember>>,
    /// Blocks after it that are final.
    pub confirmations: u64,
}

/// The header of a block, field by field, and as it is hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Header {
    /// The canonical encoding: its SHA-256 is the block's hash.
    pub encoded: Bytes,
    /// Chain id.
    pub chain: Hash,
    pub height: u64,
    pub round: u64,
    /// Slot in the round.
    pub slot: u64,
    /// Slot of the parent if it lies in the same round, else 0: the slots between were missed.
    pub parent_slot: u64,
    pub parent: Hash,
    pub timestamp_ms: u64,
    /// Miner id of the producer.
    pub producer: u32,
    /// Node key of the producer.
    pub leader: Hash,
    /// The producer's signature over beacon of the parent and height (48 bytes).
    pub vrf: Bytes,
    /// The beacon of this block.
    pub beacon: Hash,
    pub transactions_root: Hash,
    /// Root of the state after this block.
    pub state_root: Hash,
    /// Root of the operations on the state.
    pub ops_root: Hash,
    /// First operation kept.
    pub ops_start: u64,
    /// Operations so far.
    pub ops_end: u64,
    pub receipts_root: Hash,
    /// Hash of the committee carried, zeros if none.
    pub committee_root: Hash,
}

impl From<&crate::Header> for Header {
    fn from(header: &crate::Header) -> Self {
        Self {
            encoded: Bytes(to_bytes(header)),
            chain: header.chain.into(),
            height: header.height.0,
            round: header.round.0,
            slot: header.slot.0,
            parent_slot: header.parent_slot.0,
            parent: header.parent.into(),
            timestamp_ms: header.timestamp_ms,
            producer: header.producer.0,
            leader: header.leader.into(),
            vrf: Bytes(to_bytes(&header.vrf)),
            beacon: header.beacon.into(),
            transactions_root: header.transactions_root.into(),
            state_root: header.state_root.into(),
            ops_root: header.ops_root.into(),
            ops_start: header.ops_start,
            ops_end: header.ops_end,
            receipts_root: header.receipts_root.into(),
            committee_root: header.committee_root.into(),
        }
    }
}

/// A member of a committee, with what is needed to check its signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommitteeMember {
    pub miner: MinerRef,
    /// The node's network key (ed25519).
    pub node_key: Hash,
    /// The key of votes and beacon (BLS12-381, 96 bytes, compressed G2).
    pub bls_key: Bytes,
    /// Where the node is dialled.
    pub dial_address: String,
}

/// A page of blocks, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockPage {
    /// The tip.
    pub height: u64,
    pub blocks: Vec<BlockSummary>,
    /// `before_height` of the next page, if there is one.
    pub next: Option<u64>,
}

/// `GET /api/v1/blocks/{height or hash}/receipts`: all that happened in a block, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockReceipts {
    /// The block.
    pub height: u64,
    pub hash: Hash,
    /// Root over `encoded`, from its header.
    pub receipts_root: Hash,
    pub receipts: Vec<ReceiptInfo>,
    /// Their canonical encodings, in the same order.
    pub encoded: Vec<Bytes>,
}

/// A block's finalization: what makes it final. `GET /api/v1/blocks/{height or hash}/certificate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockCertificate {
    /// The block.
    pub height: u64,
    /// Its hash: the payload that was signed.
    pub hash: Hash,
    /// Its round: the epoch of the consensus.
    pub round: u64,
    /// The encoded header.
    pub header: Bytes,
    /// The encoded finalization: proposal (epoch, view, parent view, digest) and aggregate signature with the bitmap of signers.
    pub finalization: Bytes,
    /// The view it was finalized in, if this node decoded it.
    pub view: Option<u64>,
    /// The view of its parent, if this node decoded it.
    pub parent_view: Option<u64>,
    /// Who signed, if this node decoded it.
    pub signers: Option<Vec<MinerRef>>,
    /// The committee that had to sign, sorted by node key as the bitmap counts.
    pub committee: Vec<CommitteeMember>,
}
