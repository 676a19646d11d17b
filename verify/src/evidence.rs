//! The evidence of a round: bytes that its last block's certificate covers, and nothing else.

use crate::certificate::Certificate;
use etm_types::codec::{self, DecodeError, Reader, Wire, Writer};
use etm_types::limits::{MAX_BLOCKS_PER_ROUND, MAX_COMMITTEE_MEMBERS};
use etm_types::merkle::{self, MAX_LEAVES, SelectionProof};
use etm_types::state::CandidateList;
use etm_types::{Committee, Hash, Header, Receipt};

const TAG: &[u8] = b"etm/evidence/v1";
/// The most blocks a round can have.
const MAX_HEADERS: usize = MAX_BLOCKS_PER_ROUND as usize;
/// Fees, bonus, lucky member, average and draw, and a pool for each member.
const MAX_CHOSEN: usize = MAX_COMMITTEE_MEMBERS + 5;
const MAX_PATH: usize = MAX_CHOSEN * 22;

/// Everything with which a finished round is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The committee of the round.
    pub committee: Committee,
    /// The committee its last block carries, for two rounds later.
    pub drawn: Committee,
    /// What makes the last block final.
    pub certificate: Certificate,
    /// The end of the round before; none for round 0.
    pub previous: Option<Previous>,
    /// The headers of its blocks.
    pub headers: Vec<Header>,
    /// Receipts of the last block: fees, bonus, lucky member, pools, average, draw.
    pub receipts: ChosenReceipts,
    /// The candidates of the draw.
    pub candidates: CandidateList,
}

/// How a round ended: what it carried on, and which fees it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// The header of its last block.
    pub header: Header,
    /// Receipts of that block: fees, bonus.
    pub receipts: ChosenReceipts,
}

/// Some receipts of a block, with the proof that they are among its receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenReceipts {
    /// How many receipts the block has.
    pub count: u32,
    /// The receipts with their indexes, rising.
    pub chosen: Vec<(u32, Receipt)>,
    /// The nodes that are missing for the root.
    pub path: Vec<Hash>,
}

impl Evidence {
    /// The most bytes of a document.
    pub const MAX_BYTES: usize = 64 << 20;

    /// The document.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::to_bytes(self)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(DecodeError::TooLong {
                field: "evidence",
                length: bytes.len(),
                max: Self::MAX_BYTES,
            });
        }
        codec::from_bytes(bytes)
    }
}

/// Whether a check has a use for a receipt.
const fn is_of_a_round(receipt: &Receipt) -> bool {
    matches!(
        receipt,
        Receipt::Fees { .. }
            | Receipt::Bonus { .. }
            | Receipt::Lucky { .. }
            | Receipt::Pool { .. }
            | Receipt::Average { .. }
            | Receipt::Draw { .. }
    )
}

impl ChosenReceipts {
    /// Chooses those of a block's receipts that its evidence needs.
    pub fn of_round(receipts: &[Receipt]) -> Option<Self> {
        Self::choose(receipts, is_of_a_round)
    }

    /// Chooses those of a block's receipts that the evidence of the next round needs.
    pub fn of_previous(receipts: &[Receipt]) -> Option<Self> {
        Self::choose(receipts, |receipt| {
            matches!(receipt, Receipt::Fees { .. } | Receipt::Bonus { .. })
        })
    }

    fn choose(receipts: &[Receipt], wanted: impl Fn(&Receipt) -> bool) -> Option<Self> {
        let chosen: Vec<(u32, Receipt)> = (0u32..)
            .zip(receipts)
            .filter(|(_, receipt)| wanted(receipt))
            .map(|(index, receipt)| (index, receipt.clone()))
            .collect();
        let encoded: Vec<Vec<u8>> = receipts.iter().map(codec::to_bytes).collect();
        let indexes: Vec<u32> = chosen.iter().map(|(index, _)| *index).collect();
        let proof = merkle::select(&encoded, &indexes)?;
        Some(Self {
            count: proof.count,
            chosen,
            path: proof.path,
        })
    }

    /// The receipts, once they are shown to be among those with `root`.
    pub(crate) fn proved(&self, root: &Hash) -> Result<Vec<&Receipt>, String> {
        let (indexes, receipts): (Vec<u32>, Vec<&Receipt>) = self
            .chosen
            .iter()
            .map(|(index, receipt)| (*index, receipt))
            .unzip();
        let encoded: Vec<Vec<u8>> = receipts.iter().copied().map(codec::to_bytes).collect();
        let proof = SelectionProof {
            count: self.count,
            indexes,
            path: self.path.clone(),
        };
        proof
            .verify(root, &encoded)
            .map_err(|mismatch| mismatch.to_string())?;
        Ok(receipts)
    }
}

impl Wire for ChosenReceipts {
    fn write(&self, out: &mut Writer) {
        out.u32(self.count);
        out.u32(u32::try_from(self.chosen.len()).unwrap_or(u32::MAX));
        for (index, receipt) in &self.chosen {
            out.u32(*index);
            receipt.write(out);
        }
        out.list(&self.path);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = input.offset();
        let count = input.u32("number of receipts")?;
        let chosen: Vec<(u32, Receipt)> = (0..input.count("chosen receipts", 1, MAX_CHOSEN)?)
            .map(|_| Ok((input.u32("index of a receipt")?, Wire::read(input)?)))
            .collect::<Result<_, DecodeError>>()?;
        let rising = chosen.is_sorted_by(|(left, _), (right, _)| left < right);
        let within = chosen.last().is_some_and(|(last, _)| *last < count);
        if !rising || !within || count > MAX_LEAVES {
            return Err(Reader::invalid(
                "chosen receipts",
                offset,
                "indexes must rise and be below the number of receipts, which is at most 2^22",
            ));
        }
        if !chosen.iter().all(|(_, receipt)| is_of_a_round(receipt)) {
            return Err(Reader::invalid(
                "chosen receipts",
                offset,
                "there is a receipt that no check needs",
            ));
        }
        Ok(Self {
            count,
            chosen,
            path: input.list("path of receipts", 0, MAX_PATH)?,
        })
    }
}

impl Wire for Previous {
    fn write(&self, out: &mut Writer) {
        self.header.write(out);
        self.receipts.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            header: Wire::read(input)?,
            receipts: Wire::read(input)?,
        })
    }
}

impl Wire for Evidence {
    fn write(&self, out: &mut Writer) {
        out.raw(TAG);
        self.committee.write(out);
        self.drawn.write(out);
        self.certificate.write(out);
        out.option(self.previous.as_ref());
        out.list(&self.headers);
        self.receipts.write(out);
        self.candidates.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        tag(input, TAG, "must begin with etm/evidence/v1")?;
        Ok(Self {
            committee: Wire::read(input)?,
            drawn: Wire::read(input)?,
            certificate: Wire::read(input)?,
            previous: input.option("flag of the round before")?,
            headers: input.list("headers", 1, MAX_HEADERS)?,
            receipts: Wire::read(input)?,
            candidates: Wire::read(input)?,
        })
    }
}

/// Reads the tag a document begins with.
pub(crate) fn tag(
    input: &mut Reader<'_>,
    tag: &'static [u8],
    reason: &'static str,
) -> Result<(), DecodeError> {
    let offset = input.offset();
    match input.raw("tag", tag.len())? == tag {
        true => Ok(()),
        false => Err(Reader::invalid("tag", offset, reason)),
    }
}
