//! The way from what is trusted to the committee that signed a snapshot.

use std::{fmt, str::FromStr};

use etm_execution::Genesis;
use etm_types::{ChainId, Committee, Hash, Round, codec};
use etm_verify::{Boundaries, Facts, Trust};

use super::{Head, SnapshotError, Verified};

const TAG: &[u8] = b"etm/checkpoint/v1";

/// The committees of a round and of the next, as whoever names it knows them: with it nothing before that round has to be proved.
///
/// Its text is `round:hash`. The hash is that of the chain id, the round and the roots of the two committees, so that a checkpoint
/// proves all that the ends of the rounds before would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub round: Round,
    /// See above.
    pub hash: Hash,
}

impl Checkpoint {
    /// The checkpoint of the committees of a round and of the next.
    pub fn of(chain: ChainId, committees: &[Committee; 2]) -> Self {
        let [first, next] = committees;
        Self::of_roots(chain, first.round, &[first.root(), next.root()])
    }

    fn of_roots(chain: ChainId, round: Round, roots: &[Hash; 2]) -> Self {
        let [first, next] = roots;
        Self {
            round,
            hash: Hash::of(&[TAG, &chain.0, &round.0.to_be_bytes(), &first.0, &next.0]),
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.round, self.hash)
    }
}

impl FromStr for Checkpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || "a checkpoint is `round:hash`, as `etm node checkpoint` prints it".to_owned();
        let (round, hash) = text.split_once(':').ok_or_else(wrong)?;
        let plain = !round.is_empty() && round.bytes().all(|byte| byte.is_ascii_digit());
        Ok(Self {
            round: Round(round.parse().ok().filter(|_| plain).ok_or_else(wrong)?),
            hash: hash.parse().map_err(|_| wrong())?,
        })
    }
}

/// What is proved so far.
pub(super) struct Walk {
    genesis: Trust,
    facts: Facts,
    checkpoint: Option<Checkpoint>,
    /// None until it is known where the proof begins.
    trust: Option<Trust>,
}

impl Walk {
    /// A walk that begins with genesis, or with a checkpoint.
    pub(super) fn new(
        genesis: &Genesis,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Self, SnapshotError> {
        let trust = Trust::genesis(&codec::to_bytes(genesis.draft()))
            .map_err(|reason| SnapshotError::Walk(reason.to_string()))?;
        Ok(Self {
            facts: *trust.facts(),
            genesis: trust,
            checkpoint,
            trust: None,
        })
    }

    /// The round whose end is to come.
    pub(super) fn next(&self) -> Round {
        match (&self.trust, self.checkpoint) {
            (Some(trust), _) => trust.next(),
            (None, Some(checkpoint)) => checkpoint.round,
            (None, None) => Round::ZERO,
        }
    }

    /// Goes on over the ends of rounds.
    pub(super) fn step(&mut self, boundaries: &[u8]) -> Result<(), SnapshotError> {
        let failed = |reason: String| SnapshotError::Walk(reason);
        if self.trust.is_none() {
            let document = Boundaries::from_bytes(boundaries)
                .map_err(|reason| failed(format!("no boundaries: {reason}")))?;
            self.trust = Some(self.begin(document.committees())?);
        }
        let Some(trust) = &mut self.trust else {
            return Err(failed("it begins nowhere".to_owned()));
        };
        trust
            .walk(boundaries)
            .map(drop)
            .map_err(|reason| failed(reason.to_string()))
    }

    /// What is trusted where a proof begins with these committees.
    fn begin(&self, committees: Option<[Committee; 2]>) -> Result<Trust, SnapshotError> {
        let Some(committees) = committees else {
            return Err(SnapshotError::Walk("it begins with no committees".into()));
        };
        let first = committees[0].round;
        match self.checkpoint {
            _ if first == Round::ZERO => Ok(self.genesis.clone()),
            Some(checkpoint) if checkpoint.round == first => {
                let roots = [committees[0].root(), committees[1].root()];
                if Checkpoint::of_roots(self.facts.chain, first, &roots) != checkpoint {
                    return Err(SnapshotError::OtherCheckpoint(first));
                }
                Ok(Trust::at(self.facts, first, roots))
            }
            Some(checkpoint) => Err(SnapshotError::Walk(format!(
                "it begins with round {first}, and the checkpoint is of round {}",
                checkpoint.round
            ))),
            None => Err(SnapshotError::Walk(format!(
                "it begins with round {first}: give a checkpoint of that round, or a snapshot whose proof begins with genesis"
            ))),
        }
    }

    /// The end of the way: a block that is final by a committee that was proved.
    pub(super) fn end(&self, genesis: &Genesis, head: &Head) -> Result<Verified, SnapshotError> {
        let round = head.round();
        if let Some(checkpoint) = self.checkpoint
            && round < checkpoint.round
        {
            return Err(SnapshotError::TooOld {
                found: round,
                known: checkpoint.round,
            });
        }
        let begun = match &self.trust {
            Some(trust) => trust,
            None => &self.begin(Some(head.committees.clone()))?,
        };
        let roots = |round: Round| Some([*begun.root(round)?, *begun.root(round.checked_add(1)?)?]);
        if let Some(checkpoint) = self.checkpoint
            && checkpoint.round >= begun.first()
        {
            let same = roots(checkpoint.round).map(|roots| {
                Checkpoint::of_roots(self.facts.chain, checkpoint.round, &roots) == checkpoint
            });
            if same != Some(true) {
                return Err(SnapshotError::OtherCheckpoint(checkpoint.round));
            }
        }
        let Some(proved) = roots(round) else {
            return Err(SnapshotError::Walk(format!(
                "it ends before round {round}, whose end the snapshot is of"
            )));
        };
        head.verify(genesis, &proved)
    }
}
