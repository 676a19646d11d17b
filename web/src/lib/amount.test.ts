import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAmount, formatRatio, MAX_AMOUNT, parseAmount, readInteger } from './amount';

describe('amounts', () => {
  it('read back what they print', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, MAX_AMOUNT), (units) => {
        expect(parseAmount(formatAmount(units))).toEqual({ ok: true, units });
      }),
    );
  });

  it.each([
    ['12.5', 1_250_000_000n],
    ['0.00000001', 1n],
    [' 7 ', 700_000_000n],
    ['90071992.54740993', 9_007_199_254_740_993n],
    ['184467440737.09551615', MAX_AMOUNT],
  ])('reads %s', (text, units) => {
    expect(parseAmount(text)).toEqual({ ok: true, units });
  });

  it.each([
    ['', 'empty'],
    ['.', 'characters'],
    ['.5', 'characters'],
    ['5.', 'characters'],
    ['-1', 'characters'],
    ['+1', 'characters'],
    ['1e3', 'characters'],
    ['1,000', 'characters'],
    ['1.2.3', 'characters'],
    ['٣', 'characters'],
    ['0x10', 'characters'],
    ['1.000000001', 'decimals'],
    ['184467440737.09551616', 'tooLarge'],
    ['9'.repeat(400), 'tooLarge'],
  ])('refuses %s', (text, problem) => {
    expect(parseAmount(text)).toEqual({ ok: false, problem });
  });

  it('groups and pads', () => {
    expect(formatAmount(123_456_789_012_345n, { group: ',' })).toBe('1,234,567.89012345');
    expect(formatAmount(100_000_000n, { minDecimals: 2 })).toBe('1.00');
    expect(formatAmount(-1n)).toBe('-0.00000001');
  });

  it('prints quotients without floats', () => {
    expect(formatRatio(2n, 3n, 4)).toBe('0.6666');
    expect(formatRatio(10n ** 20n, 1n, 0)).toBe('100,000,000,000,000,000,000');
  });

  it('reads only plain decimal numbers from the API', () => {
    expect(readInteger('340282366920938463463374607431768211455')).toBe((1n << 128n) - 1n);
    for (const wrong of ['', '01', '-1', '1.0', '0x1', ' 1']) expect(() => readInteger(wrong)).toThrow();
  });
});
