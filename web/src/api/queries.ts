/** What the pages read, each with its key. Keys begin with the word by which the live feed refreshes them. */

import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  type QueryClient,
} from '@tanstack/react-query';
import { readInteger } from '../lib/amount';
import { setClock } from '../lib/clock';
import { ApiError, get } from './client';
import { allRows, MINERS_MAX, ROWS_MAX } from './pages';
import type {
  Account,
  Block,
  MinerDetail,
  MinerPage,
  MinerSort,
  MinerTab,
  Order,
  Parameters,
  Preview,
  PreviewRequest,
  Round,
  RoundReceipt,
  Schema,
  Status,
  Supply,
  SupplyPoint,
  Transaction,
} from './types';

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: async ({ signal }) => {
    const status = await get<Status>('status', {}, signal);
    setClock(status.sync.now_ms);
    return status;
  },
});

/** For the one place that asks without being told: each that waits for an interval asks for itself. */
export const STATUS_MS = 20_000;

export const parametersQuery = queryOptions({
  queryKey: ['parameters'],
  queryFn: ({ signal }) => get<Parameters>('parameters', {}, signal),
  staleTime: Infinity,
});

export const supplyQuery = queryOptions({
  queryKey: ['supply'],
  queryFn: ({ signal }) => get<Supply>('supply', {}, signal),
});

export const supplyHistoryQuery = queryOptions({
  queryKey: ['supply-history'],
  queryFn: ({ signal }) =>
    get<SupplyPoint[] | { points: SupplyPoint[] }>('supply/history', { points: 120 }, signal),
  select: (answer) => (Array.isArray(answer) ? answer : answer.points),
});

export const accountQuery = (address: string) =>
  queryOptions({
    queryKey: ['account', address],
    queryFn: ({ signal }) => get<Account>(`accounts/${encodeURIComponent(address)}`, {}, signal),
  });

