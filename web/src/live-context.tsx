/** The live feed, for the pages. */

import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Live, LiveFeed } from './api/live';
import { statusQuery } from './api/queries';

export const LiveContext = createContext<LiveFeed | null>(null);

const NONE: Live = { connection: 'connecting', blocks: [] };
const noFeed = { subscribe: () => () => undefined, snapshot: () => NONE };

/** The last blocks and whether the node is there. */
export function useLive(): Live {
  const feed = useContext(LiveContext) ?? noFeed;
  return useSyncExternalStore(feed.subscribe, feed.snapshot);
}

/** Whether the node says nothing any more. */
export function useLost(): boolean {
  const { connection } = useLive();
  const { isError } = useQuery(statusQuery);
  return connection === 'lost' || isError;
}
