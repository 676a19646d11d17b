/**
 * What the node says by itself (server-sent events), and whether it is there at all. Blocks can come twice a second: what they bring is
 * shown at once, and what only the node can say is asked for so seldom that a page stays under a request a second. A page that nobody
 * sees listens to nothing and asks for nothing.
 */

import type { QueryClient } from '@tanstack/react-query';
import { routeUrl } from './client';
import type { BlockSummary, ChainEvent, Status } from './types';

export type Connection = 'connecting' | 'live' | 'lost';

export interface Live {
  readonly connection: Connection;
  /** The last blocks, newest first. */
  readonly blocks: readonly BlockSummary[];
}

/** What to be told of. `lagged` comes unasked, to a reader who was too slow. */
const ASKED = ['block', 'round', 'missed'] as const;
const KINDS = [...ASKED, 'lagged'] as const;
const KEEP_BLOCKS = 128;
/** The least time between two refreshes, and what each request of a refresh adds to it: 40 a minute at most. */
const REFRESH_MS = 1000;
const REQUEST_MS = 1500;
/** A stream that is silent for so long is taken for dead: what stands between may keep it open after the node has gone. */
const SILENCE_MS = 10_000;
const RETRY_MS = [500, 1000, 2000, 4000] as const;

/** Queries that change with every block, by the first part of their key. */
const PER_BLOCK = new Set([
  'status',
  'account',
  'blocks',
  'round-current',
  'transaction',
  'supply',
  'mempool',
]);
/** Queries that change when a round ends. */
const PER_ROUND = new Set([
  ...PER_BLOCK,
  'miners',
  'miner',
  'miner-history',
  'miners-fresh',
  'rounds',
  'round',
  'bonus',
  'timeline',
  'supply-history',
]);

/** Lists whose order the reader has before the eyes: they are asked for anew only when the reader says so. */
const STANDING = new Set(['miners-list', 'blocks-list']);

export class LiveFeed {
  #state: Live = { connection: 'connecting', blocks: [] };
  readonly #listeners = new Set<() => void>();
  readonly #queries: QueryClient;
  #source: EventSource | null = null;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #roundEnded = false;
  /** Whether anything may have changed, also what no event tells of. */
  #refreshAll = false;
  /** Before this instant nothing is refreshed. */
  #notBefore = 0;
  /** Whether something may have happened that no event told of. */
  #missedSome = false;
  /** The last block of the round after which the state of the node was asked for. */
  #askedAfter = 0;

  constructor(queries: QueryClient) {
    this.#queries = queries;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#rest() : this.#wake()));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#source === null && this.#retry === undefined && !document.hidden) this.#connect();
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Live => this.#state;

  #set(change: Partial<Live>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** Nobody looks. */
  #rest(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    clearTimeout(this.#refresh);
    this.#retry = undefined;
    this.#refresh = undefined;
    this.#source?.close();
    this.#source = null;
    this.#missedSome = true;
  }

  #wake(): void {
    if (this.#source === null && this.#retry === undefined && this.#listeners.size > 0) this.#connect();
  }

