/** What to offer, from what waits: a block takes the highest fees first. */

import type { Parameters, Schema } from '../api/types';
import { readInteger } from './amount';
import type { Payload } from './codec/transaction';

export interface FeeChoices {
  /** The least that is taken now. */
  readonly least: bigint;
  /** More than half of what waits. */
  readonly middle: bigint;
  /** More than all that waits. */
  readonly first: bigint;
  readonly waiting: number;
}

/** What blocks take few of has a part of the pool, and so a least fee of its own. */
function leastOf(pool: Schema<'Mempool'>, payload: Payload): bigint {
  switch (payload.kind) {
    case 'lock':
    case 'unlock':
    case 'vote':
    case 'withdraw':
      return readInteger(pool.min_fee_request);
    case 'register':
      return readInteger(pool.min_fee_registration);
    case 'update':
      return readInteger(payload.keys === null ? pool.min_fee : pool.min_fee_registration);
    case 'resign':
      return readInteger(pool.min_fee_resignation);
    case 'transfer':
    case 'heartbeat':
      return readInteger(pool.min_fee);
  }
}

/** What to offer for these, each with the same fee. */
export function feeChoices(
  parameters: Parameters,
  pool: Schema<'Mempool'> | undefined,
  payloads: readonly Payload[],
): FeeChoices {
  const chainMin = readInteger(parameters.min_fee);
  const poolMin = payloads
    .map((payload) => (pool === undefined ? 0n : leastOf(pool, payload)))
    .reduce((most, least) => (least > most ? least : most), 0n);
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
