/** Hash-made choices: beacons, slots, the lucky member and the draw (mechanism.md sections 2, 6 and 8). */

import { sha256 } from '@noble/hashes/sha2.js';
import { bigEndian, concat, toBigInt, utf8, type Bytes } from '../bytes';

function hash(tag: string, ...parts: readonly Uint8Array[]): Bytes {
  return Uint8Array.from(sha256(concat(utf8(tag), ...parts)));
}

/** `floor(hash * size / 2^256)`: a point below `size`. */
function scaled(digest: Uint8Array, size: bigint): bigint {
  return (toBigInt(digest) * size) >> 256n;
}

/** The beacon that follows from that of the parent and the producer's unique signature. */
export function nextBeacon(parent: Uint8Array, vrf: Uint8Array): Bytes {
  return hash('etm/beacon/v1', parent, vrf);
}

/** Index in the committee of the member on turn in a slot. `seed` is the beacon of the last block of the round before. */
export function turn(round: bigint, seed: Uint8Array, slot: bigint, members: number): number {
  return Number(scaled(hash('etm/slot/v1', bigEndian(round, 8), seed, bigEndian(slot, 8)), BigInt(members)));
}

/** The hash that picks the lucky member of a round, and the index it picks. */
export function lucky(round: bigint, beacon: Uint8Array, members: number): { hash: Bytes; index: number } {
  const digest = hash('etm/lucky/v1', bigEndian(round, 8), beacon);
  return { hash: digest, index: Number(scaled(digest, BigInt(members))) };
}

export interface Candidate {
  readonly id: number;
  readonly weight: bigint;
}

export interface Pick {
  readonly id: number;
  readonly hash: Bytes;
  readonly total: bigint;
  readonly point: bigint;
}

/** Sums of prefixes with removal, in O(log n) a step. */
class Fenwick {
  readonly #tree: bigint[];

  constructor(values: readonly bigint[]) {
    this.#tree = [0n, ...values];
    for (let index = 1; index < this.#tree.length; index += 1) {
      const parent = index + (index & -index);
      if (parent < this.#tree.length) this.#tree[parent] = this.#at(parent) + this.#at(index);
    }
  }

  #at(index: number): bigint {
    return this.#tree[index] ?? 0n;
  }

  subtract(position: number, value: bigint): void {
    for (let index = position + 1; index < this.#tree.length; index += index & -index) {
      this.#tree[index] = this.#at(index) - value;
    }
  }

  /** The first position whose cumulative sum exceeds `point`. */
  find(point: bigint): number {
    let position = 0;
    let rest = point;
    let step = 1 << Math.floor(Math.log2(Math.max(1, this.#tree.length - 1)));
    for (; step > 0; step >>= 1) {
      const next = position + step;
      if (next < this.#tree.length && this.#at(next) <= rest) {
        position = next;
        rest -= this.#at(next);
      }
    }
    return position;
  }
}

/**
 * Draws `size` members for `round`. Candidates must be sorted by id, each with a weight above 0; the result is in
 * the order drawn.
 */
export function draw(
  round: bigint,
  beacon: Uint8Array,
  candidates: readonly Candidate[],
  size: number,
): Pick[] {
  if (size > candidates.length) throw new RangeError('there are fewer candidates than seats');
  const weights = new Fenwick(candidates.map((candidate) => candidate.weight));
  let total = candidates.reduce((sum, candidate) => sum + candidate.weight, 0n);
  const picks: Pick[] = [];
  for (let index = 0; index < size; index += 1) {
    const digest = hash('etm/draw/v1', bigEndian(round, 8), beacon, bigEndian(index, 4));
    const point = scaled(digest, total);
    const position = weights.find(point);
    const member = candidates[position];
    if (member === undefined) throw new RangeError('a candidate has no weight');
    picks.push({ id: member.id, hash: digest, total, point });
    weights.subtract(position, member.weight);
    total -= member.weight;
  }
  return picks;
}
