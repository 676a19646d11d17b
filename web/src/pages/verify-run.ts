/** One check of a round, from the trusted chain id to the verdict. What it asks and where it runs is given, so that tests need neither. */

import type { Bytes } from '../lib/bytes';
import type { Genesis, Known } from '../lib/verify/genesis';
import type { CheckedRound } from '../lib/verify/reading';
import { roundOf } from '../lib/verify/head';
import type { Outcome } from '../lib/verify/round';
import { found } from '../lib/verify/found';
import { type Fault, fault, faultOf, Mismatch } from '../lib/verify/faults';
import type { StepKey } from '../lib/verify/step-keys';
import { type Failure, failing, holding, type Step } from '../lib/verify/steps';
import { type AskWorker, PORTION, unanswered, walkTo } from './verify-walk';
import { type ChainPin, forgetKnown, loadChain, loadKnown, saveChain, saveKnown } from './verify-pins';

/** What is asked of a node. */
export interface Source {
  /** Its address. */
  readonly address: string;
  readonly genesis: () => Promise<{ readonly id: string; readonly canonical: string }>;
  readonly boundaries: (from: number, limit: number) => Promise<Bytes>;
  readonly evidence: (round: number) => Promise<Bytes>;
}

/** What the verdict rests on. */
export type Anchor =
  /** A person gave the chain id. */
  | { readonly kind: 'given' }
  /** The chain id is the one that this browser saw first. */
  | { readonly kind: 'pinned'; readonly since: number }
  /** The node named it just now, and nobody has confirmed it. */
  | { readonly kind: 'node' }
  /** The node names another chain than this browser knows. */
  | { readonly kind: 'other'; readonly known: ChainPin };

export interface Seen {
  readonly chain: string;
  readonly anchor: Anchor;
}

export interface Watch {
  readonly anchored: (seen: Seen) => void;
  readonly step: (step: Step) => void;
  /** All steps but that of genesis are done once more, from genesis on. */
  readonly restarted: () => void;
  /** Rounds walked of those to walk. */
  readonly walked: (done: number, all: number) => void;
  /** Where trust begins: 0 is genesis. */
  readonly began: (round: number) => void;
}

export type Result =
  | { readonly kind: 'holds'; readonly anchor: Anchor; readonly reading: CheckedRound }
  | { readonly kind: 'fails' }
  /** Something could not be had; nothing is said about the round. */
  | { readonly kind: 'incomplete'; readonly cause: unknown };

class Failed extends Error {}

/** Checks round `wanted`, or the evidence that a file holds. */
export async function runCheck(
  source: Source,
  asks: readonly [AskWorker, ...AskWorker[]],
  wanted: number | Bytes,
  watch: Watch,
  portion = PORTION,
): Promise<Result> {
  const [ask] = asks;
  const fail = (key: StepKey, fault: Fault): never => {
    watch.step(failing(key, fault));
    throw new Failed();
  };
  try {
    const settled = await settle(source, ask, watch.anchored);
    if ('kind' in settled) return fail('genesis', settled);
    const { anchor, genesis } = settled;
    const { chain } = genesis.rules;
    watch.step({ key: 'genesis', state: 'ok', ...holding(found('genesis', genesis.name, chain)) });

    let evidence: Bytes;
    let round: number;
    try {
      round = typeof wanted === 'number' ? wanted : roundOf(wanted);
      evidence = typeof wanted === 'number' ? await source.evidence(wanted) : wanted;
    } catch (error) {
      if (typeof wanted === 'number') throw error;
      return fail('evidence', faultOf(error));
    }
    const kept = loadKnown(chain, round);
    const check = new Check(source, asks, genesis, round, evidence, watch, portion);
    let outcome = await check.from(kept ?? genesis.known);
    if (!outcome.holds && kept !== null && OF_THE_WAY.has(outcome.failed.key)) {
      // What was kept may be somebody else's text: from genesis it is certain.
      watch.restarted();
      const certain = await check.walk(genesis.known, kept.round);
      if ('key' in certain) return fail('walk', certain.fault);
      if (certain.roots.join() === kept.roots.join()) {
        outcome.steps.forEach(watch.step);
        return { kind: 'fails' };
      }
      forgetKnown(chain);
      outcome = await check.from(certain);
    }
    if (!outcome.holds) return { kind: 'fails' };
    saveKnown(chain, outcome.known);
    return { kind: 'holds', anchor, reading: outcome.reading };
  } catch (error) {
    if (error instanceof Failed) return { kind: 'fails' };
    // The node's own word that it does not keep this any more, or no word at all.
    return { kind: 'incomplete', cause: error };
  }
}

