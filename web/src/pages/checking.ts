/** What the page's checks share: where they read from, and workers that end with the page. */

import { useEffect, useRef } from 'react';
import { get, getBytes } from '../api/client';
import type { Schema } from '../api/types';
import type { Text } from '../i18n/en';
import { failureText, Said } from '../lib/refusal';
import { type Crew, newCrew } from '../lib/verify/client';
import { BOUNDARIES_BYTES_MAX } from '../lib/verify/limits';
import type { Source } from './verify-run';

/** The chain as the node tells it. */
export const CHAIN: Pick<Source, 'genesis' | 'boundaries'> = {
  genesis: async () => {
    const { canonical, chain } = await get<Schema<'Genesis'>>('genesis');
    return { id: chain.id, canonical };
  },
  boundaries: (from, limit) => getBytes('boundaries', { from_round: from, limit }, BOUNDARIES_BYTES_MAX),
};

/** What does a check: fetched when one is asked for. That it could not be had is no word about what was to be checked. */
export async function checks<Module>(
  fetched: Promise<Module>,
  t: Text,
): Promise<Module | { readonly kind: 'incomplete'; readonly cause: Said }> {
  try {
    return await fetched;
  } catch (error) {
    return { kind: 'incomplete', cause: new Said(failureText(error, t)) };
  }
}

/** Workers for one run at a time: those of a run end when another begins, or with the component. */
export function useCrew() {
  const current = useRef<Crew | null>(null);
  const stop = () => {
    current.current?.stop();
    current.current = null;
  };
  useEffect(() => stop, []);
  const begin = () => {
    stop();
    const own = newCrew();
    current.current = own;
    return { asks: own.asks, isRunning: () => current.current === own };
  };
  return { begin, stop };
}
