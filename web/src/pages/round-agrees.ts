/** Whether what a node tells of a round on its own account is what its committee signed. */

import type { Round, RoundReceipt } from '../api/types';
import { type CheckedRound, missedIn } from '../lib/verify/reading';

export const PARTS = ['blocks', 'committee', 'bonus', 'slots', 'draw', 'candidates'] as const;
export type Part = (typeof PARTS)[number];

const same = (told: unknown, read: unknown): boolean => JSON.stringify(told) === JSON.stringify(read);

/** The parts of the node's account that differ from what was read out of the evidence. */
export function differences(
  round: Round,
  receipt: RoundReceipt | undefined,
  read: CheckedRound,
): readonly Part[] {
  const { distribution } = round;
  // By whom slots were missed a check tells up to a bound.
  const told = read.pools.every((pool) => pool.missed !== null);
  const differ: Record<Part, boolean> = {
    blocks: !same(
      [round.round, round.first_height, round.last_height, round.blocks],
      [read.round, read.first_height, read.last_height, read.blocks.length],
    ),
    committee: !same(
      round.committee.map((seat) => [
        seat.miner.id,
        seat.miner.name,
        seat.produced,
        told ? seat.missed : null,
        seat.votes,
        seat.pool,
        seat.lucky,
      ]),
      read.pools.map((pool, index) => [
        pool.miner.id,
        pool.miner.name,
        pool.produced,
        pool.missed,
        pool.votes,
        pool.pool,
        index === read.lucky.index,
      ]),
    ),
    bonus:
      distribution == null ||
      (Object.keys(read.distribution) as (keyof CheckedRound['distribution'])[]).some(
        (key) => distribution[key] !== read.distribution[key],
      ) ||
      round.lucky?.id !== read.lucky.miner.id ||
      round.bonus !== read.distribution.total,
    slots: round.missed !== missedIn(read),
    draw: false,
    candidates: false,
  };
  if (receipt !== undefined) {
    const { draw } = receipt;
    differ.draw = !same(
      [
        receipt.seed,
        draw.beacon,
        draw.round,
        draw.kept,
        draw.v_avg,
        draw.picks.map((pick) => [pick.index, pick.hash, pick.total, pick.point, pick.miner.id]),
      ],
      [
        read.seed,
        read.beacon,
        read.draw.round,
        read.draw.kept,
        read.draw.v_avg,
        read.draw.picks.map((pick) => [pick.index, pick.hash, pick.total, pick.point, pick.miner.id]),
      ],
    );
    differ.candidates = !same(
      draw.candidates.map((one) => [one.miner.id, one.votes, one.produced, one.slots, one.weight]),
      read.draw.candidates.map((one) => [one.miner, one.votes, one.produced, one.slots, one.weight]),
    );
  }
  return PARTS.filter((part) => differ[part]);
}
