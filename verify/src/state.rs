//! Values of the state, proved against the root in a header: `docs/verify.md`, section 8.
//!
//! The state is a log of operations in a Merkle mountain range, onto which a bitmap is grafted that says which of them are still the
//! newest of their key. So a path from an operation to the root, with the piece of the bitmap it passes, shows that a key has a value now.

use crate::certificate::{array, varint};
use etm_types::codec::{self, DecodeError, Reader, Wire, Writer};
use etm_types::{Hash, StateKey};

/// Bytes of the bitmap in one grafted leaf.
const CHUNK: usize = 32;
/// Operations under one grafted leaf, and its height.
const CHUNK_BITS: u64 = 8 * CHUNK as u64;
const GRAFTED_HEIGHT: u32 = CHUNK_BITS.trailing_zeros();
/// There are never as many operations, so that no position overflows.
const MAX_LEAVES: u64 = 1 << 61;
/// Siblings up to the highest peak, and the other peaks.
const MAX_PATH: usize = 122;
/// What an operation that sets a key begins with.
const UPDATE: u8 = 0xD2;
/// Of the family of the tree, and of the way its peaks are bagged.
const DOMAIN: [u8; 2] = [0, 1];

/// What all proofs of one state share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateTree {
    /// How many operations there are.
    pub leaves: u64,
    /// How many of the first peaks hold no newest operation.
    pub inactive_peaks: u8,
    /// The root of the operations without the bitmap.
    pub ops_root: Hash,
    /// The hash of the last piece of the bitmap, if that is not full.
    pub partial: Option<Hash>,
}

/// That an operation stands in the log, and is the newest of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof {
    /// The place of the operation.
    pub location: u64,
    /// The piece of the bitmap it is in.
    pub chunk: [u8; CHUNK],
    /// The nodes that are missing for the root.
    pub path: Vec<Hash>,
}

/// A record with the proof that the state holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved<T> {
    pub record: T,
    pub proof: StateProof,
}

/// A perfect tree of the range.
#[derive(Clone, Copy)]
struct Peak {
    first: u64,
    height: u32,
}

impl Peak {
    const fn end(self) -> u64 {
        self.first.saturating_add(1 << self.height)
    }

    /// The place of its top among all nodes, which are counted in the order in which they are made.
    const fn position(self) -> u64 {
        let leaf = (2 * self.first).saturating_sub(self.first.count_ones() as u64);
        leaf.saturating_add((2 << self.height) - 2)
    }

    const fn halves(self) -> (Self, Self) {
        let height = self.height - 1;
        let left = Self {
            first: self.first,
            height,
        };
        let right = Self {
            first: left.end(),
            height,
        };
        (left, right)
    }
}

/// The nodes of a path, in the order in which they are needed.
struct Nodes<'a>(std::slice::Iter<'a, Hash>);

impl Nodes<'_> {
    fn next(&mut self) -> Result<Hash, String> {
        let next = self.0.next().copied();
        next.ok_or_else(|| "its path is too short".to_owned())
    }

    fn take(&mut self, count: usize) -> Result<Vec<Hash>, String> {
        (0..count).map(|_| self.next()).collect()
    }
}

