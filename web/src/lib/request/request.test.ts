import { describe, expect, it } from 'vitest';
import { vectors } from '../../test/vectors';
import { fromHex } from '../bytes';
import { decodeTransaction, MINER_KEYS_BYTES, type Payload } from '../codec/transaction';
import { type Fact, type Frame, frameFacts, payloadFacts } from './facts';
import { amountOf, spareFees, trapsOf } from './traps';

type Told = [string, string | null];

interface Case {
  transaction: string;
  kind: Payload['kind'];
  payload: Told[];
  frame: Told[];
}

/** A fact as the golden file writes it. */
function told({ name, ...value }: Fact | Frame): Told {
  const [only, ...others] = Object.values(value) as (string | number | bigint | null)[];
  expect(others).toEqual([]);
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return [snake, only === null ? null : String(only)];
}

describe('what is shown before a signature', () => {
  it('is what the golden file says of every transaction, as the command line shows it', () => {
    const { cases } = vectors('wire/facts.json') as { cases: Case[] };
    for (const { transaction, kind, payload, frame } of cases) {
      const decoded = decodeTransaction(fromHex(transaction));
      expect(decoded.payload.kind).toBe(kind);
      expect(payloadFacts(decoded.payload).map(told)).toEqual(payload);
      expect(frameFacts(decoded).map(told)).toEqual(frame);
    }
    expect(new Set(cases.map(({ kind }) => kind)).size).toBe(9);
  });

  it('has another fingerprint for every other key', () => {
    const of = (keys: Uint8Array<ArrayBuffer>) =>
      JSON.stringify(payloadFacts({ kind: 'update', keys, dial: 'a:1', contact: null }));
    const plain = new Uint8Array(MINER_KEYS_BYTES);
    const all = new Set([of(plain)]);
    for (let index = 0; index < MINER_KEYS_BYTES; index += 1) {
      const other = plain.slice();
      other[index] = 1;
      all.add(of(other));
    }
    expect(all.size).toBe(MINER_KEYS_BYTES + 1);
  });
});

describe('what is asked about apart', () => {
  interface Case {
    about: string;
    fee: string;
    least: string;
    amount: string | null;
    left: string;
    locked: boolean;
    apart: string[];
  }
  const { cases } = vectors('previews/apart.json') as { cases: Case[] };

  it('is what the command line asks about', () => {
    for (const { about, fee, least, amount, left, locked, apart } of cases) {
      const costs = {
        fee: BigInt(fee),
        least: BigInt(least),
        amount: amount === null ? null : BigInt(amount),
        left: BigInt(left),
        keeps: locked,
      };
      expect(trapsOf(costs), about).toEqual(apart);
    }
    expect(cases.length).toBeGreaterThan(10);
  });

  it('is a fee above 1 % where no node says what the least is', () => {
    const costs = { least: null, left: null, keeps: false };
    expect(trapsOf({ ...costs, fee: 2n, amount: 199n })).toEqual(['high_fee']);
    expect(trapsOf({ ...costs, fee: 2n, amount: 200n })).toEqual([]);
    expect(trapsOf({ ...costs, fee: 10n ** 12n, amount: null })).toEqual([]);
  });

  it('holds a fee against what is moved, not against what is chosen', () => {
    expect(amountOf({ kind: 'unlock', amount: 5n })).toBe(5n);
    expect(amountOf({ kind: 'vote', miner: 5 })).toBeNull();
    expect(amountOf(undefined)).toBeNull();
  });
});

describe('"All"', () => {
  it('keeps back what voting, another vote and unlocking cost', () => {
    const fee = 10n;
    expect(spareFees('lock', false, false, fee)).toEqual({ now: 10n, later: 30n });
    expect(spareFees('lock', true, true, fee)).toEqual({ now: 20n, later: 30n });
    expect(spareFees('transfer', false, false, fee)).toEqual({ now: 10n, later: 0n });
    expect(spareFees('transfer', false, true, fee)).toEqual({ now: 10n, later: 20n });
  });

  it('leads into no trap', () => {
    const least = 10_000_000n;
    for (const balance of [10n ** 9n, 10n ** 10n, 12_345_678_901n]) {
      for (const votes of [false, true]) {
        const { now, later } = spareFees('lock', votes, false, least);
        const amount = balance - now - later;
        const left = balance - amount - now;
        expect(trapsOf({ fee: least, least, amount, left, keeps: true })).toEqual([]);
      }
    }
  });
});
