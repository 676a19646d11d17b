//! What is known of a chain, and how it grows.

use crate::batch::{self, Keys};
use crate::boundaries::Boundaries;
use crate::evidence::tag;
use crate::genesis::{self, Facts};
use etm_types::codec::{self, DecodeError, Reader, Wire, Writer};
use etm_types::{ChainId, Hash, Height, Member, Round};
use thiserror::Error;

const TAG: &[u8] = b"etm/trust/v1";

/// A chain as far as it was proved: what follows from its genesis, and the roots of its committees. 32 bytes a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    facts: Facts,
    first: Round,
    roots: Vec<Hash>,
}

/// Why boundaries prove nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WalkError {
    /// The bytes are no such document.
    #[error("no boundaries: {0}")]
    Document(#[from] DecodeError),
    /// They begin elsewhere.
    #[error("the boundaries begin with round {found}, the next one is that of round {expected}")]
    Elsewhere {
        /// The first round in the document.
        found: Round,
        /// The one that is needed.
        expected: Round,
    },
    /// The end of a round does not hold.
    #[error("the end of round {round}: {reason}")]
    Step { round: Round, reason: String },
}

impl Trust {
    /// Rounds of some forty years of mainnet: no walk is longer.
    pub const MAX_ROUNDS: usize = 1 << 22;

    /// Trust begins with a canonical genesis. Whether its chain is the one that is meant is for the caller to say: see
    /// [`Facts::chain`].
    ///
    /// # Errors
    /// [`DecodeError`] if it is no genesis.
    pub fn genesis(canonical: &[u8]) -> Result<Self, DecodeError> {
        let (facts, committees) = genesis::read(canonical)?;
        Ok(Self::at(
            facts,
            Round::ZERO,
            [committees[0].root(), committees[1].root()],
        ))
    }

    /// Trust begins with the committees of the rounds `first` and `first + 1`, by their roots.
    pub fn at(facts: Facts, first: Round, roots: [Hash; 2]) -> Self {
        Self {
            facts,
            first,
            roots: roots.to_vec(),
        }
    }

    /// What follows from genesis.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    pub fn chain(&self) -> ChainId {
        self.facts.chain
    }

    /// The first round whose committee is known.
    pub fn first(&self) -> Round {
        self.first
    }

    /// The root of a round's committee, if it is known.
    pub fn root(&self, round: Round) -> Option<&Hash> {
        let place = usize::try_from(round.checked_sub(self.first.0)?.0).ok()?;
        self.roots.get(place)
    }

    /// The round whose end comes next: two rounds before the first whose committee is not known.
    pub fn next(&self) -> Round {
        // There are always two.
        self.first
            .saturating_add((self.roots.len() as u64).saturating_sub(2))
    }

    /// The height of a round's last block.
    pub(crate) fn last_height(&self, round: Round) -> Option<Height> {
        self.facts.params.last_height(round)
    }

    /// Goes on over the ends of rounds: all of them hold, or nothing is learnt.
    ///
    /// # Errors
    /// [`WalkError`], naming the round.
    pub fn walk(&mut self, boundaries: &[u8]) -> Result<u64, WalkError> {
        let boundaries = Boundaries::from_bytes(boundaries)?;
        let roots = self.steps(&boundaries)?;
        let count = roots.len() as u64;
        self.roots.extend(roots);
        Ok(count)
    }

    fn steps(&self, boundaries: &Boundaries) -> Result<Vec<Hash>, WalkError> {
        let first = boundaries.first();
        if first != self.next() {
            return Err(WalkError::Elsewhere {
                found: first,
                expected: self.next(),
            });
        }
        for (round, places) in first.through(Round::MAX).zip(boundaries.known()) {
            let root = boundaries
                .committee(round, places)
                .map(|committee| committee.root());
            if root.as_ref() != self.root(round) {
                return Err(WalkError::Step {
                    round,
                    reason: "its committee is not the one that was proved".to_owned(),
                });
            }
        }
        let mut keys = Keys::default();
        let mut roots = Vec::with_capacity(boundaries.len());
        let mut signatures = Vec::with_capacity(boundaries.len());
        for index in 0..boundaries.len() {
            let round = first.saturating_add(index as u64);
            let (root, signed) = self
                .step(boundaries, index, round, &mut keys)
                .map_err(|reason| WalkError::Step { round, reason })?;
            roots.push(root);
            signatures.push(signed);
        }
        batch::check(&signatures).map_err(|index| WalkError::Step {
            round: first.saturating_add(index as u64),
            reason: "the signature is not that of the members it names".to_owned(),
        })?;
        Ok(roots)
    }

    fn step(
        &self,
        boundaries: &Boundaries,
        index: usize,
        round: Round,
        keys: &mut Keys,
    ) -> Result<(Hash, batch::Signed), String> {
        let out_of_range = || "its number is out of range".to_owned();
        let step = boundaries.steps().get(index).ok_or_else(out_of_range)?;
        let places = boundaries.signers(index).ok_or_else(out_of_range)?;
        let signers: Vec<&Member> = places
            .iter()
            .filter_map(|place| boundaries.members().get(usize::from(*place)))
            .collect();
        let after = round.checked_add(2).ok_or_else(out_of_range)?;
        let drawn = boundaries
            .committee(after, step.drawn())
            .ok_or_else(out_of_range)?;
        let root = drawn.root();
        let height = self.last_height(round).ok_or_else(out_of_range)?;
        let header = step
            .header(
                self.facts.chain,
                (Round(round.0), Height(height.0)),
                &signers,
                root,
            )
            .ok_or_else(|| "its producer is not in the committee".to_owned())?;
        let (signed, _) = step.certificate().signed(
            &self.facts.chain,
            (round, header.slot, &header.hash()),
            &signers,
            keys,
        )?;
        Ok((root, signed))
    }

    /// For a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::to_bytes(self)
    }

    /// From a file: as trustworthy as that is.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::from_bytes(bytes)
    }
}

impl Wire for Trust {
    fn write(&self, out: &mut Writer) {
        out.raw(TAG);
        self.facts.write(out);
        out.u64(self.first.0);
        out.list(&self.roots);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        tag(input, TAG, "must begin with etm/trust/v1")?;
        Ok(Self {
            facts: Wire::read(input)?,
            first: input.u64("first round").map(Round)?,
            roots: input.list("roots of committees", 2, Self::MAX_ROUNDS)?,
        })
    }
}
