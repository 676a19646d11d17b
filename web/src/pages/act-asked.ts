/** What an account is said to have asked for: `act-signed.ts` holds it against the account’s own signatures. */

import type { Account } from '../api/types';

/** What is said to have been asked for. */
export interface OwnRequests {
  readonly address: string;
  /** The nonce of its next transaction. */
  readonly nonce: number;
  /** As of this height, in this round. */
  readonly height: number;
  readonly round: number;
  readonly accepted: Account['pending_requests'];
  readonly waiting: Account['pending_transactions'];
}

export function ownRequests(account: Account): OwnRequests {
  return {
    address: account.address,
    nonce: account.nonce,
    height: account.height,
    round: account.effective_round,
    accepted: account.pending_requests,
    waiting: account.pending_transactions,
  };
}

/** The transactions by which they are known: what the node says of others changes nothing of these. */
export function namesOf({ address, round, accepted, waiting }: OwnRequests): readonly unknown[] {
  const requests = accepted.map(({ transaction, height, request }) => [transaction, height, request]);
  const transactions = waiting.map(({ hash, nonce, fee, payload }) => [hash, nonce, fee, payload]);
  return [address, round, requests, transactions];
}
