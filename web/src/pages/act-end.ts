/** What the end of the running round can make of a position, whatever a node says of it. No node in here. */

import type { Account, Parameters } from '../api/types';
import { readInteger } from '../lib/amount';
import { type Change, project, type Projected } from '../lib/mechanism/projection';
import { grown, halved } from '../lib/mechanism/votes';
import { changeOf, countIn, toPosition, toProjected } from '../lib/mechanism/waiting';

/** Blocks of the running round there are, and are to come. */
function blocksOf({ height }: Account, { blocks_per_round: length }: Parameters) {
  const done = (height + 1) % length;
  return { round: (height + 1 - done) / length, done, toCome: length - done };
}

/**
 * Whether a round can end as it is told. `seated` says whether the miner that is voted for sits in its committee, as far as the state proves it: who
 * does not makes no block, and halves nothing.
 */
export function isPossibleEnd(account: Account, parameters: Parameters, seated: boolean | null): boolean {
  const { round_end: end } = account;
  const { round, done, toCome } = blocksOf(account, parameters);
  const { halvings_due: due, halvings_expected: expected, halvings_most: most } = end;
  return (
    account.effective_round === round &&
    end.round === round &&
    end.height === account.height + toCome &&
    end.blocks_to_come === toCome &&
    due <= done &&
    due <= expected &&
    expected <= most &&
    most - due <= toCome &&
    ((seated !== false && account.position?.miner != null) || most === 0)
  );
}

/** Days that may begin beside those that are told: every second slot missed, each for one and a half, is the longest that is foreseen. */
function lateDays(toCome: number, { slot_ms: slot, day_seconds: day }: Parameters): number {
  return Math.floor((toCome * slot * 1.5) / Math.max(1, day * 1_000)) + 1;
}

/** Whether more days begin in the round than its blocks take, which nothing proves: a chain that stood for long has some. Days of a devnet pass at will. */
export function hasOddDays(account: Account, parameters: Parameters): boolean {
  if (parameters.chain.devnet) return false;
  const { done, toCome } = blocksOf(account, parameters);
  const ms = (done + toCome) * parameters.slot_ms * 2.5;
  return account.round_end.days > Math.floor(ms / Math.max(1, parameters.day_seconds * 1_000)) + 1;
}

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
