import { describe, expect, it } from 'vitest';
import type { Account } from '../api/types';
import { addressOf } from '../lib/address';
import { fromHex, toHex } from '../lib/bytes';
import {
  encodeTransaction,
  type Payload,
  sign,
  type Transaction,
  transactionHash,
  type UnsignedTransaction,
} from '../lib/codec/transaction';
import { account, parameters } from '../test/fixtures';
import { publicKeyOf } from '../wallet/signing';
import { namesOf, type OwnRequests, ownRequests } from './act-asked';
import { unsignedOf } from './act-signed';

const SEED = new Uint8Array(32).fill(7);
const key = publicKeyOf(SEED);

/** What the account, or another, signed. */
function signed(change: Partial<UnsignedTransaction> = {}, seed = SEED): Transaction {
  const unsigned: UnsignedTransaction = {
    chain: parameters.chain.id,
    sender: toHex(publicKeyOf(seed)),
    nonce: 3n,
    fee: 10n,
    expiresAt: 500n,
    payload: { kind: 'vote', miner: 2 },
    ...change,
  };
  return sign(unsigned, seed);
}

const FIRST = account.effective_round * parameters.blocks_per_round;
const own: OwnRequests = {
  ...ownRequests({ ...account, address: addressOf(key) }),
  nonce: 4,
  height: FIRST + 1,
};
const voted = { kind: 'vote', miner: { id: 2, name: 'miner2' } } as const;

/** What the node says of it: the request it was accepted for, and what the node gives of it. */
function judged(
  transaction: Transaction,
  change: object = {},
  given: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
) {
  const bytes = encodeTransaction(transaction);
  const told = { transaction: transactionHash(bytes), height: FIRST, effective_round: own.round };
  const accepted = [{ ...told, request: voted, ...change }];
  return unsignedOf(() => Promise.resolve(given(bytes)), parameters, { ...own, accepted });
}

describe('a request that is said to be accepted', () => {
  it('is what the account signed', async () => {
    expect(await judged(signed())).toBe(0);
    const other = new Uint8Array(32).fill(8);
    const refused: readonly [Transaction, object?][] = [
      [signed({ payload: { kind: 'withdraw' } })],
      [signed({ payload: { kind: 'vote', miner: 3 } })],
      [signed({ chain: '00'.repeat(32) })],
      [signed({}, other)],
      // Another signs with the account's key in the place of the sender's.
      [{ ...signed({}, other), sender: toHex(key) }],
      // One that waits, one of a round before, one that expired.
      [signed({ nonce: 4n })],
      [signed(), { height: FIRST - 1 }],
      [signed(), { height: own.height + 1 }],
      [signed(), { height: null }],
      [signed({ expiresAt: BigInt(FIRST - 1) })],
    ];
    for (const [transaction, change] of refused) {
      expect(await judged(transaction, change), JSON.stringify(change)).toMatchObject({
        kind: 'requestNotSigned',
      });
    }
    const cut = (bytes: Uint8Array) => bytes.slice(0, -1);
    expect(await judged(signed(), {}, cut)).toMatchObject({ kind: 'requestNotSigned' });
  });

  it('is the node’s word where it gives no transaction', async () => {
    expect(await judged(signed(), { transaction: null })).toBe(1);
    const none = unsignedOf(() => Promise.reject(new Error('none')), parameters, {
      ...own,
      accepted: [{ request: voted, transaction: 'aa', height: FIRST, effective_round: own.round }],
    });
    expect(await none).toBe(1);
  });

  it('is told of once, and what is beyond the most that is asked for is the node’s word', async () => {
    const all = Array.from({ length: 40 }, (_, index) => signed({ nonce: BigInt(index) }));
    const kept = new Map(
      all.map((one) => [transactionHash(encodeTransaction(one)), encodeTransaction(one)] as const),
    );
    const accepted = [...kept.keys()].map((transaction) => ({
      request: voted,
      transaction,
      height: FIRST,
      effective_round: own.round,
    }));
    let asked = 0;
    const given = (hash: string) => {
      asked += 1;
      return Promise.resolve(kept.get(hash)!);
    };
    expect(await unsignedOf(given, parameters, { ...own, nonce: 40, accepted })).toBe(8);
    expect(asked).toBe(32);
    const twice = [accepted[0]!, accepted[0]!];
    expect(await unsignedOf(given, parameters, { ...own, nonce: 40, accepted: twice })).toMatchObject({
      kind: 'requestNotSigned',
    });
  });
});

describe('a transaction that is said to wait', () => {
  const payloads: readonly [Payload, object, object][] = [
    [
      { kind: 'lock', amount: 5n },
      { kind: 'lock', amount: '5' },
      { kind: 'lock', amount: '6' },
    ],
    [
      { kind: 'unlock', amount: 5n },
      { kind: 'unlock', amount: '5' },
      { kind: 'lock', amount: '5' },
    ],
    [{ kind: 'withdraw' }, { kind: 'withdraw' }, { kind: 'resign' }],
    [
      { kind: 'transfer', recipient: fromHex('09'.repeat(20)), amount: 5n, memo: '' },
      { kind: 'transfer', recipient: account.address, amount: '5' },
      { kind: 'transfer', recipient: own.address, amount: '5' },
    ],
  ];

  it.each(payloads)('is what the account signed: $kind', async (payload, right, wrong) => {
    const transaction = signed({ nonce: 4n, payload });
    const bytes = encodeTransaction(transaction);
    const told = { hash: transactionHash(bytes), nonce: 4, fee: '10' };
    const judge = (change: object) => {
      const waiting = [{ ...told, payload: right, ...change }] as unknown as Account['pending_transactions'];
      return unsignedOf(() => Promise.resolve(bytes), parameters, { ...own, waiting });
    };
    expect(await judge({})).toBe(0);
    const late = { ...own, height: 500, waiting: [{ ...told, payload: right }] } as unknown as OwnRequests;
    expect(await unsignedOf(() => Promise.resolve(bytes), parameters, late)).toMatchObject({
      kind: 'requestNotSigned',
    });
    for (const change of [{ payload: wrong }, { nonce: 5 }, { fee: '11' }]) {
      expect(await judge(change)).toMatchObject({ kind: 'requestNotSigned' });
    }
  });
});

it('what is said to have been asked for is asked about anew when it becomes another', () => {
  const one = { ...own, accepted: [] };
  expect(namesOf({ ...one, height: 99, nonce: 9 })).toEqual(namesOf(one));
  const told = { request: voted, transaction: 'aa', height: FIRST, effective_round: own.round };
  expect(namesOf({ ...one, accepted: [told] })).not.toEqual(namesOf(one));
});