  #connect(): void {
    this.#retry = undefined;
    const source = new EventSource(routeUrl('events', { kinds: ASKED.join(',') }));
    this.#source = source;
    this.#heard();
    source.onopen = () => {
      this.#failures = 0;
      this.#set({ connection: 'live' });
      // What the page asked for while it opened is new; after a gap everything may have changed.
      if (!this.#missedSome) return;
      this.#missedSome = false;
      this.#refreshAll = true;
      clearTimeout(this.#refresh);
      this.#refreshSoon();
    };
    source.onerror = () => {
      source.close();
      clearTimeout(this.#silence);
      this.#source = null;
      this.#missedSome = true;
      this.#set({ connection: 'lost' });
      const delay = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 4000;
      this.#failures += 1;
      this.#retry = setTimeout(() => this.#connect(), delay);
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (message) => {
        this.#heard();
        try {
          this.#take(JSON.parse((message as MessageEvent<string>).data) as ChainEvent);
        } catch {
          // A malformed event tells nothing; the next refresh brings the truth.
        }
      });
    }
  }

  /** The stream lives; if nothing more comes for long, it is opened anew. */
  #heard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#missedSome = true;
      this.#source?.close();
      this.#connect();
    }, SILENCE_MS);
  }

  #take(event: ChainEvent): void {
    if (event.kind === 'block') {
      const others = this.#state.blocks.filter((block) => block.height < event.block.height);
      this.#set({ blocks: [event.block, ...others].slice(0, KEEP_BLOCKS) });
      // An answer may be older than the blocks that were told of meanwhile: all that is beyond it counts.
      const status = this.#queries.setQueryData<Status>(['status'], (old) =>
        this.#state.blocks.reduceRight(advanced, old),
      );
      if (status !== undefined) this.#askAfterRound(status.progress.last_height, status.tip.height);
    }
    if (event.kind === 'round' || event.kind === 'lagged') this.#roundEnded = true;
    if (this.#refresh !== undefined || document.hidden) return;
    this.#refreshIn(Math.max(REFRESH_MS, this.#notBefore - Date.now()));
  }

  /** As soon as requests of before allow: a stream that breaks again and again is no reason for more of them. */
  #refreshSoon(): void {
    const early = this.#notBefore - Date.now();
    if (early > 0) this.#refreshIn(early);
    else this.#refreshPages();
  }

  #refreshIn(ms: number): void {
    // What was asked for since then puts it off.
    this.#refresh = setTimeout(() => this.#refreshSoon(), ms);
  }

  /** Blocks don't tell who is on turn in a new round: that is asked for at once, and counts among the requests of a refresh. */
  #askAfterRound(lastHeight: number, tip: number): void {
    if (tip < lastHeight || this.#askedAfter === lastHeight || document.hidden) return;
    this.#askedAfter = lastHeight;
    this.#notBefore = Math.max(this.#notBefore, Date.now()) + REQUEST_MS;
    void this.#queries.invalidateQueries({ queryKey: ['status'], exact: true, type: 'active' });
  }

  #refreshPages(): void {
    const all = this.#refreshAll;
    const keys = this.#roundEnded ? PER_ROUND : PER_BLOCK;
    this.#refresh = undefined;
    this.#refreshAll = false;
    this.#roundEnded = false;
    const predicate = (query: { readonly queryKey: readonly unknown[] }) => {
      const key = String(query.queryKey[0]);
      return all ? !STANDING.has(key) : keys.has(key);
    };
    // A list of several pages is as many requests.
    const requests = this.#queries
      .getQueryCache()
      .findAll({ predicate, type: 'active' })
      .filter((query) => !query.isDisabled())
      .reduce((sum, query) => sum + pagesOf(query.state.data), 0);
    this.#notBefore = Date.now() + requests * REQUEST_MS;
    if (all) void this.#queries.invalidateQueries({ predicate });
    // A refresh that is under way is fresh enough.
    else void this.#queries.invalidateQueries({ predicate, type: 'active' }, { cancelRefetch: false });
  }
}

function pagesOf(data: unknown): number {
  const pages = (data as { readonly pages?: unknown } | undefined)?.pages;
  return Array.isArray(pages) ? Math.max(1, pages.length) : 1;
}

/** The state of the node after one more block, as far as the block tells. */
function advanced(status: Status | undefined, block: BlockSummary): Status | undefined {
  if (status === undefined || block.height !== status.tip.height + 1) return status;
  const { progress } = status;
  const { height, hash, round, slot, timestamp_ms, producer } = block;
  const tip = { height, hash, round, slot, timestamp_ms, producer: producer ?? null };
  const best = Math.max(status.sync.best_height, height);
  // A block has come: the chain goes on. A node that follows behind is told of by `best_height`.
  const isBehind = status.sync.state === 'behind' && best > height;
  const sync = {
    ...status.sync,
    best_height: best,
    tip_age_ms: 0,
    state: isBehind ? status.sync.state : 'synced',
  } as const;
  const next = { ...status, tip, sync };
  if (height < progress.first_height || height >= progress.last_height) return next;
  const upcoming = progress.upcoming.filter((turn) => turn.slot > slot);
  return {
    ...next,
    progress: {
      ...progress,
      blocks_done: height - progress.first_height + 1,
      missed: progress.missed + block.missed.length,
      slot: upcoming[0]?.slot ?? progress.slot,
      producer: upcoming[0]?.miner ?? progress.producer ?? null,
      upcoming: upcoming.slice(1),
    },
  };
}
