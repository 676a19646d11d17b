/** The rows of the voting table: in the order they were asked for, with the figures of the running round. */

import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { type MinersFilter, minersFreshQuery, minersListQuery, statusQuery } from '../api/queries';
import type { Miner } from '../api/types';

/** Rows whose figures are refreshed: those in view and some around them. */
const FRESH_MOST = 200;

export interface MinerRows {
  readonly miners: readonly Miner[];
  readonly total: number;
  /** The round the order is of, and the one that runs. */
  readonly orderRound: number | null;
  readonly runningRound: number | null;
  readonly drawRound: number;
  /** Whether the node knows the miners' past. */
  readonly past: boolean;
}

const NOTHING: readonly number[] = [];

/** `filter` is what the order was asked for with; `gain` is the time gain that figures are for now. */
export function useMinerRows(
  filter: MinersFilter,
  gain: number,
  enabled: boolean,
  inView: readonly number[],
) {
  const queries = useQueryClient();
  const options = minersListQuery(filter);
  const list = useInfiniteQuery({ ...options, enabled, placeholderData: keepPreviousData });
  const { data: runningRound = null } = useQuery({
    ...statusQuery,
    select: (status) => status.progress.round,
  });
  const first = list.data?.pages[0];
  const changed = first !== undefined && runningRound !== null && runningRound > first.round;
  const ids = changed ? inView.slice(0, FRESH_MOST) : NOTHING;
  const fresh = useQuery({
    ...minersFreshQuery({ ...filter, time_gain: gain }, ids),
    enabled: enabled && ids.length > 0,
  });
  // What stands in for an answer that is not there yet may be older than the list.
  const newer = first !== undefined && (fresh.data?.round ?? 0) > first.round ? fresh.data : undefined;
  const rows = useMemo((): MinerRows => {
    const pages = list.data?.pages ?? [];
    const news = new Map((newer?.miners ?? []).map((miner) => [miner.id, miner]));
    const known = new Map<number, Miner>();
    // A page that begins anew holds the first rows again.
    for (const miner of pages.flatMap((page) => page.miners)) {
      if (!known.has(miner.id)) known.set(miner.id, news.get(miner.id) ?? miner);
    }
    return {
      miners: [...known.values()],
      total: pages[0]?.total ?? 0,
      orderRound: pages[0]?.round ?? null,
      runningRound,
      drawRound: newer?.draw_round ?? pages[0]?.draw_round ?? 0,
      past: pages[0]?.past ?? true,
    };
  }, [list.data, newer, runningRound]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return {
    list,
    rows,
    more,
    /** Asks for the order of now. */
    reorder: () => void queries.resetQueries({ queryKey: ['miners-list'] }),
  };
}
