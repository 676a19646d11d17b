/** The genesis, decoded: what the chain id commits to (docs/verify.md section 4). The committees of rounds 0 and 1 follow from it. */

import { sha256 } from '@noble/hashes/sha2.js';
import { bigEndian, concat, fromHexOf, toHex, utf8, type Bytes } from '../bytes';
import { COMMITTEE_MAX, committeeRoot, type Member } from '../codec/block';
import { CONTACT_BYTES_MAX, DIAL_BYTES_MAX, isContact, isDialAddress, isMinerName } from '../codec/texts';
import { decode, DecodeError, type Reader } from '../codec/reader';
import { draw } from '../mechanism/chance';
import { MAX_TIME_GAIN, votes } from '../mechanism/votes';
import { fault } from './faults';
import { expectSame } from './steps';

const FORMAT_TAG = utf8('etm/genesis/v1');
const MAX = 2 ** 28;
const BLOCKS_PER_ROUND_MAX = 10_000;
/** What all amounts may sum to, in units: databases count in 63 bits. */
const SUPPLY_MAX = 2n ** 63n - 1n;
/** The last millisecond of the year 9999. */
const LAST_MS = 253_402_300_799_999n;

/** What a check of rounds needs of a chain's genesis. */
export interface Rules {
  /** The chain id. */
  readonly chain: string;
  /** `K`. */
  readonly committeeSize: number;
  /** `L`. */
  readonly blocksPerRound: number;
  /** `MIN_COMMITTEE`. */
  readonly minCommittee: number;
  readonly daySeconds: bigint;
  readonly timestampMs: bigint;
  /** 32 bytes in hex. */
  readonly beacon: string;
}

/** Committees that are proved: those of two rounds that follow each other. */
export interface Known {
  readonly round: number;
  /** Roots of the committees of `round` and `round + 1`. */
  readonly roots: readonly [string, string];
}

/** What a request is judged by, besides its account: the names that the API gives them. Amounts in units. */
export interface Terms {
  readonly min_fee: bigint;
  readonly min_lock: bigint;
  readonly deposit: bigint;
  readonly committee: bigint;
  readonly blocks_per_round: bigint;
  readonly min_committee: bigint;
  readonly slot_ms: bigint;
  readonly day_seconds: bigint;
  readonly ready_rounds: bigint;
}

export interface Genesis {
  readonly name: string;
  /** Whether its clock may travel. */
  readonly devnet: boolean;
  readonly rules: Rules;
  readonly terms: Terms;
  /** The names of the miners that the chain began with, by their id: a name never changes, and an id is given once. */
  readonly names: readonly string[];
  readonly known: Known;
}

/** The chain id of a canonical genesis. */
export function chainIdOf(canonical: Uint8Array): string {
  return toHex(sha256(concat(FORMAT_TAG, canonical)));
}

/** A committee as it is hashed. */
export function encodeCommittee(round: bigint, members: readonly Member[]): Bytes {
  const text = (value: string) => {
    const bytes = utf8(value);
    return concat(bigEndian(bytes.length, 1), bytes);
  };
  return concat(
    bigEndian(round, 8),
    bigEndian(members.length, 4),
    ...members.flatMap((member) => [
      bigEndian(member.miner, 4),
      fromHexOf(member.node, 32),
      member.bls,
      text(member.dial),
      text(member.name),
    ]),
  );
}

interface GenesisMiner extends Member {
  votes: bigint;
}

function readMiner(input: Reader, miner: number): GenesisMiner {
  input.raw('owner', 20);
  const name = expectText('miner name', input.shortText('miner name', 1, 20), isMinerName);
  const node = input.hex('node key', 32);
  const bls = input.raw('BLS key', 96);
  input.raw('proofs', 64 + 48);
  const dial = expectText('dial address', input.shortText('dial address', 3, DIAL_BYTES_MAX), isDialAddress);
  input.option('contact flag', (inner) =>
    expectText('contact', inner.shortText('contact', 1, CONTACT_BYTES_MAX), isContact),
  );
  return { miner, name, node, bls, dial, votes: 0n };
}

function expectText(field: string, text: string, may: (text: string) => boolean): string {
  if (!may(text)) throw new DecodeError(field, null, 'has letters that it may not have');
  return text;
}

