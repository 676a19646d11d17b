/** Everything a wallet needs only once it makes, opens or uses a secret. Fetched then, not before. */

import { ed25519 } from '@noble/curves/ed25519.js';
import type { Bytes } from '../lib/bytes';

export { sign as signTransaction } from '../lib/codec/transaction';
export { parsePhrase, seedOfPhrase, seedOfV1Secret } from '../lib/crypto/phrase';

export function publicKeyOf(seed: Bytes): Uint8Array {
  return ed25519.getPublicKey(seed);
}
