/** What a request is made of, held against the genesis of the chain and what its committees signed, before it can be signed. */

import { useQuery } from '@tanstack/react-query';
import { get, getBytes, nodeUrl } from '../api/client';
import type { Account, MinerRef, Parameters, Schema } from '../api/types';
import { fromHex } from '../lib/bytes';
import { newCrew } from '../lib/verify/client';
import type { Fault } from '../lib/verify/faults';
import { VOTES_BYTES_MAX } from '../lib/verify/limits';
import { CHAIN } from './checking';
import type { Seat } from './act-ending';
import { namesOf, type OwnRequests } from './act-asked';
import type { VotesSource } from './verify-votes-run';

/** A node that also gives what was signed. */
export interface SignedSource extends VotesSource {
  readonly transaction: (hash: string) => Promise<Uint8Array>;
}

/** Nodes behind one address may be so many blocks apart. */
export const AHEAD = 100;

/** What only the node says, and nothing proves. */
export type Unproved =
  | 'terms_not_proved'
  | 'name_not_proved'
  | 'position_not_proved'
  | 'dial_not_proved'
  | 'contact_not_proved'
  | 'signed_before'
  | 'old_state'
  | 'vote_ends'
  | 'seat_not_proved'
  | 'requests_not_proved'
  | 'tip_not_proved'
  | 'odd_days';

/** The block after which the state holds the signer's position, and when it was made. */
export interface Standing {
  readonly height: number;
  readonly timestampMs: number;
  /** What is proved of the miner that is voted for. */
  readonly seat: Seat;
}

export type Held =
  | {
      readonly kind: 'holds';
      readonly unproved: readonly Unproved[];
      /** Null where the signer's position is the node's word alone. */
      readonly standing: Standing | null;
    }
  /** The node says something else than the chain does: nothing is to be signed. */
  | { readonly kind: 'differs'; readonly fault: Fault };

/** The name of the miner that is voted for, as the node tells it. */
export type Named = Pick<MinerRef, 'id' | 'name'>;

/** The signer's position, as the node tells it, in the round in which what is signed now takes effect. */
export interface OwnPosition {
  readonly address: string;
  readonly locked: string;
  readonly timeGain: number;
  readonly miner: Named;
  readonly round: number;
  /** The blocks that its miner is said to have made in it: with each the state is asked anew. */
  readonly due: number;
}

/** What of a position can be proved: only one that votes has a place in the state that a proof leads to. */
export function ownPosition({ address, position, effective_round, round_end }: Account): OwnPosition | null {
  if (position?.miner == null) return null;
  const { locked, time_gain, miner } = position;
  const due = round_end.halvings_due;
  return { address, locked, timeGain: time_gain, miner, round: effective_round, due };
}

/** Nothing was proved, and nothing was found to be false: the reader is asked about it apart. */
export function notProved(
  miner: Named | null,
  position: OwnPosition | null,
  asked: OwnRequests | null,
): Held {
  const unproved: Unproved[] = ['terms_not_proved'];
  if (asked !== null && asked.accepted.length + asked.waiting.length > 0)
    unproved.push('requests_not_proved');
  if (position !== null) unproved.push('position_not_proved');
  if (miner !== null) unproved.push('name_not_proved');
  return { kind: 'holds', standing: null, unproved };
}

/** How often a position that is not proved is asked for again: at the end of a round what is told and what is proved may be of two. */
const AGAIN_MS = 5_000;
/** And one that is: what was proved gets old. */
const OLDER_MS = 60_000;

/** Asks the node that is in use; undefined until all is held. */
export function useHeld(
  parameters: Parameters,
  miner: Named | null,
  position: OwnPosition | null,
  asked: OwnRequests | null,
): Held | undefined {
  const address = nodeUrl();
  const { data } = useQuery({
    queryKey: [
      'held',
      address,
      parameters,
      miner?.id,
      miner?.name,
      position,
      asked === null ? null : namesOf(asked),
    ],
    queryFn: async () => {
      const crew = newCrew();
      try {
        const holding = await import('./act-hold').catch(() => null);
        // What checks could not be had: that proves nothing.
        if (holding === null) return notProved(miner, position, asked);
        const source: SignedSource = {
          ...CHAIN,
          address,
          votes: ({ miner: id, address: of }) =>
            getBytes(`proofs/votes/${id}`, of === null ? {} : { address: of }, VOTES_BYTES_MAX),
          transaction: async (hash) =>
            fromHex((await get<Schema<'Transaction'>>(`transactions/${hash}`)).encoded),
        };
        return await holding.hold(source, crew.asks, parameters, miner, position, asked);
      } finally {
        crew.stop();
      }
    },
    retry: false,
    // What differs, or could not be proved, may be another thing next time.
    staleTime: ({ state: { data } }) => (data?.kind === 'holds' && data.unproved.length === 0 ? Infinity : 0),
    refetchInterval: ({ state: { data } }) => {
      if (data?.kind !== 'holds' || position === null) return false;
      const { unproved, standing } = data;
      const lacks = unproved.includes('position_not_proved') || standing?.seat.kind === 'unknown';
      return lacks ? AGAIN_MS : OLDER_MS;
    },
  });
  return data;
}
