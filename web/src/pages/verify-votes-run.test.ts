import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chainId, encodeBoundaries, genesis, makeRounds, type TestRound } from '../test/chain';
import { vectors } from '../test/vectors';
import { type Bytes, fromHex, toHex } from '../lib/bytes';
import { answer } from '../lib/verify/answer';
import { loadKnown, saveChain, saveKnown } from './verify-pins';
import { runVotes, type VotesSource } from './verify-votes-run';
import type { AskWorker } from './verify-walk';

const NODE = 'http://node';
let rounds: TestRound[] = [];
beforeAll(() => {
  rounds = makeRounds(6);
}, 120_000);
beforeEach(() => localStorage.clear());

const ask: AskWorker = (question) => new Promise((resolve) => answer(question, resolve));
// Evidence of round 5 of another chain.
const { evidence } = vectors('votes/position.json') as { evidence: string };

function run(votes: () => Promise<Bytes>, change: Partial<VotesSource> = {}) {
  const source: VotesSource = {
    address: NODE,
    genesis: () => Promise.resolve({ id: chainId, canonical: toHex(genesis) }),
    boundaries: (from, limit) => Promise.resolve(encodeBoundaries(rounds.slice(from, from + limit), from)),
    votes,
    ...change,
  };
  const watch = { anchored: () => undefined, walked: () => undefined };
  return runVotes(source, [ask], { miner: 6, address: null }, watch, 2);
}

describe('the proof of votes', () => {
  it('fails where the evidence is none, or of something else', { timeout: 120_000 }, async () => {
    const rubbish = await run(() => Promise.resolve(Uint8Array.of(1, 2, 3)));
    expect(rubbish).toMatchObject({ kind: 'fails', step: 'evidence' });
    const other = await run(() => Promise.resolve(fromHex(evidence)));
    expect(other).toMatchObject({ kind: 'fails', step: 'committee' });
    expect(loadKnown(chainId, 99)?.round).toBe(5);
  });

  it('begins at genesis again where a planted place leads nowhere', { timeout: 120_000 }, async () => {
    saveKnown(chainId, { round: 3, roots: ['ab'.repeat(32), 'cd'.repeat(32)] });
    const result = await run(() => Promise.resolve(fromHex(evidence)));
    expect(result).toMatchObject({ kind: 'fails', step: 'committee' });
    expect(loadKnown(chainId, 99)?.round).toBe(5);
  });

  it('fails at the walk, and at the chain, where those are others', { timeout: 120_000 }, async () => {
    const astray = await run(() => Promise.resolve(fromHex(evidence)), {
      boundaries: () => Promise.resolve(Uint8Array.of(9)),
    });
    expect(astray).toMatchObject({ kind: 'fails', step: 'walk' });
    saveChain(NODE, { chain: '12'.repeat(32), since: 1, given: false });
    expect(await run(() => Promise.resolve(fromHex(evidence)))).toMatchObject({
      kind: 'fails',
      step: 'genesis',
    });
  });

  it('says nothing where something cannot be had', async () => {
    expect(await run(() => Promise.reject(new Error('gone')))).toEqual({
      kind: 'incomplete',
      cause: new Error('gone'),
    });
  });
});
