/** The library: bytes in, verdict and steps out. No I/O, no storage, no clock. */

export { EVIDENCE_BYTES_MAX, roundOf, VOTES_BYTES_MAX, votesRoundOf } from './head';
export { FAULT, type Fault, type FaultKind, faultOf, sayFault } from './faults';
export { FOUND, type Found, type FoundKind, sayFound } from './found';
export { readGenesis, type Genesis, type Known, type Rules } from './genesis';
export { checkRound, type Outcome } from './round';
export { checkVotes, VOTES_KEYS } from './votes';
export type { CheckedVotes, VotesKey, VotesOutcome, VotesQuestion, VotesRules, VotesStep } from './votes';
export { follow, walk, type Way } from './walk';
export type { CheckedRound, MinerName, ReadMember } from './reading';
export { type Failure, ROUND_KEYS, type Step, type StepKey } from './steps';
