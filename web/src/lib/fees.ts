/** What to offer, from what waits: a block takes the highest fees first. */

import type { Parameters, Schema } from '../api/types';
import { readInteger } from './amount';

export interface FeeChoices {
  /** The least that is taken now. */
  readonly least: bigint;
  /** More than half of what waits. */
  readonly middle: bigint;
  /** More than all that waits. */
  readonly first: bigint;
  readonly waiting: number;
}

export function feeChoices(parameters: Parameters, pool: Schema<'Mempool'> | undefined): FeeChoices {
  const chainMin = readInteger(parameters.min_fee);
  const poolMin = pool === undefined ? 0n : readInteger(pool.min_fee);
  const least = poolMin > chainMin ? poolMin : chainMin;
  const fees = (pool?.transactions ?? [])
    .filter((waiting) => waiting.payload.kind !== 'heartbeat')
    .map((waiting) => readInteger(waiting.fee))
    .sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  const above = (fee: bigint | undefined) => (fee === undefined || fee < least ? least : fee + 1n);
  return {
    least,
    middle: above(fees[Math.floor(fees.length / 2)]),
    first: above(fees.at(-1)),
    waiting: pool?.count ?? 0,
  };
}

/** How many of those that wait pay at least this. */
export function payingMore(pool: Schema<'Mempool'> | undefined, fee: bigint): number {
  return (pool?.transactions ?? []).filter((waiting) => readInteger(waiting.fee) >= fee).length;
}