export interface Settled {
  readonly anchor: Anchor;
  readonly genesis: Genesis;
}

/** Settles which chain it is, and keeps it: at the first use from then on. */
export async function settle(
  source: Pick<Source, 'address' | 'genesis'>,
  ask: AskWorker,
  anchored: (seen: Seen) => void,
): Promise<Settled | Fault> {
  const settled = await identify(source, ask, anchored);
  // Only now: a chain id that is no hash of a genesis is never kept.
  if (!('kind' in settled) && settled.anchor.kind === 'node') {
    saveChain(source.address, { chain: settled.genesis.rules.chain, since: Date.now(), given: false });
  }
  return settled;
}

/** Which chain it is: by what this browser knows, and the genesis whose hash the chain id is. A fault says why it is none. */
export async function identify(
  source: Pick<Source, 'address' | 'genesis'>,
  ask: AskWorker,
  anchored: (seen: Seen) => void,
): Promise<Settled | Fault> {
  const { id: chain, canonical } = await source.genesis();
  const anchor = anchorOf(source.address, chain);
  anchored({ chain, anchor });
  const other = otherChain(source.address, chain);
  if (other !== null) return other;
  const founded = await ask({ kind: 'genesis', canonical, chain });
  if (founded.kind !== 'genesis') return unanswered(founded);
  return { anchor, genesis: founded.genesis };
}

/** Says that a node names another chain than this browser knows behind its address; null if it does not. */
export function otherChain(address: string, chain: string): Fault | null {
  const known = loadChain(address);
  return known === null || known.chain === chain ? null : fault('otherChain', chain, known.chain);
}

function anchorOf(address: string, chain: string): Anchor {
  const known = loadChain(address);
  if (known === null) return { kind: 'node' };
  if (known.chain !== chain) return { kind: 'other', known };
  return known.given ? { kind: 'given' } : { kind: 'pinned', since: known.since };
}

/** Steps that compare with a committee that was proved before. */
const OF_THE_WAY: ReadonlySet<string> = new Set<StepKey>(['walk', 'committee', 'draw']);

/** The way to a round, and its evidence. */
class Check {
  readonly #source: Source;
  readonly #asks: readonly [AskWorker, ...AskWorker[]];
  readonly #genesis: Genesis;
  readonly #round: number;
  readonly #evidence: Bytes;
  readonly #watch: Watch;
  readonly #portion: number;

  constructor(
    source: Source,
    asks: readonly [AskWorker, ...AskWorker[]],
    genesis: Genesis,
    round: number,
    evidence: Bytes,
    watch: Watch,
    portion: number,
  ) {
    this.#source = source;
    this.#asks = asks;
    this.#genesis = genesis;
    this.#round = round;
    this.#evidence = evidence;
    this.#watch = watch;
    this.#portion = portion;
  }

  async from(start: Known): Promise<Outcome> {
    const known = await this.walk(start, this.#round);
    const way: Step =
      'key' in known
        ? known
        : {
            key: 'walk',
            state: 'ok',
            ...holding(found('walk', this.#round - start.round, start.round)),
          };
    this.#watch.step(way);
    if ('key' in known) return { holds: false, steps: [known], failed: known };
    const { rules } = this.#genesis;
    const question = { kind: 'round', rules, known, evidence: this.#evidence } as const;
    const done = await this.#asks[0](question, this.#watch.step);
    if (done.kind !== 'done') throw new Mismatch(unanswered(done));
    return done.outcome.holds ? done.outcome : { ...done.outcome, steps: [way, ...done.outcome.steps] };
  }

  /** From known committees to those of a later round, or the step that does not hold. */
  async walk(start: Known, round: number): Promise<Known | Failure> {
    const { rules } = this.#genesis;
    this.#watch.began(start.round);
    const way = {
      rules,
      boundaries: this.#source.boundaries,
      asks: this.#asks,
      portion: this.#portion,
      reached: (known: Known) => {
        saveKnown(rules.chain, known);
        this.#watch.walked(known.round - start.round, round - start.round);
      },
    };
    const reached = await walkTo(way, start, round);
    return 'kind' in reached ? failing('walk', reached) : reached;
  }
}
