import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { giniMilli, nakamoto } from './concentration';
import { percent, percentColumn } from './format';
import { yearlyPercent } from './returns';

describe('concentration', () => {
  it('is known in the simple cases', () => {
    expect(giniMilli([5n, 5n, 5n, 5n])).toBe(0);
    expect(giniMilli([0n, 0n, 0n, 8n])).toBe(750);
    expect(giniMilli([])).toBe(0);
    expect(nakamoto([40n, 30n, 20n, 10n], 33)).toBe(1);
    expect(nakamoto([40n, 30n, 20n, 10n], 50)).toBe(2);
    // Half is not more than half.
    expect(nakamoto([50n, 50n], 50)).toBe(2);
    expect(nakamoto([0n], 50)).toBe(0);
  });

  it('is what its definition says, for any values', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 10n ** 24n), { minLength: 1, maxLength: 30 }), (values) => {
        const total = values.reduce((sum, value) => sum + value, 0n);
        const gaps = values
          .flatMap((left) => values.map((right) => (left > right ? left - right : right - left)))
          .reduce((sum, gap) => sum + gap, 0n);
        const mean = total === 0n ? 0 : Number((1000n * gaps) / (2n * BigInt(values.length) * total));
        expect(giniMilli(values)).toBe(mean);
        const few = nakamoto(values, 33);
        const largest = values.toSorted((left, right) => (left > right ? -1 : 1));
        const sum = (count: number) => largest.slice(0, count).reduce((all, value) => all + value, 0n);
        if (total > 0n) {
          expect(sum(few) * 100n > total * 33n).toBe(true);
          expect(sum(few - 1) * 100n > total * 33n).toBe(false);
        }
      }),
    );
  });
});

describe('what an amount earns in a year', () => {
  it('is 365 days of it, rounded down, with more digits where it is little', () => {
    expect(yearlyPercent(1n, 365n)).toBe('100.0\u00a0%');
    expect(yearlyPercent(1n, 36_500n)).toBe('1.00\u00a0%');
    expect(yearlyPercent(0n, 1000n)).toBe('0.00\u00a0%');
    expect(yearlyPercent(5n, 0n)).toBe('–\u00a0%');
  });

  it('is never nothing where there is something', () => {
    expect(yearlyPercent(308_316_833n, 12_345_678_912_345_678n)).toBe('<\u00a00.01\u00a0%');
    expect(yearlyPercent(1n, 3_650_000n)).toBe('0.01\u00a0%');
    expect(yearlyPercent(1n, 3_650_001n)).toBe('<\u00a00.01\u00a0%');
    expect(percent(99)).toBe('<\u00a00.00001\u00a0%');
    expect(percent(100)).toBe('0.00001\u00a0%');
    expect(percent(0)).toBe('0\u00a0%');
  });
});

it('no line ends between a percentage and its sign', () => {
  for (const ppb of [0, 1, 195_800, 12_000_000, 999_000_000]) {
    expect(percent(ppb) + percentColumn(ppb)).toMatch(/^[^ ]+$/);
  }
});
