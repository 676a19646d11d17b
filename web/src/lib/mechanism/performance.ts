/** Performance and election weight: mechanism.md section 5. */

const ONE = 1n << 32n;

/** Blocks produced `m` and slots whose outcome is known `n`, since registration. */
export interface Counters {
  readonly produced: bigint;
  readonly slots: bigint;
}

/** The optimal coefficient `v`, times 2^32. */
export function coefficient({ produced, slots }: Counters, average: bigint): bigint {
  if (produced > 0n) return (produced * ONE) / slots;
  if (slots === 0n) return average;
  return ONE / (10n * slots * slots);
}

/** The election weight `R` of a miner with `votes` raw votes. */
export function electionWeight(votes: bigint, { produced, slots }: Counters, average: bigint): bigint {
  if (produced > 0n) return (votes * produced) / slots;
  if (slots === 0n) return (votes * average) / ONE;
  return votes / (10n * slots * slots);
}
