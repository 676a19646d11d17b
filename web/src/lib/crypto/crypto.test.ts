import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../address';
import { fromHex, toHex, utf8 } from '../bytes';
import { newPhrase, parsePhrase, seedOfPhrase, seedOfV1Secret } from './phrase';
import { deriveSeed } from './slip10';
import { open, seal, WrongPassword } from './vault';

describe('SLIP-0010', () => {
  // Test vector 1 of the specification, ed25519.
  const master = fromHex('000102030405060708090a0b0c0d0e0f');
  it.each([
    [[], '2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7'],
    [[0], '68e0fe46dfb67e368c75379acec591dad19df3cde26e63b93a8e704f1dade7a3'],
    [[0, 1], 'b1d0bad404bf35da785a64ca1ac54b2617211d2777696fbffaf208f746ae84f2'],
    [[0, 1, 2], '92a5b23c0b8a99e37d07df3fb9966917f5d06e02ddbd909c7e184371463e9fc9'],
  ])('derives %j', (path, expected) => {
    expect(toHex(deriveSeed(master, path))).toBe(expected);
  });
});

describe('recovery phrases', () => {
  const known = `${'abandon '.repeat(23)}art`;

  it('are made valid and read back in any case and spacing', () => {
    const phrase = newPhrase();
    expect(phrase.split(' ')).toHaveLength(24);
    expect(parsePhrase(`  ${phrase.toUpperCase().replaceAll(' ', ' \n ')} `)).toEqual({ ok: true, phrase });
    expect(newPhrase()).not.toBe(phrase);
  });

  it('give one seed', () => {
    expect(parsePhrase(known).ok).toBe(true);
    expect(toHex(seedOfPhrase(known))).toHaveLength(64);
    expect(toHex(seedOfPhrase(known))).toBe(toHex(seedOfPhrase(known)));
  });

  it('say what is wrong', () => {
    expect(parsePhrase('')).toMatchObject({ problem: { kind: 'empty' } });
    expect(parsePhrase('abandon art')).toMatchObject({ problem: { kind: 'count', found: 2 } });
    expect(parsePhrase(known.replace('art', 'arf'))).toMatchObject({
      problem: { kind: 'word', position: 24, word: 'arf' },
    });
    expect(parsePhrase('abandon '.repeat(24))).toMatchObject({ problem: { kind: 'checksum' } });
  });
});

describe('secrets of the original network', () => {
  it('are hashed exactly as typed', () => {
    // SHA-256("abc").
    expect(toHex(seedOfV1Secret('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(toHex(seedOfV1Secret('abc '))).not.toBe(toHex(seedOfV1Secret('abc')));
    expect(addressOf(ed25519.getPublicKey(seedOfV1Secret('abc')))).toMatch(/^A[1-9A-HJ-NP-Za-km-z]{25,33}$/);
  });
});

describe('the vault', () => {
  it('opens with the password only, in its own place only', async () => {
    const secret = utf8('a secret');
    const box = await seal(secret, 'correct horse', 'here');
    expect(JSON.stringify(box)).not.toContain(toHex(secret));
    expect([...(await open(box, 'correct horse', 'here'))]).toEqual([...secret]);
    await expect(open(box, 'Correct horse', 'here')).rejects.toBeInstanceOf(WrongPassword);
    await expect(open(box, 'correct horse', 'there')).rejects.toBeInstanceOf(WrongPassword);
    const flipped = (box.data.startsWith('0') ? '1' : '0') + box.data.slice(1);
    await expect(open({ ...box, data: flipped }, 'correct horse', 'here')).rejects.toBeInstanceOf(
      WrongPassword,
    );
    await expect(open({ ...box, N: 2 ** 30 }, 'correct horse', 'here')).rejects.toBeInstanceOf(WrongPassword);
  });
});
