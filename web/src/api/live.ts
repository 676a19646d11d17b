/**
 * What the node says by itself (server-sent events), and whether it is there at all. Blocks can come twice a second:
 * they are collected and the pages refreshed at most once a second.
 */

import type { QueryClient } from '@tanstack/react-query';
import { routeUrl } from './client';
import type { BlockSummary, ChainEvent } from './types';

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
const REFRESH_MS = 1000;
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
  'rounds',
  'round',
  'bonus',
  'timeline',
  'supply-history',
]);

/** Lists whose order the reader has before the eyes: they are asked for anew only when the reader says so. */
const STANDING = new Set(['miners-list', 'miners-fresh']);

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

  constructor(queries: QueryClient) {
    this.#queries = queries;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#source === null && this.#retry === undefined) this.#connect();
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Live => this.#state;

  #set(change: Partial<Live>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  #connect(): void {
    this.#retry = undefined;
    const source = new EventSource(routeUrl('events', { kinds: ASKED.join(',') }));
    this.#source = source;
    this.#heard();
    source.onopen = () => {
      this.#failures = 0;
      this.#set({ connection: 'live' });
      void this.#queries.invalidateQueries({
        predicate: (query) => !STANDING.has(String(query.queryKey[0])),
      });
    };
    source.onerror = () => {
      source.close();
      clearTimeout(this.#silence);
      this.#source = null;
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
      this.#source?.close();
      this.#connect();
    }, SILENCE_MS);
  }

  #take(event: ChainEvent): void {
    if (event.kind === 'block') {
      const others = this.#state.blocks.filter((block) => block.height < event.block.height);
      this.#set({ blocks: [event.block, ...others].slice(0, KEEP_BLOCKS) });
    }
    if (event.kind === 'round' || event.kind === 'lagged') this.#roundEnded = true;
    if (this.#refresh !== undefined) return;
    this.#refresh = setTimeout(() => {
      const keys = this.#roundEnded ? PER_ROUND : PER_BLOCK;
      this.#refresh = undefined;
      this.#roundEnded = false;
      void this.#queries.invalidateQueries({
        predicate: (query) => keys.has(String(query.queryKey[0])),
        // A refresh that is under way is fresh enough.
        type: 'active',
      });
    }, REFRESH_MS);
  }
}
