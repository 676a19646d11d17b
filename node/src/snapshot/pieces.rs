//! Pieces of the log of the state's operations, each with its proof.

use commonware_codec::{Copying, Decode as _};
use commonware_cryptography::Sha256;
use commonware_storage::{
    mmr::{Family, Location},
    qmdb::{
        sync::{Request, Response},
        verify_proof, verify_proof_and_pinned_nodes,
    },
};
use commonware_utils::NZU64;
use etm_types::{Header, Height, limits::MAX_STATE_VALUE_BYTES};
use std::num::NonZeroU64;

use super::SnapshotError;
use crate::engine::{state::StateOperation, types::Digest};

/// The most operations of a piece.
pub const MAX_PIECE_OPERATIONS: NonZeroU64 = NZU64!(16_384);

/// The most bytes of a piece: one operation always has room.
pub const MAX_PIECE_BYTES: usize = MAX_STATE_VALUE_BYTES + (1 << 16);

/// A piece that was checked.
pub(super) type Piece = Response<Family, StateOperation, Digest>;

/// Which piece comes next.
///
/// The first is the operation with which the log begins, with the tops of the trees over all before it - if there are any before it.
/// The others are of as many operations as whoever gives them likes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    height: Height,
    root: Digest,
    start: u64,
    end: u64,
    next: u64,
}

impl Place {
    /// The beginning of what a header names; none if it names nothing.
    pub fn first(header: &Header) -> Option<Self> {
        (header.ops_start < header.ops_end).then(|| Self {
            height: header.height,
            root: Digest::from(header.ops_root.0),
            start: header.ops_start,
            end: header.ops_end,
            next: header.ops_start,
        })
    }

    /// The operation with which it begins; none once all are there.
    pub fn operation(&self) -> Option<u64> {
        (self.next < self.end).then_some(self.next)
    }

    /// How many operations there are, and how many of them are before this place.
    pub fn progress(&self) -> (u64, u64) {
        (
            self.end.saturating_sub(self.start),
            self.next.saturating_sub(self.start),
        )
    }

    /// What is to be asked of a log.
    pub(crate) fn request(&self) -> Option<Request<Family>> {
        request(self.start, self.end, self.operation()?)
    }

    /// Checks the piece at this place, and goes on to the next.
    pub(super) fn check(&mut self, bytes: &[u8]) -> Result<Piece, SnapshotError> {
        let (place, height) = (self.next, self.height);
        let wrong = |what| SnapshotError::Piece {
            place,
            height,
            what,
        };
        let request = self
            .request()
            .ok_or_else(|| wrong("there are more than it names"))?;
        if bytes.len() > MAX_PIECE_BYTES {
            return Err(wrong("the piece is longer than any may be"));
        }
        let most = usize::try_from(MAX_PIECE_OPERATIONS.get()).unwrap_or(usize::MAX);
        let piece = Piece::decode_cfg(Copying(bytes), &(most, ((), ())))
            .map_err(|_| wrong("they can't be decoded"))?;
        let (start, end) = (Location::new(place), Location::new(self.end));
        let (holds, count) = match (&request, &piece) {
            (Request::Operations { max_ops, .. }, Response::Operations { proof, operations }) => {
                let count = operations.len() as u64;
                let holds = (1..=max_ops.get()).contains(&count)
                    && proof.leaves == end
                    && verify_proof::<Sha256, Family, _>(proof, start, operations, &self.root);
                (holds, count)
            }
            (
                Request::Boundary { .. },
                Response::Boundary {
                    proof,
                    op,
                    pinned_nodes,
                },
            ) => {
                let one = std::slice::from_ref(op);
                let holds = proof.leaves == end
                    && verify_proof_and_pinned_nodes::<Sha256, Family, _>(
                        proof,
                        start,
                        one,
                        pinned_nodes,
                        &self.root,
                    );
                (holds, 1)
            }
            _ => return Err(wrong("it is a piece of another kind")),
        };
        if !holds {
            return Err(wrong("they are others, or stand elsewhere"));
        }
        self.next = self.next.saturating_add(count);
        Ok(piece)
    }
}

/// What is to be asked of a log for the piece that begins with `operation`; none if there is no such operation.
pub(crate) fn request(start: u64, end: u64, operation: u64) -> Option<Request<Family>> {
    if !(start..end).contains(&operation) {
        return None;
    }
    let size = Location::new(end);
    Some(if operation == start && start > 0 {
        Request::Boundary {
            size,
            start: Location::new(operation),
        }
    } else {
        let left = NonZeroU64::new(end.saturating_sub(operation))?;
        Request::Operations {
            size,
            start: Location::new(operation),
            max_ops: left.min(MAX_PIECE_OPERATIONS),
        }
    })
}

#[cfg(test)]
mod tests;
