/** What a request does to a position, by the rules of mechanism.md section 3: the page's own answer, beside the node's. */

import { halved, mixed, votes } from './votes';

export interface Projected {
  readonly locked: bigint;
  readonly timeGain: number;
  readonly miner: number | null;
}

export type Change =
  | { readonly kind: 'lock'; readonly amount: bigint }
  | { readonly kind: 'unlock'; readonly amount: bigint }
  | { readonly kind: 'vote'; readonly miner: number }
  | { readonly kind: 'withdraw' };

/** The position after `change`; null for none. The change must be one the chain accepts. */
export function project(before: Projected | null, change: Change): Projected | null {
  switch (change.kind) {
    case 'lock':
      return before === null
        ? { locked: change.amount, timeGain: 1, miner: null }
        : {
            ...before,
            locked: before.locked + change.amount,
            timeGain: mixed(before.timeGain, before.locked, change.amount),
          };
    case 'unlock':
      return before === null || change.amount >= before.locked
        ? null
        : { ...before, locked: before.locked - change.amount };
    case 'vote':
      if (before === null || before.miner === change.miner) return before;
      return {
        ...before,
        timeGain: before.miner === null ? before.timeGain : halved(before.timeGain, 1),
        miner: change.miner,
      };
    case 'withdraw':
      return before === null ? null : { ...before, timeGain: halved(before.timeGain, 1), miner: null };
  }
}

/** Raw votes of a projected position. They count for its miner only. */
export function projectedVotes(position: Projected | null): bigint {
  return position === null ? 0n : votes(position.locked, position.timeGain);
}
