import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chainId, encodeBoundaries, genesis, makeRounds, type TestRound } from '../test/chain';
import { type Bytes, toHex } from '../lib/bytes';
import { answer, type Answer } from '../lib/verify/answer';
import { chainIdOf } from '../lib/verify/genesis';
import type { Step } from '../lib/verify/steps';
import { loadChain, loadKnown, saveChain, saveKnown } from './verify-pins';
import { type Result, runCheck, type Seen, type Source } from './verify-run';
import type { AskWorker } from './verify-walk';

const NODE = 'http://node';
const TIMEOUT = 120_000;
let rounds: TestRound[] = [];
beforeAll(() => {
  rounds = makeRounds(4);
}, TIMEOUT);
beforeEach(() => localStorage.clear());
afterEach(() => localStorage.clear());

/** The worker, without one. */
const ask: AskWorker = (question, onStep) =>
  new Promise((resolve) => {
    answer(question, (reply: Answer) => (reply.kind === 'step' ? onStep?.(reply.step) : resolve(reply)));
  });

/** A node that only has boundaries from round 0 on: the helper that encodes them begins there. */
function node(change: Partial<Source> = {}): Source & { asked: [number, number][] } {
  const asked: [number, number][] = [];
  return {
    asked,
    address: NODE,
    genesis: () => Promise.resolve({ id: chainId, canonical: toHex(genesis) }),
    boundaries: (from, limit) => {
      asked.push([from, limit]);
      return Promise.resolve(encodeBoundaries(rounds.slice(from, from + limit), from));
    },
    evidence: (round) => Promise.resolve(rounds[round]!.evidence),
    ...change,
  };
}

async function run(source: Source, wanted: number | Bytes, workers = 1, portion = 128) {
  const seen: Seen[] = [];
  let steps: Step[] = [];
  const watch = {
    anchored: (anchor: Seen) => seen.push(anchor),
    step: (step: Step) => steps.push(step),
    restarted: () => (steps = steps.filter(({ key }) => key === 'genesis')),
    walked: () => undefined,
    began: () => undefined,
  };
  const more = Array.from({ length: workers - 1 }, () => ask);
  const result: Result = await runCheck(source, [ask, ...more], wanted, watch, portion);
  return {
    result,
    seen: seen[0]!,
    steps,
    red: steps.filter(({ state }) => state === 'bad').map(({ key }) => key),
  };
}

describe('the anchor', () => {
  it(
    'is the node’s word at first use, and held against it from then on',
    async () => {
      const first = await run(node(), 0);
      expect(first.result).toMatchObject({ kind: 'holds', anchor: { kind: 'node' } });
      const pin = loadChain(NODE);
      expect(pin).toMatchObject({ chain: chainId, given: false });
      const second = await run(node(), 1);
      expect(second.result).toMatchObject({ kind: 'holds', anchor: { kind: 'pinned', since: pin!.since } });
      saveChain(NODE, { ...pin!, given: true });
      expect((await run(node(), 1)).result).toMatchObject({ kind: 'holds', anchor: { kind: 'given' } });
      const known = loadChain(NODE);

      const other = Uint8Array.from(genesis);
      other[3]! ^= 1;
      const swapped = node({
        genesis: () => Promise.resolve({ id: chainIdOf(other), canonical: toHex(other) }),
      });
      const third = await run(swapped, 0);
      expect(third.result.kind).toBe('fails');
      expect(third.red).toEqual(['genesis']);
      expect(third.seen.anchor).toEqual({ kind: 'other', known });
      expect(loadChain(NODE)).toEqual(known);
    },
    TIMEOUT,
  );

  it('is never a chain id that is not the hash of the genesis sent with it', async () => {
    const lying = node({
      genesis: () => Promise.resolve({ id: '00'.repeat(32), canonical: toHex(genesis) }),
    });
    expect((await run(lying, 0)).red).toEqual(['genesis']);
    expect(loadChain(NODE)).toBeNull();
  });

  it.each([
    '',
    '{',
    'null',
    '7',
    '"x"',
    '[]',
    '{}',
    `{"chain":"${'0'.repeat(63)}","since":1}`,
    `{"chain":"${'0'.repeat(64)}","since":1e300}`,
    `{"chain":7,"since":{}}`,
    '[[1,2,3]]',
    `[[-1,"a","b"],null,[]]`,
  ])(
    'and the way are not hindered by %j in the storage',
    async (text) => {
      localStorage.setItem(`etm.chain.${NODE}`, text);
      localStorage.setItem(`etm.known.${chainId}`, text);
      expect((await run(node(), 1)).result).toMatchObject({ kind: 'holds', anchor: { kind: 'node' } });
    },
    TIMEOUT,
  );
});

