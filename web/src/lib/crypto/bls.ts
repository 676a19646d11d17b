/**
 * BLS12-381 in the MinSig arrangement: keys in G2 (96 bytes), signatures in G1 (48 bytes). Beacon contributions,
 * certificates and proofs of possession.
 */

import { pippenger } from '@noble/curves/abstract/curve.js';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  bigEndian,
  concat,
  equal,
  fromHexOf,
  inNamespace,
  toBigInt,
  toHex,
  utf8,
  type Bytes,
} from '../bytes';

const scheme = bls12_381.shortSignatures;
const { G1, G2 } = bls12_381;
type Key = InstanceType<typeof G2.Point>;
type Signature = InstanceType<typeof G1.Point>;

const MESSAGE_DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';
export const POSSESSION_DST = 'BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';

/** `floor((n - 1) / 3)` members may be faulty; all others must sign. */
export function quorum(members: number): number {
  return members - Math.floor((members - 1) / 3);
}

/** A signature that is said to be the sum of those of all the signers over one message. */
export interface Claim {
  /** BLS keys, 96 bytes each; whoever has one proved to hold its secret, so adding them up is safe. */
  readonly signers: readonly Uint8Array[];
  /** What was signed, in its namespace. */
  readonly message: Uint8Array;
  /** 48 bytes. */
  readonly signature: Uint8Array;
}

/** A beacon contribution: the producer's unique signature over the beacon of the parent and the height. */
export function beaconClaim(
  chain: string,
  key: Uint8Array,
  parentBeacon: Uint8Array,
  height: bigint,
  vrf: Uint8Array,
): Claim {
  const name = concat(utf8('etm/vrf/v1'), fromHexOf(chain, 32));
  return {
    signers: [key],
    message: inNamespace(name, concat(parentBeacon, bigEndian(height, 8))),
    signature: vrf,
  };
}

/** What the members of a committee sign when a block becomes final. */
export function finalizeMessage(
  chain: string,
  round: bigint,
  view: bigint,
  parentView: bigint,
  hash: Uint8Array,
): Bytes {
  const name = concat(utf8('etm/consensus/v1'), fromHexOf(chain, 32), utf8('_FINALIZE'));
  return inNamespace(name, concat(varint(round), varint(view), varint(parentView), hash));
}

/** Base 128, least significant group first, in the shortest form. */
function varint(value: bigint): Bytes {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(rest)]);
}

/** What was found valid before, and keys that were decoded: bounded, so that a long walk doesn't fill the memory. */
const REMEMBERED = 8_192;
const valid = new Set<string>();
const keys = new Map<string, Key>();

function remember(digest: string): void {
  if (valid.size >= REMEMBERED) valid.clear();
  valid.add(digest);
}

/** A key in its one encoding; throws on anything else, infinity included. */
function keyOf(bytes: Uint8Array): Key {
  const name = toHex(bytes);
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = G2.Point.fromBytes(bytes);
  if (key.is0() || !equal(key.toBytes(true), bytes)) throw new RangeError('is no BLS key');
  if (keys.size >= REMEMBERED) keys.clear();
  keys.set(name, key);
  return key;
}

function signatureOf(bytes: Uint8Array): Signature {
  const signature = G1.Point.fromBytes(bytes);
  if (signature.is0() || !equal(signature.toBytes(true), bytes)) throw new RangeError('is no signature');
  return signature;
}

function digestOf({ signers, message, signature }: Claim): string {
  return toHex(
    sha256(
      concat(bigEndian(signers.length, 4), ...signers, bigEndian(message.length, 4), message, signature),
    ),
  );
}

/** One claim, ready for the pairing. */
interface Ready {
  readonly digest: string;
  readonly keys: readonly Key[];
  readonly hash: Signature;
  readonly signature: Signature;
}

function prepare(claim: Claim): Ready | null {
  try {
    const points = claim.signers.map(keyOf);
    if (points.length === 0) return null;
    const hash = scheme.hash(claim.message, MESSAGE_DST);
    return { digest: digestOf(claim), keys: points, hash, signature: signatureOf(claim.signature) };
  } catch {
    return null;
  }
}

interface Pair {
  readonly g1: Signature;
  readonly g2: Key;
}

/** What a pairing and an addition in G2 cost, in additions in G1. */
const PAIRING = 300;
const ADDITION = 3;

/** A hash of a claim, times its coefficient. */
interface Weighed {
  readonly keys: readonly Key[];
  readonly hash: Signature;
}

