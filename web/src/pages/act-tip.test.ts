import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../api/client';
import { chainId, genesis } from '../test/chain';
import { answer } from '../lib/verify/answer';
import { readGenesis } from '../lib/verify/genesis';
import { AHEAD } from './act-held';
import { reachedBy } from './act-tip';
import { loadKnown, saveKnown } from './verify-pins';
import type { AskWorker } from './verify-walk';

const own = readGenesis(genesis, chainId);
const SLACK = Math.ceil(AHEAD / own.rules.blocksPerRound);
const work: AskWorker = (question) => new Promise((resolve) => answer(question, resolve));

beforeEach(() => localStorage.clear());

/** What is known of a node that says that round `running` runs, and answers so when it is asked for the ends of rounds before. */
function judged(running: number, boundaries: () => Promise<Uint8Array<ArrayBuffer>>) {
  let asked = 0;
  const source = {
    boundaries: () => {
      asked += 1;
      return boundaries();
    },
  };
  return reachedBy(source, [work], own, running, 2_000).then((reached) => [reached, asked] as const);
}

const none = () => Promise.reject(new Error('none'));
const denied = () => Promise.reject(new ApiError(400, 'invalid_query', 'round 3 is running'));

describe('the last block that a node names', () => {
  it('is believed within the blocks that nodes may be apart, without a question', async () => {
    expect(await judged(SLACK, none)).toEqual(['proved', 0]);
    saveKnown(chainId, { round: 9, roots: ['11'.repeat(32), '22'.repeat(32)] });
    expect(await judged(SLACK + 9, none)).toEqual(['proved', 0]);
  });

  it('is the node’s word where nothing of the chain was proved before, and where the way is too long', async () => {
    expect(await judged(SLACK + 5, none)).toEqual(['unknown', 1]);
    expect(await judged(SLACK + 2_001, none)).toEqual(['unknown', 0]);
  });

  it('is asked about apart where the node has no end of the round, or proves less than was proved before', async () => {
    expect(await judged(SLACK + 5, denied)).toEqual(['unproved', 1]);
    saveKnown(chainId, own.known);
    expect(await judged(SLACK + 5, none)).toEqual(['unproved', 1]);
  });

  it('is a lie where the ends of rounds don’t hold, and what was kept is begun anew', async () => {
    const wrong = () => Promise.resolve(new Uint8Array(40));
    const [reached] = await judged(SLACK + 5, wrong);
    expect(reached).toMatchObject({ kind: 'malformedAt' });
    saveKnown(chainId, { round: 3, roots: ['11'.repeat(32), '22'.repeat(32)] });
    const [anew, asked] = await judged(SLACK + 5, wrong);
    expect(anew).toMatchObject({ kind: 'malformedAt' });
    expect(asked).toBe(2);
    expect(loadKnown(chainId, 3)).toBeNull();
  });
});
