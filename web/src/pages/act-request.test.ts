import { describe, expect, it } from 'vitest';
import type { Account, Miner, Preview } from '../api/types';
import { en } from '../i18n/en';
import { toHex } from '../lib/bytes';
import { MINER_KEYS_BYTES, type Payload } from '../lib/codec/transaction';
import { votes } from '../lib/mechanism/votes';
import { account, ADDRESS, parameters } from '../test/fixtures';
import { allOf, askedFields, check } from './act-check';
import type { Seat } from './act-ending';
import { countIn } from '../lib/mechanism/waiting';
import { type Action, type Draft, type Fields, NO_FIELDS } from './act-draft';
import { backText, comesTo, lifetimeOf, previewOf, transactionsOf } from './act-request';

const ETM = 100_000_000n;
const FEE = 10_000_000n;
const miner = { id: 2, name: 'miner2' } as Miner;

function checked(action: Action, fields: Partial<Fields>, change: Partial<Account> = {}) {
  const own = { ...account, ...change };
  const named = fields.miner === 'miner2' ? miner : null;
  return check(
    action,
    { ...NO_FIELDS, ...fields },
    { account: own, parameters, t: en, miner: named, registered: { dial: 'a.example:1', contact: '' } },
  );
}

function draftOf(action: Action, ...payloads: Payload[]): Draft {
  const spends = payloads.reduce(
    (sum, payload) => (payload.kind === 'lock' || payload.kind === 'transfer' ? sum + payload.amount : sum),
    0n,
  );
  const votesFor = payloads.some((payload) => payload.kind === 'vote') ? miner : null;
  return { action, fields: NO_FIELDS, payloads, miner: votesFor, spends, keptDial: null, keptContact: null };
}

const lock = (amount: bigint): Payload => ({ kind: 'lock', amount });
const vote: Payload = { kind: 'vote', miner: miner.id };

describe('what was typed', () => {
  it('becomes a lock and a vote, whose two fees the balance has to cover', () => {
    expect(checked('lock', { amount: '1.5', miner: 'miner2' }).draft?.payloads).toEqual([
      lock(150_000_000n),
      vote,
    ]);
    expect(checked('lock', { amount: '50.02345681' }).draft?.spends).toBe(5_002_345_681n);
    expect(checked('lock', { amount: '50.02345681', miner: 'miner2' }).errors.amount).toBe(
      en.act.errors.overBalance('49.92345681'),
    );
  });

  it.each([
    ['lock', { amount: '' }, 'amount', en.act.errors.required],
    ['lock', { amount: '0' }, 'amount', en.act.errors.amountZero],
    ['lock', { amount: '1e3' }, 'amount', en.act.errors.amountCharacters],
    ['lock', { amount: '1', miner: 'stranger' }, 'miner', en.act.errors.minerUnknown],
    ['unlock', { amount: '100.00000001' }, 'amount', en.act.errors.overLocked('100')],
    ['unlock', { amount: '99.5' }, 'amount', en.act.errors.belowMinLock('1')],
    ['vote', { miner: '' }, 'miner', en.act.errors.required],
    ['vote', { miner: 'stranger' }, 'miner', en.act.errors.minerUnknown],
    ['transfer', { amount: '1', recipient: 'B' }, 'recipient', en.act.errors.addressPrefix],
    ['transfer', { amount: '1', recipient: ADDRESS, memo: 'a\nb' }, 'memo', en.act.errors.memoTooLong],
    ['register', { name: 'Big', dial: 'a.example:1' }, 'name', en.act.errors.name],
    ['register', { name: 'fine', dial: 'a.example' }, 'dial', en.act.errors.dial],
    ['register', { name: 'fine', dial: 'a.example:1', keys: 'ab' }, 'keys', en.act.errors.keys],
    ['update', { dial: 'a.example:1' }, 'dial', en.review.nothingChanges],
    ['resign', {}, 'name', en.act.errors.notMiner],
  ] as const)('is refused before a fee is paid: %s %j', (action, fields, field, text) => {
    const { errors, draft } = checked(action, fields);
    expect(errors[field]).toBe(text);
    expect(draft).toBeNull();
  });

  it('is refused where there is nothing to vote with, or nothing to withdraw', () => {
    expect(checked('vote', { miner: 'miner2' }, { projected: null }).errors.miner).toBe(
      en.act.errors.noPosition,
    );
    const idle = { ...account.projected!, miner: null };
    expect(checked('withdraw', {}, { projected: idle }).errors.miner).toBe(en.act.errors.noVote);
    expect(checked('withdraw', {}).draft?.payloads).toEqual([{ kind: 'withdraw' }]);
  });

  it('may come from a link, in which a bare number is a miner’s', () => {
    expect(askedFields({ miner: '4', amount: '7', to: ADDRESS })).toEqual({
      miner: '#4',
      amount: '7',
      recipient: ADDRESS,
    });
    expect(askedFields({ miner: 'amber' })).toEqual({ miner: 'amber' });
  });
});

