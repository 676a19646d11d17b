import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFromHash, parseAddress } from './address';

const hash = Uint8Array.from({ length: 20 }, (_, index) => index * 7);

describe('addresses', () => {
  it('read back what they print', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        const parsed = parseAddress(addressFromHash(bytes));
        expect(parsed.ok && [...parsed.hash]).toEqual([...bytes]);
      }),
    );
  });

  it('notice every mistyped character', () => {
    const address = addressFromHash(hash);
    for (let index = 1; index < address.length; index += 1) {
      const other = address[index] === 'z' ? 'y' : 'z';
      const mistyped = address.slice(0, index) + other + address.slice(index + 1);
      expect(parseAddress(mistyped).ok).toBe(false);
    }
  });

  it.each([
    ['', 'empty'],
    ['B123', 'prefix'],
    ['A0OIl', 'character'],
    ['A\u202e123', 'character'],
    ['A123', 'length'],
    ['A'.repeat(5000), 'length'],
  ])('refuse %s', (text, problem) => {
    expect(parseAddress(text)).toMatchObject({ ok: false, problem });
  });

  it('name the checksum when only that is wrong', () => {
    const address = addressFromHash(hash);
    const last = address.endsWith('2') ? '3' : '2';
    expect(parseAddress(address.slice(0, -1) + last)).toMatchObject({ ok: false, problem: 'checksum' });
  });
});
