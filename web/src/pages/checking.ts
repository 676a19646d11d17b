/** What the page's checks share: where they read from, and workers that end with the page. */

import { useEffect, useRef } from 'react';
import { ApiError, get, getBytes, TooLong, Unreachable } from '../api/client';
import type { Schema } from '../api/types';
import type { Text } from '../i18n/en';
import { failureText } from '../lib/refusal';
import { fault, faultOf, sayFault } from '../lib/verify/faults';
import { type Crew, newCrew } from '../lib/verify/client';
import type { Source } from './verify-run';
import { BOUNDARIES_BYTES_MAX } from './verify-walk';

/** The chain as the node tells it. */
export const CHAIN: Pick<Source, 'genesis' | 'boundaries'> = {
  genesis: async () => {
    const { canonical, chain } = await get<Schema<'Genesis'>>('genesis');
    return { id: chain.id, canonical };
  },
  boundaries: (from, limit) => getBytes('boundaries', { from_round: from, limit }, BOUNDARIES_BYTES_MAX),
};

/** What was missing for a check: the node's answer, or what it made of one. */
export function missingText(cause: unknown, t: Text): string {
  return cause instanceof ApiError || cause instanceof Unreachable
    ? failureText(cause, t)
    : sayFault(cause instanceof TooLong ? fault('tooLong', cause.max) : faultOf(cause), t.verify.faults);
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
