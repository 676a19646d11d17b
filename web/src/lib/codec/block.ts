/** Headers and committees, as they are hashed and signed. */

import { sha256 } from '@noble/hashes/sha2.js';
import { concat, toHex, utf8, type Bytes } from '../bytes';
import { decode, DecodeError, type Reader } from './reader';
import { isDialAddress, isMinerName } from './texts';

const HEADER_VERSION = 1;
export const HEADER_BYTES = 397;
const COMMITTEE_TAG = utf8('etm/committee/v1');
export const COMMITTEE_MAX = 101;
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

export function readHeader(input: Reader): Header {
  const offset = input.offset;
  if (input.u8('header version') !== HEADER_VERSION) {
    throw new DecodeError('header version', offset, `must be ${HEADER_VERSION}`);
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
}

export function decodeHeader(bytes: Uint8Array): Header {
  return decode(bytes, readHeader);
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

export function readMinerName(input: Reader): string {
  const offset = input.offset;
  const name = input.shortText('miner name', 1, 20);
  if (!isMinerName(name)) throw new DecodeError('miner name', offset, 'must be of a-z 0-9 ! @ $ & _ .');
  return name;
}

export function readMember(input: Reader): Member {
  const offset = input.offset;
  const member = {
    miner: input.u32('miner id'),
    node: input.hex('node key', 32),
    bls: input.raw('BLS key', 96),
    dial: input.shortText('dial address', 3, 128),
    name: readMinerName(input),
  };
  if (!isDialAddress(member.dial)) {
    throw new DecodeError('member', offset, 'its dial address must be host:port');
  }
  return member;
}

/** Throws unless miners, node keys and BLS keys are each distinct. */
export function expectDistinct(members: readonly Member[]): void {
  const distinct = (key: (member: Member) => string | number) =>
    new Set(members.map(key)).size === members.length;
  if (
    !distinct((member) => member.miner) ||
    !distinct((member) => member.node) ||
    !distinct((member) => toHex(member.bls))
  ) {
    throw new DecodeError('committee', null, 'miners, node keys and BLS keys must each be distinct');
  }
}

export function readCommittee(input: Reader): Committee {
  const committee = {
    round: input.u64('committee round'),
    members: input.list('committee members', 1, COMMITTEE_MAX, readMember),
  };
  expectDistinct(committee.members);
  return committee;
}

export function decodeCommittee(bytes: Uint8Array): Committee {
  return decode(bytes, readCommittee);
}

/** What the last header of a round commits to: `SHA-256("etm/committee/v1" || encoding)`. */
export function committeeRoot(encoded: Uint8Array): string {
  return toHex(sha256(concat(COMMITTEE_TAG, encoded)));
}
