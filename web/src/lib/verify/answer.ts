/** The questions the page asks its checking worker, and how they are answered. */

import type { BoundaryCertificate, RoundReceipt } from '../../api/types';
import { type Bytes, fromHex } from '../bytes';
import { newMinerSeed, proveMinerKeys, verifyMinerKeys } from '../crypto/miner-keys';
import { stepOver, type TrustedCommittee } from './chain';
import { chainIdOf, type Genesis, readGenesis } from './genesis';
import { verifyRound } from './round';
import { expectSame, type Step } from './steps';

export type Ask =
  | { readonly kind: 'make-keys'; readonly owner: Bytes }
  | { readonly kind: 'check-keys'; readonly owner: Bytes; readonly keys: Bytes }
  | { readonly kind: 'genesis'; readonly canonical: string; readonly chain: string }
  | {
      readonly kind: 'walk';
      readonly chain: string;
      readonly blocksPerRound: number;
      readonly from: TrustedCommittee;
      readonly boundaries: readonly BoundaryCertificate[];
    }
  | {
      readonly kind: 'round';
      readonly receipt: RoundReceipt;
      readonly boundary: BoundaryCertificate | null;
      readonly previous: BoundaryCertificate | null;
      readonly genesis: Genesis | null;
      readonly chain: string;
      readonly trusted: TrustedCommittee | null;
    };

export type Answer =
  | { readonly kind: 'keys'; readonly seed: Bytes; readonly keys: Bytes }
  | { readonly kind: 'checked'; readonly good: boolean }
  | { readonly kind: 'genesis'; readonly genesis: Genesis }
  | { readonly kind: 'walked'; readonly trusted: TrustedCommittee }
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'done'; readonly announced: TrustedCommittee | null }
  | { readonly kind: 'failed'; readonly message: string };

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
      case 'genesis': {
        const canonical = fromHex(ask.canonical);
        expectSame('hash of the genesis', chainIdOf(canonical), ask.chain);
        reply({ kind: 'genesis', genesis: readGenesis(canonical) });
        break;
      }
      case 'walk': {
        const trusted = ask.boundaries.reduce(
          (known, boundary) => stepOver(ask.chain, ask.blocksPerRound, known, boundary),
          ask.from,
        );
        reply({ kind: 'walked', trusted });
        break;
      }
      case 'round':
        reply({ kind: 'done', announced: verifyRound(ask, (step) => reply({ kind: 'step', step })) });
        break;
    }
  } catch (error) {
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}
