/** The rules of an end of the running round, whatever a node says of it: the wallet has the same (`wallet/src/verify/ending.rs`). No node in here. */

import type { Account, Parameters, ProjectedPosition } from '../api/types';
import { readInteger } from '../lib/amount';
import { NAME_PATTERN } from '../lib/codec/texts';
import { project, type Projected } from '../lib/mechanism/projection';
import { grown, halved } from '../lib/mechanism/votes';
import { changeOf } from '../lib/mechanism/waiting';

/** What is proved of the miner that is voted for, in the committee of the running round. */
export type Seat =
  /** Nothing of now. */
  | { readonly kind: 'unknown' }
  /** It has none, or nobody is voted for. */
  | { readonly kind: 'none' }
  /** After the block with this height it had made so many blocks of the round. */
  | { readonly kind: 'made'; readonly blocks: number; readonly height: number };

/** What is a node's word alone in an end of the round that can be. */
export interface Ending {
  /** Votes are another's or nobody's then, as if a miner had resigned. */
  readonly leaves: boolean;
  /** More days end with the round than its blocks take, which nothing proves: a chain that stood for long has some. */
  readonly oddDays: boolean;
  /** Halvings that no state proves, or only one that is older than what is told. */
  readonly seat: boolean;
}

/** Blocks of the running round there are, and are to come. */
export function blocksOf({ height }: Account, { blocks_per_round: length }: Parameters) {
  const done = (height + 1) % length;
  return { round: (height + 1 - done) / length, done, toCome: length - done };
}

/** Whether the figures of the end are where the height puts them, and no round halves more often than it has blocks. */
function isPlaced(account: Account, parameters: Parameters): boolean {
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
    (account.position?.miner != null || most === 0)
  );
}

/** Whether the miner can have made the blocks that are told: each of those between what is told and what is proved may be its own. */
function canSit({ height, round_end: end }: Account, seat: Seat): boolean {
  const { halvings_due: due, halvings_most: most } = end;
  if (seat.kind === 'none') return most === 0;
  if (seat.kind === 'unknown') return true;
  const least = seat.blocks - Math.max(0, seat.height - height);
  const made = seat.blocks + Math.max(0, height - seat.height);
  return due >= least && due <= made && most === due + end.blocks_to_come;
}

/** Days that may begin beside those that are told: every second slot missed, each for one and a half, is the longest that is foreseen. */
export function lateDays(toCome: number, { slot_ms: slot, day_seconds: day }: Parameters): number {
  return Math.floor((toCome * slot * 1.5) / Math.max(1, day * 1_000)) + 1;
}

/** Whether more days begin in the round than its blocks take. Days of a devnet pass at will. */
function hasOddDays(account: Account, parameters: Parameters): boolean {
  if (parameters.chain.devnet) return false;
  const { done, toCome } = blocksOf(account, parameters);
  const ms = (done + toCome) * parameters.slot_ms * 2.5;
  return account.round_end.days > Math.floor(ms / Math.max(1, parameters.day_seconds * 1_000)) + 1;
}

type Asked = Account['pending_requests'][number]['request'];

/** Whether the chain accepts these, one after the other, as it judges a request when it gets it (mechanism.md section 3). */
function areAccepted(account: Account, parameters: Parameters): boolean {
  const least = readInteger(parameters.min_lock);
  const owns = account.miner != null;
  let locked = readInteger(account.position?.locked ?? '0');
  let votes = account.position?.miner != null;
  let registers = false;
  let resigns = false;
  const accepts = (asked: Asked): boolean => {
    switch (asked.kind) {
      case 'lock': {
        const amount = readInteger(asked.amount);
        locked += amount;
        return amount > 0n && locked >= least;
      }
      case 'unlock': {
        const amount = readInteger(asked.amount);
        locked -= amount;
        if (locked === 0n) votes = false;
        return amount > 0n && (locked === 0n || locked >= least);
      }
      case 'vote':
        votes = true;
        return locked > 0n;
      case 'withdraw': {
        const voted = votes;
        votes = false;
        return voted && locked > 0n;
      }
      // Who registers owns none yet.
      case 'register': {
        const again = registers;
        registers = true;
        return !again && NAME_PATTERN.test(asked.name);
      }
      case 'resign': {
        const again = resigns;
        resigns = true;
        return owns && !again;
      }
    }
  };
  return account.pending_requests.every(
    ({ request, effective_round: round }) => round === account.effective_round && accepts(request),
  );
}

