/** Addresses: `A` and the base58check form of RIPEMD-160(SHA-256(public key)), as on the original network. */

import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base58 } from '@scure/base';
import { concat, equal, type Bytes } from './bytes';

const PREFIX = 'A';
const HASH_BYTES = 20;
const CHECKSUM_BYTES = 4;
/** `A` and at most 33 base58 digits: 24 bytes never need more. */
const MAX_CHARACTERS = 34;

/** Why a text is no address. */
export type AddressProblem = 'empty' | 'prefix' | 'character' | 'length' | 'checksum';

export type ParsedAddress =
  | { readonly ok: true; readonly address: string; readonly hash: Bytes }
  | { readonly ok: false; readonly problem: AddressProblem; readonly detail?: string };

function checksum(hash: Uint8Array): Uint8Array {
  return sha256(sha256(hash)).slice(0, CHECKSUM_BYTES);
}

/** The 20 bytes behind the address of a public key. */
export function addressHash(publicKey: Uint8Array): Bytes {
  return Uint8Array.from(ripemd160(sha256(publicKey)));
}

/** The text form of 20 bytes. */
export function addressFromHash(hash: Uint8Array): string {
  if (hash.length !== HASH_BYTES) throw new RangeError('an address has 20 bytes');
  return PREFIX + base58.encode(concat(hash, checksum(hash)));
}

/** The address of a public key. */
export function addressOf(publicKey: Uint8Array): string {
  return addressFromHash(addressHash(publicKey));
}

/** Reads an address and says what is wrong with one that isn't. */
export function parseAddress(text: string): ParsedAddress {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: false, problem: 'empty' };
  if (!trimmed.startsWith(PREFIX)) return { ok: false, problem: 'prefix' };
  const digits = trimmed.slice(1);
  const stranger = /[^1-9A-HJ-NP-Za-km-z]/u.exec(digits);
  if (stranger !== null) return { ok: false, problem: 'character', detail: stranger[0] };
  if (trimmed.length > MAX_CHARACTERS) return { ok: false, problem: 'length' };
  const bytes = base58.decode(digits);
  if (bytes.length !== HASH_BYTES + CHECKSUM_BYTES) return { ok: false, problem: 'length' };
  const hash = Uint8Array.from(bytes.subarray(0, HASH_BYTES));
  if (!equal(checksum(hash), bytes.subarray(HASH_BYTES))) return { ok: false, problem: 'checksum' };
  return { ok: true, address: trimmed, hash };
}
