//! Merkle trees over the transactions and the receipts of a block.
//!
//! * leaf: `SHA-256(0x00 || item)`
//! * node: `SHA-256(0x01 || left || right)`, split at the largest power of two below the number of leaves (RFC 6962)
//! * root: `SHA-256(0x02 || u32be(number of leaves) || top)`, where `top` is the top node, or 32 zeros for no leaves
//!
//! The three prefixes keep leaves, nodes and roots apart; the count in the root makes an index unambiguous.

use crate::codec::{DecodeError, Reader, Wire, Writer};
use crate::hash::Hash;
use thiserror::Error;

#[cfg(test)]
mod tests;

/// The most leaves a tree may have.
pub const MAX_LEAVES: u32 = 1 << 22;
const MAX_PATH: usize = 22;

/// The root over `items`, in their order.
pub fn root<T: AsRef<[u8]>>(items: &[T]) -> Hash {
    let leaves: Vec<Hash> = items.iter().map(|item| leaf(item.as_ref())).collect();
    seal(count(leaves.len()), top(&leaves))
}

/// Proves that an item stands at an index of a list with a known root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The item's index, from 0.
    pub index: u32,
    /// How many items the list has.
    pub count: u32,
    /// Sibling nodes, from the leaf upwards.
    pub path: Vec<Hash>,
}

/// An inclusion proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProofMismatch {
    /// An index is not below the count, the indexes don't rise, or the count is zero or above [`MAX_LEAVES`].
    #[error(
        "the indexes (the last is {index}) must rise and be below the number of items ({count}, at most {MAX_LEAVES})"
    )]
    Index {
        /// The index claimed.
        index: u32,
        /// The count claimed.
        count: u32,
    },
    /// The path has the wrong number of nodes for its index and count.
    #[error("the path has {found} nodes; index and count need {needed}")]
    PathLength {
        /// Nodes found.
        found: usize,
        /// Nodes needed.
        needed: usize,
    },
    /// There are not as many items as indexes.
    #[error("{found} items for {needed} indexes")]
    Items {
        /// Items found.
        found: usize,
        /// Indexes there are.
        needed: usize,
    },
    /// The path leads to another root.
    #[error("the item and its path lead to root {computed}, not to the one given")]
    Root {
        /// The root computed.
        computed: Hash,
    },
}

/// The proof for the item at `index`; none if there is no such item.
pub fn prove<T: AsRef<[u8]>>(items: &[T], index: usize) -> Option<InclusionProof> {
    if index >= items.len() {
        return None;
    }
    let leaves: Vec<Hash> = items.iter().map(|item| leaf(item.as_ref())).collect();
    let mut path = Vec::new();
    collect_path(&leaves, index, &mut path);
    Some(InclusionProof {
        index: count(index),
        count: count(leaves.len()),
        path,
    })
}

impl InclusionProof {
    /// Checks that `item` stands at the proof's index in the list with `root`.
    ///
    /// # Errors
    /// [`ProofMismatch`].
    pub fn verify(&self, root: &Hash, item: &[u8]) -> Result<(), ProofMismatch> {
        let (index, count) = (self.index, self.count);
        if index >= count || count > MAX_LEAVES {
            return Err(ProofMismatch::Index { index, count });
        }
        // Which side the sibling stands on, from the top down.
        let mut sides = Vec::new();
        let (mut position, mut size) = (index, count);
        while size > 1 {
            let split = split(size);
            if position < split {
                sides.push(false);
                size = split;
            } else {
                sides.push(true);
                position -= split;
                size -= split;
            }
        }
        if sides.len() != self.path.len() {
            return Err(ProofMismatch::PathLength {
                found: self.path.len(),
                needed: sides.len(),
            });
        }
        let mut hash = leaf(item);
        for (sibling, sibling_is_left) in self.path.iter().zip(sides.iter().rev()) {
            hash = if *sibling_is_left {
                node(sibling, &hash)
            } else {
                node(&hash, sibling)
            };
        }
        let computed = seal(count, hash);
        if computed == *root {
            Ok(())
        } else {
            Err(ProofMismatch::Root { computed })
        }
    }
}

impl Wire for InclusionProof {
    fn write(&self, out: &mut Writer) {
        out.u32(self.index);
        out.u32(self.count);
        out.list(&self.path);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            index: input.u32("proof index")?,
            count: input.u32("proof count")?,
            path: input.list("proof path", 0, MAX_PATH)?,
        })
    }
}

/// Proves that some items stand at some indexes of a list with a known root.
///
/// `path` holds the tops of the largest subtrees without a chosen leaf, from left to right: what is missing to compute the root from the
/// items chosen. With one index it is as large as an [`InclusionProof`], with neighbours hardly larger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionProof {
    /// How many items the list has.
    pub count: u32,
    /// The indexes of the items chosen, rising.
    pub indexes: Vec<u32>,
    /// The missing nodes.
    pub path: Vec<Hash>,
}

