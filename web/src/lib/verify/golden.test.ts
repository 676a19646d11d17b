import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chainId, encodeBoundaries, genesis, makeRounds } from '../../test/chain';
import { refusals, vectors } from '../../test/vectors';
import { concat, fromHex, type Bytes } from '../bytes';
import { Reader } from '../codec/reader';
import { decodeEvidence } from './evidence';
import { type Known, readGenesis, type Rules } from './genesis';
import { checkRound } from './round';
import { ROUND_KEYS } from './step-keys';
import { decodeBoundaries, walk } from './walk';

interface Golden {
  readonly name: string;
  readonly rules: Rules;
  readonly known: Known;
  readonly evidence: Bytes;
  readonly reading: unknown;
  /** Which step refuses a byte of which one bit is changed; none where that is not told. */
  readonly refusedBy: ((byte: number) => string | undefined) | undefined;
}

interface GoldenFile {
  readonly genesis: Record<'chain' | 'beacon', string> &
    Record<'committee' | 'blocks' | 'min_committee' | 'day_seconds' | 'timestamp_ms', number>;
  readonly first: number;
  readonly roots: readonly string[];
  readonly evidence: string;
  readonly reading: { readonly round: number };
  readonly boundaries?: string;
}

/** The others differ in figures, not in the fields that there are: one change of each field does. */
const IN_ALL_WAYS = ['carried.json', 'committee-of-one.json', 'first-round.json'];
const TIMEOUT = 600_000;
const files = readdirSync(resolve(import.meta.dirname, '../../../../vectors/verify')).filter((name) =>
  name.endsWith('.json'),
);

function load(name: string): Golden {
  const file = vectors(`verify/${name}`) as GoldenFile;
  const { genesis: from, first, roots, reading } = file;
  const rules: Rules = {
    chain: from.chain,
    committeeSize: from.committee,
    blocksPerRound: from.blocks,
    minCommittee: from.min_committee,
    daySeconds: BigInt(from.day_seconds),
    timestampMs: BigInt(from.timestamp_ms),
    beacon: from.beacon,
  };
  const at = (round: number): Known => ({
    round,
    roots: [roots[round - first] ?? '', roots[round + 1 - first] ?? ''],
  });
  const start = at(first);
  const known =
    file.boundaries === undefined ? at(reading.round) : walk(rules, start, fromHex(file.boundaries));
  const evidence = fromHex(file.evidence);
  return { name, rules, known, evidence, reading, refusedBy: refusals(name, evidence.length) };
}

/** The fields of a document as its decoder reads them: every byte lies in one. */
function fieldsOf(read: () => unknown, length: number): { start: number; end: number }[] {
  const names = ['raw', 'hex', 'u8', 'u16', 'u32', 'u64', 'u128'] as const;
  const found: { start: number; end: number }[] = [];
  type Read = (this: Reader, ...args: unknown[]) => unknown;
  const originals = names.map((name): [string, Read] => [
    name,
    Object.getOwnPropertyDescriptor(Reader.prototype, name)?.value as Read,
  ]);
  for (const [name, original] of originals) {
    const recording: Read = function (...args) {
      const start = this.offset;
      const value = original.apply(this, args);
      found.push({ start, end: this.offset });
      return value;
    };
    Object.assign(Reader.prototype, { [name]: recording });
  }
  try {
    read();
  } finally {
    for (const [name, original] of originals) Object.assign(Reader.prototype, { [name]: original });
  }
  let next = 0;
  for (const field of found) {
    expect(field.start).toBe(next);
    next = field.end;
  }
  expect(next).toBe(length);
  return found;
}

/** A change, and the byte of which it changed the bit that other verifiers are asked about, if it is one of those. */
type Change = readonly [name: string, bytes: Bytes, byte?: number];

/** A field changed in several ways: a bit, a byte, its neighbour's value, too little, too much. */
function* changesOf(
  bytes: Bytes,
  fields: readonly { start: number; end: number }[],
  few: boolean,
): Generator<Change> {
  for (const [index, { start, end }] of fields.entries()) {
    const name = `bytes ${start}..${end}`;
    const edit = (change: (field: Bytes) => void): Bytes => {
      const copy = Uint8Array.from(bytes);
      change(copy.subarray(start, end));
      return copy;
    };
    yield [`${name}, a bit`, edit((field) => (field[0]! ^= 1 << (start % 8))), start];
    if (few) continue;
    yield [`${name}, lowest bit`, edit((field) => (field[field.length - 1]! ^= 1))];
    yield [`${name}, highest bit`, edit((field) => (field[0]! ^= 0x80))];
    yield [`${name}, zeros`, edit((field) => field.fill(0))];
    yield [`${name}, ones`, edit((field) => field.fill(0xff))];
    yield [`${name}, one more`, edit((field) => (field[field.length - 1]! += 1))];
    yield [`${name}, turned round`, edit((field) => field.reverse())];
    yield [`${name}, left out`, concat(bytes.subarray(0, start), bytes.subarray(end))];
    yield [`${name}, twice`, concat(bytes.subarray(0, end), bytes.subarray(start))];
    const other = fields.slice(index + 1).find((field) => field.end - field.start === end - start);
    if (other === undefined) continue;
    const swapped = Uint8Array.from(bytes);
    swapped.set(bytes.subarray(other.start, other.end), start);
    swapped.set(bytes.subarray(start, end), other.start);
    yield [`${name}, swapped with ${other.start}`, swapped];
  }
}

