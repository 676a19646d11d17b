import { QueryClient, type QueryFilters, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveFeed } from './live';
import type { Status } from './types';

class FakeSource extends EventTarget {
  static readonly all: FakeSource[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;

  constructor() {
    super();
    FakeSource.all.push(this);
  }

  close(): void {
    this.closed = true;
  }

  say(kind: string, data: string): void {
    this.dispatchEvent(new MessageEvent(kind, { data }));
  }
}

const block = (height: number) => JSON.stringify({ kind: 'block', block: { height }, finality_ms: 1 });
let queries: QueryClient;
let feed: LiveFeed;
let refreshed = 0;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeSource);
  FakeSource.all.length = 0;
  refreshed = 0;
  queries = new QueryClient();
  vi.spyOn(queries, 'invalidateQueries').mockImplementation(() => {
    refreshed += 1;
    return Promise.resolve();
  });
  feed = new LiveFeed(queries);
  feed.subscribe(() => undefined);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the live feed', () => {
  it('refreshes once a second, however many blocks come', () => {
    FakeSource.all[0]!.onopen?.();
    // What the page asked for while it opened is new.
    expect(refreshed).toBe(0);
    for (let height = 1; height <= 20; height += 1) FakeSource.all[0]!.say('block', block(height));
    vi.advanceTimersByTime(1000);
    expect(refreshed).toBe(1);
    expect(feed.snapshot().blocks[0]?.height).toBe(20);
  });

  it('tries again when the stream breaks, and refreshes everything once it is back', () => {
    FakeSource.all[0]!.onopen?.();
    FakeSource.all[0]!.onerror?.();
    expect(feed.snapshot().connection).toBe('lost');
    vi.advanceTimersByTime(500);
    expect(FakeSource.all).toHaveLength(2);
    FakeSource.all[1]!.onopen?.();
    expect(feed.snapshot().connection).toBe('live');
    expect(refreshed).toBe(1);
  });

  it('opens a stream anew that is silent, as one whose node is gone behind a proxy', () => {
    FakeSource.all[0]!.onopen?.();
    vi.advanceTimersByTime(10_000);
    expect(FakeSource.all[0]!.closed).toBe(true);
    expect(FakeSource.all).toHaveLength(2);
    FakeSource.all[1]!.say('block', block(1));
    vi.advanceTimersByTime(9000);
    expect(FakeSource.all).toHaveLength(2);
  });

  it('keeps a page under 60 requests a minute at two blocks a second, and every block shows at once', () => {
    FakeSource.all[0]!.onopen?.();
    const observers = ['status', 'account', 'blocks', 'supply', 'miners', 'bonus'].map(
      (key) => new QueryObserver(queries, { queryKey: [key], queryFn: () => 0, staleTime: Infinity }),
    );
    const stop = observers.map((observer) => observer.subscribe(() => undefined));
    let requests = 0;
    vi.spyOn(queries, 'invalidateQueries').mockImplementation((which) => {
      requests += queries.getQueryCache().findAll(which as QueryFilters).length;
      return Promise.resolve();
    });
    for (let height = 1; height <= 120; height += 1) {
      FakeSource.all[0]!.say('block', block(height));
      expect(feed.snapshot().blocks[0]?.height).toBe(height);
      if (height % 10 === 0) FakeSource.all[0]!.say('round', JSON.stringify({ kind: 'round', round: {} }));
      vi.advanceTimersByTime(500);
    }
    expect(requests).toBeLessThan(60);
    expect(requests).toBeGreaterThan(30);
    for (const end of stop) end();
  });

  it('keeps under it while a proxy breaks the stream every five seconds, and is new at once after a longer gap', () => {
    FakeSource.all[0]!.onopen?.();
    const keys = ['status', 'account', 'blocks', 'supply', 'miners', 'bonus', 'genesis', 'parameters'];
    const stop = keys.map((key) =>
      new QueryObserver(queries, { queryKey: [key], staleTime: Infinity }).subscribe(() => undefined),
    );
    let requests = 0;
    vi.spyOn(queries, 'invalidateQueries').mockImplementation((which) => {
      requests += queries.getQueryCache().findAll(which as QueryFilters).length;
      return Promise.resolve();
    });
    for (let second = 1; second <= 60; second += 1) {
      FakeSource.all.at(-1)!.say('block', block(second));
      if (second % 5 === 0) FakeSource.all.at(-1)!.onerror?.();
      vi.advanceTimersByTime(500);
      if (second % 5 === 0) FakeSource.all.at(-1)!.onopen?.();
      vi.advanceTimersByTime(500);
    }
    expect(requests).toBeLessThan(60);
    expect(requests).toBeGreaterThan(30);
    FakeSource.all.at(-1)!.onerror?.();
    vi.advanceTimersByTime(20_000);
    requests = 0;
    FakeSource.all.at(-1)!.onopen?.();
    expect(requests).toBe(keys.length);
    for (const end of stop) end();
  });

  it('keeps under it while rounds end every four seconds, too, which are asked after at once', () => {
    FakeSource.all[0]!.onopen?.();
    const keys = ['status', 'supply', 'supply-history', 'blocks', 'blocks-2', 'round-current', 'rounds'];
    const stop = keys.map((key) =>
      new QueryObserver(queries, { queryKey: [key], staleTime: Infinity }).subscribe(() => undefined),
    );
    let requests = 0;
    let afterRounds = 0;
    vi.spyOn(queries, 'invalidateQueries').mockImplementation((which) => {
      requests += queries.getQueryCache().findAll(which as QueryFilters).length;
      if (which?.exact === true) afterRounds += 1;
      return Promise.resolve();
    });
    for (let height = 1; height <= 150; height += 1) {
      const first = height - ((height - 1) % 10);
      if (height === first) queries.setQueryData(['status'], statusAt(height - 1, first, first + 9));
      FakeSource.all[0]!.say('block', told(height));
      if (height === first + 9) FakeSource.all[0]!.say('round', JSON.stringify({ kind: 'round', round: {} }));
      vi.advanceTimersByTime(400);
    }
    expect(afterRounds).toBe(15);
    expect(requests).toBeLessThan(60);
    expect(requests).toBeGreaterThan(30);
    for (const end of stop) end();
  });

  const statusAt = (height: number, first: number, last: number, sync = {}) =>
    ({
      tip: { height },
      sync: { state: 'synced', best_height: height, tip_age_ms: 5, ...sync },
      progress: {
        first_height: first,
        last_height: last,
        blocks_done: height - first + 1,
        missed: 0,
        slot: 1,
        producer: null,
        upcoming: [],
      },
    }) as unknown as Status;
  const told = (height: number) =>
    JSON.stringify({ kind: 'block', block: { height, round: 1, slot: height, missed: [] }, finality_ms: 1 });
  const shown = () => queries.getQueryData<Status>(['status']);

  it('goes on from an answer that is older than the blocks it was told of', () => {
    FakeSource.all[0]!.onopen?.();
    queries.setQueryData(['status'], statusAt(10, 10, 29));
    for (const height of [11, 12, 13]) FakeSource.all[0]!.say('block', told(height));
    expect(shown()?.tip.height).toBe(13);
    // What was asked for at block 11 arrives after block 13.
    queries.setQueryData(['status'], statusAt(11, 10, 29));
    FakeSource.all[0]!.say('block', told(14));
    expect(shown()?.tip.height).toBe(14);
    expect(shown()?.progress.blocks_done).toBe(5);
  });

  it.each([
    [
      { state: 'stalled', tip_age_ms: 30_000 },
      { state: 'synced', tip_age_ms: 0, best_height: 11 },
    ],
    [
      { state: 'behind', best_height: 10 },
      { state: 'synced', tip_age_ms: 0, best_height: 11 },
    ],
    [
      { state: 'behind', best_height: 20 },
      { state: 'behind', tip_age_ms: 0, best_height: 20 },
    ],
  ])('says with a block only what is true after it: %j', (before, after) => {
    FakeSource.all[0]!.onopen?.();
    queries.setQueryData(['status'], statusAt(10, 10, 29, before));
    FakeSource.all[0]!.say('block', told(11));
    expect(shown()?.sync).toEqual(after);
  });

  it('asks once who is on turn when a round has ended, without waiting for the next refresh', () => {
    FakeSource.all[0]!.onopen?.();
    queries.setQueryData(['status'], statusAt(27, 10, 29));
    const asked = vi.spyOn(queries, 'invalidateQueries');
    FakeSource.all[0]!.say('block', told(28));
    expect(asked).not.toHaveBeenCalled();
    for (const height of [29, 30, 31]) FakeSource.all[0]!.say('block', told(height));
    expect(asked.mock.calls.map(([which]) => which?.queryKey)).toEqual([['status']]);
  });

  it('asks for nothing and listens to nothing while nobody looks', () => {
    FakeSource.all[0]!.onopen?.();
    FakeSource.all[0]!.say('block', block(1));
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(FakeSource.all[0]!.closed).toBe(true);
    vi.advanceTimersByTime(600_000);
    expect(refreshed).toBe(0);
    expect(FakeSource.all).toHaveLength(1);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event('visibilitychange'));
    FakeSource.all[1]!.onopen?.();
    expect(refreshed).toBe(1);
    hidden.mockRestore();
  });

  it('is not disturbed by events that make no sense', () => {
    FakeSource.all[0]!.say('block', '{{');
    FakeSource.all[0]!.say('block', 'null');
    expect(feed.snapshot().blocks).toEqual([]);
  });
});