/// The proof for the items at `indexes`, which must rise; none if they don't, or if there is no such item.
pub fn select<T: AsRef<[u8]>>(items: &[T], indexes: &[u32]) -> Option<SelectionProof> {
    let leaves: Vec<Hash> = items.iter().map(|item| leaf(item.as_ref())).collect();
    let proof = SelectionProof {
        count: count(leaves.len()),
        indexes: indexes.to_vec(),
        path: Vec::new(),
    };
    proof.check_indexes().ok()?;
    let mut path = Vec::new();
    collect_selection(&leaves, 0, indexes, &mut path);
    Some(SelectionProof { path, ..proof })
}

impl SelectionProof {
    /// Checks that `items` stand at the proof's indexes, in their order, in the list with `root`.
    ///
    /// # Errors
    /// [`ProofMismatch`].
    pub fn verify<T: AsRef<[u8]>>(&self, root: &Hash, items: &[T]) -> Result<(), ProofMismatch> {
        self.check_indexes()?;
        if items.len() != self.indexes.len() {
            return Err(ProofMismatch::Items {
                found: items.len(),
                needed: self.indexes.len(),
            });
        }
        let leaves: Vec<Hash> = items.iter().map(|item| leaf(item.as_ref())).collect();
        let mut path = self.path.iter();
        let top = self.climb(0, self.count, &leaves, &mut path);
        let left = path.len();
        let computed = match top {
            Some(top) if left == 0 => seal(self.count, top),
            found => {
                let missing = usize::from(found.is_none());
                return Err(ProofMismatch::PathLength {
                    found: self.path.len(),
                    needed: self.path.len() + missing - left,
                });
            }
        };
        if computed == *root {
            Ok(())
        } else {
            Err(ProofMismatch::Root { computed })
        }
    }

    fn check_indexes(&self) -> Result<(), ProofMismatch> {
        let rising = self.indexes.is_sorted_by(|left, right| left < right);
        match self.indexes.last() {
            Some(last) if rising && *last < self.count && self.count <= MAX_LEAVES => Ok(()),
            last => Err(ProofMismatch::Index {
                index: last.copied().unwrap_or_default(),
                count: self.count,
            }),
        }
    }

    /// The top over `size` leaves from `first` on; `leaves` are those of the items chosen.
    fn climb(
        &self,
        first: u32,
        size: u32,
        leaves: &[Hash],
        path: &mut core::slice::Iter<'_, Hash>,
    ) -> Option<Hash> {
        let from = self.indexes.partition_point(|index| *index < first);
        match self.indexes.get(from) {
            Some(index) if index - first < size => {}
            _ => return path.next().copied(),
        }
        if size == 1 {
            return leaves.get(from).copied();
        }
        let split = split(size);
        let left = self.climb(first, split, leaves, path)?;
        let right = self.climb(first + split, size - split, leaves, path)?;
        Some(node(&left, &right))
    }
}

fn collect_selection(leaves: &[Hash], first: u32, indexes: &[u32], path: &mut Vec<Hash>) {
    let size = count(leaves.len());
    let chosen = indexes
        .iter()
        .any(|index| index.checked_sub(first).is_some_and(|place| place < size));
    if !chosen {
        path.push(top(leaves));
    } else if size > 1 {
        let (left, right) = halves(leaves);
        collect_selection(left, first, indexes, path);
        collect_selection(right, first + count(left.len()), indexes, path);
    }
}

fn count(length: usize) -> u32 {
    // Blocks are bounded far below; the saturation only keeps the conversion total.
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn leaf(item: &[u8]) -> Hash {
    Hash::of(&[&[0], item])
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Hash::of(&[&[1], left.as_bytes(), right.as_bytes()])
}

fn seal(count: u32, top: Hash) -> Hash {
    Hash::of(&[&[2], &count.to_be_bytes(), top.as_bytes()])
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u32) -> u32 {
    1 << (31 - (size - 1).leading_zeros())
}

fn top(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::ZERO,
        [only] => *only,
        _ => {
            let (left, right) = halves(leaves);
            node(&top(left), &top(right))
        }
    }
}

fn halves(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    leaves.split_at(usize::try_from(split(count(leaves.len()))).unwrap_or(usize::MAX))
}

fn collect_path(leaves: &[Hash], index: usize, path: &mut Vec<Hash>) {
    if leaves.len() < 2 {
        return;
    }
    let (left, right) = halves(leaves);
    if index < left.len() {
        collect_path(left, index, path);
        path.push(top(right));
    } else {
        collect_path(right, index - left.len(), path);
        path.push(top(left));
    }
}
