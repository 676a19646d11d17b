import { beforeEach, describe, expect, it } from 'vitest';
import { startNode, type TestNode } from '../test/render';
import { Unreachable } from './client';
import { allRows, MINERS_MAX, type PageOf } from './pages';
import { allBonus, allMiners, minersListQuery, type MinersFilter } from './queries';

const growing = (next: number, before: number | null) => next > (before ?? -1);

/** A list that gives `rows` a page for ever, and says that there are `total`. */
function endless(total: number, rows: number) {
  let answers = 0;
  const read = (from: number | null): Promise<PageOf<number>> => {
    answers += 1;
    const first = from ?? 0;
    const page = Array.from({ length: rows }, (_, at) => first + at);
    return Promise.resolve({ rows: page, total, next: first + Math.max(1, rows) });
  };
  return { read, answers: () => answers };
}

describe('a list of pages', () => {
  it('is read to its end', async () => {
    const all = Array.from({ length: 25 }, (_, at) => at);
    const read = (from: number | null) => {
      const first = from ?? 0;
      const next = first + 10 < all.length ? first + 10 : null;
      return Promise.resolve({ rows: all.slice(first, first + 10), total: all.length, next });
    };
    expect(await allRows(read, 10, 100, growing)).toEqual(all);
  });

  it.each([
    ['more rows than can be', 101, 10, 1],
    ['more rows than it said', 25, 10, 3],
    ['a row a page', 25, 1, 4],
    ['no row a page', 25, 0, 4],
  ])('that gives %s is given up', async (_, total, rows, most) => {
    const list = endless(total, rows);
    await expect(allRows(list.read, 10, 100, growing)).rejects.toThrow(Unreachable);
    expect(list.answers()).toBe(most);
  });
});

describe('what the page reads in whole', () => {
  let node: TestNode;
  beforeEach(() => (node = startNode()));
  const filter: MinersFilter = {
    sort: 'rank',
    order: null,
    tab: 'all',
    q: '',
    ids: null,
    account: null,
    time_gain: 1,
    amount: '0',
  };

  it('ends, whatever a node makes of it', async () => {
    const rows = { rounds: [], miners: [], transactions: [], total: 1e9, offset: 0, next: 7 };
    node.overrides.set('miners', rows);
    node.overrides.set('accounts/A/bonus', rows);
    await expect(allMiners(filter)).rejects.toThrow(Unreachable);
    await expect(allBonus('A')).rejects.toThrow(Unreachable);
    expect(node.requests.length).toBe(2);
  });

  it('of the table goes no further than rows come', () => {
    const { getNextPageParam } = minersListQuery(filter);
    const page = { next: 5, offset: 0, miners: [{}] } as never;
    const following = (last: object, before: object[]) =>
      getNextPageParam(last as never, before as never, {} as never, [] as never);
    expect(following(page, [page])).toEqual({ offset: 0, limit: 5000 });
    expect(following({ next: 5, offset: 0, miners: [] }, [page])).toBeUndefined();
    expect(following({ next: 5, offset: 5, miners: [{}] }, [page, page])).toBeUndefined();
    const all = { next: 6, offset: 5, miners: Array(MINERS_MAX + 1).fill({}) };
    expect(following(all, [page, all])).toBeUndefined();
  });
});
