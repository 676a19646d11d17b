/** The library: bytes in, verdict and steps out. No I/O, no storage, no clock. */

export { roundOf, votesRoundOf } from './head';
export { EVIDENCE_BYTES_MAX, VOTES_BYTES_MAX } from './limits';
export { FAULT, type Fault, type FaultKind, faultOf, sayFault } from './faults';
export { FOUND, type Found, type FoundKind, sayFound } from './found';
export { readGenesis, type Genesis, type Known, type Rules } from './genesis';
export { checkRound, type Outcome } from './round';
export { checkVotes, VOTES_KEYS } from './votes';
export type { CheckedVotes, VotesKey, VotesOutcome, VotesQuestion, VotesRules, VotesStep } from './votes';
export { follow, walk, type Way } from './walk';
export type { CheckedRound, MinerName, ReadMember } from './reading';
export { ROUND_KEYS, type StepKey } from './step-keys';
export type { Failure, Step } from './steps';
