import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveFeed } from './live';

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
    expect(refreshed).toBe(1);
    for (let height = 1; height <= 20; height += 1) FakeSource.all[0]!.say('block', block(height));
    vi.advanceTimersByTime(1000);
    expect(refreshed).toBe(2);
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
    expect(refreshed).toBe(2);
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

  it('is not disturbed by events that make no sense', () => {
    FakeSource.all[0]!.say('block', '{{');
    FakeSource.all[0]!.say('block', 'null');
    expect(feed.snapshot().blocks).toEqual([]);
  });
});
