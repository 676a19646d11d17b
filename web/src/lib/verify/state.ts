/**
 * Records of the state, proved against the root in a header (docs/verify.md section 8). The state is a log of operations in a
 * Merkle mountain range, onto which a bitmap is grafted that says which of them are still the newest of their key: a path from
 * an operation to the root, with the piece of the bitmap it passes, shows that a key has a value now.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { bigEndian, concat, toHex, type Bytes } from '../bytes';
import type { Reader } from '../codec/reader';
import { fault, Mismatch } from './faults';
import { expectSame, expectThat } from './steps';

/** Operations that share a piece of the bitmap, and the height of the node it is grafted on. */
const PIECE_BITS = 256n;
const GRAFTED_HEIGHT = 8;
const PIECE_BYTES = 32;
/** There are never as many operations. */
const LEAVES_MAX = 1n << 61n;
/** Siblings up to the highest peak, and the other peaks. */
const PATH_MAX = 122;
/** What an operation that sets a key begins with. */
const UPDATE = Uint8Array.of(0xd2);
/** Of the family of the tree, and of the way its peaks are folded. */
const DOMAIN = Uint8Array.of(0, 1);

/** What all proofs of one state share. */
export interface StateTree {
  /** How many operations there are. */
  readonly leaves: bigint;
  /** How many of the first peaks hold no newest operation. */
  readonly inactivePeaks: number;
  readonly opsRoot: Bytes;
  /** The hash of the last piece of the bitmap, if that is not full. */
  readonly last: Bytes | null;
}

/** A record with the proof that the state holds it. */
export interface Proved<T> {
  readonly record: T;
  /** As it stands in the state. */
  readonly encoded: Bytes;
  readonly location: bigint;
  readonly piece: Bytes;
  readonly path: readonly Bytes[];
}

export function readTree(input: Reader): StateTree {
  return {
    leaves: input.u64('number of operations'),
    inactivePeaks: input.u8('inactive peaks'),
    opsRoot: input.raw('root of the operations', 32),
    last: input.option('flag of the end of the bitmap', (inner) => inner.raw('end of the bitmap', 32)),
  };
}

export function readProved<T>(input: Reader, read: (input: Reader) => T): Proved<T> {
  const start = input.offset;
  const record = read(input);
  return {
    record,
    encoded: input.since(start),
    location: input.u64('place of an operation'),
    piece: input.raw('piece of the bitmap', PIECE_BYTES),
    path: input.list('path of a record', 0, PATH_MAX, (inner) => inner.raw('node', 32)),
  };
}

const hash = (...parts: readonly Uint8Array[]): Bytes => Uint8Array.from(sha256(concat(...parts)));

/** The key of a record: a hash of its kind and of what tells it from others of its kind. */
export function keyOf(...fields: readonly Uint8Array[]): Bytes {
  return hash(...fields);
}

/** A perfect tree of the range. */
interface Peak {
  readonly first: bigint;
  readonly height: number;
}

const endOf = ({ first, height }: Peak): bigint => first + (1n << BigInt(height));

function bitsSet(value: bigint): bigint {
  let count = 0n;
  for (let rest = value; rest > 0n; rest >>= 1n) count += rest & 1n;
  return count;
}

/** The number of its top among all nodes, which are counted in the order in which they can be made. */
function numberOf({ first, height }: Peak): Bytes {
  return bigEndian(2n * first - bitsSet(first) + (2n << BigInt(height)) - 2n, 8);
}

function peaksOf(leaves: bigint): readonly Peak[] {
  const peaks: Peak[] = [];
  let first = 0n;
  for (let height = 63; height >= 0; height -= 1) {
    if (((leaves >> BigInt(height)) & 1n) === 0n) continue;
    const peak = { first, height };
    peaks.push(peak);
    first = endOf(peak);
  }
  return peaks;
}

/** The nodes of a path, in the order in which they are needed. */
class Nodes {
  readonly #path: readonly Bytes[];
  #next = 0;

  constructor(path: readonly Bytes[]) {
    this.#path = path;
  }

