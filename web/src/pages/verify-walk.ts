/** The walk over a node's boundaries, in portions that several workers check at once. */

import type { Bytes } from '../lib/bytes';
import type { Answer, Ask } from '../lib/verify/answer';
import { type Fault, fault, Mismatch } from '../lib/verify/faults';
import type { Known, Rules } from '../lib/verify/genesis';
import { BOUNDARIES_STEPS_LEAST } from '../lib/verify/limits';
import type { Step } from '../lib/verify/steps';
import type { Way } from '../lib/verify/walk';

/** Ends of rounds that are asked for at once: enough to be quick, few enough to be watched and stopped. */
export const PORTION = 128;

/** Answers beyond the fewest that a walk takes, all portions together: whoever makes more of it keeps a reader waiting. */
const SPARE_ANSWERS = 16;

/** How many answers a walk may still take. */
interface Allowance {
  left: number;
}

function allowance(rounds: number, portion: number): Allowance {
  return { left: Math.ceil(rounds / Math.min(portion, BOUNDARIES_STEPS_LEAST)) + SPARE_ANSWERS };
}

export type AskWorker = (question: Ask, onStep?: (step: Step) => void) => Promise<Answer>;

export interface Walk {
  readonly rules: Rules;
  readonly boundaries: (from: number, limit: number) => Promise<Bytes>;
  /** One for each portion that may be checked at the same time. */
  readonly asks: readonly AskWorker[];
  readonly portion: number;
  /** Told of each place that is proved, in order. */
  readonly reached: (known: Known) => void;
}

/** Why a worker did not answer what was asked. */
export function unanswered(answer: Answer): Fault {
  return answer.kind === 'failed' ? answer.fault : fault('noAnswer');
}

function expectJoined(known: Known, { from }: Way): void {
  if (from.round !== known.round) {
    throw new Mismatch(fault('otherRounds', from.round, known.round));
  }
  if (from.roots.join() !== known.roots.join()) {
    const differs = from.roots[0] === known.roots[0] ? 1 : 0;
    const what = fault('committeeRootOf', from.round + differs);
    throw new Mismatch(fault('differs', what, from.roots[differs], known.roots[differs]));
  }
}

/**
 * The way from a round to round `to`, as many answers as the node makes of it: from known committees, or from whatever committees
 * it begins with.
 */
async function wayBetween(
  walk: Walk,
  ask: AskWorker,
  start: Known | number,
  to: number,
  answers: Allowance,
): Promise<Way> {
  const from = typeof start === 'number' ? start : start.round;
  let whole: Way | null = null;
  let at = from;
  while (at < to) {
    answers.left -= 1;
    if (answers.left < 0) throw new Mismatch(fault('manyAnswers', from, at));
    const boundaries = await walk.boundaries(at, to - at);
    const known: Known | null = whole?.to ?? (typeof start === 'number' ? null : start);
    const answer = await ask({ kind: 'walk', rules: walk.rules, known, boundaries });
    if (answer.kind !== 'walked') throw new Mismatch(unanswered(answer));
    const { way } = answer;
    if (way.to.round > to) throw new Mismatch(fault('moreRounds'));
    if (way.from.round !== at) {
      throw new Mismatch(fault('otherRounds', way.from.round, at));
    }
    whole = whole === null ? way : { from: whole.from, to: way.to };
    at = way.to.round;
  }
  if (whole === null) throw new Mismatch(fault('noWay', from, to));
  return whole;
}

/**
 * From known committees to those of a later round, or what does not hold. Each portion alone proves that the committees it
 * begins with lead to those it ends with; it counts once those it begins with are proved, which the portion before does.
 */
export async function walkTo(walk: Walk, start: Known, round: number): Promise<Known | Fault> {
  const answers = allowance(round - start.round, walk.portion);
  const begins: number[] = [];
  for (let from = start.round; from < round; from += walk.portion) begins.push(from);
  /** Ended portions, by where they begin; those that wait for one are told when it ends. */
  const ends: ((way: Promise<Way>) => void)[] = [];
  const ways = begins.map((_, index) => new Promise<Way>((end) => (ends[index] = end)));
  let begun = 0;
  let over = false;
  /** One worker: takes portion after portion until there is none left, or the walk is over. */
  const work = async (ask: AskWorker): Promise<void> => {
    while (!over && begun < begins.length) {
      const index = begun;
      begun += 1;
      const from = begins[index] ?? start.round;
      const to = Math.min(from + walk.portion, round);
      const way = wayBetween(walk, ask, index === 0 ? start : from, to, answers);
      ends[index]?.(way);
      await way.catch(() => (over = true));
    }
  };
  // Whoever awaits them in order hears of the first that failed; the others are of no account then.
  for (const way of ways) way.catch(() => undefined);
  for (const ask of walk.asks) void work(ask);
  let known = start;
  try {
    for (const ended of ways) {
      const way = await ended;
      expectJoined(known, way);
      known = way.to;
      walk.reached(known);
    }
    return known;
  } catch (error) {
    if (error instanceof Mismatch) return error.fault;
    throw error;
  } finally {
    over = true;
  }
}