/** How often votes and withdrawals halve: as they do if no miner resigns, each of them, or none, where the miner before it is gone or the one voted for. */
type Halving = 'usual' | 'always' | 'never';

/** What the position is after the round. */
function made(account: Account, begun: Projected | null, halving: Halving): Projected | null {
  const own = account.miner?.id ?? null;
  let gone: number | null = null;
  return account.pending_requests.reduce<Projected | null>((position, { request }) => {
    if (request.kind === 'register') return position;
    if (request.kind === 'resign') {
      gone = own;
      return position !== null && position.miner === own ? { ...position, miner: null } : position;
    }
    const change = changeOf(request);
    if (change === null || position === null) return change?.kind === 'lock' ? project(null, change) : null;
    const votes = change.kind === 'vote' || change.kind === 'withdraw';
    if (votes && halving === 'always') return { ...position, timeGain: halved(position.timeGain, 1) };
    if (votes && halving === 'never') return position;
    const isVoid =
      (change.kind === 'vote' && change.miner === gone) ||
      (change.kind === 'withdraw' && position.miner === null);
    return isVoid ? position : project(position, change);
  }, begun);
}

type Told = ProjectedPosition | null | undefined;

/**
 * What is the node's word in the end of the round as it is told, held against the position there is and what is proved of its miner's `seat`; null if
 * it can't be.
 */
export function endingOf(account: Account, parameters: Parameters, seat: Seat): Ending | null {
  if (!isPlaced(account, parameters) || !canSit(account, seat) || !areAccepted(account, parameters))
    return null;
  const { position: now, round_end: end } = account;
  const { toCome } = blocksOf(account, parameters);
  const voted = account.pending_requests.flatMap(({ request }) =>
    request.kind === 'vote' ? [request.miner] : [],
  );
  const miners = [...(now?.miner == null ? [] : [now.miner]), ...voted];
  const nameOf = (id: number | null | undefined) => miners.find((miner) => miner.id === id)?.name;
  /** Whether it follows as it usually does; null if it can't. */
  const follows = (then: Told, halvings: number, days: readonly [number, number]): boolean | null => {
    const ends = (halving: Halving): readonly [Projected | null, Projected | null] => {
      const at = (passed: number): Projected | null =>
        now == null
          ? null
          : {
              locked: readInteger(now.locked),
              timeGain: grown(halved(now.time_gain, halvings), passed),
              miner: now.miner?.id ?? null,
            };
      return [made(account, at(days[0]), halving), made(account, at(days[1]), halving)];
    };
    const fits = ([least, most]: readonly [Projected | null, Projected | null]): boolean =>
      least === null || most === null || then == null
        ? least === null && most === null && then == null
        : readInteger(then.locked) === most.locked &&
          then.time_gain >= least.timeGain &&
          then.time_gain <= most.timeGain;
    const usual = ends('usual');
    const votes = usual[0]?.miner ?? null;
    const told = then?.miner ?? null;
    if (fits(usual) && (told?.id ?? null) === votes && told?.name === nameOf(votes)) return true;
    // Only the end of a miner takes a vote from it, or makes one for it void.
    const known = told === null || nameOf(told.id) === told.name;
    const either = then != null && fits([ends('always')[0], ends('never')[1]]);
    return either && known && miners.length > 0 ? false : null;
  };
  const late = end.days + lateDays(toCome, parameters);
  const cases = [
    follows(account.projected, end.halvings_expected, [end.days, end.days]),
    follows(account.projected_worst, end.halvings_most, [end.days, end.days]),
    follows(account.projected_best, end.halvings_due, [end.days, late]),
  ];
  if (cases.includes(null)) return null;
  return {
    leaves: cases.includes(false),
    oddDays: hasOddDays(account, parameters),
    seat:
      seat.kind === 'unknown'
        ? end.halvings_most > 0
        : seat.kind === 'made' && end.halvings_due > seat.blocks,
  };
}