  next(): Bytes {
    const node = this.#path[this.#next];
    if (node === undefined) throw new Mismatch(fault('pathShort'));
    this.#next += 1;
    return node;
  }

  take(count: number): Bytes[] {
    return Array.from({ length: count }, () => this.next());
  }

  finish(): void {
    expectThat(this.#next === this.#path.length, 'pathLong');
  }
}

/** The top of the tree that an operation stands in. */
function topOf(tree: Peak, operation: Bytes, proof: Proved<unknown>, nodes: Nodes): Bytes {
  const number = numberOf(tree);
  if (tree.height === 0) return hash(number, operation);
  const left: Peak = { first: tree.first, height: tree.height - 1 };
  const right: Peak = { first: endOf(left), height: left.height };
  let pair: readonly [Bytes, Bytes];
  if (proof.location < endOf(left)) {
    const top = topOf(left, operation, proof, nodes);
    pair = [top, nodes.next()];
  } else {
    const sibling = nodes.next();
    pair = [sibling, topOf(right, operation, proof, nodes)];
  }
  const node = hash(number, ...pair);
  return tree.height === GRAFTED_HEIGHT ? hash(proof.piece, node) : node;
}

/** One hash of all peaks: the first `fold` from the left, the others from the right. */
function sumOf(tops: readonly Bytes[], fold: number): Bytes {
  const left = tops.slice(0, fold);
  const right = tops.slice(fold);
  const first = left.length === 0 ? null : left.reduce((sum, top) => hash(sum, top));
  const rest = right.length === 0 ? null : right.reduceRight((sum, top) => hash(top, sum));
  if (first !== null && rest !== null) return hash(first, rest);
  return first ?? rest ?? new Uint8Array(32);
}

/** The root of a state in which `key` has the record; throws why the proof can be none. */
function rootOf(tree: StateTree, key: Bytes, proof: Proved<unknown>): Bytes {
  const { leaves, last } = tree;
  const place = proof.location;
  expectThat(leaves <= LEAVES_MAX && place < leaves, 'operationNone', place, leaves);
  const bit = Number(place % PIECE_BITS);
  expectThat((((proof.piece[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1, 'operationOld', place);
  expectThat((last === null) === (leaves % PIECE_BITS === 0n), 'bitmapEnd');
  if (last !== null && place / PIECE_BITS === leaves / PIECE_BITS) {
    expectSame(fault('bitmapPiece'), toHex(hash(proof.piece)), toHex(last));
  }
  const peaks = peaksOf(leaves);
  const inactive = tree.inactivePeaks;
  expectThat(inactive <= peaks.length, 'peaksMany', inactive);
  const own = peaks.findIndex((peak) => place < endOf(peak));
  const peak = peaks[own];
  if (peak === undefined) throw new Mismatch(fault('peaksNone'));
  const nodes = new Nodes(proof.path);
  // The inactive peaks before it come folded into one, the active ones behind the inactive ones one by one.
  const folded = Math.min(inactive, own);
  const before = nodes.take((folded > 0 ? 1 : 0) + own - folded);
  const behind = peaks.length - own - 1;
  const single = Math.min(Math.max(inactive - own - 1, 0), behind);
  const after = nodes.take(single + (behind > single ? 1 : 0));
  const operation = concat(UPDATE, key, bigEndian(proof.encoded.length, 4), proof.encoded);
  const tops = [...before, topOf(peak, operation, proof, nodes), ...after];
  nodes.finish();
  const fold = folded === 0 ? inactive : inactive - folded + 1;
  const sum = sumOf(tops, Math.max(fold, 1));
  const said = inactive === 0 ? [] : [bigEndian(inactive, 8)];
  const grafted = hash(DOMAIN, bigEndian(leaves, 8), ...said, sum);
  const end = last === null ? [] : [bigEndian(leaves % PIECE_BITS, 8), last];
  return hash(tree.opsRoot, grafted, ...end);
}

/** The record, once it is shown to be what `key` has in the state with `root`, in hex. */
export function proved<T>(tree: StateTree, root: string, key: Bytes, proof: Proved<T>): T {
  expectSame(fault('stateRoot'), toHex(rootOf(tree, key, proof)), root);
  return proof.record;
}
