import { bls12_381 } from '@noble/curves/bls12-381.js';
import { describe, expect, it } from 'vitest';
import { bigEndian } from '../bytes';
import { type Claim, firstFalse } from './bls';

const scheme = bls12_381.shortSignatures;
const DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';
const secrets = Array.from({ length: 6 }, (_, index) => bigEndian(1_000 + index, 32));
const keys = secrets.map((secret) => scheme.getPublicKey(secret).toBytes(true));
let salt = 0;

/** A message that no other claim has, signed by these. */
function claim(signers: readonly number[], signedBy = signers): Claim {
  salt += 1;
  const message = bigEndian(salt, 8);
  const point = scheme.hash(message, DST);
  const signature = scheme.aggregateSignatures(signedBy.map((place) => scheme.sign(point, secrets[place]!)));
  return { signers: signers.map((place) => keys[place]!), message, signature: signature.toBytes(true) };
}

const SETS = [
  [0, 1],
  [0, 2],
  [1, 2],
  [2, 3],
  [3, 4],
  [4, 5],
  [0, 5],
  [1, 4],
  [0, 1, 2],
  [3, 4, 5],
];

describe.each([
  // More sets of signers than keys, so that hashes are added up by key; and one set, by which they are added up.
  ['of many committees', SETS],
  ['of one committee', Array.from({ length: 10 }, () => [0, 1, 2, 3])],
])('signatures %s, checked together', (_, sets) => {
  const honest = () => sets.map((signers) => claim(signers));

  it('hold', () => {
    expect(firstFalse(honest())).toBe(-1);
  });

  it('are named where one is of others than it says', { timeout: 120_000 }, () => {
    for (const bad of [0, 4, sets.length - 1]) {
      const claims = honest();
      const signers = sets[bad]!;
      claims[bad] = claim(signers, [...signers.slice(1), 5 - signers[0]!]);
      expect(firstFalse(claims)).toBe(bad);
    }
  });

  it('do not make up for each other: two that are swapped are both false', () => {
    const claims = honest();
    const [one, other] = [claims[2]!, claims[3]!];
    claims[2] = { ...one, signature: other.signature };
    claims[3] = { ...other, signature: one.signature };
    expect(firstFalse(claims)).toBe(2);
  });
});
