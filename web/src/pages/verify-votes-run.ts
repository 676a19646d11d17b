/** The proof of a miner's votes and of a position among them, from the trusted chain id to the verdict. */

import type { Bytes } from '../lib/bytes';
import type { Genesis, Known } from '../lib/verify/genesis';
import { type Fault, fault, faultOf, Mismatch } from '../lib/verify/faults';
import type { CheckedVotes, VotesKey, VotesOutcome, VotesQuestion } from '../lib/verify/votes';
import { votesRoundOf } from '../lib/verify/head';
import { forgetKnown, loadKnown, saveKnown } from './verify-pins';
import { type Anchor, type Seen, settle, type Source } from './verify-run';
import { type AskWorker, PORTION, unanswered, walkTo } from './verify-walk';

export interface VotesSource extends Pick<Source, 'address' | 'genesis' | 'boundaries'> {
  readonly votes: (asked: VotesQuestion) => Promise<Bytes>;
}

/** Where a proof can fail: on the way to it, or in one of its own steps. */
export type ProofStep = 'genesis' | 'walk' | VotesKey;

type Proof =
  | { readonly kind: 'holds'; readonly reading: CheckedVotes }
  | { readonly kind: 'fails'; readonly step: ProofStep; readonly fault: Fault }
  /** Something could not be had; nothing is said about the votes. */
  | { readonly kind: 'incomplete'; readonly cause: unknown };

export type VotesResult =
  | Exclude<Proof, { readonly kind: 'holds' }>
  | {
      readonly kind: 'holds';
      readonly anchor: Anchor;
      readonly reading: CheckedVotes;
      /** How often the chain has a block, by its genesis. */
      readonly slotMs: number;
    };

export interface VotesWatch {
  readonly anchored: (seen: Seen) => void;
  /** Rounds walked of those to walk. */
  readonly walked: (done: number, all: number) => void;
}

type Attempt = VotesOutcome | { readonly holds: null; readonly fault: Fault };

export async function runVotes(
  source: VotesSource,
  asks: readonly [AskWorker, ...AskWorker[]],
  asked: VotesQuestion,
  watch: VotesWatch,
  portion = PORTION,
): Promise<VotesResult> {
  try {
    const found = await settle(source, asks[0], watch.anchored);
    if ('kind' in found) return { kind: 'fails', step: 'genesis', fault: found };
    const proof = await proveVotes(source, asks, found.genesis, asked, watch, portion);
    if (proof.kind !== 'holds') return proof;
    return { ...proof, anchor: found.anchor, slotMs: Number(found.genesis.terms.slot_ms) };
  } catch (error) {
    return { kind: 'incomplete', cause: error };
  }
}

/** The same on a chain that is settled, by a walk over `most` rounds at most. */
export async function proveVotes(
  source: Pick<VotesSource, 'boundaries' | 'votes'>,
  asks: readonly [AskWorker, ...AskWorker[]],
  genesis: Genesis,
  asked: VotesQuestion,
  watch: Pick<VotesWatch, 'walked'>,
  portion = PORTION,
  most = Infinity,
): Promise<Proof> {
  const { rules, known: begin } = genesis;
  try {
    const evidence = await source.votes(asked);
    let round: number;
    try {
      round = votesRoundOf(evidence);
    } catch (error) {
      return { kind: 'fails', step: 'evidence', fault: faultOf(error) };
    }
    const attempt = async (start: Known): Promise<Attempt> => {
      const reached = (known: Known) => {
        saveKnown(rules.chain, known);
        watch.walked(known.round - start.round, round - start.round);
      };
      const known = await walkTo(
        { rules, boundaries: source.boundaries, asks, portion, reached },
        start,
        round,
      );
      if ('kind' in known) return { holds: null, fault: known };
      const answer = await asks[0]({ kind: 'votes', rules, known, evidence, asked });
      if (answer.kind !== 'votes') throw new Mismatch(unanswered(answer));
      return answer.outcome;
    };
    const kept = loadKnown(rules.chain, round);
    const rounds = round - (kept ?? begin).round;
    if (rounds > most) return { kind: 'incomplete', cause: new Mismatch(fault('farWay', rounds)) };
    let outcome = await attempt(kept ?? begin);
    const astray = outcome.holds === null || (!outcome.holds && outcome.failed.key === 'committee');
    if (kept !== null && astray) {
      // What was kept may be somebody else's text: from genesis it is certain.
      forgetKnown(rules.chain);
      outcome = await attempt(begin);
    }
    if (outcome.holds === null) return { kind: 'fails', step: 'walk', fault: outcome.fault };
    if (!outcome.holds) {
      const { key: step, fault } = outcome.failed;
      return { kind: 'fails', step, fault };
    }
    return { kind: 'holds', reading: outcome.reading };
  } catch (error) {
    return { kind: 'incomplete', cause: error };
  }
}