impl StateTree {
    /// The root of a state in which `key` has `value`, by its proof.
    ///
    /// # Errors
    /// Why the proof can be none.
    pub fn root(&self, key: &StateKey, value: &[u8], proof: &StateProof) -> Result<Hash, String> {
        let place = proof.location;
        if self.leaves > MAX_LEAVES || place >= self.leaves {
            return Err(format!("operation {place} is not among {}", self.leaves));
        }
        let bit = usize::try_from(place % CHUNK_BITS).unwrap_or_default();
        if proof.chunk[bit / 8] >> (bit % 8) & 1 == 0 {
            return Err(format!(
                "operation {place} is no longer the newest of its key"
            ));
        }
        if self.partial.is_some() == self.leaves.is_multiple_of(CHUNK_BITS) {
            return Err(
                "the end of its bitmap is not what the number of operations says".to_owned(),
            );
        }
        let last = place / CHUNK_BITS == self.leaves / CHUNK_BITS;
        if last && self.partial != Some(Hash::of(&[&proof.chunk])) {
            return Err("its piece of the bitmap is not the last one".to_owned());
        }
        let grafted = self.grafted(key, value, proof)?;
        let mut parts = vec![self.ops_root.0.to_vec(), grafted.0.to_vec()];
        if let Some(partial) = &self.partial {
            parts.push((self.leaves % CHUNK_BITS).to_be_bytes().to_vec());
            parts.push(partial.0.to_vec());
        }
        Ok(Hash::of(&[&parts.concat()]))
    }

    /// The root of the operations with the bitmap grafted on.
    fn grafted(&self, key: &StateKey, value: &[u8], proof: &StateProof) -> Result<Hash, String> {
        let peaks = self.peaks();
        let inactive = usize::from(self.inactive_peaks);
        let own = peaks
            .iter()
            .position(|peak| proof.location < peak.end())
            .filter(|_| inactive <= peaks.len())
            .ok_or_else(|| format!("{inactive} peaks are too many"))?;
        let mut nodes = Nodes(proof.path.iter());
        // The inactive peaks before it come folded into one, the active ones behind the inactive ones too.
        let folded = inactive.min(own);
        let before = usize::from(folded > 0).saturating_add(own.saturating_sub(folded));
        let mut tops = nodes.take(before)?;
        let behind = peaks.len().saturating_sub(own.saturating_add(1));
        let single = inactive.saturating_sub(own.saturating_add(1)).min(behind);
        let after = nodes.take(single.saturating_add(usize::from(behind > single)))?;
        let length = u32::try_from(value.len()).map_err(|_| "its value is too long".to_owned())?;
        let operation = [&[UPDATE], &key.0[..], &length.to_be_bytes(), value].concat();
        let peak = *peaks.get(own).ok_or("there are no peaks")?;
        tops.push(top(peak, &operation, proof, &mut nodes)?);
        tops.extend(after);
        if nodes.0.next().is_some() {
            return Err("its path is too long".to_owned());
        }
        let fold = match folded {
            0 => inactive,
            _ => inactive.saturating_sub(folded).saturating_add(1),
        };
        Ok(self.bag(&tops, fold.max(1)))
    }

    /// One hash of all peaks: the first `fold` from the left, the others from the right.
    fn bag(&self, tops: &[Hash], fold: usize) -> Hash {
        let pair = |left: Hash, right: Hash| Hash::of(&[&left.0, &right.0]);
        let (first, rest) = tops.split_at(fold.min(tops.len()));
        let left = first.iter().copied().reduce(pair);
        let right = rest.iter().rev().copied().reduce(|bag, top| pair(top, bag));
        let bagged = match (left, right) {
            (Some(left), Some(right)) => pair(left, right),
            (left, right) => left.or(right).unwrap_or(Hash::ZERO),
        };
        let leaves = self.leaves.to_be_bytes();
        match self.inactive_peaks {
            0 => Hash::of(&[&DOMAIN, &leaves, &bagged.0]),
            inactive => Hash::of(&[
                &DOMAIN,
                &leaves,
                &u64::from(inactive).to_be_bytes(),
                &bagged.0,
            ]),
        }
    }

    fn peaks(&self) -> Vec<Peak> {
        let mut first = 0;
        let heights = (0..u64::BITS).rev();
        let present = heights.filter(|height| self.leaves >> height & 1 == 1);
        present
            .map(|height| {
                let peak = Peak { first, height };
                first = peak.end();
                peak
            })
            .collect()
    }
}

