/** A miner round by round, with the rounds that a node leaves out because nothing changed in them. */

import type { MinerRound } from '../api/types';

/** What is known of a miner in a round; what depends on others in it is not known where the node left it out. */
export type RoundOf = Pick<MinerRound, 'round' | 'votes' | 'seat'> & {
  readonly weight: string | null;
  readonly coefficient: string | null;
};

/** So many rounds at most, the newest. */
const MOST = 120;

/** Every round from the oldest one told on, up to `last`: one that was left out is as the one before, without a seat. */
export function everyRound(told: readonly MinerRound[], last: number): readonly RoundOf[] {
  const byRound = new Map(told.map((one) => [one.round, one]));
  const newest = Math.max(last, ...byRound.keys());
  const first = Math.max(newest - MOST + 1, Math.min(...byRound.keys()));
  let before = told.filter((one) => one.round < first).sort((one, other) => other.round - one.round)[0];
  const rounds: RoundOf[] = [];
  for (let round = first; round <= newest; round += 1) {
    const one = byRound.get(round);
    before = one ?? before;
    if (one !== undefined) rounds.push(one);
    else if (before !== undefined) {
      // Without slots of its own a miner has the average of all, which changes with every round.
      const { votes, weight, coefficient, slots_total: slots } = before;
      const own = slots > 0;
      rounds.push({
        round,
        votes,
        weight: own ? weight : null,
        coefficient: own ? coefficient : null,
        seat: null,
      });
    }
  }
  return rounds;
}