describe('the way', () => {
  it(
    'is asked for in ranges and goes on from the newest place verified',
    async () => {
      const source = node();
      expect((await run(source, 2)).result.kind).toBe('holds');
      expect(source.asked).toEqual([[0, 2]]);
      expect((await run(source, 3)).result.kind).toBe('holds');
      expect(source.asked).toEqual([[0, 2]]);
      expect(loadKnown(chainId, 99)?.round).toBe(4);
      // Rounds before the newest place have none kept but genesis.
      expect(loadKnown(chainId, 3)).toBeNull();
      expect((await run(source, 1)).result.kind).toBe('holds');
      expect(source.asked).toEqual([
        [0, 2],
        [0, 1],
      ]);
    },
    TIMEOUT,
  );

  it.each([1, 2])(
    'begins at genesis again where a planted place of round %i leads nowhere',
    async (round) => {
      saveKnown(chainId, { round, roots: ['ab'.repeat(32), 'cd'.repeat(32)] });
      const { result, red } = await run(node(), 2);
      expect(result.kind).toBe('holds');
      expect(red).toEqual([]);
      expect(loadKnown(chainId, round)?.roots[0]).not.toBe('ab'.repeat(32));
    },
    TIMEOUT,
  );

  it(
    'is kept where evidence is bad and the place is good',
    async () => {
      await run(node(), 2);
      const before = loadKnown(chainId, 3);
      const { result, red } = await run(node({ evidence: () => Promise.resolve(rounds[1]!.evidence) }), 3);
      expect([result.kind, red]).toEqual(['fails', ['committee']]);
      expect(loadKnown(chainId, 3)).toEqual(before);
    },
    TIMEOUT,
  );

  it('does not go where the node sends more than was asked for, or something else', async () => {
    const more = node({ boundaries: () => Promise.resolve(encodeBoundaries(rounds, 0)) });
    expect((await run(more, 2)).red).toEqual(['walk']);
    const rubbish = node({ boundaries: () => Promise.resolve(Uint8Array.of(1, 2, 3)) });
    expect((await run(rubbish, 2)).red).toEqual(['walk']);
  });
});

describe('a walk that several workers check', () => {
  it.each([1, 2, 3])(
    'leads to the same place with %i of them',
    async (workers) => {
      const source = node();
      expect((await run(source, 3, workers, 1)).result).toMatchObject({
        kind: 'holds',
        reading: { round: 3 },
      });
      expect(source.asked).toEqual([
        [0, 1],
        [1, 1],
        [2, 1],
      ]);
      expect(loadKnown(chainId, 99)?.round).toBe(4);
    },
    TIMEOUT,
  );

  it(
    'takes answers that are shorter than what was asked for',
    async () => {
      const source = node({
        boundaries: (from) => Promise.resolve(encodeBoundaries(rounds.slice(from, from + 1), from)),
      });
      expect((await run(source, 3, 2, 2)).result.kind).toBe('holds');
    },
    TIMEOUT,
  );

  it.each([
    [1, 1],
    [1, 3],
    [2, 1],
    [2, 3],
  ])(
    'does not join rounds from %i on that other committees signed, however well (%i at once)',
    async (forged, workers) => {
      // A chain of its own from the same genesis: all its signatures hold, its committees are others from round 2 on.
      const other = makeRounds(4, (draft) => {
        if (draft.round === 0) draft.drawn = [...draft.drawn].reverse();
      });
      const source = node({
        boundaries: (from, limit) =>
          Promise.resolve(
            encodeBoundaries((from >= forged ? other : rounds).slice(from, from + limit), from),
          ),
      });
      const { result, red } = await run(source, 3, workers, 1);
      expect([result.kind, red]).toEqual(['fails', ['walk']]);
      expect(loadKnown(chainId, 99)?.round ?? 0).toBeLessThanOrEqual(forged);
    },
    TIMEOUT,
  );

  it.each([0, 1, 2])(
    'says what is wrong in the first portion that is, here the one from round %i',
    async (broken) => {
      const source = node({
        boundaries: (from, limit) => {
          const encoded = encodeBoundaries(rounds.slice(from, from + limit), from);
          // A byte of a signature.
          const at = encoded.length - 20;
          if (from >= broken) encoded[at]! ^= 1;
          return Promise.resolve(encoded);
        },
      });
      const { steps, red } = await run(source, 3, 3, 1);
      expect(red).toEqual(['walk']);
      expect(steps.find(({ key }) => key === 'walk')?.detail).toContain(`round ${broken}`);
    },
    TIMEOUT,
  );
});

describe('a file', () => {
  it(
    'is checked for the round it is of',
    async () => {
      const { result } = await run(node(), rounds[1]!.evidence);
      expect(result).toMatchObject({ kind: 'holds', reading: { round: 1 } });
    },
    TIMEOUT,
  );

  it('that is none is refused, with the step named', async () => {
    expect((await run(node(), Uint8Array.of(1, 2, 3))).red).toEqual(['evidence']);
  });
});

describe('what cannot be had', () => {
  it('is neither green nor red', async () => {
    const { result, red } = await run(node({ evidence: () => Promise.reject(new Error('gone')) }), 0);
    expect([result, red]).toEqual([{ kind: 'incomplete', cause: new Error('gone') }, []]);
  });
});
