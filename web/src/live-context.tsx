/** The live feed, for the pages. */

import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Live, LiveFeed } from './api/live';

export const LiveContext = createContext<LiveFeed | null>(null);

const NONE: Live = { connection: 'connecting', blocks: [] };
const noFeed = { subscribe: () => () => undefined, snapshot: () => NONE };

/** The last blocks and whether the node is there. */
export function useLive(): Live {
  const feed = useContext(LiveContext) ?? noFeed;
  return useSyncExternalStore(feed.subscribe, feed.snapshot);
}
