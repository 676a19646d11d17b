/** What the end of the running round can make of a position with what waits for a block, which a node tells of another block. No node in here. */

import type { Account, Parameters } from '../api/types';
import { readInteger } from '../lib/amount';
import { type Change, project, type Projected } from '../lib/mechanism/projection';
import { grown, halved } from '../lib/mechanism/votes';
import { changeOf, countIn, toPosition, toProjected } from '../lib/mechanism/waiting';
import { blocksOf, lateDays } from './act-ending';

export interface Ends {
  /** Whether the end of the round can make it. */
  readonly possible: boolean;
  /** Whether that takes a miner which has resigned, whose votes end and for which none begin. */
  readonly voteEnds: boolean;
}

/** Whether the end of the round can make `then` of the position that there is, with what is accepted and what waits. */
export function endsAs(account: Account, parameters: Parameters, then: Projected | null): Ends {
  const now = account.position;
  const { round_end: end } = account;
  const { toCome } = blocksOf(account, parameters);
  const requests = account.pending_requests.map(({ request }) => request);
  // What is asked of a vote changes nothing where its miner has resigned meanwhile.
  const endsWith = (votes: boolean): readonly (Projected | null)[] => {
    const isVoid = (kind: string) => !votes && (kind === 'vote' || kind === 'withdraw');
    const apply = (begun: Projected | null): Projected | null =>
      requests.reduce<Projected | null>((position, request) => {
        if (request.kind === 'resign') {
          return position !== null && position.miner === account.miner?.id
            ? { ...position, miner: null }
            : position;
        }
        const change: Change | null = request.kind === 'register' ? null : changeOf(request);
        if (change === null || isVoid(change.kind)) return position;
        return project(position, change);
      }, begun);
    const at = (timeGain: number): Projected | null =>
      now == null ? null : { locked: readInteger(now.locked), timeGain, miner: now.miner?.id ?? null };
    const t = now?.time_gain ?? 1;
    const least = apply(at(halved(t, end.halvings_most)));
    const most = apply(at(grown(t, end.days + lateDays(toCome, parameters))));
    const counted = countIn(
      {
        ...account,
        pending_transactions: account.pending_transactions.filter(({ payload }) => !isVoid(payload.kind)),
        projected: toPosition(least),
        projected_best: toPosition(most),
        projected_worst: toPosition(least),
      },
      parameters,
    );
    return [toProjected(counted.projected_worst), toProjected(counted.projected_best)];
  };
  const effective = endsWith(true);
  const all = [...effective, ...endsWith(false)];
  if (then === null) return { possible: all.includes(null), voteEnds: false };
  const gainsOf = (ends: readonly (Projected | null)[]) => {
    const gains = ends.flatMap((one) => (one?.locked === then.locked ? [one.timeGain] : []));
    return then.timeGain >= Math.min(...gains) && then.timeGain <= Math.max(...gains);
  };
  const asked = [...requests, ...account.pending_transactions.map(({ payload }) => payload)];
  const miners = new Set(asked.map((request) => (request.kind === 'vote' ? request.miner.id : null)));
  const possible =
    gainsOf(all) && (then.miner === null || then.miner === now?.miner?.id || miners.has(then.miner));
  const asAsked = gainsOf(effective) && effective.every((one) => one?.miner === then.miner);
  return { possible, voteEnds: possible && !asAsked };
}