/// The top of the tree that an operation stands in.
fn top(
    tree: Peak,
    operation: &[u8],
    proof: &StateProof,
    nodes: &mut Nodes<'_>,
) -> Result<Hash, String> {
    let position = tree.position().to_be_bytes();
    if tree.height == 0 {
        return Ok(Hash::of(&[&position, operation]));
    }
    let (left, right) = tree.halves();
    let (left, right) = match proof.location < left.end() {
        true => (top(left, operation, proof, nodes)?, nodes.next()?),
        false => (nodes.next()?, top(right, operation, proof, nodes)?),
    };
    let node = Hash::of(&[&position, &left.0, &right.0]);
    Ok(match tree.height {
        GRAFTED_HEIGHT => Hash::of(&[&proof.chunk, &node.0]),
        _ => node,
    })
}

impl StateProof {
    /// Takes apart a proof as the database of a node encodes it. Nothing is checked but the shape.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_database(bytes: &[u8]) -> Result<(StateTree, Self), String> {
        let mut rest = bytes;
        let location = varint(&mut rest)?;
        let chunk = array(&mut rest)?;
        let leaves = varint(&mut rest)?;
        let inactive = varint(&mut rest)?;
        let inactive_peaks =
            u8::try_from(inactive).map_err(|_| format!("it has {inactive} inactive peaks"))?;
        let count = usize::try_from(varint(&mut rest)?).unwrap_or(usize::MAX);
        if count > MAX_PATH {
            return Err(format!("its path has {count} nodes"));
        }
        let path = (0..count)
            .map(|_| array(&mut rest).map(Hash))
            .collect::<Result<_, String>>()?;
        let partial = match array(&mut rest)? {
            [0] => None,
            [1] => Some(Hash(array(&mut rest)?)),
            [other] => return Err(format!("a flag is {other}")),
        };
        let ops_root = Hash(array(&mut rest)?);
        let tree = StateTree {
            leaves,
            inactive_peaks,
            ops_root,
            partial,
        };
        let proof = Self {
            location,
            chunk,
            path,
        };
        match rest.len() {
            0 => Ok((tree, proof)),
            left => Err(format!("{left} bytes too many")),
        }
    }
}

impl<T: Wire> Proved<T> {
    /// A record and its proof as a node has them; which tree it is of.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_database(value: &[u8], proof: &[u8]) -> Result<(StateTree, Self), String> {
        let record = codec::from_bytes(value).map_err(|error| error.to_string())?;
        let (tree, proof) = StateProof::from_database(proof)?;
        Ok((tree, Self { record, proof }))
    }

    /// The record, once it is shown to be what `key` has in the state with `root`.
    pub(crate) fn checked(
        &self,
        tree: &StateTree,
        root: &Hash,
        key: &StateKey,
    ) -> Result<&T, String> {
        let found = tree.root(key, &codec::to_bytes(&self.record), &self.proof)?;
        match found == *root {
            true => Ok(&self.record),
            false => Err(format!(
                "it leads to the state root {found}, that of the block is {root}"
            )),
        }
    }
}

impl Wire for StateTree {
    fn write(&self, out: &mut Writer) {
        out.u64(self.leaves);
        out.u8(self.inactive_peaks);
        self.ops_root.write(out);
        out.option(self.partial.as_ref());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            leaves: input.u64("number of operations")?,
            inactive_peaks: input.u8("inactive peaks")?,
            ops_root: Wire::read(input)?,
            partial: input.option("flag of the end of the bitmap")?,
        })
    }
}

impl Wire for StateProof {
    fn write(&self, out: &mut Writer) {
        out.u64(self.location);
        out.raw(&self.chunk);
        out.list(&self.path);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            location: input.u64("place of an operation")?,
            chunk: input.array("piece of the bitmap")?,
            path: input.list("path of a record", 0, MAX_PATH)?,
        })
    }
}

impl<T: Wire> Wire for Proved<T> {
    fn write(&self, out: &mut Writer) {
        self.record.write(out);
        self.proof.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            record: Wire::read(input)?,
            proof: Wire::read(input)?,
        })
    }
}