/** Adds `hash` to what is under `at`. */
function collect<T>(sums: Map<T, Signature>, at: T, hash: Signature): void {
  const sum = sums.get(at);
  sums.set(at, sum === undefined ? hash : sum.add(hash));
}

/**
 * The product of `e(hash, sum of keys)` over all claims, as pairs for as little work as possible: one pair for each set of
 * signers, or - a pairing is linear in both places - one for each key. Committees change each round, miners don't.
 */
function pairsOf(claims: readonly Weighed[]): Pair[] {
  const sets = new Map<string, { readonly keys: readonly Key[]; sum: Signature }>();
  const names = new Map<Key, number>();
  let signatures = 0;
  for (const { keys: signers, hash } of claims) {
    for (const key of signers) if (!names.has(key)) names.set(key, names.size);
    signatures += signers.length;
    const name = signers.map((key) => names.get(key)).join();
    const found = sets.get(name);
    if (found === undefined) sets.set(name, { keys: signers, sum: hash });
    else found.sum = found.sum.add(hash);
  }
  const members = [...sets.values()].reduce((sum, set) => sum + set.keys.length, 0);
  if (sets.size * PAIRING + members * ADDITION <= names.size * PAIRING + signatures) {
    return [...sets.values()].map(({ keys: signers, sum }) => ({
      g1: sum,
      g2: signers.reduce((all, key) => all.add(key), G2.Point.ZERO),
    }));
  }
  const sums = new Map<Key, Signature>();
  for (const { keys: signers, hash } of claims) for (const key of signers) collect(sums, key, hash);
  return [...sums].map(([key, sum]) => ({ g1: sum, g2: key }));
}

/**
 * Whether all hold. With one coefficient of 128 bits each, which follow from all of them together, a false one among
 * them makes the sum false but for a chance of 2^-128.
 */
function holdTogether(claims: readonly Ready[]): boolean {
  if (claims.length === 0) return true;
  const seed = sha256(concat(...claims.map((claim) => fromHexOf(claim.digest, 32))));
  const factors = claims.map((_, index) => {
    if (claims.length === 1) return 1n;
    const digest = sha256(concat(utf8('etm/batch/v1'), seed, bigEndian(index, 4)));
    return toBigInt(digest.subarray(0, 16));
  });
  const weighed = claims.map(({ keys: signers, hash }, index) => ({
    keys: signers,
    hash: hash.multiplyUnsafe(factors[index] ?? 0n),
  }));
  try {
    const points = claims.map((claim) => claim.signature);
    // Buckets pay from some ten points on.
    const signatures =
      points.length > 8
        ? pippenger(G1.Point, points, factors)
        : points.reduce(
            (sum, point, index) => sum.add(point.multiplyUnsafe(factors[index] ?? 0n)),
            G1.Point.ZERO,
          );
    const { Fp12 } = bls12_381.fields;
    const product = bls12_381.pairingBatch([
      { g1: signatures.negate(), g2: G2.Point.BASE },
      ...pairsOf(weighed),
    ]);
    return Fp12.eql(product, Fp12.ONE);
  } catch {
    // A sum at infinity: no honest signatures add up to that.
    return false;
  }
}

/** The index of the first claim that doesn't hold, or -1 if all hold. */
export function firstFalse(claims: readonly Claim[]): number {
  const open: { ready: Ready; index: number }[] = [];
  let end = claims.length;
  for (const [index, claim] of claims.entries()) {
    if (valid.has(digestOf(claim))) continue;
    const ready = prepare(claim);
    if (ready === null) {
      end = index;
      break;
    }
    open.push({ ready, index });
  }
  const readies = open.map(({ ready }) => ready);
  if (holdTogether(readies)) {
    for (const { digest } of readies) remember(digest);
    return end === claims.length ? -1 : end;
  }
  // The first false one lies in low .. high - 1.
  let low = 0;
  let high = readies.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (holdTogether(readies.slice(low, middle))) low = middle;
    else high = middle;
  }
  return open[low]?.index ?? end;
}

/** Whether `proof` shows that the owner (20 bytes of the address) holds the BLS key. */
export function verifyPossession(owner: Uint8Array, key: Uint8Array, proof: Uint8Array): boolean {
  const message = inNamespace(concat(utf8('etm/pop/v1'), owner), key);
  try {
    return scheme.verify(signatureOf(proof), scheme.hash(message, POSSESSION_DST), keyOf(key));
  } catch {
    return false;
  }
}