const same = (left: Uint8Array, right: Uint8Array) => Buffer.compare(left, right) === 0;

let refusedInAll = 0;
const bySteps = new Map<string, number>();

/** Checks every change; a step that fails and is one of the list counts as refused. */
function refuseAll(golden: Golden, changes: Iterable<Change>): string {
  let count = 0;
  const passed: string[] = [];
  const otherwise: string[] = [];
  for (const [name, bytes, byte] of changes) {
    if (same(bytes, golden.evidence)) continue;
    const outcome = checkRound(golden.rules, golden.known, bytes);
    count += 1;
    const expected = byte === undefined ? undefined : golden.refusedBy?.(byte);
    if (expected !== undefined && !outcome.holds && outcome.failed.key !== expected) {
      otherwise.push(`${name}: ${outcome.failed.key} (${outcome.failed.detail}), not ${expected}`);
    }
    if (outcome.holds || !(ROUND_KEYS as readonly string[]).includes(outcome.failed.key)) passed.push(name);
    else bySteps.set(outcome.failed.key, (bySteps.get(outcome.failed.key) ?? 0) + 1);
  }
  expect(passed).toEqual([]);
  expect(otherwise).toEqual([]);
  refusedInAll += count;
  return `${count} changes of ${golden.name}`;
}

describe('golden evidence', () => {
  it.each(files)(
    '%s: all steps hold and the reading is exact',
    (name) => {
      const { rules, known, evidence, reading } = load(name);
      const outcome = checkRound(rules, known, evidence);
      expect(outcome.steps.filter(({ state }) => state === 'bad')).toEqual([]);
      expect(outcome.holds && outcome.reading).toEqual(reading);
    },
    TIMEOUT,
  );
});

describe('changed evidence', () => {
  afterAll(() => {
    const steps = [...bySteps].map(([key, count]) => `${key} ${count}`).join(', ');
    console.info(`changes of evidence refused: ${refusedInAll} of ${refusedInAll} (${steps})`);
  });

  it.each(files)(
    '%s is refused whatever field changed',
    (name) => {
      const golden = load(name);
      checkRound(golden.rules, golden.known, golden.evidence);
      const fields = fieldsOf(() => decodeEvidence(golden.evidence), golden.evidence.length);
      // A round of 101 has fields of each kind a hundred times, and takes a hundred times as long.
      const large = fields.length > 2_000;
      const chosen = large ? fields.filter((_, index) => index % 23 === 0) : fields;
      refuseAll(golden, changesOf(golden.evidence, chosen, !IN_ALL_WAYS.includes(name)));
    },
    TIMEOUT,
  );

  it(
    'is refused whatever single byte changed',
    () => {
      const golden = load(files.find((name) => name.includes('one')) ?? files[0]!);
      refuseAll(
        golden,
        Array.from(golden.evidence, (_, at): Change => {
          const bytes = Uint8Array.from(golden.evidence);
          bytes[at]! ^= 1 << (at % 8);
          return [`byte ${at}`, bytes, at];
        }),
      );
    },
    TIMEOUT,
  );

  it(
    'is refused cut at any byte, and with any byte behind it',
    () => {
      const golden = load(files[0]!);
      const cut = Array.from(golden.evidence, (_, at): Change => [
        `cut at ${at}`,
        golden.evidence.slice(0, at),
      ]);
      const longer = [0, 1, 255].map((byte): Change => [
        `${byte} behind`,
        concat(golden.evidence, Uint8Array.of(byte)),
      ]);
      refuseAll(golden, [...cut, ...longer]);
    },
    TIMEOUT,
  );

  it(
    'is refused for another round’s committee, rules and evidence',
    () => {
      const golden = files.map(load);
      for (const one of golden) {
        for (const other of golden) {
          if (other === one) continue;
          const outcome = checkRound(one.rules, one.known, other.evidence);
          expect(outcome.holds, `${other.name} as ${one.name}`).toBe(false);
        }
      }
    },
    TIMEOUT,
  );
});

describe('changed boundaries', () => {
  it(
    'are refused whatever field changed, or prove the same committees',
    () => {
      const { rules, known } = readGenesis(genesis, chainId);
      const encoded = encodeBoundaries(makeRounds(2));
      const proved = walk(rules, known, encoded);
      const fields = fieldsOf(() => decodeBoundaries(encoded), encoded.length);
      let count = 0;
      for (const [name, bytes] of changesOf(encoded, fields, false)) {
        if (same(bytes, encoded)) continue;
        count += 1;
        let reached: Known | null = null;
        try {
          reached = walk(rules, known, bytes);
        } catch {
          continue;
        }
        expect.fail(`${name}: led to round ${reached.round}`);
      }
      expect(proved.round).toBe(2);
      console.info(`changes of boundaries refused: ${count} of ${count}`);
    },
    TIMEOUT,
  );
});
