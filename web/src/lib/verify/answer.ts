/** The questions the page asks its checking worker, and how they are answered. */

import { type Bytes, fromHex } from '../bytes';
import { newMinerSeed, proveMinerKeys, verifyMinerKeys } from '../crypto/miner-keys';
import { type Fault, faultOf } from './faults';
import { type Genesis, type Known, readGenesis, type Rules } from './genesis';
import { checkRound, type Outcome } from './round';
import type { Step } from './steps';
import { checkVotes, type VotesOutcome, type VotesQuestion } from './votes';
import { follow, type Way } from './walk';

export type Ask =
  | { readonly kind: 'make-keys'; readonly owner: Bytes }
  | { readonly kind: 'check-keys'; readonly owner: Bytes; readonly keys: Bytes }
  | { readonly kind: 'genesis'; readonly canonical: string; readonly chain: string }
  | { readonly kind: 'walk'; readonly rules: Rules; readonly known: Known | null; readonly boundaries: Bytes }
  | {
      readonly kind: 'votes';
      readonly rules: Rules;
      readonly known: Known;
      readonly evidence: Bytes;
      readonly asked: VotesQuestion;
    }
  | { readonly kind: 'round'; readonly rules: Rules; readonly known: Known; readonly evidence: Bytes };

export type Answer =
  | { readonly kind: 'keys'; readonly seed: Bytes; readonly keys: Bytes }
  | { readonly kind: 'checked'; readonly good: boolean }
  | { readonly kind: 'genesis'; readonly genesis: Genesis }
  | { readonly kind: 'walked'; readonly way: Way }
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'votes'; readonly outcome: VotesOutcome }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** Answers one question. Pure, so that tests need no worker. */
export function answer(ask: Ask, reply: (answer: Answer) => void): void {
  try {
    switch (ask.kind) {
      case 'make-keys': {
        const seed = newMinerSeed();
        reply({ kind: 'keys', seed, keys: proveMinerKeys(seed, ask.owner) });
        break;
      }
      case 'check-keys':
        reply({ kind: 'checked', good: verifyMinerKeys(ask.keys, ask.owner) });
        break;
      case 'genesis':
        reply({ kind: 'genesis', genesis: readGenesis(fromHex(ask.canonical), ask.chain) });
        break;
      case 'walk':
        reply({ kind: 'walked', way: follow(ask.rules, ask.known, ask.boundaries) });
        break;
      case 'votes':
        reply({ kind: 'votes', outcome: checkVotes(ask.rules, ask.known, ask.evidence, ask.asked) });
        break;
      case 'round': {
        const outcome = checkRound(ask.rules, ask.known, ask.evidence, (step) =>
          reply({ kind: 'step', step }),
        );
        reply({ kind: 'done', outcome });
        break;
      }
    }
  } catch (error) {
    reply({ kind: 'failed', fault: faultOf(error) });
  }
}
