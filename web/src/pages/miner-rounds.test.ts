import { expect, it } from 'vitest';
import type { MinerRound } from '../api/types';
import { everyRound } from './miner-rounds';

const told = (round: number, more: Partial<MinerRound> = {}): MinerRound => ({
  round,
  height: round * 10,
  timestamp_ms: round,
  votes: String(round * 100),
  weight: String(round * 90),
  coefficient: '1',
  produced_total: 1,
  slots_total: 1,
  locked: '1',
  voters: 1,
  seat: null,
  ...more,
});

it('has every round, those that the node leaves out as the one before and without a seat', () => {
  const seat = {
    index: 0,
    produced: 1,
    missed: 0,
    pool: '1',
    lucky: false,
    votes: '1',
    rewards: '1',
    fees: '1',
  };
  const rounds = everyRound([told(7), told(4, { seat })], 8);
  expect(rounds.map(({ round }) => round)).toEqual([4, 5, 6, 7, 8]);
  expect(rounds.map(({ votes }) => votes)).toEqual(['400', '400', '400', '700', '700']);
  expect(rounds.map((one) => one.seat != null)).toEqual([true, false, false, false, false]);
});

it('does not guess what depends on the average of all miners', () => {
  const [, between] = everyRound([told(2, { slots_total: 0 })], 3);
  expect(between).toMatchObject({ votes: '200', weight: null, coefficient: null });
});

it('has the newest rounds where there are more than fit', () => {
  const rounds = everyRound([told(1), told(0)], 2 ** 40);
  expect(rounds.map(({ votes }) => votes)).toEqual(Array(120).fill('100'));
  expect(rounds.at(-1)?.round).toBe(2 ** 40);
});
