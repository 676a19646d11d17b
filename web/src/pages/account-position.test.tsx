/** What a position says of the days to come. */

import { screen } from '@testing-library/preact';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Position } from '../api/types';
import { account, ADDRESS } from '../test/fixtures';
import { renderAt, startNode, type TestNode } from '../test/render';
import { WalletStore } from '../wallet/store';

let node: TestNode;

beforeEach(() => {
  localStorage.clear();
  node = startNode();
});

/** Shows the position with these figures, and what stands below the name. */
async function noteOf(name: string, change: Partial<Position>, days = 0): Promise<string> {
  node.overrides.set(`accounts/${ADDRESS}`, {
    ...account,
    position: { ...account.position!, ...change },
    round_end: { ...account.round_end, days },
  });
  const store = new WalletStore();
  store.watch('Savings', ADDRESS);
  await renderAt('/position', store);
  const fact = (await screen.findByText(name)).closest('.facts > div')!;
  return fact.querySelector('.note .either > :not([aria-hidden])')?.textContent ?? '';
}

describe('the next day of a position', () => {
  it.each<[string, Partial<Position>, string]>([
    ['no halving is due', { time_gain: 5, halvings_due: 0 }, 'to 6 if its miner adds no block until then'],
    [
      'a halving is due',
      { time_gain: 2, halvings_due: 1 },
      'first halved to 1 at the end of this round, then to 2 if its miner adds no more blocks',
    ],
    [
      'several are due',
      { time_gain: 20, halvings_due: 2 },
      'first halved to 5 at the end of this round, then to 6 if its miner adds no more blocks',
    ],
    [
      'one is due at the highest',
      { time_gain: 32, halvings_due: 1 },
      'first halved to 16 at the end of this round, then to 17 if its miner adds no more blocks',
    ],
    ['none is due at the highest', { time_gain: 32, halvings_due: 0 }, 'at its maximum of 32'],
    ['one is due at the lowest, which it leaves as it is', { time_gain: 1, halvings_due: 3 }, 'to 2'],
    ['it votes for nobody', { time_gain: 7, halvings_due: 0, miner: null }, 'to 8'],
  ])('is told in the order of what comes: %s', async (_, change, text) => {
    expect(await noteOf('Next +1', change)).toBe(text);
  });

  it('comes with the end of the running round if days begin in it', async () => {
    const change = { time_gain: 5, halvings_due: 0 };
    expect(await noteOf('Next +1', change, 2)).toBe('to 7 if its miner adds no block until then');
    expect(screen.getByText('at the end of round 3')).toBeTruthy();
  });

  it('is told so in Chinese, too', async () => {
    localStorage.setItem('etm.language', 'zh');
    expect(await noteOf('下次 +1', { time_gain: 2, halvings_due: 1 })).toBe(
      '本轮结束时先减半至 1；此后其矿工若不再出块，再升至 2',
    );
  });
});

describe('the forecast', () => {
  const lines = async (change: Partial<Position>) => {
    await noteOf('Next +1', change);
    const chart = await screen.findByRole('img', { name: 'Forecast of time gain' });
    return [...chart.closest('figure')!.querySelectorAll('.legend span')].map((line) => line.textContent);
  };

  it('has one line more for what the miner is likely to do', async () => {
    expect(await lines({})).toEqual([
      'if its miner adds no more blocks',
      'as its miner is likely to be elected (estimate)',
    ]);
  });

  it('speaks of no miner where there is none', async () => {
    expect(await lines({ miner: null })).toEqual(['Time gain']);
  });
});
