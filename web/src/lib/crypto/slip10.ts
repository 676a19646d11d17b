/** SLIP-0010 derivation for ed25519: hardened steps only. */

import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { bigEndian, concat, utf8, type Bytes } from '../bytes';

const HARDENED = 0x8000_0000;

/** The path of an account's key, the same as in the command line: `m/44'/1818'/0'/0'`. */
export const ACCOUNT_PATH: readonly number[] = [44, 1818, 0, 0];

/** The ed25519 seed at `path` (every step hardened) under a BIP-39 seed. */
export function deriveSeed(master: Uint8Array, path: readonly number[] = ACCOUNT_PATH): Bytes {
  let node = hmac(sha512, utf8('ed25519 seed'), master);
  for (const step of path) {
    const data = concat(Uint8Array.of(0), node.subarray(0, 32), bigEndian(HARDENED + step, 4));
    const next = hmac(sha512, node.subarray(32), data);
    node.fill(0);
    data.fill(0);
    node = next;
  }
  const seed = Uint8Array.from(node.subarray(0, 32));
  node.fill(0);
  return seed;
}
