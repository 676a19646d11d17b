/** What costs more than people mean to pay, and is therefore asked about apart: the rules of the command line, too. */

import type { Payload } from '../codec/transaction';

export type Trap = 'no_fee_left' | 'high_fee';

/** A fee of so many times the least is asked about apart. */
const DEAR = 100n;

/** What a least fee counts as at most, whatever the node says that it is: 0.1 ETM. */
export const USUAL = 10_000_000n;

export interface Costs {
  /** Of one transaction. */
  readonly fee: bigint;
  /** The least that the chain takes, as the node says; null where no node is asked. */
  readonly least: bigint | null;
  /** What is sent, locked or unlocked, if anything is. */
  readonly amount: bigint | null;
  /** What can be spent right after, if it is known. */
  readonly left: bigint | null;
  /** Whether something is locked then, which takes a fee to get out. */
  readonly keeps: boolean;
}

export function trapsOf({ fee, least, amount, left, keeps }: Costs): readonly Trap[] {
  const traps: Trap[] = [];
  if (keeps && left !== null && left < fee) traps.push('no_fee_left');
  const told = least ?? 0n;
  const floor = told < USUAL ? told : USUAL;
  const far = floor > 0n && fee >= floor * DEAR;
  const dear = amount !== null && fee > amount / 100n;
  if (fee > floor && (far || dear)) traps.push('high_fee');
  return traps;
}

/**
 * The amount that the fee of a request is held against. What sends the smallest amount there is, as a transaction that cancels
 * another does, is not made for the sake of it.
 */
export function amountOf(payload: Payload | undefined): bigint | null {
  if (payload === undefined || !('amount' in payload)) return null;
  return payload.kind === 'transfer' && payload.amount === 1n ? null : payload.amount;
}

/** Fees that "All" leaves: to vote, to vote for another, to unlock. */
const FEES_TO_GO_ON = 3n;
/** To unlock, and to send what was unlocked. */
const FEES_TO_LEAVE = 2n;

/**
 * What "All" leaves: the fees of this, and of what comes after. Who locks everything could neither vote nor unlock; who sends
 * everything while tokens are locked could not unlock them.
 */
export function spareFees(
  action: string,
  votes: boolean,
  locked: boolean,
  fee: bigint,
): { readonly now: bigint; readonly later: bigint } {
  if (action === 'lock') return { now: votes ? 2n * fee : fee, later: FEES_TO_GO_ON * fee };
  if (action === 'transfer') return { now: fee, later: locked ? FEES_TO_LEAVE * fee : 0n };
  return { now: fee, later: 0n };
}
