/** The receipts of a round's last block that a check needs, and the tree that binds them (docs/verify.md section 2). */

import { sha256 } from '@noble/hashes/sha2.js';
import { bigEndian, concat, toHex, utf8, type Bytes } from '../bytes';
import { COMMITTEE_MAX } from '../codec/block';
import { DecodeError, type Reader } from '../codec/reader';
import { expectThat } from './steps';

export type Receipt =
  | {
      readonly kind: 'bonus';
      readonly total: bigint;
      readonly ordinary: bigint;
      readonly luckyExtra: bigint;
      readonly carry: bigint;
    }
  | { readonly kind: 'lucky'; readonly miner: number; readonly extra: bigint }
  | { readonly kind: 'pool'; readonly miner: number; readonly pool: bigint; readonly votes: bigint }
  | { readonly kind: 'average'; readonly average: bigint }
  | {
      readonly kind: 'draw';
      readonly round: bigint;
      readonly candidates: number;
      readonly candidatesHash: string;
      readonly total: bigint;
      readonly members: readonly number[];
      readonly kept: boolean;
    }
  | { readonly kind: 'fees'; readonly total: bigint; readonly perBlock: bigint; readonly remainder: bigint };

export type ReceiptOf<K extends Receipt['kind']> = Extract<Receipt, { readonly kind: K }>;

interface Chosen {
  readonly index: number;
  readonly receipt: Receipt;
  readonly leaf: Bytes;
}

/** Some receipts of a block with what is missing to compute the root of all. */
export interface ChosenReceipts {
  readonly count: number;
  readonly chosen: readonly Chosen[];
  readonly path: readonly Bytes[];
}

const RECEIPTS_MAX = 2 ** 22;
const CHOSEN_MAX = COMMITTEE_MAX + 5;
const PATH_MAX = 2_332;

function readReceipt(input: Reader): Receipt {
  const offset = input.offset;
  const tag = input.u8('receipt tag');
  switch (tag) {
    case 4:
      return {
        kind: 'bonus',
        total: input.u64('bonus'),
        ordinary: input.u64('ordinary pool'),
        luckyExtra: input.u64('bonus on top'),
        carry: input.u64('carry'),
      };
    case 5:
      return { kind: 'lucky', miner: input.u32('lucky member'), extra: input.u64('amount on top') };
    case 6:
      return {
        kind: 'pool',
        miner: input.u32('member'),
        pool: input.u64('pool'),
        votes: input.u128('votes'),
      };
    case 10:
      return { kind: 'average', average: input.u64('average') };
    case 11:
      return {
        kind: 'draw',
        round: input.u64('round drawn for'),
        candidates: input.u32('candidates'),
        candidatesHash: input.hex('hash of the candidates', 32),
        total: input.u128('sum of weights'),
        members: input.list('members drawn', 0, COMMITTEE_MAX, (inner) => inner.u32('member drawn')),
        kept: input.tag('kept', 1) === 1,
      };
    case 13:
      return {
        kind: 'fees',
        total: input.u64('fees'),
        perBlock: input.u64('fees of a block'),
        remainder: input.u64('remainder of the fees'),
      };
    default:
      throw new DecodeError('receipt', offset, `tag ${tag} is none that a check needs`);
  }
}

export function readChosenReceipts(input: Reader): ChosenReceipts {
  const start = input.offset;
  const count = input.u32('number of receipts');
  if (count > RECEIPTS_MAX) {
    throw new DecodeError('number of receipts', start, `${count} is above ${RECEIPTS_MAX}`);
  }
  let before = -1;
  const chosen = input.list('chosen receipts', 1, CHOSEN_MAX, (inner) => {
    const offset = inner.offset;
    const index = inner.u32('index of a receipt');
    if (index <= before || index >= count) {
      throw new DecodeError('index', offset, `must rise and be below ${count}`);
    }
    before = index;
    const begin = inner.offset;
    const receipt = readReceipt(inner);
    return { index, receipt, leaf: leafOf(inner.since(begin)) };
  });
  const path = input.list('path', 0, PATH_MAX, (inner) => inner.raw('hash of the path', 32));
  return { count, chosen, path };
}

function leafOf(encoding: Uint8Array): Bytes {
  return Uint8Array.from(sha256(concat(Uint8Array.of(0), encoding)));
}

/** The root of all receipts of the block that the chosen ones and the path lead to; throws if the path does not fit. */
export function receiptsRoot({ count, chosen, path }: ChosenReceipts): string {
  let nextChosen = 0;
  let nextHash = 0;
  const top = (first: number, size: number): Uint8Array => {
    const leaf = chosen[nextChosen];
    if (leaf === undefined || leaf.index >= first + size) {
      const hash = path[nextHash];
      expectThat(hash !== undefined, 'receiptsPathShort');
      nextHash += 1;
      return hash;
    }
    if (size === 1) {
      nextChosen += 1;
      return leaf.leaf;
    }
    const split = 2 ** (31 - Math.clz32(size - 1));
    const left = top(first, split);
    return sha256(concat(Uint8Array.of(1), left, top(first + split, size - split)));
  };
  const all = top(0, count);
  expectThat(nextHash === path.length, 'receiptsPathLong');
  return toHex(sha256(concat(Uint8Array.of(2), bigEndian(count, 4), all)));
}

export interface Candidate {
  readonly miner: number;
  readonly votes: bigint;
  readonly produced: bigint;
  readonly slots: bigint;
  readonly weight: bigint;
}

const CANDIDATES_MAX = 2 ** 20;
const CANDIDATES_TAG = utf8('etm/candidates/v1');

export interface Candidates {
  readonly list: readonly Candidate[];
  readonly hash: string;
}

export function readCandidates(input: Reader): Candidates {
  const start = input.offset;
  const list = input.list('candidates', 0, CANDIDATES_MAX, (inner) => ({
    miner: inner.u32('candidate'),
    votes: inner.u128('votes'),
    produced: inner.u64('blocks'),
    slots: inner.u64('slots'),
    weight: inner.u128('weight'),
  }));
  return { list, hash: toHex(sha256(concat(CANDIDATES_TAG, input.since(start)))) };
}