describe('“All”', () => {
  const known = { account, parameters };
  const balance = BigInt(account.balance);

  it('leaves the fees of the request and of what comes after', () => {
    expect(allOf('lock', false, known)).toEqual({ amount: balance - 4n * FEE, later: 3n * FEE });
    expect(allOf('lock', true, known)).toEqual({ amount: balance - 5n * FEE, later: 3n * FEE });
    expect(allOf('transfer', false, known)).toEqual({ amount: balance - 3n * FEE, later: 2n * FEE });
    expect(allOf('unlock', false, known).amount).toBe(100n * ETM);
  });

  it('is nothing, and never less, where the balance covers no fee', () => {
    const poor = { account: { ...account, balance: '1' }, parameters };
    expect(allOf('lock', true, poor).amount).toBe(0n);
    expect(allOf('transfer', false, poor).amount).toBe(0n);
  });
});

describe('a draft', () => {
  const foreseen = (time_gain: number, locked: bigint) => ({
    ...account.projected!,
    time_gain,
    locked: locked.toString(),
    votes: votes(locked, time_gain).toString(),
    miner: { id: 2, name: 'miner2' },
  });
  const answer = (after: object | null) =>
    ({
      accepted: true,
      height: account.height,
      before: account.projected,
      after,
      effective_round: account.effective_round,
      waiting: 0,
      warnings: [],
    }) as unknown as Preview;
  const come = (draft: Draft, preview: Preview | undefined, fee: bigint | null = FEE) =>
    comeOf(account, draft, preview, fee);
  const comeOf = (
    own: Account,
    draft: Draft,
    preview: Preview | undefined,
    fee: bigint | null = FEE,
    seated: boolean | null = false,
  ) =>
    comesTo(draft, {
      own,
      account: countIn(own, parameters),
      seat: seatOf(own, seated),
      parameters,
      preview,
      shown: preview,
      fee,
    });

  /** Where its miner is known to sit in the committee, all that it is said to have made is proved. */
  const seatOf = ({ height, round_end: end }: Account, seated: boolean | null): Seat => {
    if (seated === null) return { kind: 'unknown' };
    return seated ? { kind: 'made', blocks: end.halvings_due, height } : { kind: 'none' };
  };

  it('asks the node its very question', () => {
    expect(previewOf(draftOf('lock', lock(5n), vote), 7n, 3)).toEqual({
      request: 'lock',
      amount: '5',
      miner: '2',
      fee: '7',
      nonce: 3,
    });
    const nonce = 3;
    expect(previewOf(draftOf('resign', { kind: 'resign' }), 7n, nonce)).toEqual({
      request: 'resign',
      fee: '7',
      nonce,
    });
    const update = (keys: Uint8Array<ArrayBuffer> | null) =>
      previewOf(draftOf('update', { kind: 'update', keys, dial: '', contact: null }), 7n, nonce);
    expect(update(null)).toEqual({ request: 'update', fee: '7', nonce });
    const keys = Uint8Array.from({ length: MINER_KEYS_BYTES }, (_, index) => index);
    const asked = {
      node_key: toHex(keys.slice(0, 32)),
      bls_key: toHex(keys.slice(32, 128)),
      fee: '7',
      nonce,
    };
    expect(update(keys)).toEqual({ request: 'update', ...asked });
    const register = { kind: 'register', name: 'quince', keys, dial: '', contact: null } as const;
    expect(previewOf(draftOf('register', register), 7n, nonce)).toEqual({
      request: 'register',
      name: 'quince',
      ...asked,
    });
  });

  it('comes to what the rules say, and pays a fee for each of its transactions', () => {
    const result = come(draftOf('lock', lock(10n * ETM), vote), undefined);
    // 100 at 5 with 10 at 1 is mixed, then leaving miner 1 halves it.
    expect(result.after).toEqual({ locked: 110n * ETM, timeGain: 2, miner: 2 });
    expect(result.fees).toBe(2n * FEE);
    expect(result.left).toBe(BigInt(account.balance) - 10n * ETM - 2n * FEE);
  });

  it.each([
    ['the same', foreseen(2, 100n * ETM), false],
    ['another time gain', foreseen(3, 100n * ETM), true],
    ['another amount', foreseen(2, 99n * ETM), true],
    ['another miner', { ...foreseen(2, 100n * ETM), miner: { id: 3, name: 'x' } }, true],
    ['other votes', { ...foreseen(2, 100n * ETM), votes: '1' }, true],
    ['no position', null, true],
  ])('is held against what the node foresees: %s', (_, after, disagrees) => {
    expect(come(draftOf('vote', vote), answer(after)).disagrees).toBe(disagrees);
  });

  it.each([
    ['votes for the miner that is asked for', { miner: { id: 2, name: 'miner2' } }],
    ['has another amount', { locked: (99n * ETM).toString() }],
    ['has lost more than halvings take', { time_gain: 4 }],
    ['has won more than days bring', { time_gain: 7 }],
  ])('is held against the position there is: one that %s', (_, change) => {
    const before = { ...account.projected!, ...change };
    const after = { ...before, miner: { id: 2, name: 'miner2' } };
    // What follows from it is computed rightly.
    const right = come(draftOf('vote', vote), { ...answer(after), before }).after!;
    const told = { ...answer(foreseen(right.timeGain, right.locked)), before };
    expect(come(draftOf('vote', vote), told).disagrees).toBe(true);
  });

  it('is held against the round in which the position is told', () => {
    const told = { ...answer(foreseen(2, 100n * ETM)), effective_round: account.effective_round + 1 };
    expect(come(draftOf('vote', vote), told).disagrees).toBe(true);
  });

  it('says where the vote is told to end with the round', () => {
    const before = { ...account.projected!, miner: null };
    const told = { ...answer(foreseen(5, 100n * ETM)), before };
    const { disagrees, voteEnds } = come(draftOf('vote', vote), told);
    expect([disagrees, voteEnds]).toEqual([false, true]);
    expect(come(draftOf('vote', vote), answer(foreseen(2, 100n * ETM))).voteEnds).toBe(false);
  });

  it('is held against the round that there is: nobody halves more than there are blocks, and who has no seat not at all', () => {
    const told = answer(foreseen(2, 100n * ETM));
    const end = (change: object, then: Partial<Account> = {}): Account => ({
      ...account,
      ...then,
      round_end: { ...account.round_end, ...change },
    });
    const disagrees = (own: Account, seated: boolean | null) =>
      comeOf(own, draftOf('vote', vote), { ...told, before: own.projected ?? null }, FEE, seated).disagrees;
    const six = { halvings_due: 6, halvings_expected: 6, halvings_most: 6 };
    const position = (time_gain: number) => ({ ...account.projected!, time_gain });
    const most = end(
      { halvings_due: 2, halvings_expected: 3, halvings_most: 4 },
      { projected: position(1), projected_best: position(1), projected_worst: position(1) },
    );
    const after = { ...foreseen(1, 100n * ETM) };
    const halves = (seated: boolean | null) =>
      comeOf(most, draftOf('vote', vote), { ...told, before: most.projected!, after }, FEE, seated);
    expect(disagrees(end(six), true)).toBe(true);
    expect(halves(true)).toMatchObject({ disagrees: false, seatOpen: false });
    expect(halves(null)).toMatchObject({ disagrees: false, seatOpen: true });
    expect(halves(false).disagrees).toBe(true);
    expect(disagrees(end({}), false)).toBe(false);
    expect(disagrees(end({ blocks_to_come: 3 }), false)).toBe(true);
    const idle = { ...most, position: { ...account.position!, miner: null } };
    expect(disagrees(idle, null)).toBe(true);
    expect(disagrees(end({ height: 16 }), false)).toBe(true);
    // What is told of the end of the round has to follow from what there is, whatever the answer to the question says.
    expect(disagrees(end({}, { projected_worst: position(1) }), false)).toBe(true);
    const odd = (days: number, devnet: boolean) => {
      const grown = position(5 + days);
      const own = end({ days }, { projected: grown, projected_best: grown, projected_worst: grown });
      const chain = { ...parameters.chain, devnet };
      const known = { own, account: own, seat: seatOf(own, false), preview: undefined, shown: undefined };
      return comesTo(draftOf('vote', vote), { ...known, parameters: { ...parameters, chain }, fee: FEE })
        .oddDays;
    };
    expect([odd(20, false), odd(1, false), odd(20, true)]).toEqual([true, false, false]);
  });

  type Told = NonNullable<Preview['before']>;

  /** Who has asked for these in block 12, as a node tells of it, with what it says of the end of the round. */
  const asked = (then: Told, ...requests: object[]): Account => ({
    ...account,
    pending_requests: requests.map((request) => ({
      effective_round: 3,
      request,
    })) as Account['pending_requests'],
    projected: then,
    projected_best: then,
    projected_worst: then,
  });

  it('is held against what the account has asked for: a request that is made up hides no other change', () => {
    const idle = { ...account.projected!, miner: null };
    const told = { ...answer(foreseen(5, 100n * ETM)), before: idle };
    const lockMore = { kind: 'lock', amount: (100n * ETM).toString() };
    // The vote would be gone without a loss, and more locked than there is.
    expect(comeOf(asked(idle, lockMore), draftOf('vote', vote), told).disagrees).toBe(true);
    const more = { ...idle, locked: (200n * ETM).toString(), time_gain: 3 };
    const after = { ...told, before: more, after: foreseen(3, 200n * ETM) };
    const result = comeOf(asked(more, lockMore), draftOf('vote', vote), after);
    expect([result.disagrees, result.voteEnds]).toEqual([false, true]);
    // Whoever withdrew a vote knows of it, and of its price.
    const free = comeOf(asked(idle, { kind: 'withdraw' }), draftOf('vote', vote), told);
    expect([free.disagrees, free.voteEnds]).toEqual([false, true]);
    const paid = { ...idle, time_gain: 2 };
    const withdrawn = { ...told, before: paid, after: foreseen(2, 100n * ETM) };
    const known = comeOf(asked(paid, { kind: 'withdraw' }), draftOf('vote', vote), withdrawn);
    expect([known.disagrees, known.voteEnds]).toEqual([false, false]);
  });

  it('accuses nobody where what was accepted is void, as a miner resigned before it', () => {
    const idle = { ...account.projected!, miner: null };
    const told = { ...answer(foreseen(5, 100n * ETM)), before: idle };
    const gone = comeOf(asked(idle, { kind: 'withdraw' }), draftOf('vote', vote), told);
    expect([gone.disagrees, gone.voteEnds]).toEqual([false, true]);
    // The second of two votes is void.
    const to = (id: number) => ({ kind: 'vote', miner: { id, name: `miner${id}` } });
    const first = { ...account.projected!, miner: { id: 3, name: 'miner3' }, time_gain: 2 };
    const after = { ...answer(foreseen(1, 100n * ETM)), before: first };
    expect(comeOf(asked(first, to(3), to(4)), draftOf('vote', vote), after).disagrees).toBe(false);
  });

  it('begins where the account is told to end, while the node’s answer is of another block', () => {
    const lie = { ...account.projected!, time_gain: 1 };
    const told = { ...answer(foreseen(1, 100n * ETM)), before: lie };
    expect(come(draftOf('vote', vote), told).disagrees).toBe(true);
    const late = come(draftOf('vote', vote), { ...told, height: account.height + 1 });
    expect([late.disagrees, late.before?.timeGain, late.after?.timeGain]).toEqual([false, 5, 2]);
  });

  it('changes nothing where the vote is for a miner that has resigned, perhaps with what waits', () => {
    const told = { ...answer(account.projected!), warnings: ['miner_resigning' as const] };
    const result = come(draftOf('vote', vote), told);
    expect([result.disagrees, result.after]).toEqual([false, result.before]);
  });

  it('begins where what waits leaves the position', () => {
    const before = foreseen(2, 20n * ETM);
    const told = { ...answer(foreseen(2, 20n * ETM)), before, waiting: 2 };
    const sent = { hash: 'aa', fee: FEE.toString() };
    const unlocks = { kind: 'unlock' as const, amount: (80n * ETM).toString() };
    const pending_transactions = [
      { ...sent, nonce: 4, payload: unlocks },
      { ...sent, nonce: 5, payload: { kind: 'vote' as const, miner: { id: 2, name: 'miner2' } } },
    ] as Account['pending_transactions'];
    const own = { ...account, next_nonce: 6, pending_transactions };
    const result = comeOf(own, draftOf('vote', vote), told);
    expect(result.before).toEqual({ locked: 20n * ETM, timeGain: 2, miner: 2 });
    expect(result.disagrees).toBe(false);
    // What is said to wait and is not shown explains nothing.
    expect(come(draftOf('vote', vote), told).disagrees).toBe(true);
  });

  it('says that too little is left, and holds no fee against a request that has none', () => {
    expect(come(draftOf('transfer'), undefined, null).fees).toBe(0n);
    const all: Payload = { kind: 'transfer', recipient: new Uint8Array(20), amount: 50n * ETM, memo: '' };
    const result = come(draftOf('transfer', all), undefined, 2n * FEE);
    expect(result.left).toBeLessThan(0n);
    expect(result.costs.left).toBeNull();
  });

  it('is signed as it is shown: number after number, one fee, one chain, one end', () => {
    const signed = transactionsOf(draftOf('lock', lock(1n), vote), {
      parameters,
      sender: 'ab',
      nonce: 4,
      fee: FEE,
      tip: 13,
    });
    expect(signed.map(({ nonce, fee, payload }) => [nonce, fee, payload])).toEqual([
      [4n, FEE, lock(1n)],
      [5n, FEE, vote],
    ]);
    for (const one of signed) {
      expect(one.chain).toBe(parameters.chain.id);
      expect(one.expiresAt).toBe(13n + BigInt(lifetimeOf(parameters)));
    }
  });

  it('lives five minutes, and on a slow chain twenty blocks', () => {
    expect(lifetimeOf(parameters)).toBe(600);
    expect(lifetimeOf({ ...parameters, slot_ms: 3_600_000 })).toBe(20);
  });

  it('says when what is given away comes back', () => {
    expect(backText(draftOf('lock'), parameters, account, en)).toBe(en.review.back.lock);
    expect(backText(draftOf('resign'), parameters, account, en)).toContain('10\u00a0ETM');
    expect(backText(draftOf('transfer'), parameters, account, en)).toBeNull();
  });
});
