/** What a request is made of, held against the genesis of the chain and what its committees signed, before it can be signed. */

import { useQuery } from '@tanstack/react-query';
import { getBytes, nodeUrl } from '../api/client';
import type { MinerRef, Parameters } from '../api/types';
import { newCrew } from '../lib/verify/client';
import type { Fault } from '../lib/verify/faults';
import { VOTES_BYTES_MAX } from '../lib/verify/limits';
import { CHAIN } from './checking';
import type { VotesSource } from './verify-votes-run';

/** What only the node says, and nothing proves. */
export type Unproved = 'terms_not_proved' | 'name_not_proved' | 'dial_not_proved';

export type Held =
  | { readonly kind: 'holds'; readonly unproved: readonly Unproved[] }
  /** The node says something else than the chain does: nothing is to be signed. */
  | { readonly kind: 'differs'; readonly fault: Fault };

/** The name of the miner that is voted for, as the node tells it. */
export type Named = Pick<MinerRef, 'id' | 'name'>;

/** Nothing was proved, and nothing was found to be false: the reader is asked about it apart. */
export function notProved(miner: Named | null): Held {
  return {
    kind: 'holds',
    unproved: ['terms_not_proved', ...(miner === null ? [] : (['name_not_proved'] as const))],
  };
}

/** Asks the node that is in use; undefined until all is held. */
export function useHeld(parameters: Parameters, miner: Named | null): Held | undefined {
  const address = nodeUrl();
  const { data } = useQuery({
    queryKey: ['held', address, parameters, miner?.id, miner?.name],
    queryFn: async () => {
      const crew = newCrew();
      try {
        const holding = await import('./act-hold').catch(() => null);
        // What checks could not be had: that proves nothing.
        if (holding === null) return notProved(miner);
        const source: VotesSource = {
          ...CHAIN,
          address,
          votes: (asked) => getBytes(`proofs/votes/${asked.miner}`, {}, VOTES_BYTES_MAX),
        };
        return await holding.hold(source, crew.asks, parameters, miner);
      } finally {
        crew.stop();
      }
    },
    retry: false,
    // What could not be proved may be next time.
    staleTime: ({ state }) =>
      state.data?.kind === 'holds' && state.data.unproved.length === 0 ? Infinity : 0,
  });
  return data;
}
