import { describe, expect, it } from 'vitest';
import type { BonusRow } from '../api/types';
import { ordinaryPart } from './account-charts';

const row = (earned: string, pool: string, lucky_extra: string) =>
  ({ earned, pool, lucky_extra }) as unknown as BonusRow;

describe('what a round paid, by cause', () => {
  it.each([
    ['100', '1200', '1000', 16n],
    ['100', '200', '0', 100n],
    ['0', '0', '0', 0n],
    // No node may say so; what it says is drawn within the chart all the same.
    ['100', '25', '200', 0n],
    ['100', '25', '25', 0n],
  ])('%s of a pool of %s with %s on top', (earned, pool, extra, ordinary) => {
    const part = ordinaryPart(row(earned, pool, extra));
    expect(part).toBe(ordinary);
    expect(part >= 0n && part <= BigInt(earned)).toBe(true);
  });
});
