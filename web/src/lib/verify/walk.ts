/**
 * The walk of a light client (docs/verify.md section 5): the last block of round r carries the committee of round r + 2
 * and is signed by the committee of round r. Only roots of committees are kept on the way.
 */

import { bigEndian, concat, fromHexOf, toHex, utf8, type Bytes } from '../bytes';
import {
  COMMITTEE_MAX,
  committeeRoot,
  expectDistinct,
  type Header,
  headerHash,
  type Member,
  readMember,
} from '../codec/block';
import { decode, DecodeError, type Reader } from '../codec/reader';
import { type Claim, firstFalse } from '../crypto/bls';
import { type Certificate, claimOf, readCertificate } from './certificate';
import { readTag } from './head';
import { encodeCommittee, type Known, type Rules } from './genesis';
import { fault, Mismatch } from './faults';
import { expectSame, expectThat, figure } from './steps';

const TAG = utf8('etm/boundaries/v1');
const MEMBERS_MAX = 65_535;
const STEPS_MAX = 4_096;
/** Signatures that are checked together. */
const BATCH = 256;

type Fields = Omit<Header, 'chain' | 'height' | 'round' | 'producer' | 'leader' | 'committeeRoot'>;

interface WalkStep {
  readonly producer: number;
  readonly fields: Fields;
  readonly certificate: Certificate;
  /** The committee of two rounds later. */
  readonly members: readonly Member[];
}

export interface Boundaries {
  readonly round: bigint;
  /** The committees of `round` and `round + 1`. */
  readonly first: readonly Member[];
  readonly second: readonly Member[];
  readonly steps: readonly WalkStep[];
}

/** Committees as places in one list of members, each of which is named first in the order of the list. */
class Places {
  readonly #members: readonly Member[];
  #named = 0;

  constructor(members: readonly Member[]) {
    this.#members = members;
  }

