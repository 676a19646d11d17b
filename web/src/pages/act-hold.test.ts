import { beforeEach, describe, expect, it } from 'vitest';
import { chainId, genesis } from '../test/chain';
import { account, parameters } from '../test/fixtures';
import { toHex } from '../lib/bytes';
import { answer } from '../lib/verify/answer';
import type { CheckedVotes } from '../lib/verify/votes';
import { hold } from './act-hold';
import type { Held, Named, OwnPosition } from './act-held';
import { type OwnRequests, ownRequests } from './act-asked';
import type { AskWorker } from './verify-walk';

beforeEach(() => localStorage.clear());

const told: OwnPosition = {
  address: 'ALTU5oEzidpkCo6RyRNF1s4BHHZXierq4W',
  locked: '500000000',
  timeGain: 9,
  miner: { id: 1, name: 'miner1' },
  round: 0,
  due: 1,
};
const proved = {
  chain: chainId,
  round: 0,
  height: 3,
  timestamp_ms: Date.now(),
  miner: told.miner,
  seated: true,
  produced: 1,
  position: { address: told.address, locked: told.locked, time_gain: told.timeGain, weight: '1', votes: '9' },
} as CheckedVotes;
// Tag, miner and round: where a walk has to lead. What more there is, the worker reads.
const evidence = Uint8Array.from([
  ...new TextEncoder().encode('etm/votes/v2'),
  0,
  0,
  0,
  1,
  ...new Uint8Array(8),
]);

/** A node that proves this, and what is asked of it. */
function held(
  reading: CheckedVotes | null | readonly CheckedVotes[],
  position: OwnPosition | null = told,
  miner: Named | null = null,
  requests: OwnRequests | null = null,
) {
  const asked: unknown[] = [];
  const worker: AskWorker = (question) =>
    new Promise((resolve) => {
      const one = Array.isArray(reading)
        ? (reading as CheckedVotes[])[Math.min(asked.length, reading.length) - 1]!
        : (reading as CheckedVotes | null);
      if (question.kind !== 'votes') answer(question, resolve);
      else if (one !== null) resolve({ kind: 'votes', outcome: { holds: true, steps: [], reading: one } });
    });
  const source = {
    address: 'http://node',
    genesis: () => Promise.resolve({ id: chainId, canonical: toHex(genesis) }),
    boundaries: () => Promise.reject(new Error('no walk is needed')),
    votes: (question: unknown) => {
      asked.push(question);
      return reading === null ? Promise.reject(new Error('none')) : Promise.resolve(evidence);
    },
    transaction: () => Promise.reject(new Error('none')),
  };
  return hold(source, [worker], parameters, miner, position, requests, () => Promise.resolve()).then(
    (answered): [Held, unknown[]] => [answered, asked],
  );
}

describe('the position of whoever signs', () => {
  it('is asked for by its own address, and proved by the state', async () => {
    const [answered, asked] = await held(proved);
    expect(answered).toEqual({
      kind: 'holds',
      unproved: [],
      standing: {
        height: 3,
        timestampMs: proved.timestamp_ms,
        seat: { kind: 'made', blocks: 1, height: 3 },
      },
    });
    expect(asked).toEqual([{ miner: 1, address: told.address }]);
  });

  it('is nothing to sign by where the state has another amount or time gain', async () => {
    const changed = (change: object) => ({ ...proved, position: { ...proved.position!, ...change } });
    for (const [change, what] of [
      [{ locked: '500000001' }, 'locked'],
      [{ time_gain: 8 }, 'timeGain'],
    ] as const) {
      const [answered] = await held(changed(change));
      expect(answered).toMatchObject({
        kind: 'differs',
        fault: { figures: [{ kind: what }, expect.anything(), expect.anything()] },
      });
    }
  });

  it('is nothing to sign by where the miner that it votes for has another name', async () => {
    const [answered] = await held(proved, { ...told, miner: { id: 1, name: 'amber' } });
    expect(answered).toMatchObject({
      kind: 'differs',
      fault: { kind: 'minerOther', figures: ['1', 'amber', 'miner1'] },
    });
  });

  it('is asked about apart where nothing or the state of another round is proved of one that votes', async () => {
    for (const reading of [null, { ...proved, round: 1 }]) {
      const [answered] = await held(reading);
      expect(answered).toEqual({ kind: 'holds', unproved: ['position_not_proved'], standing: null });
    }
  });

  it('waits for a block of the round, which tells who sits in its committee, and is asked about apart where none comes', async () => {
    const early = { ...proved, seated: null, produced: null };
    const [answered, asked] = await held([early, early, proved]);
    expect(answered).toMatchObject({ kind: 'holds', unproved: [], standing: { seat: { kind: 'made' } } });
    expect(asked).toHaveLength(3);
    const [never] = await held(early);
    expect(never).toMatchObject({ kind: 'holds', standing: { seat: { kind: 'unknown' } } });
    const [outside] = await held({ ...proved, seated: false, produced: null });
    expect(outside).toMatchObject({ standing: { seat: { kind: 'none' } } });
    // The end of the round is no reason to believe what was before it.
    const [other] = await held([early, { ...proved, round: 1 }]);
    expect(other).toMatchObject({ unproved: ['position_not_proved'], standing: null });
  });

  it('and that of its miner are one question', async () => {
    const late = { id: 9, name: 'late' };
    const [answered, asked] = await held({ ...proved, miner: late }, { ...told, miner: late }, late);
    expect(answered).toMatchObject({ kind: 'holds', unproved: [] });
    expect(asked).toEqual([{ miner: 9, address: told.address }]);
    const [none, once] = await held(null, { ...told, miner: late }, late);
    expect(none).toMatchObject({ unproved: ['position_not_proved', 'name_not_proved'] });
    expect(once).toHaveLength(1);
  });

  it('is judged by what the account has asked for: of what the node gives no signature for it is asked about apart', async () => {
    const [accepted] = [
      { request: { kind: 'withdraw' as const }, transaction: 'aa', height: 1, effective_round: 0 },
    ];
    const asked = { ...ownRequests(account), accepted: [accepted] };
    const [answered] = await held(proved, told, null, asked);
    expect(answered).toMatchObject({ kind: 'holds', unproved: ['requests_not_proved'] });
  });

  it('is not asked for where there is none that votes', async () => {
    const [answered, asked] = await held(proved, null);
    expect(answered).toEqual({ kind: 'holds', unproved: [], standing: null });
    expect(asked).toEqual([]);
  });

  it('is asked about apart where the state is of a block long past', async () => {
    const [answered] = await held({ ...proved, timestamp_ms: Date.now() - 3_600_000 });
    expect(answered).toMatchObject({ kind: 'holds', unproved: ['old_state'] });
  });
});
