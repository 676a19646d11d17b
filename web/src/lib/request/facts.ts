/**
 * What a transaction says, all of it, as one list: whoever shows every entry shows what is signed. Texts and languages are
 * the business of whoever shows it. Held to `vectors/wire/facts.json`, as the wallet's list is.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { addressFromHash, addressOf } from '../address';
import { fromHexOf, toHex, type Bytes } from '../bytes';
import type { Payload, UnsignedTransaction } from '../codec/transaction';

export type Fact =
  | { readonly name: 'amount'; readonly units: bigint }
  | { readonly name: 'recipient'; readonly address: string }
  | { readonly name: 'memo'; readonly text: string }
  | { readonly name: 'miner'; readonly id: number }
  | { readonly name: 'name'; readonly text: string }
  | { readonly name: 'dial'; readonly text: string }
  /** Null: there is none from then on. */
  | { readonly name: 'contact'; readonly text: string | null }
  /** Null: the keys stay as they are. */
  | { readonly name: 'nodeKey'; readonly hex: string | null }
  | { readonly name: 'keysFingerprint'; readonly hex: string }
  | { readonly name: 'round'; readonly round: bigint }
  | { readonly name: 'seed'; readonly hex: string };

export type Frame =
  | { readonly name: 'chain'; readonly hex: string }
  | { readonly name: 'sender'; readonly address: string }
  | { readonly name: 'nonce'; readonly nonce: bigint }
  | { readonly name: 'fee'; readonly units: bigint }
  | { readonly name: 'expires'; readonly height: bigint };

const NODE_KEY_BYTES = 32;

/** The keys of a node: the key by which its peers know it, and a fingerprint of all that is registered. */
function keyFacts(keys: Bytes): Fact[] {
  return [
    { name: 'nodeKey', hex: toHex(keys.subarray(0, NODE_KEY_BYTES)) },
    { name: 'keysFingerprint', hex: toHex(sha256(keys)).slice(0, 16) },
  ];
}

export function payloadFacts(payload: Payload): readonly Fact[] {
  switch (payload.kind) {
    case 'transfer':
      return [
        { name: 'amount', units: payload.amount },
        { name: 'recipient', address: addressFromHash(payload.recipient) },
        ...(payload.memo === '' ? [] : [{ name: 'memo', text: payload.memo } as const]),
      ];
    case 'lock':
    case 'unlock':
      return [{ name: 'amount', units: payload.amount }];
    case 'vote':
      return [{ name: 'miner', id: payload.miner }];
    case 'register':
      return [
        { name: 'name', text: payload.name },
        { name: 'dial', text: payload.dial },
        { name: 'contact', text: payload.contact },
        ...keyFacts(payload.keys),
      ];
    case 'update':
      return [
        { name: 'dial', text: payload.dial },
        { name: 'contact', text: payload.contact },
        ...(payload.keys === null ? [{ name: 'nodeKey', hex: null } as const] : keyFacts(payload.keys)),
      ];
    case 'heartbeat':
      return [
        { name: 'miner', id: payload.miner },
        { name: 'round', round: payload.round },
        { name: 'seed', hex: toHex(payload.seed) },
      ];
    case 'withdraw':
    case 'resign':
      return [];
  }
}

/** What stands around the payload of every transaction. */
export function frameFacts(transaction: UnsignedTransaction): readonly Frame[] {
  return [
    { name: 'sender', address: addressOf(fromHexOf(transaction.sender, 32)) },
    { name: 'fee', units: transaction.fee },
    { name: 'nonce', nonce: transaction.nonce },
    { name: 'expires', height: transaction.expiresAt },
    { name: 'chain', hex: transaction.chain },
  ];
}