/** Addresses stand in rising order. */
function risingAddress(): (input: Reader) => void {
  let before = '';
  return (input) => {
    const address = input.hex('address', 20);
    if (address <= before) throw new DecodeError('address', null, 'must stand in rising order');
    before = address;
  };
}

function within(field: string, value: bigint | number, min: number | bigint, max: number | bigint): void {
  if (value < min || value > max)
    throw new DecodeError(field, null, `${value.toString()} is outside ${min}..=${max}`);
}

/** Decodes a canonical genesis, holds it to the chain id and draws its two committees. */
export function readGenesis(canonical: Uint8Array, chain: string): Genesis {
  expectSame(fault('genesisHash'), chainIdOf(canonical), chain);
  return decode(canonical, (input) => {
    const name = expectText('name', input.shortText('name', 1, 64), (text) => /^[a-z0-9-]+$/.test(text));
    const timestampMs = input.u64('timestamp');
    const beacon = input.raw('beacon', 32);
    const committeeSize = input.u32('committee');
    const blocksPerRound = input.u32('blocks per round');
    const minCommittee = input.u32('least committee');
    const minLock = input.u64('least lock');
    const deposit = input.u64('deposit');
    const daySeconds = input.u64('day');
    const slotMs = input.u64('slot');
    const minFee = input.u64('least fee');
    const readyRounds = input.u64('ready rounds');
    const transactions = input.u32('transactions of a block');
    const bytes = input.u32('bytes of a block');
    const devnet = input.tag('devnet flag', 1) === 1;
    within('timestamp', timestampMs, 0, LAST_MS);
    within('committee', committeeSize, 1, COMMITTEE_MAX);
    within('blocks per round', blocksPerRound, 2, BLOCKS_PER_ROUND_MAX);
    within('least committee', minCommittee, 1, MAX);
    within('least lock', minLock, 1, SUPPLY_MAX);
    within('deposit', deposit, 0, SUPPLY_MAX);
    within('day', daySeconds, 1, 31_536_000);
    within('slot', slotMs, 10, 600_000);
    within('least fee', minFee, devnet ? 0 : 1, SUPPLY_MAX);
    within('ready rounds', readyRounds, 2, 1_000);
    within('transactions of a block', transactions, 1, 4_096);
    within('bytes of a block', bytes, 1, 2 ** 20);
    const account = risingAddress();
    input.list('accounts', 0, MAX, (inner) => {
      account(inner);
      return inner.u64('balance');
    });
    let next = 0;
    const miners = input.list('miners', 0, MAX, (inner) => readMiner(inner, next++));
    const holder = risingAddress();
    input.list('positions', 0, MAX, (inner) => {
      holder(inner);
      const locked = inner.u64('amount');
      const timeGain = inner.u8('time gain');
      within('time gain', timeGain, 1, MAX_TIME_GAIN);
      const miner = inner.option('miner flag', (flagged) => flagged.u32('miner id'));
      if (miner === null) return null;
      const chosen = miners[miner];
      if (chosen === undefined) throw new DecodeError('position', null, `there is no miner ${miner}`);
      chosen.votes += votes(locked, timeGain);
      return null;
    });
    // Nobody has produced yet and the average is 1, so every weight equals the votes.
    const candidates = miners
      .filter((miner) => miner.votes > 0n)
      .map((miner) => ({ id: miner.miner, weight: miner.votes }));
    within('miners with votes', candidates.length, minCommittee, MAX);
    const size = Math.min(committeeSize, candidates.length);
    const drawn = (round: bigint): string => {
      const members = draw(round, beacon, candidates, size)
        .map((pick) => miners[pick.id])
        .filter((miner) => miner !== undefined);
      return committeeRoot(encodeCommittee(round, members));
    };
    return {
      name,
      devnet,
      rules: {
        chain,
        committeeSize,
        blocksPerRound,
        minCommittee,
        daySeconds,
        timestampMs,
        beacon: toHex(beacon),
      },
      terms: {
        min_fee: minFee,
        min_lock: minLock,
        deposit,
        committee: BigInt(committeeSize),
        blocks_per_round: BigInt(blocksPerRound),
        min_committee: BigInt(minCommittee),
        slot_ms: slotMs,
        day_seconds: daySeconds,
        ready_rounds: readyRounds,
      },
      names: miners.map((miner) => miner.name),
      known: { round: 0, roots: [drawn(0n), drawn(1n)] as const },
    };
  });
}
