import { describe, expect, it } from 'vitest';
import { vectors } from '../../test/vectors';
import { fromHex, toHex } from '../bytes';
import { decodeTransaction, MINER_KEYS_BYTES, type Payload } from '../codec/transaction';
import { type Fact, type Frame, frameFacts, payloadFacts } from './facts';
import { amountOf, spareFees, trapsOf } from './traps';

interface Golden {
  encoding: string;
  fields: {
    chain: string;
    expires_at: string;
    fee: string;
    nonce: string;
    payload: Record<string, unknown> & { kind: Payload['kind'] };
  };
}

/** The value of an entry, as a golden file writes it. */
function told(fact: Fact | Frame): string | null {
  const values: Record<string, unknown> = { ...fact, name: undefined };
  return written(
    fact.name === 'name' ? fact.text : Object.values(values).find((value) => value !== undefined),
  );
}

function written(value: unknown): string | null {
  return typeof value === 'string' ? value : value === null ? null : (value as number | bigint).toString();
}

describe('what is shown before a signature', () => {
  const golden = vectors('wire/transactions.json') as { valid: Golden[] };

  it('is every field of every golden transaction, and nothing else', () => {
    const kinds = new Set<string>();
    for (const { encoding, fields } of golden.valid) {
      const transaction = decodeTransaction(fromHex(encoding));
      kinds.add(fields.payload.kind);
      const frame = frameFacts(transaction).map(told);
      for (const field of [fields.chain, fields.expires_at, fields.fee, fields.nonce]) {
        expect(frame).toContain(field);
      }
      const { kind, keys, ...rest } = fields.payload;
      // A heartbeat is a node's alone: nobody signs its seed here.
      delete rest['seed'];
      const shown = new Map(
        payloadFacts(transaction.payload).map((fact) => [fact.name as string, told(fact)]),
      );
      if (keys !== undefined) {
        const bytes = 'keys' in transaction.payload ? transaction.payload.keys : null;
        expect(shown.get('nodeKey')).toBe(bytes === null ? null : toHex(bytes.subarray(0, 32)));
        expect(shown.delete('keysFingerprint')).toBe(bytes !== null);
        shown.delete('nodeKey');
      }
      // An empty memo is none.
      if (rest['memo'] === '') delete rest['memo'];
      const wanted = Object.entries(rest).map(([name, value]) => [name, written(value)]);
      expect([...shown].sort(), kind).toEqual(wanted.sort());
    }
    expect([...kinds].sort()).toEqual(
      ['heartbeat', 'lock', 'register', 'resign', 'transfer', 'unlock', 'update', 'vote', 'withdraw'].sort(),
    );
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
