/** What an account is said to have asked for, held against its own signatures: a request is judged by what comes before it. */

import { ed25519 } from '@noble/curves/ed25519.js';
import type { Account, Parameters, Schema } from '../api/types';
import { addressFromHash, addressOf } from '../lib/address';
import { readInteger } from '../lib/amount';
import { fromHexOf } from '../lib/bytes';
import {
  decodeTransaction,
  type Payload,
  signingBytes,
  type Transaction,
  transactionHash,
} from '../lib/codec/transaction';
import { type Fault, fault } from '../lib/verify/faults';
import type { OwnRequests } from './act-asked';

/** Transactions that are asked for at most; of whoever has more of them in a round the others are the node's word. */
const MOST = 32;

type Told = Schema<'Payload'> | Account['pending_requests'][number]['request'];

/** Whether what was signed says what is told of it. */
function isSame(signed: Payload, told: Told): boolean {
  if (signed.kind !== told.kind) return false;
  switch (told.kind) {
    case 'lock':
    case 'unlock':
      return signed.kind === told.kind && signed.amount === readInteger(told.amount);
    case 'vote':
      return signed.kind === told.kind && signed.miner === told.miner.id;
    case 'register':
      return signed.kind === told.kind && signed.name === told.name;
    case 'transfer':
      return (
        signed.kind === told.kind &&
        signed.amount === readInteger(told.amount) &&
        addressFromHash(signed.recipient) === told.recipient
      );
    case 'withdraw':
    case 'resign':
    case 'update':
      return true;
    case 'heartbeat':
      return false;
  }
}

interface Asked {
  readonly hash: string | null | undefined;
  /** Whether it can be where the node says that it is. */
  readonly fits: (signed: Transaction) => boolean;
}

/** Of how many of them the node gives no transaction, or that it tells of one that the account did not sign. */
export async function unsignedOf(
  given: (hash: string) => Promise<Uint8Array>,
  parameters: Parameters,
  own: OwnRequests,
): Promise<number | Fault> {
  const first = own.round * parameters.blocks_per_round;
  const accepted = own.accepted.map(({ transaction, height, request }): Asked => {
    const inRound = height != null && height >= first && height <= own.height;
    return {
      hash: transaction,
      fits: (signed) =>
        inRound &&
        BigInt(height) <= signed.expiresAt &&
        signed.nonce < BigInt(own.nonce) &&
        isSame(signed.payload, request),
    };
  });
  const waiting = own.waiting.map(({ hash, nonce, fee, payload }): Asked => {
    const fits = (signed: Transaction) =>
      // One that expired waits for nothing: it may be in a block long since.
      signed.expiresAt > BigInt(own.height) &&
      signed.nonce === BigInt(nonce) &&
      signed.fee === readInteger(fee) &&
      isSame(signed.payload, payload);
    return { hash, fits };
  });
  let last = -1n;
  let unsigned = 0;
  for (const [place, { hash, fits }] of [...accepted, ...waiting].entries()) {
    const bytes = hash == null || place >= MOST ? null : await given(hash).catch(() => null);
    if (hash == null || bytes === null) {
      unsigned += 1;
      continue;
    }
    const signed = signedBy(bytes, hash);
    const isOwn =
      signed !== null &&
      signed.chain === parameters.chain.id &&
      addressOf(fromHexOf(signed.sender, 32)) === own.address &&
      signed.nonce > last &&
      fits(signed);
    if (!isOwn) return fault('requestNotSigned', own.address, hash);
    last = signed.nonce;
  }
  return unsigned;
}

/** The transaction with this hash, if it is one and its sender signed it. */
function signedBy(bytes: Uint8Array, hash: string): Transaction | null {
  if (transactionHash(bytes) !== hash) return null;
  try {
    const signed = decodeTransaction(bytes);
    return ed25519.verify(signed.signature, signingBytes(signed), fromHexOf(signed.sender, 32))
      ? signed
      : null;
  } catch {
    return null;
  }
}