export const bonusQuery = (address: string, earnedOnly: boolean) =>
  infiniteQueryOptions({
    queryKey: ['bonus', address, earnedOnly],
    queryFn: ({ pageParam, signal }) =>
      get<Schema<'BonusPage'>>(
        `accounts/${encodeURIComponent(address)}/bonus`,
        { before_round: pageParam, earned_only: earnedOnly ? true : null, limit: 50 },
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next ?? undefined,
  });

/** The last rounds of an account, for its charts. */
export const bonusCourseQuery = (address: string) =>
  queryOptions({
    queryKey: ['bonus', address, 'course'],
    queryFn: ({ signal }) =>
      get<Schema<'BonusPage'>>(`accounts/${encodeURIComponent(address)}/bonus`, { limit: 200 }, signal),
  });

export const timelineQuery = (address: string) =>
  infiniteQueryOptions({
    queryKey: ['timeline', address],
    queryFn: ({ pageParam, signal }) =>
      get<Schema<'TimelinePage'>>(
        `accounts/${encodeURIComponent(address)}/timeline`,
        { offset: pageParam, limit: 50 },
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const accountTransactionsQuery = (address: string) =>
  infiniteQueryOptions({
    queryKey: ['account', address, 'transactions'],
    queryFn: ({ pageParam, signal }) =>
      get<Schema<'TransactionPage'>>(
        `accounts/${encodeURIComponent(address)}/transactions`,
        { cursor: pageParam, limit: 25 },
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next ?? undefined,
  });

export interface PreviewOf {
  readonly request: PreviewRequest;
  readonly amount?: string | undefined;
  readonly miner?: string | undefined;
  /** The name to be registered. */
  readonly name?: string | undefined;
  /** The keys to be registered, both or none. */
  readonly node_key?: string | undefined;
  readonly bls_key?: string | undefined;
  /** In units, of each transaction. */
  readonly fee?: string | undefined;
  /** The nonce it will be signed with: what waits with lower ones is counted in. */
  readonly nonce?: number | undefined;
}

export const previewQuery = (address: string, of: PreviewOf) =>
  queryOptions({
    queryKey: ['account', address, 'preview', of],
    queryFn: ({ signal }) =>
      get<Preview>(`accounts/${encodeURIComponent(address)}/preview`, { ...of }, signal),
    placeholderData: keepPreviousData,
  });

export interface MinersFilter {
  readonly sort: MinerSort;
  readonly order: Order | null;
  readonly tab: MinerTab;
  readonly q: string;
  readonly ids: string | null;
  readonly account: string | null;
  readonly time_gain: number;
  /** In units. */
  readonly amount: string;
}

export const MINERS_FIRST = 200;
const MINERS_REST = 5000;

/**
 * The miners in the order they had when they were asked for: the list is not refreshed by itself, so that no row moves under the
 * pointer. The first page is small; what is beyond it comes in one piece from the beginning, so that an order that changed in
 * between leaves nobody out.
 */
export const minersListQuery = (filter: MinersFilter) =>
  infiniteQueryOptions({
    queryKey: ['miners-list', filter],
    queryFn: ({ pageParam, signal }) => get<MinerPage>('miners', { ...filter, ...pageParam }, signal),
    initialPageParam: { offset: 0, limit: MINERS_FIRST },
    getNextPageParam: (page, pages) => {
      if (page.next == null) return undefined;
      // Rows are asked for as they come into sight: a node with no end of them, or of pages without any, is asked no further.
      const rows = pages.reduce((sum, { miners }) => sum + miners.length, 0);
      if (page.miners.length === 0 || page.next <= page.offset || rows > MINERS_MAX) return undefined;
      return { offset: pages.length === 1 ? 0 : page.next, limit: MINERS_REST };
    },
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });

/** The present figures of some miners, for rows that stand already; asked for anew when a round ends. */
export const minersFreshQuery = (filter: MinersFilter, ids: readonly number[]) =>
  queryOptions({
    queryKey: ['miners-fresh', filter, ids],
    queryFn: ({ signal }) =>
      get<MinerPage>(
        'miners',
        {
          ids: ids.join(','),
          account: filter.account,
          time_gain: filter.time_gain,
          amount: filter.amount,
          limit: 500,
        },
        signal,
      ),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });

/** The miners that are compared, and the one whose name or `#id` is being typed. */
export const comparedQuery = (
  ids: readonly number[],
  typed: string,
  amount: bigint,
  gain: number,
  account: string | null,
) =>
  queryOptions({
    queryKey: ['miners', 'compared', ids, typed, amount.toString(), gain, account],
    queryFn: async ({ signal }) => {
      const estimate = { time_gain: gain, amount: amount.toString(), account };
      const page =
        ids.length === 0
          ? null
          : await get<MinerPage>('miners', { ids: ids.join(','), ...estimate, limit: 4 }, signal);
      const q = typed.toLowerCase();
      const named =
        q === ''
          ? null
          : await get<MinerPage>('miners', { q, sort: 'name', limit: 100, ...estimate }, signal);
      const found = named?.miners.find((miner) => miner.name === q || `#${miner.id}` === q) ?? null;
      const byId = new Map((page?.miners ?? []).map((miner) => [miner.id, miner]));
      return {
        miners: ids.map((id) => byId.get(id)).filter((miner) => miner !== undefined),
        past: page?.past ?? true,
        found: found !== null && ids.includes(found.id) ? null : found,
      };
    },
    placeholderData: keepPreviousData,
  });

/** All registered miners, for figures over all of them. */
export const allMinersQuery = queryOptions({
  queryKey: ['miners', 'all'],
  queryFn: ({ signal }) => get<MinerPage>('miners', { sort: 'id', limit: 5000 }, signal),
});

export const minerQuery = (
  miner: string,
  account: string | null,
  timeGain: number,
  amount: bigint | null = null,
) =>
  queryOptions({
    queryKey: ['miner', miner, account, timeGain, amount?.toString() ?? null],
    queryFn: ({ signal }) =>
      get<MinerDetail>(
        `miners/${encodeURIComponent(miner)}`,
        { account, time_gain: timeGain, amount: amount?.toString() },
        signal,
      ),
    placeholderData: keepPreviousData,
  });

export const minerHistoryQuery = (miner: string) =>
  queryOptions({
    queryKey: ['miner-history', miner],
    queryFn: ({ signal }) =>
      get<Schema<'MinerHistoryPage'>>(`miners/${encodeURIComponent(miner)}/history`, { limit: 120 }, signal),
  });

/** The rounds up to this one, which a reader has before the eyes: its figures go on, and none comes on top. */
export const roundsUpToQuery = (last: number) =>
  infiniteQueryOptions({
    queryKey: ['rounds', last],
    queryFn: ({ pageParam, signal }) =>
      get<Schema<'RoundPage'>>('rounds', { before_round: pageParam, limit: 50 }, signal),
    initialPageParam: last + 1,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const roundsQuery = infiniteQueryOptions({
  queryKey: ['rounds'],
  queryFn: ({ pageParam, signal }) =>
    get<Schema<'RoundPage'>>('rounds', { before_round: pageParam, limit: 50 }, signal),
  initialPageParam: null as number | null,
  getNextPageParam: (page) => page.next ?? undefined,
});

export const roundQuery = (round: string) =>
  queryOptions({
    queryKey: [round === 'current' ? 'round-current' : 'round', round],
    queryFn: ({ signal }) => get<Round>(`rounds/${encodeURIComponent(round)}`, {}, signal),
  });

export const receiptQuery = (round: number) =>
  queryOptions({
    queryKey: ['receipt', round],
    queryFn: ({ signal }) => get<RoundReceipt>(`rounds/${round}/receipt`, {}, signal),
    staleTime: Infinity,
  });

/** Who could be drawn at the end of a round, with what, and what their voters got in it. */
export interface DrawAt {
  readonly round: number;
  readonly candidates: RoundReceipt['draw']['candidates'];
  /** The pool of each candidate and of each member: 0 for those without a seat. */
  readonly pools: readonly bigint[];
}

function poolsOf({ draw, pools }: RoundReceipt): bigint[] {
  const shared = new Map(pools.map(({ miner, pool }) => [miner.id, readInteger(pool)]));
  for (const { miner } of draw.candidates) shared.set(miner.id, shared.get(miner.id) ?? 0n);
  return [...shared.values()];
}

/** So many rounds tell of the past, whatever its length. */
const DRAWS = 12;

/** The draws of rounds evenly spread over what the node keeps, oldest first. */
export const concentrationCourseQuery = queryOptions({
  queryKey: ['concentration-course'],
  queryFn: async ({ signal, client }): Promise<DrawAt[]> => {
    const points = await get<SupplyPoint[]>('supply/history', { points: DRAWS }, signal);
    const draws: DrawAt[] = [];
    for (const { round } of points) {
      try {
        const receipt = await client.query(receiptQuery(round));
        draws.push({ round, candidates: receipt.draw.candidates, pools: poolsOf(receipt) });
      } catch (error) {
        // Forgotten since the node was asked what it keeps.
        if (!(error instanceof ApiError && error.status === 410)) throw error;
      }
    }
    return draws;
  },
  staleTime: Infinity,
});

export const blocksQuery = (limit: number, producer: number | null) =>
  infiniteQueryOptions({
    queryKey: ['blocks', limit, producer],
    queryFn: ({ pageParam, signal }) =>
      get<Schema<'BlockPage'>>('blocks', { before_height: pageParam, limit, producer }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next ?? undefined,
  });

/** The newest blocks as they were asked for: they stand until the reader wants newer ones. */
export const standingBlocksQuery = infiniteQueryOptions({
  ...blocksQuery(50, null),
  queryKey: ['blocks-list'],
  refetchOnWindowFocus: false,
});

export const blockQuery = (block: string) =>
  queryOptions({
    queryKey: ['block', block],
    queryFn: ({ signal }) => get<Block>(`blocks/${encodeURIComponent(block)}`, {}, signal),
  });

export const blockReceiptsQuery = (block: string) =>
  queryOptions({
    queryKey: ['block-receipts', block],
    queryFn: ({ signal }) =>
      get<Schema<'BlockReceipts'>>(`blocks/${encodeURIComponent(block)}/receipts`, {}, signal),
    staleTime: Infinity,
  });

export const transactionQuery = (hash: string) =>
  queryOptions({
    queryKey: ['transaction', hash],
    queryFn: ({ signal }) => get<Transaction>(`transactions/${encodeURIComponent(hash)}`, {}, signal),
  });

export const mempoolQuery = queryOptions({
  queryKey: ['mempool'],
  queryFn: ({ signal }) => get<Schema<'Mempool'>>('mempool', {}, signal),
});

export const peersQuery = queryOptions({
  queryKey: ['peers'],
  queryFn: ({ signal }) => get<Schema<'Peers'>>('peers', {}, signal),
  refetchInterval: 20_000,
});

/** All rounds of bonus of an account, for export. */
export function allBonus(address: string): Promise<Schema<'BonusRow'>[]> {
  const limit = 500;
  const read = async (before: number | null) => {
    const route = `accounts/${encodeURIComponent(address)}/bonus`;
    const page = await get<Schema<'BonusPage'>>(route, { before_round: before, limit });
    return { rows: page.rounds, total: page.total, next: page.next };
  };
  return allRows(read, limit, ROWS_MAX, (next, before) => before === null || next < before);
}

/** All miners that match, for export. */
export function allMiners(filter: MinersFilter): Promise<MinerPage['miners']> {
  const read = async (offset: number | null) => {
    const page = await get<MinerPage>('miners', { ...filter, offset: offset ?? 0, limit: MINERS_REST });
    return { rows: page.miners, total: page.total, next: page.next };
  };
  return allRows(read, MINERS_REST, MINERS_MAX, (next, offset) => next > (offset ?? 0));
}

/** The client of all queries: reads are retried, what is shown stays while it is refreshed. */
export function defaults(client: QueryClient): QueryClient {
  client.setDefaultOptions({
    queries: {
      staleTime: 1000,
      gcTime: 120_000,
      // A node on this machine answers without a network.
      networkMode: 'always',
      refetchOnWindowFocus: false,
      retry: retryReads,
      // What failed is tried again until it works, unless the node said no.
      refetchInterval: (query) => (query.state.error !== null && isPassing(query.state.error) ? 3000 : false),
      retryDelay: (n) => Math.min(4000, 500 * 2 ** n),
    },
  });
  return client;
}

function retryReads(failures: number, error: Error): boolean {
  return isPassing(error) && failures < 3;
}

/** Unreachable or restarting: it may be back soon. If the node said no, asking again changes nothing. */
function isPassing(error: Error): boolean {
  const status = (error as { status?: unknown }).status;
  return typeof status !== 'number' || status >= 500;
}
