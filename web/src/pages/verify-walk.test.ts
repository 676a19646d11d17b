import { expect, it } from 'vitest';
import type { Known, Rules } from '../lib/verify/genesis';
import { fault } from '../lib/verify/faults';
import { type AskWorker, walkTo } from './verify-walk';

/** The committees of a round and the next, by their numbers. */
const at = (round: number): Known => ({ round, roots: [`${round}`, `${round + 1}`] });

/** A node that gives so many steps an answer, and a worker that takes them for good. */
function walkOf(rounds: number, steps: number, portion: number, workers: number) {
  let answers = 0;
  const ask: AskWorker = (question) => {
    if (question.kind !== 'walk') throw new Error(question.kind);
    const [from = 0, to = 0] = new Uint32Array(question.boundaries.buffer);
    return Promise.resolve({ kind: 'walked', way: { from: at(from), to: at(to) } });
  };
  const boundaries = (from: number, limit: number) => {
    answers += 1;
    const document = Uint32Array.of(from, from + Math.min(steps, limit));
    return Promise.resolve(new Uint8Array(document.buffer));
  };
  const asks = Array.from({ length: workers }, () => ask);
  const walk = { rules: {} as Rules, boundaries, asks, portion, reached: () => undefined };
  return { end: walkTo(walk, at(0), rounds), answers: () => answers };
}

it.each([
  [10_000, 128, 128, 3],
  [10_000, 512, 4_096, 2],
  [7, 1, 128, 1],
])('%i rounds are walked with %i in an answer', async (rounds, steps, portion, workers) => {
  const { end, answers } = walkOf(rounds, steps, portion, workers);
  expect(await end).toEqual(at(rounds));
  expect(answers()).toBe(Math.ceil(rounds / Math.min(steps, portion)));
});

it.each([1, 3])('one end of a round an answer is given up soon, with %i workers', async (workers) => {
  const { end, answers } = walkOf(10_000, 1, 128, workers);
  const far = workers === 1 ? 95 : 32;
  expect(await end).toMatchObject(fault('manyAnswers', 0, far));
  expect(answers()).toBe(Math.ceil(10_000 / 128) + 16);
});
