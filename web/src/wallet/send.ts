/** From a signature to the node. */

import { ApiError, post } from '../api/client';
import type { SubmitResponse } from '../api/types';
import { toHex } from '../lib/bytes';
import {
  encodeTransaction,
  type Transaction,
  transactionHash,
  type UnsignedTransaction,
} from '../lib/codec/transaction';
import type { Outbox, Sent } from './outbox';

/** What is kept and sent of a signed transaction. */
export function seal(
  unsigned: UnsignedTransaction,
  signed: Transaction,
  sender: string,
  livesUntil = 0,
): Sent {
  const encoding = encodeTransaction(signed);
  return {
    hash: transactionHash(encoding),
    chain: unsigned.chain,
    sender,
    nonce: Number(unsigned.nonce),
    fee: unsigned.fee.toString(),
    expiresAt: Number(unsigned.expiresAt),
    livesUntil,
    encoding: toHex(encoding),
  };
}

/**
 * Sends what was signed, in order. Throws only if nothing of it was sent: refused at the door, nothing happened, and the form can be
 * changed. In all other cases some of it may have arrived: it is followed, and sent again, rather than signed anew.
 */
export async function sendSealed(sealed: readonly Sent[], outbox: Outbox): Promise<void> {
  for (const [index, one] of sealed.entries()) {
    try {
      await post<SubmitResponse>('transactions', { transaction: one.encoding });
    } catch (error) {
      const known = error instanceof ApiError && error.code === 'already_pending';
      const refused = error instanceof ApiError && error.status < 500 && !known;
      if (refused && index === 0) throw error;
      if (!known) break;
    }
  }
  for (const one of sealed) outbox.add(one);
}
