/** Headers, committees and finalizations, as they are hashed and signed. */

import { sha256 } from '@noble/hashes/sha2.js';
import { concat, toHex, utf8, type Bytes } from '../bytes';
import { decode, DecodeError, type Reader } from './reader';

const HEADER_VERSION = 1;
const COMMITTEE_TAG = utf8('etm/committee/v1');
const COMMITTEE_MAX = 101;
export const ZERO_HASH = '0'.repeat(64);

export interface Header {
  readonly chain: string;
  readonly height: bigint;
  readonly round: bigint;
  readonly slot: bigint;
  /** The slot of the parent if it lies in the same round, else 0. */
  readonly parentSlot: bigint;
  readonly parent: string;
  readonly timestampMs: bigint;
  readonly producer: number;
  /** Node key of the producer. */
  readonly leader: string;
  readonly vrf: Bytes;
  readonly beacon: Bytes;
  readonly transactionsRoot: string;
  readonly stateRoot: string;
  readonly opsRoot: string;
  readonly opsStart: bigint;
  readonly opsEnd: bigint;
  readonly receiptsRoot: string;
  readonly committeeRoot: string;
}

export function decodeHeader(bytes: Uint8Array): Header {
  return decode(bytes, (input) => {
    if (input.u8('header version') !== HEADER_VERSION) {
      throw new DecodeError('header version at byte 0: must be 1');
    }
    return {
      chain: input.hex('chain id', 32),
      height: input.u64('height'),
      round: input.u64('round'),
      slot: input.u64('slot'),
      parentSlot: input.u64('parent slot'),
      parent: input.hex('parent', 32),
      timestampMs: input.u64('timestamp'),
      producer: input.u32('producer'),
      leader: input.hex('leader', 32),
      vrf: input.raw('vrf', 48),
      beacon: input.raw('beacon', 32),
      transactionsRoot: input.hex('transactions root', 32),
      stateRoot: input.hex('state root', 32),
      opsRoot: input.hex('operations root', 32),
      opsStart: input.u64('operations start'),
      opsEnd: input.u64('operations end'),
      receiptsRoot: input.hex('receipts root', 32),
      committeeRoot: input.hex('committee root', 32),
    };
  });
}

/** A block's hash: SHA-256 of its encoded header. */
export function headerHash(encoded: Uint8Array): string {
  return toHex(sha256(encoded));
}

export interface Member {
  readonly miner: number;
  /** ed25519 key of the node, in hex. */
  readonly node: string;
  /** BLS key, 96 bytes. */
  readonly bls: Bytes;
  readonly dial: string;
  readonly name: string;
}

export interface Committee {
  readonly round: bigint;
  /** In the order drawn. */
  readonly members: readonly Member[];
}

function readMember(input: Reader): Member {
  return {
    miner: input.u32('miner id'),
    node: input.hex('node key', 32),
    bls: input.raw('BLS key', 96),
    dial: input.shortText('dial address', 3, 128),
    name: input.shortText('miner name', 1, 20),
  };
}

export function decodeCommittee(bytes: Uint8Array): Committee {
  return decode(bytes, (input) => {
    const committee = {
      round: input.u64('committee round'),
      members: input.list('committee members', 1, COMMITTEE_MAX, readMember),
    };
    const distinct = (key: (member: Member) => string) =>
      new Set(committee.members.map(key)).size === committee.members.length;
    if (
      !distinct((member) => String(member.miner)) ||
      !distinct((member) => member.node) ||
      !distinct((member) => toHex(member.bls))
    ) {
      throw new DecodeError('committee: miners, node keys and BLS keys must each be distinct');
    }
    return committee;
  });
}

/** What the last header of a round commits to: `SHA-256("etm/committee/v1" || encoding)`. */
export function committeeRoot(encoded: Uint8Array): string {
  return toHex(sha256(concat(COMMITTEE_TAG, encoded)));
}

export interface Finalization {
  /** The epoch of consensus: the round. */
  readonly epoch: bigint;
  /** The view: the slot. */
  readonly view: bigint;
  readonly parentView: bigint;
  /** The block's hash. */
  readonly payload: string;
  /** The part of the encoding that was signed. */
  readonly proposal: Bytes;
  /** One flag for each member, sorted by node key. */
  readonly signers: readonly boolean[];
  /** The aggregate signature, 48 bytes. */
  readonly signature: Bytes;
}

export function decodeFinalization(bytes: Uint8Array): Finalization {
  return decode(bytes, (input) => {
    const epoch = input.varint('epoch');
    const view = input.varint('view');
    const parentView = input.varint('parent view');
    const payload = input.hex('payload', 32);
    const proposal = Uint8Array.from(bytes.subarray(0, input.offset));
    const count = input.u64('signers');
    if (count > BigInt(COMMITTEE_MAX)) {
      throw new DecodeError(`signers: ${count.toString()} is above ${COMMITTEE_MAX}`);
    }
    const length = Number(count);
    const bits = input.raw('signers', Math.ceil(length / 8));
    const bit = (index: number) => (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
    for (let index = length; index < 8 * bits.length; index += 1) {
      if (bit(index)) throw new DecodeError('signers: bits beyond the committee must be 0');
    }
    return {
      epoch,
      view,
      parentView,
      payload,
      proposal,
      signers: Array.from({ length }, (_, index) => bit(index)),
      signature: input.raw('signature', 48),
    };
  });
}