  read(input: Reader): readonly Member[] {
    const offset = input.offset;
    const size = input.u8('size of a committee');
    if (size < 1 || size > COMMITTEE_MAX) {
      throw new DecodeError('size of a committee', offset, `${size} is outside 1..=${COMMITTEE_MAX}`);
    }
    const members = Array.from({ length: size }, () => {
      const at = input.offset;
      const place = input.u16('place');
      const member = this.#members[place];
      if (place > this.#named || member === undefined) {
        throw new DecodeError('place', at, `${place} comes before ${this.#named} or is no member`);
      }
      if (place === this.#named) this.#named += 1;
      return member;
    });
    expectDistinct(members);
    return members;
  }

  finish(): void {
    if (this.#named < this.#members.length) {
      throw new DecodeError(
        'members',
        null,
        `${this.#members.length - this.#named} of them are in no committee`,
      );
    }
  }
}

export function decodeBoundaries(bytes: Uint8Array): Boundaries {
  return decode(bytes, (input) => {
    readTag(input, TAG);
    const round = input.u64('first round');
    const seen = new Set<string>();
    const members = input.list('members', 1, MEMBERS_MAX, (inner) => {
      const offset = inner.offset;
      const member = readMember(inner);
      const encoding = toHex(inner.since(offset));
      if (seen.has(encoding)) throw new DecodeError('member', offset, 'is there twice');
      seen.add(encoding);
      return member;
    });
    const places = new Places(members);
    const first = places.read(input);
    const second = places.read(input);
    const steps = input.list('steps', 1, STEPS_MAX, (inner) => readStep(inner, places));
    places.finish();
    return { round, first, second, steps };
  });
}

function readStep(input: Reader, places: Places): WalkStep {
  const slot = input.u64('slot');
  const parentSlot = input.u64('parent slot');
  const parent = input.hex('parent', 32);
  const timestampMs = input.u64('timestamp');
  const producer = input.u8('place of the producer');
  const fields = {
    slot,
    parentSlot,
    parent,
    timestampMs,
    vrf: input.raw('vrf', 48),
    beacon: input.raw('beacon', 32),
    transactionsRoot: input.hex('transactions root', 32),
    stateRoot: input.hex('state root', 32),
    opsRoot: input.hex('operations root', 32),
    opsStart: input.u64('operations start'),
    opsEnd: input.u64('operations end'),
    receiptsRoot: input.hex('receipts root', 32),
  };
  const certificate = readCertificate(input);
  return { producer, fields, certificate, members: places.read(input) };
}

export function encodeHeader(header: Header): Bytes {
  const hash = (text: string) => fromHexOf(text, 32);
  return concat(
    Uint8Array.of(1),
    hash(header.chain),
    bigEndian(header.height, 8),
    bigEndian(header.round, 8),
    bigEndian(header.slot, 8),
    bigEndian(header.parentSlot, 8),
    hash(header.parent),
    bigEndian(header.timestampMs, 8),
    bigEndian(header.producer, 4),
    hash(header.leader),
    header.vrf,
    header.beacon,
    hash(header.transactionsRoot),
    hash(header.stateRoot),
    hash(header.opsRoot),
    bigEndian(header.opsStart, 8),
    bigEndian(header.opsEnd, 8),
    hash(header.receiptsRoot),
    hash(header.committeeRoot),
  );
}

const rootOf = (round: bigint, members: readonly Member[]) => committeeRoot(encodeCommittee(round, members));

/** Follows steps from known committees to later ones; throws, with the round that does not hold. */
export function walk(rules: Rules, known: Known, encoded: Uint8Array): Known {
  return follow(rules, known, encoded).to;
}

/** That the committees of `from` lead to those of `to`. */
export interface Way {
  readonly from: Known;
  readonly to: Known;
}

/**
 * The same also for steps whose beginning is not known yet (null): proves that the committees with which the document begins lead
 * to those with which it ends. Ways that begin where another ends make one, so that a long walk can be checked in several places at once.
 */
export function follow(rules: Rules, known: Known | null, encoded: Uint8Array): Way {
  const { round: first, first: one, second: other, steps } = decodeBoundaries(encoded);
  const from: Known = {
    round: figure(fault('firstRound'), first),
    roots: [rootOf(first, one), rootOf(first + 1n, other)],
  };
  if (known !== null) {
    expectSame(fault('firstRound'), from.round, known.round);
    expectSame(fault('committeeRootOf', known.round), from.roots[0], known.roots[0]);
    expectSame(fault('committeeRootOf', known.round + 1), from.roots[1], known.roots[1]);
  }
  let serving = one;
  let next = other;
  let { roots } = from;
  const claims: Claim[] = [];
  let checked = 0;
  const check = () => {
    const bad = firstFalse(claims);
    expectThat(bad < 0, 'inRound', from.round + checked + bad, fault('signature'));
    checked += claims.length;
    claims.length = 0;
  };
  steps.forEach((step, index) => {
    const round = first + BigInt(index);
    const producer = serving[step.producer];
    expectThat(producer !== undefined, 'inRound', round, fault('producerNobody'));
    const root = rootOf(round + 2n, step.members);
    const header: Header = {
      ...step.fields,
      chain: rules.chain,
      height: (round + 1n) * BigInt(rules.blocksPerRound) - 1n,
      round,
      producer: producer.miner,
      leader: producer.node,
      committeeRoot: root,
    };
    try {
      const hash = headerHash(encodeHeader(header));
      claims.push(claimOf(rules.chain, serving, header, hash, step.certificate).claim);
    } catch (error) {
      if (error instanceof Mismatch) throw new Mismatch(fault('inRound', round, error.fault));
      throw error;
    }
    if (claims.length === BATCH) check();
    serving = next;
    next = step.members;
    roots = [roots[1], root];
  });
  check();
  return { from, to: { round: figure(fault('round'), first + BigInt(steps.length)), roots } };
}
